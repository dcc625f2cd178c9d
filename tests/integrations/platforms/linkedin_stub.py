"""LinkedIn, as api.linkedin.com checks and answers. What an unescaped sign cuts off is cut off here too."""

import itertools
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer, send

TOKEN = "linkedin-access-token"
POST_FIELDS = {
    "author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor", "content",
}  # fmt: skip
UNESCAPED = re.compile(r"(?<!\\)[|{}@\[\]()<>*~_]")
TEMPLATE = re.compile(r"\{hashtag\|\\#\|[^}]*\}")


def problem(status: int, words: str, code: str = "", **more: Any) -> Reply:
    return answer({"message": words, "status": status, "code": code, **more}, status)


@dataclass
class LinkedInStub(PlatformStub):
    """One member, who may post for page 42. files are by URN."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(7100000000000000001))
    pending: int = 0
    file_fails: bool = False
    version: str = "202604"
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    refuses_duplicates = True

    def step_of(self, seen: Seen) -> str:
        path, _, query = seen.path.partition("?")
        if path == "/v2/userinfo" or path.startswith("/rest/organizations/"):
            return "check"
        if path == "/rest/posts":
            return "publish" if seen.method == "POST" else "look_up"
        if path.startswith("/rest/posts/"):
            return "delete"
        if path.startswith("/dms-uploads/"):
            return "upload"
        if path == "/rest/organizationalEntityShareStatistics":
            return "metrics"
        if query.startswith("action="):
            return query.removeprefix("action=").removesuffix("Upload")  # initialize, finalize
        return "status" if path.startswith("/rest/videos/") else "other"

    def refused(self) -> Reply:
        return problem(422, "Validation failed: commentary is not allowed", "UNPROCESSABLE_ENTITY")

    def expired(self) -> Reply:
        return problem(401, "The token used in the request has expired", "EXPIRED_ACCESS_TOKEN", serviceErrorCode=65602)

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or seen.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return self.expired()
        if seen.path.startswith("/rest/"):
            assert seen.headers["x-restli-protocol-version"] == "2.0.0"
            if seen.headers["linkedin-version"] != self.version:
                return problem(426, "Requested version is not active", "NONEXISTENT_VERSION")
        return getattr(self, f"_{step}", lambda _seen: problem(404, "Not Found"))(seen)

    def _check(self, seen: Seen) -> Reply:
        if seen.path == "/v2/userinfo":
            return answer({"sub": "Ann-7_x", "name": "Ann Example"})
        if seen.path != "/rest/organizations/42":
            return problem(404, "Could not find organization")
        return answer({"id": 42, "localizedName": "Films Ltd", "vanityName": "films"})

    # -- files --------------------------------------------------------------------------------------------------------

    def _initialize(self, seen: Seen) -> Reply:
        kind = urlsplit(seen.path).path.rpartition("/")[2]
        wanted = seen.json["initializeUploadRequest"]
        number = next(self.numbers)
        assert re.fullmatch(r"urn:li:(person:Ann-7_x|organization:42)", wanted["owner"])
        if kind == "images":
            assert set(wanted) == {"owner"}
            urn = f"urn:li:image:{number}"
            self.files[urn] = {"content": b"", "pending": 0, "done": True}
            return answer({"value": {"uploadUrl": f"{self.url}/dms-uploads/{urn}/0", "image": urn}})
        assert set(wanted) == {"owner", "fileSizeBytes", "uploadCaptions", "uploadThumbnail"}
        urn, half = f"urn:li:video:{number}", wanted["fileSizeBytes"] // 2
        self.files[urn] = {"content": b"", "pending": self.pending, "done": False, "parts": []}
        parts = [(0, half - 1), (half, wanted["fileSizeBytes"] - 1)]
        instructions = [
            {"uploadUrl": f"{self.url}/dms-uploads/{urn}/{index}", "firstByte": first, "lastByte": last}
            for index, (first, last) in enumerate(parts)
        ]
        return answer({"value": {"video": urn, "uploadToken": "", "uploadInstructions": instructions}})

    def _upload(self, seen: Seen) -> Reply:
        _, _, urn, index = seen.path.split("/")
        file = self.files[urn]
        file["content"] = seen.body if urn.startswith("urn:li:image") else file["content"] + seen.body
        file.setdefault("parts", []).append(f"tag{index}")
        return send(201, b"", ETag=f'"tag{index}"')

    def _finalize(self, seen: Seen) -> Reply:
        done = seen.json["finalizeUploadRequest"]
        assert set(done) == {"video", "uploadToken", "uploadedPartIds"}
        file = self.files[done["video"]]
        if done["uploadedPartIds"] != file["parts"][-2:]:
            return problem(400, "Part ids do not match")
        file["done"] = True
        return send(200, b"")

    def _status(self, seen: Seen) -> Reply:
        assert ":" not in seen.path
        urn = unquote(seen.path.rpartition("/")[2])
        file = self.files[urn]
        if file["pending"]:
            file["pending"] -= 1
            return answer({"id": urn, "status": "PROCESSING"})
        return answer({"id": urn, "status": "PROCESSING_FAILED" if self.file_fails else "AVAILABLE"})

    # -- posts --------------------------------------------------------------------------------------------------------

    def _publish(self, seen: Seen) -> Reply:
        body = seen.json
        assert set(body) - {"content"} == POST_FIELDS - {"content"}
        assert body["distribution"] == {
            "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [],
        }  # fmt: skip
        text = body["commentary"]
        if len(text) > 3000:
            return self.refused()
        if cut := UNESCAPED.search(TEMPLATE.sub(lambda found: "h" * len(found[0]), text)):
            text = text[: cut.start()]
        content = body.get("content", {})
        media = [content["media"]] if "media" in content else content.get("multiImage", {}).get("images", [])
        assert all(self.files[one["id"]]["done"] for one in media)
        for one in self.published:
            if (one["commentary"], one["author"], one["content"]) == (text, body["author"], content):
                words = f"Content is a duplicate of {one['id']}"
                codes = {"inputErrors": [{"code": "DUPLICATE_POST", "description": words}]}
                return problem(422, words, "UNPROCESSABLE_ENTITY", errorDetails=codes)
        urn = f"urn:li:share:{next(self.numbers)}"
        now = int(time.time() * 1000)
        self.published.append(
            {"id": urn, "commentary": text, "author": body["author"], "content": content, "createdAt": now}
        )
        return send(201, b"", **{"x-restli-id": urn})

    def _look_up(self, seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        assert query["q"] == ["author"]
        if query["author"] != ["urn:li:organization:42"]:
            return problem(403, "Not enough permissions to access: posts.FINDER-author", "ACCESS_DENIED")
        return answer({"elements": list(reversed(self.published))[: int(query["count"][0])], "paging": {}})

    def _delete(self, seen: Seen) -> Reply:
        assert ":" not in seen.path
        urn = unquote(seen.path.rpartition("/")[2])
        if not any(one["id"] == urn for one in self.published):
            return problem(404, "Could not find entity")
        self.published = [one for one in self.published if one["id"] != urn]
        return send(204, b"")

    def _metrics(self, seen: Seen) -> Reply:
        found = re.search(r"shares=List\(([^)]+)\)", seen.path)
        assert found
        urn = unquote(found[1])
        assert ":" not in found[1]
        counts = {"impressionCount": 90, "uniqueImpressionsCount": 70, "clickCount": 4, "likeCount": 5,
                  "commentCount": 1, "shareCount": 2, "engagement": 0.13}  # fmt: skip
        known = any(one["id"] == urn for one in self.published)
        return answer({"elements": [{"share": urn, "totalShareStatistics": counts}] if known else []})
