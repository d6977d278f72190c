// structured-extract with the schemas that libraries write (written/), on an upstream that answers with the libraries' own
// data: node extract.mjs BIN FILE...
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { check, finish } from "./expect.mjs";

const [bin, ...files] = process.argv.slice(2);
const requests = []; // what came for the current call
let answer; // of the upstream, whatever it is asked

/** Answers each chat completion with `answer`, as one piece of a stream. */
const upstream = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  if (!request.url.endsWith("/chat/completions")) return response.writeHead(404).end();
  requests.push(JSON.parse(body));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "gpt-oss-120b" };
  const choice = { index: 0, delta: { role: "assistant", content: answer }, finish_reason: "stop" };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  for (const event of [{ ...chunk, choices: [choice] }, { ...chunk, choices: [], usage }]) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end("data: [DONE]\n\n");
});
await new Promise((listening) => upstream.listen(0, "127.0.0.1", listening));
const url = `http://127.0.0.1:${upstream.address().port}`;

const client = new Client({ name: "interop", version: "1" });
const args = ["stdio", "--base-url", `${url}/v1`, "--catalog-url", `${url}/none`, "--log-level", "error"];
const env = { PATH: process.env.PATH, HOME: process.env.HOME, AI_ENDPOINTS_RATE_LIMIT: "off" };
await client.connect(new StdioClientTransport({ command: bin, args, env }));

/** Extracts by a schema, while the upstream answers with a value. */
async function extract(schema, value) {
  requests.length = 0;
  answer = JSON.stringify(value);
  const call = { name: "structured-extract", arguments: { text: "x", schema, model: "gpt-oss-120b", max_repairs: 0 } };
  const result = await client.callTool(call);
  return { ...result, seen: `\n${answer}\nresult: ${JSON.stringify(result).slice(0, 1500)}` };
}

/** The library's data is returned; what the library refuses is an error; what was sent is a schema in the strictest mode. */
async function tryCase({ schema, valid, invalid }) {
  for (const value of valid) {
    const { isError, structuredContent, seen } = await extract(schema, value);
    assert(!isError, "an error" + seen);
    assert.deepEqual(structuredContent.data, value, "data" + seen);
    for (const { message } of structuredContent.warnings ?? []) assert.match(message, /does not change the check of the data/, seen);
    assert.equal(requests.length, 1, "requests" + seen);
    assert(requests[0].response_format?.json_schema?.schema, "no schema was sent" + seen);
  }
  for (const value of invalid) {
    const { structuredContent, seen } = await extract(schema, value);
    assert.equal(structuredContent.error?.code, "extraction_invalid", "error.code" + seen);
    assert.equal(requests.length, 1, "requests" + seen);
  }
  if (!valid.length) {
    const { structuredContent, seen } = await extract(schema, null);
    assert.equal(structuredContent.error?.code, "schema_invalid", "error.code" + seen);
  }
}

for (const file of files) {
  for (const one of JSON.parse(readFileSync(file, "utf8"))) await check(`${basename(file, ".json")}: ${one.name}`, () => tryCase(one));
}
await client.close();
upstream.close();
finish();
