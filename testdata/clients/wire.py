"""The four APIs by which hosts talk to models, read into one form and written from it.

read(api, body) returns a Request; write(api, body, answer) returns the JSON of a whole answer, and
stream(api, body, answer) the events of a streamed one.
"""

import json
from dataclasses import dataclass, field

USAGE = 1000  # tokens of every request and answer: hosts want to see a number


@dataclass
class Result:
    """The result of a tool call as the model was shown it. failed is None where an API has no mark for errors."""

    text: str
    failed: bool | None = None


@dataclass
class Request:
    instructions: str = ""
    tools: dict = field(default_factory=dict)  # by name; a tool of a namespace is "namespace/name"
    users: list = field(default_factory=list)  # the user's texts
    called: int = 0  # tool calls in the history
    results: list = field(default_factory=list)


@dataclass
class Answer:
    """A text, or the call of a tool if there is a name."""

    text: str = ""
    id: str = ""
    name: str = ""
    arguments: dict = field(default_factory=dict)


def flat(content):
    """The text of a message's content; what is no text is shown as its JSON."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(flat(part) for part in content)
    if isinstance(content.get("text"), str):
        return content["text"]
    return json.dumps(content, ensure_ascii=False)


def read(api, body):
    return {"chat": read_chat, "responses": read_responses, "messages": read_messages, "gemini": read_gemini}[api](body)


def read_chat(body):
    request = Request(tools={tool["function"]["name"]: tool["function"] for tool in body.get("tools") or []})
    for message in body["messages"]:
        if message["role"] in ("system", "developer"):
            request.instructions += flat(message["content"]) + "\n"
        elif message["role"] == "user":
            request.users.append(flat(message["content"]))
        elif message["role"] == "tool":
            request.results.append(Result(flat(message["content"])))
        request.called += len(message.get("tool_calls") or [])
    return request


def read_responses(body):
    request = Request(instructions=(body.get("instructions") or "") + "\n")
    for tool in body.get("tools") or []:
        if tool["type"] == "function":
            request.tools[tool["name"]] = tool
        elif tool["type"] == "namespace":  # Codex: one for each MCP server, with the server's instructions
            request.instructions += tool.get("description", "") + "\n"
            request.tools |= {f"{tool['name']}/{inner['name']}": inner for inner in tool["tools"]}
    given = body["input"]
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else given:
        if item.get("role") in ("system", "developer"):
            request.instructions += flat(item["content"]) + "\n"
        elif item.get("role") == "user":
            request.users.append(flat(item["content"]))
        elif item.get("type") == "function_call":
            request.called += 1
        elif item.get("type") == "function_call_output":
            request.results.append(Result(flat(item["output"])))
    return request


def read_messages(body):
    request = Request(instructions=flat(body.get("system")), tools={tool["name"]: tool for tool in body.get("tools") or []})
    for message in body["messages"]:
        parts = message["content"]
        for part in [{"type": "text", "text": parts}] if isinstance(parts, str) else parts:
            if part["type"] == "tool_use":
                request.called += 1
            elif part["type"] == "tool_result":
                request.results.append(Result(flat(part.get("content")), part.get("is_error", False)))
            elif message["role"] == "user":
                request.users.append(flat(part))
            elif message["role"] == "system":  # Claude Code's reminders
                request.instructions += flat(part)
    return request


def read_gemini(body):
    request = Request(instructions=flat((body.get("systemInstruction") or {}).get("parts")))
    for tool in body.get("tools") or []:
        request.tools |= {function["name"]: function for function in tool.get("functionDeclarations") or []}
    for message in body["contents"]:
        for part in message.get("parts") or []:
            if "functionCall" in part:
                request.called += 1
            elif "functionResponse" in part:
                response = part["functionResponse"]["response"]
                only = next(iter(response.values())) if len(response) == 1 else response
                request.results.append(Result(flat(only), "error" in response))
            elif message.get("role") != "model":
                request.users.append(flat(part))
    return request


def write(api, body, answer):
    return {"chat": write_chat, "responses": write_responses, "messages": write_messages, "gemini": write_gemini}[api](body, answer)


def write_chat(body, answer):
    message = {"role": "assistant", "content": answer.text or None}
    if answer.name:
        function = {"name": answer.name, "arguments": json.dumps(answer.arguments)}
        message["tool_calls"] = [{"id": answer.id, "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if answer.name else "stop"}
    usage = {"prompt_tokens": USAGE, "completion_tokens": USAGE, "total_tokens": 2 * USAGE}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"], "choices": [choice], "usage": usage}


def write_responses(body, answer):
    if answer.name:
        namespace, _, name = answer.name.rpartition("/")
        item = {"type": "function_call", "id": "fc_" + answer.id, "call_id": answer.id, "name": name, "status": "completed"}
        item |= {"arguments": json.dumps(answer.arguments)} | ({"namespace": namespace} if namespace else {})
    else:
        content = [{"type": "output_text", "text": answer.text, "annotations": []}]
        item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}
    usage = {"input_tokens": USAGE, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": USAGE,
             "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2 * USAGE}
    return {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": body["model"], "output": [item],
            "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "usage": usage}


def write_messages(body, answer):
    block = {"type": "text", "text": answer.text}
    if answer.name:
        block = {"type": "tool_use", "id": answer.id, "name": answer.name, "input": answer.arguments}
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [block],
            "stop_reason": "tool_use" if answer.name else "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": USAGE, "output_tokens": USAGE}}


def write_gemini(_body, answer):
    part = {"functionCall": {"id": answer.id, "name": answer.name, "args": answer.arguments}} if answer.name else {"text": answer.text}
    usage = {"promptTokenCount": USAGE, "candidatesTokenCount": USAGE, "totalTokenCount": 2 * USAGE}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}], "usageMetadata": usage}


def stream(api, body, answer):
    whole = write(api, body, answer)
    return {"chat": chat_events, "responses": responses_events, "messages": messages_events, "gemini": lambda w: [w]}[api](whole)


def chat_events(whole):
    choice, usage = whole["choices"][0], whole["usage"]
    chunk = {key: whole[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    delta = dict(choice["message"])
    if "tool_calls" in delta:
        delta["tool_calls"] = [{"index": 0} | delta["tool_calls"][0]]
    return [chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]},
            chunk | {"choices": [], "usage": usage}, "[DONE]"]


def responses_events(whole):
    item = whole["output"][0]
    events = [{"type": "response.created", "response": whole | {"status": "in_progress", "output": [], "usage": None}},
              {"type": "response.output_item.added", "output_index": 0,
               "item": item | ({"content": []} if "content" in item else {"arguments": ""})}]
    if "content" in item:
        where, part = {"item_id": item["id"], "output_index": 0, "content_index": 0}, item["content"][0]
        events += [where | {"type": "response.content_part.added", "part": part | {"text": ""}},
                   where | {"type": "response.output_text.delta", "delta": part["text"], "logprobs": []},
                   where | {"type": "response.output_text.done", "text": part["text"], "logprobs": []},
                   where | {"type": "response.content_part.done", "part": part}]
    else:
        where = {"item_id": item["id"], "output_index": 0}
        events += [where | {"type": "response.function_call_arguments.delta", "delta": item["arguments"]},
                   where | {"type": "response.function_call_arguments.done", "arguments": item["arguments"], "name": item["name"]}]
    events += [{"type": "response.output_item.done", "output_index": 0, "item": item}, {"type": "response.completed", "response": whole}]
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def messages_events(whole):
    block = whole["content"][0]
    empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block.get("text")}
    if block["type"] == "tool_use":
        empty, delta = block | {"input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    return [{"type": "message_start", "message": whole | {"content": [], "stop_reason": None}},
            {"type": "content_block_start", "index": 0, "content_block": empty},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None}, "usage": whole["usage"]},
            {"type": "message_stop"}]
