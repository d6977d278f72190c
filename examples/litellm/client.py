"""A client of LiteLLM's proxy with the config beside this: a model and a tool, each through the gateway.

Needs `pip install "mcp>=2" openai`. Run: LITELLM_URL=http://127.0.0.1:4000 LITELLM_MASTER_KEY=sk-… python client.py
"""

import asyncio
import os

from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from openai import AsyncOpenAI

URL, KEY = os.environ["LITELLM_URL"], os.environ["LITELLM_MASTER_KEY"]


async def main():
    async with AsyncOpenAI(base_url=f"{URL}/v1", api_key=KEY) as models:
        question = {"role": "user", "content": "Why is the sky blue?"}
        answer = await models.chat.completions.create(model="gpt-oss-120b", messages=[question])
        print(answer.choices[0].message.content)
        assert answer.choices[0].message.content

    async with create_mcp_http_client(headers={"x-litellm-api-key": f"Bearer {KEY}"}) as http:
        async with Client(streamable_http_client(f"{URL}/ai_endpoints/mcp", http_client=http)) as tools:
            # LiteLLM puts the server's name before that of a tool.
            result = await tools.call_tool("ai_endpoints-chat", {"prompt": "Why is the sky blue?"})
    print(result.content[0].text)
    assert not result.is_error and result.structured_content["content"] == result.content[0].text, result


asyncio.run(main())
