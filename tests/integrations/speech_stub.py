"""A small server that answers about recordings as OpenAI does: it knows its keys, models and limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.integrations import stub_server
from tests.integrations.stub_server import Reply, Seen, answer

TEXT = "Hello world. This is a test."
MODELS = ["gpt-transcribe", "whisper-1"]
MAX_BYTES = 26_214_400


@dataclass
class Stub(stub_server.Stub):
    """OpenAI's door for recordings."""

    def base_url(self) -> str:
        return f"{self.url}/v1"

    def forms(self) -> list[dict[str, Any]]:
        """What was sent: the fields by name, the file as (name, type, bytes)."""
        return [form(seen) for seen in self.seen if seen.method == "POST"]


@contextmanager
def serving() -> Iterator[Stub]:
    """A stub on a free port of 127.0.0.1."""
    stub = Stub(healthy)
    with stub_server.served(stub):
        yield stub


def form(seen: Seen) -> dict[str, Any]:
    """The fields of a multipart body."""
    head = f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + seen.body).iter_parts():
        name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if filename := part.get_filename():
            fields[name] = (filename, part.get_content_type(), data)
        elif name.endswith("[]"):
            fields.setdefault(name, []).append(data.decode())
        else:
            fields[name] = data.decode()
    return fields


def healthy(stub: Any, seen: Seen) -> Reply:
    """What OpenAI says when nothing is wrong but the key, the model or the size."""
    if seen.headers.get("authorization", "").removeprefix("Bearer ") not in stub.keys:
        return problem(401, "invalid_api_key", "Incorrect API key provided: good-***-key.")
    if seen.method == "GET":
        return answer({"object": "list", "data": [{"id": name, "object": "model", "created": 1} for name in MODELS]})
    if len(seen.body) > MAX_BYTES:
        return problem(413, "", f"Maximum content size limit (26214400) exceeded ({len(seen.body)} bytes read)")
    asked = form(seen)
    if asked["model"] not in MODELS:
        return problem(404, "model_not_found", f"The model `{asked['model']}` does not exist")
    if asked["response_format"] == "json":
        return plain()
    if asked["model"] != "whisper-1":
        return problem(400, "unsupported_value", f"response_format '{asked['response_format']}' is not compatible")
    return verbose()


def problem(status: int, code: str, words: str, **headers: str) -> Reply:
    """An error in OpenAI's form."""
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": code or None}
    return answer({"error": error}, status, **headers)


def plain(text: Any = TEXT, languages: tuple[str, ...] = ("en",), **more: Any) -> Reply:
    """The answer of gpt-transcribe."""
    body = {"text": text, "languages": [{"code": code} for code in languages]}
    body["usage"] = {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59}
    return answer({**body, **more}, x_request_id="req_1")


def verbose(*segments: dict[str, Any], **more: Any) -> Reply:
    """The answer of whisper-1."""
    rows = list(segments) or [segment(0, 1.2, " Hello world."), segment(1.5, 3, " This is a test.")]
    body = {"task": "transcribe", "language": "english", "duration": 3.0, "segments": rows}
    body["text"] = "".join(str(row.get("text")) for row in rows).strip()
    body["usage"] = {"type": "duration", "seconds": 3}
    return answer({**body, **more}, x_request_id="req_2")


def segment(start: Any, end: Any, text: Any, **more: Any) -> dict[str, Any]:
    """A segment as whisper-1 has it."""
    figures = {"avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.01, "temperature": 0.0}
    return {"id": 0, "seek": 0, "start": start, "end": end, "text": text, "tokens": [1], **figures, **more}
