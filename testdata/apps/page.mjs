// The page where its endpoint or its own path is another, in Chromium, for callers with a token: node page.mjs BIN
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { browser } from "./browser.mjs";
import { check, finish } from "./expect.mjs";
import { serve, token } from "./serve.mjs";

/** Starts a proxy that serves another server below a path, and returns the address of that path. */
function below(path, server) {
  const { hostname, port } = new URL(server);
  return new Promise((resolve) => {
    const proxy = createServer((incoming, response) => {
      if (!incoming.url.startsWith(path)) return void response.writeHead(404).end();
      const { method, headers, url } = incoming;
      const outgoing = request({ hostname, port, path: url.slice(path.length - 1), method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      outgoing.on("error", () => response.destroy());
      incoming.pipe(outgoing);
    }).listen(0, "127.0.0.1", () => resolve(`http://${hostname}:${proxy.address().port}${path}`));
    proxy.unref();
  });
}

/** Opens the page with the token, and checks that it has the models. */
async function logIn(url, endpoint) {
  const page = await browser.newPage();
  const asked = new Set();
  page.on("request", (sent) => sent.method() === "POST" && asked.add(sent.url()));
  assert.equal((await page.goto(url)).status(), 401);
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /gpt-oss-120b/ }).first().waitFor();
  await page.getByRole("combobox", { name: "Query" }).fill("llama@latest");
  await page.locator(".winner").getByText("Meta-Llama-3_3-70B-Instruct").waitFor();
  assert.deepEqual([...asked], [endpoint]);
  await page.close();
}

const origin = (url) => new URL(url).origin + "/";
await check("at / with the endpoint beside it", async () => {
  const endpoint = await serve(process.argv[2]);
  await logIn(origin(endpoint), endpoint);
});
await check("at / with the endpoint elsewhere (--path)", async () => {
  const server = origin(await serve(process.argv[2], "--path", "/team/a&b/endpoint"));
  await logIn(server, server + "team/a&b/endpoint");
});
await check("below a path of a proxy", async () => {
  const page = await below("/models/", await serve(process.argv[2]));
  await logIn(page, page + "mcp");
});

await browser.close();
finish();
