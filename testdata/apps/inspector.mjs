// The MCP App in the Inspector: what its CLI says of the app, and its page with the app on the Apps tab: node inspector.mjs BIN
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { browser, eventually } from "./browser.mjs";
import { check, finish } from "./expect.mjs";
import { authorization, serve } from "./serve.mjs";

const inspector = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
const bin = process.argv[2];
const targets = {
  stdio: [bin, "stdio", "--sandbox"],
  HTTP: [await serve(bin), "--transport", "http", "--header", `Authorization: ${authorization}`],
};

/** Returns what the CLI says of a tool's app. */
async function appInfo(target, era, tool) {
  const args = [inspector, "--cli", ...target, "--protocol-era", era, "--format", "json", "--method", "tools/call", "--tool-name", tool, "--app-info"];
  const run = promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  run.child.stdin.end();
  const { stdout } = await run.catch((err) => {
    if (err.code === 2) return err; // there is no app
    throw err;
  });
  return JSON.parse(stdout).appInfo;
}

for (const [over, target] of Object.entries(targets)) {
  for (const era of ["legacy", "modern"]) {
    await check(`${era}, ${over}: --app-info`, async () => {
      for (const tool of ["list-models", "resolve-virtual-model"]) {
        assert.deepEqual(await appInfo(target, era, tool), {
          hasApp: true, toolName: tool, resourceUri: "ui://ai-endpoints/catalog", resourceMimeType: "text/html;profile=mcp-app",
          csp: { connectDomains: [], resourceDomains: [] }, permissions: { clipboardWrite: {} }, prefersBorder: true,
        });
      }
      assert.deepEqual(await appInfo(target, era, "chat"), { hasApp: false, toolName: "chat" });
    });
  }
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts the Inspector's page for a server, and returns its address. It ends with this process. */
async function startPage(target, era) {
  const child = spawn(process.execPath, [inspector, "--web", "--protocol-era", era, ...target], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, CLIENT_PORT: await freePort(), MCP_SANDBOX_PORT: await freePort(), MCP_APP_ORIGIN_PORT: await freePort(),
      MCP_AUTO_OPEN_ENABLED: "false", MCP_INSPECTOR_SECRET_STORE: "memory", MCP_STORAGE_DIR: "storage" },
  });
  process.on("exit", () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+API_TOKEN=\S+/.exec(line)?.[0];
    if (url) return child.stdout.resume(), url;
  }
  throw new Error("the Inspector does not serve");
}

/** Opens the app of a tool on the Apps tab, and returns the frame that it is in. */
async function openApp(page, title, fill) {
  await page.getByText("Apps", { exact: true }).first().click();
  await page.getByText("MCP Apps (2)").waitFor();
  await page.getByRole("button", { name: title }).click();
  await fill?.();
  await page.getByRole("button", { name: "Open App" }).click();
  return eventually(async () => {
    for (const frame of page.frames()) if (await frame.locator("h1", { hasText: "Models of AI Endpoints" }).count()) return frame;
    throw new Error("the app does not appear");
  });
}

for (const [era, target] of [["legacy", targets.HTTP], ["modern", targets.stdio]]) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.setDefaultTimeout(15_000);
  await check(`${era}: the Apps tab shows what a query picks, and resolves another`, async () => {
    await page.goto(await startPage(target, era));
    await page.getByRole("switch").first().locator("xpath=..").click();
    const app = await openApp(page, "Explain which model a query picks", () => page.getByLabel("query").first().fill("llama@latest"));
    await app.locator(".winner").getByText("Meta-Llama-3_3-70B-Instruct").waitFor();
    await app.getByRole("row", { name: /bge-m3/ }).first().waitFor();
    await app.getByRole("combobox", { name: "Query" }).fill("gpt-oss@cheapest");
    await app.locator(".winner").getByText("gpt-oss-20b").waitFor();
  });
  await page.close();
}

await browser.close();
finish();
