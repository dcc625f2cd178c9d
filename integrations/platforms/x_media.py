"""Files on their way to X: pictures in one request, GIFs and videos in pieces, attached by their ids."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from integrations.errors import Overloaded, Refused
from integrations.platforms.base import Draft, Medium
from integrations.platforms.x_asking import XAsking

PIECE_BYTES = 1_000_000
LONGEST_WAIT = 90.0  # seconds in one try; the job comes back for the rest
LONGEST_PAUSE = 30.0
FRESH_SECONDS = 12 * 3600.0  # X keeps a file that no post has for a day

Save = Callable[[dict[str, Any]], None]


class XMedia(XAsking):
    """An account that can upload files."""

    def upload(self, name: str, one: Medium, prepared: dict[str, Any], save: Save) -> None:
        """Upload a file unless an earlier try has, describe it, and wait until X is done with it.

        Raises Overloaded while it is not, Refused where X cannot use the file.
        """

        def keep(**what: Any) -> None:
            save({"media": prepared.get("media", {}) | {name: what}})

        kept = prepared.get("media", {}).get(name, {})
        if not kept.get("id") or time.time() - kept.get("at", 0) > FRESH_SECONDS:
            kept = {"id": self._send_file(one), "at": int(time.time())}
            keep(**kept)
        if not kept.get("ready"):
            try:
                self._wait(kept["id"], one)
            except Refused:
                keep()
                raise
            self._describe(kept["id"], one)
            keep(**kept | {"ready": True})

    def media_ids(self, draft: Draft, prepared: Mapping[str, Any]) -> list[str]:
        """What X calls the files of a draft."""
        kept = prepared.get("media", {})
        return [str(kept.get(f"{draft.key}:{number}", {}).get("id", "")) for number in range(len(draft.media))]

    def _send_file(self, one: Medium) -> str:
        if category(one) == "tweet_image":
            with one.open() as file:
                return self._id_of(
                    self.asks(
                        "POST",
                        "/media/upload",
                        files={"media": (one.name, file, one.mime)},
                        data={"media_category": "tweet_image", "media_type": one.mime},
                        uploads=True,
                    )
                )
        wanted = {"media_type": one.mime, "total_bytes": one.size, "media_category": category(one)}
        media_id = self._id_of(self.asks("POST", "/media/upload/initialize", json=wanted))
        with one.open() as file:
            for number, piece in enumerate(iter(lambda: file.read(PIECE_BYTES), b"")):
                self.asks(
                    "POST",
                    f"/media/upload/{media_id}/append",
                    data={"segment_index": str(number)},
                    files={"media": (one.name, piece, "application/octet-stream")},
                    wants_json=False,
                    uploads=True,
                )
        self.asks("POST", f"/media/upload/{media_id}/finalize")
        return media_id

    def _id_of(self, answer: Any) -> str:
        found = self.data_of(answer).get("id")
        if not isinstance(found, str) or not found.isalnum():
            raise self.unreadable()
        return found

    def _wait(self, media_id: str, one: Medium) -> None:
        """Wait until a video or GIF is worked through; a picture is at once."""
        if category(one) == "tweet_image":
            return
        until = time.monotonic() + LONGEST_WAIT
        while True:
            wanted = {"command": "STATUS", "media_id": media_id}
            info = self.data_of(self.asks("GET", "/media/upload", params=wanted)).get("processing_info")
            info = info if isinstance(info, dict) else {"state": "succeeded"}
            state = info.get("state")
            if state == "succeeded":
                return
            if state == "failed":
                error = info.get("error")
                words = str(error.get("message", "")) if isinstance(error, dict) else ""
                raise Refused(f"X cannot use {one.name}. {self.says(words)}Choose another file.")
            pause = info.get("check_after_secs")
            pause = min(float(pause), LONGEST_PAUSE) if isinstance(pause, int | float) and pause > 0 else 1.0
            if time.monotonic() + pause > until:
                raise Overloaded(f"X is still working on {one.name}. It is asked again.")
            time.sleep(pause)

    def _describe(self, media_id: str, one: Medium) -> None:
        if one.alt:
            body = {"id": media_id, "metadata": {"alt_text": {"text": one.alt}}}
            self.asks("POST", "/media/metadata", json=body, wants_json=False)


def category(one: Medium) -> str:
    """What X calls a kind of file."""
    if one.is_video:
        return "tweet_video"
    return "tweet_gif" if one.mime == "image/gif" else "tweet_image"
