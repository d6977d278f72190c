"""Codex, by `codex exec`: python codex.py BIN OUT"""

from command import new_home, run
from host import CALLS, SLOW, Host
from model import Model

VERSION = "0.169.0"
SECONDS = 70
PROVIDER = """
model = "scripted"
model_provider = "scripted"
approval_policy = "never"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
wire_api = "responses"
"""

host = Host("codex", "Codex", VERSION)


def ask(model, add, env=()):
    """Adds the server, then has a conversation."""
    home = new_home()
    (home / ".codex").mkdir()
    (home / ".codex" / "config.toml").write_text(PROVIDER.format(url=model.url))
    run(["codex", "mcp", "add", *add], home)
    return run(["codex", "exec", "--skip-git-repo-check", "Play the script."], home, env, SECONDS + 60)


with Model(CALLS) as model:
    ask(model, ["ai-endpoints", "--", host.bin, *host.sandbox()])
host.calls("stdio", model.record)

with host.http() as endpoint, Model(CALLS) as model:
    ask(model, ["ai-endpoints", "--url", endpoint.url, "--bearer-token-env-var", "AIE_TOKEN"], {"AIE_TOKEN": endpoint.token})
host.calls("http", model.record)

with Model(SLOW) as model:
    ask(model, ["ai-endpoints", "--", host.bin, *host.slow_server(model, SECONDS)])
host.slow(SECONDS, model.record)

host.write(
    config="codex mcp add ai-endpoints --env OVH_AI_ENDPOINTS_ACCESS_TOKEN=… -- /path/ai-endpoints-mcp\n"
    "codex mcp add ai-endpoints --url URL/mcp --bearer-token-env-var AIE_TOKEN",
    time_limit=f"none within {SECONDS} s; `tool_timeout_sec` of the server in config.toml sets one",
    notes=["Does not pass the shell's variables on: the key must stand in its config."],
)
