"""Models that come to an end: warnings ahead, the trial of the successor, and the switch."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.template import Context
from django.template import Template as Page
from django.urls import reverse

from accounts import keys
from accounts.models import AuditEntry, Membership, Notice, Role
from ai import preferences, retiring
from ai.models import Call, Fallback, ListedModel, Lot, Preference, Trial
from ai.preferences import Wish
from ai.templatetags.retiring import retiring_models
from blog.models import Batch
from integrations.errors import ModelGone
from jobs import accepting
from jobs.models import Job
from jobs.running import work
from tests.ai.made_calls import call as made_call
from tests.conftest import member
from tests.integrations.vendor_stub import text

pytestmark = pytest.mark.django_db
END = date(2027, 6, 30)
ARTICLE = "# A film worth the evening\n\n" + "Words that make a post. " * 40


@pytest.fixture(autouse=True)
def no_redis(monkeypatch):
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


@pytest.fixture
def model(listed_models):
    """A model that lives until the end of June 2027; its successor is gpt-6-luna. Nothing else retires then."""
    ListedModel.objects.exclude(retires_at=None).update(retires_at=None, status="active")
    listed = ListedModel.objects.get(model_id="gpt-5.4")
    listed.status, listed.retires_at, listed.successor = "deprecated", END, "gpt-6-luna"
    listed.save()
    return listed


def batch_of(tenant, user, model, state="paused", **more):
    return Batch.objects.create(tenant=tenant, user=user, model=model, state=state, key_owner="user", **more)


def prefer(owner, model, *fallbacks):
    row = Preference.objects.create(**owner, model=model)
    for place, other in enumerate(fallbacks):
        Fallback.objects.create(preference=row, position=place, model=ListedModel.objects.get(model_id=other))
    return row


def days_before(days):
    return time_machine.travel(f"{END - timedelta(days=days)}T09:00:00+00:00", tick=False)


def counted(found):
    return {row.words: row.count for row in found}


# -- what relies on a model -----------------------------------------------------------------------


def test_what_relies_on_a_model_is_found_through_related_objects(model, tenant, other_tenant, owner, editor, stranger):
    prefer({"tenant": tenant}, model)
    prefer({"user": editor}, None, "gpt-5.4")
    prefer({"user": stranger}, model)
    for state in ("waiting", "paused", "completed", "failed", "cancelled"):
        batch_of(tenant, editor, model, state)
    batch_of(other_tenant, stranger, model)
    Trial.objects.create(tenant=tenant, user=owner, model=model, instead_of=model)
    assert counted(retiring.users_of(model, tenant)) == {
        "preferred model": 1,
        "fallback model": 1,
        "unfinished batches": 2,
    }
    assert counted(retiring.users_of(model, tenant, by=owner)) == {"preferred model": 1, "unfinished batches": 2}
    assert counted(retiring.users_of(model, other_tenant)) == {"preferred model": 1, "unfinished batch": 1}
    assert counted(retiring.users_of(model, None))["unfinished batches"] == 3
    urls = {row.words: row.url for row in retiring.users_of(model, tenant)}
    assert urls["unfinished batches"] == "/admin/blog/batch/"
    assert urls["preferred model"] == "/admin/settings/ai"


# -- warnings -------------------------------------------------------------------------------------


def test_owners_are_warned_60_30_and_7_days_ahead_once_each(model, tenant, owner, editor):
    prefer({"tenant": tenant}, model)
    batch_of(tenant, editor, model)
    told = []
    for days in (90, 61, 60, 59, 31, 30, 29, 8, 7, 6, 1, 0, -1):
        with days_before(days):
            told += [days] * retiring.warn()
            retiring.warn()
    assert told == [60, 30, 7]
    notices = Notice.objects.filter(user=owner).order_by("pk")
    assert [notice.subject for notice in notices] == ["GPT-5.4 retires on 30 Jun 2027"] * 3
    notice = notices[0]
    assert notice.tenant == tenant
    assert notice.level == "warning"
    assert "1 preferred model" in notice.body
    assert "1 unfinished batch" in notice.body
    assert "Try gpt-6-luna on your last texts, then switch." in notice.body
    assert notice.link == reverse("ai_switch", args=[model.pk])
    assert not Notice.objects.filter(user=editor).exists()


def test_a_model_that_is_found_late_is_warned_of_at_once(model, tenant, owner):
    prefer({"tenant": tenant}, model)
    for days, count in ((20, 1), (19, 0), (7, 1), (3, 0)):
        with days_before(days):
            assert retiring.warn() == count


def test_people_hear_of_their_own_preference_and_owners_not_twice(model, tenant, owner, editor, viewer):
    for person in (owner, editor):
        prefer({"user": person}, model)
    with days_before(60):
        assert retiring.warn() == 2
    mine = Notice.objects.get(user=editor)
    assert (mine.tenant, mine.subject) == (None, "GPT-5.4 retires on 30 Jun 2027")
    assert "1 preference of yours" in mine.body
    assert "Choose gpt-6-luna or another model under AI settings." in mine.body
    assert "2 preferred models" in Notice.objects.get(user=owner).body


def test_nobody_is_warned_of_a_model_that_nothing_relies_on(model, tenant, owner):
    batch_of(tenant, owner, model, "completed")
    with days_before(30):
        assert retiring.warn() == 0


def test_a_new_day_of_retirement_warns_anew_and_a_person_who_left_is_left_alone(model, tenant, owner, editor):
    prefer({"tenant": tenant}, model)
    prefer({"user": editor}, model)
    editor.is_active = False
    editor.save()
    with days_before(30):
        assert retiring.warn() == 1
        ListedModel.objects.filter(pk=model.pk).update(retires_at=END + timedelta(days=10), successor="")
        assert retiring.warn() == 1
    assert "Choose another model under AI settings." in Notice.objects.filter(user=owner).order_by("-pk")[0].body


# -- the switch -----------------------------------------------------------------------------------


def test_switch_moves_what_is_the_workspaces_and_ones_own_and_nothing_else(
    model, tenant, other_tenant, owner, editor, stranger
):
    shared, own = prefer({"tenant": tenant}, model, "gpt-5.4"), prefer({"user": owner}, None, "offline", "gpt-5.4")
    others, foreign = prefer({"user": editor}, model), prefer({"tenant": other_tenant}, model, "gpt-5.4")
    waiting, done = batch_of(tenant, editor, model), batch_of(tenant, editor, model, "completed")
    abroad = batch_of(other_tenant, stranger, model)
    moved = retiring.switch(model, tenant=tenant, by=owner)
    assert counted(moved) == {"preferred model": 1, "fallback models": 2, "unfinished batch": 1}
    for row in (shared, own, others, foreign, waiting, done, abroad):
        row.refresh_from_db()
    assert (shared.model_id, waiting.model_id) == ("gpt-6-luna", "gpt-6-luna")
    assert preferences.chain(tenant).models == ("gpt-6-luna",)
    assert preferences.chain(owner).models == ("offline", "gpt-6-luna")
    assert {others.model_id, foreign.model_id, done.model_id, abroad.model_id} == {"gpt-5.4"}
    assert preferences.chain(other_tenant).models == ("gpt-5.4",)
    entry = AuditEntry.objects.get(action="model.switched")
    assert (entry.tenant, entry.actor, entry.target) == (tenant, "olga", "gpt-5.4")
    assert entry.details == {
        "to": "gpt-6-luna",
        "moved": {"ai.preference": 1, "ai.fallback": 2, "blog.batch": 1},
    }
    assert retiring.switch(model, tenant=tenant, by=owner) == []
    assert AuditEntry.objects.filter(action="model.switched").count() == 1


def test_a_chain_never_names_the_successor_twice(model, tenant, owner):
    prefer({"tenant": tenant}, None, "gpt-6-luna", "gpt-5.4")
    retiring.switch(model, tenant=tenant, by=owner)
    assert preferences.chain(tenant) == Wish(("gpt-6-luna",), ())


def test_what_is_at_the_vendor_stays_until_its_answers_are_there(model, tenant, owner):
    batch = batch_of(tenant, owner, model, "delayed", lane="cheap")
    lot = Lot.objects.create(
        tenant=tenant, origin=batch.origin, provider="openai", key_owner="user", label="l", state=Lot.State.WORKING
    )
    assert retiring.switch(model, tenant=tenant, by=owner) == []
    Lot.objects.filter(pk=lot.pk).update(state=Lot.State.ENDED)
    assert counted(retiring.switch(model, tenant=tenant, by=owner)) == {"unfinished batch": 1}


def test_another_providers_successor_is_paid_with_that_providers_key(model, tenant, owner, editor):
    ListedModel.objects.filter(pk=model.pk).update(successor="claude-haiku-5-5")
    model.refresh_from_db()
    mine, theirs = batch_of(tenant, owner, model), batch_of(tenant, editor, model)
    assert retiring.switch(model, tenant=tenant, by=owner) == []
    keys.save_key(owner, "anthropic", "good-key")
    keys.save_key(tenant, "openai", "good-key")
    assert counted(retiring.switch(model, tenant=tenant, by=owner)) == {"unfinished batch": 1}
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.model_id, mine.key_owner) == ("claude-haiku-5-5", "user")
    assert theirs.model_id == "gpt-5.4"


@pytest.mark.parametrize(("successor", "why"), [("", "No successor is named"), ("gpt-4", "retired"), ("x", "unknown")])
def test_without_a_living_successor_nothing_moves(model, tenant, owner, successor, why):
    ListedModel.objects.filter(model_id="gpt-4").update(status="retired")
    ListedModel.objects.filter(pk=model.pk).update(successor=successor)
    model.refresh_from_db()
    row = prefer({"tenant": tenant}, model)
    with pytest.raises(ModelGone, match=why):
        retiring.switch(model, tenant=tenant, by=owner)
    row.refresh_from_db()
    assert row.model_id == "gpt-5.4"


# -- the page -------------------------------------------------------------------------------------


def page_of(model, part=""):
    return reverse(f"ai_switch{part}", args=[model.pk])


def test_the_page_names_days_users_and_prices(client_for, model, tenant, owner, editor):
    prefer({"tenant": tenant}, model)
    prefer({"user": editor}, model)
    with days_before(14):
        page = client_for(owner).get(page_of(model))
    content = page.content.decode()
    assert "Deprecated, 14 days left" in content
    assert '2 <a class="pr-link" href="/admin/settings/ai">preferred models' in content
    assert (page.context["others"], counted(page.context["moving"])) == (1, {"preferred model": 1})
    assert "1 of these is another member's own choice." in content
    prefer({"user": member(tenant, "carl", Role.EDITOR)}, model)
    assert "2 of these are other members' own choices." in client_for(owner).get(page_of(model)).content.decode()
    assert page.context["price_change"].startswith("in ")
    assert "has written nothing in this workspace" in content
    assert "Switch to GPT-6 Luna" in content


def test_owners_switch_and_the_page_says_what_moved(client_for, model, tenant, owner, editor, viewer):
    row = prefer({"tenant": tenant}, model)
    for person in (editor, viewer):
        assert "Switch to" not in client_for(person).get(page_of(model)).content.decode().split("content-main")[1]
        assert client_for(person).post(page_of(model, "_now")).status_code == 403
    client = client_for(owner)
    assert client.get(page_of(model, "_now")).status_code == 405
    done = client.post(page_of(model, "_now"), follow=True).content.decode()
    assert "Switched from gpt-5.4 to gpt-6-luna: 1 preferred model." in done
    row.refresh_from_db()
    assert row.model_id == "gpt-6-luna"
    assert "Nothing was switched" in client.post(page_of(model, "_now"), follow=True).content.decode()


def test_the_last_texts_are_tried_with_the_estimate_before_and_the_summary_after(
    client_for, model, tenant, owner, editor, vendors
):
    for number in range(3):
        made_call(
            tenant, editor, model_requested="gpt-5.4", step=f"film {number}", raw_answer=ARTICLE,
            inputs={"prompt": "Write.", "system": "Rules.", "facts": {"title": {"name": "Heat", "year": 1995}}},
        )  # fmt: skip
    client = client_for(editor)
    page = client.get(page_of(model))
    assert (page.context["texts"], page.context["form"]["count"].value()) == (3, 3)
    assert page.context["estimate"].startswith("3 calls")
    assert client.get(page_of(model, "_estimate"), {"count": "2"}).json()["text"].startswith("2 calls")
    assert client.get(page_of(model, "_estimate"), {"count": "99"}).json()["text"] == ""
    values = {"count": "2", "once": page.context["form"]["once"].value()}
    vendors.then(text("openai", ARTICLE), text("openai", ARTICLE))
    first, second = client.post(page_of(model, "_try"), values), client.post(page_of(model, "_try"), values)
    trial = Trial.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/admin/ai/trial/{trial.pk}/change/"
    assert (trial.instead_of, trial.model_id, trial.words) == (model, "gpt-6-luna", "same")
    assert [item.call.step for item in trial.items.all()] == ["film 2", "film 1"]
    work(trial.job.pk, worker="test")
    page = client.get(page_of(model))
    ((shown, sums),) = page.context["earlier"]
    assert (shown, sums.answered, sums.same) == (trial, 2, 2)
    assert sums.before.usd == Decimal("0.02")
    assert 0 < sums.after.usd < Decimal("0.02")
    assert page_of(model) in client.get(f"/admin/ai/trial/{trial.pk}/change/").content.decode()


@pytest.mark.parametrize("count", ["0", "11", "x", ""])
def test_a_wrong_number_of_texts_is_said_at_the_field(client_for, model, tenant, editor, vendors, count):
    made_call(tenant, editor, model_requested="gpt-5.4", inputs={"prompt": "Write."})
    page = client_for(editor).post(page_of(model, "_try"), {"count": count, "once": "k"})
    assert list(page.context["form"].errors) == ["count"]
    assert "10" in page.context["form"].errors["count"][0]
    assert not Trial.objects.exists()


def test_trying_needs_an_editor_a_key_and_texts(client_for, model, tenant, editor, viewer):
    values = {"count": "1", "once": "k"}
    assert client_for(viewer).post(page_of(model, "_try"), values).status_code == 403
    assert client_for(viewer).get(page_of(model, "_estimate"), {"count": "1"}).status_code == 403
    assert "in flight" not in client_for(viewer).get(page_of(model)).content.decode()
    page = client_for(editor).post(page_of(model, "_try"), values)
    assert "none can be made again" in page.context["form"].non_field_errors()[0]
    made_call(tenant, editor, model_requested="gpt-5.4", inputs={"prompt": "Write."})
    page = client_for(editor).post(page_of(model, "_try"), values)
    assert "Enter one under AI settings" in page.context["form"].non_field_errors()[0]
    assert (Trial.objects.count(), Job.objects.count()) == (0, 0)


def test_another_workspaces_texts_and_rows_are_not_counted(client_for, model, tenant, other_tenant, owner, stranger):
    made_call(other_tenant, stranger, model_requested="gpt-5.4", inputs={"prompt": "Write."})
    prefer({"tenant": other_tenant}, model)
    page = client_for(owner).get(page_of(model))
    assert (page.context["texts"], page.context["relying"]) == (0, [])
    client_for(owner).post(page_of(model, "_now"))
    assert Preference.objects.get().model_id == "gpt-5.4"
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("successor", "why"), [("", "No successor is named for gpt-5.4"), ("gpt-4", "Gpt-4 is retired: use gpt-6.1-sol")]
)
def test_without_a_living_successor_the_page_says_what_to_do(client_for, model, owner, successor, why):
    ListedModel.objects.filter(model_id="gpt-4").update(status="retired")
    ListedModel.objects.filter(pk=model.pk).update(successor=successor)
    content = client_for(owner).get(page_of(model)).content.decode()
    assert why in content
    assert "Choose another model under" in content.replace('<a class="pr-link" href="/admin/settings/ai">', "")
    assert "no successor that could be tried" in content
    assert "Switch to" not in content.split("content-main")[1]


def test_models_that_write_no_texts_and_no_models_are_not_found(client_for, owner):
    picture = ListedModel.objects.filter(kind="image").first()
    assert client_for(owner).get(page_of(picture)).status_code == 404
    assert client_for(owner).get("/admin/settings/models/999999/switch").status_code == 404


# -- the banner -----------------------------------------------------------------------------------


def soon(tenant, user):
    return [(model.model_id, days, counted(found)) for model, days, found in retiring.soon(tenant, user)]


def test_soon_names_what_the_workspace_or_the_person_relies_on(model, tenant, other_tenant, owner, editor, stranger):
    prefer({"tenant": tenant}, model)
    prefer({"user": editor}, ListedModel.objects.get(model_id="gpt-4"))
    ListedModel.objects.filter(model_id="gpt-4").update(status="retired", retires_at=None)
    with days_before(61):
        assert soon(tenant, owner) == []
    with days_before(60):
        assert soon(tenant, owner) == [("gpt-5.4", 60, {"preferred model": 1})]
        mine = soon(tenant, editor)
        assert sorted(mine) == [("gpt-4", 0, {"preferred model": 1}), ("gpt-5.4", 60, {"preferred model": 1})]
        assert soon(other_tenant, stranger) == []
    with days_before(-3):
        assert soon(tenant, owner) == [("gpt-5.4", -3, {"preferred model": 1})]


def test_the_banner_leads_to_the_switch(model, tenant, owner, viewer, rf):
    prefer({"tenant": tenant}, model)
    request = rf.get("/")

    def shown(user, role):
        request.user, request.tenant, request.role = user, tenant, role
        return Page("{% load retiring %}{% retiring_models %}").render(Context({"request": request}))

    with days_before(14):
        text_ = shown(owner, Role.OWNER)
        assert "retires on 30 Jun 2027, in 14 days" in text_
        assert "1 preferred model relies on it" in " ".join(text_.split())
        assert f'href="{page_of(model)}">Try gpt-6-luna and switch' in text_
        assert "See its successor, gpt-6-luna" in shown(viewer, Role.VIEWER)
    with days_before(0):
        assert "is retired and refused" in shown(owner, Role.OWNER)
    with days_before(100):
        assert shown(owner, Role.OWNER).strip() == ""
    request.tenant = None
    assert retiring_models({"request": request}) == {"ending": []}


def test_the_order_form_shows_the_banner(client_for, model, tenant, editor):
    prefer({"user": editor}, model)
    with days_before(5):
        assert "retires on 30 Jun 2027, in 5 days" in client_for(editor).get("/admin/blog/batch/add/").content.decode()
    other = member(tenant, "carl", Role.EDITOR)
    with days_before(5):
        assert "retires on 30 Jun" not in client_for(other).get("/admin/blog/batch/add/").content.decode()
    assert Membership.objects.filter(user=other).exists()
