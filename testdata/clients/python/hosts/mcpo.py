import json
from contextlib import asynccontextmanager

from gateway import free_port, started

TITLE, PACKAGE = "mcpo", "mcpo"
CONFIG = 'mcpo --port 8000 -- /path/ai-endpoints-mcp\nmcpo --port 8000 --server-type streamable-http --header \'{"Authorization": "Bearer …"}\' -- URL/mcp'
CUTS, LIMIT = None, None
NOTES = ["the bridge of Open WebUI: here a client posts to its paths", "it has no prompts"]


@asynccontextmanager
async def gateway(server, _limit):
    port = free_port()
    command = ["mcpo", "--host", "127.0.0.1", "--port", str(port)]
    if server.url:
        command += ["--server-type", "streamable-http", "--header", json.dumps(server.headers), "--", server.url]
    else:
        command += ["--", server.command, *server.args]
    async with started(command, port, "/openapi.json") as client:
        described = (await client.get("/openapi.json")).json()

        async def call(name, arguments):
            answer = await client.post("/" + name, json=arguments)
            return answer.text, answer.status_code >= 400

        yield {path[1:]: (path[1:], definition) for path, definition in described["paths"].items()}, call
