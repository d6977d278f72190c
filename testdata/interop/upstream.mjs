// The binary against an OpenAI-compatible server that others wrote (aimock, scripted by aimock.json): node upstream.mjs BIN
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";
import { at, check, finish } from "./expect.mjs";

const bin = process.argv[2];
const model = "gpt-oss-120b";
const ambient = { OPENAI_API_KEY: "sk-ambient", OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OPENAI_ORG_ID: "org-ambient" };

/** Starts aimock on a free port of the loopback. With a key, it answers 401 to every request that carries no key or another one. */
async function startUpstream(key) {
  const flags = ["--host", "127.0.0.1", "--port", "0", "--fixtures", "aimock.json", "--validate-on-load"];
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...(key && { AIMOCK_API_KEYS: key }) };
  const child = spawn(process.execPath, ["node_modules/@copilotkit/aimock/dist/cli.js", ...flags], { env, stdio: "pipe" });
  process.on("exit", () => child.kill());
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += chunk));
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    if ((url = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0])) break;
  }
  child.stdout.resume();
  assert(url, `aimock did not start: ${complaints}`);
  const control = async (method, path) => {
    const answer = await fetch(`${url}/__aimock/${path}`, { method, headers: key ? { authorization: `Bearer ${key}` } : {} });
    assert(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  return {
    url,
    /** Forgets the journal, so that requests() tells what came since. */
    clear: () => control("POST", "reset/journal"),
    /** What came to an endpoint: [{path, headers, body, response}]. */
    requests: async (endpoint) => (await control("GET", "journal")).filter((entry) => entry.path.endsWith(endpoint)),
    everything: async () => JSON.stringify(await control("GET", "journal")),
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** Runs `BIN call TOOL` against an upstream; returns the exit code and the structured result. */
function callTool(upstream, tool, args, { env = {}, flags = [] } = {}) {
  const argv = ["call", tool, JSON.stringify(args), "--json", "--base-url", `${upstream.url}/v1`, "--catalog-url", `${upstream.url}/none`, ...flags];
  const clean = { PATH: process.env.PATH, HOME: process.env.HOME, AI_ENDPOINTS_RATE_LIMIT: "off", AI_ENDPOINTS_MAX_WAIT: "2s", ...env };
  return new Promise((resolve, reject) => {
    execFile(bin, argv, { env: clean, timeout: 60_000, maxBuffer: 64 << 20 }, (err, stdout, stderr) => {
      try {
        resolve({ code: err ? err.code : 0, result: JSON.parse(stdout), seen: `\nanswer: ${stdout.slice(0, 1500)}` });
      } catch {
        reject(new Error(`no JSON on stdout, exit ${err?.code ?? err?.signal ?? 0}: ${stdout.slice(0, 1500)}${stderr}`));
      }
    });
  });
}

let upstream = await startUpstream();

/** Calls chat with a prompt that a fixture knows, and expects an answer. */
async function chat(prompt, args = {}, options) {
  await upstream.clear();
  const { code, result, seen } = await callTool(upstream, "chat", { prompt, model, ...args }, options);
  assert.equal(code, 0, `exit ${code}` + seen);
  return { ...result, seen, codes: (result.warnings ?? []).map((warning) => warning.code) };
}

/** Calls chat and expects an error: its code, what it says and HTTP status; with `once`, that it was asked only once. */
async function refused(prompt, { code, says = "", status, retryable, once }, options) {
  await upstream.clear();
  const { code: exit, result, seen } = await callTool(upstream, "chat", { prompt, model }, options);
  assert.equal(exit, 1, `exit ${exit}` + seen);
  assert.equal(at(result, "error.code"), code, "error.code" + seen);
  assert.equal(result.error.status, status, "error.status" + seen);
  assert.equal(result.error.retryable ?? false, retryable, "error.retryable" + seen);
  assert(result.error.message.includes(says), `error.message does not say "${says}"` + seen);
  if (once) assert.equal((await upstream.requests("/chat/completions")).length, 1, "it was asked again" + seen);
  return { ...result, seen };
}

await check("a streamed answer, its usage and cost", async () => {
  const got = await chat("say hello");
  assert.equal(got.content, "Hello from a server that somebody else wrote.", got.seen);
  assert.equal(got.finish_reason, "stop", got.seen);
  assert.equal(got.usage.total_tokens, 16, got.seen);
  assert.equal(got.cost.currency, "EUR", got.seen);
});
await check("the request asks for a stream with usage, and carries no key when there is none", async () => {
  await chat("say hello", { temperature: 0.5 }, { env: ambient });
  const [{ headers, body }] = await upstream.requests("/chat/completions");
  assert.equal(body.stream, true);
  assert.equal(body.stream_options?.include_usage, true);
  assert.equal(body.temperature, 0.5);
  assert.equal(body.model, model);
  assert(!("authorization" in headers), "an Authorization header was sent");
});
await check("ambient OPENAI_* variables have no effect", async () => {
  const got = await chat("say hello", {}, { env: ambient });
  assert.equal(got.finish_reason, "stop", got.seen);
  const journal = await upstream.everything();
  assert(!/ambient|openai-organization/i.test(journal), journal.slice(0, 1500));
});
await check("system messages anywhere become one, first", async () => {
  const messages = [["system", "Be brief."], ["user", "Please"], ["system", "Be kind."], ["user", "say hello"]].map(([role, content]) => ({ role, content }));
  const got = await chat(undefined, { messages });
  assert(got.codes.includes("system_hoisted"), got.seen);
  const [{ body }] = await upstream.requests("/chat/completions");
  assert.deepEqual(body.messages, [{ role: "system", content: "Be brief.\n\nBe kind." }, { role: "user", content: "Please\n\nsay hello" }]);
});
await check("parallel tool calls", async () => {
  const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
  const got = await chat("weather of two cities", { tools, tool_choice: "auto" });
  assert.equal(got.finish_reason, "tool_calls", got.seen);
  assert.deepEqual(got.tool_calls.map((call) => [call.id, call.type, call.function.name, JSON.parse(call.function.arguments)]), [
    ["call_a", "function", "get_weather", { city: "Roubaix" }],
    ["call_b", "function", "get_weather", { city: "Gravelines" }],
  ], got.seen);
});
await check("reasoning apart from the answer", async () => {
  const got = await chat("think first", { include_reasoning: true });
  assert.equal(got.content, "42.", got.seen);
  assert.equal(got.reasoning, "Six times seven.", got.seen);
});
await check("a slow stream arrives whole", async () => {
  const got = await chat("slowly");
  assert.equal(got.content, "Slow and steady wins the race.", got.seen);
  assert(got.latency_ms >= 500, got.seen);
});
await check("at the deadline the text so far is the answer", async () => {
  const got = await chat("slowly", {}, { flags: ["--timeout", "1s"] });
  assert.equal(got.finish_reason, "deadline", got.seen);
  assert(got.codes.includes("deadline"), got.seen);
  assert(got.content && "Slow and steady wins the race.".startsWith(got.content), got.seen);
});
await check("a stream cut after some text: the text and a warning", async () => {
  const got = await chat("cut late");
  assert(got.codes.includes("stream_interrupted"), got.seen);
  assert(got.content && "The first half arrives, the second half of this".startsWith(got.content), got.seen);
});
await check("a stream cut before any text: stream_interrupted", async () => {
  await refused("cut early", { code: "stream_interrupted", retryable: true });
});
await check("a connection closed without an answer: upstream_unreachable", async () => {
  await refused("hang up", { code: "upstream_unreachable", retryable: true });
});
await check("garbage instead of an answer: upstream_unavailable", async () => {
  await refused("garbage", { code: "upstream_unavailable", retryable: true });
});
await check("429: rate_limited, with the time of Retry-After", async () => {
  const got = await refused("busy", { code: "rate_limited", says: "API rate limit exceeded", status: 429, retryable: true });
  assert.equal(got.error.retry_after_s, 120, got.seen);
});
await check("400: the service's words, asked once", async () => {
  const says = "temperature must be below 1";
  await refused("error 400", { code: "upstream_rejected", says, status: 400, retryable: false, once: true });
});
await check("404: the service's words, asked once", async () => {
  const says = "The model `gpt-oss-120b` does not exist";
  await refused("error 404", { code: "unknown_model", says, status: 404, retryable: false, once: true });
});
await check("500: the service's words", async () => {
  await refused("error 500", { code: "upstream_unavailable", says: "the engine has left the building", status: 500, retryable: true });
});
await check("a server that is not there: upstream_unreachable", async () => {
  const { code, result, seen } = await callTool({ url: "http://127.0.0.1:1" }, "chat", { prompt: "hi", model });
  assert.equal(code, 1, seen);
  assert.equal(at(result, "error.code"), "upstream_unreachable", seen);
});
await check("60 texts to embed: batches of at most 25, order kept", async () => {
  const input = Array.from({ length: 60 }, (_, i) => `text-${i}`);
  await upstream.clear();
  const { code, result, seen } = await callTool(upstream, "embed", { input, model: "bge-m3" });
  assert.equal(code, 0, seen);
  const sizes = (await upstream.requests("/embeddings")).map(({ body }) => body.embeddingInput.split(" ").length);
  assert.deepEqual(sizes.sort(), [10, 25, 25]);
  assert.deepEqual(result.embeddings.map(({ index }) => index), input.map((_, i) => i));
  for (const i of [0, 24, 25, 42, 59]) {
    const body = JSON.stringify({ model: "bge-m3", input: input[i] });
    const { data } = await (await fetch(`${upstream.url}/v1/embeddings`, { method: "POST", body })).json();
    assert.deepEqual(result.embeddings[i].vector.map(Math.fround), data[0].embedding.map(Math.fround), `vector ${i}`);
  }
});
await upstream.stop();

// The journal hides what a key was, so a server that knows one key tells whether it came.
upstream = await startUpstream("the-key");
await check("the key of the environment is sent, and no other", async () => {
  const got = await chat("say hello", {}, { env: { ...ambient, OVH_AI_ENDPOINTS_ACCESS_TOKEN: "the-key", OVHCLOUD_API_KEY: "another" } });
  assert.equal(got.finish_reason, "stop", got.seen);
  const [{ headers }] = await upstream.requests("/chat/completions");
  assert("authorization" in headers);
});
await check("the second variable's key is used when the first is not set", async () => {
  const got = await chat("say hello", {}, { env: { OVHCLOUD_API_KEY: "the-key" } });
  assert.equal(got.finish_reason, "stop", got.seen);
});
for (const [title, env] of [["no key", ambient], ["a wrong key", { OVH_AI_ENDPOINTS_ACCESS_TOKEN: "wrong-key" }]]) {
  await check(`${title}: auth_failed, and the key is not in the answer`, async () => {
    const { seen } = await refused("say hello", { code: "auth_failed", says: "Invalid API key", status: 401, retryable: false }, { env });
    assert(!seen.includes("wrong-key"), seen);
  });
}
await upstream.stop();
finish();
