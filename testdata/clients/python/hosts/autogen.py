from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams, StreamableHttpServerParams

from host import PROMPT

TITLE, PACKAGE = "AutoGen", "autogen-ext"
CONFIG = 'McpWorkbench(StdioServerParams(command="/path/ai-endpoints-mcp"))\nMcpWorkbench(StreamableHttpServerParams(url="URL/mcp", headers={…}))'
CUTS, LIMIT = 5, "read_timeout_seconds=300"
NOTES = ["over HTTP it waits longer: a call of 26 s is answered"]
MODEL = {"vision": False, "function_calling": True, "json_output": False, "structured_output": False, "family": "unknown"}


def connect(server, limit=None):
    if server.url:
        return McpWorkbench(StreamableHttpServerParams(url=server.url, headers=server.headers))
    more = {"read_timeout_seconds": limit} if limit else {}
    return McpWorkbench(StdioServerParams(command=server.command, args=server.args, **more))


async def run(server, model_url, task, limit):
    model = OpenAIChatCompletionClient(model="scripted", base_url=model_url + "/v1", api_key="none", model_info=MODEL)
    async with connect(server, limit) as tools:
        await AssistantAgent("caller", model, workbench=tools, max_tool_iterations=10).run(task=task)


async def prompt(server):
    async with connect(server) as tools:
        got = await tools.get_prompt(PROMPT["name"], PROMPT["arguments"])
    return "\n".join(message.content.text for message in got.messages)
