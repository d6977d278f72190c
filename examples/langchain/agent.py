"""A LangChain agent that has the tools of AI Endpoints.

Needs `pip install langchain langchain-openai langchain-mcp-adapters`, and ai-endpoints-mcp in the PATH.
Start `ai-endpoints-mcp emulator`, then: BASE_URL=http://127.0.0.1:8089/v1 python agent.py
"""

import asyncio
import os

from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI

# Without --sandbox models answer the tools' calls.
SERVERS = {"ai-endpoints": {"transport": "stdio", "command": "ai-endpoints-mcp", "args": ["--sandbox"]}}


async def main():
    tools = await MultiServerMCPClient(SERVERS).get_tools()
    key = os.environ.get("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "any")
    model = ChatOpenAI(model="gpt-oss-120b", base_url=os.environ["BASE_URL"], api_key=key)
    agent = create_agent(model, tools)

    # The emulator's model calls the tools that the question names; a real one finds out by itself.
    question = "Use resolve virtual model, query: text_generation@cheapest, and tell me which one it picks."
    result = await agent.ainvoke({"messages": [("user", question)]})
    print(result["messages"][-1].content)

    called = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert [message.name for message in called] == ["resolve-virtual-model"], called
    # LangChain shows the model the text of a result, and keeps its structured content as the artifact.
    candidates = called[0].artifact["structured_content"]["candidates"]
    assert candidates[0]["model"] in result["messages"][-1].content, candidates


asyncio.run(main())
