"""Events for webhooks: a row for each endpoint that wants to know, written where the thing happens.

Only rows are written here, in the transaction of what happened; once that is through, or when the clock rings next,
each gets its job.
"""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Tenant
from jobs import accepting
from jobs.models import Job
from publishing.models import Approval, Delivery, Endpoint, Event, Publication

DELIVER = "publishing.tasks.deliver_webhook"
# Deliveries are not announced themselves, and neither is what the house does for itself.
QUIET = {"webhooks", "email-sending", "whatsapp-messages", "approval.notify", "scheduled-posts", "maintenance"}
CHUNK = 500


def announce(tenant: Tenant, event: str, key: str, data: dict[str, Any], *, to: Endpoint | None = None) -> int:
    """Write what is to be told, once per key; returns to how many endpoints."""
    endpoints = [to] if to else list(Endpoint.objects.for_tenant(tenant).filter(is_on=True))
    wanted = [one for one in endpoints if to or event in one.events]
    if not wanted:
        return 0
    body = json.dumps({"type": event, "timestamp": timezone.now().isoformat(), "data": data}, sort_keys=True)
    rows = [Delivery(endpoint=one, event=event, key=key[:200], body=body) for one in wanted]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(hand_over)
    return len(wanted)


def any_waiting() -> bool:
    """Whether the clock has anything to do."""
    return Delivery.objects.without_job().exists()


def hand_over() -> int:
    """Give a job to each delivery that has none; returns to how many. Two at once do no harm."""
    count = 0
    for delivery in Delivery.objects.without_job().select_related("endpoint__tenant").order_by("pk")[:CHUNK]:
        with transaction.atomic():
            if Delivery.objects.filter(pk=delivery.pk, job="").update(job="taken"):
                payload = {"delivery_id": delivery.pk}
                tenant = delivery.endpoint.tenant
                job = accepting.enqueue(DELIVER, tenant=tenant, user=None, request=delivery, payload=payload)
                Delivery.objects.filter(pk=delivery.pk).update(job=job.pk)
                count += 1
    return count


# -- the events -------------------------------------------------------------------------------------------------------


def job_ended(job: Job) -> None:
    """In the transaction that ends a job: it completed, or it failed."""
    if job.tenant is None or job.queue in QUIET or job.state not in ("completed", "failed"):
        return
    data: dict[str, Any] = {"jobId": job.pk, "queue": job.queue, "url": _page("jobs_job", job.pk)}
    if job.state == "completed":
        announce(job.tenant, Event.JOB_COMPLETED, f"{job.pk}-completed", data | {"result": job.result})
    else:
        announce(job.tenant, Event.JOB_FAILED, f"{job.pk}-failed", data | {"failedReason": job.failed_reason})


def published(publication: Publication) -> None:
    """Something is out."""
    data = {"address": publication.url, "publishedAt": _iso(publication.published_at)}
    _about(publication, Event.PUBLISHED, data)


def unconfirmed(publication: Publication) -> None:
    """Nobody knows whether something is out."""
    _about(publication, Event.UNCONFIRMED, {"note": publication.note})


def _about(publication: Publication, event: str, data: dict[str, Any]) -> None:
    account = publication.account
    data |= {"publicationId": publication.pk, "accountId": account.pk, "platform": account.platform}
    data |= {"test": publication.is_test, "url": _page("publishing_publication", publication.pk)}
    announce(publication.tenant, event, f"publication-{publication.pk}-{publication.round}-{event}", data)


def asked(approval: Approval) -> None:
    """Approvers are to decide."""
    names = [one.approver.get_username() for one in approval.asks.select_related("approver")]
    data = {"approvers": names, "dueAt": _iso(approval.due_at), "message": approval.message}
    _of_round(approval, Event.ASKED, data)


def decided(approval: Approval) -> None:
    """A round has its end: approved, or changes wanted."""
    _of_round(approval, Event.DECIDED, {"state": approval.state})


def _of_round(approval: Approval, event: str, data: dict[str, Any]) -> None:
    data |= {"approvalId": approval.pk, "publicationId": approval.publication_id}
    data |= {"url": _page("publishing_publication", approval.publication_id)}
    announce(approval.tenant, event, f"approval-{approval.pk}-{event}", data)


def _page(name: str, pk: Any) -> str:
    return f"{settings.SITE_URL}{reverse(f'admin:{name}_change', args=[pk])}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
