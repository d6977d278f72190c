import asyncio

from mcp import StdioServerParameters, stdio_client
from strands import Agent
from strands.models.openai import OpenAIModel
from strands.tools.mcp import MCPClient

from host import PROMPT

TITLE, PACKAGE = "Strands Agents", "strands-agents"
CONFIG = 'MCPClient(lambda: stdio_client(StdioServerParameters(command="/path/ai-endpoints-mcp")))\nMCPClient(url="URL/mcp", headers={…})'
CUTS, LIMIT = None, None
NOTES = []


def connect(server):
    if server.url:
        return MCPClient(url=server.url, headers=server.headers)
    return MCPClient(lambda: stdio_client(StdioServerParameters(command=server.command, args=server.args)))


async def run(server, model_url, task, _limit):
    model = OpenAIModel(client_args={"base_url": model_url + "/v1", "api_key": "none"}, model_id="scripted")
    agent = await asyncio.to_thread(Agent, model, tools=[client := connect(server)], callback_handler=None)
    try:
        await agent.invoke_async(task)
    finally:
        await asyncio.to_thread(client.stop, None, None, None)


async def prompt(server):
    def load():
        with connect(server) as client:
            return client.get_prompt_sync(PROMPT["name"], PROMPT["arguments"])
    return "\n".join(message.content.text for message in (await asyncio.to_thread(load)).messages)
