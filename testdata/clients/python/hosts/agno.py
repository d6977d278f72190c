from agno.agent import Agent
from agno.models.openai import OpenAILike
from agno.tools.mcp import MCPTools, StreamableHTTPClientParams
from mcp import StdioServerParameters

TITLE, PACKAGE = "Agno", "agno"
CONFIG = 'MCPTools(server_params=StdioServerParameters(command="/path/ai-endpoints-mcp"))\nMCPTools(transport="streamable-http", url="URL/mcp", headers={…})'
CUTS, LIMIT = 10, "timeout_seconds=300"
NOTES = ["command= takes only runners like npx and docker: use server_params", "it has no loader of prompts"]


def connect(server, limit):
    more = {"timeout_seconds": limit} if limit else {}
    if server.url:
        return MCPTools(transport="streamable-http", server_params=StreamableHTTPClientParams(url=server.url, headers=server.headers), **more)
    return MCPTools(server_params=StdioServerParameters(command=server.command, args=server.args), **more)


async def run(server, model_url, task, limit):
    async with connect(server, limit) as tools:
        model = OpenAILike(id="scripted", base_url=model_url + "/v1", api_key="none")
        await Agent(model=model, tools=[tools], telemetry=False).arun(task)
