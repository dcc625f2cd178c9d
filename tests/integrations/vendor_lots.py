"""The batch lanes of OpenAI and Anthropic, with a memory: what is handed in is answered when a test says so."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integrations.stub_server import Reply, Seen, answer, send
from tests.integrations.vendor_forms import FORMS

PAGE = 3
DAY = "2026-11-22T00:00:00Z"


@dataclass
class Lots:
    """What the two vendors remember; `results` are lines that end otherwise than well, by our ids."""

    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: str = "# A title\n\nA text with a \u2028 in it."

    def finish(self, lot_id: str, how: str = "", **results: Mapping[str, Any]) -> None:
        """End a lot; each request is answered but for those in `results`."""
        batch = self.batches[lot_id]
        self.results |= {name: dict(result) for name, result in results.items()}
        if "processing_status" in batch:
            count = len(self.requests[lot_id])
            batch |= {"processing_status": "ended", "ended_at": DAY}
            batch["request_counts"] |= {"processing": 0, "succeeded": count - len(results), "errored": len(results)}
            return
        rows = [self.openai_row(name) for name in self.requests[lot_id]]
        for file, failed in (("output_file_id", False), ("error_file_id", True)):
            lines = [row for row in rows if bool(row["error"] or row["response"]["status_code"] != 200) is failed]
            if lines:
                batch[file] = f"file-{file}-{lot_id}"
                self.files[batch[file]] = jsonl(reversed(lines))
        batch |= {"status": how or "completed"}
        batch["request_counts"] = {"total": len(rows), "completed": len(rows) - len(results), "failed": len(results)}

    def openai_row(self, name: str) -> dict[str, Any]:
        body = FORMS["openai"](self.said, "stop", False, "")
        good = {"response": {"status_code": 200, "request_id": f"req_{name}", "body": body}, "error": None}
        return {"id": f"batch_req_{name}", "custom_id": name, **good, **self.results.get(name, {})}

    def anthropic_row(self, name: str) -> dict[str, Any]:
        good = {"type": "succeeded", "message": FORMS["anthropic"](self.said, "stop", False, "")}
        return {"custom_id": name, "result": self.results.get(name, good)}


def jsonl(rows: Any) -> bytes:
    """Lines as a vendor in another language writes them: characters as they are."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def missing() -> Reply:
    return answer({"error": {"message": "No such object", "type": "invalid_request_error", "code": None}}, 404)


# -- OpenAI -----------------------------------------------------------------------------------------------------------


def openai(lots: Lots, seen: Seen) -> Reply | None:
    """The answer to a request about files and batches, None for any other."""
    url = urlsplit(seen.path)
    kind, _, rest = url.path.removeprefix("/openai/v1/").partition("/")
    if kind == "files":
        return upload(lots, seen) if seen.method == "POST" else download(lots, rest.removesuffix("/content"))
    if kind != "batches":
        return None
    if seen.method == "POST" and not rest:
        return openai_submit(lots, seen.json)
    if not rest:
        return openai_page(lots, parse_qs(url.query).get("after", [""])[0])
    batch = lots.batches.get(rest.removesuffix("/cancel"))
    if batch and rest.endswith("/cancel"):
        batch["status"] = "cancelling"
    return answer(batch) if batch else missing()


def upload(lots: Lots, seen: Seen) -> Reply:
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode() + seen.body
    )
    parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
    assert parts["purpose"].get_content().strip() == "batch"
    name = f"file-{len(lots.files)}"
    lots.files[name] = parts["file"].get_payload(decode=True)
    return answer({"id": name, "object": "file", "purpose": "batch", "bytes": len(lots.files[name])})


def download(lots: Lots, name: str) -> Reply:
    return send(200, lots.files[name], Content_Type="application/octet-stream") if name in lots.files else missing()


def openai_submit(lots: Lots, body: dict[str, Any]) -> Reply:
    rows = [json.loads(line) for line in lots.files[body["input_file_id"]].splitlines()]
    assert {row["url"] for row in rows} == {body["endpoint"]} == {"/v1/responses"}
    lot_id = f"batch_{len(lots.batches)}"
    lots.requests[lot_id] = {row["custom_id"]: row["body"] for row in rows}
    lots.batches[lot_id] = {
        "id": lot_id,
        "object": "batch",
        "status": "validating",
        "input_file_id": body["input_file_id"],
        "endpoint": body["endpoint"],
        "completion_window": body["completion_window"],
        "metadata": body.get("metadata"),
        "created_at": 1,
        "request_counts": None,
    }
    return answer(lots.batches[lot_id])


def openai_page(lots: Lots, after: str) -> Reply:
    newest = list(reversed(lots.batches.values()))
    start = next((place + 1 for place, batch in enumerate(newest) if batch["id"] == after), 0)
    page = newest[start : start + PAGE]
    ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
    return answer({"object": "list", "data": page, "has_more": start + PAGE < len(newest), **ends})


# -- Anthropic --------------------------------------------------------------------------------------------------------


def anthropic(lots: Lots, seen: Seen) -> Reply | None:
    """The answer to a request about batches, None for any other."""
    found = re.fullmatch(r"/anthropic/v1/messages/batches(?:/(\w+))?(?:/(results|cancel))?", seen.path)
    if not found:
        return None
    lot_id, what = found.groups()
    if not lot_id:
        return anthropic_submit(lots, seen.json)
    batch = lots.batches.get(lot_id)
    if not batch:
        error = {"type": "not_found_error", "message": "No such batch"}
        return answer({"type": "error", "error": error, "request_id": "req_1"}, 404)
    if what == "cancel":
        batch["processing_status"] = "canceling"
    if what == "results":
        rows = [lots.anthropic_row(name) for name in lots.requests[lot_id]]
        return send(200, jsonl(reversed(rows)), Content_Type="application/x-jsonl")
    return answer(batch)


def anthropic_submit(lots: Lots, body: dict[str, Any]) -> Reply:
    lot_id = f"msgbatch_{len(lots.batches)}"
    lots.requests[lot_id] = {row["custom_id"]: row["params"] for row in body["requests"]}
    counts = {"processing": len(body["requests"]), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    lots.batches[lot_id] = {
        "id": lot_id,
        "type": "message_batch",
        "processing_status": "in_progress",
        "request_counts": counts,
        "created_at": DAY,
        "expires_at": DAY,
        "ended_at": None,
        # Whoever follows this carries the key away.
        "results_url": "http://169.254.169.254/results",
    }
    return answer(lots.batches[lot_id])
