"""What the platforms take, and the three renditions that serve all of them, as data from the platforms' own pages.

A limit with `sure=False` was not found in the platform's own pages: it is a warning, and is shown as such.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from media.video.probing import Probe, Video

MB = 1024**2
GB = 1024**3
MINUTE = 60.0


@dataclass(frozen=True)
class Rendition:
    """A shape that we make, in pixels."""

    name: str
    label: str
    width: int
    height: int


@dataclass(frozen=True)
class Limit:
    """The least and the most that is taken, None where there is no end. sure: the platform says so itself."""

    least: float | None = None
    most: float | None = None
    sure: bool = True

    def allows(self, value: float) -> bool:
        """Whether a value lies in it."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


ANY = Limit()


@dataclass(frozen=True)
class PlatformVideo:
    """What one platform takes.

    aspect: width divided by height; width, height: pixels; rendition: the one of ours that looks best there; sizes:
    those the platform recommends; note: what no number says.
    """

    name: str
    label: str
    rendition: str
    aspect: Limit = ANY
    width: Limit = ANY
    height: Limit = ANY
    sizes: tuple[tuple[int, int], ...] = ()
    seconds: Limit = ANY
    bytes: Limit = ANY
    fps: Limit = ANY
    containers: tuple[str, ...] = ("mp4", "mov")
    codecs: tuple[str, ...] = ("h264",)
    note: str = ""


RENDITIONS = {
    made.name: made
    for made in (
        Rendition("landscape", "Landscape 16:9", 1280, 720),
        Rendition("square", "Square 1:1", 1080, 1080),
        Rendition("vertical", "Vertical 9:16", 1080, 1920),
    )
}
PLATFORMS = {
    taken.name: taken
    for taken in (
        PlatformVideo(
            "x", "X", "landscape", aspect=Limit(1 / 3, 3), width=Limit(32, 1280), height=Limit(32, 1280),
            sizes=((1280, 720), (720, 1280), (720, 720)), seconds=Limit(0.5, 140), bytes=Limit(most=512 * MB),
            fps=Limit(most=60), containers=("mp4",), note="1080p is for subscribers.",
        ),
        PlatformVideo(
            "linkedin", "LinkedIn", "landscape", aspect=Limit(1 / 2.4, 2.4, sure=False),
            seconds=Limit(3, 30 * MINUTE, sure=False), bytes=Limit(75 * 1024, 500 * MB, sure=False),
            containers=("mp4",),
        ),
        PlatformVideo(
            "facebook", "Facebook feed", "landscape", seconds=Limit(most=240 * MINUTE, sure=False),
            bytes=Limit(most=10 * GB, sure=False),
        ),
        PlatformVideo(
            "facebook_reels", "Facebook Reels", "vertical", aspect=Limit(0.56, 0.57), sizes=((1080, 1920),),
            seconds=Limit(3, 90, sure=False), bytes=Limit(most=1 * GB, sure=False),
        ),
        PlatformVideo(
            "instagram", "Instagram Reels", "vertical", aspect=Limit(0.01, 10), width=Limit(most=1920),
            sizes=((1080, 1920),), seconds=Limit(3, 15 * MINUTE, sure=False), bytes=Limit(most=300 * MB, sure=False),
            fps=Limit(23, 60, sure=False), codecs=("h264", "hevc"), note="The index at the front and no edit lists.",
        ),
        PlatformVideo(
            "instagram_story", "Instagram Story", "vertical", aspect=Limit(0.01, 10), width=Limit(most=1920),
            sizes=((1080, 1920),), seconds=Limit(3, 60), bytes=Limit(most=100 * MB, sure=False),
            fps=Limit(23, 60, sure=False), codecs=("h264", "hevc"),
        ),
        PlatformVideo(
            "threads", "Threads", "vertical", width=Limit(most=1920), seconds=Limit(most=5 * MINUTE),
            bytes=Limit(most=1 * GB, sure=False), codecs=("h264", "hevc"),
        ),
        PlatformVideo(
            "tiktok", "TikTok", "vertical", width=Limit(720), height=Limit(720), bytes=Limit(most=4 * GB, sure=False),
            fps=Limit(23, 60), containers=("mp4", "webm", "mov"),
            note="How long a video may be depends on the account (max_video_post_duration_sec).",
        ),
        PlatformVideo(
            "youtube", "YouTube", "landscape", seconds=Limit(most=12 * 60 * MINUTE), bytes=Limit(most=256 * GB),
            containers=("mp4", "mov", "webm", "matroska", "avi"), codecs=("h264", "hevc", "vp9", "av1", "mpeg4"),
        ),
        PlatformVideo(
            "youtube_shorts", "YouTube Shorts", "vertical", aspect=Limit(most=1), seconds=Limit(most=3 * MINUTE),
        ),
        PlatformVideo(
            "mastodon", "Mastodon", "landscape", bytes=Limit(most=99 * MB), containers=("mp4", "mov", "webm"),
            codecs=("h264", "hevc", "vp8", "vp9"), note="The limit is the instance's own; it makes the video anew.",
        ),
        PlatformVideo(
            "bluesky", "Bluesky", "landscape", seconds=Limit(most=3 * MINUTE, sure=False), bytes=Limit(most=100 * MB),
            containers=("mp4",), note="Captions as WebVTT of at most 20 KB.",
        ),
        PlatformVideo("telegram", "Telegram", "landscape", bytes=Limit(most=50 * MB), containers=("mp4",)),
        PlatformVideo("discord", "Discord", "landscape", bytes=Limit(most=10 * MB), containers=("mp4", "mov", "webm")),
        PlatformVideo(
            "pinterest", "Pinterest", "vertical", sizes=((1000, 1500), (1080, 1920), (1080, 1080)),
            seconds=Limit(4, 15 * MINUTE, sure=False), bytes=Limit(most=2 * GB, sure=False),
        ),
    )
}  # fmt: skip


def fits(probe: "Probe", platform: str) -> list[str]:
    """Say what of a file a platform does not take; nothing where all fits. A limit we are not sure of is said to be so.

    Raises KeyError for a platform that is not in PLATFORMS.
    """
    taken = PLATFORMS[platform]
    found = [
        *_range(taken, taken.seconds, probe.seconds, "lasts", _seconds),
        *_range(taken, taken.bytes, probe.bytes, "has", _bytes),
    ]
    if probe.video is None:
        return [f"{taken.label} needs a picture; this file has only sound.", *found]
    if probe.container not in taken.containers:
        found.append(f"{taken.label} takes {_list(taken.containers)}; this is {probe.container}.")
    return found + _picture(taken, probe.video)


def verdicts(probe: "Probe") -> list[tuple[str, list[str]]]:
    """(label, problems) of every platform, in the order of the list; no problems where all fits."""
    return [(taken.label, fits(probe, name)) for name, taken in PLATFORMS.items()]


def _picture(taken: PlatformVideo, video: "Video") -> list[str]:
    found = [
        *_range(taken, taken.aspect, video.width / video.height, "has a shape of", lambda value: f"{value:.2f} : 1"),
        *_range(taken, taken.width, video.width, "has a width of", _pixels),
        *_range(taken, taken.height, video.height, "has a height of", _pixels),
        *_range(taken, taken.fps, video.fps, "has", lambda value: f"{value:g} frames per second"),
    ]
    if video.codec not in taken.codecs:
        found.append(f"{taken.label} takes {_list(taken.codecs)}; the picture of this one is {video.codec}.")
    return found


def _range(taken: PlatformVideo, limit: Limit, value: float, verb: str, show: Callable[[float], str]) -> list[str]:
    if limit.allows(value):
        return []
    if limit.least is not None and value < limit.least:
        bound = f"at least {show(limit.least)}"
    else:
        bound = f"at most {show(limit.most or 0)}"
    doubt = "" if limit.sure else " (a limit we are not sure of)"
    return [f"{taken.label} takes {bound}{doubt}; this one {verb} {show(value)}."]


def _seconds(value: float) -> str:
    return (
        f"{value / MINUTE:g} minutes" if value >= 3 * MINUTE and value % MINUTE == 0 else f"{round(value, 1):g} seconds"
    )


def _bytes(value: float) -> str:
    for unit, size in (("GB", GB), ("MB", MB)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1024:.3g} KB"


def _pixels(value: float) -> str:
    return f"{value:.0f} pixels"


def _list(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
