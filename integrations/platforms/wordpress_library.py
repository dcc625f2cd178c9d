"""What an article needs in WordPress before it: its picture in the media library, and its tags by their numbers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from integrations.platforms.articles import tag_names
from integrations.platforms.base import Draft, Medium
from integrations.platforms.wordpress_asking import NotThere, TagExists, WordPressAsking, plain

PER_PAGE = 100  # the most that WordPress gives at once
# WordPress goes by the ending of a file's name.
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}

Save = Callable[[dict[str, Any]], None]


class WordPressLibrary(WordPressAsking):
    """A site that takes pictures and tags."""

    def put_picture(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Upload the featured image with its alt text, unless an earlier try has and it is still there."""
        if not draft.media:
            return
        one, kept = draft.media[0], prepared.get("media", {}).get(draft.key, {})

        def keep(**what: Any) -> None:
            save({"media": prepared.get("media", {}) | {draft.key: what}})

        if kept.get("id") and not self._has_file(kept["id"]):
            kept = {}
        if not kept.get("id"):
            kept = {"id": self._send_file(one)}
            keep(**kept)
        if one.alt and not kept.get("described"):
            self.asks("POST", f"/media/{kept['id']}", json={"alt_text": one.alt})
            keep(**kept | {"described": True})

    def put_tags(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Find the number of each tag, or make the tag."""
        for name in tag_names(draft.tags):
            if name not in prepared.get("tags", {}):
                save({"tags": prepared.get("tags", {}) | {name: self._tag(name)}})

    def picture_of(self, draft: Draft, prepared: Mapping[str, Any]) -> int:
        """The number of the featured image; 0, as WordPress has it, for none."""
        return int(prepared.get("media", {}).get(draft.key, {}).get("id", 0)) if draft.media else 0

    def tags_of(self, draft: Draft, prepared: Mapping[str, Any]) -> list[int]:
        """The numbers of the tags, in their order."""
        known = prepared.get("tags", {})
        return [known[name] for name in tag_names(draft.tags) if name in known]

    def _has_file(self, number: int) -> bool:
        try:
            self.asks("GET", f"/media/{number}", params={"context": "edit"})
        except NotThere:
            return False
        return True

    def _send_file(self, one: Medium) -> int:
        with one.open() as file:
            content = file.read()
        headers = {"Content-Type": one.mime, "Content-Disposition": f'attachment; filename="{file_name(one)}"'}
        return self.number(self.asks("POST", "/media", headers=headers, data=content, uploads=True).data)

    def _tag(self, name: str) -> int:
        found = self.asks("GET", "/tags", params={"search": name, "per_page": PER_PAGE}).data
        if not isinstance(found, list):
            raise self.unreadable()
        for one in found:
            if isinstance(one, dict) and plain(str(one.get("name"))).casefold() == name.casefold():
                return self.number(one)
        try:
            return self.number(self.asks("POST", "/tags", json={"name": name}).data)
        except TagExists as there:
            return there.term_id

    def number(self, found: Any, creates: bool = False) -> int:
        """The number of what WordPress sent."""
        number = found.get("id") if isinstance(found, dict) else None
        if type(number) is int and number > 0:
            return number
        raise self.unreadable(creates)


def file_name(one: Medium) -> str:
    """A name for a header: ASCII, with the ending of its kind."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", one.name.rpartition(".")[0] or one.name).strip("-.") or "picture"
    return f"{stem[:80]}.{ENDINGS.get(one.mime, one.mime.rpartition('/')[2])}"
