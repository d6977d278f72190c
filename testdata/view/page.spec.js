import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { box, catalog, expect, model, open, rows, test } from "./fixtures.js";
import { contents, startBinary, startPage } from "./servers.mjs";

const good = "sesame-sesame-sesame";

/** A server whose callers have tokens. */
async function guarded() {
  const seen = [];
  const server = await startPage(async (body, request) => {
    seen.push(request.headers.authorization);
    const { id, method, params } = JSON.parse(body);
    if (request.headers.authorization !== `Bearer ${server.token}`) {
      return {
        status: 401,
        headers: { "WWW-Authenticate": "Bearer" },
        body: JSON.stringify({ error: { message: request.headers.authorization ? "unknown token" : "" } }),
      };
    }
    const found = { "ai-endpoints://catalog": catalog([model("secret-model")]) }[params.uri];
    const answer =
      method === "resources/read" && found ? { result: contents(params.uri, found) } : { error: { code: -32602, message: "no" } };
    return { body: JSON.stringify({ jsonrpc: "2.0", id, ...answer }) };
  });
  return Object.assign(server, { seen, token: good });
}

test("asks for a token, and keeps it in memory only", async ({ page, problems }) => {
  const server = await guarded();
  await page.goto(server.url);
  const field = page.getByLabel("Token");
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute("type", "password");
  await expect(field).toHaveAttribute("autocomplete", "off");
  await field.fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("The server does not take this token: unknown token");
  await expect(field).toHaveValue("");
  await field.fill(good);
  await page.getByRole("button", { name: "Show the models" }).click();
  await expect(rows(page)).toHaveText(/secret-model/);
  await expect(box(page)).toBeFocused();
  expect(server.seen.slice(0, 3)).toEqual([undefined, "Bearer wrong", `Bearer ${good}`]);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.documentElement.outerHTML]),
  );
  expect(kept).not.toContain(good);

  server.token = "another";
  await box(page).fill("a@latest");
  await expect(page.getByRole("alert")).toHaveText("The server no longer takes the token.");
  await expect(page.getByLabel("Token")).toBeFocused();
  await page.reload();
  await expect(page.getByLabel("Token")).toBeVisible();
  expect(server.seen.at(-1)).toBe(undefined);
  expect(problems.every(p => p.includes("401"))).toBe(true);
  problems.length = 0;
  server.stop();
});

test("shows what broke, and tries again when asked", async ({ page, madeUp, problems }) => {
  const resources = { "ai-endpoints://catalog": { status: 503, body: "<h1>overloaded</h1>", type: "text/html" } };
  const server = await madeUp({ resources });
  await page.goto(server.url);
  await expect(page.getByRole("heading", { name: "The catalogue could not be read" })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveText("the server answered with status 503");
  resources["ai-endpoints://catalog"] = new Error("not for <i>you</i>");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert")).toHaveText("not for <i>you</i>");
  resources["ai-endpoints://catalog"] = "no JSON";
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(rows(page)).toHaveText(["No model fits."]);
  problems.length = 0;
});

test("reads an answer that comes as a stream of events", async ({ page }) => {
  const server = await startPage(async body => {
    const { id, params } = JSON.parse(body);
    const progress = { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };
    const answer = { jsonrpc: "2.0", id, result: contents(params.uri, catalog([model("streamed")])) };
    return {
      type: "text/event-stream",
      body: `: alive\n\nevent: message\ndata: ${JSON.stringify(progress)}\n\nevent: message\r\ndata: ${JSON.stringify(answer)}\r\n\r\n`,
    };
  });
  await open(page, server);
  await expect(rows(page)).toHaveText(/streamed/);
  server.stop();
});

test("shows the usage to those who may see it", async ({ page, madeUp }) => {
  const usage = {
    since: "2026-08-03T08:00:00Z",
    caller: "team <a>",
    currency: "EUR",
    total: { calls: 3, prompt_tokens: 1200, completion_tokens: 90, cost_eur: 0.0123 },
    models: {
      "gpt-oss-20b": { calls: 1, prompt_tokens: 200, completion_tokens: 40, cost_eur: 0.01 },
      "bge-m3": { calls: 2, cost_eur: 0.0023 },
    },
    budget: { max_cost_eur: 2, spent_today_eur: 0.5, remaining_eur: 1.5 },
    budget_month: { max_cost_eur: 20, spent_month_eur: 5 },
  };
  const resources = { "ai-endpoints://catalog": catalog([model("a")]), "ai-endpoints://usage": usage };
  const server = await madeUp({ resources });
  await open(page, server);
  const panel = page.getByRole("region", { name: "Usage of team <a>" });
  await expect(panel).toContainText("3 calls · 1,200 tokens in · 90 out · €0.0123");
  await expect(panel.getByLabel("Today's budget: €0.50 of €2.00")).toBeVisible();
  await expect(panel.getByLabel("The month's budget: €5.00 of €20.00")).toBeVisible();
  await panel.getByText("By model (2)").click();
  await expect(panel.getByRole("listitem")).toHaveText([/^gpt-oss-20b: 1 call/, /^bge-m3: 2 calls · unknown tokens in/]);
  delete resources["ai-endpoints://usage"];
  await open(page, server);
  await expect(page.getByText("Usage")).toHaveCount(0);
});

test("may load nothing but what it holds", async ({ page, binary, problems, requests }) => {
  await open(page, binary);
  const blocked = await page.evaluate(async () => {
    const found = [];
    document.addEventListener("securitypolicyviolation", e => found.push(e.effectiveDirective));
    const image = new Image();
    image.src = "https://example.org/x.png";
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.body.append(image, script, style);
    await fetch("https://example.org/").catch(() => {});
    await new Promise(resolve => setTimeout(resolve, 100));
    // Header and file have the policy each.
    return { found: [...new Set(found)].sort(), injected: window.injected, display: getComputedStyle(document.body).display };
  });
  expect(blocked).toEqual({
    found: ["connect-src", "img-src", "script-src-elem", "style-src-elem"],
    injected: undefined,
    display: "block",
  });
  problems.length = requests.length = 0;
});

test("takes a token of the binary's callers", async ({ page, problems }) => {
  const tokens = join(mkdtempSync(join(tmpdir(), "view-")), "tokens");
  writeFileSync(tokens, `team: ${good}\n`, { mode: 0o600 });
  const server = await startBinary("--auth-token-file", tokens);
  await page.goto(server.url);
  await page.getByLabel("Token").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Token").fill(good);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row", { name: /gpt-oss-120b/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Usage of team" })).toBeVisible();
  problems.length = 0;
  server.stop();
});

test("takes no token that a header could not hold, and asks again", async ({ page, problems }) => {
  const server = await guarded();
  await page.goto(server.url);
  for (const wrong of ["s\u00e9same", "sesame\u2713", "\u{1f600}"]) {
    await page.getByLabel("Token").fill(wrong);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toHaveText("The server does not take this token: it has characters that no token has");
  }
  expect(server.seen).toEqual([undefined]);
  await page.getByLabel("Token").fill(good);
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveText(/secret-model/);
  problems.length = 0;
  server.stop();
});

test("shows nothing of a caller to the next one, and asks again what the first could not", async ({ page, problems }) => {
  let caller = "first";
  const asked = [];
  const server = await startPage(async (body, request) => {
    if (request.headers.authorization !== `Bearer ${caller}`) return { status: 401, body: "{}" };
    const { id, method, params } = JSON.parse(body);
    if (method === "tools/call") {
      asked.push(params.arguments.query);
      return { body: JSON.stringify({ jsonrpc: "2.0", id, result: { structuredContent: { candidates: [{ model: "picked", value: 1 }] } } }) };
    }
    if (caller === "third") return { status: 503, headers: { "Retry-After": "9" }, body: JSON.stringify({ error: { message: "too busy" } }) };
    const found = {
      "ai-endpoints://catalog": catalog([model(`model of ${caller}`)], { problem: `problem of ${caller}` }),
      "ai-endpoints://usage": caller === "first" ? { since: "2026-08-03T08:00:00Z", caller, total: { calls: 1 }, models: {} } : undefined,
    }[params.uri];
    const answer = found ? { result: contents(params.uri, found) } : { error: { code: -32602, message: "no" } };
    return { body: JSON.stringify({ jsonrpc: "2.0", id, ...answer }) };
  });
  const logIn = async () => {
    await page.getByLabel("Token").fill(caller);
    await page.keyboard.press("Enter");
  };
  await page.goto(server.url);
  await logIn();
  await expect(page.getByRole("region", { name: "Usage of first" })).toBeVisible();
  caller = "second";
  await box(page).fill("a@latest");
  await expect(page.getByLabel("Token")).toBeVisible();
  await expect(page.locator("body")).not.toContainText("first");
  await logIn();
  await expect(rows(page)).toHaveText(/model of second/);
  await expect(page.locator("body")).not.toContainText("first");
  await expect(page.locator(".winner")).toContainText("picked");
  await expect(page.locator(".resolution")).not.toHaveAttribute("aria-busy");
  expect(asked).toEqual(["a@latest"]);

  caller = "third";
  await box(page).fill("b@latest");
  await logIn();
  await expect(page.getByRole("alert")).toHaveText("the server answered with status 503: too busy; try again in 9 s");
  await expect(page.locator("body")).not.toContainText(/second|host/);
  caller = "first";
  await page.getByRole("button", { name: "Use another token" }).click();
  await logIn();
  await expect(rows(page)).toHaveText(/model of first/);
  problems.length = 0;
  server.stop();
});

test("says that a server is gone or silent, and tries again when asked", async ({ page, problems }) => {
  await page.clock.install();
  let silent = true;
  const server = await startPage(async body => {
    const { id, params } = JSON.parse(body);
    if (silent) return new Promise(() => {});
    return { body: JSON.stringify({ jsonrpc: "2.0", id, result: contents(params.uri, catalog([model("late")])) }) };
  });
  await page.addInitScript(() => {
    AbortSignal.timeout = ms => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException("late", "TimeoutError")), ms);
      return controller.signal;
    };
  });
  await page.goto(server.url);
  await expect(page.getByText("Reading the catalogue")).toBeVisible();
  await page.clock.runFor(61_000);
  await expect(page.getByRole("alert")).toHaveText("The server could not be reached: no answer within 60 s");
  silent = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(rows(page)).toHaveText(/late/);
  silent = true;
  await page.reload();
  server.stop();
  await expect(page.getByRole("alert")).toContainText("The server could not be reached: no answer; it may have stopped");
  problems.length = 0;
});
