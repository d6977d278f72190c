// The tools by the MCP SDK, over stdio or HTTP: a chat that is shown while it is written, and data by a schema.
//
// Needs `npm install`, and ai-endpoints-mcp in the PATH. Run: npm start
// With a team's server: MCP_URL=https://mcp.example.com/mcp MCP_TOKEN=… npm start
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const { MCP_URL, MCP_TOKEN } = process.env;
const transport = MCP_URL
  ? new StreamableHTTPClientTransport(new URL(MCP_URL), { requestInit: { headers: { Authorization: `Bearer ${MCP_TOKEN}` } } })
  : new StdioClientTransport({ command: "ai-endpoints-mcp", args: ["--sandbox"] }); // without --sandbox a model answers

const client = new Client({ name: "example", version: "1" });
await client.connect(transport);

async function call(name: string, args: Record<string, unknown>, onText?: (text: string) => void): Promise<Record<string, any>> {
  const result = await client.callTool({ name, arguments: args }, {
    // The SDK gives up after 60 s, unless progress extends that.
    resetTimeoutOnProgress: true,
    onprogress: ({ message }) => onText?.(message ?? ""),
  });
  // A failed call is a result too. Its text says what to do: "CODE: what failed. Hint: what to do."
  const [first] = result.content;
  if (result.isError) throw new Error(first?.type === "text" ? first.text : "the call failed");
  return result.structuredContent as Record<string, any>;
}

let shown = "";
const answer = await call("chat", { prompt: "Why is the sky blue?" }, (text) => {
  shown += text;
  process.stdout.write(text);
});
// The SDK drops the progress that arrives together with the result, which has all of it.
assert.ok(answer.content.startsWith(shown), shown);
console.log(`${answer.content.slice(shown.length)}\n(${answer.model})`);

// The data is valid against the schema, or the call fails.
const { data } = await call("structured-extract", {
  text: "Ada Lovelace, born 1815 in London",
  schema: {
    type: "object",
    properties: { name: { type: "string" }, born: { type: "integer" } },
    required: ["name", "born"],
  },
});
console.log(`${data.name}, born in ${data.born}`);
assert.equal(data.born, 1815);

await client.close();
