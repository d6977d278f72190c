"""Gemini CLI, by `gemini -p`: python gemini_cli.py BIN OUT"""

from command import new_home, run
from host import CALLS, PROMPT, SLOW, Host
from model import Model

VERSION = "0.61.0"
SECONDS = 70

host = Host("gemini-cli", "Gemini CLI", VERSION)


def ask(model, add, text="Play the script."):
    """Adds the server, then has a conversation."""
    home = new_home()
    env = {
        "GEMINI_API_KEY": "not-a-key",
        "GOOGLE_GEMINI_BASE_URL": model.url,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "GEMINI_CLI_NO_RELAUNCH": "true",
        "GEMINI_TELEMETRY_ENABLED": "false",
    }
    (home / ".gemini").mkdir()
    (home / ".gemini" / "settings.json").write_text(
        '{"security": {"auth": {"selectedType": "gemini-api-key"}}, "privacy": {"usageStatisticsEnabled": false},'
        ' "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false}}'
    )
    run(["gemini", "mcp", "add", "--scope", "user", *add], home, env)
    return run(["gemini", "-m", "gemini-2.5-flash", "--approval-mode", "yolo", "-p", text], home, env, SECONDS + 60)


def stdio(args):
    return ["ai-endpoints", host.bin, *args]


with Model(CALLS) as model:
    ask(model, stdio(host.sandbox()))
host.calls("stdio", model.record)

with host.http() as endpoint, Model(CALLS) as model:
    ask(model, ["--transport", "http", "-H", f"Authorization: Bearer {endpoint.token}", "ai-endpoints", endpoint.url])
host.calls("http", model.record)

with Model(SLOW) as model:
    ask(model, stdio(host.slow_server(model, SECONDS)))
host.slow(SECONDS, model.record)

with Model([]) as model:
    ask(model, stdio(host.sandbox()), f"/{PROMPT['name']} --task=\"{PROMPT['arguments']['task']}\"")
host.prompt_shown("\n".join(model.record["users"]))

host.write(
    config="gemini mcp add -e OVH_AI_ENDPOINTS_ACCESS_TOKEN=… ai-endpoints /path/ai-endpoints-mcp\n"
    'gemini mcp add --transport http -H "Authorization: Bearer …" ai-endpoints URL/mcp',
    time_limit=f"none within {SECONDS} s; `--timeout` of `gemini mcp add`, in milliseconds, sets one",
    notes=[
        "Does not pass on variables of the shell that have TOKEN in their name: the key must stand in its config.",
        "`/choose-model --task=\"…\"` runs a prompt. The model gets the first message of a prompt only.",
    ],
)
