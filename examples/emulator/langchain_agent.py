"""A LangChain agent on the emulator: it calls a tool, gets past a rate limit, and gives up on a fault that stays.

Start `ai-endpoints-mcp emulator`, then: BASE_URL=http://127.0.0.1:8089/v1 python langchain_agent.py
"""

import os

import openai
from langchain.agents import create_agent
from langchain.tools import tool
from langchain_openai import ChatOpenAI

cities = []


@tool
def get_weather(city: str) -> str:
    """Return the weather in a city."""
    cities.append(city)
    return f"It is raining in {city}."


def answer(question, **settings):
    model = ChatOpenAI(model="gpt-oss-120b", base_url=os.environ["BASE_URL"], api_key="any", **settings)
    result = create_agent(model, [get_weather]).invoke({"messages": [("user", question)]})
    return result["messages"][-1].content


# The model calls a tool that the user names, then answers with the tool's result.
assert "raining in Paris" in answer("Use get weather, city: Paris")
assert cities == ["Paris"], cities

# The same while streaming.
assert "raining in Rome" in answer("Use get weather, city: Rome", streaming=True)
assert cities == ["Paris", "Rome"], cities

# Each request is refused once with status 429, so the client has to send it again.
assert "raining in Oslo" in answer("Use get_weather, city: Oslo [[fault: 429 times=1]]", max_retries=1)
assert cities == ["Paris", "Rome", "Oslo"], cities

# Without retries the error reaches the program.
try:
    answer("Use get_weather, city: Bonn [[fault: 429]]", max_retries=0)
except openai.RateLimitError as error:
    assert "API rate limit exceeded" in str(error), error
else:
    raise AssertionError("the scripted 429 did not reach the program")

print("LangChain: the agent called its tool and finished")
