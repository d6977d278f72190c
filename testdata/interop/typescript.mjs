// The clients of the TypeScript SDK, versions 1 and 2, against the binary over stdio and HTTP, in each era of the
// protocol that they speak: node typescript.mjs BIN
// The SDK itself validates every structuredContent against the tool's output schema.
import * as v1 from "@modelcontextprotocol/sdk/client/index.js";
import * as v1stdio from "@modelcontextprotocol/sdk/client/stdio.js";
import * as v1http from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as v2 from "@modelcontextprotocol/client";
import * as v2stdio from "@modelcontextprotocol/client/stdio";
import assert from "node:assert/strict";
import { calls, check, finish, judge, tools as called } from "./expect.mjs";
import { authorization, serve } from "./serve.mjs";

const bin = process.argv[2];
const me = { name: "interop", version: "1" };
const sdk1 = {
  ...v1, ...v1stdio, ...v1http,
  call: (client, params, options) => client.callTool(params, undefined, options),
};
const sdk2 = { ...v2, ...v2stdio, call: (client, params, options) => client.callTool(params, options) };

const speakers = [
  { name: "SDK 1", sdk: sdk1, version: "2025-11-25" },
  { name: "SDK 2", sdk: sdk2, version: "2025-11-25", options: { versionNegotiation: { mode: "legacy" } } },
  { name: "SDK 2", sdk: sdk2, version: "2026-07-28", options: { versionNegotiation: { mode: { pin: "2026-07-28" } } } },
];

const stdio = ({ StdioClientTransport }) =>
  new StdioClientTransport({ command: bin, args: ["stdio", "--sandbox", "--log-level", "warn"] });
const http = (url, headers) => ({ StreamableHTTPClientTransport }) =>
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });

/** Connects, and returns the client and the protocol version that was agreed on. */
async function connect({ sdk, options }, transport) {
  const client = new sdk.Client(me, options), over = transport(sdk);
  let agreed; // version 2 tells it when it is asked, version 1 tells its transport only
  const set = over.setProtocolVersion?.bind(over);
  over.setProtocolVersion = (found) => {
    agreed = found;
    set?.(found);
  };
  await client.connect(over);
  return { client, agreed: client.getNegotiatedProtocolVersion?.() ?? agreed };
}

/** Calls a tool and judges its answer, and its progress if the answer is made of it. */
async function makeCall({ sdk }, client, call) {
  const progress = [];
  const options = call.progress ? { onprogress: ({ message }) => progress.push(message) } : {};
  judge(call, await sdk.call(client, { name: call.tool, arguments: call.arguments }, options), call.progress && progress);
}

async function again(tries, body) {
  for (;;) {
    try {
      return await body();
    } catch (err) {
      if (--tries <= 0) throw err;
    }
  }
}

/**
 * Everything that a client can do, one after another. Over stdio, the SDK drops progress that it reads together with the
 * result, which a cold process on a busy machine does; so there a call may be made more than once.
 */
async function tryAll(speaker, title, transport, tries = 1) {
  let client;
  await check(`${title}: the version is agreed on`, async () => {
    const found = await connect(speaker, transport);
    client = found.client;
    assert.equal(found.agreed, speaker.version);
  });
  if (!client) return;
  await check(`${title}: lists all tools, with output schemas`, async () => {
    const { tools } = await client.listTools();
    for (const name of called) {
      assert(tools.find((tool) => tool.name === name)?.outputSchema, `${name} in ${tools.map((tool) => tool.name)}`);
    }
  });
  for (const call of calls) {
    await check(`${title}: ${call.title}`, () => again(call.progress ? tries : 1, () => makeCall(speaker, client, call)));
  }
  await client.close();
}

/** Calls that end right after their last progress, which a server loses first. */
async function tryProgress(speaker, title, transport) {
  const many = 300, atOnce = 12;
  await check(`${title}: ${many} calls with their whole progress`, async () => {
    const call = calls.find(({ tool, progress }) => tool === "chat" && progress);
    const callers = Array.from({ length: atOnce }, async () => {
      const { client } = await connect(speaker, transport);
      for (let i = 0; i < many / atOnce; i++) await makeCall(speaker, client, call);
      await client.close();
    });
    await Promise.all(callers);
  });
}

const url = await serve(bin);
for (const speaker of speakers) {
  const title = `${speaker.name}, ${speaker.version}`;
  await tryAll(speaker, `${title}, stdio`, stdio, 3);
  await tryAll(speaker, `${title}, HTTP`, http(url, { authorization }));
  await check(`${title}, HTTP: no token, no entry`, async () => {
    await assert.rejects(connect(speaker, http(url)), (err) => [err.code, err.status, err.data?.status].includes(401));
  });
  await tryProgress(speaker, `${title}, HTTP`, http(url, { authorization }));
}
finish();
