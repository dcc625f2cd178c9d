"""completed, failed, error and progress call the functions of config/hooks.py."""

import pytest

from jobs import events
from jobs.models import Job, State
from jobs.running import Run, work

pytestmark = pytest.mark.django_db
heard: list[tuple[str, str]] = []


def note_completed(job):
    heard.append(("completed", job.state))


def note_failed(job):
    heard.append(("failed", job.failed_reason))


def note_error(job):
    heard.append(("error", job.pk))


def note_progress(job):
    heard.append(("progress", job.pk))


def stumble(job):
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def hooks(monkeypatch, django_capture_on_commit_callbacks):
    heard.clear()
    mine = {name: (f"{__name__}.stumble", f"{__name__}.note_{name}") for name in events.JOB_EVENTS}
    monkeypatch.setattr(events, "JOB_EVENTS", mine)


def run(job, capture):
    with capture(execute=True):
        work(job.pk, worker="w")
    job.refresh_from_db()


def test_completed_with_progress(enqueue, django_capture_on_commit_callbacks, caplog):
    job = enqueue(times=1)
    run(job, django_capture_on_commit_callbacks)
    assert heard == [("progress", job.pk), ("completed", "completed")]
    assert (job.progress_writes, job.errors) == (1, 0)
    assert "The hook" in caplog.text  # the one that stumbles stops nothing


def test_error_then_failed(enqueue, django_capture_on_commit_callbacks):
    job = enqueue(do="overloaded")
    for _attempt in range(3):
        run(job, django_capture_on_commit_callbacks)
        Job.objects.filter(pk=job.pk).update(run_at="2026-01-01T00:00:00Z")
    assert (job.state, job.errors) == (State.FAILED, 3)
    assert heard == [("error", job.pk)] * 2 + [("failed", "the vendor is busy (attempt 3 of 3)")]


def test_a_rolled_back_step_is_no_progress(enqueue, django_capture_on_commit_callbacks):
    from jobs.claiming import claim

    with django_capture_on_commit_callbacks(execute=True):
        this = Run(claim(enqueue().pk, "w"))
        this._pending = {"step": "one"}
        with pytest.raises(ZeroDivisionError), this.owned():
            raise ZeroDivisionError
    assert heard == []


def test_the_last_unexpected_error_keeps_its_trace_without_secrets(enqueue, django_capture_on_commit_callbacks):
    job = enqueue(do="crash")
    run(job, django_capture_on_commit_callbacks)
    assert "ZeroDivisionError: oops ***" in job.trace
    assert "tests/jobs/sample.py" in job.trace
