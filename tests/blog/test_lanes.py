"""A batch in the cheaper lane, a batch whose model fails, and a batch that needs its person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keys
from accounts.models import Notice
from ai import lots, preferences
from ai.editions import add
from ai.models import Budget, Call, Lot
from ai.preferences import Wish
from blog import batches, prompts
from blog.models import Batch, Post
from blog.orders import Order
from integrations.errors import Unsupported
from jobs.models import Job, State
from jobs.running import work
from tests.ai.conftest import vendors  # noqa: F401
from tests.integrations.conftest import clean_environment, stub  # noqa: F401
from tests.integrations.vendor_stub import problem, text, wrong_key

pytestmark = pytest.mark.django_db
ARTICLE = "# A film worth the evening\n\n" + "Words that make a post. " * 40


def go_on(job):
    Job.objects.filter(pk=job.pk, state=State.DELAYED).update(run_at=timezone.now() - timedelta(seconds=1))
    work(job.pk, worker="test")
    job.refresh_from_db()


def test_the_cheaper_lane_writes_all_posts_when_their_answers_are_there(vendors, write):  # noqa: F811
    vendors.lots.said = ARTICLE
    _batch, job = write(count=3, model="gpt-6-luna", lane="cheap")
    assert job.state == State.DELAYED
    assert "works on 3 texts in its cheaper lane" in job.waiting_for
    assert job.attempt == 0
    vendors.lots.finish(Lot.objects.get().remote_id)
    assert lots.poll()["ended"] == 1
    job.refresh_from_db()
    go_on(job)
    assert (job.state, len(job.result["postIds"])) == (State.COMPLETED, 3)
    assert {call.lane for call in Call.objects.all()} == {"cheap"}
    assert len(vendors.lots.batches) == 1


def test_a_cancelled_batch_in_the_cheaper_lane_uses_later_what_was_paid(vendors, write, editor):  # noqa: F811
    vendors.lots.said = ARTICLE
    batch, _job = write(count=2, model="claude-haiku-5-5", lane="cheap")
    batches.stop(batch, by="edda")
    assert lots.poll()["open"] == 1
    lot = Lot.objects.get()
    vendors.lots.finish(lot.remote_id)
    assert lots.poll()["ended"] == 1
    batch.refresh_from_db()
    again = batches.resume(batch, editor)
    work(again.pk, worker="test")
    again.refresh_from_db()
    assert (again.state, Post.objects.count()) == (State.COMPLETED, 2)
    assert len(vendors.lots.batches) == 1


def test_a_model_without_the_lane_is_refused_at_the_order(order):
    with pytest.raises(Unsupported, match="has no cheaper lane"):
        order(model="offline", lane="cheap")
    assert not Batch.objects.exists()


def test_the_next_model_of_the_persons_chain_writes_and_is_named(vendors, write, editor, tenant):  # noqa: F811
    wish = Wish(("claude-haiku-5-5",), ("busy", "unusable"))
    preferences.change(editor, {}, by=editor, tenant=tenant, wish=wish)
    vendors.then(problem("openai", 503), text("anthropic", ARTICLE), text("openai", "Too short."))
    vendors.then(text("anthropic", ARTICLE))
    batch, job = write(count=2, model="gpt-6-luna")
    assert job.state == State.COMPLETED
    assert {post.call.model_requested for post in Post.objects.all()} == {"claude-haiku-5-5"}
    assert set(Post.objects.values_list("call__instead_of", flat=True)) == {"gpt-6-luna"}
    assert Call.objects.get(rejected__contains="words").model_requested == "gpt-6-luna"
    assert batch.fallbacks == [{"model": "claude-haiku-5-5", "keyOwner": "user"}]


def test_a_refused_key_pauses_the_batch_with_one_notice_that_counts(vendors, write, editor):  # noqa: F811
    vendors.then(text("openai", ARTICLE), wrong_key("openai"))
    batch, _job = write(count=3, model="gpt-6-luna")
    assert batch.state == Batch.State.PAUSED
    notice = Notice.objects.get(user=editor)
    assert notice.subject == f"Batch {batch.pk} is paused: it needs you, then Resume"
    assert "does not accept the key" in notice.body
    assert "1 post is kept, 2 to do." in notice.body
    assert "are paid and not paid again." in notice.body
    assert notice.link == f"/admin/blog/batch/{batch.pk}/change/"
    seen = len(vendors.seen)
    vendors.then(text("openai", ARTICLE), text("openai", ARTICLE))
    again = batches.resume(batch, editor)
    work(again.pk, worker="test")
    again.refresh_from_db()
    assert (again.state, len(again.result["postIds"])) == (State.COMPLETED, 3)
    assert len(vendors.seen) == seen + 2


def test_a_batch_waits_for_its_budget_and_goes_on_when_it_is_raised(vendors, write, tenant):  # noqa: F811
    budget = Budget.objects.create(tenant=tenant, period="month", limit_usd=0)
    vendors.then(text("openai", ARTICLE))
    _batch, job = write(count=1, model="gpt-6-luna")
    assert (job.state, job.attempt) == (State.DELAYED, 0)
    assert job.waiting_for.startswith("Budget: the next call could cost")
    assert not vendors.seen
    budget.limit_usd = 5
    budget.save()
    go_on(job)
    assert job.state == State.COMPLETED


def test_a_batch_is_written_in_the_words_that_were_in_use_when_it_was_ordered(order, tenant, editor):
    add(prompts.POST, "Be brief.", "Write {words} words.\n{record}", tenant=tenant, by=editor)
    _batch, job = order(count=1)
    add(prompts.POST, "Be long.", "Write {words} words!\n{record}", tenant=tenant, by=editor)
    work(job.pk, worker="test")
    call = Call.objects.get()
    assert (call.prompt_edition, call.inputs["system"]) == (1, "Be brief.")
    assert call.inputs["prompt"].startswith("Write 300 words.\n<<<RECORD")
    assert Post.objects.count() == 1


def test_films_whose_answers_are_paid_for_stay_with_their_batch(vendors, write, editor, order):  # noqa: F811
    vendors.lots.said = ARTICLE
    batch, job = write(count=2, model="gpt-6-luna", lane="cheap")
    vendors.lots.finish(Lot.objects.get().remote_id)
    keys.remove_key(editor, "openai")
    go_on(job)
    assert job.state == State.FAILED
    other, _job = order(count=2, model="offline")
    work(other.job.pk, worker="test")
    keys.save_key(editor, "openai", "good-key")
    again = batches.resume(batch, editor)
    work(again.pk, worker="test")
    again.refresh_from_db()
    assert (again.state, len(again.result["postIds"])) == (State.COMPLETED, 2)
    assert len(vendors.lots.batches) == 1


def test_the_estimate_promises_no_lane_that_is_not_there(tenant, editor):
    ordered = Order(source="popular", count=1, model="gemini-3.8-flash", lane="cheap")
    with pytest.raises(Unsupported, match="has no cheaper lane"):
        batches.estimate(ordered, tenant=tenant, user=editor)
