"""The tasks of publishing. Their queues, limits and retries stand in config/queues.py."""

from integrations.errors import Unsupported
from jobs.declaring import Payload, task
from jobs.running import Run
from publishing import scheduling
from publishing.dispatching import Dispatch
from publishing.models import Publication


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
    rows = Publication.objects.select_related("account", "tenant", "user")
    publication = rows.filter(pk=order.publication_id).first()
    if publication is None:
        raise Unsupported("What this job was to send was deleted: there is nothing to do.")
    return Dispatch(publication, run).send()


@task
def take_due(run: Run) -> dict[str, object]:
    """Hand what is due to the dispatcher."""
    return dict(scheduling.take_due())
