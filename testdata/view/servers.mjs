// The servers that the tests look at the view through: the binary in its sandbox, and made-up ones with any catalogue.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const here = new URL(".", import.meta.url);
export const binary = process.env.VIEW_BINARY ?? new URL("../../bin/ai-endpoints-mcp", here).pathname;
export const viewFile = new URL("../../resources/view/catalog.html", here).pathname;
export const html = () => readFileSync(viewFile, "utf8");

/** Starts `http --sandbox` of the binary. Its page is that of the binary, or of the file where it serves none. */
export async function startBinary(...flags) {
  const child = spawn(binary, ["http", "--sandbox", "--listen", "127.0.0.1:0", "--log-format", "json", ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const address = await new Promise((resolve, reject) => {
    child.on("exit", code => reject(new Error(`the binary ended with ${code}`)));
    createInterface({ input: child.stderr }).on("line", line => {
      const found = /"address":"([^"]+)"/.exec(line);
      if (found) resolve(found[1]);
    });
  });
  const stop = () => child.kill();
  const upstream = `http://${address}`;
  const own = await fetch(upstream + "/");
  if (own.headers.get("content-type")?.startsWith("text/html")) return { url: upstream + "/", stop };
  const page = await startPage(async (body, request) => {
    const headers = { "content-type": "application/json", accept: request.headers.accept };
    if (request.headers.authorization) headers.authorization = request.headers.authorization;
    const answer = await fetch(upstream + "/mcp", { method: "POST", headers, body });
    return { status: answer.status, type: answer.headers.get("content-type"), body: await answer.text() };
  });
  return {
    url: page.url,
    stop: () => {
      page.stop();
      stop();
    },
  };
}

/** Starts a server of the page whose endpoint answers what `answer` says. */
export async function startPage(answer) {
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join("");
    if (request.url === "/mcp" && request.method === "POST") {
      const said = await answer(body, request);
      response.writeHead(said.status ?? 200, { "content-type": said.type ?? "application/json", ...said.headers }).end(said.body);
    } else if (request.url === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html());
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Starts a page over made-up data: `resources` by URI, `tools` by name; a function is called, an Error is refused. */
export function startMadeUp({ resources = {}, tools = {} }) {
  return startPage(async body => {
    const { id, method, params } = JSON.parse(body);
    const found = method === "resources/read" ? resources[params.uri] : tools[params.name];
    const value = typeof found === "function" ? await found(params.arguments) : found;
    if (value?.status) return value;
    const error = value === undefined ? new Error(`there is no ${params.uri ?? `tool "${params.name}"`}`) : value;
    const message =
      error instanceof Error
        ? { error: { code: -32602, message: error.message } }
        : { result: method === "resources/read" ? contents(params.uri, value) : value };
    return { body: JSON.stringify({ jsonrpc: "2.0", id, ...message }) };
  });
}

export function contents(uri, value) {
  const [mimeType, text] = typeof value === "string" ? ["text/markdown", value] : ["application/json", JSON.stringify(value)];
  return { contents: [{ uri, mimeType, text }] };
}

/** Returns the file as `models --open` writes it. */
export function fileWith(data) {
  const escapes = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029" };
  const json = JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, c => escapes[c]);
  const place = '<script type="application/json" id="data">';
  return html().replace(place, () => place + json);
}
