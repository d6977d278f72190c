from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

from host import PROMPT

TITLE, PACKAGE = "LlamaIndex", "llama-index-tools-mcp"
CONFIG = 'McpToolSpec(BasicMCPClient("/path/ai-endpoints-mcp"))\nBasicMCPClient("URL/mcp", headers={…})'
CUTS, LIMIT = 30, "timeout=300"
NOTES = []


def connect(server, limit=None):
    more = {"timeout": limit} if limit else {}
    if server.url:
        return BasicMCPClient(server.url, headers=server.headers, **more)
    return BasicMCPClient(server.command, args=server.args, **more)


async def run(server, model_url, task, limit):
    model = OpenAILike(model="scripted", api_base=model_url + "/v1", api_key="none", is_chat_model=True, is_function_calling_model=True)
    tools = await McpToolSpec(connect(server, limit)).to_tool_list_async()
    await FunctionAgent(tools=tools, llm=model).run(task)


async def prompt(server):
    got = await connect(server).get_prompt(PROMPT["name"], PROMPT["arguments"])
    return "\n".join(message.content for message in got)
