import asyncio

from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.utils import Secret
from haystack_integrations.tools.mcp import MCPToolset, StdioServerInfo, StreamableHttpServerInfo

TITLE, PACKAGE = "Haystack", "mcp-haystack"
CONFIG = 'MCPToolset(StdioServerInfo(command="/path/ai-endpoints-mcp"))\nMCPToolset(StreamableHttpServerInfo(url="URL/mcp", token=Secret.from_env_var(…)))'
CUTS, LIMIT = 30, "invocation_timeout=300"
NOTES = ["it has no loader of prompts"]


def connect(server, limit):
    more = {"invocation_timeout": limit} if limit else {}
    if server.url:
        return MCPToolset(StreamableHttpServerInfo(url=server.url, token=Secret.from_token(server.token)), **more)
    return MCPToolset(StdioServerInfo(command=server.command, args=server.args), **more)


def work(server, model_url, task, limit):
    model = OpenAIChatGenerator(model="scripted", api_base_url=model_url + "/v1", api_key=Secret.from_token("none"))
    tools = connect(server, limit)
    try:
        agent = Agent(chat_generator=model, tools=tools)
        agent.warm_up()
        agent.run(messages=[ChatMessage.from_user(task)])
    finally:
        tools.close()


async def run(server, model_url, task, limit):
    await asyncio.to_thread(work, server, model_url, task, limit)
