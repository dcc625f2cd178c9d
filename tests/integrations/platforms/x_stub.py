"""X, as api.x.com checks and answers."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from twitter_text import extract_urls_with_indices, parse_tweet

from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer, send

TOKEN = "x-access-token"
FIELDS = {"text", "media", "reply", "reply_settings", "community_id", "made_with_ai", "paid_partnership"}
TYPES = "https://api.x.com/2/problems/"


def problem(status: int, title: str, detail: str, kind: str = "about:blank", **headers: str) -> Reply:
    body = {"title": title, "detail": detail, "type": kind if ":" in kind else TYPES + kind, "status": status}
    return answer(body, status, **headers)


@dataclass
class XStub(PlatformStub):
    """One account. files are by id: {"alt", "pieces", "done", "pending"}."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1990000000000000001))
    pending: int = 0  # how often a video says that it is worked on
    file_fails: str = ""
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    refuses_duplicates = True

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path
        if path == "/tweets":
            return "publish" if seen.method == "POST" else "metrics"
        known = {"/users/me": "check", "/media/metadata": "describe", "/media/upload/initialize": "initialize"}
        if path in known:
            return known[path]
        if path == "/media/upload":
            return "upload" if seen.method == "POST" else "status"
        if path.startswith("/media/upload/"):
            return path.rpartition("/")[2]
        if path.startswith("/users/"):
            return "look_up"
        return "delete" if path.startswith("/tweets/") and seen.method == "DELETE" else "other"

    def limited(self) -> Reply:
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(time.time()) + 7)}
        return problem(429, "Too Many Requests", "Too Many Requests", "rate-limit-exceeded", **headers)

    def expired(self) -> Reply:
        return problem(401, "Unauthorized", "Unauthorized")

    def refused(self) -> Reply:
        return problem(403, "Forbidden", "You are not permitted to perform this action.", "client-forbidden")

    def parent_of(self, post: dict[str, Any]) -> str:
        return str(post["referenced_tweets"][0]["id"])

    def accept(self, step: str, seen: Seen) -> Reply:
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.valid or token not in self.tokens:
            return self.expired()
        return getattr(self, f"_{step}", lambda _seen: problem(404, "Not Found", "Not Found"))(seen)

    def _check(self, seen: Seen) -> Reply:
        return answer({"data": {"id": "77", "name": "Ann", "username": "ann"}})

    # -- files --------------------------------------------------------------------------------------------------------

    def _upload(self, seen: Seen) -> Reply:
        fields, files = form_of(seen)
        assert set(fields) == {"media_category", "media_type"}
        assert fields["media_category"] == "tweet_image"
        assert set(files) == {"media"}
        return self._made(files["media"]["content"], done=True)

    def _made(self, content: bytes, **what: Any) -> Reply:
        number = str(next(self.numbers))
        self.files[number] = {"content": content, "alt": "", "done": False, "pending": self.pending, **what}
        return answer({"data": {"id": number, "media_key": f"3_{number}", "expires_after_secs": 86400}})

    def _initialize(self, seen: Seen) -> Reply:
        assert set(seen.json) == {"media_type", "total_bytes", "media_category"}
        assert seen.json["media_category"] in ("tweet_video", "tweet_gif")
        return self._made(b"", total=seen.json["total_bytes"])

    def _append(self, seen: Seen) -> Reply:
        fields, files = form_of(seen)
        file = self.files[urlsplit(seen.path).path.split("/")[3]]
        assert set(fields) == {"segment_index"}
        file["content"] += files["media"]["content"]
        return send(204, b"")

    def _finalize(self, seen: Seen) -> Reply:
        number = urlsplit(seen.path).path.split("/")[3]
        file = self.files[number]
        if len(file["content"]) != file["total"]:
            return problem(400, "Invalid Request", "Segments do not add up to provided total file size.")
        file["done"] = True
        return answer({"data": {"id": number, "processing_info": {"state": "pending", "check_after_secs": 1}}})

    def _status(self, seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        assert query["command"] == ["STATUS"]
        file = self.files[query["media_id"][0]]
        if self.file_fails:
            info: dict[str, Any] = {"state": "failed", "error": {"code": 1, "message": self.file_fails}}
        elif file["pending"]:
            file["pending"] -= 1
            info = {"state": "in_progress", "check_after_secs": 0.01}
        else:
            info = {"state": "succeeded", "progress_percent": 100}
        return answer({"data": {"id": query["media_id"][0], "processing_info": info}})

    def _describe(self, seen: Seen) -> Reply:
        self.files[seen.json["id"]]["alt"] = seen.json["metadata"]["alt_text"]["text"]
        return answer({"data": {"id": seen.json["id"]}})

    # -- posts --------------------------------------------------------------------------------------------------------

    def _publish(self, seen: Seen) -> Reply:
        body = seen.json
        assert set(body) <= FIELDS
        text = body.get("text", "")
        if parse_tweet(text).weightedLength > 280 or not (text or body.get("media")):
            return problem(400, "Invalid Request", "Your Tweet text is too long.", "invalid-request")
        to = body.get("reply", {}).get("in_reply_to_tweet_id", "")
        if any(one["written"] == text and one["to"] == to for one in self.published):
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        ids = body.get("media", {}).get("media_ids", [])
        if not all(one in self.files and self.files[one]["done"] for one in ids):
            return problem(400, "Invalid Request", "Your media IDs are invalid.", "invalid-request")
        return answer({"data": {"id": self.add(text, ids, to)["id"], "text": text}}, 201)

    def add(self, text: str, ids: Any = (), to: str = "", **changes: Any) -> dict[str, Any]:
        """Put a post up, as X writes it: links are t.co ones, and signs of HTML are escaped."""
        urls, shown, end = [], "", 0
        for number, found in enumerate(extract_urls_with_indices(text)):
            start, stop = found["indices"]
            short = f"https://t.co/{number:010d}"
            url = found["url"] if "://" in found["url"] else f"http://{found['url']}"
            urls.append({"url": short, "expanded_url": url})
            shown, end = shown + escaped(text[end:start]) + short, stop
        shown += escaped(text[end:])
        for one in ids:
            short = f"https://t.co/m{one[-9:]}"
            urls.append({"url": short, "expanded_url": "https://x.com/ann/status/1/photo/1", "media_key": f"3_{one}"})
            shown += f" {short}"
        post = {
            "id": str(next(self.numbers)), "text": shown, "entities": {"urls": urls}, "written": text, "to": to,
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "media": [self.files[one] for one in ids],
            "public_metrics": {"retweet_count": 2, "reply_count": 1, "like_count": 5, "quote_count": 0,
                               "bookmark_count": 3, "impression_count": 90},
        } | ({"referenced_tweets": [{"type": "replied_to", "id": to}]} if to else {}) | changes  # fmt: skip
        self.published.append(post)
        return post

    def _look_up(self, seen: Seen) -> Reply:
        parts = urlsplit(seen.path)
        most = int(parse_qs(parts.query)["max_results"][0])
        assert parts.path == "/users/77/tweets"
        assert 5 <= most <= 100
        found = [shape(one) for one in reversed(self.published)][:most]
        return answer({"data": found, "meta": {}} if found else {"meta": {"result_count": 0}})

    def _metrics(self, seen: Seen) -> Reply:
        ids = parse_qs(urlsplit(seen.path).query)["ids"][0].split(",")
        assert len(ids) <= 100
        found = [shape(one) for one in self.published if one["id"] in ids]
        gone = [{"title": "Not Found Error", "resource_id": one} for one in ids if one not in [p["id"] for p in found]]
        return answer(({"data": found} if found else {}) | ({"errors": gone} if gone else {}))

    def _delete(self, seen: Seen) -> Reply:
        number = urlsplit(seen.path).path.rpartition("/")[2]
        before = len(self.published)
        self.published = [one for one in self.published if one["id"] != number]
        return answer({"data": {"deleted": len(self.published) < before}})


def shape(post: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in post.items() if name not in ("written", "to", "media")}


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
