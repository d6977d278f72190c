import os

from google.adk.agents import LlmAgent
from google.adk.models.google_llm import Gemini
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool import McpToolset, StdioConnectionParams, StreamableHTTPConnectionParams
from mcp import StdioServerParameters

TITLE, PACKAGE = "Google ADK", "google-adk"
CONFIG = 'McpToolset(connection_params=StdioConnectionParams(server_params=StdioServerParameters(command="/path/ai-endpoints-mcp")))\nStreamableHTTPConnectionParams(url="URL/mcp", headers={…})'
CUTS, LIMIT = 5, "timeout=300"
NOTES = ["over HTTP it waits longer: a call of 26 s is answered", "it has no loader of prompts"]


os.environ["GOOGLE_API_KEY"] = "none"  # it will not start without one


def connect(server, limit):
    if server.url:
        return McpToolset(connection_params=StreamableHTTPConnectionParams(url=server.url, headers=server.headers))
    more = {"timeout": limit} if limit else {}
    parameters = StdioServerParameters(command=server.command, args=server.args)
    return McpToolset(connection_params=StdioConnectionParams(server_params=parameters, **more))


async def run(server, model_url, task, limit):
    tools = connect(server, limit)
    agent = LlmAgent(name="caller", model=Gemini(model="gemini-scripted", base_url=model_url), tools=[tools])
    try:
        await InMemoryRunner(agent).run_debug(task, quiet=True)
    finally:
        await tools.close()
