// The Inspector's CLI, in strict mode, against the binary: node inspector.mjs BIN
import { execFileSync } from "node:child_process";
import assert from "node:assert/strict";
import { calls, check, finish, judge, tools } from "./expect.mjs";

const cli = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

/** Runs one method and returns its result; the Inspector exits 5 for a result with isError, 6 for a schema problem. */
function inspect(era, method, ...flags) {
  const args = [cli, "--cli", process.argv[2], "stdio", "--sandbox", "--protocol-era", era, "--format", "json", "--method", method, ...flags];
  try {
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })).result;
  } catch (err) {
    if (err.status === 5) return JSON.parse(err.stdout).result;
    throw new Error(`exit ${err.status}: ${err.stderr ?? err.message}`);
  }
}

for (const era of ["legacy", "modern"]) {
  await check(`${era}: tools/list --strict`, () => {
    const names = inspect(era, "tools/list", "--strict").tools.map((tool) => tool.name);
    assert.deepEqual(names.sort(), [...tools].sort());
  });
  for (const call of calls) {
    await check(`${era}: ${call.title}`, () => {
      judge(call, inspect(era, "tools/call", "--tool-name", call.tool, "--tool-args-json", JSON.stringify(call.arguments)));
    });
  }
}
finish();
