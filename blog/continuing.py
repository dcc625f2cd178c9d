"""Continuous mode: the next small batch follows the one that has ended."""

from django.utils import timezone

from ai import choosing, editions
from blog import prompts
from blog.batches import enqueue_batch
from blog.models import Batch, Pick
from blog.pacing import next_start
from integrations.errors import OutsideError
from jobs.running import Run


def plan_next(batch: Batch, run: Run) -> Batch | None:
    """In continuous mode, order the next small batch after a pause, tomorrow when the daily cap is reached.

    Nothing is planned when it was stopped, or when this one found no title any more.
    """
    if batch.mode != Batch.Mode.CONTINUOUS or hasattr(batch, "next"):
        return None
    if not batch.picks.filter(state=Pick.State.WRITTEN).exists():
        why = "No post came out of this batch" if batch.picks.exists() else "No title is left"
        run.log(f"{why}: the continuous run ends here", "warning")
        return None
    user = run.job.user or batch.user
    try:
        chain = choosing.chain_for(batch.model_id, user, batch.tenant)
    except OutsideError as error:
        run.log(f"The continuous run ends here: {error}", "error")
        return None
    run_at, reason = next_start(batch.tenant, timezone.now())
    with run.owned():
        following = Batch.objects.select_for_update().get(pk=batch.pk)
        if following.stop_requested_at:
            return None
        following.pk = None
        following._state.adding = True
        following.user, following.key_owner = user, chain.links[0].key_owner
        following.fallbacks, following.on_errors = chain.stored(), sorted(chain.kinds)
        following.prompt_edition = editions.in_use(batch.tenant, prompts.POST.name)
        following.previous, following.state, following.note = batch, Batch.State.DELAYED, reason
        following.created_at = timezone.now()
        following.save()
        job = enqueue_batch(following, user, run_at=run_at, reason=reason)
    run.log(f"The next batch follows as {job.pk}: {reason}")
    return following
