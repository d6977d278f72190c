// What the Node drivers share: counting checks, and judging a tool's result by an entry of calls.json.
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";

export const calls = JSON.parse(readFileSync(new URL("calls.json", import.meta.url), "utf8"));

let passed = 0, failed = 0;

/** The tools that the calls are for. */
export const tools = [...new Set(calls.map((call) => call.tool))];

/** Runs one check and prints its line. A check fails by throwing. */
export async function check(title, body) {
  try {
    await body();
    passed++;
    console.log(`ok    ${title}`);
  } catch (err) {
    failed++;
    console.log(`FAIL  ${title}\n      ${String(err?.message ?? err).replaceAll("\n", "\n      ")}`);
  }
}

/** Prints the closing line and ends the process: 1 if a check failed or none ran. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed || !passed ? 1 : 0);
}

/** The value at a dotted path ("tool_calls.0.id"). */
export const at = (value, path) => path.split(".").reduce((v, key) => v?.[key], value);

/** Judges a result of tools/call; client.py has the same function. */
export function judge(call, result, progress) {
  const text = result.content?.[0]?.text ?? "";
  const got = result.structuredContent;
  const seen = `\nresult: ${JSON.stringify(result).slice(0, 1500)}`;
  assert(text.trim(), "the first block of the result is blank" + seen);
  assert(got, "no structuredContent" + seen);
  if (call.error) {
    assert.equal(result.isError, true, "not an error" + seen);
    assert(text.startsWith(`${call.error}: `), `the text does not begin with ${call.error}` + seen);
    assert.equal(got.error?.code, call.error, "error.code" + seen);
    assert(text.includes(call.says), `the text does not mention ${call.says}` + seen);
    return;
  }
  assert(!result.isError, "an error" + seen);
  if (call.text) assert.equal(text, at(got, call.text), "the text is not the answer" + seen);
  if (call.parsed) assert.deepEqual(JSON.parse(text), at(got, call.parsed), "the text is not the data" + seen);
  for (const [name, want] of Object.entries(call.meta ?? {})) assert.deepEqual(result._meta?.[name], want, `_meta ${name}` + seen);
  if (call.progress && progress) assert.equal(progress.join(""), at(got, call.progress), "progress is not the answer" + seen);
  for (const [path, want] of Object.entries(call.equals ?? {})) assert.deepEqual(at(got, path), want, path + seen);
  for (const path of call.present ?? []) assert(at(got, path) != null && at(got, path) !== "", `no ${path}` + seen);
  for (const [path, keys] of Object.entries(call.json ?? {})) assert.deepEqual(Object.keys(JSON.parse(at(got, path))), keys, path + seen);
  const scores = (call.descending ?? []).map((path) => at(got, path));
  scores.slice(1).forEach((score, i) => assert(scores[i] > score, `not descending: ${scores}` + seen));
}
