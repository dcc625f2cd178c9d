"""Tasks for tests of the kernel: they do what their payload says."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.errors import Overloaded, RateLimited, Refused
from jobs.declaring import Payload, task
from jobs.outcomes import Wait
from jobs.running import Run

seen: list[str] = []


class Order(Payload):
    """What the task shall do, and how many steps it saves."""

    do: str = ""
    times: int = 0


@task
def go(run: Run, order: Order) -> dict[str, Any]:
    """Return, raise, wait, or save steps; `seen` remembers every call."""
    seen.append(run.id)
    times = order.times
    match order.do:
        case "crash":
            raise ZeroDivisionError("oops sk-CANARY1234567890")
        case "overloaded":
            raise Overloaded("the vendor is busy")
        case "refused":
            raise Refused("the vendor will not do it")
        case "limited":
            raise RateLimited("too many", retry_after=30)
        case "wait":
            raise Wait("somebody else first", timezone.now() + timedelta(minutes=5))
    for number in range(times):
        run.checkpoint("count", 100 * number / times, f"{number} of {times}", current_section={"index": number})
        with run.owned():
            pass
    return {"done": times}
