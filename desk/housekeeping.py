"""The nightly clean-up: what nobody needs any more, and a look at the audit trail."""

from django.core.management import call_command
from django.utils import timezone

from accounts import audit, notices
from accounts.models import Invitation
from jobs import retention
from jobs.running import Run
from media import sweeping
from publishing import authorising, delivering, hearing, sharing


def clean_up(run: Run) -> dict[str, object]:
    """Delete expired sessions and old invitations, check the audit trail's chain; returns what was found."""
    run.checkpoint("sessions", 0, "Deleting expired sessions")
    call_command("clearsessions")
    run.checkpoint("invitations", 30, "Deleting expired invitations")
    old, _each = Invitation.objects.filter(accepted_at=None, expires_at__lt=timezone.now()).delete()
    run.checkpoint("jobs", 50, "Deleting old jobs")
    jobs = retention.trim()
    run.checkpoint("media", 55, "Deleting files that nothing names")
    files = sweeping.sweep()
    run.checkpoint("webhooks", 58, "Deleting old deliveries of webhooks")
    deliveries = delivering.clean_up()
    hearing.clean_up()
    authorising.clean_up()
    sharing.clean_up()
    run.checkpoint("audit", 60, "Checking the audit trail")
    problem = audit.verify()
    if problem:
        notices.tell_superusers(
            "The audit trail was changed",
            level="error",
            body=str(problem),
            link="/admin/accounts/auditentry/",
            key=f"audit-broken:{problem}",
        )
    found = {"invitations": old, "jobs": jobs, "files": files, "deliveries": deliveries}
    return {**found, "auditTrail": str(problem) if problem else "whole"}
