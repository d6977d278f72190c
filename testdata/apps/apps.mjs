// The MCP App in a host that is built from the extension's own app-bridge, against the binary over HTTP: node apps.mjs BIN
import assert from "node:assert/strict";
import { browser, eventually } from "./browser.mjs";
import { check, finish } from "./expect.mjs";
import { startHost } from "./host.mjs";
import { authorization, serve } from "./serve.mjs";

const origin = await startHost();
const endpoint = await serve(process.argv[2], "--allow-origin", origin);
const list = { tool: "list-models", args: { kind: "chat", limit: 3 } };

/** Opens the app of a tool, and runs body with the page of the host, the app's frame, and what the host saw. */
async function withApp(options, body) {
  const context = await browser.newContext({ viewport: { width: 1024, height: 900 } });
  try {
    const page = await context.newPage(), problems = [], requests = [];
    page.on("pageerror", (err) => problems.push(String(err)));
    // The client's GET for a stream that the server does not have.
    const isExpected = (message) => message.location().url === endpoint && message.text().includes("405");
    page.on("console", (message) => message.type() === "error" && !isExpected(message) && problems.push(message.text()));
    page.on("request", (request) => requests.push(request));
    await page.goto(origin);
    const opened = await page.evaluate((o) => window.host.open(o), { endpoint, authorization, ...options });
    const seen = () => page.evaluate(() => window.seen);
    await body({ page, app: page.frameLocator("iframe"), opened, seen });
    assert.deepEqual(problems, [], "problems in the browser");
    const asked = requests.filter((r) => r.frame() !== page.mainFrame() && !r.url().startsWith("data:"));
    assert.equal(asked.length, 1, `the app made requests: ${asked.map((r) => r.url())}`); // its own file
  } finally {
    await context.close();
  }
}

const rows = (app) => app.locator("table tbody tr");
const row = (app, id) => app.getByRole("row", { name: new RegExp(id) });

await check("the tool leads to the app, which asks for no domain", () => withApp(list, async ({ opened, seen }) => {
  assert.equal(opened.uri, "ui://ai-endpoints/catalog");
  assert.equal(opened.mimeType, "text/html;profile=mcp-app");
  assert.deepEqual(opened.meta, { csp: { connectDomains: [], resourceDomains: [] }, permissions: { clipboardWrite: {} }, prefersBorder: true });
  assert.deepEqual(opened.extension, { "io.modelcontextprotocol/ui": {} });
  assert.match((await seen()).app.name, /./);
}));

await check("a host that denies calls: the app shows what the conversation has, and says so", () => withApp({ ...list, deny: true }, async ({ app, opened }) => {
  const ids = opened.result.structuredContent.models.map((m) => m.id);
  assert.equal(ids.length, 3);
  for (const id of ids) await row(app, id).first().waitFor();
  assert.equal(await rows(app).count(), 3);
  await app.getByText(/host does not let this view read/i).first().waitFor();
  await app.getByRole("combobox", { name: "Query" }).fill("llama@latest");
  await app.getByText(/cannot be called here/i).first().waitFor();
}));

await check("a host that allows calls: the app has the whole catalogue", () => withApp(list, async ({ app, seen }) => {
  await row(app, "bge-m3").first().waitFor();
  assert(await rows(app).count() > 20);
  assert((await seen()).reads.includes("ai-endpoints://catalog"));
}));

await check("the query box asks through the host", () => withApp(list, async ({ app, seen }) => {
  await row(app, "bge-m3").first().waitFor();
  await app.getByRole("combobox", { name: "Query" }).fill("text_generation@biggest?input_cost<0.2");
  await app.getByRole("heading", { name: "Runners-up" }).waitFor();
  await app.locator(".winner").getByText("gpt-oss-120b").waitFor();
  const { calls } = await seen();
  assert.deepEqual(calls.at(-1), { name: "resolve-virtual-model", arguments: { query: "text_generation@biggest?input_cost<0.2", limit: 50 } });
}));

await check("a resolution is shown as it came, with the rest of the catalogue", () => withApp(
  { tool: "resolve-virtual-model", args: { query: "llama@latest" } }, async ({ app }) => {
    await app.locator(".winner").getByText("Meta-Llama-3_3-70B-Instruct").waitFor();
    assert.equal(await app.getByRole("combobox", { name: "Query" }).inputValue(), "llama@latest");
    await row(app, "bge-m3").first().waitFor();
  }));

await check("a query that is none is explained", () => withApp({ tool: "resolve-virtual-model", args: { query: "<b>llama@</b>" } }, async ({ app }) => {
  await app.getByText("This is not a query yet").first().waitFor();
  assert.equal(await app.getByRole("combobox", { name: "Query" }).inputValue(), "<b>llama@</b>");
}));

await check("a chosen model reaches the host's model", () => withApp(list, async ({ app, seen }) => {
  await row(app, "gpt-oss-120b").getByRole("button").first().click();
  await app.getByRole("button", { name: "Use this model" }).click();
  const [context] = await eventually(async () => {
    const { contexts } = await seen();
    assert.equal(contexts.length, 1);
    return contexts;
  });
  assert.match(context.content[0].text, /gpt-oss-120b/);
  assert.deepEqual(context.structuredContent, { model: "gpt-oss-120b" });
}));

await check("a host that takes no choice: the app says so", () => withApp({ ...list, deny: true }, async ({ app, opened }) => {
  await row(app, opened.result.structuredContent.models[0].id).getByRole("button").first().click();
  await app.getByRole("button", { name: "Use this model" }).click();
  await app.getByText(/the host refused/i).waitFor();
}));

/** The brightness of the app's background, 0 to 255. */
const brightness = (app) => app.locator("body").evaluate((body) => {
  const canvas = document.createElement("canvas").getContext("2d");
  for (const element of [document.documentElement, body]) {
    canvas.fillStyle = getComputedStyle(element).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
  }
  return canvas.getImageData(0, 0, 1, 1).data[0];
});

await check("the app follows the host's theme", () => withApp({ ...list, context: { theme: "dark" } }, async ({ page, app }) => {
  await row(app, "gpt-oss-20b").first().waitFor();
  assert(await brightness(app) < 100, `dark: ${await brightness(app)}`);
  await page.evaluate(() => window.host.change({ theme: "light" }));
  await eventually(async () => assert(await brightness(app) > 180, `light: ${await brightness(app)}`));
  await page.evaluate(() => window.host.change({ theme: "dark" }));
  await eventually(async () => assert(await brightness(app) < 100, `dark again: ${await brightness(app)}`));
}));

await check("the app takes the host's width and tells its height", () => withApp(list, async ({ page, app, seen }) => {
  await row(app, "bge-m3").first().waitFor();
  const height = () => page.locator("iframe").evaluate((frame) => frame.clientHeight);
  const wide = await eventually(async () => {
    const { sizes } = await seen(), inside = await app.locator("html").evaluate((html) => Math.ceil(html.getBoundingClientRect().height));
    assert(sizes.length > 0 && Math.abs(sizes.at(-1).height - inside) <= 1, `told ${JSON.stringify(sizes.at(-1))}, is ${inside}`);
    assert.equal(await height(), sizes.at(-1).height);
    return sizes.at(-1);
  });
  await page.setViewportSize({ width: 360, height: 900 });
  await eventually(async () => {
    const last = (await seen()).sizes.at(-1);
    assert(last.height !== wide.height && last.width <= 360, `told ${JSON.stringify(last)} after ${JSON.stringify(wide)}`);
    assert.equal(await height(), last.height);
    assert(await app.locator("html").evaluate((html) => html.scrollWidth <= html.clientWidth), "the app scrolls to the side");
  });
}));

await check("the app ends when the host tears it down", () => withApp(list, async ({ page, app }) => {
  await row(app, "bge-m3").first().waitFor();
  assert.deepEqual(await page.evaluate(() => window.host.teardown()), {});
  await eventually(async () => assert.equal(await app.locator("table").count(), 0));
}));

await browser.close();
finish();
