"""The hosts list the server that `setup` wrote into their configs, in a HOME where there was none: python setup.py BIN OUT"""

import sys

from command import new_home, run
from host import Host

HOSTS = {  # client: its list of servers, what it says of a server that it reached, variables
    "claude-code": (["claude", "mcp", "list"], "Connected", {"DISABLE_AUTOUPDATER": "1"}),
    "codex": (["codex", "mcp", "list"], "enabled", {}),  # it reaches none
    "gemini": (["gemini", "mcp", "list"], "Connected", {"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    "opencode": (["opencode", "mcp", "list"], "connected", {}),
}
NAME = "ai-endpoints"

host = Host("setup", "setup", "")


def check(client, flags, token=""):
    """Returns what is wrong, or nothing."""
    command, state, env = HOSTS[client]
    env = env | {"CALLER_TOKEN": token}
    home = new_home()
    run([host.bin, "setup", client, *flags], home)
    listed = run(command, home, env, 90)
    if not any(NAME in line and state in line for line in listed.splitlines()):
        return f"{' '.join(command)} does not list {NAME} as {state}:\n{listed}"
    again = run([host.bin, "setup", client, *flags], home)  # the host may have changed its config
    if "nothing to change" not in again:
        return f"setup is not content with its own entry:\n{again}"
    run([host.bin, "setup", client, "--remove"], home)
    listed = run(command, home, env, 90)
    return f"{' '.join(command)} lists {NAME} after --remove:\n{listed}" if NAME in listed else ""


failed = False
with host.http() as endpoint:
    for client in HOSTS:
        for kind, flags in ("command", ["--sandbox"]), ("URL", ["--url", endpoint.url, "--token-env", "CALLER_TOKEN"]):
            problem = check(client, flags, endpoint.token)
            failed |= bool(problem)
            print(f"FAIL  setup {client}, {kind}: {problem}" if problem else f"setup {client}, {kind}: the host lists it, and not after --remove",
                  flush=True)
sys.exit(failed)
