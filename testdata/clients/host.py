"""What the script of a host needs. Each host has one, which is run as `python SCRIPT BIN OUT` in a folder of its own:

    host = Host("pydantic-ai", "Pydantic AI", "2.68.0")
    with Model(CALLS) as model:                      # one conversation that calls all five tools, and one of them wrongly
        run(command=host.bin, args=host.sandbox(), model_url=model.url)
    host.calls("stdio", model.record)                # which tools it found, what the model was shown of each call
    with host.http() as endpoint, Model(CALLS) as model:
        run(url=endpoint.url, headers=endpoint.headers, model_url=model.url)
    host.calls("http", model.record)
    with Model(SLOW) as model:                       # a call that takes as long as the SECONDS of host.slow_server
        run(command=host.bin, args=host.slow_server(model, 26), model_url=model.url)
    host.slow(26, model.record)
    host.prompt_shown(text)                          # what the model, or a loader of prompts, was shown of PROMPT
    host.write(config="…", time_limit="…", notes=["…"])

A host without a model of its own (a gateway) is driven by a client instead: fill `record["calls"]` with shown(step, text, failed)
for each step of CALLS, and `record["tools"]` with {tool: {"name", "chars"}}; the rest is the same.

`host.write` makes OUT/ID.json, which table.py renders and compares with expected.json:

    id, host, version, config, time_limit, notes
    stdio, http   null if the host has no such transport, else
                  {"lists": [tool], "instructions": bool or null, "definitions": chars, "called": how many of five were answered,
                   "calls": {tool: {"shown", "chars", "ok"}}, "error": {"says": what the model sees of it, "marked", "ok"}, "faults"}
    slow          {"seconds", "outcome": "whole", "part" or "cut", "says": what the model sees}
    prompt        "ok", "-" if the host has no way to run one from a script, or what happened
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from model import CALLS, SLOW_END, TOOLS, shown

TOKEN = "a-token-of-the-clients-team-0123456789"
SLOW = [{"tool": "chat", "arguments": {"prompt": "Take your time.", "model": "gpt-oss-120b"}, "expect": SLOW_END}]

# What a prompt must bring to the model: `choose-model` has a text and the catalogue.
PROMPT = {"name": "choose-model", "arguments": {"task": "translate letters"},
          "expect": ["Help me choose a model", "translate letters", "# Models of"]}


def excerpt(text, most=300):
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", re.sub(r"\s+", " ", text).strip())
    return text if len(text) <= most else text[: most - 1] + "…"


class Host:
    def __init__(self, id, name, version):
        # What a key or a config of the user's would change must not be seen here.
        for variable in [name for name in os.environ if name.startswith(("AI_ENDPOINTS_", "OVH", "XDG_"))]:
            del os.environ[variable]
        os.environ["HOME"] = os.getcwd()
        self.bin, self.out = (str(Path(argument).resolve()) for argument in sys.argv[1:3])
        self.result = {"id": id, "host": name, "version": version, "stdio": None, "http": None, "slow": None, "prompt": "-"}

    def sandbox(self):
        return ["stdio", "--sandbox", "--log-level", "warn"]

    def slow_server(self, model, seconds):
        """Arguments of a server whose model answers for so long."""
        slow = f"{model.url}/slow/{seconds}/v1"
        return ["stdio", "--base-url", slow, "--catalog-url", slow + "/none", "--rate-limit", "off", "--log-level", "warn"]

    @contextmanager
    def http(self):
        """Serves the sandbox over HTTP to callers with a token."""
        tokens = Path("tokens")
        tokens.write_text(f"clients: {TOKEN}\n")
        tokens.chmod(0o600)
        flags = ["http", "--sandbox", "--listen", "127.0.0.1:0", "--auth-token-file", str(tokens), "--token-rate", "0",
                 "--log-format", "json"]
        with open("http.log", "w") as log:
            server = subprocess.Popen([self.bin, *flags], stderr=log)
        try:
            yield SimpleNamespace(url=f"http://{self.address(server)}/mcp", token=TOKEN, headers={"Authorization": f"Bearer {TOKEN}"})
        finally:
            server.terminate()
            server.wait()

    @staticmethod
    def address(server):
        for _ in range(300):
            log = Path("http.log").read_text()
            if found := re.search(r'"msg":"serving MCP over HTTP","address":"([^"]+)"', log):
                return found[1]
            if server.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"the server does not serve over HTTP: {log}")

    def calls(self, transport, record):
        results = dict(enumerate(record["calls"]))
        wrong = results.get(len(TOOLS))
        got = {
            "lists": sorted(record["tools"]),
            "instructions": record["instructions"],
            "definitions": sum(tool["chars"] for tool in record["tools"].values()),
            "calls": {results[i]["tool"]: {key: results[i][key] for key in ("shown", "chars", "ok")}
                      for i in range(len(TOOLS)) if i in results},
            "error": wrong and {"says": excerpt(wrong["text"]), "shown": wrong["shown"], "marked": wrong["failed"], "ok": wrong["ok"]},
            "faults": record["faults"],
        }
        got["called"] = sum(call["ok"] for call in got["calls"].values())
        self.result[transport] = got
        print(f"{self.result['host']}, {transport}: lists {len(got['lists'])}, called {got['called']} of 5", flush=True)
        for fault in record["faults"]:
            print("  fault:", fault, flush=True)
        for call in record["calls"]:
            seen = f"{call['shown']}, {call['chars']} characters, failed {call['failed']}: {excerpt(call['text'], 100)}"
            print(f"  {call['tool']}: {seen}", flush=True)

    def slow(self, seconds, record):
        text = record["calls"][0]["text"] if record["calls"] else ""
        outcome = "whole" if SLOW_END in text else "part" if re.search(r"\b0 1 2 3\b", text) else "cut"
        self.result["slow"] = {"seconds": seconds, "outcome": outcome, "says": excerpt(text)}
        print(f"  {seconds} s: {outcome}: {excerpt(text, 100)}", flush=True)

    def prompt(self, outcome):
        self.result["prompt"] = outcome
        print(f"  prompt: {outcome}", flush=True)

    def prompt_shown(self, text):
        """Says what of the prompt PROMPT is in a text that the model was shown."""
        lost = [part for part in PROMPT["expect"] if part not in text]
        self.prompt("ok" if not lost else "lost: " + ", ".join(lost))

    def write(self, config, time_limit, notes=()):
        self.result |= {"config": config, "time_limit": time_limit, "notes": list(notes)}
        path = Path(self.out) / f"{self.result['id']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.result, indent=1, ensure_ascii=False) + "\n")


__all__ = ["CALLS", "Host", "PROMPT", "SLOW", "excerpt", "shown"]
