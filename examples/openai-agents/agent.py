"""An agent of the OpenAI Agents SDK that has the tools of AI Endpoints, and runs on AI Endpoints itself.

Needs `pip install openai-agents`, and ai-endpoints-mcp in the PATH.
Start `ai-endpoints-mcp emulator`, then: BASE_URL=http://127.0.0.1:8089/v1 python agent.py
"""

import asyncio
import os

from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from agents.mcp import MCPServerStdio
from openai import AsyncOpenAI

# Without --sandbox models answer the tools' calls.
SERVER = {"command": "ai-endpoints-mcp", "args": ["--sandbox"]}


async def main():
    client = AsyncOpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ.get("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "any"))
    model = OpenAIChatCompletionsModel("gpt-oss-120b", client)

    # The SDK gives up on a call after 5 s, which is too short for a model.
    async with MCPServerStdio(params=SERVER, client_session_timeout_seconds=300) as server:
        agent = Agent("router", "You choose a model, then ask it.", model=model, mcp_servers=[server])
        # The emulator's model calls the tools that the question names; a real one finds out by itself.
        task = "First use resolve virtual model, query: code_chat@cheapest, then use chat, prompt: Write a haiku about tests."
        result = await Runner.run(agent, task)
    print(result.final_output)

    calls = [item.raw_item.name for item in result.new_items if item.type == "tool_call_item"]
    assert calls == ["resolve-virtual-model", "chat"], calls
    assert "haiku about tests" in result.final_output, result.final_output


# Traces would go to OpenAI.
set_tracing_disabled(True)
asyncio.run(main())
