"""The blog's tasks. Their queue, limits and retries stand in config/queues.py."""

from ai.calling import Writer
from blog import batches, generation
from blog.models import Batch
from integrations.catalogs import catalogs
from jobs.running import Run, task


@task
def generate(run: Run, *, batch_id: int) -> dict[str, object]:
    """Write a batch; a continuous one then plans its next."""
    batch = Batch.objects.select_related("tenant", "user").get(pk=batch_id)
    batches.begin(batch, run)
    writer = Writer(run, batch.model, batch.origin)
    result = generation.write_posts(batch, writer=writer, catalog=catalogs.get(batch.catalog)(), run=run)
    batches.plan_next(batch, run, made=bool(result["postIds"]))
    return result
