"""Approvals that nobody answers: people are reminded, and in the end owners are asked instead. A clock's work."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from publishing import approving
from publishing.models import Approval, Ask, Publication

CHUNK = 200


def any_due() -> bool:
    """Whether the clock has anything to do."""
    return _asks().exists() or _rounds().exists()


def remind() -> dict[str, int]:
    """Remind whoever has not decided, and ask the owners where a round is open for too long; returns how many."""
    found = {"reminded": 0, "escalated": 0}
    for one in _asks().select_related("approval")[:CHUNK]:
        found["reminded"] += _remind(one)
    for approval in _rounds()[:CHUNK]:
        found["escalated"] += escalate(approval) > 0
    return found


def _asks() -> QuerySet[Ask]:
    return Ask.objects.filter(
        state=Ask.State.ASKED, remind_at__lte=timezone.now(), approval__state=Approval.State.OPEN
    ).order_by("remind_at", "pk")


def _rounds() -> QuerySet[Approval]:
    return Approval.objects.filter(state=Approval.State.OPEN, escalate_at__lte=timezone.now()).order_by("pk")


def _remind(one: Ask) -> bool:
    """Write to one person again, once per time. Nobody writes to who left: for the last of them owners are asked."""
    with transaction.atomic():
        approval = _locked(one.approval_id)
        rows = Ask.objects.filter(pk=one.pk, state=Ask.State.ASKED, remind_at=one.remind_at)
        if approval.state != Approval.State.OPEN or not rows.update(remind_at=None):
            return False
        one = approval.asks.select_related("approver").get(pk=one.pk)
        if not approving.may_review(approval.tenant, one.approver):
            others = approval.asks.exclude(pk=one.pk).filter(decided_at=None).select_related("approver")
            if not any(approving.may_review(approval.tenant, other.approver) for other in others):
                _ask_owners(approval)
            return False
        one.reminders += 1
        approval.valid_until = timezone.now() + timedelta(hours=approval.valid_hours)
        approval.save(update_fields=["valid_until"])
        approving.write_to(approval, one)
    return True


def escalate(approval: Approval, by: User | str = "system") -> int:
    """Ask the owners who were not asked yet; they may decide alone. Returns how many."""
    with transaction.atomic():
        approval = _locked(approval.pk)
        return _ask_owners(approval, by) if approval.state == Approval.State.OPEN else 0


def _ask_owners(approval: Approval, by: User | str = "system") -> int:
    made = approving.add_owners(approval)
    if made:
        audit.record(by, "approval.escalated", tenant=approval.tenant, target=approval.publication_id)
    for one in made:
        one.approval = approval
        approving.write_to(approval, one)
    return len(made)


def _locked(pk: int) -> Approval:
    Publication.objects.filter(approvals=pk).locked()
    rows = Approval.objects.select_for_update(of=("self",))
    return rows.select_related("tenant", "user", "publication__account").get(pk=pk)
