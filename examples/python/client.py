"""The tools by the MCP SDK: a chat that is shown while it is written, data by a schema, and texts ranked by meaning.

Needs `pip install "mcp>=2"`, and ai-endpoints-mcp in the PATH. Run: python client.py
"""

import asyncio

from mcp import Client, StdioServerParameters

# Without --sandbox a model answers.
SERVER = StdioServerParameters(command="ai-endpoints-mcp", args=["--sandbox"])

INVOICE = "Invoice 2026-17 of Brasserie Lille: 12 coffees at 2.50 EUR, 30.00 EUR in total, due on 2026-12-24."
SCHEMA = {
    "type": "object",
    "properties": {"seller": {"type": "string"}, "total": {"type": "number"}, "due": {"type": "string", "format": "date"}},
    "required": ["seller", "total", "due"],
}


async def call(client, tool, arguments, **options):
    result = await client.call_tool(tool, arguments, **options)
    # A failed call is a result too. Its text says what to do: "CODE: what failed. Hint: what to do."
    if result.is_error:
        raise RuntimeError(result.content[0].text)
    return result.structured_content


async def main():
    async with Client(SERVER) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert {"chat", "embed", "structured-extract"} <= tools, tools

        pieces = []

        async def show(_progress, _total, message):
            pieces.append(message)
            print(message, end="", flush=True)

        answer = await call(client, "chat", {"prompt": "Why is the sky blue?"}, progress_callback=show)
        print(f"\n({answer['model']})")
        assert "".join(pieces) == answer["content"], pieces

        # The data is valid against the schema, or the call fails.
        data = (await call(client, "structured-extract", {"text": INVOICE, "schema": SCHEMA}))["data"]
        print(f"{data['seller']}: {data['total']} EUR, due on {data['due']}")
        assert data.keys() == {"seller", "total", "due"}, data

        texts = ["Onion soup needs onions and patience.", "How Postgres replication slots work", "The cat sleeps on the sofa."]
        ranking = (await call(client, "embed", {"query": "replication in Postgres", "input": texts}))["ranking"]
        for hit in ranking:
            print(f"{hit['score']:.2f} {hit['text']}")
        assert ranking[0]["text"] == texts[1], ranking


asyncio.run(main())
