"""Meta's APIs, as graph.facebook.com, graph.instagram.com and graph.threads.net check and answer."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

TOKEN = "meta-access-token"


def problem(code: int, words: str, subcode: int = 0, status: int = 400, **more: Any) -> Reply:
    error = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A1"} | more
    return answer({"error": error | ({"error_subcode": subcode} if subcode else {})}, status)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass
class GraphStub(PlatformStub):
    """One account, number 17. things are by id: posts, files, containers, comments."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(18001))
    metrics_there: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    public = "https://press.example/"  # where it fetches files

    def limited(self) -> Reply:
        usage = '{"17": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 0.1167}]}'
        error = {"error": {"message": "(#32) Page request limit reached", "code": 32, "type": "OAuthException"}}
        return answer(error, 400, **{"x-business-use-case-usage": usage})

    def expired(self) -> Reply:
        return problem(190, "Error validating access token: Session has expired", 463, 401)

    def refused(self) -> Reply:
        return problem(368, "The action attempted has been deemed abusive", 0)

    def parent_of(self, post: dict[str, Any]) -> str:
        return str(post["parent"])

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or seen.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return self.expired()
        query = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
        return self.answer_to(step, seen, urlsplit(seen.path).path.strip("/").split("/"), query)

    def answer_to(self, step: str, seen: Seen, parts: list[str], query: dict[str, str]) -> Reply:
        raise NotImplementedError

    def make(self, **what: Any) -> str:
        number = str(next(self.numbers))
        self.things[number] = {"id": number, "at": now()} | what
        return number

    def gone(self, number: str) -> Reply:
        words = f"Unsupported get request. Object with ID '{number}' does not exist"
        return problem(100, words, 33)

    def insights(self, wanted: str) -> Reply:
        names = wanted.split(",")
        if unknown := [name for name in names if name not in self.metrics_there]:
            return problem(100, f"(#100) The value must be a valid insights metric: {unknown[0]}")
        return answer({"data": [{"name": name, "values": [{"value": len(name)}]} for name in names]})

    def delete(self, number: str) -> Reply:
        if not any(one["id"] == number for one in self.published):
            return self.gone(number)
        self.published = [one for one in self.published if one["id"] != number]
        return answer({"success": True})


@dataclass
class FacebookStub(GraphStub):
    """The page 17."""

    metrics_there: set[str] = field(default_factory=lambda: {"post_media_view", "post_clicks"})
    refuses_duplicates = True

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path
        last = path.rpartition("/")[2]
        if path == "/me":
            return "check"
        if seen.method == "DELETE":
            return "delete"
        if last == "photos":
            return "upload"
        if last in ("feed", "videos", "comments"):
            return "publish" if seen.method == "POST" else "look_up"
        return "metrics"

    def answer_to(self, step: str, seen: Seen, parts: list[str], query: dict[str, str]) -> Reply:
        if step == "check":
            return answer({"id": "17", "name": "Films", "link": "https://www.facebook.com/films", "category": "Cinema"})
        if step == "upload":
            fields, files = form_of(seen)
            assert set(fields) <= {"published", "alt_text_custom"}
            assert fields["published"] == "false"
            return answer({"id": self.make(alt=fields.get("alt_text_custom", ""), **files["source"])})
        if step == "publish":
            return self._publish(seen, parts[0], parts[1])
        if step == "look_up":
            mine = [one for one in reversed(self.published) if one["edge"] == (parts[1], parts[0])]
            names = query["fields"].split(",")
            return answer({"data": [{n: one[n] for n in names if n in one} for one in mine][: int(query["limit"])]})
        if step == "delete":
            return self.delete(parts[0])
        if not any(one["id"] == parts[0] for one in self.published):
            return self.gone(parts[0])
        if parts[-1] == "insights":
            return self.insights(query["metric"])
        counts = {"shares": {"count": 2}, "comments": {"data": [], "summary": {"total_count": 1}},
                  "reactions": {"data": [], "summary": {"total_count": 5}}}  # fmt: skip
        return answer({"id": parts[0]} | counts)

    def _publish(self, seen: Seen, parent: str, edge: str) -> Reply:
        if seen.headers["content-type"].startswith("application/json"):
            body = seen.json
        else:
            fields, files = form_of(seen)
            body = fields | {"source": files["source"]}
        allowed = {"feed": {"message", "link", "published", "attached_media"}, "comments": {"message"},
                   "videos": {"file_url", "description", "source"}}  # fmt: skip
        assert set(body) <= allowed[edge]
        text = body.get("message", body.get("description", ""))
        files_of = [self.things.get(one["media_fbid"]) for one in body.get("attached_media", [])]
        if not all(files_of) or not (text or files_of or edge == "videos"):
            return problem(100, "(#100) Invalid parameter")
        where = (edge, parent)
        if any(one["edge"] == where and one.get("message") == text for one in self.published):
            return problem(506, "(#506) Duplicate status message")
        number = f"17_{next(self.numbers)}"
        post = {"id": number, "message": text, "created_time": now(), "edge": where, "parent": parent}
        post |= {"permalink_url": f"https://www.facebook.com/films/posts/{number}", "files": files_of, "body": body}
        self.published.append(post)
        return answer({"id": number})


@dataclass
class ContainerStub(GraphStub):
    """An account whose posts are containers first."""

    makes, publishes, quota, posts = "media", "media_publish", "content_publishing_limit", "media"
    state, text, name = "status_code", "caption", "ann"
    pending: int = 0  # how often a container says that it is worked on
    container_fails: str = ""
    used: int = 0

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path
        parts = path.strip("/").split("/")
        if path == "/me":
            return "check"
        if seen.method == "DELETE":
            return "delete"
        if len(parts) == 1:
            thing = self.things.get(parts[0])
            return "state" if thing and "state" in thing else "permalink"
        edge = parts[1]
        if seen.method == "POST":
            if edge == self.publishes or edge == "comments":
                return "publish"
            return "upload"
        return {
            self.posts: "look_up",
            "replies": "look_up",
            self.quota: "quota",
            "insights": "metrics",
            "comments": "look_up",
        }.get(edge, "x")

    def answer_to(self, step: str, seen: Seen, parts: list[str], query: dict[str, str]) -> Reply:
        if step == "check":
            return answer({"user_id": "17", "id": "17", "username": self.name})
        if step == "quota":
            return answer(
                {"data": [{"quota_usage": self.used, "config": {"quota_total": 50, "quota_duration": 86400}}]}
            )
        if step == "upload":
            return self._make(seen.json)
        if step == "state":
            return self._state(self.things[parts[0]], query["fields"].split(","))
        if step == "publish":
            return self._publish(seen.json) if parts[1] == self.publishes else self._comment(parts[0], seen.json)
        if step == "look_up":
            return self._newest(parts, query)
        if step == "delete":
            return self.delete(parts[0])
        if not any(one["id"] == parts[0] for one in self.published):
            return self.gone(parts[0])
        if step == "metrics":
            return self.insights(query["metric"])
        return answer({"id": parts[0], "permalink": f"https://{self.name}.example/p/{parts[0]}"})

    def allowed(self) -> set[str]:
        return {"image_url", "video_url", "media_type", "is_carousel_item", "caption", "alt_text", "children"}

    def _make(self, body: dict[str, Any]) -> Reply:
        assert set(body) <= self.allowed()
        children = [self.things.get(one) for one in body.get("children", "").split(",") if one]
        if body.get("media_type") == "CAROUSEL" and not (2 <= len(children) <= 20 and all(children)):
            return problem(100, "(#100) Invalid children", 2207028)
        url = body.get("image_url", body.get("video_url", ""))
        if url and not url.startswith(self.public):
            return problem(9004, "The media could not be fetched from this URI", 2207052)
        alone = not body.get("is_carousel_item")
        return answer(
            {"id": self.make(state="IN_PROGRESS", left=self.pending, since=time.time(), body=body, alone=alone)}
        )

    def _state(self, thing: dict[str, Any], names: list[str]) -> Reply:
        assert self.state in names
        if thing["state"] == "IN_PROGRESS":
            if thing["left"] > 0:
                thing["left"] -= 1
            else:
                thing["state"] = "ERROR" if self.container_fails else "FINISHED"
        other = {name: self.container_fails for name in names if name != self.state and self.container_fails}
        return answer({"id": thing["id"], self.state: thing["state"]} | other)

    def _publish(self, body: dict[str, Any]) -> Reply:
        assert set(body) == {"creation_id"}
        thing = self.things.get(body["creation_id"])
        if thing is None or not thing["alone"]:
            return self.gone(body["creation_id"])
        if thing["state"] == "IN_PROGRESS":
            return problem(9007, "Media ID is not available", 2207027)
        if thing["state"] != "FINISHED":
            return problem(100, "(#100) The container was published already")
        thing["state"] = "PUBLISHED"
        made = thing["body"]
        parts = [self.things[one]["body"] for one in made.get("children", "").split(",") if one] or [made]
        number = self.make()
        post = {"id": number, self.text: made.get(self.text, ""), "timestamp": now(), "parts": parts}
        post |= {"permalink": f"https://{self.name}.example/p/{number}", "parent": made.get("reply_to_id", "")}
        self.published.append(post)
        return answer({"id": number})

    def _comment(self, parent: str, body: dict[str, Any]) -> Reply:
        assert set(body) == {"message"}
        number = self.make()
        self.published.append({"id": number, "text": body["message"], "timestamp": now(), "parent": parent})
        return answer({"id": number})

    def _newest(self, parts: list[str], query: dict[str, str]) -> Reply:
        names = query["fields"].split(",")
        parent = parts[0] if parts[1] == "comments" else ""
        rows = [one for one in reversed(self.published) if not parent or one["parent"] == parent]
        return answer({"data": [{n: one[n] for n in names if n in one} for one in rows][: int(query["limit"])]})


@dataclass
class InstagramStub(ContainerStub):
    """The professional account 17."""

    metrics_there: set[str] = field(default_factory=lambda: {"reach", "views", "likes", "comments", "saved"})


@dataclass
class ThreadsStub(ContainerStub):
    """The account 17 on Threads."""

    makes, publishes, quota, posts = "threads", "threads_publish", "threads_publishing_limit", "threads"
    state, text, name = "status", "text", "bob"
    metrics_there: set[str] = field(
        default_factory=lambda: {"views", "likes", "replies", "reposts", "quotes", "shares"}
    )

    def allowed(self) -> set[str]:
        return {"media_type", "text", "image_url", "video_url", "children", "reply_to_id", "alt_text",
                "is_carousel_item"}  # fmt: skip
