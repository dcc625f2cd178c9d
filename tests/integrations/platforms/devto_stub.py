"""dev.to, as Forem checks and answers."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

KEY = "devto-api-key-0001"
FIELDS = {"title", "body_markdown", "published", "tags", "canonical_url", "main_image", "description", "series",
          "organization_id"}  # fmt: skip


def problem(status: int, words: str, **headers: str) -> Reply:
    return answer({"error": words, "status": status}, status, **headers)


@dataclass
class DevToStub(PlatformStub):
    """One account. articles has all of them; published those that people see."""

    articles: list[dict[str, Any]] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(301))

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path
        known = {"/users/me": "check", "/articles/me/all": "look_up", "/articles": "publish"}
        return known.get(path, "update" if path.startswith("/articles/") and seen.method == "PUT" else "other")

    def refused(self) -> Reply:
        return problem(422, "Validation failed: Title can't be blank")

    def accept(self, step: str, seen: Seen) -> Reply:
        assert seen.headers["accept"] == "application/vnd.forem.api-v1+json"
        if not self.valid or seen.headers.get("api-key") != KEY:
            return problem(401, "unauthorized")
        if step == "check":
            return answer({"type_of": "user", "id": 5, "username": "ann", "name": "Ann"})
        if step == "look_up":
            query = {name: int(values[0]) for name, values in parse_qs(urlsplit(seen.path).query).items()}
            start = (query["page"] - 1) * query["per_page"]
            return answer(self.articles[::-1][start : start + query["per_page"]])
        if step == "publish":
            return self._publish(seen.json["article"])
        return self._update(seen) if step == "update" else problem(404, "not found")

    def _publish(self, article: dict[str, Any]) -> Reply:
        assert set(article) <= FIELDS
        if any(one["canonical_url"] == article["canonical_url"] for one in self.articles):
            return problem(422, "Validation failed: Canonical url has already been taken")
        if len(article["title"]) > 128 or len(article["tags"]) > 4:
            return problem(422, "Validation failed: Title is too long (maximum is 128 characters)")
        number = next(self.numbers)
        made = {**article, "id": number, "slug": f"a-{number}", "url": f"https://dev.to/ann/a-{number}",
                "public_reactions_count": 5, "comments_count": 1, "page_views_count": 90}  # fmt: skip
        self.articles.append(made)
        self.published.append(made)
        return answer(made, 201)

    def _update(self, seen: Seen) -> Reply:
        number = int(seen.path.rpartition("/")[2])
        found = [one for one in self.articles if one["id"] == number]
        if not found:
            return problem(404, "not found")
        found[0].update(seen.json["article"])
        self.published = [one for one in self.articles if one["published"]]
        return answer(found[0])
