"""Claude Code, by `claude -p`: python claude_code.py BIN OUT"""

from command import new_home, run
from host import CALLS, PROMPT, SLOW, Host
from model import Model

VERSION = "2.1.197"
SECONDS = 70

host = Host("claude-code", "Claude Code", VERSION)


def ask(model, add, text="Play the script."):
    """Adds the server, then has a conversation."""
    home = new_home()
    env = {
        "ANTHROPIC_BASE_URL": model.url,
        "ANTHROPIC_API_KEY": "not-a-key",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    run(["claude", "mcp", "add", *add], home, env)
    return run(["claude", "-p", text, "--allowedTools", "mcp__ai-endpoints"], home, env, SECONDS + 60)


def stdio(args):
    return ["ai-endpoints", "--", host.bin, *args]


with Model(CALLS) as model:
    ask(model, stdio(host.sandbox()))
host.calls("stdio", model.record)

with host.http() as endpoint, Model(CALLS) as model:
    ask(model, ["--transport", "http", "ai-endpoints", endpoint.url, "--header", f"Authorization: Bearer {endpoint.token}"])
host.calls("http", model.record)

with Model(SLOW) as model:
    ask(model, stdio(host.slow_server(model, SECONDS)))
host.slow(SECONDS, model.record)

with Model([]) as model:
    ask(model, stdio(host.sandbox()), f"/mcp__ai-endpoints__{PROMPT['name']} {PROMPT['arguments']['task']}")
host.prompt_shown("\n".join(model.record["users"]))

host.write(
    config="claude mcp add ai-endpoints -e OVH_AI_ENDPOINTS_ACCESS_TOKEN=… -- /path/ai-endpoints-mcp\n"
    'claude mcp add --transport http ai-endpoints URL/mcp --header "Authorization: Bearer …"',
    time_limit=f"none within {SECONDS} s; `MCP_TOOL_TIMEOUT`, in milliseconds, sets one",
    notes=[
        "With `-p`, allow the tools: `--allowedTools mcp__ai-endpoints`.",
        "`/mcp__ai-endpoints__choose-model TASK` runs a prompt. Each word is the next argument and those after the last are dropped, so"
        " `compare-models` and `extract-data` take single words only.",
    ],
)
