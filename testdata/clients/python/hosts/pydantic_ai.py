from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from host import PROMPT

TITLE, PACKAGE = "Pydantic AI", "pydantic-ai-slim"
CONFIG = 'Agent(toolsets=[MCPToolset(StdioTransport("/path/ai-endpoints-mcp", []))])\nMCPToolset("URL/mcp", headers={…})'
CUTS, LIMIT = None, None
NOTES = ["the model sees the server's instructions with include_instructions=True only"]


def toolset(server):
    if server.url:
        return MCPToolset(server.url, headers=server.headers)
    return MCPToolset(StdioTransport(server.command, server.args))


async def run(server, model_url, task, _limit):
    model = OpenAIChatModel("scripted", provider=OpenAIProvider(base_url=model_url + "/v1", api_key="none"))
    async with Agent(model, toolsets=[toolset(server)]) as agent:
        await agent.run(task)


async def prompt(server):
    async with toolset(server) as tools:
        got = await tools.get_prompt(PROMPT["name"], PROMPT["arguments"])
    return "\n".join(message.content.content for message in got.messages)
