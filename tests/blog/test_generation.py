import pytest
from django.db import IntegrityError

from ai.models import Call
from blog import batches
from blog.models import Batch, Pick, Post
from integrations.errors import BadOutput, InvalidKey, Overloaded, Refused
from integrations.providers.offline import Offline
from jobs import ending
from jobs.models import Job, State
from jobs.running import work

pytestmark = pytest.mark.django_db


def test_a_batch_writes_as_many_new_posts_as_ordered(write, tenant, editor):
    batch, job = write(count=5)
    assert (job.state, batch.state) == (State.COMPLETED, "completed")
    posts = list(Post.objects.for_tenant(tenant))
    assert len(posts) == 5
    assert job.result == {"batchId": batch.pk, "postIds": [p.pk for p in reversed(posts)], "skipped": 0, "failed": []}
    for post in posts:
        assert post.title
        assert post.slug
        assert post.excerpt
        assert post.seo_title
        assert post.seo_description
        assert post.html.startswith("<")
        assert not post.body.startswith("# ")
        assert post.author == editor
        assert post.state == "draft"
        assert post.snapshot["ref"] == post.film
        assert post.body in post.call.raw_answer
    assert len({post.film for post in posts}) == len({post.slug for post in posts}) == 5


def test_films_that_have_a_post_are_passed_over(write):
    write(count=3)
    _batch, job = write(count=3)
    assert job.result["skipped"] == 3
    assert len(job.result["postIds"]) == 3
    assert Post.objects.values("film").distinct().count() == 6


def test_when_too_few_films_remain_the_batch_completes_and_says_so(write):
    batch, job = write(count=50, year_from=1940, year_to=1941)
    made = len(job.result["postIds"])
    assert 0 < made < 50
    assert job.state == State.COMPLETED
    assert f"Only {made} of 50" in batch.note
    assert f"{made} posts written" in job.message


def test_publish_publishes(write):
    write(count=2, publish=True)
    assert Post.objects.published().count() == 2
    assert all(post.published_at for post in Post.objects.all())


def test_the_same_key_is_the_same_batch(order):
    assert order(count=2, key="once") == order(count=2, key="once")
    assert Batch.objects.count() == 1


def test_a_permanent_error_of_one_post_is_recorded_and_the_batch_goes_on(write, monkeypatch):
    real = Offline.complete
    refused = []

    def complete(self, request):
        if not refused:
            refused.append(request.facts["title"]["ref"])
            raise Refused("not this one")
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    batch, job = write(count=4)
    assert job.state == State.COMPLETED
    assert job.result["failed"] == refused
    assert len(job.result["postIds"]) == 3
    pick = batch.picks.get(state=Pick.State.FAILED)
    assert (pick.ref, pick.reason) == (refused[0], "not this one")
    assert Call.objects.get(step=refused[0]).state == Call.State.FAILED


def test_a_wrong_key_ends_the_job_and_pauses_the_batch_and_resume_redoes_nothing(write, monkeypatch, editor):
    real = Offline.complete
    calls = []

    def complete(self, request):
        calls.append(request.facts["title"]["ref"])
        if len(calls) == 3:
            raise InvalidKey("the key was revoked: enter a new one")
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    batch, job = write(count=5)
    assert (job.state, job.attempt, batch.state) == (State.FAILED, 1, "paused")
    assert batch.note == "the key was revoked: enter a new one"
    assert Post.objects.count() == 2
    assert not batch.picks.filter(state=Pick.State.PICKED).exists()
    again = batches.resume(batch, editor)
    assert again.retry_of == job
    work(again.pk, worker="test")
    again.refresh_from_db()
    batch.refresh_from_db()
    assert (again.state, batch.state) == (State.COMPLETED, "completed")
    assert len(again.result["postIds"]) == 5
    assert len(calls) == 6  # five posts, and the one refused call
    assert Post.objects.count() == 5


def test_an_answer_that_cannot_be_used_is_rejected_and_asked_for_again_on_resume(write, monkeypatch, editor):
    real = Offline.complete
    calls = []

    def complete(self, request):
        calls.append(1)
        answer = real(self, request)
        if len(calls) == 1:
            object.__setattr__(answer, "text", "# Too short\n\nNothing.")
        return answer

    monkeypatch.setattr(Offline, "complete", complete)
    _batch, job = write(count=1)
    assert job.state == State.COMPLETED
    assert len(job.result["failed"]) == 1
    call = Call.objects.get()
    assert "1 words" in call.rejected
    assert call.raw_answer == "# Too short\n\nNothing."


def test_a_busy_vendor_is_asked_again_later_and_finished_posts_stay(write, monkeypatch):
    real = Offline.complete
    calls = []

    def complete(self, request):
        calls.append(1)
        if len(calls) == 3:
            raise Overloaded("busy")
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    _batch, job = write(count=4)
    assert (job.state, Post.objects.count()) == (State.DELAYED, 2)
    Job.objects.update(run_at=job.created_at)
    work(job.pk, worker="test")
    assert Post.objects.count() == 4
    assert len(calls) == 5


def test_stop_ends_after_the_post_in_hand_and_keeps_what_is_finished(order, monkeypatch):
    real = Offline.complete
    batch, job = order(count=10)

    def complete(self, request):
        if Post.objects.count() == 2:
            batches.stop(batch, by="edda")
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    work(job.pk, worker="test")
    job.refresh_from_db()
    batch.refresh_from_db()
    assert (job.state, batch.state) == (State.CANCELLED, "cancelled")
    assert Post.objects.count() == 3
    assert len(job.result["postIds"]) == 3


def test_two_batches_never_write_about_the_same_film(order, tenant):
    first, _job = order(count=1)
    Pick.objects.create(batch=first, tenant=tenant, ref="movie:reserved", name="R", snapshot={})
    second, _job = order(count=1)
    from jobs.claiming import claim
    from jobs.running import Run

    run = Run(claim(_job.pk, "w"))
    from blog.generation import _reserve

    assert _reserve(second, "movie:reserved", "R", {}, run) is None


def test_a_deleted_post_frees_its_film(write):
    write(count=1)
    Post.objects.get().delete()
    _batch, job = write(count=1)
    assert job.result["skipped"] == 0


def test_a_call_in_flight_at_a_kill_is_lost_and_made_once_more(order):
    batch, job = order(count=1)
    work(job.pk, worker="test")
    made = Call.objects.get()
    Post.objects.all().delete()
    Call.objects.filter(pk=made.pk).update(state=Call.State.SENT, raw_answer="", reserved_usd="0.5")
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)
    work(batches.resume(batch, job.user).pk, worker="test")
    lost, repeat = Call.objects.order_by("pk")
    assert (lost.state, lost.cost_usd, repeat.repeat_of, repeat.state) == ("lost", lost.reserved_usd, lost, "answered")


def test_a_stored_answer_is_never_asked_for_again(order, monkeypatch):
    batch, job = order(count=2)
    work(job.pk, worker="test")
    Post.objects.all().delete()
    monkeypatch.setattr(Offline, "complete", lambda self, request: pytest.fail("asked again"))
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)
    again = batches.resume(batch, job.user)
    work(again.pk, worker="test")
    assert Post.objects.count() == 2


def test_an_ended_job_that_is_cancelled_in_flight_writes_no_post_but_keeps_its_answer(order, monkeypatch):
    real = Offline.complete
    _batch, job = order(count=1)

    def complete(self, request):
        row = Job.objects.get(pk=job.pk)
        ending.cancelled(row)
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    work(job.pk, worker="test")
    assert Post.objects.count() == 0
    assert Call.objects.get().state == Call.State.ANSWERED


def test_bad_output_is_a_permanent_error():
    from blog.drafting import draft

    with pytest.raises(BadOutput, match="80"):
        draft("too short", "Title")


def test_a_job_ended_from_outside_names_what_it_had_made(order, monkeypatch):
    real = Offline.complete
    batch, job = order(count=5)

    def complete(self, request):
        if Post.objects.count() == 2:
            ending.cancelled(Job.objects.get(pk=job.pk))  # as the reconciler ends a cancel that nobody answers
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    work(job.pk, worker="test")
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert job.result["postIds"] == list(batch.posts.order_by("pk").values_list("pk", flat=True))
    assert len(job.result["postIds"]) == 2


def test_its_own_posts_are_not_counted_as_passed_over(order, monkeypatch):
    real = Offline.complete
    batch, job = order(count=6)

    def complete(self, request):
        if Post.objects.count() == 3 and not batch.stop_requested_at:
            batches.stop(batch, by="edda")
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", complete)
    work(job.pk, worker="test")
    monkeypatch.setattr(Offline, "complete", real)
    again = batches.resume(batch, job.user)
    work(again.pk, worker="test")
    again.refresh_from_db()
    assert (again.result["skipped"], len(again.result["postIds"])) == (0, 6)


def test_an_error_of_the_database_is_not_taken_for_a_film_that_another_batch_has(order, monkeypatch):
    _batch, job = order(count=1)

    def broken(**columns):
        raise IntegrityError("NOT NULL constraint failed: blog_pick.colour")

    monkeypatch.setattr("blog.generation.Pick.objects.create", broken)
    work(job.pk, worker="test")
    job.refresh_from_db()
    assert job.state == State.DELAYED
    assert "NOT NULL" in job.waiting_for
