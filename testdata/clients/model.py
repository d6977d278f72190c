"""A scripted model on loopback that records what a host shows it. Needs Python 3.11 and nothing else.

    with Model(steps) as model:   # steps: [{"tool": "chat", "arguments": {…}, "expect": "…"}, …]
        …                         # run the host with its model's base URL at model.url
    model.record                  # what the model was shown

It speaks OpenAI's chat completions (URL/v1/chat/completions) and responses (URL/v1/responses), Anthropic's messages
(URL/v1/messages) and Gemini's generateContent (URL/v1beta/models/NAME:…), streamed or not. To each request it answers with the
step that follows the calls in the request's history, so a host may ask twice; after the last step it says FINAL. A tool is found
by the end of its name, however the host spells it ("describe_image", "mcp__ai-endpoints__describe-image"). A request that offers
none of the server's tools (for a title, say) is answered with a few words and counted as an aside.

It is also a slow upstream for the server: below URL/slow/SECONDS/v1 a chat completion drips for that long and ends with SLOW_END.

The record:

    requests, asides   how many there were
    instructions       whether the server's instructions were in them
    tools              {tool: {"name": as the host calls it, "chars": of its definition}}
    users              the user's texts of the last request: a prompt of the server's shows here
    calls              [{"tool", "text", "chars", "shown", "failed", "ok"}] in the order of the steps, for results that came back:
                       shown is "text", "structured", "both" or "neither"; ok that "expect" is in the text
    final              whether the script was played to its end
    faults             why it was not: a tool that was not offered, a request that could not be read
"""

import json
import re
import threading
import time
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import wire

TOOLS = ["chat", "embed", "describe-image", "structured-extract", "resolve-virtual-model"]
FINAL = "The script has come to its end."
SLOW_END = "Slow and steady wins the race."
INSTRUCTIONS = "Open-weight models hosted by OVHcloud in the EU."  # how the server's begin

# In a sandbox each half of a result holds this sentence, the structured one under the key "sandbox".
HALF = "Sandbox: answers come from the built-in emulator"
STRUCTURED = re.compile(r"""sandbox\\*["']?\s*[:=]\s*\\*["']?""" + HALF)

CALLS = json.loads(Path(__file__).with_name("calls.json").read_text())


def halves(text):
    """Which halves of a sandbox's result are in a text."""
    structured = len(STRUCTURED.findall(text))
    plain = text.count(HALF) - structured
    return {(True, False): "text", (False, True): "structured", (True, True): "both"}.get((plain > 0, structured > 0), "neither")


def shown(step, text, failed):
    """The entry of record["calls"] for the result of a step."""
    return {"tool": step["tool"], "text": text, "chars": len(text), "shown": halves(text), "failed": failed, "ok": step["expect"] in text}


def folded(name):
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def find(tool, offered):
    """The name under which a host offers a tool of the server, None if it does not."""
    end = folded(tool)
    fitting = [name for name in offered if folded(name) == end or folded(name).endswith("_" + end)]
    return min(fitting, key=lambda name: ("ai_endpoints" not in folded(name), len(name)), default=None)


class Model:
    def __init__(self, steps):
        self.steps = steps
        self.record = {"requests": 0, "asides": 0, "instructions": False, "tools": {}, "users": [], "calls": [],
                       "final": False, "faults": []}
        self.lock = threading.Lock()

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"model": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        """Records a request and returns what the model says to it."""
        record = self.record
        record["requests"] += 1
        names = {tool: name for tool in TOOLS if (name := find(tool, request.tools))}
        if not names:
            record["asides"] += 1
            return wire.Answer(text="Scripted model")
        record["instructions"] |= any(INSTRUCTIONS in text for text in [request.instructions, *request.users])
        for tool, name in names.items():
            record["tools"][tool] = {"name": name, "chars": len(json.dumps(request.tools[name], ensure_ascii=False))}
        record["users"] = request.users
        for step, result in list(zip(self.steps, request.results))[len(record["calls"]):]:
            record["calls"].append(shown(step, result.text, result.failed))
        if request.called >= len(self.steps):
            record["final"] = True
            return wire.Answer(text=FINAL)
        step = self.steps[request.called]
        if step["tool"] not in names:
            record["faults"].append(f"{step['tool']} is not among the tools offered")
            return wire.Answer(text=FINAL)
        return wire.Answer(id=f"call_{request.called + 1}", name=names[step["tool"]], arguments=step["arguments"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: Model

    def handle(self):
        with suppress(ConnectionError):  # hosts hang up as they like
            super().handle()

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send({})

    def do_GET(self):
        if not self.path.partition("?")[0].startswith("/v1/models"):
            return self.send({"error": {"message": "no such path"}}, 404)
        self.send({"object": "list", "data": [{"id": "scripted", "object": "model", "created": 1, "owned_by": "nobody"}]})

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            self.reply(self.path.partition("?")[0], body)
        except ConnectionError:
            self.close_connection = True
        except Exception:
            with self.model.lock:
                self.model.record["faults"].append(f"{self.path}: {traceback.format_exc(limit=-2)}")
            self.send({"error": {"message": "the scripted model could not read this"}}, 500)

    def reply(self, path, body):
        if slow := re.match(r"/slow/(\d+)/v1/chat/completions$", path):
            self.drip(int(slow[1]), body)
        elif path.endswith("/count_tokens") or path.endswith(":countTokens"):
            self.send({"input_tokens": wire.USAGE, "totalTokens": wire.USAGE})
        elif api := self.api(path):
            with self.model.lock:
                answer = self.model.answer(wire.read(api, body))
            if body.get("stream") or ":streamGenerateContent" in path:
                self.events(api, wire.stream(api, body, answer))
            else:
                self.send(wire.write(api, body, answer))
        else:
            self.send({"error": {"message": f"no such path: {path}"}}, 404)

    @staticmethod
    def api(path):
        ends = {"/chat/completions": "chat", "/responses": "responses", "/messages": "messages",
                ":generateContent": "gemini", ":streamGenerateContent": "gemini"}
        return next((api for end, api in ends.items() if path.endswith(end)), None)

    def send(self, value, status=200):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def events(self, api, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for event in events:
            named = f"event: {event['type']}\n" if api in ("responses", "messages") else ""
            data = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write(f"{named}data: {data}\n\n".encode())
            self.wfile.flush()

    def drip(self, seconds, body):
        """Streams a chat completion, a piece a second."""
        def pieces():
            chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
            for second in range(seconds):
                yield chunk | {"choices": [{"index": 0, "delta": {"content": f"{second} "}, "finish_reason": None}]}
                time.sleep(1)
            yield chunk | {"choices": [{"index": 0, "delta": {"content": SLOW_END}, "finish_reason": "stop"}]}
            yield "[DONE]"
        self.events("chat", pieces())
