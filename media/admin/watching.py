"""What the page of a wish follows: the state of its job, else of itself."""

from typing import Any

from django.http import HttpRequest

from jobs import health
from jobs.admin.watching import WatchedAdmin, log_lines
from jobs.models import OPEN, State
from media import ordering
from media.models import Drawing, Transcript


def live(page: WatchedAdmin, request: HttpRequest, row: Drawing | Transcript, after: int) -> dict[str, Any]:
    """How a wish stands, for static/desk/progress.js; `after` is the last event that the page has."""
    job = row.job
    state = State(job.state) if job and not job.ended else State(row.state)
    is_open, may_act = state in OPEN, page.may_act(request, row)
    return {
        "state": state,
        "label": state.label,
        "percentage": 100 if state == State.COMPLETED else (job.percentage if job else 0),
        "message": (job.message if job else "") or state.label,
        "waitingFor": health.waiting_for(job) if job and is_open else "",
        "problem": row.note if state == State.FAILED else "",
        "note": "",
        "log": log_lines(row.jobs, row.tenant, after),
        "ended": not is_open,
        "canStop": may_act and is_open,
        "canResume": may_act and state in ordering.RESUMABLE,
        "resumeLabel": "Retry",
    }
