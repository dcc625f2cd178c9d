"""What leaves the house: publications that need somebody, accounts that do not work."""

from datetime import timedelta

from django.utils import timezone

from desk.doctor.findings import Finding, Seen, counted, fail, note, ok
from publishing.models import Account, Approval, Message, Publication

STUCK = timedelta(minutes=30)


def publications(seen: Seen) -> Finding:
    """None is stuck, and none waits for a person to say whether it is out."""
    stuck = Publication.objects.deserted().filter(updated_at__lt=timezone.now() - STUCK).count()
    if stuck:
        return fail(
            f"{counted(stuck, 'publication')} said to be on the way, and no job has them.",
            "Report it with the log of the job that each names; nothing of them is sent again by itself.",
        )
    open_ones = Publication.objects.unresolved().count()
    if open_ones:
        return note(
            f"Of {counted(open_ones, 'publication')} nobody knows whether they are out.",
            "Look at the account, then say so on the page of each (Publishing, state Unconfirmed).",
        )
    asked = Approval.objects.filter(state=Approval.State.OPEN, due_at__lt=timezone.now()).count()
    if asked:
        return note(
            f"{counted(asked, 'approval')} should have been decided by now.",
            "Remind the approvers, or let owners decide.",
        )
    return ok("Every publication is out, or waits for its time.")


def accounts(seen: Seen) -> Finding:
    """Every account works."""
    broken = list(Account.objects.filter(state=Account.State.BROKEN).select_related("tenant")[:5])
    if broken:
        names = ", ".join(f"{one} ({one.tenant})" for one in broken)
        return note(f"These accounts need new credentials: {names}.", "Enter them on the page of each account.")
    there = Account.objects.count()
    return ok(f"{counted(there, 'account')} to publish on." if there else "There is no account to publish on yet.")


def messages(seen: Seen) -> Finding:
    """Mails and other messages arrive."""
    day = timezone.now() - timedelta(days=1)
    lost = Message.objects.filter(created_at__gt=day, state__in=("failed", "unknown")).count()
    if lost:
        return note(
            f"{counted(lost, 'message')} of the last day did not go out, or perhaps not.",
            "Read why in the list of messages (Publishing).",
        )
    return ok("Every message of the last day went out.")
