import asyncio
import json
from pathlib import Path

from mcp import StdioServerParameters
from smolagents import OpenAIServerModel, ToolCallingAgent, ToolCollection

import model
from wire import Result

TITLE, PACKAGE = "smolagents", "smolagents"
CONFIG = 'ToolCollection.from_mcp(StdioServerParameters(command="/path/ai-endpoints-mcp"), trust_remote_code=True)\n{"url": "URL/mcp", "transport": "streamable-http", "headers": {…}}'
CUTS, LIMIT = None, None
NOTES = [
    "the model sees the first text of a result only: what is told in Notes is lost",
    "it refuses a call that leaves an optional argument out: here its model fills all, with blanks",
    "it has no loader of prompts",
]

BLANKS = {"string": "", "array": [], "object": {}, "boolean": False, "integer": 0, "number": 0.0}
GOLDEN = Path(__file__).parents[3] / "golden/tools-list.json"
SCHEMAS = {tool["name"]: tool["inputSchema"]["properties"] for tool in json.loads(GOLDEN.read_text())["tools"]}


class Model(model.Model):
    """Reads a history in which calls and results are texts."""

    def answer(self, request):
        request.results = [Result(text) for text in request.users if text.startswith(("Observation:", "Error:"))]
        request.called = len(request.results)
        return super().answer(request)


def fit(tool, arguments):
    return {name: BLANKS[schema["type"]] for name, schema in SCHEMAS[tool].items()} | arguments


def work(server, model_url, task):
    if server.url:
        parameters = {"url": server.url, "transport": "streamable-http", "headers": server.headers}
    else:
        parameters = StdioServerParameters(command=server.command, args=server.args)
    model = OpenAIServerModel("scripted", api_base=model_url + "/v1", api_key="none")
    with ToolCollection.from_mcp(parameters, trust_remote_code=True, structured_output=False) as tools:
        agent = ToolCallingAgent([*tools.tools], model, max_steps=7, verbosity_level=0)
        agent.run(task)


async def run(server, model_url, task, _limit):
    await asyncio.to_thread(work, server, model_url, task)
