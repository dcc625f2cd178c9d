"""Continuous mode: the next small batch follows the one that has ended."""

from django.utils import timezone

from blog.batches import enqueue_batch
from blog.models import Batch
from blog.pacing import next_start
from jobs.running import Run


def plan_next(batch: Batch, run: Run) -> Batch | None:
    """In continuous mode, order the next small batch after a pause, tomorrow when the daily cap is reached.

    Nothing is planned when it was stopped, or when this one found no title any more.
    """
    if batch.mode != Batch.Mode.CONTINUOUS or hasattr(batch, "next"):
        return None
    if not batch.picks.exists():
        run.log("No title is left: the continuous run ends here", "warning")
        return None
    run_at, reason = next_start(batch.tenant, timezone.now())
    with run.owned():
        following = Batch.objects.select_for_update().get(pk=batch.pk)
        if following.stop_requested_at:
            return None
        following.pk = None
        following._state.adding = True
        following.previous, following.state, following.note = batch, Batch.State.DELAYED, reason
        following.created_at = timezone.now()
        following.save()
        job = enqueue_batch(following, batch.user, run_at=run_at, reason=reason)
    run.log(f"The next batch follows as {job.pk}: {reason}")
    return following
