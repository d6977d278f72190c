from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI

from host import PROMPT

TITLE, PACKAGE = "LangChain", "langchain-mcp-adapters"
CONFIG = 'MultiServerMCPClient({"ai-endpoints": {"transport": "stdio", "command": "/path/ai-endpoints-mcp", "args": []}})\n{"transport": "http", "url": "URL/mcp", "headers": {…}}'
CUTS, LIMIT = None, None
NOTES = ["structured content is the message's artifact, which the model does not see"]


def connect(server):
    if server.url:
        entry = {"transport": "http", "url": server.url, "headers": server.headers}
    else:
        entry = {"transport": "stdio", "command": server.command, "args": server.args}
    return MultiServerMCPClient({"ai-endpoints": entry})


async def run(server, model_url, task, _limit):
    model = ChatOpenAI(model="scripted", base_url=model_url + "/v1", api_key="none")
    agent = create_agent(model, await connect(server).get_tools())
    await agent.ainvoke({"messages": [("user", task)]})


async def prompt(server):
    got = await connect(server).get_prompt("ai-endpoints", PROMPT["name"], arguments=PROMPT["arguments"])
    return "\n".join(message.content for message in got)
