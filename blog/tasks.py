"""The blog's tasks. Their queue, limits and retries stand in config/queues.py."""

from ai.calling import Writer
from ai.lots import PatientWriter
from ai.models import Call
from blog import batches, continuing, generation, sources
from blog.models import Batch
from jobs.declaring import Payload, task
from jobs.running import Run


class OneBatch(Payload):
    """The batch to write."""

    batch_id: int


@task
def generate(run: Run, order: OneBatch) -> dict[str, object]:
    """Write a batch; a continuous one then plans its next."""
    batch = Batch.objects.select_related("tenant", "user", "prompt_edition").get(pk=order.batch_id)
    batches.begin(batch, run)
    catalog = sources.open_catalog(batch.catalog, before_request=run.heed)
    kind = PatientWriter if batch.lane == Call.Lane.CHEAP else Writer
    writer = kind(run, batch.chain, batch.origin, ceiling=batch.max_usd)
    result = generation.write_posts(batch, writer=writer, catalog=catalog, run=run)
    continuing.plan_next(batch, run)
    return result
