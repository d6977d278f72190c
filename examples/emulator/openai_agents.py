"""Agents of the OpenAI Agents SDK on the emulator: two tools in order, and a retry after a rate limit.

Start `ai-endpoints-mcp emulator`, then: BASE_URL=http://127.0.0.1:8089/v1 python openai_agents.py
"""

import asyncio
import os

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI, InternalServerError

steps = []


@function_tool
def find_hotel(city: str) -> str:
    """Find a hotel in a city."""
    steps.append(f"find {city}")
    return f"Hotel Lutetia in {city}"


@function_tool
def book_room(nights: int) -> str:
    """Book a room for some nights."""
    steps.append(f"book {nights}")
    return f"booked for {nights} nights"


async def run(task, retries, fault=None):
    headers = {"X-Emulator-Fault": fault} if fault else {}
    async with AsyncOpenAI(base_url=os.environ["BASE_URL"], api_key="any", max_retries=retries, default_headers=headers) as client:
        model = OpenAIChatCompletionsModel("Meta-Llama-3_3-70B-Instruct", client)
        agent = Agent("traveller", "You plan journeys.", model=model, tools=[find_hotel, book_room])
        return (await Runner.run(agent, task, max_turns=5)).final_output


async def main():
    # "then" makes the model call one tool, and the next one after the first one's result.
    task = "First find hotel in city: Paris, then book room for nights: 3."
    assert "booked for 3 nights" in await run(task, retries=0)
    assert steps == ["find Paris", "book 3"], steps

    # A header asks for faults too. Each of the three requests is refused once, and sent again.
    steps.clear()
    assert "booked for 3 nights" in await run(task, retries=1, fault="429 retry-after=0 times=1")
    assert steps == ["find Paris", "book 3"], steps

    # A failure that stays ends the run.
    try:
        await run(task, retries=1, fault="503")
    except InternalServerError as error:
        assert error.status_code == 503, error
    else:
        raise AssertionError("the scripted 503 did not reach the program")

    print("OpenAI Agents: the agent called its tools in order and finished")


set_tracing_disabled(True)
asyncio.run(main())
