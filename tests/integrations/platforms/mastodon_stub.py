"""An instance of Mastodon that checks what the real one checks, and writes HTML as it does."""

import html
import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

import regex

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

TOKEN = "mastodon-access-token"
KINDS = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "video/mp4", "audio/mpeg"]
LINK, TAG = re.compile(r"https?://[^\s<]+"), re.compile(r"(?<!\S)#(\w+)")
MENTION = re.compile(r"(?<![=/\w])@(\w+)@([\w.]+)")


def problem(status: int, words: str, **headers: str) -> Reply:
    return answer({"error": words}, status, **headers)


@dataclass
class MastodonStub(PlatformStub):
    """One account. files are by id: {"description", "attached", "pending"}."""

    keys: dict[str, str] = field(default_factory=dict)  # Idempotency-Key to status id
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(109_000_000_000_000_001))
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    pending: int = 0  # how often a new file says that it is worked on
    file_fails: bool = False
    now: datetime | None = None
    configuration: dict[str, Any] = field(
        default_factory=lambda: {
            "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
            "media_attachments": {
                "supported_mime_types": KINDS,
                "image_size_limit": 16_777_216,
                "video_size_limit": 103_809_024,
            },
        }
    )

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path
        if path in ("/api/v1/accounts/verify_credentials", "/api/v2/instance"):
            return "check" if path.endswith("instance") else "me"
        if path.startswith("/api/v1/accounts/"):
            return "look_up"
        if path == "/api/v2/media":
            return "upload"
        if path.startswith("/api/v1/media/"):
            return "poll"
        if path == "/api/v1/statuses":
            return "publish"
        if path.startswith("/api/v1/statuses/"):
            return "delete" if seen.method == "DELETE" else "metrics"
        return "other"

    def parent_of(self, post: dict[str, Any]) -> str:
        return str(post["in_reply_to_id"])

    def limited(self) -> Reply:
        reset = (datetime.now(UTC) + timedelta(seconds=7)).isoformat().replace("+00:00", "Z")
        return problem(429, "Too many requests", X_RateLimit_Limit="300", X_RateLimit_Reset=reset)

    def expired(self) -> Reply:
        return problem(401, "The access token was revoked")

    def refused(self) -> Reply:
        return problem(422, "Validation failed: Text character limit of 500 exceeded")

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or seen.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return problem(401, "The access token is invalid")
        last = urlsplit(seen.path).path.rpartition("/")[2]
        if step == "me":
            return answer({"id": "7", "username": "ann", "acct": "ann", "url": f"{self.url}/@ann"})
        if step == "check":
            return answer({"domain": "mastodon.example", "version": "4.5.2", "configuration": self.configuration})
        if step == "poll":
            return self._poll(last)
        if step in ("delete", "metrics"):
            return self._one(last, seen.method)
        known = {"upload": self._upload, "publish": self._publish, "look_up": self._statuses}
        return known[step](seen) if step in known else problem(404, "Record not found")

    # -- files --------------------------------------------------------------------------------------------------------

    def _upload(self, seen: Seen) -> Reply:
        kind = seen.headers["content-type"].encode()
        parts = message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + seen.body, policy=HTTP)
        form = {part.get_param("name", header="content-disposition"): part for part in parts.iter_parts()}
        if "file" not in form or form["file"].get_content_type() not in KINDS:
            return problem(422, "Validation failed: File content type is invalid")
        description = form["description"].get_content().strip() if "description" in form else None
        file = {"id": str(next(self.numbers)), "type": "image", "description": description}
        self.files[file["id"]] = {**file, "attached": False, "pending": self.pending}
        return answer({**file, "url": None if self.pending else f"{self.url}/f.png"}, 202 if self.pending else 200)

    def _poll(self, number: str) -> Reply:
        file = self.files.get(number)
        if file is None or file["attached"]:
            return problem(404, "Record not found")
        if self.file_fails:
            return problem(422, "Error processing thumbnail for uploaded media")
        if file["pending"] > 0:
            file["pending"] -= 1
            return answer({"id": number, "url": None}, 206)
        return answer({"id": number, "url": f"{self.url}/f.png"})

    # -- posts --------------------------------------------------------------------------------------------------------

    def _publish(self, seen: Seen) -> Reply:
        body, key = seen.json, seen.headers.get("idempotency-key", "")
        if there := [one for one in self.published if key and one["id"] == self.keys.get(key)]:
            return answer(there[0])
        text, ids = body.get("status", "").strip(), body.get("media_ids", [])
        if not text and not ids:
            return problem(422, "Validation failed: Text can't be blank")
        countable = LINK.sub("x" * 23, MENTION.sub(r"@\1", text))
        if len(regex.findall(r"\X", countable)) > self.configuration["statuses"]["max_characters"]:
            return self.refused()
        if len(ids) > 4:
            return problem(422, "Validation failed: Cannot attach more than 4 files")
        files = [self.files.get(one) for one in ids]
        if any(one is None or one["attached"] for one in files):
            return problem(422, "Validation failed: Media attachments are invalid")
        if any(one["pending"] for one in files):
            return problem(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        for one in files:
            one["attached"] = True
        to = body.get("in_reply_to_id")
        status = self.add(text, files, body["visibility"], body.get("language"), in_reply_to_id=to)
        self.keys[key] = status["id"]
        return answer(status)

    def add(
        self, text: str, files: Any = (), visibility: str = "public", language: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """Put a post up, as one that was written in the browser."""
        number = str(next(self.numbers))
        made = (self.now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status = {
            "id": number, "created_at": made, "visibility": visibility, "language": language, "reblog": None,
            "url": f"{self.url}/@ann/{number}", "uri": f"{self.url}/users/ann/statuses/{number}",
            "content": rendered(text), "media_attachments": [{**one} for one in files], "favourites_count": 5,
            "reblogs_count": 2, "replies_count": 1, "quotes_count": 0,
        } | changes  # fmt: skip
        self.published.append(status)
        return status

    def _statuses(self, seen: Seen) -> Reply:
        parts = urlsplit(seen.path)
        query = parse_qs(parts.query)
        if parts.path != "/api/v1/accounts/7/statuses":
            return problem(404, "Record not found")
        below = int(query["max_id"][0]) if "max_id" in query else 10**30
        most = min(int(query.get("limit", ["20"])[0]), 40)
        found = [one for one in reversed(self.published) if int(one["id"]) < below]
        return answer(found[:most])

    def _one(self, number: str, method: str) -> Reply:
        found = [one for one in self.published if one["id"] == number]
        if not found:
            return problem(404, "Record not found")
        if method == "DELETE":
            self.published.remove(found[0])
        return answer(found[0])


def rendered(text: str) -> str:
    """A text as Mastodon writes it (lib/text_formatter.rb)."""
    out = html.escape(text.strip(), quote=True)

    def link(found: re.Match[str]) -> str:
        start = re.match(r"https?://(www\.)?", found[0])
        prefix = start[0] if start else ""
        shown, rest = found[0][len(prefix) : len(prefix) + 30], found[0][len(prefix) + 30 :]
        return (
            f'<a href="{found[0]}" target="_blank" rel="nofollow noopener" translate="no">'
            f'<span class="invisible">{prefix}</span><span class="{"ellipsis" if rest else ""}">{shown}</span>'
            f'<span class="invisible">{rest}</span></a>'
        )

    out = LINK.sub(link, out)
    out = TAG.sub(r'<a href="/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>', out)
    out = MENTION.sub(
        r'<span class="h-card" translate="no"><a href="https://\2/@\1" class="u-url mention">'
        r"@<span>\1</span></a></span>",
        out,
    )
    return "".join(f"<p>{one}</p>".replace("\n", "<br />") for one in re.split(r"\n{2,}", out))
