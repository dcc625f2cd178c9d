"""The tasks of the AI room. Their queue, limits and retries stand in config/queues.py."""

from accounts.models import Tenant
from ai import lots, syncing, trials
from ai.models import Trial
from jobs.declaring import Payload, task
from jobs.running import Run


class Lists(Payload):
    """Which lists to read, and with whose keys: those of a workspace, or all there are."""

    tenant_id: int | None = None
    provider: str = ""


@task
def sync_models(run: Run, lists: Lists) -> dict[str, object]:
    """Read the providers' lists of models, and warn of those that retire."""
    tenant = Tenant.objects.get(pk=lists.tenant_id) if lists.tenant_id else None
    return {"read": [read.as_json() for read in syncing.sync(lists.provider, tenant)]}


@task
def poll_lots(run: Run) -> dict[str, object]:
    """Look at what the providers work on in their cheaper lanes."""
    return dict(lots.poll())


class OneTrial(Payload):
    """The trial to carry out."""

    trial_id: int


@task
def carry_out_trial(run: Run, order: OneTrial) -> dict[str, object]:
    """Make the calls of a trial again."""
    trial = Trial.objects.select_related("tenant", "user", "model").get(pk=order.trial_id)
    return trials.carry_out(trial, run)
