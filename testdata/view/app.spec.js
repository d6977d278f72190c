import { catalog, expect, expectAccessible, priced, test } from "./fixtures.js";
import { contents, html } from "./servers.mjs";

const uri = "ai-endpoints://catalog";
const listed = {
  models: [
    {
      id: "small",
      kind: "chat",
      input_price: 0.1,
      output_price: 0.2,
      price_unit: "million_input_tokens",
      supports: ["tools"],
      published: "2026-01-01",
    },
    { id: "old", kind: "speech", status: "retiring", retires: "2026-12-01", replacement: "new" },
  ],
  total: 9,
  catalog: { source: "live", fetched_at: "2026-08-03T10:00:00Z", models: 9 },
  sandbox: "Sandbox: no model is called.",
};
const resolved = {
  candidates: [{ model: "small", value: 7, unit: "billion parameters" }],
  excluded: [],
  model: "small",
  requested_model: "llama@biggest",
};

/** A host that holds the view in a sandboxed frame, as hosts do. It answers what `answers` says by method (null is denied), and sends `early` at once. */
async function host(page, answers = {}, context = { theme: "dark" }, early = []) {
  await page.route("http://host.test/**", route =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><title>Host</title><body>" }),
  );
  await page.goto("http://host.test/");
  await page.evaluate(
    ({ view, answers, context, early }) => {
      const frame = document.createElement("iframe");
      frame.sandbox = "allow-scripts";
      frame.title = "View";
      frame.style.cssText = "width: 100%; height: 800px; border: 0";
      window.received = [];
      window.send = message => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
      window.answers = {
        "ui/initialize": {
          protocolVersion: "2026-01-26",
          hostInfo: { name: "test", version: "1" },
          hostCapabilities: {},
          hostContext: context,
        },
        ...answers,
      };
      window.addEventListener("message", ({ data, source }) => {
        if (source !== frame.contentWindow) return;
        window.received.push(data);
        if (data.method === "ui/notifications/initialized") for (const message of early) window.send(message);
        if (!data.method || data.id === undefined) return;
        const result = window.answers[data.params?.name ?? data.params?.uri ?? data.method];
        window.send(result ? { id: data.id, result } : { id: data.id, error: { code: -32000, message: `denied: ${data.method}` } });
      });
      frame.srcdoc = view;
      document.body.append(frame);
    },
    { view: html(), answers, context, early },
  );
  const frame = page.frameLocator("iframe");
  const awaited = answers["ui/initialize"] === null ? "ui/initialize" : "ui/notifications/initialized";
  await expect.poll(() => methods(page)).toContain(awaited);
  return frame;
}

const received = page => page.evaluate(() => window.received);
const methods = async page => (await received(page)).map(m => m.method).filter(Boolean);
const send = (page, message) => page.evaluate(m => window.send(m), message);
const toolResult = structuredContent => ({ method: "ui/notifications/tool-result", params: { content: [], structuredContent } });
const rows = frame => frame.getByRole("table", { name: "Models" }).locator("tbody tr");

test("says hello as the extension wants it, and takes over theme and changes of it", async ({ page }) => {
  const frame = await host(page, { [uri]: contents(uri, catalog([priced("a", 1, 2)])) });
  const [hello, ready] = await received(page);
  expect(hello).toMatchObject({
    jsonrpc: "2.0",
    method: "ui/initialize",
    params: { protocolVersion: "2026-01-26", appInfo: { name: "ai-endpoints-catalog" } },
  });
  expect(hello.params.appCapabilities).toBeTruthy();
  expect(ready).toMatchObject({ jsonrpc: "2.0", method: "ui/notifications/initialized" });
  const scheme = () => frame.locator(":root").evaluate(root => getComputedStyle(root).colorScheme);
  expect(await scheme()).toBe("dark");
  await send(page, {
    method: "ui/notifications/host-context-changed",
    params: { theme: "light", styles: { variables: { "--color-text-primary": "rgb(1, 2, 3)" } } },
  });
  await expect.poll(scheme).toBe("light");
  await expect(frame.locator("h1")).toHaveCSS("color", "rgb(1, 2, 3)");
  await expect(rows(frame)).toHaveText(/^a/);
});

test("shows the tool's result at once, then the whole catalogue", async ({ page }) => {
  const frame = await host(page, {});
  await send(page, { method: "ui/notifications/tool-input", params: { arguments: { kind: "chat" } } });
  await send(page, toolResult(listed));
  await expect(rows(frame)).toHaveText([/^small.*€0.10/, /^old retiring/]);
  await expect(frame.getByText("2 of 9 models")).toBeVisible();
  await expect(frame.locator(".sandbox")).toContainText("no model is called");
  await frame.getByRole("button", { name: "old" }).click();
  await expect(frame.getByRole("dialog")).toContainText("Replaced by new");
  await expect(frame.getByRole("dialog")).toContainText("Retires2026-12-01");
});

test("reads the catalogue through the host, and asks its tools", async ({ page }) => {
  const frame = await host(page, {
    [uri]: contents(uri, catalog([priced("a", 1, 2, { series: "s" }), priced("b", 3, 4)])),
    "resolve-virtual-model": { content: [], structuredContent: { ...resolved, candidates: [{ model: "a", value: 1 }], model: "a" } },
  });
  await expect(rows(frame)).toHaveCount(2);
  await send(page, toolResult(listed)); // comes late, and is less
  await frame.getByRole("combobox", { name: "Query" }).fill("s@latest");
  await expect(frame.locator(".winner")).toContainText("a");
  await expect(rows(frame)).toHaveCount(2);
  const call = (await received(page)).find(m => m.method === "tools/call");
  expect(call.params).toEqual({ name: "resolve-virtual-model", arguments: { query: "s@latest", limit: 50 } });
});

test("takes list-models where the host denies resources, and says that it is a part", async ({ page }) => {
  const frame = await host(page, { "list-models": { content: [], structuredContent: listed } });
  await expect(rows(frame)).toHaveCount(2);
  await expect(frame.getByText("The host does not let this view read the whole catalogue.")).toBeVisible();
  expect((await received(page)).find(m => m.method === "tools/call").params).toEqual({ name: "list-models", arguments: { limit: 50 } });
});

test("stays with what it has where the host denies everything", async ({ page }) => {
  const frame = await host(page, {});
  await expect(frame.getByRole("heading", { name: "The catalogue could not be read" })).toBeVisible();
  await send(page, toolResult(listed));
  await expect(rows(frame)).toHaveCount(2);
  await expect(frame.getByRole("status").filter({ hasText: "denied: tools/call" })).toContainText("Shown is what the conversation has.");
  await frame.getByRole("combobox", { name: "Query" }).fill("s@latest");
  await expect(frame.locator(".resolution")).toContainText("denied: tools/call");
  await expectAccessible(page.frames()[1]);
});

test("shows what a query picked, and an error of it", async ({ page }) => {
  const frame = await host(page, { [uri]: contents(uri, catalog([priced("small", 1, 2)])) });
  await send(page, toolResult(resolved));
  await expect(frame.getByRole("combobox", { name: "Query" })).toHaveValue("llama@biggest");
  await expect(frame.locator(".winner")).toContainText("small7 billion parameters");
  await expect(rows(frame)).toHaveCount(1);
  await send(page, { method: "ui/notifications/tool-input", params: { arguments: { query: "llama@bigest" } } });
  await send(page, toolResult({ candidates: [], error: { code: "query_syntax", message: "unknown ranker", hint: "try biggest" } }));
  await expect(frame.getByRole("combobox", { name: "Query" })).toHaveValue("llama@bigest");
  await expect(frame.locator(".resolution")).toContainText("unknown ranker");
});

test("tells the conversation which model is chosen", async ({ page }) => {
  const frame = await host(page, { [uri]: contents(uri, catalog([priced('a "quoted"', 1, 2)])), "ui/update-model-context": {} });
  await frame.getByRole("button", { name: 'a "quoted"' }).click();
  await frame.getByRole("button", { name: "Use this model" }).click();
  await expect(frame.getByText("The conversation knows your choice")).toBeVisible();
  const update = (await received(page)).find(m => m.method === "ui/update-model-context");
  expect(update.params.structuredContent).toEqual({ model: 'a "quoted"' });
  expect(update.params.content).toEqual([{ type: "text", text: expect.stringContaining('"a \\"quoted\\""') }]);
  await page.evaluate(() => {
    delete window.answers["ui/update-model-context"];
  });
  await frame.getByRole("button", { name: "Use this model" }).click();
  await expect(frame.getByText("The host refused: denied: ui/update-model-context")).toBeVisible();
});

test("copies in a frame without a clipboard", async ({ page, problems }) => {
  const frame = await host(page, { [uri]: contents(uri, catalog([priced("a", 1, 2)])) });
  await frame.getByRole("button", { name: "a", exact: true }).click();
  await frame.getByRole("button", { name: "Copy id" }).click();
  await expect(frame.getByText("Copied")).toBeVisible();
  // Chromium says in its console that the frame may not use the clipboard.
  for (const problem of problems.splice(0)) expect(problem).toContain("clipboard");
});

test("says how large it is, answers pings, refuses what it does not know, and ends when asked", async ({ page }) => {
  const frame = await host(page, { [uri]: contents(uri, catalog([priced("a", 1, 2)])) });
  const sizes = async () => (await received(page)).filter(m => m.method === "ui/notifications/size-changed").map(m => m.params.height);
  await expect(rows(frame)).toHaveCount(1);
  const height = () => frame.locator(":root").evaluate(root => Math.ceil(root.getBoundingClientRect().height));
  await expect.poll(async () => (await sizes()).at(-1)).toBe(await height());
  await frame.getByRole("radio", { name: "Plot" }).check({ force: true });
  await expect.poll(async () => (await sizes()).at(-1)).toBe(await height());
  expect(new Set(await sizes()).size).toBeGreaterThan(1);
  await send(page, { id: "p", method: "ping" });
  await send(page, { id: "u", method: "ui/unheard-of" });
  await send(page, { id: "t", method: "ui/resource-teardown", params: {} });
  const answers = async () =>
    Object.fromEntries((await received(page)).filter(m => typeof m.id === "string").map(m => [m.id, m.result ?? m.error.code]));
  await expect.poll(answers).toEqual({ p: {}, u: -32601, t: {} });
  await expect(frame.locator("main")).toHaveCount(0);
});

test("hears its host only", async ({ page }) => {
  const frame = await host(page, { [uri]: contents(uri, catalog([priced("a", 1, 2)])) });
  await expect(rows(frame)).toHaveCount(1);
  const other = page.frames()[1];
  await other.evaluate(
    message =>
      new Promise(resolve => {
        window.addEventListener("message", resolve, { once: true });
        window.postMessage({ jsonrpc: "2.0", ...message }, "*");
      }),
    { method: "ui/notifications/host-context-changed", params: { theme: "light" } },
  );
  await send(page, { jsonrpc: "1.0", method: "ui/notifications/host-context-changed", params: { theme: "light" } });
  for (const odd of [null, 7, "text", [], { jsonrpc: "2.0" }, { jsonrpc: "2.0", id: 99, result: {} }]) {
    await page.evaluate(m => document.querySelector("iframe").contentWindow.postMessage(m, "*"), odd);
  }
  await send(page, { id: "last", method: "ping" });
  await expect.poll(async () => (await received(page)).some(m => m.id === "last")).toBe(true);
  expect(await frame.locator(":root").getAttribute("data-theme")).toBe("dark");
});

for (const first of ["result", "denial"]) {
  test(`keeps what a query picked where the host denies everything, the ${first} first`, async ({ page }) => {
    const frame = await host(page, {}, { theme: "dark" }, first === "result" ? [toolResult(resolved)] : []);
    if (first === "denial") {
      await expect(frame.getByRole("heading", { name: "The catalogue could not be read" })).toBeVisible();
      await send(page, toolResult(resolved));
    }
    await expect(frame.getByText("Shown is what the conversation has.")).toBeVisible();
    await expect(frame.locator(".winner")).toContainText("small7 billion parameters");
    await expect(rows(frame)).toHaveText([/^small/]);
    await expect(frame.getByText("The catalogue has no models.")).toHaveCount(0);
  });
}

test("is of use in a host that does not shake hands, and in one whose call was cancelled", async ({ page }) => {
  const frame = await host(page, { "ui/initialize": null, [uri]: contents(uri, catalog([priced("a", 1, 2)])) });
  await expect(rows(frame)).toHaveText([/^a/]);
  await send(page, { method: "ui/notifications/tool-cancelled", params: { reason: "<b>user</b>" } });
  await send(page, { id: "after", method: "ping" });
  await expect.poll(async () => (await received(page)).some(m => m.id === "after")).toBe(true);
  await expect(rows(frame)).toHaveText([/^a/]);
});

test("reads a total that is none as unknown", async ({ page }) => {
  const frame = await host(page, {});
  for (const total of ["Infinity", "1e999", -3, {}, null]) {
    await send(page, toolResult({ ...listed, total }));
    await expect(frame.locator(".origin")).toHaveText(/^2 models/);
  }
});
