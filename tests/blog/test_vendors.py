"""A batch by each vendor, through its official SDK, with the person's own key; and films from TMDb."""

import io
import logging
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import keys
from ai.models import Call, Cooldown
from blog import batches
from blog.models import Post
from integrations.catalogs import tmdb_requests
from integrations.catalogs.tmdb_requests import Pace
from integrations.errors import InvalidKey
from jobs.models import Job, JobEvent, State
from jobs.running import work
from tests.integrations import tmdb_stub, vendor_stub
from tests.integrations.conftest import clean_environment, stub  # noqa: F401
from tests.integrations.tmdb_stub import TMDbStub
from tests.integrations.vendor_stub import MODELS, VENDORS, drop, html, problem, text, wrong_key

pytestmark = [pytest.mark.django_db, pytest.mark.one_ground]
ARTICLE = "# A film worth the evening\n\n" + "Words that make a post. " * 40


@pytest.fixture
def vendors(stub, settings, editor):  # noqa: F811
    """Every vendor at the stub, with a key of the editor's own."""
    settings.VENDOR_BASE_URLS = {name: stub.base_url(name) for name in VENDORS} | {"tmdb": ""}
    for name in VENDORS:
        keys.save_key(editor, name, " good-key ")
    return stub


def article(vendor):
    return text(vendor, said=ARTICLE) if "said" in text.__code__.co_varnames else text(vendor, ARTICLE)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_batch_with_ones_own_key(vendors, write, vendor):
    vendors.then(article(vendor), article(vendor))
    batch, job = write(count=2, model=MODELS[vendor])
    assert (job.state, batch.key_owner) == (State.COMPLETED, "user")
    assert Post.objects.count() == 2
    for call in Call.objects.all():
        assert (call.state, call.key_owner, call.provider) == ("answered", "user", vendor)
        assert call.model_used
        assert call.input_tokens > 0
        assert call.cost_usd > 0
        assert call.cost_usd <= call.reserved_usd
    assert len(vendors.seen) == 2


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_key_is_asked_once_says_the_cure_and_resume_goes_on(vendors, write, editor, vendor):
    vendors.then(article(vendor), wrong_key(vendor))
    batch, job = write(count=2, model=MODELS[vendor])
    assert (job.state, job.failed_code, job.attempt, batch.state) == (State.FAILED, "InvalidKey", 1, "paused")
    assert "key" in batch.note
    assert len(vendors.seen) == 2
    vendors.then(article(vendor))
    again = batches.resume(batch, editor)
    work(again.pk, worker="test")
    assert Post.objects.count() == 2
    assert len(vendors.seen) == 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_too_many_requests_wait_as_long_as_told_and_use_no_attempt(vendors, write, vendor):
    vendors.then(problem(vendor, 429, **{"Retry-After": "30"}))
    _batch, job = write(count=1, model=MODELS[vendor])
    assert (job.state, job.attempt) == (State.DELAYED, 0)
    assert 25 < (job.run_at - timezone.now()).total_seconds() <= 60
    Job.objects.update(run_at=timezone.now() - timedelta(seconds=1))
    Cooldown.objects.update(until=timezone.now())
    vendors.then(article(vendor))
    work(job.pk, worker="test")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.COMPLETED, 1)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", ["garbage", "dropped", "busy"])
def test_a_vendor_that_stumbles_is_asked_again_later(vendors, write, vendor, fault):
    reply = {"garbage": html(502), "dropped": drop, "busy": problem(vendor, 503)}[fault]
    vendors.then(reply)
    _batch, job = write(count=1, model=MODELS[vendor])
    assert (job.state, job.attempt) == (State.DELAYED, 1)
    assert Post.objects.count() == 0


def test_a_key_that_goes_between_order_and_work_pauses_the_batch(vendors, order, editor):
    batch, job = order(count=1, model=MODELS["openai"])
    keys.remove_key(editor, "openai")
    work(job.pk, worker="test")
    batch.refresh_from_db()
    assert batch.state == "paused"
    assert "AI settings" in batch.note
    assert vendors.seen == []


def test_the_ceiling_pauses_the_batch_and_a_higher_one_lets_it_go_on(vendors, order, editor):
    batch, job = order(count=2, model=MODELS["anthropic"], max_usd="0.00")
    work(job.pk, worker="test")
    batch.refresh_from_db()
    assert (batch.state, vendors.seen) == ("paused", [])
    vendors.then(article("anthropic"), article("anthropic"))
    again = batches.resume(batch, editor, max_usd=5)
    work(again.pk, worker="test")
    assert Post.objects.count() == 2


def test_without_a_key_nothing_is_accepted(order):
    with pytest.raises(InvalidKey, match="There is no OpenAI key"):
        order(count=1, model="gpt-6-luna")
    assert not Job.objects.exists()


def test_an_estimate_is_never_below_what_a_batch_costs(vendors, write, order, tenant, editor):
    from blog.orders import Order

    ordered = Order(source="popular", count=2, model=MODELS["openai"])
    estimate = batches.estimate(ordered, tenant=tenant, user=editor)
    vendors.then(article("openai"), article("openai"))
    batch, _job = write(count=2, model=MODELS["openai"])
    assert 0 < estimate.low < estimate.likely < estimate.high
    assert batch.spent_usd() <= estimate.high


@pytest.mark.parametrize(
    "vendor", [pytest.param(one, marks=[pytest.mark.full] if place else []) for place, one in enumerate(VENDORS)]
)
def test_a_canary_key_is_nowhere(vendors, order, editor, client_for, vendor, caplog):
    canary = f"CANARY-{vendor}-7Hq2Zr9Lw4"
    vendors.keys.add(canary)
    keys.save_key(editor, vendor, canary)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    caplog.set_level(logging.DEBUG)
    for replies in ([article(vendor)], [wrong_key(vendor)], [drop], [html(500)]):
        vendors.script.clear()
        _batch, job = order(count=1, model=MODELS[vendor])
        work(job.pk, worker="test")
        vendors.then(*replies)
    logging.getLogger().removeHandler(handler)
    client = client_for(editor)
    pages = ["/admin/", "/admin/settings/ai", "/admin/ai/call/", "/admin/jobs/job/", "/admin/blog/batch/"]
    pages += [f"/admin/jobs/job/{job.pk}/change/" for job in Job.objects.all()]
    pages += [f"/admin/ai/call/{call.pk}/change/" for call in Call.objects.all()]
    pages += ["/api/user/ai-settings", "/api/jobs/user", *(f"/api/jobs/user/{job.pk}" for job in Job.objects.all())]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert canary not in answer.content.decode(), page
    assert canary not in log.getvalue() + caplog.text
    for rows in (Job, JobEvent, Call):
        assert canary not in repr(list(rows.objects.values()))
    assert any(canary in str(seen.headers) for seen in vendors.seen)


@pytest.fixture
def films(settings, monkeypatch):
    monkeypatch.setattr(tmdb_requests, "PACE", Pace(1_000_000))
    with TMDbStub(films=120, series=120) as server:
        settings.TMDB_API_KEY = server.key
        settings.VENDOR_BASE_URLS = {**settings.VENDOR_BASE_URLS, "tmdb": server.url}
        yield server


@pytest.mark.parametrize("media_type", ["movie", "tv"])
@pytest.mark.parametrize("source", ["popular", "top_rated", "trending", "upcoming", "discover"])
def test_a_batch_from_tmdb(films, write, source, media_type):
    count = 1 if source == "upcoming" else 3  # the stub announces few series
    with time_machine.travel(f"{tmdb_stub.TODAY}T12:00:00Z"):  # its titles have fixed dates
        batch, job = write(count=count, source=source, media_type=media_type)
    assert (job.state, batch.catalog) == (State.COMPLETED, "tmdb")
    posts = list(Post.objects.all())
    assert len(posts) == count
    for post in posts:
        assert post.film.startswith(f"{media_type}:tmdb-")
        assert post.snapshot["source"].startswith("TMDb")
        assert post.snapshot["name"]


def test_tmdbs_rate_limit_puts_the_batch_off_and_nothing_is_lost(films, write):
    films.fail("429", path="/movie/popular", times=1, retry_after=7)
    _batch, job = write(count=2)
    assert (job.state, job.attempt) == (State.DELAYED, 0)
    assert 5 < (job.run_at - timezone.now()).total_seconds() <= 7
    Job.objects.update(run_at=timezone.now() - timedelta(seconds=1))
    work(job.pk, worker="test")
    assert Post.objects.count() == 2


def test_a_wrong_tmdb_key_pauses_the_batch_with_the_cure(films, write, settings):
    settings.TMDB_API_KEY = "wrong" * 6
    batch, job = write(count=2)
    assert (job.state, batch.state) == (State.FAILED, "paused")
    assert "TMDB_API_KEY" in batch.note


def test_the_stub_module_names_all_vendors():
    assert set(vendor_stub.MODELS) == set(VENDORS)


@pytest.mark.parametrize(("status", "words"), [(403, "allow"), (404, "address"), (400, "")])
def test_what_is_wrong_with_key_or_address_pauses_the_batch_after_one_call(vendors, write, status, words):
    vendors.then(problem("openai", status, words="Your organization must be verified") if status != 404 else html(404))
    batch, job = write(count=3, model=MODELS["openai"])
    assert (job.state, batch.state, len(vendors.seen)) == (State.FAILED, "paused", 1)
    assert words in batch.note
    assert batch.picks.count() == 0
