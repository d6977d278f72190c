import json
from contextlib import asynccontextmanager
from pathlib import Path

from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

from gateway import free_port, started
from host import PROMPT

TITLE, PACKAGE = "LiteLLM's MCP gateway", "litellm"
CONFIG = """mcp_servers:
  ai_endpoints: {transport: stdio, command: /path/ai-endpoints-mcp, args: []}
  ai_endpoints_http: {transport: http, url: URL/mcp, auth_type: bearer_token, auth_value: …}"""
CUTS, LIMIT = None, None
NOTES = [
    "here a client of the MCP SDK calls it",
    "stdio needs LITELLM_ENABLE_MCP_STDIO=true and LITELLM_MCP_STDIO_EXTRA_COMMANDS=ai-endpoints-mcp",
    "a server's name must not hold a hyphen",
]
ENV = {"LITELLM_ENABLE_MCP_STDIO": "true", "LITELLM_MCP_STDIO_EXTRA_COMMANDS": "ai-endpoints-mcp", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
KEY = "sk-of-the-clients-team"


def entry(server):
    if server.url:
        return {"transport": "http", "url": server.url, "auth_type": "bearer_token", "auth_value": server.token}
    return {"transport": "stdio", "command": server.command, "args": server.args}


@asynccontextmanager
async def serving(servers):
    """Starts one gateway before all of them: it takes long to start."""
    port = free_port()
    config = {"general_settings": {"master_key": KEY}, "mcp_servers": {name: entry(server) for name, server in servers.items()}}
    Path("config.yaml").write_text(json.dumps(config))
    command = ["litellm", "--host", "127.0.0.1", "--port", str(port), "--config", "config.yaml", "--telemetry", "False"]
    async with started(command, port, "/health/liveliness", **ENV):
        for name, server in servers.items():
            server.prefix, server.gateway = name + "-", f"http://127.0.0.1:{port}/{name}/mcp"
        yield


@asynccontextmanager
async def session(server):
    async with (
        create_mcp_http_client(headers={"x-litellm-api-key": f"Bearer {KEY}"}) as client,
        streamable_http_client(server.gateway, http_client=client) as streams,
        ClientSession(*streams[:2]) as opened,
    ):
        await opened.initialize()
        yield opened


@asynccontextmanager
async def gateway(server, _limit):
    async with session(server) as opened:
        listed = (await opened.list_tools()).tools

        async def call(name, arguments):
            result = await opened.call_tool(name, arguments)
            return result.model_dump_json(by_alias=True, exclude_none=True), bool(result.is_error)

        yield {tool.name.removeprefix(server.prefix): (tool.name, tool.model_dump(mode="json", exclude_none=True)) for tool in listed}, call


async def prompt(server):
    async with session(server) as opened:
        got = await opened.get_prompt(server.prefix + PROMPT["name"], PROMPT["arguments"])
    return "\n".join(message.content.text for message in got.messages)
