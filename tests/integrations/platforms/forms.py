"""Reading what a platform was sent: forms with files."""

from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from tests.integrations.stub_server import Seen


def form_of(seen: Seen) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The fields and the files of a form; files by field: {"name", "mime", "content"}."""
    kind = seen.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(seen.body.decode(), keep_blank_values=True)), {}
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + seen.body, policy=HTTP)
    fields, files = {}, {}
    for part in message.iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if filename := part.get_filename():
            files[name] = {"name": filename, "mime": part.get_content_type(), "content": content}
        else:
            fields[name] = content.decode()
    return fields, files
