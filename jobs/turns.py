"""Who is next in a queue: the highest level, then the tenants in turn, then first in, first out."""

from collections import deque

from jobs.models import Job, JobQuerySet, QueueState

NOBODY = 0  # stands for jobs of no tenant: ids of tenants begin at 1


def next_ids(state: QueueState, count: int) -> list[str]:
    """The ids of the next `count` waiting jobs of a queue; notes in `state.turns` whose turn it was, the caller saves.

    A few index look-ups for each id, however long the queue is.
    """
    waiting = Job.objects.waiting(state.name)
    found: list[str] = []
    level = waiting.order_by("-priority").values_list("priority", flat=True).first()
    while level is not None and len(found) < count:
        at_level = waiting.filter(priority=level)
        last = state.turns.get(str(level), NOBODY)
        picked, last = _in_turn(at_level, last, count - len(found))
        found += picked
        state.turns[str(level)] = last
        if len(found) < count:
            level = waiting.filter(priority__lt=level).order_by("-priority").values_list("priority", flat=True).first()
    return found


def _in_turn(at_level: JobQuerySet, last: int, count: int) -> tuple[list[str], int]:
    """`count` ids, one of each tenant in turn beginning after `last`; and the tenant served last."""
    tenants = _ring(at_level, last, count)
    lines = deque((tenant, deque(_line(at_level, tenant, count))) for tenant in tenants)
    ids: list[str] = []
    while lines and len(ids) < count:
        tenant, line = lines.popleft()
        if line:
            ids.append(line.popleft())
            last = tenant
            lines.append((tenant, line))
    return ids, last


def _ring(at_level: JobQuerySet, last: int, most: int) -> list[int]:
    """The first `most` tenants with a waiting job after `last`: upwards, then nobody's, then from the start."""
    if not _others(at_level, last).exists():
        return [last]  # nobody else waits, which is how it mostly is
    found: list[int] = []

    def climb(above: int, to: int | None) -> None:
        while len(found) < most:
            rows = at_level.filter(tenant__gt=above).order_by("tenant_id").values_list("tenant_id", flat=True)
            following = rows.first()
            if following is None or (to is not None and following > to):
                return
            found.append(following)
            above = following

    climb(last, None)
    if len(found) < most and at_level.filter(tenant=None).exists():
        found.append(NOBODY)
    if last != NOBODY:
        climb(NOBODY, last)
    return found[:most]


def _others(at_level: JobQuerySet, last: int) -> JobQuerySet:
    """Jobs of other tenants than `last`."""
    return at_level.exclude(tenant=last) if last != NOBODY else at_level.exclude(tenant=None)


def _line(at_level: JobQuerySet, tenant: int, count: int) -> list[str]:
    own = at_level.filter(tenant=tenant or None)
    return list(own.order_by("run_at", "id").values_list("id", flat=True)[:count])
