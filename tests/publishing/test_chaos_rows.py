"""Rows 9-12, 18, 19, 25 and 27 of the chaos table for publications, in this process; with real kills: tests/journeys.

What nobody knows stays told as such, whatever comes after it; and what may not leave does not leave by a later try.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Notice
from integrations.platforms.offline import Offline
from jobs import accepting, claiming, ending
from jobs.models import Job
from jobs.models import State as JobState
from jobs.running import Run, work
from publishing import approving, connecting, dispatching, holding, ordering, repeating, scheduling, stopping
from publishing.models import Account, ApprovalRule, Ask, Hold, Publication, Repeat
from publishing.orders import ContentIn
from tests.publishing.conftest import fault, job_of, posts, run, run_to_the_end, run_when_due

pytestmark = pytest.mark.django_db
CLASSES = ["idempotent", "two-step", "blind"]
AN_HOUR = timedelta(hours=1)


def attempts(made: Publication) -> list[str]:
    return list(made.attempts.values_list("state", flat=True))


@pytest.fixture
def at_place(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Do something at a named place of the dispatcher, the first time it is passed."""

    def do(place: str, what: Callable[[], Any]) -> None:
        done: list[str] = []

        def pass_by(name: str) -> None:
            if name == place and not done:
                done.append(name)
                what()

        monkeypatch.setattr(dispatching, "faultpoint", pass_by)

    return do


class TestWhatNobodyKnows:
    """Rows 10 and 11: the platform took it and its answer was lost; then something else goes wrong."""

    @pytest.mark.parametrize(
        ("second", "state"),
        [("refused", "unconfirmed"), ("expired", "unconfirmed"), ("busy", "sending"), ("away", "sending")],
    )
    def test_a_second_call_that_fails_says_nothing_about_the_first(
        self, wall: Any, publish: Any, editor: Any, second: str, state: str
    ) -> None:
        account = wall("idempotent")
        fault(account, "lost")
        fault(account, second, 9)
        made = run_when_due(run(publish(account)))
        assert (made.state, len(posts(account))) == (state, 1)
        for forbidden in (
            lambda: ordering.change(made, editor, ContentIn(text="Other words")),
            lambda: ordering.cancel(made, editor),
            lambda: ordering.schedule(made, editor, None),
        ):
            with pytest.raises(ordering.WrongState):
                forbidden()
        if state == "sending":
            made = run_to_the_end(made)
            assert made.state == ("published" if second == "busy" else "unconfirmed")
        assert len(posts(account)) == 1

    def test_a_person_settles_all_that_was_not_known(self, wall: Any, publish: Any, editor: Any) -> None:
        account = wall("idempotent")
        fault(account, "lost", 2)
        fault(account, "refused")
        made = run_when_due(run_when_due(run(publish(account))))
        assert (made.state, attempts(made)) == ("unconfirmed", ["unknown", "unknown", "refused"])
        ordering.resolve(made, editor, "send_again")
        made = run(made)
        assert (made.state, len(posts(account))) == ("published", 1)
        assert attempts(made) == ["absent", "absent", "refused", "published"]

    def test_a_file_that_is_gone_says_nothing_about_the_first(
        self, wall: Any, publish: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = wall("idempotent")
        fault(account, "lost")
        made = run(publish(account))

        def gone(publication: Publication) -> Any:
            raise dispatching.BadContent("There is no file 7 in your library.")

        monkeypatch.setattr(dispatching, "draft_of", gone)
        assert (run_when_due(made).state, len(posts(account))) == ("unconfirmed", 1)

    @pytest.mark.parametrize("behaves", ["idempotent", "two-step"])
    def test_a_cancel_meanwhile_says_that_nobody_knows(self, wall: Any, publish: Any, behaves: str) -> None:
        account = wall(behaves)
        fault(account, "lost")
        made = run(publish(account))
        assert made.state == "sending"
        ending.request_cancel(job_of(made), by="edda")
        made.refresh_from_db()
        assert (made.state, len(posts(account))) == ("unconfirmed", 1)

    @pytest.mark.parametrize("behaves", CLASSES)
    def test_a_cancel_while_the_call_runs_waits_for_its_answer(
        self, wall: Any, publish: Any, at_place: Any, behaves: str
    ) -> None:
        """Row 25: asked for in the middle of the call, past its grace, and the answer comes all the same."""
        account = wall(behaves)
        made = publish(account)

        def cancel() -> None:
            ending.request_cancel(job_of(made), by="edda", grace=0)
            assert ending.cancelled(Job.objects.get(pk=job_of(made).pk))
            made.refresh_from_db()
            assert made.state == "unconfirmed"

        at_place("publish.answered", cancel)
        run(made)
        assert (made.state, attempts(made), len(posts(account))) == ("published", ["published"], 1)
        assert job_of(made).state == JobState.CANCELLED

    @pytest.mark.parametrize("behaves", CLASSES)
    def test_a_cancel_before_the_call_sends_nothing(
        self, wall: Any, publish: Any, behaves: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = wall(behaves)
        made = publish(account)
        monkeypatch.setattr(dispatching.Dispatch, "_prepare", lambda this: ending.request_cancel(this.run.job, by="e"))
        run(made)
        assert (made.state, posts(account), attempts(made)) == ("refused", [], [])
        assert made.note == "Its job was cancelled before anything was sent."


class TestBetweenTwoTries:
    """What may not leave does not leave as the second call of one that was claimed before."""

    def forbid(self, what: str, made: Publication, owner: Any) -> None:
        if what == "stop":
            stopping.stop(made.tenant, owner, stopped=True)
        elif what == "pause":
            connecting.pause(made.account, owner, paused=True)
        else:
            holding.hold(made, Hold.Kind.GROUNDING, "The year is wrong.")

    def allow(self, made: Publication, owner: Any) -> None:
        stopping.stop(made.tenant, owner, stopped=False)
        connecting.pause(made.account, owner, paused=False)
        for one in holding.open_holds(made):
            holding.release(one, owner)

    @pytest.mark.parametrize("what", ["stop", "pause", "hold"])
    @pytest.mark.parametrize("behaves", CLASSES)
    def test_between_the_claim_and_the_call(
        self, wall: Any, publish: Any, owner: Any, behaves: str, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = wall(behaves)
        made = publish(account)
        with monkeypatch.context() as patched:
            patched.setattr(dispatching.Dispatch, "_prepare", lambda this: self.forbid(what, made, owner))
            run(made)
        assert (made.state, posts(account), attempts(made)) == ("scheduled", [], [])
        assert "Nothing is sent" in " ".join(job_of(made).events.values_list("message", flat=True))
        scheduling.take_due()
        assert run(made).state == "scheduled"
        self.allow(made, owner)
        scheduling.take_due()
        assert (run(made).state, len(posts(account))) == ("published", 1)

    @pytest.mark.parametrize("what", ["stop", "pause", "hold"])
    @pytest.mark.parametrize(("behaves", "first"), [("idempotent", "cut"), ("two-step", "cut")])
    def test_before_a_second_call(
        self, wall: Any, publish: Any, owner: Any, behaves: str, first: str, what: str
    ) -> None:
        account = wall(behaves)
        fault(account, first)
        made = run(publish(account))
        assert made.state == "sending"
        self.forbid(what, made, owner)
        run_when_due(made)
        assert posts(account) == []
        self.allow(made, owner)
        scheduling.take_due()
        assert (run_when_due(made).state, len(posts(account))) == ("published", 1)


class TestWrongClocks:
    """Row 27: the clock of a web server or a worker is ten minutes off; the database's counts."""

    @pytest.mark.parametrize("minutes", [10, -10])
    def test_at_once_is_at_once(self, wall: Any, publish: Any, minutes: int) -> None:
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            made = publish(wall())
        assert run(made).state == "published"

    @pytest.mark.parametrize("minutes", [10, -10])
    def test_it_is_not_looked_up_too_early(self, wall: Any, publish: Any, minutes: int) -> None:
        account = wall("two-step")
        fault(account, "cut")
        made = run(publish(account))
        Job.objects.filter(pk=job_of(made).pk).update(run_at=timezone.now() - AN_HOUR)
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            run(made)
        job = job_of(made)
        assert (made.state, attempts(made)) == ("sending", ["unknown"])
        assert job.state == JobState.DELAYED
        assert abs((job.run_at - timezone.now()).total_seconds()) < 30

    def test_nothing_comes_too_late_by_a_wrong_clock(self, wall: Any, publish: Any) -> None:
        made = publish(wall(), scheduled_at=timezone.now() + AN_HOUR)
        Account.objects.update(grace_minutes=5)
        Publication.objects.filter(pk=made.pk).update(scheduled_at=timezone.now() - timedelta(seconds=5))
        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            assert scheduling.take_due() == {"due": 1, "tooLate": 0}


class TestTheClock:
    """Rows 18 and 19."""

    def test_two_clocks_and_a_hundred_due_posts(self, wall: Any, publish: Any) -> None:
        account = wall("blind")
        made = [publish(account, f"Post {number}", scheduled_at=timezone.now() + AN_HOUR) for number in range(20)]
        Publication.objects.update(scheduled_at=timezone.now() - timedelta(seconds=1))
        assert [scheduling.take_due()["due"] for _each in range(2)] == [20, 0]
        jobs = Job.objects.filter(task=scheduling.DISPATCH)
        assert (jobs.count(), len({job.request for job in jobs})) == (20, 20)
        assert {run(row).state for row in made} == {"published"}
        assert len(posts(account)) == 20

    def test_one_that_cannot_be_handed_over_keeps_nothing_else(
        self, wall: Any, publish: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = wall()
        made = [publish(account, f"Post {number}", scheduled_at=timezone.now() + AN_HOUR) for number in range(3)]
        Publication.objects.update(scheduled_at=timezone.now() - timedelta(seconds=1))
        enqueue = accepting.enqueue

        def stumble(*args: Any, **how: Any) -> Job:
            if how["request"].pk == made[0].pk:
                raise ValueError("odd")
            return enqueue(*args, **how)

        monkeypatch.setattr(accepting, "enqueue", stumble)
        assert scheduling.take_due()["due"] == 2

    def test_a_rule_that_cannot_be_planned_keeps_nothing_else(self, wall: Any, publish: Any, tenant: Any) -> None:
        account = wall()
        made = publish(account, scheduled_at=timezone.now() + AN_HOUR)
        Publication.objects.update(scheduled_at=timezone.now() - timedelta(seconds=1))
        columns = {"weekdays": list(range(7)), "at": "09:00:00", "starts_on": "2026-01-01"}
        for text in ("  ", "Films"):
            Repeat.objects.create(tenant=tenant, account=account, text=text, **columns)
        job = accepting.enqueue("publishing.tasks.take_due", tenant=None)
        work(job.pk, worker="test")
        job.refresh_from_db()
        assert (job.state, job.result["due"]) == (JobState.COMPLETED, 1)
        assert job.result["planned"] >= 1
        assert run(made).state == "published"

    def test_one_whose_job_is_gone_is_taken_up_again(self, wall: Any, publish: Any, at_place: Any) -> None:
        """Nothing leads there: a hook that stumbled, a hand in the database. It is found all the same."""
        account = wall("idempotent")
        made = publish(account)

        def die() -> None:
            raise KeyboardInterrupt

        at_place("publish.answered", die)
        with pytest.raises(KeyboardInterrupt):
            run(made)
        assert not repeating.any_work()
        Job.objects.all().delete()
        made.refresh_from_db()
        assert (made.state, len(posts(account))) == ("sending", 1)
        assert repeating.any_work()
        scheduling.take_due()
        made = run_when_due(made)
        assert (made.state, len(posts(account)), attempts(made)) == ("published", 1, ["unknown", "published"])

    def test_an_old_try_does_not_let_a_late_one_out(self, wall: Any, publish: Any, editor: Any) -> None:
        """Row 19: one that was refused, put off to a time that passed while nothing ran: it asks."""
        account = wall()
        fault(account, "refused")
        made = run(publish(account))
        made.attempts.update(started_at=timezone.now() - 9 * AN_HOUR)
        ordering.schedule(made, editor, timezone.now() + AN_HOUR)
        Publication.objects.filter(pk=made.pk).update(scheduled_at=timezone.now() - 3 * AN_HOUR)
        assert scheduling.take_due() == {"due": 0, "tooLate": 1}
        assert posts(account) == []


class TestWorkers:
    def test_sigterm_before_the_call_hands_it_back(self, wall: Any, publish: Any, monkeypatch: Any) -> None:
        account = wall("blind")
        made = publish(account)
        stop = threading.Event()
        monkeypatch.setattr(dispatching.Dispatch, "_prepare", lambda this: stop.set())
        work(job_of(made).pk, worker="test", stopping=stop)
        job = job_of(made)
        assert (job.state, job.attempt, posts(account)) == (JobState.WAITING, 0, [])
        monkeypatch.undo()
        made.refresh_from_db()
        assert made.state == "sending"
        assert (run(made).state, len(posts(account))) == ("published", 1)

    @pytest.mark.parametrize("behaves", CLASSES)
    def test_sigterm_in_the_call_lets_it_end(self, wall: Any, publish: Any, at_place: Any, behaves: str) -> None:
        account = wall(behaves)
        made = publish(account)
        stop = threading.Event()
        at_place("publish.armed", stop.set)
        work(job_of(made).pk, worker="test", stopping=stop)
        made.refresh_from_db()
        assert (made.state, job_of(made).state, len(posts(account))) == ("published", JobState.COMPLETED, 1)

    @pytest.mark.parametrize("behaves", CLASSES)
    def test_a_worker_that_slept_between_intent_and_call_sends_nothing(
        self, wall: Any, publish: Any, at_place: Any, monkeypatch: pytest.MonkeyPatch, behaves: str
    ) -> None:
        """Row 13: stopped, its job taken over by another one, then it wakes up right before the call."""
        account = wall(behaves)
        made = publish(account)
        seen: list[str] = []

        def sleep() -> None:
            job = job_of(made)
            Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - AN_HOUR)
            job.refresh_from_db()
            assert ending.lost(job, "it went silent")
            made.attempts.update(started_at=timezone.now() - AN_HOUR)
            row = Publication.objects.get(pk=made.pk)
            seen.append(run(row).state)
            monkeypatch.setattr(dispatching, "STALE_SECONDS", -1.0)

        at_place("publish.armed", sleep)
        run(made)
        assert seen == ["unconfirmed" if behaves == "blind" else "published"]
        assert (made.state, len(posts(account))) == (seen[0], 0 if behaves == "blind" else 1)


class TestJobsThatEnd:
    def test_an_old_job_says_nothing_about_a_time_to_come(self, wall: Any, publish: Any, editor: Any) -> None:
        account = wall()
        fault(account, "busy")
        made = run(publish(account))
        job = job_of(made)
        Job.objects.filter(pk=job.pk).update(state=JobState.ACTIVE)
        ordering.schedule(made, editor, timezone.now() + AN_HOUR)
        job.refresh_from_db()
        assert ending.fail(job, "Unreachable", "The wall cannot be reached (attempt 3 of 3)")
        made.refresh_from_db()
        assert made.state == "scheduled"
        assert not Notice.objects.filter(subject__startswith="Not published").exists()

    def test_one_that_runs_does_not_stand_in_for_a_new_order(self, wall: Any, publish: Any, editor: Any) -> None:
        """The approval comes, or somebody sends it now, while an earlier job is about to find that it may not."""
        account = wall()
        made = publish(account)
        first = job_of(made)
        Job.objects.filter(pk=first.pk).update(state=JobState.ACTIVE, fence=1)
        second = ordering.schedule(made, editor, None)
        assert second is not None
        assert second.pk != first.pk

    def test_a_job_of_another_workspace_finds_nothing(self, wall: Any, publish: Any, other_tenant: Any) -> None:
        account = wall()
        made = publish(account, scheduled_at=timezone.now() + AN_HOUR)
        Publication.objects.update(scheduled_at=timezone.now() - AN_HOUR / 60)
        job = accepting.enqueue(scheduling.DISPATCH, tenant=other_tenant, payload={"publication_id": made.pk})
        work(job.pk, worker="test")
        job.refresh_from_db()
        assert (job.state, posts(account)) == (JobState.FAILED, [])

    def test_a_plan_that_was_made_again_meanwhile(self, wall: Any, publish: Any, editor: Any) -> None:
        account = wall()
        first = publish(account, "One", how={"schedule": "spring"}, draft=True)
        ordering.cancel(first, editor)
        publish(account, "Two", how={"schedule": "spring"}, draft=True)
        with pytest.raises(ordering.WrongState, match="same plan"):
            ordering.schedule(first, editor, None)
        first.refresh_from_db()
        assert first.state == "cancelled"


class TestAccounts:
    def test_a_check_does_not_undo_a_pause(self, wall: Any, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        account = wall()
        check = Offline.check

        def slow(this: Any) -> Any:
            other = Account.objects.get(pk=account.pk)
            connecting.pause(other, owner, paused=True)
            other.set_session("newer")
            other.save(update_fields=["sealed_session"])
            return check(this)

        monkeypatch.setattr(Offline, "check", slow)
        assert connecting.check(account)
        account = Account.objects.get(pk=account.pk)
        assert (account.state, account.session, account.remote_name) == ("paused", "newer", "The wall")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Two connections at once: on PostgreSQL an UPDATE that waited for a row sees the row anew, and nothing else."""

    def meanwhile(self, made: Publication, what: Callable[[Publication], Any]) -> threading.Thread:
        """In another connection: lock a row, let a moment pass in which others come to wait for it, then do this."""
        locked = threading.Event()

        def change() -> None:
            try:
                with transaction.atomic():
                    row = Publication.objects.select_for_update().get(pk=made.pk)
                    locked.set()
                    time.sleep(0.5 if connection.vendor == "postgresql" else 0)
                    what(row)
            finally:
                connection.close()

        thread = threading.Thread(target=change)
        thread.start()
        assert locked.wait(10)
        return thread

    def test_a_hold_that_comes_with_a_change_while_the_claim_waits(self, wall: Any, publish: Any) -> None:
        made = publish(wall())
        job = claiming.claim(job_of(made).pk, "test")
        assert job

        def change(row: Publication) -> None:
            holding.hold(row, Hold.Kind.ALT_TEXT, "Describe it.")
            row.save()

        thread = self.meanwhile(made, change)
        taken = dispatching.claim(Publication.objects.get(pk=made.pk), Run(job))
        thread.join()
        assert not taken
        assert Publication.objects.get(pk=made.pk).state == "scheduled"

    def test_a_change_and_a_decision_do_not_wait_for_each_other(
        self, wall: Any, publish: Any, tenant: Any, owner: Any
    ) -> None:
        ApprovalRule.objects.create(tenant=tenant, need="one").approvers.set([owner])
        made = publish(wall())
        Ask.objects.update(state="asked")
        thread = self.meanwhile(made, approving.withdraw)
        with pytest.raises(approving.Decided, match="changed since"):
            approving.decide(Ask.objects.get(), "approve")
        thread.join()
        assert posts(made.account) == []
