"""The Python SDK's client against the binary, in both eras of the protocol: python python.py BIN

The SDK itself validates every structured_content against the tool's output schema.
"""

import asyncio
import json
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters

CALLS = json.loads(Path(__file__).with_name("calls.json").read_text())


def at(value, path):
    """The value at a dotted path ("tool_calls.0.id"), None where there is none."""
    for key in path.split("."):
        try:
            value = value[int(key) if isinstance(value, list) else key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def judge(call, result, progress):
    """Judges a result of tools/call; expect.mjs has the same function."""
    text, got = result.content[0].text, result.structured_content
    assert text.strip(), "the first block of the result is blank"
    assert got, "no structured content"
    if "error" in call:
        assert result.is_error, "not an error"
        assert text.startswith(call["error"] + ": "), f"the text does not begin with {call['error']}"
        assert at(got, "error.code") == call["error"], "error.code"
        assert call["says"] in text, f"the text does not mention {call['says']}"
        return
    assert not result.is_error, "an error"
    if "text" in call:
        assert text == at(got, call["text"]), "the text is not the answer"
    if "parsed" in call:
        assert json.loads(text) == at(got, call["parsed"]), "the text is not the data"
    for name, want in call.get("meta", {}).items():
        assert (result.meta or {}).get(name) == want, f"_meta is {result.meta}"
    if "progress" in call:
        assert "".join(progress) == at(got, call["progress"]), f"progress is not the answer: {progress}"
    for path, want in call.get("equals", {}).items():
        assert at(got, path) == want, f"{path} is {at(got, path)!r}, want {want!r}"
    for path in call.get("present", []):
        assert at(got, path) not in (None, ""), f"no {path}"
    for path, keys in call.get("json", {}).items():
        assert list(json.loads(at(got, path))) == keys, path
    scores = [at(got, path) for path in call.get("descending", [])]
    assert all(a > b for a, b in zip(scores, scores[1:])), f"not descending: {scores}"


async def run(mode):
    passed = failed = 0
    server = StdioServerParameters(command=sys.argv[1], args=["stdio", "--sandbox", "--log-level", "warn"])
    async with Client(server, mode=mode, read_timeout_seconds=60) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert all(tools[call["tool"]].output_schema for call in CALLS), tools
        for call in CALLS:
            progress, result = [], None

            async def on_progress(_progress, _total, message):
                progress.append(message)

            try:
                result = await client.call_tool(call["tool"], call["arguments"], progress_callback=on_progress)
                judge(call, result, progress)
                passed += 1
                print(f"ok    {mode}: {call['title']}")
            except Exception as err:  # whatever fails, the other calls are tried too
                failed += 1
                seen = result and result.model_dump_json(exclude_none=True)[:1500]
                print(f"FAIL  {mode}: {call['title']}\n      {err!r}\n      result: {seen}")
    return passed, failed


async def main():
    counts = [await run(mode) for mode in ("legacy", "2026-07-28")]
    passed, failed = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(asyncio.run(main()))
