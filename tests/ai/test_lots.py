"""The cheaper lane: handed in once, also over a crash; half the price; a cancel gives the rest back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts import keys
from ai import lots
from ai.chain import Chain
from ai.lots import PatientWriter
from ai.model_list import known
from ai.models import Budget, Call, ListedModel, Lot, Price
from ai.prompting import Prompt
from config import faultpoints
from integrations.errors import BadOutput, InvalidKey, ModelGone, Refused
from jobs import ending
from jobs.models import Job, State
from jobs.outcomes import Wait
from tests.integrations.vendor_stub import problem

pytestmark = pytest.mark.django_db
LANES = {"openai": "gpt-6-luna", "anthropic": "claude-sonnet-5-5"}
PROMPTS = {name: Prompt("test", 1, "Rules.", f"Write {name}.", max_output_tokens=500) for name in ("a", "b", "c")}


@pytest.fixture(params=list(LANES))
def vendor(request):
    return request.param


@pytest.fixture
def patient(vendors, new_run, vendor):
    """A writer in the cheaper lane, each time for a run of its own."""

    def make(run=None):
        return PatientWriter(run or new_run(), Chain.of(LANES[vendor], "user"), "test.Thing:1")

    return make


def hand_in(writer, prompts=PROMPTS):
    with pytest.raises(Wait) as wait:
        writer.hand_in(prompts)
    return wait.value


def line(vendor, said, ending="stop"):
    from tests.integrations.vendor_forms import FORMS

    form = FORMS[vendor](said, ending, False, "")
    if vendor == "anthropic":
        return {"type": "succeeded", "message": form}
    return {"response": {"status_code": 200, "request_id": "req_x", "body": form}}


def refused(vendor):
    error = {"type": "invalid_request_error", "code": "content_policy_violation", "message": "content_policy"}
    if vendor == "anthropic":
        return {"type": "errored", "error": {"type": "error", "error": error}}
    return {"response": {"status_code": 400, "request_id": "req_x", "body": {"error": error}}, "error": None}


def left(vendor):
    return {"type": "expired"} if vendor == "anthropic" else {"response": None, "error": {"code": "batch_expired"}}


def number(step):
    return str(Call.objects.filter(step=step).latest("pk").pk)


def test_handed_in_once_answered_later_at_half_the_price(patient, vendors, vendor):
    assert not lots.are_open()
    wait = hand_in(patient())
    assert lots.are_open()
    assert "works on 3 texts in its cheaper lane (0 done)" in wait.reason
    lot = Lot.objects.get()
    assert (lot.state, lot.total, lot.key_owner) == ("working", 3, "user")
    assert set(Call.objects.values_list("state", "lane")) == {("sent", "cheap")}
    hand_in(patient())
    assert len(vendors.lots.batches) == 1

    vendors.lots.finish(lot.remote_id)
    writer = patient()
    writer.hand_in(PROMPTS)
    call = writer.complete(PROMPTS["a"], "a")
    price = known(LANES[vendor]).price
    assert call.raw_answer == vendors.lots.said
    assert call.cost_usd < call.reserved_usd
    full = Call.objects.get(pk=call.pk)
    written = full.cache_write_tokens
    write = price.usd_cache_write / 2 if price.usd_cache_write else price.usd_batch_in
    cached = 60 * price.usd_cache_read / 2 + written * write
    expected = ((40 - written) * price.usd_batch_in + cached + 50 * price.usd_batch_out) / 1_000_000
    assert (full.input_tokens, full.cached_input_tokens, full.output_tokens) == (100, 60, 50)
    assert full.cost_usd == expected
    assert Lot.objects.get().state == "ended"
    assert len(vendors.lots.batches) == 1


def test_a_refused_line_is_told_and_not_paid_at_the_full_price(patient, vendors, vendor, run):
    hand_in(patient(run))
    vendors.lots.finish(Lot.objects.get().remote_id, **{number("b"): refused(vendor)})
    asked = len(vendors.seen)
    writer = patient(run)
    writer.hand_in(PROMPTS)
    assert writer.complete(PROMPTS["a"], "a")
    with pytest.raises(Refused):
        writer.complete(PROMPTS["b"], "b")
    assert not [seen for seen in vendors.seen[asked:] if seen.path.endswith(("/responses", "/messages"))]
    assert len(vendors.lots.batches) == 1
    assert Call.objects.get(step="b").cost_usd == 0


def test_what_nobody_worked_on_is_handed_in_again_and_was_not_billed(patient, vendors, vendor, run):
    hand_in(patient(run))
    first = Lot.objects.get()
    vendors.lots.finish(first.remote_id, **{number("c"): left(vendor)})
    hand_in(patient(run))
    assert Lot.objects.count() == 2
    assert Lot.objects.exclude(pk=first.pk).get().total == 1
    assert Call.objects.get(step="c", state="failed").cost_usd == 0


def test_an_answer_that_was_cut_off_goes_into_the_next_lot_with_more_room(patient, vendors, vendor, run):
    hand_in(patient(run))
    vendors.lots.finish(Lot.objects.get().remote_id, **{number("a"): line(vendor, "half", "length")})
    hand_in(patient(run))
    second = Lot.objects.latest("pk")
    assert [call.parameters["max_output_tokens"] for call in second.calls.all()] == [1500]
    vendors.lots.finish(second.remote_id, **{number("a"): line(vendor, "half again", "length")})
    writer = patient(run)
    writer.hand_in(PROMPTS)
    with pytest.raises(BadOutput, match="with more room"):
        writer.complete(PROMPTS["a"], "a")
    assert len(vendors.lots.batches) == 2


def test_a_crash_after_handing_in_finds_the_lot_again_where_the_vendor_can_tell(
    patient, vendors, vendor, new_run, monkeypatch
):
    def crash(name):
        if name == "lot.sent":
            raise KeyboardInterrupt

    monkeypatch.setattr(lots, "faultpoint", crash)
    with pytest.raises(KeyboardInterrupt):
        patient().hand_in(PROMPTS)
    assert Lot.objects.get().state == "submitting"
    monkeypatch.setattr(lots, "faultpoint", faultpoints.faultpoint)
    hand_in(patient())
    if vendor == "openai":
        assert len(vendors.lots.batches) == 1
        assert Lot.objects.get().state == "working"
    else:  # it keeps no label: what may have been billed counts as reserved
        assert len(vendors.lots.batches) == 2
        assert Call.objects.filter(state="lost").count() == 3
        for call in Call.objects.filter(state="lost"):
            assert call.cost_usd == call.reserved_usd > 0


def test_a_crash_before_handing_in_loses_nothing(patient, vendors, vendor, monkeypatch):
    def crash(name):
        if name == "lot.written":
            raise KeyboardInterrupt

    monkeypatch.setattr(lots, "faultpoint", crash)
    with pytest.raises(KeyboardInterrupt):
        patient().hand_in(PROMPTS)
    monkeypatch.setattr(lots, "faultpoint", faultpoints.faultpoint)
    hand_in(patient())
    assert len(vendors.lots.batches) == 1
    assert Lot.objects.filter(state="working").count() == 1
    for call in Call.objects.exclude(state="sent"):  # one vendor can say that it has none, the other cannot
        assert call.cost_usd == (0 if vendor == "openai" else call.reserved_usd)


def test_a_cancelled_job_gives_back_what_was_not_worked_on(patient, vendors, vendor, tenant, run):
    budget = Budget.objects.create(tenant=tenant, period="month", limit_usd=5)
    writer = patient(run)
    Job.objects.filter(pk=run.id).update(request="test.Thing:1")
    hand_in(writer)
    ending.end(run.job, State.CANCELLED, "Cancelled")
    assert Call.objects.filter(state="sent").count() == 3  # the vendor may still bill them
    assert lots.poll() == {"open": 1, "ended": 0, "unreachable": 0}
    assert Lot.objects.get().cancel_asked_at
    vendors.lots.finish(Lot.objects.get().remote_id, **{number("b"): left(vendor), number("c"): left(vendor)})
    assert lots.poll() == {"open": 0, "ended": 1, "unreachable": 0}
    from ai.budgets import standing

    found = standing(budget, timezone.now())
    assert found.reserved == 0
    assert found.spent == Call.objects.get(step="a").cost_usd > 0


def test_the_clock_wakes_the_job_that_waits(patient, vendors, vendor, run):
    Job.objects.filter(pk=run.id).update(request="test.Thing:1")
    wait = hand_in(patient(run))
    run.job.refresh_from_db()
    ending.wait(run.job, wait.reason, wait.until)
    assert lots.poll()["open"] == 1
    vendors.lots.finish(Lot.objects.get().remote_id)
    assert lots.poll()["ended"] == 1
    run.job.refresh_from_db()
    assert run.job.state == State.WAITING


def test_a_vendor_that_cannot_be_asked_is_asked_later(patient, vendors, vendor, run):
    hand_in(patient(run))
    vendors.then(problem(vendor, 503), problem(vendor, 503))
    assert lots.poll() == {"open": 0, "ended": 0, "unreachable": 1}
    assert Lot.objects.get().state == "working"
    hand_in(patient(run))


@pytest.mark.parametrize("why", ["the vendor goes on", "the key is gone", "the key is refused"])
def test_a_lot_that_nobody_answers_is_given_up_and_counts_as_reserved(patient, vendors, vendor, run, editor, why):
    hand_in(patient(run))
    if why == "the key is gone":
        keys.remove_key(editor, vendor)
    elif why == "the key is refused":
        vendors.keys = {"another"}
    Lot.objects.update(created_at=timezone.now() - timedelta(hours=29))
    assert lots.poll()["ended"] == 0
    Lot.objects.update(created_at=timezone.now() - timedelta(hours=31))
    assert lots.poll()["ended"] == 1
    assert Lot.objects.get().state == "failed"
    for call in Call.objects.all():
        assert (call.state, call.cost_usd) == ("lost", call.reserved_usd)


def unusable(vendor, how):
    from tests.integrations.vendor_forms import FORMS

    form = FORMS[vendor]("No." if how == "refused" else "", how if how == "refused" else "stop", how == "refused", "")
    if vendor == "anthropic":
        return {"type": "succeeded", "message": form}
    return {"response": {"status_code": 200, "request_id": "req_x", "body": form}}


@pytest.mark.parametrize("how", ["refused", "empty"])
def test_an_answer_that_cannot_be_used_is_paid_once_and_told(patient, vendors, vendor, run, how):
    hand_in(patient(run))
    vendors.lots.finish(Lot.objects.get().remote_id, **{number("b"): unusable(vendor, how)})
    writer = patient(run)
    writer.hand_in(PROMPTS)
    assert writer.complete(PROMPTS["a"], "a")
    with pytest.raises(Refused if how == "refused" else BadOutput):
        writer.complete(PROMPTS["b"], "b")
    writer.hand_in(PROMPTS)
    assert len(vendors.lots.batches) == 1


def test_what_never_works_is_handed_in_three_times_and_then_told(patient, vendors, vendor, run):
    for lots_so_far in range(1, 4):
        hand_in(patient(run))
        assert len(vendors.lots.batches) == lots_so_far
        vendors.lots.finish(Lot.objects.latest("pk").remote_id, **{number("c"): left(vendor)})
    writer = patient(run)
    writer.hand_in(PROMPTS)
    assert writer.complete(PROMPTS["a"], "a")
    with pytest.raises(BadOutput, match="handed in 3 times"):
        writer.complete(PROMPTS["c"], "c")
    assert len(vendors.lots.batches) == 3


def test_answers_of_a_model_that_has_retired_meanwhile_are_used(patient, vendors, vendor, run):
    hand_in(patient(run))
    vendors.lots.finish(Lot.objects.get().remote_id)
    ListedModel.objects.filter(model_id=LANES[vendor]).update(status="retired")
    writer = patient(run)
    writer.hand_in(PROMPTS)
    assert writer.complete(PROMPTS["a"], "a").raw_answer == vendors.lots.said
    with pytest.raises(ModelGone):
        writer.hand_in({"d": PROMPTS["a"]})


def test_answers_are_kept_when_the_price_was_removed_meanwhile(patient, vendors, vendor):
    hand_in(patient())
    Price.objects.filter(model__model_id=LANES[vendor]).delete()
    vendors.lots.finish(Lot.objects.get().remote_id)
    assert lots.poll() == {"open": 0, "ended": 1, "unreachable": 0}
    for call in Call.objects.all():
        assert (call.state, call.raw_answer) == ("answered", vendors.lots.said)
        assert (call.cost_usd, call.cost_source) == (call.reserved_usd, "reserved")


def test_a_wrong_key_pauses_and_leaves_nothing_reserved(patient, vendors, vendor):
    vendors.keys = {"another"}
    with pytest.raises(InvalidKey):
        patient().hand_in(PROMPTS)
    assert set(Call.objects.values_list("state", "cost_usd")) == {("failed", Decimal(0))}
    assert Lot.objects.get().state == "failed"


def test_the_whole_lot_is_reserved_before_it_is_handed_in(patient, vendors, vendor, tenant):
    Budget.objects.create(tenant=tenant, period="month", limit_usd=0)
    with pytest.raises(Wait, match="Budget"):
        patient().hand_in(PROMPTS)
    assert not vendors.lots.batches
    assert not Call.objects.exists()


def test_which_models_have_the_lane(listed_models):
    assert lots.has_lane(known("gpt-6-luna"))
    assert lots.has_lane(known("claude-haiku-5-5"))
    assert not lots.has_lane(known("offline"))
    assert not lots.has_lane(known("gemini-3.8-flash"))
    Price.objects.filter(model__model_id="gpt-6-luna").update(usd_batch_in=None)
    assert not lots.has_lane(known("gpt-6-luna"))
