"""A server of Bluesky (PDS, with the AppView and the video host behind it) that checks what the real ones check."""

import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import regex

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

DID = "did:plc:ann2345"
HANDLE = "ann.example"
PASSWORD = "abcd-efgh-ijkl-mnop"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
STEPS = {
    "com.atproto.server.createSession": "login",
    "com.atproto.server.refreshSession": "refresh",
    "com.atproto.server.getSession": "check",
    "com.atproto.server.getServiceAuth": "service",
    "com.atproto.identity.resolveHandle": "resolve",
    "com.atproto.repo.uploadBlob": "upload",
    "com.atproto.repo.putRecord": "publish",
    "com.atproto.repo.getRecord": "look_up",
    "com.atproto.repo.deleteRecord": "delete",
    "app.bsky.feed.getPosts": "metrics",
    "app.bsky.video.uploadVideo": "video",
    "app.bsky.video.getJobStatus": "job",
}


def problem(status: int, error: str, message: str, **headers: str) -> Reply:
    return answer({"error": error, "message": message}, status, **headers)


@dataclass
class BlueskyStub(PlatformStub):
    """One account. records are by key; serial counts the tokens that were given out."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=lambda: {"bob.example": "did:plc:bob2345"})
    serial: int = 0
    over: set[str] = field(default_factory=set)  # tokens that have expired
    pending: int = 0  # how often a video's job says that it is worked on
    job_fails: str = ""
    active: bool = True

    def step_of(self, seen: Seen) -> str:
        return STEPS.get(urlsplit(seen.path).path.removeprefix("/xrpc/"), "other")

    def parent_of(self, post: dict[str, Any]) -> str:
        reply = post["reply"]
        assert reply["root"] == reply["parent"]
        return str(reply["parent"]["uri"])

    def limited(self) -> Reply:
        return problem(429, "RateLimitExceeded", "Rate Limit Exceeded", **{"ratelimit-reset": str(time.time() + 7)})

    def expired(self) -> Reply:
        return problem(400, "ExpiredToken", "Token has expired")

    def refused(self) -> Reply:
        return problem(400, "InvalidRequest", "Invalid app.bsky.feed.post record: no")

    def accept(self, step: str, seen: Seen) -> Reply:
        if step in ("login", "refresh", "job"):
            return getattr(self, f"_{step}")(seen)
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if step == "video":
            return self._video(seen) if token == "service-token" else problem(401, "AuthMissing", "no")
        if not token:
            return problem(401, "AuthMissing", "Authentication Required")
        if token in self.over:
            return self.expired()
        if not self.valid or token != f"access-{self.serial}":
            return problem(400, "InvalidToken", "Token could not be verified")
        return getattr(self, f"_{step}", lambda _seen: problem(501, "MethodNotImplemented", "no"))(seen)

    # -- sessions -----------------------------------------------------------------------------------------------------

    def _login(self, seen: Seen) -> Reply:
        body = seen.json
        if not self.valid or (body.get("identifier"), body.get("password")) != (HANDLE, PASSWORD):
            return problem(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._tokens()

    def _refresh(self, seen: Seen) -> Reply:
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.valid or token != f"refresh-{self.serial}" or token in self.over:
            return self.expired()
        return self._tokens()

    def _tokens(self) -> Reply:
        self.serial += 1
        document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example"}]}
        tokens = {"accessJwt": f"access-{self.serial}", "refreshJwt": f"refresh-{self.serial}"}
        return answer({"did": DID, "handle": HANDLE, "active": True, "didDoc": document, **tokens})

    def _check(self, seen: Seen) -> Reply:
        status = {"active": True} if self.active else {"active": False, "status": "takendown"}
        return answer({"did": DID, "handle": HANDLE, **status})

    def _service(self, seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        if query.get("aud") != ["did:web:pds.example"] or query.get("lxm") != ["com.atproto.repo.uploadBlob"]:
            return problem(400, "InvalidRequest", "wrong audience")
        if not time.time() < int(query["exp"][0]) <= time.time() + 1800:
            return problem(400, "BadExpiration", "too long")
        return answer({"token": "service-token"})

    def _resolve(self, seen: Seen) -> Reply:
        handle = parse_qs(urlsplit(seen.path).query)["handle"][0]
        if handle not in self.handles:
            return problem(400, "InvalidRequest", "Unable to resolve handle")
        return answer({"did": self.handles[handle]})

    # -- files --------------------------------------------------------------------------------------------------------

    def _upload(self, seen: Seen) -> Reply:
        return answer({"blob": self._store(seen)})

    def _store(self, seen: Seen) -> dict[str, Any]:
        link = "bafkrei" + hashlib.sha256(seen.body).hexdigest()[:20]
        size, mime = len(seen.body), seen.headers["content-type"]
        self.blobs[link] = {"$type": "blob", "ref": {"$link": link}, "mimeType": mime, "size": size}
        return self.blobs[link]

    def _video(self, seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        if query.get("did") != [DID] or not query.get("name") or seen.headers["content-type"] != "video/mp4":
            return problem(400, "InvalidRequest", "wrong")
        before = len(self.blobs)
        link = self._store(seen)["ref"]["$link"]
        job = {"jobId": link, "did": DID, "state": "JOB_STATE_CREATED"}
        return answer(job) if len(self.blobs) > before else answer({**job, "error": "already_exists"}, 409)

    def _job(self, seen: Seen) -> Reply:
        job = parse_qs(urlsplit(seen.path).query)["jobId"][0]
        status: dict[str, Any] = {"jobId": job, "did": DID, "state": "JOB_STATE_COMPLETED"}
        if job not in self.blobs:
            return problem(400, "InvalidRequest", "job not found")
        if self.pending > 0:
            self.pending -= 1
            status["state"] = "JOB_STATE_ENCODING"
        elif self.job_fails:
            status |= {"state": "JOB_STATE_FAILED", "error": "failed", "message": self.job_fails}
        else:
            status["blob"] = self.blobs[job]
        return answer({"jobStatus": status})

    # -- records ------------------------------------------------------------------------------------------------------

    def _publish(self, seen: Seen) -> Reply:
        body = seen.json
        key, record = body["rkey"], body["record"]
        if body["repo"] != DID or body["collection"] != "app.bsky.feed.post" or not TID.fullmatch(key):
            return problem(400, "InvalidRequest", "wrong place")
        if wrong := self._wrong(record):
            return problem(400, "InvalidRequest", f"Invalid app.bsky.feed.post record: {wrong}")
        there = self.records.get(key)
        if there is not None and there != record and "swapRecord" in body and body["swapRecord"] is None:
            return problem(400, "InvalidSwap", "Record was at bafy")
        self.records[key] = record
        self._shown()
        cid = "bafyrei" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:20]
        return answer({"uri": self._uri(key), "cid": cid, "validationStatus": "valid"})

    def _look_up(self, seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        key = query["rkey"][0]
        if query["repo"] != [DID] or key not in self.records:
            return problem(400, "RecordNotFound", f"Could not locate record: {self._uri(key)}")
        return answer({"uri": self._uri(key), "cid": "bafyrei", "value": self.records[key]})

    def _delete(self, seen: Seen) -> Reply:
        self.records.pop(seen.json["rkey"], None)
        self._shown()
        return answer({})

    def _metrics(self, seen: Seen) -> Reply:
        wanted = parse_qs(urlsplit(seen.path).query)["uris"]
        if len(wanted) > 25:
            return problem(400, "InvalidRequest", "uris must not have more than 25 elements")
        counts = {"likeCount": 5, "repostCount": 2, "replyCount": 1, "quoteCount": 0, "bookmarkCount": 3}
        return answer({"posts": [{"uri": one["uri"], **counts} for one in self.published if one["uri"] in wanted]})

    def _uri(self, key: str) -> str:
        return f"at://{DID}/app.bsky.feed.post/{key}"

    def _shown(self) -> None:
        self.published[:] = [{"uri": self._uri(key), **record} for key, record in self.records.items()]

    def _wrong(self, record: dict[str, Any]) -> str:
        """What the lexicon of a post says against a record."""
        text = record.get("text")
        if record.get("$type") != "app.bsky.feed.post" or not isinstance(text, str):
            return "no post"
        if len(regex.findall(r"\X", text)) > 300 or len(text.encode()) > 3000:
            return "text must not be longer than 300 graphemes"
        if not record["createdAt"].endswith("Z") or not datetime.fromisoformat(record["createdAt"]):
            return "createdAt must be an atproto datetime"
        for one in record.get("facets", []):
            index = one["index"]
            if not 0 <= index["byteStart"] < index["byteEnd"] <= len(text.encode()):
                return "facets outside of the text"
        return self._wrong_embed(record.get("embed"))

    def _wrong_embed(self, embed: dict[str, Any] | None) -> str:
        kind = embed["$type"] if embed else ""
        files: list[Any] = []
        if embed and kind == "app.bsky.embed.images":
            files = [one["image"] for one in embed["images"]]
            if not 1 <= len(files) <= 4 or any("alt" not in one for one in embed["images"]):
                return "images"
        if embed and kind == "app.bsky.embed.video":
            files = [embed["video"]]
        if (
            embed
            and kind == "app.bsky.embed.external"
            and not {"uri", "title", "description"} <= set(embed["external"])
        ):
            return "external"
        if any(one != self.blobs.get(one["ref"]["$link"]) for one in files):
            return "Could not find blob"
        return ""
