"""Media: how fast a video is processed, and how steadily its progress is told. The steps are those of the job.

The clip is made here: 60 seconds of 1280x720 with as many bits as a phone takes, a moving test card with grain, and a
tone. Each rendition is made in a process of its own, as the job does it.
"""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django

from config.queues import QUEUES
from desk.trials.benching.findings import Finding, table, verdict
from desk.trials.processes import peak_mb
from media.processing import THREADS
from media.video import frames, sound
from media.video.platforms import RENDITIONS
from media.video.probing import probe
from media.video.transcoding import transcode

SECONDS, QUICK_SECONDS = 60, 4
TIMES_REAL_TIME = 2.0
LONGEST_GAP = 1.0  # seconds between two words about the progress
PICTURE = "testsrc2=size=1280x720:rate=30,noise=alls=4:allf=t,format=yuv420p"
SOUND = "sine=frequency=220:beep_factor=4:sample_rate=48000"


def measure(*, quick: bool = False) -> Iterator[Finding]:
    """Speed, progress and memory of each rendition of a 60 s 720p clip."""
    with tempfile.TemporaryDirectory(prefix="pressroom-bench-") as folder:
        seconds = QUICK_SECONDS if quick else SECONDS
        clip = make_clip(Path(folder, "clip.mp4"), seconds)
        rows, worst, gap, peak = [], 1000.0, 0.0, 0.0
        for name in [*RENDITIONS, None]:
            with ProcessPoolExecutor(1, get_context("spawn"), django.setup) as pool:
                found = pool.submit(processed, clip, Path(folder), name).result()
            speed = seconds / found["seconds"]
            worst, gap, peak = min(worst, speed), max(gap, found["gap"]), max(peak, found["peak_mb"])
            rows.append((name or "as it is", found["seconds"], speed, found["gap"], found["told"], found["peak_mb"]))
        limit = next(queue.memory_mb for queue in QUEUES if queue.name == "video-processing")
        yield Finding(
            "video",
            f"{seconds} s of 1280x720",
            f"better than {TIMES_REAL_TIME:.0f} times real time, progress at least once in {LONGEST_GAP:.0f} s, "
            f"below {limit} MB",
            verdict(exact=peak < limit, fast=worst > TIMES_REAL_TIME and gap <= LONGEST_GAP, quick=quick),
            table(["rendition", "s", "x real time", "longest gap s", "times told", "MB"], rows),
            {"slowest": round(worst, 2), "gap": round(gap, 3), "peak_mb": round(peak, 1)},
        )


def processed(clip: Path, folder: Path, name: str | None) -> dict[str, Any]:
    """What a job makes of a clip with one rendition: its seconds, the longest gap of progress, the peak of memory."""
    told = [time.monotonic()]
    began = told[0]

    def on_progress(_done: float) -> None:
        told.append(time.monotonic())

    probe(clip)
    on_progress(0)
    frames.poster(clip, folder / "poster.jpg")
    on_progress(0)
    frames.thumbnails(clip, folder / "shots", on_progress=on_progress)
    sound.extract(clip, folder / "sound.mp3", on_progress=on_progress)
    transcode(clip, folder / f"{name}.mp4", name, on_progress=on_progress, threads=THREADS)
    ended = time.monotonic()
    return {
        "seconds": ended - began,
        "gap": max(after - before for before, after in zip(told, [*told[1:], ended], strict=True)),
        "told": len(told),
        "peak_mb": peak_mb(),
    }


def make_clip(path: Path, seconds: int) -> Path:
    """Write the clip that is measured."""
    import av

    with (
        av.open(PICTURE, format="lavfi") as pictures,
        av.open(SOUND, format="lavfi") as tone,
        av.open(str(path), "w") as out,
    ):
        film: Any = out.add_stream(
            "libx264", rate=30, width=1280, height=720, options={"preset": "veryfast", "crf": "21"}
        )
        track: Any = out.add_stream("aac", rate=48_000)
        heard = tone.decode(audio=0)
        for number, frame in enumerate(pictures.decode(video=0)):
            if number >= 30 * seconds:
                break
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(film.encode(frame))
            for sample in heard:
                out.mux(track.encode(sample))
                if sample.time and sample.time >= number / 30:
                    break
        out.mux(film.encode(None))
        out.mux(track.encode(None))
    return path
