"""The tasks of publishing. Their queues, limits and retries stand in config/queues.py."""

from integrations.errors import Unsupported
from jobs.declaring import Payload, task
from jobs.running import Run
from publishing import (
    announcing,
    approving,
    delivering,
    forwarding,
    mailing,
    measuring,
    reminding,
    repeating,
    scheduling,
    taking_off,
    tending,
    texting,
)
from publishing.dispatching import Dispatch
from publishing.models import Approval, Delivery, Message, Publication


class OnePublication(Payload):
    """What to send."""

    publication_id: int


@task
def dispatch(run: Run, order: OnePublication) -> dict[str, object]:
    """Send one publication whose time has come."""
    return _dispatch(run, order)


@task
def post_now(run: Run, order: OnePublication) -> dict[str, object]:
    """Send one publication at once."""
    return _dispatch(run, order)


def _dispatch(run: Run, order: OnePublication) -> dict[str, object]:
    rows = Publication.objects.for_tenant(run.job.tenant).select_related("account", "tenant", "user", "replaces")
    publication = rows.filter(pk=order.publication_id).first()
    if publication is None:
        raise Unsupported("What this job was to send was deleted: there is nothing to do.")
    return Dispatch(publication, run).send()


@task
def take_off(run: Run, order: OnePublication) -> dict[str, object]:
    """Take one publication off its platform."""
    rows = Publication.objects.for_tenant(run.job.tenant).select_related("account", "tenant")
    return taking_off.carry_out(rows.get(pk=order.publication_id), run)


@task
def take_due(run: Run) -> dict[str, object]:
    """Plan what repeats, and hand what is due to the dispatcher."""
    return {"planned": repeating.plan_ahead(), **scheduling.take_due()}


@task
def tend_accounts(run: Run) -> dict[str, object]:
    """Ask every account's platform whether it still works."""
    return tending.tend(run)


class Numbers(Payload):
    """Whose numbers to fetch; empty is all. Days are those of publishing, as 2026-11-28."""

    brand: int | None = None
    account: int | None = None
    platforms: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    metrics: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    nightly: bool = False
    is_test: bool = False


@task
def pull(run: Run, wanted: Numbers) -> dict[str, object]:
    """Fetch the numbers of a workspace's posts."""
    return measuring.Pull(run, wanted).carry_out()


@task
def pull_nightly(run: Run) -> dict[str, object]:
    """Have the numbers of all workspaces fetched."""
    return {"workspaces": measuring.order_nightly()}


class OneApproval(Payload):
    """Whose approvers are asked."""

    approval_id: int


@task
def ask_approvers(run: Run, order: OneApproval) -> dict[str, object]:
    """Write to the approvers whose turn it is."""
    approval = Approval.objects.select_related("tenant", "user", "publication__account").get(pk=order.approval_id)
    with run.owned():
        asked = approving.ask_next(approval)
    return {"approvalId": approval.pk, "publicationId": approval.publication_id, "asked": asked}


@task
def remind(run: Run) -> dict[str, object]:
    """Remind approvers who have not decided, and ask owners where nobody does."""
    with run.owned():
        return {**reminding.remind()}


class OneMessage(Payload):
    """What to send."""

    message_id: int


@task
def send_mail(run: Run, order: OneMessage) -> dict[str, object]:
    """Send one mail."""
    return mailing.send(Message.objects.get(pk=order.message_id), run)


@task
def forward_notices(run: Run) -> dict[str, object]:
    """Send new notices to those who want them by mail."""
    return {**forwarding.forward()}


@task
def send_whatsapp(run: Run, order: OneMessage) -> dict[str, object]:
    """Send one WhatsApp message."""
    return texting.send(Message.objects.select_related("account__tenant", "tenant").get(pk=order.message_id), run)


class OneDelivery(Payload):
    """What to post."""

    delivery_id: int


@task
def deliver_webhook(run: Run, order: OneDelivery) -> dict[str, object]:
    """Post one event to one endpoint."""
    rows = Delivery.objects.select_related("endpoint__tenant")
    delivery = rows.filter(pk=order.delivery_id).first()
    if delivery is None:
        raise Unsupported("What this job was to post was deleted with its endpoint: there is nothing to do.")
    return delivering.deliver(delivery, run)


@task
def hand_over_webhooks(run: Run) -> dict[str, object]:
    """Give a job to every event that has none yet."""
    return {"handedOver": announcing.hand_over()}
