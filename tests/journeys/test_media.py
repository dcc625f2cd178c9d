"""Media through the queues: cards, videos and their variants are made, and kills at any moment leave nothing behind."""

import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from desk.trials import processes
from tests.journeys.conftest import ONCE
from tests.media.clips import Clip, make

pytestmark = pytest.mark.journey
ORDER = """
import json
from pathlib import Path
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import Tenant, User
from media import ordering, uploading
from media.orders import PictureOrder, VideoOrder
who = dict(tenant=Tenant.objects.get(slug="demo"), user=User.objects.get(username="demo"))
content = Path("{clip}").read_bytes()
jobs = []
for number in range({count}):
    order = PictureOrder(prompt=f"Card {number}", brand_id="test-brand", dimensions=dict(width=900, height=600))
    jobs.append(ordering.draw(order, **who)[1].pk)
    media, job = uploading.take(SimpleUploadedFile("clip.mp4", content), **who)
    jobs.append(job.pk)
    jobs.append(ordering.process(media, VideoOrder(variants=["vertical", "square"]), user=who["user"])[1].pk)
print(json.dumps(jobs))
"""
SWEEP = """
from datetime import timedelta
from jobs.models import Job
from media import sweeping
from tests.journeys.conftest import ONCE
Job.objects.filter(state="failed").delete()
sweeping.AGE = timedelta(0)
sweeping.sweep()
"""
FREE = json.dumps({"video-processing": {"per_minute": 1000}, "image.generate": {"per_minute": 1000}})
KILLS = [pytest.param(3), pytest.param(50, marks=[pytest.mark.full, pytest.mark.timeout(900)])]


def order(stack: Any, count: int, clip: Path) -> list[str]:
    out = stack.manage("shell", "-v", "0", "-c", ORDER.replace("{clip}", str(clip)).replace("{count}", str(count)))
    return list(json.loads(out.splitlines()[-1]))


def states(stack: Any, jobs: list[str]) -> set[str]:
    return {stack.state(job) for job in jobs}


def orphans(stack: Any) -> set[str]:
    """Stored files that no row of the library knows."""
    root = stack.var_dir / "media"
    known = {row[0] for row in stack.sql("SELECT file FROM media_mediafile")}
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - known


def of_one(name: str, drawings: set[int]) -> bool:
    """Whether a stored file is the answer that one of the drawings got."""
    return any(f"/drawing-{pk}/original." in name for pk in drawings)


def work_folders(stack: Any) -> list[Path]:
    root = stack.var_dir / "work"
    return list(root.iterdir()) if root.is_dir() else []


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make(tmp_path / "clip.mp4", Clip(seconds=2))


def test_cards_and_videos_with_their_variants(stack: Any, clip: Path) -> None:
    jobs = order(stack, 1, clip)
    stack.start_worker()
    assert [stack.wait_for_end(job, 60) for job in jobs] == ["completed"] * 3
    made = {row[0] for row in stack.sql("SELECT variant FROM media_mediafile WHERE variant <> ''")}
    assert made >= {"thumbnail", "poster", "thumbnail-5", "sound", "vertical-crop", "square-crop"}
    assert orphans(stack) == set()
    stack.wait_for(lambda: not work_folders(stack), 10)


@ONCE
@pytest.mark.parametrize("kills", KILLS)
def test_kills_at_any_moment_leave_nothing_behind(stack: Any, clip: Path, kills: int) -> None:
    """Workers with their children, and children alone; all work is done in the end, or says why not."""
    chance = random.Random(kills)
    stack.env["QUEUE_LIMITS"] = FREE
    jobs: list[str] = []
    worker = stack.start_worker()
    for number in range(kills):
        if sum(stack.state(job) in ("completed", "failed") for job in jobs) >= len(jobs) - 3:
            jobs += order(stack, 2, clip)
        time.sleep(chance.uniform(0.2, 3.0))
        children = processes.tree(worker.pid)[1:]
        if number % 3 == 2 and children:
            for pid in children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            worker.kill()
            worker.wait()
            worker = stack.start_worker()
    stack.wait_for(lambda: states(stack, jobs) <= {"completed", "failed"}, 60 + 5 * kills)
    failed = stack.sql("SELECT failed_code FROM jobs_job WHERE state = 'failed'")
    assert {row[0] for row in failed} <= {"poison"}
    stack.wait_for(lambda: not work_folders(stack), 15)
    # What was paid for waits for a person's retry, as long as the failed job is there.
    resumable = {row[0] for row in stack.sql("SELECT id FROM media_drawing WHERE state = 'failed'")}
    assert {name for name in orphans(stack) if not of_one(name, resumable)} == set()
    stack.manage("shell", "-v", "0", "-c", SWEEP)
    assert orphans(stack) == set()
    again = "SELECT count(*) FROM (SELECT 1 FROM media_mediafile WHERE variant <> '' GROUP BY parent_id, variant"
    assert stack.sql(f"{again} HAVING count(*) > 1) AS twice")[0][0] == 0
