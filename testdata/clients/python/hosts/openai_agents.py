from agents import Agent, OpenAIChatCompletionsModel, Runner
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from openai import AsyncOpenAI

from host import PROMPT

TITLE, PACKAGE = "OpenAI Agents", "openai-agents"
CONFIG = 'MCPServerStdio(params={"command": "/path/ai-endpoints-mcp"})\nMCPServerStreamableHttp(params={"url": "URL/mcp", "headers": {…}})'
CUTS, LIMIT = 5, "client_session_timeout_seconds=300"
NOTES = []


def connect(server, limit):
    more = {"client_session_timeout_seconds": limit} if limit else {}
    if server.url:
        return MCPServerStreamableHttp(params={"url": server.url, "headers": server.headers}, **more)
    return MCPServerStdio(params={"command": server.command, "args": server.args}, **more)


async def run(server, model_url, task, limit):
    model = OpenAIChatCompletionsModel("scripted", AsyncOpenAI(base_url=model_url + "/v1", api_key="none"))
    async with connect(server, limit) as tools:
        await Runner.run(Agent("caller", mcp_servers=[tools], model=model), task)


async def prompt(server):
    async with connect(server, None) as tools:
        got = await tools.get_prompt(PROMPT["name"], PROMPT["arguments"])
    return "\n".join(message.content.text for message in got.messages)
