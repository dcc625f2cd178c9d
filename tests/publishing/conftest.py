"""Accounts on the wall, and jobs that run here: no Redis, no network."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts import tokens
from accounts.models import Tenant, User
from jobs import accepting
from jobs.models import Job
from jobs.running import work
from media.models import MediaFile
from publishing import connecting, ordering
from publishing.models import Account, Publication, WallFault, WallPost
from publishing.orders import PublicationOrder


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


@pytest.fixture
def wall(tenant: Tenant, owner: User) -> Callable[..., Account]:
    """An account on the wall that behaves like a kind of platform."""

    def make(behaves: str = "idempotent", name: str = "", tenant: Tenant = tenant) -> Account:
        credentials = {"behaves": behaves}
        return connecting.connect(
            tenant, owner, platform="offline", name=name or f"Wall, {behaves}", credentials=credentials
        )

    return make


@pytest.fixture
def publish(tenant: Tenant, editor: User) -> Callable[..., Publication]:
    """Accept a publication."""

    def accept(account: Account, text: str = "Silent films on Friday", how: Any = None, **order: Any) -> Publication:
        order = {"account_id": account.pk, "text": text, **order}
        made, _job = ordering.publish(PublicationOrder.model_validate(order), tenant=tenant, user=editor, **(how or {}))
        return made

    return accept


def job_of(publication: Publication) -> Job:
    """The newest job of a publication."""
    job = ordering.job_of(publication)
    assert job is not None
    return job


def run(publication: Publication) -> Publication:
    """Run its newest job once, as a worker does."""
    work(job_of(publication).pk, worker="test")
    publication.refresh_from_db()
    return publication


def run_to_the_end(publication: Publication) -> Publication:
    """Run its job again and again, each time when it says it is due."""
    for _turn in range(12):
        if job_of(publication).ended:
            break
        run_when_due(publication)
    return publication


def run_when_due(publication: Publication) -> Publication:
    """Run its newest job now, whatever it waits for; for the database, what it has sent was sent an hour ago."""
    Job.objects.filter(pk=job_of(publication).pk).update(run_at="2020-01-01T00:00:00Z")
    publication.attempts.update(started_at=timezone.now() - timedelta(hours=1))
    return run(publication)


def work_on(queue: str) -> None:
    """Run what waits in a queue, as a worker does."""
    for job in Job.objects.filter(queue=queue, state="waiting"):
        work(job.pk, worker="test")


def fault(account: Account, kind: str, times: int = 1) -> None:
    """Let the next posts on a wall fail."""
    WallFault.objects.create(account=account, kind=kind, times=times)


def posts(account: Account) -> list[str]:
    """What hangs on a wall, the oldest first."""
    return [post.content["text"] for post in WallPost.objects.filter(account=account, deleted_at=None).order_by("pk")]


@pytest.fixture
def call(client: Any, tenant: Any, owner: Any) -> Any:
    """Call the API as somebody: the owner, if nobody else is named."""

    def make(method: str, path: str, body: Any = None, *, user: Any = None, where: Any = tenant, **headers: str) -> Any:
        _row, secret = tokens.issue(user or owner, where, "test")
        send = getattr(client, method.lower())
        more = {"data": body, "content_type": "application/json"} if body is not None else {}
        return send(path, **more, headers={"Authorization": f"Bearer {secret}", **headers})

    return make


@pytest.fixture
def picture(tenant: Tenant, owner: User, settings: Any, tmp_path: Any) -> Any:
    """A picture in the library: `picture("PNG", "RGBA")`."""
    settings.MEDIA_ROOT = tmp_path / "media"
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)

    def make(form: str = "PNG", mode: str = "RGBA", size: tuple[int, int] = (40, 30), **row: Any) -> MediaFile:
        content = io.BytesIO()
        Image.new(mode, size, (200, 10, 10, 0) if mode == "RGBA" else (200, 10, 10)).save(content, form)
        name = default_storage.save(f"1/x.{form.lower()}", ContentFile(content.getvalue()))
        row = {"title": "Robot", "alt_text": "A robot", "width": size[0], "height": size[1], **row}
        return MediaFile.objects.create(
            tenant=tenant, owner=owner, kind="image", file=name, mime=f"image/{form.lower()}",
            bytes=len(content.getvalue()), state="ready", **row,
        )  # fmt: skip

    yield make
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)
