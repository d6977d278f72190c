// The TypeScript SDK's client against the binary: node typescript.mjs BIN
// The SDK itself validates every structuredContent against the tool's output schema.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import assert from "node:assert/strict";
import { calls, check, finish, judge, tools as called } from "./expect.mjs";

const client = new Client({ name: "interop", version: "1" });
await client.connect(new StdioClientTransport({ command: process.argv[2], args: ["stdio", "--sandbox", "--log-level", "warn"] }));

await check("lists all tools, with output schemas", async () => {
  const { tools } = await client.listTools();
  for (const name of called) {
    assert(tools.find((tool) => tool.name === name)?.outputSchema, `${name} in ${tools.map((tool) => tool.name)}`);
  }
});
for (const call of calls) {
  await check(call.title, async () => {
    const progress = [];
    const onprogress = call.progress ? ({ message }) => progress.push(message) : undefined;
    const result = await client.callTool({ name: call.tool, arguments: call.arguments }, undefined, { onprogress });
    judge(call, result, call.progress && progress);
  });
}
await client.close();
finish();
