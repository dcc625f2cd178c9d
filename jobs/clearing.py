"""Emptying a queue: what waits is cancelled, what has ended is deleted, what runs stays. Audited by the caller."""

from accounts.models import Tenant
from jobs import retention
from jobs.counting import jobs_of
from jobs.ending import request_cancel
from jobs.models import ENDED, Job, State

WAITING = (State.WAITING, State.DELAYED)
CLEARABLE = (*WAITING, *ENDED)
CHUNK = 500


def clear(queue: str, tenant: Tenant | None, *, state: State | None = None, by: str) -> dict[str, int]:
    """Clear a queue of one workspace, or of all for None; returns how many of each state it found and cleared.

    Waiting and delayed jobs end cancelled (each with its event, its request row told), ended ones are deleted. With
    `state` only those. The jobs cancelled here stay, so that people see what became of them.
    """
    states = [state] if state else list(CLEARABLE)
    ended = {one: list(_ids(queue, tenant, one)) for one in states if one in ENDED}
    cleared = {one.value: _cancel(queue, tenant, one, by) for one in states if one in WAITING}
    for one, ids in ended.items():
        chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
        cleared[one.value] = sum(retention.forget(Job.objects.filter(pk__in=chunk)) for chunk in chunks)
    return cleared


def _ids(queue: str, tenant: Tenant | None, state: State) -> list[str]:
    return list(jobs_of(tenant).filter(queue=queue, state=state).values_list("pk", flat=True))


def _cancel(queue: str, tenant: Tenant | None, state: State, by: str) -> int:
    cleared = 0
    for job_id in _ids(queue, tenant, state):
        job = Job.objects.select_related("tenant", "user").filter(pk=job_id).first()
        # A job that a worker took meanwhile runs on: active ones stay.
        if job and job.state in WAITING:
            cleared += request_cancel(job, by=by, only_waiting=True).state == State.CANCELLED
    return cleared
