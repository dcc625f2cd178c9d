"""WordPress: a site that somebody runs, through its REST API and an application password.

A post carries a mark with the draft's key in its content. Before one is made it is looked for: under its two slugs, and
then by its mark, as WordPress changes a taken slug without a word, and does not show an author other people's posts.
Only where it is not found it is made. So `publish` can be called again.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import Refused
from integrations.platforms.articles import free_slug, mark_of, marked, posted, slugs_of
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.wordpress_asking import MADE_IN, NoTrash, NotThere, part
from integrations.platforms.wordpress_library import ENDINGS, PER_PAGE, Save, WordPressLibrary

RIGHTS = {"publish_posts": "publish posts", "upload_files": "upload pictures"}


class WordPress(WordPressLibrary):
    """A user of a WordPress site."""

    name: ClassVar[str] = "wordpress"
    label: ClassVar[str] = "WordPress"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("username", "User name", "The name that you log in with.", secret=False),
        Credential("applicationPassword", "Application password", f"{MADE_IN}; not the one that you log in with."),
    )
    # How large a picture may be is the server's affair (upload_max_filesize), and its API does not say.
    limits: ClassVar[Limits] = Limits(text=None, images=1, kinds=tuple(ENDINGS))
    needs_base_url: ClassVar[bool] = True
    takes_articles: ClassVar[bool] = True
    can_look_up = True
    can_delete: ClassVar[bool] = True
    can_update: ClassVar[bool] = True
    can_unpublish: ClassVar[bool] = True
    settle_seconds: ClassVar[float] = 60.0  # PHP works on when the caller has hung up; hosts stop it after 30 or 60 s

    def check(self) -> Profile:
        """Who it is, and in the note which rights are missing."""
        me = self.asks("GET", "/users/me", params={"context": "edit"}).data
        number, name = self.number(me), me.get("name") or me.get("username")
        if not isinstance(name, str):
            raise self.unreadable()
        rights, link = part(me, "capabilities"), me.get("link")
        missing = [words for right, words in RIGHTS.items() if rights and rights.get(right) is not True]
        note = f"This user may not {' or '.join(missing)}. Give them the role Author or Editor." if missing else ""
        url = link if isinstance(link, str) and link.startswith(("https://", "http://")) else ""
        return Profile(str(number), f"{name} at {urlsplit(self.root).hostname}", url, note=note)

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Upload the featured image, and find or make the tags."""
        self.put_picture(draft, prepared, save)
        self.put_tags(draft, prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Make it public, unless it is there already."""
        there, taken = self._found(draft)
        if there:
            return self._posted(there, draft)
        slug = free_slug(draft, taken, self.label)
        body = self.fields(draft, prepared) | {"slug": slug, "status": "publish"}
        made = self.asks("POST", "/posts", creates=True, json=body).data
        return self._posted(self._post(made, creates=True), draft)

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it by its slugs or its mark, whatever state it is in there; not in the trash."""
        there, _taken = self._found(draft)
        return self._posted(there, draft) if there else None

    def fields(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent of an article. WordPress has no field for its canonical address."""
        return {
            "title": draft.title,
            "content": marked(draft),
            "excerpt": draft.excerpt,
            "tags": self.tags_of(draft, prepared),
            "featured_media": self.picture_of(draft, prepared),
        }

    def _found(self, draft: Draft) -> tuple[dict[str, Any] | None, set[str]]:
        """The post of this draft, if it is there, and the slugs that others have."""
        with_slugs = self._posts(slug=",".join(slugs_of(draft)))
        ours = [one for one in with_slugs if mark_of(draft) in raw(one, "content")]
        if not ours:  # WordPress searches comments in the HTML too, so this finds one that was given another slug
            ours = [one for one in self._posts(search=draft.key) if mark_of(draft) in raw(one, "content")]
        return (ours[0] if ours else None), {one["slug"] for one in with_slugs}

    def _posts(self, **wanted: str) -> list[dict[str, Any]]:
        params = {"status": "any", "context": "edit", "per_page": PER_PAGE, **wanted}
        found = self.asks("GET", "/posts", params=params).data
        if not isinstance(found, list):
            raise self.unreadable()
        return [self._post(one) for one in found]

    def _post(self, found: Any, creates: bool = False) -> dict[str, Any]:
        self.number(found, creates)
        if not isinstance(found.get("slug"), str) or not isinstance(part(found, "content").get("raw"), str):
            raise self.unreadable(creates)
        return dict(found)

    def _posted(self, post: Mapping[str, Any], draft: Draft | None) -> Posted:
        status = post.get("status", "publish")
        problem = (
            "" if status == "publish" else f"It is there as {status}: nobody sees it before it is published there."
        )
        version = str(post.get("modified_gmt") or "")
        return posted(str(post["id"]), post.get("link"), version, draft, post["slug"], problem if draft else "")

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def update(self, remote_id: str, version: str, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Put this into the post; slug and state stay. Where exactly this is there already, that is fine.

        version is its modified_gmt, in whole seconds: a change in the second of the last one is not noticed.
        """
        path, fields = self._path(remote_id), self.fields(draft, prepared)
        there = self._ours(path)
        if not version or there.get("modified_gmt") != version:
            if (raw(there, "content"), raw(there, "title")) == (fields["content"], fields["title"]):
                return self._posted(there, draft)
            raise Refused(
                "The post was changed there since it was sent, and nothing was overwritten. Look at it at "
                f"{self.label}, and change it there."
            )
        return self._posted(self._post(self.asks("POST", path, json=fields).data), draft)

    def unpublish(self, remote_id: str) -> Posted:
        """Make it a draft again: nobody sees it, and it stays at the site. Returns its new version."""
        try:
            found = self.asks("POST", self._path(remote_id), json={"status": "draft"}).data
        except NotThere:
            raise Refused(f"The post is not at {self.label} any more. There is nothing to take back.") from None
        return self._posted(self._post(found), None)

    def delete(self, remote_id: str) -> None:
        """Put it in the trash; on a site without one it is gone. One that is gone already is fine."""
        path = self._path(remote_id)
        try:
            self.asks("DELETE", path, wants_json=False)
        except NotThere:
            return
        except NoTrash:
            self.asks("DELETE", path, wants_json=False, params={"force": "true"})

    def _ours(self, path: str) -> dict[str, Any]:
        try:
            post = self._post(self.asks("GET", path, params={"context": "edit"}).data)
        except NotThere:
            post = {"status": "trash"}
        if post.get("status") == "trash":
            raise Refused(f"The post is not at {self.label} any more. Publish it anew.")
        return post

    def _path(self, remote_id: str) -> str:
        if not (remote_id.isascii() and remote_id.isdecimal()):
            raise Refused(f"That is no post of {self.label}. Look for it there.")
        return f"/posts/{remote_id}"


def raw(post: Mapping[str, Any], name: str) -> str:
    """A field as it was written, before WordPress makes HTML of it."""
    return str(part(post, name).get("raw") or "")
