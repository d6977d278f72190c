// The Inspector's CLI, in strict mode, against the binary over stdio and HTTP: node inspector.mjs BIN
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import assert from "node:assert/strict";
import { calls, check, finish, judge, tools } from "./expect.mjs";
import { authorization, serve } from "./serve.mjs";

const cli = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
const bin = process.argv[2];
const targets = {
  stdio: [bin, "stdio", "--sandbox"],
  HTTP: [await serve(bin), "--transport", "http", "--header", `Authorization: ${authorization}`],
};

/** Runs one method and returns its result; the Inspector exits 5 for a result with isError, 6 for a schema problem. */
async function inspect(target, era, method, ...flags) {
  const args = [cli, "--cli", ...target, "--protocol-era", era, "--format", "json", "--method", method, ...flags];
  const run = promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  run.child.stdin.end();
  const { stdout } = await run.catch((err) => {
    if (err.code === 5) return err;
    throw new Error(`exit ${err.code ?? err.signal}: ${err.stderr ?? err.message}`);
  });
  return JSON.parse(stdout).result;
}

for (const [over, target] of Object.entries(targets)) {
  for (const era of ["legacy", "modern"]) {
    await check(`${era}, ${over}: tools/list --strict`, async () => {
      const names = (await inspect(target, era, "tools/list", "--strict")).tools.map((tool) => tool.name);
      assert.deepEqual(names.sort(), [...tools].sort());
    });
    for (const call of calls) {
      await check(`${era}, ${over}: ${call.title}`, async () => {
        const flags = ["--tool-name", call.tool, "--tool-args-json", JSON.stringify(call.arguments)];
        judge(call, await inspect(target, era, "tools/call", ...flags));
      });
    }
  }
}
finish();
