from openai import AsyncOpenAI
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.connectors.mcp import MCPStdioPlugin, MCPStreamableHttpPlugin

from host import PROMPT

TITLE, PACKAGE = "Semantic Kernel", "semantic-kernel"
CONFIG = 'MCPStdioPlugin("ai_endpoints", command="/path/ai-endpoints-mcp")\nMCPStreamableHttpPlugin("ai_endpoints", url="URL/mcp", headers={…})'
CUTS, LIMIT = None, None
NOTES = [
    "it makes at most 5 calls a turn: FunctionChoiceBehavior.Auto(maximum_auto_invoke_attempts=10) allows more",
    "the server's prompts become functions too, which demand every argument; blank ones will do",
]


def connect(server):
    if server.url:
        return MCPStreamableHttpPlugin("ai_endpoints", url=server.url, headers=server.headers)
    return MCPStdioPlugin("ai_endpoints", command=server.command, args=server.args)


async def run(server, model_url, task, _limit):
    service = OpenAIChatCompletion("scripted", async_client=AsyncOpenAI(base_url=model_url + "/v1", api_key="none"))
    async with connect(server) as plugin:
        more = FunctionChoiceBehavior.Auto(maximum_auto_invoke_attempts=10)
        await ChatCompletionAgent(service=service, name="caller", plugins=[plugin], function_choice_behavior=more).get_response(task)


async def prompt(server):
    async with connect(server) as plugin:
        got = await plugin.get_prompt(PROMPT["name"], **PROMPT["arguments"])
    return "\n".join(str(message) for message in got)
