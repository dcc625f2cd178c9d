"""A Ghost site that checks what the real one checks: its tokens, its limits, its html cards, its collisions."""

import itertools
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send
from tests.integrations.stub_server import answer

KEY_ID, SECRET = "5f9b1a2c3d4e5f60718293a4", "0123456789abcdef" * 4
KEY = f"{KEY_ID}:{SECRET}"
API = "/ghost/api/admin"
CARD = re.compile(r"<!--\s*kg-card-begin: html\s*-->(.*?)<!--\s*kg-card-end: html\s*-->", re.DOTALL)
ELEMENT = re.compile(r"<(\w+)[^>]*>.*</\1>", re.DOTALL)
LENGTHS = {"title": 255, "slug": 191, "custom_excerpt": 300, "feature_image_alt": 191, "canonical_url": 2000}
RESERVED = ("ghost", "rss", "amp")
FIELDS = ("title", "html", "slug", "status", "tags", "custom_excerpt", "canonical_url", "feature_image",
          "feature_image_alt", "updated_at")  # fmt: skip


def problem(status: int, kind: str, words: str, context: str | None = None, code: str | None = None, **h: str) -> Reply:
    one = {"message": words, "context": context, "type": kind, "details": None, "help": None, "code": code, "id": "x"}
    return answer({"errors": [one]}, status, **h)


@dataclass
class GhostStub(PlatformStub):
    """One site. posts has all of them; published those that people see."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    seconds: Any = field(default_factory=itertools.count)
    clock: float = 0.0  # how many seconds the site's clock is ahead

    def step_of(self, seen: Seen) -> str:
        parts = urlsplit(seen.path)
        path = parts.path.removeprefix(API)
        if path == "/site/" or (path == "/posts/" and "fields=" in parts.query):
            return "check"
        if path == "/images/upload/":
            return "upload"
        if path == "/posts/":
            return "look_up" if seen.method == "GET" else "publish"
        if path.startswith("/posts/slug/"):
            return "look_up"
        if path.startswith("/posts/"):
            return {"GET": "read", "PUT": "update", "DELETE": "delete"}.get(seen.method, "other")
        return "other"

    def limited(self) -> Reply:
        return problem(429, "TooManyRequestsError", "Too many attempts.", Retry_After="7")

    def expired(self) -> Reply:
        return problem(401, "UnauthorizedError", "Unknown Admin API Key", code="UNKNOWN_ADMIN_API_KEY")

    def refused(self) -> Reply:
        context = "Value in [posts.title] exceeds maximum length of 255 characters."
        return problem(422, "ValidationError", "Validation error, cannot save post.", context)

    def accept(self, step: str, seen: Seen) -> Reply:
        path = urlsplit(seen.path).path
        if path == f"{API}/site/":  # the only one that asks for no key
            return answer({"site": {"title": "Ann's films", "url": f"{self.url}/", "version": "6.2"}})
        if refusal := self._not_let_in(seen):
            return refusal
        if step == "check":
            return answer({"posts": [{"id": one["id"], "slug": one["slug"]} for one in self.posts[:1]]})
        if step in ("read", "update", "delete"):
            return self._one(step, path.split("/")[-2], seen)
        known = {"upload": self._upload, "publish": self._publish, "look_up": self._list}
        return known[step](seen) if step in known else problem(404, "NotFoundError", "Resource not found")

    def _not_let_in(self, seen: Seen) -> Reply | None:
        kind, _, token = seen.headers.get("authorization", "").partition(" ")
        if kind != "Ghost":
            return problem(
                401, "UnauthorizedError", "Authorization header format is invalid", code="INVALID_AUTH_HEADER"
            )
        if not self.valid or jwt.get_unverified_header(token).get("kid") != KEY_ID:
            return self.expired()
        self.tokens.append(token)
        try:
            known = {
                "algorithms": ["HS256"],
                "audience": "/admin/",
                "options": {"verify_exp": False, "verify_iat": False},
            }
            claims = jwt.decode(token, bytes.fromhex(SECRET), **known)
        except jwt.InvalidTokenError:
            return problem(401, "UnauthorizedError", "Invalid token: invalid signature", code="INVALID_JWT")
        if time.time() + self.clock > min(claims["exp"], claims["iat"] + 300):
            return problem(401, "UnauthorizedError", "Invalid token: jwt expired", code="INVALID_JWT")
        if not seen.headers.get("accept-version", "").startswith("v"):
            return problem(400, "BadRequestError", "Accept-Version is missing")
        return None

    def _upload(self, seen: Seen) -> Reply:
        fields, files = form_of(seen)
        if "file" not in files:
            return problem(422, "ValidationError", "Please select an image.")
        if not files["file"]["mime"].startswith("image/") or fields.get("purpose") != "image":
            return problem(415, "UnsupportedMediaTypeError", "Please select a valid image.")
        picture = {"url": f"{self.url}/content/images/2026/11/{files['file']['name']}", "ref": fields.get("ref")}
        self.pictures.append(picture)
        return answer({"images": [picture]}, 201)

    # -- posts --------------------------------------------------------------------------------------------------------

    def add(self, **fields: Any) -> dict[str, Any]:
        """A post that somebody wrote there."""
        number = next(self.numbers)
        post = {"id": f"{number:024x}", "uuid": f"{number}", "status": "published", "title": "(Untitled)", "html": None,
                "slug": "", "tags": [], "custom_excerpt": None, "canonical_url": None, "feature_image": None,
                "feature_image_alt": None} | fields  # fmt: skip
        self.posts.append(post)
        return self.saved(post)

    def saved(self, post: dict[str, Any]) -> dict[str, Any]:
        """What Ghost does whenever a post is saved."""
        wished = re.sub(r"[^a-z0-9]+", "-", (post["slug"] or post["title"]).lower()).strip("-")[:185]
        wished = f"{wished}-post" if wished in RESERVED else wished
        others = {one["slug"] for one in self.posts if one is not post}
        numbered = (f"{wished}-{number}" for number in itertools.count(2))
        post["slug"] = wished if wished not in others else next(one for one in numbered if one not in others)
        post["url"] = (
            f"{self.url}/{post['slug']}/" if post["status"] == "published" else f"{self.url}/p/{post['uuid']}/"
        )
        post["updated_at"] = f"2026-11-28T09:30:{next(self.seconds):02}.000Z"
        self.published[:] = [one for one in self.posts if one["status"] == "published"]
        return post

    def _shown(self, post: dict[str, Any], seen: Seen) -> dict[str, Any]:
        shown = {**post, "tags": [{"name": one} for one in post["tags"]]}
        if "formats=html" not in seen.path:
            del shown["html"]
        return shown

    def _list(self, seen: Seen) -> Reply:
        parts = urlsplit(seen.path)
        if "/slug/" in parts.path:
            found = [one for one in self.posts if one["slug"] == parts.path.split("/")[-2]]
            return answer({"posts": [self._shown(found[0], seen)]}) if found else self._missing()
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        begins = re.fullmatch(r"slug:~\^'([a-z0-9-]+)'", query["filter"])
        if begins is None or query.get("order") != "created_at desc":
            return problem(400, "BadRequestError", "Error parsing filter")
        found = [one for one in reversed(self.posts) if one["slug"].startswith(begins[1])]
        shown = [self._shown(one, seen) for one in found[: int(query.get("limit", "15"))]]
        return answer({"posts": shown, "meta": {"pagination": {"total": len(found)}}})

    def _missing(self) -> Reply:
        return problem(404, "NotFoundError", "Resource not found error, cannot read post.", "Post not found.")

    def _publish(self, seen: Seen) -> Reply:
        (fields,) = seen.json["posts"]
        if refusal := self._checked(fields):
            return refusal
        return answer({"posts": [self._shown(self.add(**stored(fields, seen)), seen)]}, 201)

    def _checked(self, fields: dict[str, Any]) -> Reply | None:
        cannot = "Validation error, cannot save post."
        if unknown := [name for name in fields if name not in FIELDS]:
            return problem(422, "ValidationError", cannot, f"Validation failed for {unknown[0]}.")
        for name, most in LENGTHS.items():
            if len(fields.get(name) or "") > most:
                context = f"Value in [posts.{name}] exceeds maximum length of {most} characters."
                return problem(422, "ValidationError", cannot, context)
        return None

    def _one(self, step: str, number: str, seen: Seen) -> Reply:
        found = [one for one in self.posts if one["id"] == number]
        if not found:
            return self._missing()
        post = found[0]
        if step == "delete":
            self.posts.remove(post)
            self.published[:] = [one for one in self.posts if one["status"] == "published"]
            return send(204, b"")
        if step == "update":
            (fields,) = seen.json["posts"]
            if refusal := self._checked(fields):
                return refusal
            if fields.get("updated_at") != post["updated_at"]:
                words = "Saving failed! Someone else is editing this post."
                return problem(409, "UpdateCollisionError", words, code="UPDATE_COLLISION")
            post.update(stored(fields, seen))
            self.saved(post)
        return answer({"posts": [self._shown(post, seen)]})


def stored(fields: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """What Ghost keeps: HTML only with ?source=html, and of a card only its elements (html-parser.ts of Koenig)."""
    kept = {name: value for name, value in fields.items() if name != "updated_at"}
    if "html" in kept and "source=html" not in seen.path:
        del kept["html"]
    elif "html" in kept:
        found = CARD.search(kept["html"])
        inner = found[1] if found else re.sub(r"<!--.*?-->", "", kept["html"])
        element = ELEMENT.fullmatch(inner.strip())
        kept["html"] = f"\n<!--kg-card-begin: html-->\n{element[0] if element else ''}\n<!--kg-card-end: html-->\n"
    return kept
