"""Files on their way to LinkedIn: a place is asked for, the bytes are put there, a video is finished and waited for."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from integrations.errors import RateLimited, Refused
from integrations.platforms.base import Draft, Medium
from integrations.platforms.linkedin_asking import LinkedInAsking, in_path

POLL_SECONDS = 2.0
LONGEST_WAIT = 30.0  # seconds in one try; the job comes back for the rest
AGAIN_SECONDS = 15.0
IMAGE_SECONDS = 2.0  # a member may not ask whether a picture is ready: it is given this long
FRESH_SECONDS = 12 * 3600.0

Save = Callable[[dict[str, Any]], None]


class LinkedInMedia(LinkedInAsking):
    """An account that can upload files."""

    def upload(self, name: str, one: Medium, owner: str, prepared: dict[str, Any], save: Save) -> None:
        """Upload a file unless an earlier try has; raises RateLimited while a video is worked on."""

        def keep(**what: Any) -> None:
            save({"media": prepared.get("media", {}) | {name: what}})

        kept = prepared.get("media", {}).get(name, {})
        if not kept.get("urn") or time.time() - kept.get("at", 0) > FRESH_SECONDS:
            urn = self._send_video(one, owner) if one.is_video else self._send_image(one, owner)
            kept = {"urn": urn, "at": int(time.time())}
            keep(**kept)
        if not kept.get("ready"):
            try:
                self._wait(kept["urn"], one) if one.is_video else time.sleep(IMAGE_SECONDS)
            except Refused:
                keep()
                raise
            keep(**kept | {"ready": True})

    def urns(self, draft: Draft, prepared: Mapping[str, Any]) -> list[str]:
        """What LinkedIn calls the files of a draft."""
        kept = prepared.get("media", {})
        return [str(kept.get(f"{draft.key}:{number}", {}).get("urn", "")) for number in range(len(draft.media))]

    def _begin(self, kind: str, wanted: dict[str, Any]) -> dict[str, Any]:
        body = {"initializeUploadRequest": wanted}
        data = self.asks("POST", f"/rest/{kind}?action=initializeUpload", json=body).data
        value = data.get("value") if isinstance(data, dict) else None
        if not isinstance(value, dict):
            raise self.unreadable()
        return value

    def _send_image(self, one: Medium, owner: str) -> str:
        value = self._begin("images", {"owner": owner})
        url, urn = value.get("uploadUrl"), value.get("image")
        if not isinstance(url, str) or not isinstance(urn, str):
            raise self.unreadable()
        with one.open() as file:
            self.send_bytes(url, file.read(), one.mime)
        return urn

    def _send_video(self, one: Medium, owner: str) -> str:
        wanted = {"owner": owner, "fileSizeBytes": one.size, "uploadCaptions": False, "uploadThumbnail": False}
        value = self._begin("videos", wanted)
        urn, parts = value.get("video"), value.get("uploadInstructions")
        if not isinstance(urn, str) or not isinstance(parts, list) or not all(is_part(part) for part in parts):
            raise self.unreadable()
        tags = []
        with one.open() as file:
            for part in parts:
                file.seek(part["firstByte"])
                content = file.read(part["lastByte"] - part["firstByte"] + 1)
                tag = self.send_bytes(part["uploadUrl"], content).headers.get("etag", "").strip('"')
                if not tag:
                    raise self.unreadable()
                tags.append(tag)
        done = {"video": urn, "uploadToken": value.get("uploadToken", ""), "uploadedPartIds": tags}
        body = {"finalizeUploadRequest": done}
        self.asks("POST", "/rest/videos?action=finalizeUpload", json=body, wants_json=False)
        return urn

    def _wait(self, urn: str, one: Medium) -> None:
        until = time.monotonic() + LONGEST_WAIT
        while True:
            data = self.asks("GET", f"/rest/videos/{in_path(urn)}").data
            status = data.get("status") if isinstance(data, dict) else None
            if status == "AVAILABLE":
                return
            if status == "PROCESSING_FAILED":
                raise Refused(f"LinkedIn cannot use {one.name}. Choose another video.")
            if time.monotonic() + POLL_SECONDS > until:
                raise RateLimited(f"LinkedIn is still working on {one.name}. It is asked again.", AGAIN_SECONDS)
            time.sleep(POLL_SECONDS)


def is_part(part: Any) -> bool:
    """Whether it says which bytes go where."""
    numbers = ("firstByte", "lastByte")
    return (
        isinstance(part, dict)
        and isinstance(part.get("uploadUrl"), str)
        and all(type(part.get(name)) is int and part[name] >= 0 for name in numbers)
    )
