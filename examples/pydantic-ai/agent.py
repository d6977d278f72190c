"""A Pydantic AI agent that has the tools of AI Endpoints.

Needs `pip install "pydantic-ai-slim[mcp,openai]"`, and ai-endpoints-mcp in the PATH.
Start `ai-endpoints-mcp emulator`, then: BASE_URL=http://127.0.0.1:8089/v1 python agent.py
"""

import asyncio
import os

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ToolReturnPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

# Without --sandbox models answer the tools' calls. The server's instructions say how the tools go together.
TOOLS = MCPToolset(StdioTransport("ai-endpoints-mcp", ["--sandbox"]), include_instructions=True)


async def main():
    provider = OpenAIProvider(base_url=os.environ["BASE_URL"], api_key=os.environ.get("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "any"))
    async with Agent(OpenAIChatModel("gpt-oss-120b", provider=provider), toolsets=[TOOLS]) as agent:
        # The emulator's model calls the tools that the question names; a real one finds out by itself.
        result = await agent.run("Use chat, prompt: Why is the sky blue?, and repeat what it says.")
    print(result.output)

    # Pydantic AI shows the model the structured content of a result.
    returned = [part for message in result.all_messages() for part in message.parts if isinstance(part, ToolReturnPart)]
    assert [part.tool_name for part in returned] == ["chat"], returned
    assert returned[0].content["content"], returned


asyncio.run(main())
