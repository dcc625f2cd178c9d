"""A WordPress site that checks what the real one checks, and changes slugs without a word as it does."""

import base64
import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

USER, PASSWORD = "ann", "abcd EFGH ijkl MNOP qrst UVWX"
API = "/wp-json/wp/v2"
STARTED = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
WRITABLE = ("title", "content", "excerpt", "slug", "status", "tags", "featured_media")


def problem(status: int, code: str, words: str, **data: Any) -> Reply:
    return answer({"code": code, "message": words, "data": {"status": status, **data}}, status)


@dataclass
class WordPressStub(PlatformStub):
    """One site and its user 1. posts has all of them; published those that people see."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    files: dict[int, dict[str, Any]] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(11))
    seconds: Any = field(default_factory=itertools.count)
    rights: set[str] = field(default_factory=lambda: {"publish_posts", "upload_files", "edit_others_posts"})
    has_trash: bool = True

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path.removeprefix(API)
        first = path.split("/")[1] if path.startswith("/") else ""
        one = path.count("/") > 1
        if path == "/users/me":
            return "check"
        if first == "media":
            return "describe" if one else "upload"
        if first == "tags":
            return "tags"
        if first != "posts":
            return "other"
        if seen.method == "DELETE":
            return "delete"
        if one:
            return "read" if seen.method == "GET" else "update"
        return "look_up" if seen.method == "GET" else "publish"

    def limited(self) -> Reply:
        return answer(
            {"code": "too_many_requests", "message": "Slow down", "data": {"status": 429}}, 429, Retry_After="7"
        )

    def expired(self) -> Reply:
        words = "<strong>Error:</strong> The provided password is an invalid application password."
        return problem(401, "incorrect_password", words)

    def refused(self) -> Reply:
        words, params = "Invalid parameter(s): status", {"status": "status is not one of publish, future, draft."}
        return problem(400, "rest_invalid_param", words, params=params)

    def accept(self, step: str, seen: Seen) -> Reply:
        if refusal := self._not_logged_in(seen):
            return refusal
        path = urlsplit(seen.path).path
        last = path.rpartition("/")[2]
        if step == "check":
            rights = dict.fromkeys(sorted(self.rights), True)
            return answer({"id": 1, "name": "Ann", "link": f"{self.url}/author/ann/", "capabilities": rights})
        if step in ("read", "update", "delete"):
            return self._one(step, int(last), seen)
        if step == "describe":
            return self._describe(int(last), seen)
        known = {"upload": self._upload, "tags": self._tags, "look_up": self._list, "publish": self._publish}
        if step in known and path.startswith(API):
            return known[step](seen)
        return problem(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _not_logged_in(self, seen: Seen) -> Reply | None:
        kind, _, pair = seen.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return problem(401, "rest_not_logged_in", "You are not currently logged in.")
        name, _, password = base64.b64decode(pair).decode().partition(":")
        if name != USER:
            return problem(401, "invalid_username", "<strong>Error:</strong> Unknown username.")
        if not self.valid or password.replace(" ", "") != PASSWORD.replace(" ", ""):
            return self.expired()
        return None

    # -- files and tags -----------------------------------------------------------------------------------------------

    def _upload(self, seen: Seen) -> Reply:
        if "upload_files" not in self.rights:
            return problem(403, "rest_cannot_create", "Sorry, you are not allowed to upload media on this site.")
        found = re.fullmatch(r'attachment; filename="([\w.-]+)"', seen.headers.get("content-disposition", ""))
        if not seen.body or found is None:
            return problem(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
        ending = found[1].rpartition(".")[2]
        if seen.headers["content-type"] != {"jpg": "image/jpeg"}.get(ending, f"image/{ending}"):
            return problem(500, "rest_upload_sideload_error", "Sorry, you are not allowed to upload this file type.")
        number = next(self.numbers)
        self.files[number] = {"id": number, "alt_text": "", "source_url": f"{self.url}/uploads/{found[1]}"}
        return answer(self.files[number], 201)

    def _describe(self, number: int, seen: Seen) -> Reply:
        if number not in self.files:
            return problem(404, "rest_post_invalid_id", "Invalid post ID.")
        if seen.method == "POST":
            self.files[number]["alt_text"] = seen.json["alt_text"]
        return answer(self.files[number])

    def _tags(self, seen: Seen) -> Reply:
        if seen.method == "GET":
            wanted = parse_qs(urlsplit(seen.path).query)["search"][0].casefold()
            found = [{"id": number, "name": escaped(name)} for number, name in self.tags.items()
                     if wanted in name.casefold()]  # fmt: skip
            return answer(found[:100])
        name = seen.json["name"]
        for number, there in self.tags.items():
            if slugged(there) == slugged(name):
                words = "A term with the name provided already exists with this parent."
                return problem(400, "term_exists", words, term_id=number)
        number = next(self.numbers)
        self.tags[number] = name
        return answer({"id": number, "name": escaped(name)}, 201)

    # -- posts --------------------------------------------------------------------------------------------------------

    def add(self, **fields: Any) -> dict[str, Any]:
        """A post that somebody wrote there; author 2 is somebody else."""
        number = next(self.numbers)
        post = {"id": number, "author": 1, "status": "publish", "title": "", "content": "", "excerpt": "", "slug": "",
                "tags": [], "featured_media": 0} | fields  # fmt: skip
        self.posts.append(post)
        return self.saved(post)

    def saved(self, post: dict[str, Any]) -> dict[str, Any]:
        """What WordPress does whenever a post is saved."""
        wished = slugged(post["slug"] or post["title"])
        others = {one["slug"] for one in self.posts if one is not post}
        numbered = (f"{wished}-{number}" for number in itertools.count(2))
        if post["status"] != "trash":
            post["slug"] = wished if wished not in others else next(one for one in numbered if one not in others)
        post["modified_gmt"] = (STARTED + timedelta(seconds=next(self.seconds))).strftime("%Y-%m-%dT%H:%M:%S")
        self.published[:] = [
            {**one, "picture": self.files.get(one["featured_media"])}
            for one in self.posts
            if one["status"] == "publish"
        ]
        return post

    def _shown(self, post: dict[str, Any]) -> dict[str, Any]:
        texts = {name: {"raw": post[name], "rendered": f"{post[name]}\n"} for name in ("title", "content", "excerpt")}
        return {**post, **texts, "link": f"{self.url}/{post['slug']}/"}

    def _list(self, seen: Seen) -> Reply:
        query = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
        if query.get("status") != "any" or query.get("context") != "edit" or int(query.get("per_page", 10)) > 100:
            return self.refused()
        found = [one for one in self.posts if one["status"] != "trash"]
        if "slug" in query:
            found = [one for one in found if one["slug"] in query["slug"].split(",")]
        if "search" in query:
            found = [one for one in found if query["search"] in one["title"] + one["content"]]
        # In the context edit, posts that the user may not edit are left out of the list.
        mine = [one for one in found if one["author"] == 1 or "edit_others_posts" in self.rights]
        return answer([self._shown(one) for one in mine])

    def _publish(self, seen: Seen) -> Reply:
        body = seen.json
        if refusal := self._checked(body):
            return refusal
        if "publish_posts" not in self.rights and body.get("status") == "publish":
            return problem(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type.")
        return answer(self._shown(self.add(**body)), 201)

    def _checked(self, body: dict[str, Any]) -> Reply | None:
        unknown = [name for name in body if name not in WRITABLE]
        if unknown or not all(type(one) is int for one in body.get("tags", [])):
            return problem(
                400, "rest_invalid_param", "Invalid parameter(s): tags", params={"tags": "tags[0] is not it."}
            )
        if body.get("featured_media") and body["featured_media"] not in self.files:
            return problem(400, "rest_invalid_featured_media", "Invalid featured media ID.")
        return None

    def _one(self, step: str, number: int, seen: Seen) -> Reply:
        found = [one for one in self.posts if one["id"] == number]
        if not found:
            return problem(404, "rest_post_invalid_id", "Invalid post ID.")
        post = found[0]
        if step == "delete":
            return self._deleted(post, "force=true" in seen.path)
        if step == "update":
            if refusal := self._checked(seen.json):
                return refusal
            post.update(seen.json)
            self.saved(post)
        return answer(self._shown(post))

    def _deleted(self, post: dict[str, Any], force: bool) -> Reply:
        if force:
            self.posts.remove(post)
            post["status"] = "trash"
        elif not self.has_trash:
            return problem(501, "rest_trash_not_supported", "The post does not support trashing. Set 'force=true'.")
        elif post["status"] == "trash":
            return problem(410, "rest_already_trashed", "The post has already been deleted.")
        else:
            post |= {"status": "trash", "slug": f"{post['slug']}__trashed"}
        return answer(self._shown(self.saved(post)))


def slugged(text: str) -> str:
    """sanitize_title, as far as it goes here."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def escaped(text: str) -> str:
    """A name as WordPress sends it."""
    return text.replace("&", "&amp;")
