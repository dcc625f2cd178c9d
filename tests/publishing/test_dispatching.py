"""Exactly once, for each class of account: what is certain decides, and what is not certain is said."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Notice
from jobs import accepting, ending
from jobs.models import Job
from jobs.models import State as JobState
from publishing import connecting, dispatching, holding, ordering, scheduling, stopping
from publishing.models import Account, Attempt, Hold, Publication, Stop
from publishing.walls import WallOf
from tests.publishing.conftest import fault, job_of, posts, run, run_to_the_end, run_when_due

pytestmark = pytest.mark.django_db
CLASSES = ["idempotent", "two-step", "blind"]


def attempts(publication: Publication) -> list[str]:
    return list(publication.attempts.values_list("state", flat=True))


@pytest.mark.parametrize("behaves", CLASSES)
class TestEveryClass:
    def test_it_is_published_once_and_says_where(self, wall: Any, publish: Any, behaves: str) -> None:
        account = wall(behaves)
        made = run(publish(account))
        assert (made.state, made.note) == ("published", "")
        assert posts(account) == ["Silent films on Friday"]
        assert made.url == f"/wall/{made.remote_id}/"
        assert attempts(made) == ["published"]
        assert job_of(made).result == {"publicationId": made.pk, "state": "published", "url": made.url}

    def test_a_refusal_is_final_and_told(self, wall: Any, publish: Any, editor: Any, behaves: str) -> None:
        account = wall(behaves)
        fault(account, "refused")
        made = run_to_the_end(publish(account))
        assert (made.state, attempts(made), posts(account)) == ("refused", ["refused"], [])
        assert job_of(made).state == JobState.COMPLETED
        assert "refuses this post" in Notice.objects.get(user=editor).body

    def test_a_busy_platform_is_tried_again_when_it_says(self, wall: Any, publish: Any, behaves: str) -> None:
        account = wall(behaves)
        fault(account, "busy")
        made = run(publish(account))
        assert made.state == "scheduled"
        assert made.not_before > timezone.now()
        assert job_of(made).state == JobState.DELAYED
        made = run_to_the_end(made)
        assert (made.state, attempts(made), len(posts(account))) == ("published", ["not_sent", "published"], 1)

    def test_one_that_cannot_be_reached_three_times_is_not_lost(self, wall: Any, publish: Any, behaves: str) -> None:
        account = wall(behaves)
        fault(account, "away", 9)
        made = run_to_the_end(publish(account))
        assert (made.state, posts(account)) == ("refused", [])
        assert "cannot be reached" in made.note
        assert set(attempts(made)) == {"not_sent"}

    def test_credentials_that_do_not_hold_stop_the_account(
        self, wall: Any, publish: Any, owner: Any, behaves: str
    ) -> None:
        account = wall(behaves)
        other = publish(account, "Another one")
        fault(account, "expired")
        made = run(publish(account))
        account.refresh_from_db()
        assert (made.state, account.state) == ("refused", "broken")
        assert run(other).state == "scheduled"
        assert posts(account) == []
        connecting.change_credentials(account, owner, {"behaves": behaves})
        scheduling.take_due()
        assert run(other).state == "published"

    def test_fifty_jobs_at_once_make_one_post(self, wall: Any, publish: Any, behaves: str) -> None:
        account = wall(behaves)
        made = publish(account)
        Job.objects.for_request(made).update(request="")
        for _each in range(50):
            scheduling.dispatch(made)
            Job.objects.for_request(made).update(request="")
        for job in Job.objects.filter(task__startswith="publishing."):
            Job.objects.filter(pk=job.pk).update(request=f"publishing.Publication:{made.pk}")
            run(made)
        assert (len(posts(account)), made.state) == (1, "published")


class TestLostAnswers:
    """The platform took it, and its answer never came."""

    def test_an_idempotent_one_is_sent_again_under_its_key(self, wall: Any, publish: Any) -> None:
        account = wall("idempotent")
        fault(account, "lost", 2)
        made = run_to_the_end(publish(account))
        assert (made.state, len(posts(account))) == ("published", 1)
        assert attempts(made) == ["unknown", "unknown", "published"]

    def test_a_two_step_one_is_looked_up(self, wall: Any, publish: Any) -> None:
        account = wall("two-step")
        fault(account, "lost")
        made = run_to_the_end(publish(account))
        assert (made.state, len(posts(account)), attempts(made)) == ("published", 1, ["published"])
        assert made.url

    def test_a_two_step_one_that_is_not_there_is_sent_again(self, wall: Any, publish: Any) -> None:
        account = wall("two-step")
        fault(account, "cut")
        made = run_to_the_end(publish(account))
        assert (made.state, len(posts(account)), attempts(made)) == ("published", 1, ["absent", "published"])

    def test_a_blind_one_is_for_a_person_and_never_sent_again(self, wall: Any, publish: Any, editor: Any) -> None:
        account = wall("blind")
        fault(account, "lost")
        made = run_to_the_end(publish(account))
        assert (made.state, len(posts(account)), attempts(made)) == ("unconfirmed", 1, ["unknown"])
        assert job_of(made).result["state"] == "unconfirmed"
        assert Notice.objects.get(user=editor).subject.startswith("Published or not?")
        scheduling.take_due()
        assert Job.objects.for_request(made).count() == 1

    def test_a_person_says_that_it_is_there(self, wall: Any, publish: Any, owner: Any) -> None:
        account = wall("blind")
        fault(account, "lost")
        made = run_to_the_end(publish(account))
        assert ordering.resolve(made, owner, "published", "https://example.com/1") is None
        made.refresh_from_db()
        assert (made.state, made.url, len(posts(account))) == ("published", "https://example.com/1", 1)
        assert AuditEntry.objects.filter(action="publication.resolved_published", target=str(made.pk)).exists()

    def test_a_person_says_that_it_is_not_there(self, wall: Any, publish: Any, owner: Any) -> None:
        account = wall("blind")
        fault(account, "cut")
        made = run_to_the_end(publish(account))
        assert (made.state, posts(account)) == ("unconfirmed", [])
        ordering.resolve(made, owner, "send_again")
        made = run_to_the_end(made)
        assert (made.state, len(posts(account)), attempts(made)) == ("published", 1, ["absent", "published"])
        with pytest.raises(ordering.WrongState):
            ordering.resolve(made, owner, "send_again")

    @pytest.mark.parametrize("then", ["refused", "expired"])
    def test_a_refusal_of_the_second_call_does_not_tell_that_the_first_failed(
        self, wall: Any, publish: Any, owner: Any, then: str
    ) -> None:
        account = wall("idempotent")
        fault(account, "lost")
        fault(account, then)
        made = run_to_the_end(publish(account))
        assert (made.state, len(posts(account)), attempts(made)) == ("unconfirmed", 1, ["unknown", "refused"])
        assert "it may be there" in made.note
        ordering.resolve(made, owner, "published")
        made.refresh_from_db()
        assert (made.state, attempts(made)) == ("published", ["published", "refused"])

    @pytest.mark.parametrize("then", ["busy", "away"])
    def test_nobody_changes_or_cancels_what_may_be_there(self, wall: Any, publish: Any, owner: Any, then: str) -> None:
        account = wall("idempotent")
        fault(account, "lost")
        fault(account, then)
        made = run(publish(account))
        made = run_when_due(made)
        assert (made.state, attempts(made)) == ("sending", ["unknown", "not_sent"])
        for act in (
            lambda: ordering.cancel(made, owner),
            lambda: ordering.change(made, owner, content("Other words")),
            lambda: ordering.schedule(made, owner, None),
        ):
            with pytest.raises(ordering.WrongState):
                act()
        made = run_to_the_end(made)
        assert (made.state, posts(account)) == ("published", ["Silent films on Friday"])

    def test_a_platform_that_stays_away_leaves_the_question_open(self, wall: Any, publish: Any, owner: Any) -> None:
        account = wall("idempotent")
        fault(account, "lost")
        fault(account, "away", 9)
        made = run_to_the_end(publish(account))
        assert (made.state, job_of(made).state, len(posts(account))) == ("unconfirmed", "failed", 1)
        account.wall_faults.all().delete()
        ordering.resolve(made, owner, "send_again")
        assert not made.may_be_there
        assert (run_to_the_end(made).state, len(posts(account))) == ("published", 1)

    @pytest.mark.parametrize("behaves", ["idempotent", "two-step"])
    @pytest.mark.parametrize("how", ["stop", "pause", "hold"])
    def test_what_is_stopped_meanwhile_is_not_sent_again(
        self, wall: Any, publish: Any, owner: Any, tenant: Any, how: str, behaves: str
    ) -> None:
        account = wall(behaves)
        fault(account, "cut")
        made = run(publish(account))
        if how == "stop":
            stopping.stop(tenant, owner, stopped=True)
        elif how == "pause":
            connecting.pause(account, owner, paused=True)
        else:
            holding.hold(made, Hold.Kind.VOICE, "Not like us.")
        for _each in range(3):
            made = run_when_due(made)
        assert (made.state, posts(account), job_of(made).state) == ("sending", [], "delayed")
        assert "Not sent again yet" in job_of(made).waiting_for
        stopping.stop(tenant, owner, stopped=False)
        connecting.pause(account, owner, paused=False)
        for one in holding.open_holds(made):
            holding.release(one, owner)
        assert (run_to_the_end(made).state, len(posts(account))) == ("published", 1)

    def test_its_words_cannot_be_changed_meanwhile(self, wall: Any, publish: Any, owner: Any) -> None:
        account = wall("blind")
        fault(account, "lost")
        made = run_to_the_end(publish(account))
        for forbidden in (
            lambda: ordering.change(made, owner, content("New words")),
            lambda: ordering.cancel(made, owner),
            lambda: ordering.schedule(made, owner, None),
        ):
            with pytest.raises(ordering.WrongState):
                forbidden()


def content(text: str) -> Any:
    from publishing.orders import ContentIn

    return ContentIn(text=text)


class TestDeadProcesses:
    """What a process leaves that dies between the intent and the outcome."""

    @pytest.fixture
    def dies(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Let the process end at a named place, as kill -9 would."""

        def at(place: str) -> None:
            class Killed(BaseException):
                pass

            def pass_by(name: str) -> None:
                if name == place:
                    monkeypatch.undo()
                    raise Killed

            monkeypatch.setattr(dispatching, "faultpoint", pass_by)
            self.killed = Killed

        return at

    @pytest.mark.parametrize("behaves", CLASSES)
    @pytest.mark.parametrize(("place", "hangs"), [("publish.armed", 0), ("publish.answered", 1)])
    def test_each_class_keeps_its_promise(
        self, wall: Any, publish: Any, dies: Any, settings: Any, behaves: str, place: str, hangs: int
    ) -> None:
        settings.PUBLISH_SETTLE_SECONDS = 0
        account = wall(behaves)
        made = publish(account)
        dies(place)
        with pytest.raises(BaseException) as caught:  # noqa: PT011
            run(made)
        assert caught.type.__name__ == "Killed"
        assert (attempts(made), len(posts(account))) == (["armed"], hangs)
        job = job_of(made)
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
        job.refresh_from_db()
        assert ending.lost(job, "its worker died")
        made = run_to_the_end(made)
        if behaves == "blind":
            assert (made.state, len(posts(account)), attempts(made)) == ("unconfirmed", hangs, ["unknown"])
        else:
            assert (made.state, len(posts(account))) == ("published", 1)

    def test_a_job_that_ends_without_an_answer_leaves_it_unconfirmed(
        self, wall: Any, publish: Any, dies: Any, editor: Any
    ) -> None:
        account = wall("idempotent")
        made = publish(account)
        dies("publish.answered")
        with pytest.raises(BaseException):  # noqa: B017, PT011
            run(made)
        job = job_of(made)
        assert ending.fail(job, "poison", "Its worker died three times.")
        made.refresh_from_db()
        assert made.state == "unconfirmed"
        assert "three times" in made.note
        assert Notice.objects.filter(user=editor, subject__startswith="Published or not?").exists()


class TestNoWayAround:
    """What holds a publication back holds it on every path."""

    @pytest.fixture
    def held(self, wall: Any, publish: Any) -> Publication:
        made = publish(wall())
        holding.hold(made, Hold.Kind.GROUNDING, "The year is wrong.")
        return made

    def everything(self, made: Publication, user: Any) -> None:
        run(made)
        scheduling.take_due()
        scheduling.dispatch(made)
        run(made)
        ordering.schedule(made, user, None)
        run(made)

    def test_a_hold(self, held: Publication, owner: Any) -> None:
        self.everything(held, owner)
        assert (held.state, posts(held.account)) == ("scheduled", [])
        assert holding.release(held.holds.get(), owner, "It is right")
        assert not holding.release(held.holds.get(), owner)
        assert AuditEntry.objects.filter(action="hold.released").count() == 1
        scheduling.take_due()
        assert run(held).state == "published"

    def test_an_edit_holds_anew_only_what_is_seen_in_it(self, held: Publication, owner: Any) -> None:
        ordering.change(held, owner, content("Right words"))
        assert holding.open_holds(held) == []
        held.refresh_from_db()
        holding.hold(held, Hold.Kind.APPROVAL, "Ask.")
        holding.release(held.holds.get(kind="approval"), owner)
        holding.hold(held, Hold.Kind.APPROVAL, "Ask.")
        assert holding.open_holds(held) == []
        ordering.change(held, owner, content("Other words"))
        held.refresh_from_db()
        holding.hold(held, Hold.Kind.APPROVAL, "Ask.")
        assert len(holding.open_holds(held)) == 1

    def test_a_paused_account(self, wall: Any, publish: Any, owner: Any) -> None:
        account = wall()
        made = publish(account)
        connecting.pause(account, owner, paused=True)
        self.everything(made, owner)
        assert (made.state, posts(account)) == ("scheduled", [])
        connecting.pause(account, owner, paused=False)
        scheduling.take_due()
        assert run(made).state == "published"

    def test_the_switch_that_stops_everything(self, wall: Any, publish: Any, owner: Any, tenant: Any) -> None:
        made = publish(wall())
        stop = Stop.objects.create(tenant=tenant, user=owner)
        self.everything(made, owner)
        assert (made.state, posts(made.account)) == ("scheduled", [])
        stop.delete()
        scheduling.take_due()
        assert run(made).state == "published"

    def test_a_time_to_come(self, wall: Any, publish: Any) -> None:
        made = publish(wall(), scheduled_at=timezone.now() + timedelta(hours=1))
        scheduling.take_due()
        assert ordering.job_of(made) is None
        scheduling.dispatch(made)
        assert run(made).state == "scheduled"


class TestTimes:
    def test_the_clock_sends_what_is_due(self, wall: Any, publish: Any) -> None:
        made = publish(wall(), scheduled_at=timezone.now() + timedelta(hours=1))
        Publication.objects.filter(pk=made.pk).update(scheduled_at=timezone.now() - timedelta(seconds=1))
        assert scheduling.any_due()
        assert scheduling.take_due() == {"due": 1, "tooLate": 0}
        assert scheduling.take_due() == {"due": 0, "tooLate": 0}
        assert run(made).state == "published"

    def test_after_a_long_downtime_it_asks_and_does_not_burst(self, wall: Any, publish: Any, editor: Any) -> None:
        made = publish(wall(), scheduled_at=timezone.now() + timedelta(hours=1))
        Publication.objects.filter(pk=made.pk).update(scheduled_at=timezone.now() - timedelta(hours=2))
        assert scheduling.take_due() == {"due": 0, "tooLate": 1}
        made.refresh_from_db()
        assert (made.state, posts(made.account)) == ("expired", [])
        assert Notice.objects.filter(user=editor, subject__startswith="Too late").count() == 1
        ordering.schedule(made, editor, None)
        assert run(made).state == "published"

    def test_a_cancelled_job_is_a_cancelled_publication(self, wall: Any, publish: Any, owner: Any) -> None:
        made = publish(wall())
        ending.request_cancel(job_of(made), by="olga")
        made.refresh_from_db()
        assert made.state == "cancelled"
        scheduling.take_due()
        assert Job.objects.open().for_request(made).count() == 0

    def test_a_cancelled_publication_has_no_job_any_more(self, wall: Any, publish: Any, owner: Any) -> None:
        made = publish(wall())
        ordering.cancel(made, owner)
        assert job_of(made).state == JobState.CANCELLED
        assert run(made).state == "cancelled"
        assert posts(made.account) == []

    def test_another_time_withdraws_the_job(self, wall: Any, publish: Any, owner: Any) -> None:
        made = publish(wall())
        ordering.schedule(made, owner, timezone.now() + timedelta(hours=3))
        assert Job.objects.open().for_request(made).count() == 0
        made.refresh_from_db()
        assert made.state == "scheduled"
        assert made.scheduled_at > timezone.now() + timedelta(hours=2)


@pytest.mark.parametrize("behaves", CLASSES)
def test_row_25_a_cancel_in_the_middle_of_the_call_hides_nothing(
    wall: Any, publish: Any, owner: Any, monkeypatch: Any, behaves: str
) -> None:
    """The answer comes although its job was cancelled: it is out, and its row says so."""
    made = publish(wall(behaves))
    put = WallOf.put

    def cancelled_meanwhile(one: WallOf, draft: Any, *, once: bool) -> Any:
        posted = put(one, draft, once=once)
        ending.request_cancel(job_of(made), by="olga")
        return posted

    monkeypatch.setattr(WallOf, "put", cancelled_meanwhile)
    made = run_to_the_end(made)
    assert (made.state, len(posts(made.account)), attempts(made)) == ("published", 1, ["published"])
    with pytest.raises(ordering.WrongState):
        ordering.cancel(made, owner)


def test_a_late_answer_says_more_than_unknown(wall: Any, publish: Any) -> None:
    """A worker that was stopped wrote nothing; its answer still becomes the truth of the attempt."""
    account: Account = wall("blind")
    fault(account, "lost")
    made = run_to_the_end(publish(account))
    attempt = made.attempts.get()
    Attempt.objects.filter(pk=attempt.pk).update(state="armed")
    from jobs.running import Run

    this = dispatching.Dispatch(made, Run(job_of(made)))
    this._published(attempt, dispatching.Posted("7", "/wall/7/"))
    made.refresh_from_db()
    assert (made.state, made.url) == ("published", "/wall/7/")


class TestRetryByAPerson:
    """A failed job is retried: what it was for goes out, once, and as far as nothing holds it."""

    def failed(self, wall: Any, publish: Any, behaves: str = "idempotent") -> Publication:
        account = wall(behaves)
        fault(account, "away", 9)
        made = run_to_the_end(publish(account))
        assert (made.state, job_of(made).state) == ("refused", "failed")
        account.wall_faults.all().delete()
        return made

    @pytest.mark.parametrize("behaves", CLASSES)
    def test_it_is_sent_again(self, wall: Any, publish: Any, owner: Any, behaves: str) -> None:
        made = self.failed(wall, publish, behaves)
        accepting.retry(job_of(made), owner)
        assert (run_to_the_end(made).state, len(posts(made.account))) == ("published", 1)

    def test_a_hold_stays(self, wall: Any, publish: Any, owner: Any) -> None:
        made = self.failed(wall, publish)
        holding.hold(made, Hold.Kind.VOICE, "Not like us.")
        accepting.retry(job_of(made), owner)
        assert (run_to_the_end(made).state, posts(made.account)) == ("scheduled", [])

    def test_what_may_be_there_is_not_sent_again(self, wall: Any, publish: Any, owner: Any) -> None:
        account = wall("idempotent")
        fault(account, "lost")
        fault(account, "away", 9)
        made = run_to_the_end(publish(account))
        account.wall_faults.all().delete()
        accepting.retry(job_of(made), owner)
        assert (run_to_the_end(made).state, made.attempts.count()) == ("unconfirmed", 4)
