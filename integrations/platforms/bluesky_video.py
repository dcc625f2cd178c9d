"""A video's way to Bluesky: another host takes it, works on it, and lays it at the account's server as a blob."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from integrations.errors import OutsideError, Overloaded, Refused
from integrations.platforms.base import Medium
from integrations.platforms.bluesky_session import BlueskySession
from integrations.platforms.remote import Answer

POLL_SECONDS = 2.0
LONGEST_WAIT = 90.0  # seconds in one try; the job comes back for the rest
TOKEN_SECONDS = 1800  # getServiceAuth gives no longer ones for a method


class VideoThere(Refused):
    """The same video was uploaded before; job is what works on it."""

    def __init__(self, job: str) -> None:
        super().__init__("Bluesky has this video already.")
        self.job = job


class BlueskyVideo(BlueskySession):
    """An account that can upload a video. video_url is where videos go: one place for all servers."""

    video_url = "https://video.bsky.app"

    def video_blob(self, one: Medium, job: str, keep_job: Callable[[str], None]) -> dict[str, Any]:
        """Upload a video, or go on with the job of an earlier try, and return its blob.

        keep_job is told the job's name, and "" where it came to nothing. Raises Overloaded while it is worked on.
        """
        if not job:
            job = self._send_video(one)
            keep_job(job)
        until = time.monotonic() + LONGEST_WAIT
        while True:
            status = self._job(job, keep_job)
            blob, state = status.get("blob"), status.get("state")
            if isinstance(blob, dict):
                return blob
            if state == "JOB_STATE_FAILED":
                keep_job("")
                words = self.says(str(status.get("message") or status.get("error") or ""))
                raise Refused(f"{self.label} cannot use the video {one.name}. {words}Choose another.")
            if time.monotonic() > until:
                raise Overloaded(f"{self.label} is still working on the video {one.name}. It is asked again.")
            time.sleep(POLL_SECONDS)

    def _send_video(self, one: Medium) -> str:
        account = self.signed_in()
        wanted: dict[str, Any] = {
            "aud": f"did:web:{(account['host'] or urlsplit(self.root).netloc).replace(':', '%3A')}",
            "lxm": "com.atproto.repo.uploadBlob",
            "exp": int(time.time()) + TOKEN_SECONDS,
        }
        token = self.asks("GET", "com.atproto.server.getServiceAuth", params=wanted).data
        if not isinstance(token, dict) or not isinstance(token.get("token"), str):
            raise self.unreadable()
        try:
            with one.open() as file:
                answer = self.call(
                    "POST",
                    f"{self.video_url}/xrpc/app.bsky.video.uploadVideo",
                    params={"did": account["did"], "name": one.name},
                    headers={"Authorization": f"Bearer {token['token']}", "Content-Type": one.mime},
                    data=file,
                    uploads=True,
                )
        except VideoThere as there:
            return there.job
        job = job_status(answer).get("jobId")
        if not isinstance(job, str) or not job:
            raise self.unreadable()
        return job

    def _job(self, job: str, keep_job: Callable[[str], None]) -> dict[str, Any]:
        try:
            answer = self.call(
                "GET",
                f"{self.video_url}/xrpc/app.bsky.video.getJobStatus",
                params={"jobId": job},
            )
        except Refused:
            keep_job("")
            raise Overloaded(f"{self.label} knows nothing of the video any more. It is uploaded again.") from None
        return job_status(answer)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error; the video host names the job of a video that it has (409 already_exists)."""
        job = job_status(answer).get("jobId")
        if answer.status == 409 and isinstance(job, str) and job:
            return VideoThere(job)
        return super().sorted_problem(answer, creates)


def job_status(answer: Answer) -> dict[str, Any]:
    """How a job stands. The lexicon wraps it in jobStatus, the host's uploadVideo answers without."""
    data = answer.data if isinstance(answer.data, dict) else {}
    inner = data.get("jobStatus")
    return inner if isinstance(inner, dict) else data
