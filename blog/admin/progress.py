"""What the batch page shows and asks for while a batch is being written."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from ai.models import Call
from ai.vendors import WHOSE
from blog import batches, sources
from blog.generation import percent
from blog.models import Batch, Pick, Post
from integrations.catalogs import catalogs
from integrations.errors import OutsideError
from jobs import health
from jobs.admin.watching import log_lines, when
from jobs.models import Job

State = Batch.State
OPEN = {State.WAITING, State.ACTIVE, State.DELAYED}
WORDS = {
    State.WAITING: "Waiting for a worker",
    State.ACTIVE: "Starting",
    State.DELAYED: "Put off",
    State.PAUSED: "Paused: it needs you, then Resume",
}


def describe(batch: Batch, *, may_act: bool, after: int = 0, seen: int = 0) -> dict[str, Any]:
    """A batch as JSON data; log lines only after the event `after`, posts only after the post `seen`.

    It answers also when the job's row is gone: state, posts and what failed hang on the batch.
    """
    job = batch.job
    state = State(job.state) if job and not job.ended else State(batch.state)
    is_open = state in OPEN
    is_stopping = is_open and batch.stop_requested_at is not None
    failed = list(batch.picks.filter(state=Pick.State.FAILED).values("name", "reason"))
    problem = (job.failed_reason if job else batch.note) if state in (State.FAILED, State.PAUSED) else ""
    problem = problem[:1].upper() + problem[1:]
    return {
        "state": state,
        "label": state.label,
        "percentage": 100 if state == State.COMPLETED else max(job.percentage if job else 0, percent(batch)),
        "message": _message(batch, job, state, is_stopping),
        "waitingFor": health.waiting_for(job) if job and is_open else "",
        "problem": problem,
        "note": "" if problem or is_open else batch.note,
        "counts": counts(batch),
        "cost": cost(batch),
        "resume": f"Resume goes on where it stopped: {batch.kept()}" if state in batches.RESUMABLE else "",
        "ceiling": bool(job and job.failed_code == "CeilingReached" and state == State.PAUSED),
        "log": log_lines(batch.jobs, batch.tenant, after),
        "nothing": "Finished posts appear here, one by one." if is_open else "No post was written.",
        "posts": _posts(batch, seen),
        "failed": failed,
        "hasFailed": bool(failed),
        "ended": not is_open,
        "canStop": may_act and is_open and not is_stopping,
        "canResume": may_act and state in batches.RESUMABLE,
        "resumeLabel": "Retry" if state == State.FAILED else "Resume",
        "next": neighbour(getattr(batch, "next", None)),
    }


def _message(batch: Batch, job: Job | None, state: Any, is_stopping: bool) -> str:
    if is_stopping:
        return "Stopping: it ends after the post in hand"
    if state == State.CANCELLED:
        return f"Stopped: {counts(batch)}. Finished posts stay."
    if job and job.message and state not in (State.WAITING, State.PAUSED):
        return job.message
    return WORDS.get(state) or counts(batch)


def counts(batch: Batch) -> str:
    """How many posts there are of how many: "3 of 5 posts written, 1 failed"."""
    states = list(batch.picks.values_list("state", flat=True))
    written, failed = states.count(Pick.State.WRITTEN), states.count(Pick.State.FAILED)
    return f"{written} of {batch.count} posts written" + (f", {failed} failed" if failed else "")


def cost(batch: Batch) -> str:
    """What the calls cost so far, and the ceiling: "0.0123 of 0.50 USD"; empty for a model that costs nothing."""
    if batch.key_owner == "none":
        return ""
    spent = f"{batch.spent_usd():.4f}"
    return f"{spent} of {batch.max_usd:.2f} USD" if batch.max_usd is not None else f"{spent} USD"


def _posts(batch: Batch, seen: int) -> list[dict[str, Any]]:
    found = []
    for post in batch.posts.filter(pk__gt=seen).order_by("pk").defer("body", "html", "snapshot"):
        post.tenant = batch.tenant
        found.append(
            {
                "id": post.pk,
                "title": post.title,
                "url": post.get_absolute_url() if post.state == Post.State.PUBLISHED else "",
                "adminUrl": reverse("admin:blog_post_change", args=[post.pk]),
                "state": post.state,
                "label": post.get_state_display(),
            }
        )
    return found


def order_facts(batch: Batch) -> dict[str, Any]:
    """What was ordered, as label and value, for the head of the page."""
    years = " to ".join(str(year) for year in (batch.year_from, batch.year_to) if year)
    if years and not (batch.year_from and batch.year_to):
        years = f"from {years}" if batch.year_from else f"up to {years}"
    return {
        "Titles": f"{batch.count} × {batch.get_source_display()}, {batch.get_media_type_display()}",
        "Model": _model(batch),
        "Catalog": catalogs.get(batch.catalog).label if batch.catalog in catalogs else batch.catalog,
        "Text": ", ".join([batch.get_language_display(), batch.get_length_display().lower(), batch.tone]),
        "Rating": f"{batch.min_rating:g} or better" if batch.min_rating is not None else "",
        "Years": years,
        "Adult content": "Included" if batch.include_adult else "",
        "Mode": batch.get_mode_display(),
        "After writing": "Published at once" if batch.publish else "Kept as drafts",
        "Started": f"{when(batch.created_at, batch.tenant)} by {batch.user or 'somebody who left'}",
    }


def _model(batch: Batch) -> str:
    """The model, whose key pays, and what is asked when it fails."""
    text = f"{batch.model_id}, {WHOSE[batch.key_owner]} key" if batch.key_owner != "none" else batch.model_id
    if batch.lane == Call.Lane.CHEAP:
        text += ", cheaper within a day"
    if batch.fallbacks:
        text += f"; when it fails: {', '.join(link['model'] for link in batch.fallbacks)}"
    return text


def summary(batch: Batch) -> str:
    """What was ordered in two sentences: the second says how the batch's catalog understands its source."""
    facts = order_facts(batch)
    ordered = ". ".join(facts[name] for name in ("Titles", "Text", "After writing") if facts[name])
    try:
        catalog = sources.open_catalog(batch.catalog)
    except OutsideError:
        return f"{ordered}."
    return f"{ordered}. {catalog.explain(batch.source, batch.media_type, timezone.localtime(batch.created_at).date())}"


def neighbour(batch: Batch | None) -> str:
    """The address of the batch before or after, in continuous mode."""
    return reverse("admin:blog_batch_change", args=[batch.pk]) if batch else ""
