from contextlib import asynccontextmanager

from google import genai
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

TITLE, PACKAGE = "google-genai", "google-genai"
CONFIG = "async with stdio_client(StdioServerParameters(command=\"/path/ai-endpoints-mcp\")) as streams, ClientSession(*streams) as session: generate_content(…, config={\"tools\": [session]})"
CUTS, LIMIT = None, None
NOTES = ["with GenerateContentConfig(tools=[session]) it fails, because it copies the session: give the config as a dict", "it has no loader of prompts"]


@asynccontextmanager
async def connect(server):
    if server.url:
        async with create_mcp_http_client(headers=server.headers) as client, streamable_http_client(server.url, http_client=client) as streams:
            yield streams
    else:
        async with stdio_client(StdioServerParameters(command=server.command, args=server.args)) as streams:
            yield streams


async def run(server, model_url, task, _limit):
    client = genai.Client(api_key="none", http_options={"base_url": model_url})
    async with connect(server) as streams, ClientSession(*streams[:2]) as session:
        await session.initialize()
        await client.aio.models.generate_content(model="scripted", contents=task, config={"tools": [session]})
