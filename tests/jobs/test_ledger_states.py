"""The ledger under every order of events that Hypothesis thinks of: two workers, one reconciler, one person."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jobs import accepting, ending, reconciling
from jobs.claiming import claim, claim_next, held_fences, renew
from jobs.models import ENDED, Job, JobEvent, State
from jobs.outcomes import Cancelled, HandedBack, LeaseLost
from jobs.running import Run

WORKERS = st.sampled_from(["one", "two"])
ENDS: dict[str, Any] = {
    "complete": lambda job: ending.complete(job, {"done": True}),
    "fail": lambda job: ending.fail(job, "Refused", "no"),
    "try again": lambda job: ending.try_again_or_fail(job, "Overloaded", "busy"),
    "wait": lambda job: ending.wait(job, "somebody else first", timezone.now() + timedelta(minutes=1)),
    "hand back": ending.hand_back,
    "cancelled": ending.cancelled,
    "crash": lambda job: ending.lost(job, "The process of the job was killed", delayed=True),
}


def past() -> Any:
    return timezone.now() - timedelta(seconds=5)


class Ledger(RuleBasedStateMachine):
    """One job in the hands of two workers that may both believe to have it."""

    @initialize()
    def accept(self) -> None:
        self.runs: dict[str, Run] = {}
        self.another()

    @precondition(lambda self: self.ended)
    @rule()
    def another(self) -> None:
        """Once a job has ended nothing more is to be seen of it, but that it stays as it is."""
        self.job_id = accepting.enqueue("tests.jobs.sample.go", tenant=None).pk
        self.runs.clear()
        self.fence = 0
        self.ended = ""

    def row(self) -> Job:
        return Job.objects.get(pk=self.job_id)

    def holds(self, run: Run) -> bool:
        row = self.row()
        return row.state == State.ACTIVE and row.fence == run.fence

    # -- workers ------------------------------------------------------------------------------------

    @rule(worker=WORKERS, by_name=st.booleans())
    def claim(self, worker: str, by_name: bool) -> None:
        before = self.row()
        taken = [claim(self.job_id, worker)] if by_name else claim_next("testing", 1, worker).jobs
        if taken and taken[0]:
            assert before.state in (State.WAITING, State.DELAYED)
            assert taken[0].fence == before.fence + 1
            self.runs[worker] = Run(taken[0])

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def renew(self, data: Any) -> None:
        worker = data.draw(st.sampled_from(sorted(self.runs)))
        run = self.runs[worker]
        held, before = self.holds(run), self.row().lease_until
        renew([run.id], worker)
        assert (held_fences([run.id]).get(run.id) == run.fence) is held
        assert held or self.row().lease_until == before

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), saves=st.booleans())
    def write(self, data: Any, saves: bool) -> None:
        run = self.runs[data.draw(st.sampled_from(sorted(self.runs)))]
        held = self.holds(run)
        try:
            with run.owned(saves_step=saves):
                pass
        except LeaseLost:
            assert not held
        else:
            assert held

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), stops=st.booleans())
    def checkpoint(self, data: Any, stops: bool) -> None:
        run = self.runs[data.draw(st.sampled_from(sorted(self.runs)))]
        held, row = self.holds(run), self.row()
        if stops:
            run.stopping.set()
        try:
            run.checkpoint("count", 50)
        except LeaseLost:
            assert not held
        except Cancelled:
            assert row.cancel_requested_at
        except HandedBack:
            assert run.stopping.is_set()
        else:
            assert held
            assert not row.cancel_requested_at

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), how=st.sampled_from(sorted(ENDS)), cancelled=st.booleans())
    def finish(self, data: Any, how: str, cancelled: bool) -> None:
        run = self.runs.pop(data.draw(st.sampled_from(sorted(self.runs))))
        held = self.holds(run)
        if cancelled and held:
            ending.request_cancel(self.row(), by="a test")
        before = self.row()
        assert ENDS[how](run.job) is held
        row = self.row()
        if not held:
            assert (row.state, row.fence, row.attempt, row.result) == (
                before.state,
                before.fence,
                before.attempt,
                before.result,
            )
        elif before.cancel_requested_at and how in ("try again", "wait", "hand back", "cancelled"):
            assert row.ended

    def zombies(self) -> list[Run]:
        return [run for run in self.runs.values() if not self.holds(run)]

    @precondition(lambda self: self.zombies())
    @rule(how=st.sampled_from(sorted(ENDS)))
    def zombie(self, how: str) -> None:
        """Who lost the job can neither write nor end it, whatever it tries."""
        before = self.row().__dict__
        for run in self.zombies():
            with pytest.raises(LeaseLost), run.owned():
                pytest.fail("a zombie wrote")
            with pytest.raises(LeaseLost):
                run.checkpoint("zombie", 99)
            run.write_progress()
            assert not ENDS[how](run.job)
        after = self.row().__dict__
        assert {**before, "_state": None} == {**after, "_state": None}

    # -- time and people ----------------------------------------------------------------------------

    @rule(column=st.sampled_from(["lease_until", "deadline_at", "cancel_by", "run_at"]))
    def time_passes(self, column: str) -> None:
        Job.objects.filter(pk=self.job_id).exclude(**{column: None}).update(**{column: past()})

    @precondition(lambda self: not self.ended)
    @rule(thief=WORKERS)
    def go_silent(self, thief: str) -> None:
        """The usual way to lose a job: the lease runs out, and another worker is faster."""
        Job.objects.filter(pk=self.job_id, state=State.ACTIVE).update(lease_until=past())
        reconciling.return_lapsed()
        Job.objects.filter(pk=self.job_id, state=State.DELAYED).update(run_at=past())
        if job := claim(self.job_id, thief):
            self.runs[thief] = Run(job)

    @rule(grace=st.sampled_from([0.0, 5.0]))
    def cancel(self, grace: float) -> None:
        before = self.row()
        row = ending.request_cancel(self.row(), by="a test", grace=grace)
        assert row.ended or row.cancel_requested_at
        assert before.state == State.ACTIVE or row.ended

    @rule(what=st.sampled_from(["release_due", "return_lapsed", "end_overdue"]))
    def reconcile(self, what: str) -> None:
        getattr(reconciling, what)()

    # -- what always holds --------------------------------------------------------------------------

    @invariant()
    def the_row_is_sound(self) -> None:
        row = self.row()
        ends = JobEvent.objects.filter(job=row, kind__in=ENDED).values_list("kind", flat=True)
        assert list(ends) == ([row.state] if row.ended else [])
        assert row.fence >= self.fence
        assert not self.ended or row.state == self.ended
        assert (row.lease_until is not None) is (row.state == State.ACTIVE)
        assert 0 <= row.attempt <= 3
        assert row.attempt or row.state != State.ACTIVE
        assert (row.finished_at is not None) is row.ended
        self.fence, self.ended = row.fence, row.state if row.ended else ""

    def teardown(self) -> None:
        Job.objects.all().delete()


# Without shrinking: that takes minutes, and the steps that failed are shown anyway.
Ledger.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TestLedger = pytest.mark.django_db(Ledger.TestCase)
