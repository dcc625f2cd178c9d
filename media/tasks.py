"""The tasks of media. Their queues, limits and retries stand in config/queues.py."""

from ai.listening import Listener
from ai.painting import Painter
from integrations.errors import Unsupported
from jobs.declaring import Payload, task
from jobs.running import Run
from media import drawing, ordering, processing, transcribing
from media.models import Drawing, Order, Processing, Transcript


class OneOrder(Payload):
    """The wish to carry out."""

    order_id: int


def _begun(run: Run, table: type[Order], order: OneOrder, *related: str) -> Order:
    row: Order | None = table._default_manager.select_related("tenant", *related).filter(pk=order.order_id).first()
    if row is None:
        raise Unsupported("What this job was for was deleted: there is nothing to do.")
    ordering.begin(row, run)
    return row


@task
def draw(run: Run, order: OneOrder) -> dict[str, object]:
    """Draw one picture."""
    return _draw(run, order)


@task
def illustrate(run: Run, order: OneOrder) -> dict[str, object]:
    """Draw one picture for an item."""
    return _draw(run, order)


def _draw(run: Run, order: OneOrder) -> dict[str, object]:
    row = _begun(run, Drawing, order, "brand", "media")
    assert isinstance(row, Drawing)
    return drawing.draw(row, Painter(run, row.chain, row.origin), run)


@task
def process(run: Run, order: OneOrder) -> dict[str, object]:
    """Look at a video, and make others of it."""
    row = _begun(run, Processing, order, "media")
    assert isinstance(row, Processing)
    return processing.process(row, run)


@task
def transcribe(run: Run, order: OneOrder) -> dict[str, object]:
    """Write down what is said in a recording."""
    row = _begun(run, Transcript, order, "media")
    assert isinstance(row, Transcript)
    return transcribing.transcribe(row, Listener(run, row.chain, row.origin), run)
