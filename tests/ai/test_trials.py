"""Calls made again: offline the very same bytes, on another model through its vendor's SDK, and the pages."""

from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Role, User
from ai import editions, trials
from ai.admin.places import family, places_of
from ai.models import Call, ListedModel, Trial, TrialItem
from ai.trials import CannotAskAgain
from blog import batches, prompts
from blog.models import Post
from blog.orders import Order
from integrations.errors import ModelGone
from jobs import accepting
from jobs.accepting import KeyReused
from jobs.models import Job, State
from jobs.running import work
from tests.ai.made_calls import call as made_call
from tests.integrations.vendor_stub import problem, text

pytestmark = pytest.mark.django_db
# The film's name is in it twice, and a year that its record does not have.
ARTICLE = "# A film worth the evening\n\nIt came out in 1901. " + "Words that make a post. " * 40


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


@pytest.fixture
def posts(tenant, editor):
    """Two posts by the offline writer."""
    _batch, job = batches.start(Order(source="popular", count=2), tenant=tenant, user=editor)
    work(job.pk, worker="test")
    return list(Post.objects.select_related("call").order_by("pk"))


@pytest.fixture
def stored(posts):
    """The call that wrote the first post."""
    return posts[0].call


def again(calls, model="offline", *, by, carry_out=True, **more):
    """A trial, carried out."""
    trial, job = trials.start(calls, model, tenant=calls[0].tenant, user=by, **more)
    if carry_out:
        work(job.pk, worker="test")
    job.refresh_from_db()
    return trial, job


def replay_form(client, call, **changes):
    form = client.get(reverse("ai_replay", args=[call.pk])).context["form"]
    return {field.name: field.value() for field in form} | changes


def page_of(trial, name="change"):
    return reverse(f"admin:ai_trial_{name}", args=[trial.pk])


# -- the work -------------------------------------------------------------------------------------


def test_an_offline_call_made_again_gives_the_same_bytes(stored, editor):
    trial, job = again([stored], by=editor)
    answer = trial.items.get().answer
    assert (job.state, job.result) == (State.COMPLETED, {"trialId": trial.pk, "answered": 1, "failed": 0})
    assert answer.pk != stored.pk
    assert answer.raw_answer.encode() == stored.raw_answer.encode()
    assert answer.content_hash == stored.content_hash
    pair = trials.compare(stored, answer)
    assert pair.is_same
    assert pair.before.report == pair.after.report
    assert pair.difference == [{"kind": "same", "text": stored.raw_answer}]


def test_another_model_writes_the_same_words_and_is_compared_with_its_facts_cost_and_time(stored, editor, vendors):
    vendors.then(text("openai", ARTICLE))
    trial, _job = again([stored], "gpt-6-luna", by=editor)
    answer = trial.items.get().answer
    assert (answer.inputs["prompt"], answer.inputs["system"]) == (stored.inputs["prompt"], stored.inputs["system"])
    assert (answer.key_owner, answer.origin, answer.user) == ("user", trial.origin, editor)
    pair = trials.compare(stored, answer)
    assert (pair.is_same, pair.after.call.model_answered) == (False, "gpt-6-luna-2026-10-01")
    assert pair.before.report.score == 100
    assert [claim.text for claim in pair.after.report.contradictions] == ["1901"]
    assert pair.after.call.cost_usd > 0
    assert pair.after.seconds is not None
    pieces = pair.difference
    assert "".join(piece["text"] for piece in pieces if piece["kind"] != "new") == stored.raw_answer
    assert "".join(piece["text"] for piece in pieces if piece["kind"] != "gone") == answer.raw_answer


def test_the_words_of_today_are_those_of_the_edition_in_use(stored, tenant, owner, editor):
    same, today = Trial.Words.SAME, Trial.Words.CURRENT
    assert trials.words_of(stored, same, tenant) == trials.words_of(stored, today, tenant)
    editions.add(prompts.POST, "Our own rules.", "In {language}: {record}", tenant=tenant, by=owner)
    words = trials.words_of(stored, today, tenant)
    assert (words.system, words.edition, words.version) == ("Our own rules.", 1, prompts.POST.version)
    assert words.text.startswith("In English: <<<RECORD")
    assert trials.words_of(stored, same, tenant).system == prompts.SYSTEM
    trial, _job = again([stored], by=editor, words=today)
    answer = trial.items.get().answer
    assert (answer.prompt_edition, answer.inputs["system"]) == (1, "Our own rules.")


def test_words_of_today_that_cannot_be_filled_in_are_refused_with_the_reason(stored, tenant, editor, monkeypatch):
    stored.inputs["values"].pop("tone")
    with pytest.raises(CannotAskAgain, match=r"wants \{tone\}, which this call did not have"):
        again([stored], by=editor, words=Trial.Words.CURRENT)
    stored.inputs.pop("values")
    with pytest.raises(CannotAskAgain, match="only be asked in the same words"):
        again([stored], by=editor, words=Trial.Words.CURRENT)
    assert not Trial.objects.exists()


def test_what_cannot_be_made_again_says_why_and_starts_nothing(tenant, other_tenant, stored, editor):
    for calls, why in (
        ([made_call(tenant, state="sent", inputs={"prompt": "p"})], "in flight"),
        ([made_call(tenant, inputs={})], "words were kept"),
        ([made_call(other_tenant, inputs={"prompt": "p"})], "words were kept"),
        ([], "words were kept"),
    ):
        with pytest.raises(CannotAskAgain, match=why):
            trials.start(calls, "offline", tenant=tenant, user=editor)
    with pytest.raises(ModelGone, match=r"gpt-4-turbo is retired.*gpt-6\.1-sol"):
        again([stored], "gpt-4-turbo", by=editor)
    assert not Trial.objects.exists()
    assert Job.objects.count() == 1  # the batch's


def test_one_key_makes_one_trial_and_another_body_is_told(stored, posts, editor):
    first = again([stored], by=editor, key="k", carry_out=False)
    assert again([stored], by=editor, key="k", carry_out=False) == first
    with pytest.raises(KeyReused):
        again([posts[1].call], by=editor, key="k", carry_out=False)
    assert Trial.objects.count() == 1


def test_a_text_that_cannot_be_written_is_noted_and_the_others_go_on(posts, editor, vendors):
    vendors.then(text("openai", "No.", ending="refused"), text("openai", ARTICLE))
    trial, job = again([post.call for post in posts], "gpt-6-luna", by=editor)
    refused, written = trial.items.all()
    assert (job.state, job.result["answered"], job.result["failed"]) == (State.COMPLETED, 1, 1)
    assert "refused" in refused.problem
    assert (refused.answer, written.problem) == (None, "")
    assert job.message == "1 of 2 texts written again, 1 could not be"
    figures = trials.summary(trial.items.select_related("call", "answer"))
    assert (figures.answered, figures.failed, figures.total, figures.same) == (1, 1, 2, 0)
    assert figures.before.score == 100
    assert figures.after.score < 100
    assert (figures.before.usd, figures.after.usd) == (0, written.answer.cost_usd)


def test_a_retry_asks_only_for_what_is_missing(posts, editor, vendors):
    vendors.then(text("openai", ARTICLE), problem("openai", 401, "invalid_api_key"))
    trial, job = again([post.call for post in posts], "gpt-6-luna", by=editor)
    assert (job.state, job.failed_code) == (State.FAILED, "InvalidKey")
    vendors.then(text("openai", ARTICLE))
    work(accepting.retry(job, editor).pk, worker="test")
    assert trial.items.exclude(answer=None).count() == 2
    assert len(vendors.seen) == 3
    assert trial.job.state == State.COMPLETED


def test_the_newest_texts_of_a_model_are_those_that_were_used_here(tenant, other_tenant, posts, editor):
    again([posts[0].call], by=editor)
    made_call(tenant, model_requested="offline", rejected="cut off", inputs={"prompt": "p"})
    made_call(tenant, model_requested="offline", state="failed", inputs={"prompt": "p"})
    made_call(other_tenant, model_requested="offline", inputs={"prompt": "p"})
    offline = ListedModel.objects.get(model_id="offline")
    found = trials.newest_calls(offline, tenant, 10)
    assert found == [post.call for post in reversed(posts)]
    assert trials.newest_calls(offline, tenant, 1) == found[:1]


def test_the_estimate_adds_up_what_each_text_can_cost(posts, tenant, editor, vendors):
    calls = [post.call for post in posts]
    one, both = (trials.estimate(some, "gpt-6-luna", tenant=tenant) for some in (calls[:1], calls))
    assert (one.calls, both.calls) == (1, 2)
    assert 0 < one.low < one.likely < one.high < both.high
    vendors.then(text("openai", ARTICLE))
    trial, _job = again(calls[:1], "gpt-6-luna", by=editor)
    assert trial.items.get().answer.reserved_usd == one.high
    assert trials.estimate(calls, "offline", tenant=tenant).high == 0


# -- asking again ---------------------------------------------------------------------------------


def test_an_editor_sees_the_call_its_cost_and_makes_it_again(client_for, editor, stored, vendors):
    client = client_for(editor)
    page = client.get(reverse("ai_replay", args=[stored.pk]))
    assert page.context["form"]["model"].value() == "offline"
    assert "1 call, no cost" in page.context["estimate"]
    assert stored.raw_answer.splitlines()[0] in page.content.decode()
    url = reverse("ai_replay_estimate", args=[stored.pk])
    assert "likely" in client.get(url, {"model": "gpt-6-luna", "words": "same"}).json()["text"]
    assert "is retired" in client.get(url, {"model": "gpt-4"}).json()["text"]
    assert client.get(url, {"words": "nonsense"}).json()["text"] == ""

    posted = client.post(reverse("ai_replay", args=[stored.pk]), replay_form(client, stored))
    trial = Trial.objects.get()
    assert posted.headers["Location"] == page_of(trial)
    assert (trial.user, trial.words, trial.model_id, trial.items.get().call) == (editor, "same", "offline", stored)


def test_two_clicks_make_one_trial_and_other_choices_are_asked_about(client_for, editor, stored):
    client, url = client_for(editor), reverse("ai_replay", args=[stored.pk])
    values = replay_form(client, stored)
    first, second = client.post(url, values), client.post(url, values)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Trial.objects.count(), Job.objects.filter(task=trials.CARRY_OUT).count()) == (1, 1)
    other = client.post(url, {**values, "words": "current"})
    assert other.status_code == 200
    assert other.context["form"]["once"].value() != values["once"]
    assert "sent before with other choices" in other.content.decode()
    assert Trial.objects.count() == 1
    assert client.post(url, {**values, "once": ""}).context["form"].non_field_errors()


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("gpt-6-luna", "Enter one under AI settings"),
        ("gpt-4", "use gpt-6.1-sol"),
        ("x\x00y", "unknown model"),
        ("", "choose a model"),
    ],
)
def test_a_model_that_cannot_be_asked_is_said_at_its_field(client_for, editor, stored, model, why):
    client = client_for(editor)
    values = replay_form(client, stored, model=model)
    form = client.post(reverse("ai_replay", args=[stored.pk]), values).context["form"]
    assert list(form.errors) == ["model"]
    assert why.lower() in str(form.errors["model"]).lower()
    assert not Trial.objects.exists()


def test_a_retired_model_is_not_swapped_and_calls_without_words_offer_no_button(client_for, editor, stored, tenant):
    client = client_for(editor)
    Call.objects.filter(pk=stored.pk).update(model_requested="gpt-4")
    page = client.get(reverse("ai_replay", args=[stored.pk]))
    assert page.context["form"]["model"].value() == ""
    assert "gpt-4 is retired" in page.content.decode().replace("Gpt", "gpt")
    Call.objects.filter(pk=stored.pk).update(inputs={})
    assert 'id="replay_form"' not in client.get(reverse("ai_replay", args=[stored.pk])).content.decode()


def test_viewers_and_strangers_ask_nothing(client_for, viewer, stranger, stored, editor, client):
    trial, _job = again([stored], by=editor)
    for name in ("ai_replay", "ai_replay_estimate"):
        url = reverse(name, args=[stored.pk])
        assert client_for(viewer).get(url).status_code == 403
        assert client_for(stranger).get(url).status_code == 404
        assert "/login/" in client.get(url).headers["Location"]
    url = reverse("ai_replay", args=[stored.pk])
    assert client_for(viewer).post(url, {"model": "offline"}).status_code == 403
    assert client_for(stranger).post(url, {"model": "offline"}).status_code == 404
    assert client_for(viewer).get(page_of(trial)).status_code == 200
    assert "Use this text" not in client_for(viewer).get(page_of(trial)).content.decode()
    for name in ("change", "progress"):
        assert client_for(stranger).get(page_of(trial, name)).status_code == 404
    for name in ("stop", "resume"):
        assert client_for(stranger).post(page_of(trial, name)).status_code == 404
        assert client_for(viewer).post(page_of(trial, name)).status_code == 403
    assert "No trials yet" in client_for(stranger).get("/admin/ai/trial/").content.decode()
    assert Trial.objects.count() == 1
    assert client_for(editor).get(reverse("ai_replay", args=[10**30])).status_code == 404


# -- the page of a trial --------------------------------------------------------------------------


def test_the_page_follows_the_job_and_compares_both_texts(client_for, editor, stored, vendors):
    client = client_for(editor)
    trial, job = again([stored], "gpt-6-luna", by=editor, carry_out=False)
    page = client.get(page_of(trial))
    assert (page.context["live"]["state"], page.context["live"]["ended"]) == ("waiting", False)
    assert "Not written again yet." in page.content.decode()
    vendors.then(text("openai", ARTICLE))
    work(job.pk, worker="test")
    live = client.get(page_of(trial, "progress")).json()
    assert (live["state"], live["percentage"], live["ended"]) == ("completed", 100, True)
    assert live["version"] != page.context["live"]["version"]
    assert "USD" in live["cost"]
    page = client.get(page_of(trial)).content.decode()
    assert "<del>" in page
    assert "<ins>" in page
    assert "The new text contradicts its source" in page
    assert "“1901”" in page
    assert "gpt-6-luna-2026-10-01" in page


def test_same_bytes_are_said_and_what_a_vendor_sends_is_escaped(client_for, editor, stored, vendors):
    trial, _job = again([stored], by=editor)
    assert "byte for byte the same" in client_for(editor).get(page_of(trial)).content.decode()
    vendors.then(text("openai", "# <script>alert(1)</script>\n\n" + "word " * 90))
    trial, _job = again([stored], "gpt-6-luna", by=editor)
    page = client_for(editor).get(page_of(trial)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_trial_outlives_its_job(client_for, editor, stored):
    trial, job = again([stored], by=editor)
    half, other = again([stored], by=editor, carry_out=False)
    Job.objects.filter(pk__in=[job.pk, other.pk]).delete()
    client = client_for(editor)
    assert client.get(page_of(trial)).context["live"]["state"] == "completed"
    live = client.get(page_of(half)).context["live"]
    assert (live["state"], live["canResume"]) == ("cancelled", False)
    assert "cleared away" in live["message"]
    listing = client.get("/admin/ai/trial/").content.decode()
    assert listing.index("Cancelled") < listing.index("Completed")
    assert client.post(page_of(half, "resume"), follow=True).status_code == 200


def test_stop_and_retry(client_for, editor, tenant, stored):
    trial, job = again([stored], by=editor, carry_out=False)
    colleague = User.objects.create_user("carl", "carl@example.com", "pw", is_staff=True)
    Membership.objects.create(tenant=tenant, user=colleague, role=Role.EDITOR)
    assert client_for(colleague).post(page_of(trial, "stop")).status_code == 403
    client = client_for(editor)
    client.post(page_of(trial, "stop"))
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED
    assert client.get(page_of(trial)).context["live"]["canResume"]
    client.post(page_of(trial, "resume"))
    assert trial.job.retry_of_id == job.pk
    work(trial.job.pk, worker="test")
    assert trial.items.get().answer
    assert AuditEntry.objects.filter(action="job.retried").exists()


def test_the_page_says_where_the_text_is_used_and_offers_every_text_that_was_made_of_it(editor, stored, posts):
    first, second = (again([stored], by=editor)[0].items.get() for _ in range(2))
    post = posts[0]
    assert family(stored) == {stored.pk, first.answer_id, second.answer_id} == family(second.answer)
    Post.objects.filter(pk=post.pk).update(call=first.answer)
    for call in (stored, first.answer, second.answer):
        (place,) = places_of(call)
        assert (place.kind, place.title, place.call_id) == ("post", post.title, first.answer_id)
        assert place.take_url == reverse("admin:blog_post_take_text", args=[post.pk])
    assert places_of(posts[1].call)[0].title == posts[1].title


def test_a_call_without_an_answer_can_be_made_again(client_for, editor, stored, tenant):
    failed = Call.objects.get(pk=stored.pk)
    failed.pk, failed._state.adding, failed.state, failed.raw_answer = None, True, "failed", ""
    failed.error, failed.step = "The vendor was busy", "other"
    failed.save()
    trial, _job = again([failed], by=editor)
    page = client_for(editor).get(page_of(trial)).content.decode()
    assert "There was no answer: The vendor was busy" in page
    assert "<del>" not in page.split("pr-sides")[1].split("Only in the stored")[0]


def test_an_item_belongs_to_one_call(stored, editor):
    trial, _job = again([stored], by=editor)
    with pytest.raises(IntegrityError):
        TrialItem.objects.create(trial=trial, call=stored)


def test_means_of_nothing_are_unknown_and_cost_nothing():
    assert trials.Means.of([]) == trials.Means(None, Decimal(0), None)


def test_the_list_searches_by_film_and_shows_the_state(client_for, editor, stored):
    again([stored], by=editor)
    client = client_for(editor)
    assert "1 of 1 text" in client.get("/admin/ai/trial/", {"q": stored.step}).content.decode()
    assert "1 of 1 text" not in client.get("/admin/ai/trial/", {"q": "no such film"}).content.decode()
