"""dev.to, and other sites that run Forem: articles, known by their canonical address.

Forem takes one article per canonical address, and refuses another. So an article is looked for by it before it is
made, and `publish` can be repeated.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from integrations.errors import OutsideError, Refused
from integrations.platforms.articles import tag_names
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.remote import Answer, Remote

ACCEPT = "application/vnd.forem.api-v1+json"
MOST_TITLE, MOST_TAGS = 128, 4
PAGE, MOST_PAGES = 100, 10
LIQUID = re.compile(r"\{(?=[{%])")  # Forem would run it
MADE_IN = "Settings › Extensions › DEV Community API Keys"

Save = Callable[[dict[str, Any]], None]


class NotThere(Refused):
    """There is no such article."""


class Taken(Refused):
    """Another article has this canonical address."""


class DevTo(Remote):
    """An account on dev.to, by its API key."""

    name: ClassVar[str] = "devto"
    label: ClassVar[str] = "dev.to"
    default_url = "https://dev.to/api"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (Credential("apiKey", "API key", f"{MADE_IN}."),)
    limits: ClassVar[Limits] = Limits(text=None, images=1)
    takes_articles: ClassVar[bool] = True
    can_look_up = True
    can_update: ClassVar[bool] = True
    can_unpublish: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = ("likes", "comments", "views")
    settle_seconds: ClassVar[float] = 10.0

    def asks(self, method: str, path: str, *, creates: bool = False, **request: Any) -> Answer:
        """Call it with the account's key; raises InvalidKey for one that cannot be one."""
        headers = {"api-key": self.own_token(f"Make a key under {MADE_IN}.", "apiKey"), "accept": ACCEPT}
        return self.call(method, path, creates=creates, headers=headers, **request)

    def check(self) -> Profile:
        """Whose account it is."""
        me = self.asks("GET", "/users/me").data
        if not isinstance(me, dict) or type(me.get("id")) is not int or not isinstance(me.get("username"), str):
            raise self.unreadable()
        return Profile(str(me["id"]), f"@{me['username']}", f"https://dev.to/{me['username']}", limits=self.limits)

    def problems(self, draft: Draft) -> list[str]:
        """As everywhere; besides, an article needs its canonical address: by it dev.to knows it."""
        found = super().problems(draft)
        if len(draft.title) > MOST_TITLE:
            found.append(f"The title has {len(draft.title):,} characters; dev.to takes {MOST_TITLE}.")
        if not draft.canonical_url:
            found.append(
                "An article on dev.to needs a canonical address (where it is on your own site): by it dev.to knows "
                "that it is there once."
            )
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Make it public, unless it is there already."""
        if there := self._found(draft):
            return self._mine(there, draft)
        try:
            made = self.asks("POST", "/articles", creates=True, json={"article": self._fields(draft)}).data
        except Taken as refusal:
            if there := self._found(draft):
                return self._mine(there, draft)
            raise refusal from None
        if not is_article(made):
            raise self.unreadable(creates=True)
        return posted(made)

    def _mine(self, there: dict[str, Any], draft: Draft) -> Posted:
        """An article with this canonical address: ours where it has our words and people see it; else another's."""
        is_public = there.get("published", bool(there.get("published_at")))
        if is_public and (draft.is_repeated or there.get("body_markdown") == markdown(draft.html)):
            return posted(there)
        state = "" if is_public else " as a draft"
        raise Taken(f"dev.to has an article with this canonical address already{state}. Look at it there.")

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it by its canonical address."""
        there = self._found(draft)
        return posted(there) if there and there.get("published", True) else None

    def _fields(self, draft: Draft) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "title": draft.title,
            "body_markdown": markdown(draft.html),
            "published": True,
            "tags": tags_of(draft),
            "canonical_url": draft.canonical_url,
        }
        if draft.excerpt:
            fields["description"] = draft.excerpt
        if draft.media and draft.media[0].url:
            fields["main_image"] = draft.media[0].url
        return fields

    def _found(self, draft: Draft) -> dict[str, Any] | None:
        """The account's article with this canonical address, published or not."""
        return next((one for one in self._all() if one.get("canonical_url") == draft.canonical_url), None)

    def _all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            some = self.asks("GET", "/articles/me/all", params={"per_page": PAGE, "page": page}).data
            if not isinstance(some, list) or not all(is_article(one) for one in some):
                raise self.unreadable()
            found += some
            if len(some) < PAGE:
                break
        return found

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def update(self, remote_id: str, version: str, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Put this into the article; where somebody changed it there since, nothing is overwritten."""
        there = self._one(remote_id)
        if not version or (state(there) != version and there.get("body_markdown") != markdown(draft.html)):
            raise Refused(
                "The article was changed at dev.to since it was sent, and nothing was overwritten. Change it there."
            )
        fields = self._fields(draft)
        del fields["published"]
        made = self.asks("PUT", f"/articles/{remote_id}", json={"article": fields}).data
        if not is_article(made):
            raise self.unreadable()
        return posted(made)

    def unpublish(self, remote_id: str) -> Posted:
        """Make it a draft again, which nobody else sees."""
        self._one(remote_id)
        made = self.asks("PUT", f"/articles/{remote_id}", json={"article": {"published": False}}).data
        if not is_article(made):
            raise self.unreadable()
        return posted(made)

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """likes (reactions), comments and views, of all articles in as few calls as there are pages."""
        wanted = set(remote_ids)
        return {str(one["id"]): numbers(one) for one in self._all() if str(one["id"]) in wanted}

    def _one(self, remote_id: str) -> dict[str, Any]:
        if not remote_id.isdigit():
            raise Refused("That is no article of dev.to. Look for it there.")
        try:
            found = next((one for one in self._all() if str(one["id"]) == remote_id), None)
        except NotThere:
            found = None
        if found is None:
            raise Refused("The article is not at dev.to any more. Publish it anew.")
        return found

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error: as everywhere, with a canonical address that is taken told apart."""
        words = self.words(answer)
        if answer.status == 422 and "canonical url has already been taken" in words.lower():
            return Taken(f"dev.to has an article with this canonical address already. {self.says(words)}Change it.")
        if answer.status == 404:
            return NotThere(f"dev.to has nothing there. {self.says(words)}Look at the account.")
        return super().sorted_problem(answer, creates)


def markdown(html: str) -> str:
    """The HTML of an article as Forem takes it inside Markdown, without its own template language in it."""
    return LIQUID.sub("&#123;", html.strip())


def tags_of(draft: Draft) -> list[str]:
    """At most four tags of a-z and 0-9."""
    names = (re.sub(r"[^a-z0-9]", "", name.lower()) for name in tag_names(draft.tags))
    return list(dict.fromkeys(name for name in names if name))[:MOST_TAGS]


def posted(article: Mapping[str, Any]) -> Posted:
    """An article as dev.to describes it."""
    url = article.get("url")
    note = (
        "" if article.get("published", True) else "It is there as a draft: nobody sees it before you publish it there."
    )
    return Posted(str(article["id"]), url if isinstance(url, str) else "", state(article), note)


def state(article: Mapping[str, Any]) -> str:
    """What its words are known by; "" where dev.to does not send them."""
    words = article.get("body_markdown")
    return hashlib.sha256(words.encode()).hexdigest()[:40] if isinstance(words, str) else ""


def is_article(found: Any) -> bool:
    """Whether it is an article, with an id."""
    return isinstance(found, dict) and type(found.get("id")) is int


def numbers(article: Mapping[str, Any]) -> dict[str, int]:
    """The counts of an article; one that is not sent is left out."""
    names = {"likes": "public_reactions_count", "comments": "comments_count", "views": "page_views_count"}
    return {ours: article[theirs] for ours, theirs in names.items() if type(article.get(theirs)) is int}
