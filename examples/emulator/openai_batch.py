"""Batches and transcriptions of the OpenAI SDK on the emulator: half-price requests, one that fails, and audio.

Start `ai-endpoints-mcp emulator`, then: BASE_URL=http://127.0.0.1:8089/v1 python openai_batch.py
"""

import io
import json
import math
import os
import struct
import time
import wave

from openai import APIStatusError, NotFoundError, OpenAI

client = OpenAI(base_url=os.environ["BASE_URL"], api_key="any", max_retries=0)


def upload(questions, key=client):
    lines = [
        {
            "custom_id": name,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "gpt-oss-20b", "messages": [{"role": "user", "content": question}]},
        }
        for name, question in questions.items()
    ]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    return key.files.create(file=("requests.jsonl", content), purpose="batch")


def start(file, note=""):
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"note": note}
    )


def finished(batch):
    while batch.status in ("validating", "in_progress", "finalizing", "cancelling"):
        time.sleep(0.2)
        batch = client.batches.retrieve(batch.id)
    return batch


def results(file_id):
    """Returns the lines of a file by custom_id: their order is not that of the input."""
    return {line["custom_id"]: line for line in map(json.loads, client.files.content(file_id).text.splitlines())}


def batches():
    file = upload({"sky": "Why is the sky blue?", "sea": "Why is the sea salty?", "limited": "Hi [[fault: 429]]"})
    assert client.files.retrieve(file.id).purpose == "batch"
    batch = finished(start(file, note="mine"))
    counts = batch.request_counts
    assert (batch.status, counts.total, counts.completed, counts.failed) == ("completed", 3, 2, 1), batch
    answers = results(batch.output_file_id)
    assert set(answers) == {"sky", "sea"}, answers
    for name in answers:
        body = answers[name]["response"]["body"]
        assert name in body["choices"][0]["message"]["content"] and body["usage"]["total_tokens"] > 0, body
    failure = results(batch.error_file_id)["limited"]
    assert failure["response"]["status_code"] == 429 and failure["error"]["message"], failure

    # A file that is not as it should be fails in validation, with the line.
    broken = client.files.create(file=("requests.jsonl", b"{}\nnot JSON\n"), purpose="batch")
    failed = finished(start(broken))
    assert failed.status == "failed" and [error.line for error in failed.errors.data] == [1, 2], failed

    # A batch that is stuck can be cancelled; what becomes of a batch is asked for in its metadata.
    stuck = start(file, note="[[fault: stuck]]")
    cancelled = finished(client.batches.cancel(stuck.id))
    assert cancelled.status == "cancelled" and cancelled.output_file_id is None, cancelled
    expired = finished(start(file, note="[[fault: expire]]"))
    assert expired.status == "expired" and len(results(expired.output_file_id or expired.error_file_id)) == 1, expired

    assert [one.id for one in client.batches.list(limit=2)][:4] == [expired.id, stuck.id, failed.id, batch.id]
    assert file.id in [one.id for one in client.files.list()]
    assert client.files.delete(file.id).deleted
    try:
        client.files.retrieve(file.id)
    except NotFoundError as error:
        assert file.id in error.message, error
    else:
        raise AssertionError("the file is still there")

    # A batch needs a key that may have it: another one does not see it.
    try:
        client.with_options(api_key="another").batches.retrieve(batch.id)
    except APIStatusError as error:
        assert error.status_code == 404, error
    else:
        raise AssertionError("another key sees the batch")


def tune(*notes):
    """Returns a WAV file of notes, a second each."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setparams((1, 2, 16000, 0, "NONE", ""))
        for hertz in notes:
            samples = (int(16000 * math.sin(2 * math.pi * hertz * i / 16000)) for i in range(16000))
            audio.writeframes(struct.pack("<16000h", *samples))
    return ("tune.wav", file.getvalue())


def transcriptions():
    audio, model = tune(440, 523.25, 440), "whisper-large-v3"
    create = client.audio.transcriptions.create
    verbose = create(file=audio, model=model, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert [word.word for word in verbose.words] == ["A4", "C5", "A4"], verbose
    assert verbose.duration == 3 and verbose.usage.seconds == 3 and verbose.segments[0].end == 3, verbose
    assert create(file=audio, model=model, response_format="json").text == "[emulator] A4 C5 A4"
    subtitles = create(file=audio, model=model, response_format="srt", language="en")
    assert subtitles.startswith("1\n00:00:00,000 --> 00:00:03,000\n[emulator] A4 C5 A4"), subtitles
    try:
        create(file=("notes.txt", b"not audio"), model=model)
    except APIStatusError as error:
        assert error.status_code == 400, error
    else:
        raise AssertionError("a text was transcribed")


batches()
transcriptions()
print("OpenAI SDK: the batches ended as they should and the tune was heard")
