"""opencode, by `opencode run`: python opencode.py BIN OUT"""

import json

from command import new_home, run
from host import CALLS, PROMPT, SLOW, Host
from model import Model

VERSION = "1.18.33"
SECONDS = 70

host = Host("opencode", "opencode", VERSION)


def ask(model, server, *command, text="Play the script."):
    """Has a conversation with a server in the config."""
    home = new_home()
    config = {
        "autoupdate": False,
        "share": "disabled",
        "model": "scripted/scripted",
        "small_model": "scripted/scripted",
        "enabled_providers": ["scripted"],
        "provider": {"scripted": {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Scripted",
            "options": {"baseURL": model.url + "/v1", "apiKey": "not-a-key"},
            "models": {"scripted": {"name": "Scripted", "tool_call": True, "limit": {"context": 200_000, "output": 10_000}}},
        }},
        "mcp": {"ai-endpoints": server | {"enabled": True}},
    }
    (home / "work" / "opencode.json").write_text(json.dumps(config))
    env = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"}
    return run(["opencode", "run", *command, text], home, env, SECONDS + 60)


def stdio(args):
    return {"type": "local", "command": [host.bin, *args]}


with Model(CALLS) as model:
    ask(model, stdio(host.sandbox()))
host.calls("stdio", model.record)

with host.http() as endpoint, Model(CALLS) as model:
    ask(model, {"type": "remote", "url": endpoint.url, "headers": endpoint.headers, "oauth": False})
host.calls("http", model.record)

with Model(SLOW) as model:
    ask(model, stdio(host.slow_server(model, SECONDS)))
host.slow(SECONDS, model.record)

with Model([]) as model:
    ask(model, stdio(host.sandbox()), "--command", f"ai-endpoints:{PROMPT['name']}", text=PROMPT["arguments"]["task"])
host.prompt_shown("\n".join(model.record["users"]))

host.write(
    config="""opencode.json: {"mcp": {
  "ai-endpoints": {"type": "local", "command": ["/path/ai-endpoints-mcp"], "environment": {"OVH_AI_ENDPOINTS_ACCESS_TOKEN": "…"}},
  "ai-endpoints-http": {"type": "remote", "url": "URL/mcp", "headers": {"Authorization": "Bearer …"}}}}""",
    time_limit=f"none within {SECONDS} s; `timeout` of the server, in milliseconds, sets one for the time without progress",
    notes=["`opencode run --command ai-endpoints:choose-model \"…\"` runs a prompt."],
)
