"""Ghost: a site that somebody runs, through its Admin API and the key of a custom integration.

A post's HTML goes into one HTML card, which keeps it as it is, with a mark that has the draft's key in it. Before a
post is made it is looked for: under its two slugs, and then among the newest posts whose slug begins like it, as Ghost
changes a taken or reserved slug without a word. Only where it is not found it is made, so `publish` can be repeated.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import Refused
from integrations.platforms.articles import free_slug, mark_of, posted, slugs_of, tag_names
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.ghost_asking import MADE_IN, Collision, GhostAsking, NotThere

# Of Ghost's own schema (core/server/data/schema/schema.js), which refuses more.
MOST = {"title": 255, "excerpt": 300, "alt": 191}
NEWEST = 15
CARDS = re.compile(r"<!--\s*kg-card-(?:begin|end):.*?-->", re.DOTALL)  # one of these would end our card

Save = Callable[[dict[str, Any]], None]


class Ghost(GhostAsking):
    """A Ghost site, by the key of an integration."""

    name: ClassVar[str] = "ghost"
    label: ClassVar[str] = "Ghost"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (Credential("adminKey", "Admin API key", f"{MADE_IN}."),)
    # How large a picture may be is the server's or the plan's affair, and the API does not say.
    limits: ClassVar[Limits] = Limits(
        text=None, images=1, kinds=("image/jpeg", "image/png", "image/webp", "image/gif", "image/svg+xml")
    )
    needs_base_url: ClassVar[bool] = True
    takes_articles: ClassVar[bool] = True
    can_look_up = True
    can_delete: ClassVar[bool] = True
    can_update: ClassVar[bool] = True
    can_unpublish: ClassVar[bool] = True
    settle_seconds: ClassVar[float] = 45.0  # a call is given up after 30 s, and Ghost ends what it has begun

    def check(self) -> Profile:
        """Which site it is, and whether the key holds there."""
        site = self.asks("GET", "/site/").data
        site = site.get("site") if isinstance(site, dict) else None
        if not isinstance(site, dict) or not isinstance(site.get("title"), str):
            raise self.unreadable()
        self._posts(
            self.asks("GET", "/posts/", params={"limit": 1, "fields": "id,slug"}).data
        )  # /site/ asks for no key
        url = site["url"] if isinstance(site.get("url"), str) else self.base_url
        return Profile(urlsplit(url).hostname or url, site["title"] or url, url)

    def problems(self, draft: Draft) -> list[str]:
        """As everywhere; besides, Ghost has limits for the title, the excerpt and the alt text."""
        found = super().problems(draft)
        texts = [("title", draft.title), ("excerpt", draft.excerpt), *(("alt", one.alt) for one in draft.media[:1])]
        for name, text in texts:
            if len(text) > MOST[name]:
                label = {"alt": "alt text"}.get(name, name)
                found.append(f"The {label} has {len(text):,} characters; {self.label} takes {MOST[name]}.")
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Upload the feature image."""
        if draft.media and not prepared.get("media", {}).get(draft.key):
            save({"media": prepared.get("media", {}) | {draft.key: self._send_file(draft.media[0])}})

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Make it public, unless it is there already. Nobody gets a mail about it."""
        there, taken = self._found(draft)
        if there:
            return self._posted(there, draft)
        slug = free_slug(draft, taken, self.label)
        body = {"posts": [self.fields(draft, prepared) | {"slug": slug, "status": "published"}]}
        made = self.asks("POST", "/posts/", creates=True, params={"source": "html"}, json=body).data
        return self._posted(self._one(made, creates=True), draft)

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it by its slugs and its mark, whatever state it is in there."""
        there, _taken = self._found(draft)
        return self._posted(there, draft) if there else None

    def fields(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent of an article; null takes away what was there before."""
        picture = prepared.get("media", {}).get(draft.key) if draft.media else None
        return {
            "title": draft.title,
            "html": f"<!--kg-card-begin: html-->{card(draft)}<!--kg-card-end: html-->",
            "tags": tag_names(draft.tags),
            "custom_excerpt": draft.excerpt or None,
            "canonical_url": draft.canonical_url or None,
            "feature_image": picture,
            "feature_image_alt": (draft.media[0].alt or None) if picture else None,
        }

    def _found(self, draft: Draft) -> tuple[dict[str, Any] | None, set[str]]:
        """The post of this draft, if it is there, and the slugs that others have."""
        taken = set()
        for slug in slugs_of(draft):
            try:
                post = self._one(self.asks("GET", f"/posts/slug/{slug}/", params={"formats": "html"}).data)
            except NotThere:
                continue
            if mark_of(draft) in (post.get("html") or ""):
                return post, set()
            taken.add(slug)
        begins = {
            "filter": f"slug:~^'{slugs_of(draft)[0]}'",
            "order": "created_at desc",
            "limit": NEWEST,
            "formats": "html",
        }
        for post in self._posts(self.asks("GET", "/posts/", params=begins).data):
            if mark_of(draft) in (post.get("html") or ""):
                return post, set()
        return None, taken

    def _send_file(self, one: Medium) -> str:
        with one.open() as file:
            form = {"file": (one.name, file, one.mime)}
            data = {"purpose": "image", "ref": one.name}
            found = self.asks("POST", "/images/upload/", files=form, data=data, uploads=True).data
        images = found.get("images") if isinstance(found, dict) else None
        url = images[0].get("url") if isinstance(images, list) and images and isinstance(images[0], dict) else None
        if not isinstance(url, str) or not url:
            raise self.unreadable()
        return url

    def _posts(self, found: Any, creates: bool = False) -> list[dict[str, Any]]:
        posts = found.get("posts") if isinstance(found, dict) else None
        if not isinstance(posts, list) or not all(is_post(one) for one in posts):
            raise self.unreadable(creates)
        return posts

    def _one(self, found: Any, creates: bool = False) -> dict[str, Any]:
        posts = self._posts(found, creates)
        if len(posts) != 1:
            raise self.unreadable(creates)
        return posts[0]

    def _posted(self, post: Mapping[str, Any], draft: Draft | None) -> Posted:
        status = post.get("status", "published")
        problem = (
            "" if status == "published" else f"It is there as {status}: nobody sees it before it is published there."
        )
        version = str(post.get("updated_at") or "")
        return posted(post["id"], post.get("url"), version, draft, post["slug"], problem if draft else "")

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def update(self, remote_id: str, version: str, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Put this into the post; slug and state stay. Where exactly this is there already, that is fine.

        version is its updated_at, which Ghost itself compares.
        """
        path = self._path(remote_id)
        if not version:
            raise Refused(
                f"Nobody knows whether the post was changed at {self.label} in the meantime. Change it there."
            )
        body = {"posts": [self.fields(draft, prepared) | {"updated_at": version}]}
        try:
            found = self.asks("PUT", path, params={"source": "html"}, json=body).data
        except NotThere:
            raise Refused(f"The post is not at {self.label} any more. Publish it anew.") from None
        except Collision as collision:
            there = self._there(path)
            if card(draft) in (there.get("html") or "") and there.get("title") == draft.title:
                return self._posted(there, draft)
            raise collision from None
        return self._posted(self._one(found), draft)

    def unpublish(self, remote_id: str) -> Posted:
        """Make it a draft again: nobody sees it, and it stays at the site. Returns its new version."""
        path = self._path(remote_id)
        change = {"status": "draft", "updated_at": self._there(path).get("updated_at")}
        return self._posted(self._one(self.asks("PUT", path, json={"posts": [change]}).data), None)

    def delete(self, remote_id: str) -> None:
        """Delete it for good: Ghost has no trash. One that is gone already is fine."""
        try:
            self.asks("DELETE", self._path(remote_id), wants_json=False)
        except NotThere:
            return

    def _there(self, path: str) -> dict[str, Any]:
        try:
            return self._one(self.asks("GET", path, params={"formats": "html"}).data)
        except NotThere:
            raise Refused(f"The post is not at {self.label} any more. Publish it anew.") from None

    def _path(self, remote_id: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{24}", remote_id):
            raise Refused(f"That is no post of {self.label}. Look for it there.")
        return f"/posts/{remote_id}/"


def card(draft: Draft) -> str:
    """What is in the HTML card. Ghost keeps only elements of it (html-parser.ts of Koenig), so the mark is in one.

    The mark comes first: whatever the HTML closes too often, it stays.
    """
    return f"<div>{mark_of(draft)}{CARDS.sub('', draft.html.strip())}</div>"


def is_post(found: Any) -> bool:
    """Whether it is a post, with an id and a slug."""
    return isinstance(found, dict) and all(isinstance(found.get(name), str) and found[name] for name in ("id", "slug"))
