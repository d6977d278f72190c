"""Compares what the hosts did with what they did before, and writes the document: python table.py RESULTS VERSION [DOCUMENT]

RESULTS is the folder of the hosts' results, VERSION the server's. expected.json says of each host what it is known to do; a
difference, for the better too, ends the run with 1. Only what lies between the marks of DOCUMENT is replaced.
"""

import datetime
import json
import re
import sys
from pathlib import Path

from model import TOOLS

BEGIN, END = "<!-- generated: clients -->", "<!-- end: clients -->"
HALVES = {"text": "text", "structured": "`structuredContent`", "both": "both", "neither": "neither"}


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell(value) for value in line) + " |" for line in lines)


def code(text):
    """Inline code, of a text that may hold backquotes."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in text[:1] + text[-1:] else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def tried(result):
    """What a host was shown over the transport that counts: stdio, if it has it."""
    return result["stdio"] or result["http"]


def halves(transport):
    return " or ".join(sorted({call["shown"] for call in transport["calls"].values()}))


def known(result):
    """What of a result does not change from run to run."""
    first = tried(result)
    return {
        "stdio": result["stdio"] and result["stdio"]["called"],
        "http": result["http"] and result["http"]["called"],
        "shown": halves(first),
        "instructions": first["instructions"],
        "error": bool(first["error"] and first["error"]["ok"]),
        "slow": result["slow"] and [result["slow"]["seconds"], result["slow"]["outcome"]],
        "prompt": result["prompt"],
    }


def called(transport):
    return "-" if transport is None else f"{transport['called']}/{len(TOOLS)}"


def error(transport):
    wrong = transport["error"]
    if not wrong:
        return "-"
    mark = {True: ", marked", False: ", not marked", None: ""}[wrong["marked"]]
    return (HALVES[wrong["shown"]] if wrong["ok"] else "the reason is lost") + mark


def slow(result):
    if not result["slow"]:
        return "-"
    seconds, outcome = result["slow"]["seconds"], result["slow"]["outcome"]
    limit = result["time_limit"].partition(";")[0]
    return {"whole": f"waits ({seconds} s)", "part": f"a part after {limit}", "cut": f"gives up after {limit}"}[outcome]


def summary(results):
    heads = ["host", "version", "stdio", "http", "the model gets", "instructions", "an error", "a slow call", "a prompt"]
    instructions = {True: "yes", False: "no", None: "-"}
    return table(heads, [
        [f"[{result['host']}](#{anchor(result)})", result["version"], called(result["stdio"]), called(result["http"]),
         " or ".join(HALVES[half] for half in halves(tried(result)).split(" or ") if half), instructions[tried(result)["instructions"]],
         error(tried(result)), slow(result), result["prompt"]]
        for result in results
    ])


def characters(results):
    rows = []
    for result in results:
        first = tried(result)
        rows.append([result["host"], first["definitions"], *(first["calls"].get(tool, {}).get("chars", "-") for tool in TOOLS)])
    return table(["host", "the tools' definitions", *(f"`{tool}`" for tool in TOOLS)], rows)


def anchor(result):
    return re.sub(r"[^\w\- ]", "", result["host"].lower()).replace(" ", "-")


def section(result):
    first = tried(result)
    lines = [f"### {result['host']}", "", "```", result["config"], "```", ""]
    lines.append(f"- Time limit: {result['time_limit']}.")
    if result["slow"] and result["slow"]["outcome"] != "whole":
        lines.append(f"- The slow call, to the model: {code(result['slow']['says'])}")
    if first["error"]:
        lines.append(f"- An error, to the model: {code(first['error']['says'])}")
    lines += [f"- {sentence(note)}" for note in result["notes"]]
    return "\n".join(lines)


def sentence(note):
    """A note with a capital, if it begins with a word, and a full stop."""
    word = re.match(r"[a-z]+\b(?![=_(.-])", note)
    return (note[0].upper() + note[1:] if word else note) + ("" if note.endswith(".") else ".")


def document(results, version):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return "\n\n".join([
        f"Made by `make clients` on {today} with the server's version {version}.", "## What a host does", summary(results),
        "## Characters that the model is shown", characters(results), "## Host by host", *map(section, results),
    ])


def compare(results):
    """Prints what is not as expected, and returns whether all is."""
    expected = json.loads(Path(__file__).with_name("expected.json").read_text())
    fine = True
    for result in results:
        want, got = expected.get(result["id"]), known(result)
        if want is None:
            print(f"FAIL  {result['host']}: expected.json lacks \"{result['id']}\": {json.dumps(got)}")
            fine = False
            continue
        for key in got:
            if got[key] != want[key]:
                print(f"FAIL  {result['host']}: {key} is {json.dumps(got[key])}, expected.json says {json.dumps(want[key])}")
                fine = False
    return fine


def main(folder, version, target=None):
    results = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    print(summary(results))
    if target:
        path = Path(target)
        before, rest = path.read_text().split(BEGIN)
        path.write_text(f"{before}{BEGIN}\n{document(results, version)}\n\n{END}{rest.split(END)[1]}")
    return 0 if compare(results) and results else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
