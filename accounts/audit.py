"""The audit trail: who did what, as a hash chain from the first entry on."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEntry, AuditHead, Tenant, User
from config.logs import storable

FIRST = "0" * 64
CHUNK = 1000


@dataclass(frozen=True)
class AuditProblem:
    """Where the chain breaks: the number of the first entry that does not fit, and why."""

    number: int
    problem: str


def record(
    actor: User | str, action: str, *, tenant: Tenant | None = None, target: object = "", **details: Any
) -> AuditEntry:
    """Add one entry to the trail, in the caller's transaction if there is one.

    actor is a person or the name of a program; action reads "thing.done_to_it"; target says which
    thing. details is JSON data and never holds secrets: what looks like a key is blotted out.
    """
    name = actor if isinstance(actor, str) else actor.get_username()
    with transaction.atomic():
        AuditHead.objects.get_or_create(pk=1, defaults={"hash": FIRST})
        head = AuditHead.objects.select_for_update().get(pk=1)
        entry = AuditEntry(
            number=head.count + 1,
            tenant=tenant,
            actor=storable(name)[:150],
            action=storable(action)[:60],
            target=storable(str(target))[:200],
            details=_plain(details),
            at=timezone.now(),
            previous_hash=head.hash,
        )
        entry.hash = entry_hash(entry)
        entry.save(force_insert=True)
        head.count, head.hash = entry.number, entry.hash
        head.save()
    return entry


def verify() -> AuditProblem | None:
    """Walk the whole chain; None when every entry fits, else the first that does not."""
    head = AuditHead.objects.filter(pk=1).first() or AuditHead(count=0, hash=FIRST)
    number, previous = 0, FIRST
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=CHUNK):
        number += 1
        if number > head.count:
            head = AuditHead.objects.filter(pk=1).first() or head  # entries were added meanwhile
        if entry.number != number:
            return AuditProblem(number, "this entry is missing")
        if number > head.count:
            return AuditProblem(number, "this entry was not added by Pressroom: the trail ended before it")
        if entry.previous_hash != previous:
            return AuditProblem(number, "this entry does not continue the one before it")
        if entry_hash(entry) != entry.hash:
            return AuditProblem(number, "this entry was changed after it was written")
        if number == head.count and entry.hash != head.hash:
            return AuditProblem(number, "this entry is not the one the trail ended with")
        previous = entry.hash
    if number < head.count:
        return AuditProblem(number + 1, f"the trail is cut off: {head.count} entries were written, {number} are left")
    return None


def entry_hash(entry: AuditEntry) -> str:
    """The SHA-256 over all fields of an entry and the hash of the one before, in hex."""
    content = {
        "number": entry.number,
        "tenant": entry.tenant_id,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "details": entry.details,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    """The details as JSON gives them back, so that they hash the same when read."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return storable(value)
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, dict):
            return {storable(name): clean(item) for name, item in value.items()}
        return value

    return clean(json.loads(json.dumps(details, cls=DjangoJSONEncoder)))
