"""Runs one host of PyPI: python drive.py BIN OUT NAME. hosts/NAME.py has

    TITLE, PACKAGE    what the host is called, and the package that has its version
    CONFIG            how it is told of the server
    CUTS, LIMIT       after how many seconds it gives a call up by default (None: it waits), and the setting that raises this
    NOTES             what else there is to know

and either an agent, whose model is the scripted one, or a gateway, which a client calls:

    async run(server, model_url, task, limit)   connects, lets the agent do task with the tools, disconnects
    fit(tool, arguments) -> arguments           what the host demands of its model; not there if that is nothing
    Model                                       the scripted model, if the host speaks to it in another way
    async prompt(server) -> str                 the text of PROMPT by the host's own loader; not there if it has none
    serving({name: server}) -> async context    what it runs all the while; not there if that is nothing
    gateway(server, limit) -> async context of  {tool: (name, definition)}, async call(name, arguments) -> text, failed

server has command and args, or url, token and headers; limit is None, or a number of seconds to wait for a call. A host that
does not call all five tools fails, as does one that waits longer or shorter than is written above.
"""

import asyncio
import contextlib
import importlib
import importlib.metadata
import json
import os
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from host import CALLS, SLOW, Host, shown
from model import Model

SECONDS = 26  # of the slow call, but for hosts that would wait so long
PATIENCE = 300  # seconds, where a limit is raised
DEADLINE = 240  # seconds, of everything: on a busy machine a gateway takes a minute to start


def record_of(tools):
    return {"requests": 0, "instructions": None, "calls": [], "faults": [],
            "tools": {tool: {"name": name, "chars": len(json.dumps(definition))} for tool, (name, definition) in tools.items()}}


async def play(host, server, steps, limit=None):
    """Lets a host make the calls of steps and returns what its model, or its client, was shown."""
    record = await record_calls(host, server, steps, limit)
    for call in record["calls"]:
        if call["ok"] and call["shown"] == "neither":
            call["shown"] = "text"  # only the first one, which does not tell of the sandbox
    return record


async def record_calls(host, server, steps, limit):
    if not hasattr(host, "gateway"):
        with getattr(host, "Model", Model)([fitted(host, step) for step in steps]) as model:
            await host.run(server, model.url, "Call each of the tools.", limit)
        return model.record
    async with host.gateway(server, limit) as (tools, call):
        record = record_of(tools)
        for step in steps:
            text, failed = await call(tools[step["tool"]][0], step["arguments"])
            record["calls"].append(shown(step, text, failed))
    return record


def fitted(host, step):
    """A step with the arguments that the host demands of its model."""
    fit = getattr(host, "fit", lambda tool, arguments: arguments)
    return step | {"arguments": fit(step["tool"], step["arguments"])}


def seconds(host):
    return max(SECONDS, (host.CUTS or 0) + 6)


async def drive(host, case):
    stdio = SimpleNamespace(command=case.bin, args=case.sandbox(), url=None)
    with Model([]) as upstream, case.http() as endpoint:
        http = SimpleNamespace(command=None, args=None, **vars(endpoint))
        slow = SimpleNamespace(command=case.bin, args=case.slow_server(upstream, seconds(host)), url=None)
        serving = getattr(host, "serving", lambda _: contextlib.nullcontext())
        async with asyncio.timeout(DEADLINE), serving({"stdio": stdio, "http": http, "slow": slow}):
            jobs = jobs_of(host, stdio, http, slow)
            return dict(zip(jobs, await asyncio.gather(*map(twice, jobs.values()), return_exceptions=True)))


def jobs_of(host, stdio, http, slow):
    limit = PATIENCE if host.CUTS else None
    jobs = {
        "stdio": lambda: play(host, stdio, CALLS, limit),
        "http": lambda: play(host, http, CALLS, limit),
        "slow": lambda: play(host, slow, SLOW),
    }
    if host.CUTS:
        jobs["patient"] = lambda: play(host, slow, SLOW, limit)
    if hasattr(host, "prompt"):
        jobs["prompt"] = lambda: host.prompt(stdio)
    return jobs


async def twice(job):
    """Runs a job, once more if it fails: on a busy machine it may take longer to connect than a host waits."""
    try:
        return await job()
    except Exception:
        return await job()


def judge(host, case, got):
    """Writes down what came of it, and returns what is not as it should be."""
    wrong = [f"{job}: {outcome!r}" for job, outcome in got.items() if isinstance(outcome, BaseException)]
    fine = {job: outcome for job, outcome in got.items() if not isinstance(outcome, BaseException)}
    for transport in ("stdio", "http"):
        if transport in fine:
            case.calls(transport, fine[transport])
            seen = case.result[transport]
            if seen["called"] != 5 or not (seen["error"] and seen["error"]["ok"]) or seen["faults"]:
                wrong.append(f"{transport}: not all calls came back as they should")
    if "slow" in fine:
        case.slow(seconds(host), fine["slow"])
        if case.result["slow"]["outcome"] != ("cut" if host.CUTS else "whole"):
            wrong.append(f"the slow call: {case.result['slow']}")
    if "patient" in fine and not all(call["ok"] for call in fine["patient"]["calls"] or [{"ok": False}]):
        wrong.append(f"the slow call is cut with {host.LIMIT} too")
    if "prompt" in fine:
        case.prompt_shown(fine["prompt"])
        if case.result["prompt"] != "ok":
            wrong.append(f"the prompt: {case.result['prompt']}")
    limit = f"{host.CUTS} s; {host.LIMIT} raises it" if host.CUTS else f"none within {seconds(host)} s"
    case.write(host.CONFIG, limit, host.NOTES)
    return wrong


def main():
    warnings.simplefilter("ignore")
    name = sys.argv[3]
    host = importlib.import_module("hosts." + name)
    case = Host(name.replace("_", "-"), host.TITLE, importlib.metadata.version(host.PACKAGE))
    wrong = judge(host, case, asyncio.run(drive(host, case)))
    for line in wrong:
        print("FAIL ", line)
    sys.stdout.flush()
    os._exit(1 if wrong else 0)  # some hosts leave threads behind


main()
