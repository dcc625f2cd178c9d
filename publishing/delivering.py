"""Webhooks out: making an endpoint, and posting what waits for it, at least once and under the same id each time.

Receivers drop what they know by its `webhook-id`. What is not taken is repeated after 5 s, 5 min, 30 min, 2 h, 5 h and
10 h, as Standard Webhooks advises; an endpoint that takes nothing for five days is switched off.
"""

import base64
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from ulid import ULID

from accounts import audit
from accounts.models import Tenant
from config.faultpoints import faultpoint
from integrations.addresses import Guard
from integrations.errors import AmbiguousOutcome, OutsideError, PermanentError, RateLimited
from integrations.platforms.signing import PREFIX
from integrations.platforms.webhook import Gone, Webhook
from jobs.models import Job
from jobs.outcomes import Wait
from jobs.running import Run
from publishing import announcing, telling
from publishing.models import Delivery, Endpoint, Event
from publishing.models.webhooks import TEST

State = Delivery.State
BACKOFF = (5, 300, 1800, 7200, 18_000, 36_000)  # seconds
GIVE_UP = timedelta(days=5)
KEEP = timedelta(days=30)


class BadEndpoint(ValueError):
    """An endpoint that cannot be made as it was entered: {field: what is wrong with it}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def add(tenant: Tenant, user: Any, url: str, events: list[str]) -> tuple[Endpoint, str]:
    """Make an endpoint; returns it with its secret, which is shown this once. Raises BadEndpoint."""
    endpoint = Endpoint(tenant=tenant, user=user, url=checked(url), events=wanted(events))
    secret = new_secret()
    endpoint.set_secret(secret)
    try:
        with transaction.atomic():
            endpoint.save()
            audit.record(user, "webhook.added", tenant=tenant, target=endpoint.pk)
    except IntegrityError:
        raise BadEndpoint({"url": "Events are posted to this address already. Change that endpoint."}) from None
    return endpoint, secret


def remove(endpoint: Endpoint, user: Any) -> None:
    """Post nothing there any more; what waits is dropped with it."""
    with transaction.atomic():
        audit.record(user, "webhook.removed", tenant=endpoint.tenant, target=endpoint.pk)
        endpoint.delete()


def checked(url: str) -> str:
    """An address that can be posted to; raises BadEndpoint. Whether its host is public is looked at with each call."""
    url = url.strip()
    try:
        target = Guard(allow_hosts=settings.OUTBOUND_ALLOW_HOSTS).read(url)
    except OutsideError as error:
        raise BadEndpoint({"url": str(error)}) from None
    if target.scheme != "https" and not settings.OUTBOUND_ALLOW_HOSTS:
        raise BadEndpoint({"url": "Events are posted to https:// addresses alone. Correct the address."})
    return url


def wanted(events: list[str]) -> list[str]:
    """The events of a choice, each once, in our order; raises BadEndpoint."""
    unknown = sorted(set(events) - set(Event.values))
    if unknown or not events:
        known = ", ".join(Event.values)
        raise BadEndpoint({"events": f"Choose among {known}."})
    return [name for name in Event.values if name in events]


def new_secret() -> str:
    """A secret as Standard Webhooks has them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def rotate(endpoint: Endpoint, user: Any) -> str:
    """A new secret, returned this once; the one before signs beside it until the next change."""
    secret = new_secret()
    before = endpoint.reveal().split()[:1]
    endpoint.set_secret(" ".join([secret, *before]))
    with transaction.atomic():
        endpoint.save(update_fields=["sealed"])
        audit.record(user, "webhook.secret_changed", tenant=endpoint.tenant, target=endpoint.pk)
    return secret


def send_test(endpoint: Endpoint, user: Any) -> Delivery:
    """Order a test event, whatever the endpoint wants to hear and whether it is on."""
    with transaction.atomic():
        key = f"test-{ULID()}"
        announcing.announce(endpoint.tenant, TEST, key, {"sentBy": user.get_username()}, to=endpoint)
        return Delivery.objects.get(endpoint=endpoint, key=key)


def send_again(delivery: Delivery) -> None:
    """Order it once more, under the same id; one that still waits is left alone."""
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(state=State.WAITING)
    if rows.update(state=State.WAITING, job="", attempts=0, note=""):
        announcing.hand_over()


def deliver(delivery: Delivery, run: Run) -> dict[str, Any]:
    """Post it; returns how it stands, as a job's result. Raises Wait while it is to be tried again."""
    endpoint = delivery.endpoint
    if delivery.state != State.WAITING or delivery.job not in ("", run.id):
        return result(delivery)
    if not endpoint.is_on and delivery.event != TEST:
        return _end(delivery, run, State.FAILED, "The endpoint is switched off.")
    with run.owned():
        Delivery.objects.filter(pk=delivery.pk).update(attempts=F("attempts") + 1)
    delivery.refresh_from_db()
    faultpoint("webhook.armed")
    try:
        keys = {"url": endpoint.url, "secret": endpoint.reveal()}
        Webhook(keys, allow_hosts=settings.OUTBOUND_ALLOW_HOSTS).post(delivery.webhook_id, delivery.body.encode())
    except Gone as error:
        _switch_off(endpoint, run, "It answered 410: it wants nothing any more.")
        return _end(delivery, run, State.FAILED, str(error))
    except PermanentError as error:
        return _end(delivery, run, State.FAILED, str(error))
    except OutsideError as error:
        return _not_yet(delivery, run, error)
    faultpoint("webhook.taken")
    return _end(delivery, run, State.DELIVERED, "")


def _not_yet(delivery: Delivery, run: Run, error: OutsideError) -> dict[str, Any]:
    unclear = isinstance(error, AmbiguousOutcome)
    why = "The endpoint gave no whole answer, or says that it is in trouble." if unclear else str(error)
    if delivery.attempts > len(BACKOFF):
        return _end(delivery, run, State.FAILED, f"{why} It was tried {delivery.attempts} times.")
    _note(delivery.endpoint, run, why, is_well=False)
    seconds = float(BACKOFF[delivery.attempts - 1])
    if isinstance(error, RateLimited):
        seconds = max(seconds, error.retry_after)
    with run.owned():
        Delivery.objects.filter(pk=delivery.pk).update(note=why[:500])
    raise Wait(f"{why} It is posted again.", timezone.now() + timedelta(seconds=seconds))


def _end(delivery: Delivery, run: Run, state: str, note: str) -> dict[str, Any]:
    columns: dict[str, Any] = {"state": state, "note": note[:500]}
    if state == State.DELIVERED:
        columns["delivered_at"] = timezone.now()
    with run.owned():
        Delivery.objects.filter(pk=delivery.pk).update(**columns)
    _note(delivery.endpoint, run, note, is_well=state == State.DELIVERED)
    delivery.refresh_from_db()
    return result(delivery)


def _note(endpoint: Endpoint, run: Run, note: str, *, is_well: bool) -> None:
    """What the last delivery says about the endpoint; one that takes nothing for days is switched off."""
    now = timezone.now()
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    with run.owned():
        if is_well:
            rows.update(last_ok_at=now, failing_since=None, note="")
            return
        rows.update(note=note[:300])
        rows.filter(failing_since=None).update(failing_since=now)
    if rows.filter(failing_since__lt=now - GIVE_UP, is_on=True).exists():
        _switch_off(endpoint, run, f"It has taken nothing for {GIVE_UP.days} days.")


def _switch_off(endpoint: Endpoint, run: Run, why: str) -> None:
    with run.owned():
        if not Endpoint.objects.filter(pk=endpoint.pk, is_on=True).update(is_on=False, note=why[:300]):
            return
        telling.switched_off(endpoint, why)


def result(delivery: Delivery) -> dict[str, Any]:
    """How it stands, as a job's result."""
    return {"deliveryId": delivery.pk, "state": delivery.state}


def job_ended(job: Job) -> None:
    """In the transaction that ends a delivery's job without its task: it is not delivered, and says why."""
    if job.task == announcing.DELIVER and job.state in ("failed", "cancelled"):
        rows = Delivery.objects.filter(pk=job.payload.get("delivery_id"), state=State.WAITING)
        rows.update(state=State.FAILED, note=(job.failed_reason or "Its job was cancelled.")[:500])


def job_retried(job: Job) -> None:
    """In the transaction of a person's retry: it waits again, for this job."""
    if job.task == announcing.DELIVER:
        rows = Delivery.objects.filter(pk=job.payload.get("delivery_id"), state=State.FAILED)
        rows.update(state=State.WAITING, job=job.pk, attempts=0, note="")


def clean_up() -> int:
    """Forget what ended a month ago; returns how many rows."""
    rows = Delivery.objects.filter(created_at__lt=timezone.now() - KEEP).exclude(state=State.WAITING)
    return rows.delete()[0]
