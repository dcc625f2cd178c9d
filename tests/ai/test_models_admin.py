"""The model list and the ledger of calls in the admin."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import AuditEntry, User
from ai.models import ListedModel, Preference, Price
from tests.ai.made_calls import call, friday  # noqa: F401

pytestmark = pytest.mark.django_db
LIST = "/admin/ai/listedmodel/"


@pytest.fixture
def root(tenant):
    return User.objects.create_superuser("root", "root@example.com", "pw")


def page_of(model):
    return f"{LIST}{model.pk}/change/"


def values(model=None, prices=(), **more):
    """A posted form: the model's own values, and prices as dicts (with `id` for those that are there)."""
    names = ("label", "blurb", "kind", "context_tokens", "output_tokens", "status", "retires_at", "successor", "note")
    posted = {name: getattr(model, name) if model else "" for name in names}
    posted = {name: "" if value is None else str(value) for name, value in posted.items()} | more
    known = sum("id" in price for price in prices)
    posted |= {"price_list-TOTAL_FORMS": str(len(prices)), "price_list-INITIAL_FORMS": str(known)}
    for place, price in enumerate(prices):
        full = {"times_in": "1", "times_out": "1", "model": model.pk if model else "", **price}
        posted |= {f"price_list-{place}-{name}": str(value) for name, value in full.items()}
    return posted


def known_price(price, **more):
    names = ("valid_from", "usd_in", "usd_out", "usd_cache_read", "usd_cache_write", "usd_batch_in", "usd_batch_out")
    found = {name: getattr(price, name) for name in (*names, "above_tokens", "times_in", "times_out")}
    return {"id": price.pk, **{name: "" if value is None else value for name, value in found.items()}, **more}


@pytest.mark.usefixtures("friday")
class TestModels:
    def test_everybody_sees_lifecycles_prices_and_what_is_announced(self, viewer, client_for):
        client = client_for(viewer)
        page = client.get(f"{LIST}?q=gemini-3.8-flash").content.decode()
        assert "0.75 / 3.75" in page
        assert "since 22 Nov 2026, 1.5 / 7.5 from 1 Jan 2027" in page
        page = client.get(f"{LIST}?status__exact=deprecated&provider=openai").content.decode()
        assert "Deprecated, 14 days left" in page
        assert "claude-sonnet-4-5" not in page
        ListedModel.objects.filter(model_id="gpt-5").update(missing_since=date(2026, 11, 20))
        assert "Missing since 20 Nov 2026" in client.get(f"{LIST}?q=gpt-5").content.decode()

    def test_transcription_is_priced_by_the_minute(self, viewer, client_for):
        assert "0.006 a minute" in client_for(viewer).get(f"{LIST}?q=gpt-4o-transcribe").content.decode()

    def test_nobody_but_superusers_changes_it(self, owner, viewer, client_for):
        model = ListedModel.objects.get(model_id="gpt-6-luna")
        for user in (owner, viewer):
            client = client_for(user)
            assert client.get(page_of(model)).status_code == 200
            assert client.post(page_of(model), values(model, label="Mine")).status_code == 403
            assert client.get(f"{LIST}add/").status_code == 403
        model.refresh_from_db()
        assert model.label == "GPT-6 Luna"

    def test_what_a_superuser_changes_is_a_persons_and_audited(self, root, client_for):
        model = ListedModel.objects.get(model_id="gpt-6-luna")
        posted = values(model, [known_price(model.price)], status="deprecated", retires_at="2027-06-01")
        assert client_for(root).post(page_of(model), posted | {"successor": "gpt-6.1-terra"}).status_code == 302
        model.refresh_from_db()
        assert (model.status, model.retires_at, model.source) == ("deprecated", date(2027, 6, 1), "person")
        assert model.price.source == "seed"
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.target) == ("model.changed", "gpt-6-luna")
        assert "Retires on" in str(entry.details)

    def test_a_model_of_pictures_has_a_successor_of_its_kind(self, root, client_for):
        model = ListedModel.objects.filter(kind="image").exclude(successor="").first()
        posted = values(model, [known_price(price) for price in model.price_list.all()], note="changed")
        assert client_for(root).post(page_of(model), posted).status_code == 302
        model.refresh_from_db()
        assert model.note == "changed"

    def test_a_price_that_a_person_adds_is_a_persons(self, root, client_for):
        model = ListedModel.objects.get(model_id="gpt-6-luna")
        new = {"valid_from": "2026-12-01", "usd_in": "0.2", "usd_out": "1"}
        client_for(root).post(page_of(model), values(model, [known_price(model.price), new]))
        price = model.price_list.get(valid_from=date(2026, 12, 1))
        assert (price.usd_in, price.source, price.read_at) == (Decimal("0.2"), "person", date(2026, 11, 27))
        model.refresh_from_db()
        assert model.source == "seed"  # its lifecycle is still kept up by lists

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ({"usd_in": "-1", "usd_out": "1"}, "greater than or equal to 0"),
            ({"usd_in": "1", "usd_out": "1", "usd_batch_in": "0.5"}, "The cheaper lane has a price for both"),
            ({"usd_in": "1", "usd_out": "1", "times_in": "0"}, "Enter a number above 0"),
            ({"usd_in": "x", "usd_out": "1"}, "Enter a number"),
        ],
    )
    def test_a_price_that_makes_no_sense_is_refused(self, root, client_for, bad, words):
        model = ListedModel.objects.get(model_id="gpt-6-luna")
        posted = values(model, [known_price(model.price), {"valid_from": "2026-12-01", **bad}])
        assert words in client_for(root).post(page_of(model), posted).content.decode()
        assert model.price_list.count() == 1

    def test_a_superuser_adds_a_model_and_removes_it_again(self, root, client_for):
        client = client_for(root)
        price = {"valid_from": "2026-11-01", "usd_in": "0", "usd_out": "0"}
        new = values(None, [price], provider="compatible", model_id=" compatible/llama-9 ", label="Llama", kind="text")
        assert client.post(f"{LIST}add/", new | {"status": "active"}).status_code == 302
        model = ListedModel.objects.get(model_id="compatible/llama-9")
        assert (model.source, model.remote_id, model.price.usd_in) == ("person", "llama-9", 0)
        assert client.post(f"{LIST}{model.pk}/delete/", {"post": "yes"}).status_code == 302
        seed = ListedModel.objects.get(model_id="gpt-6-luna")
        assert client.post(f"{LIST}{seed.pk}/delete/", {"post": "yes"}).status_code == 403
        assert list(AuditEntry.objects.order_by("number").values_list("action", flat=True)) == [
            "model.added", "model.removed",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ({"model_id": "two words"}, "An id has no spaces"),
            ({"model_id": "bell\u0007"}, "An id has no spaces"),
            ({"model_id": "compatible/x"}, "and only those, begin with compatible/"),
            ({"provider": "compatible", "model_id": "x"}, "and only those, begin with compatible/"),
            ({"model_id": "gpt-5"}, "already exists"),
            ({"successor": "nowhere"}, "is not in the list"),
            ({"model_id": "same", "successor": "same"}, "is not in the list"),
            ({"retires_at": "2027-01-01"}, "is deprecated, or retired already"),
            ({"provider": "offline"}, "Select a valid choice"),
        ],
    )
    def test_a_model_that_makes_no_sense_is_refused(self, root, client_for, bad, words):
        new = values(None, provider="openai", model_id="new", label="New", kind="text", status="active")
        assert words in client_for(root).post(f"{LIST}add/", new | bad).content.decode()
        assert not Price.objects.filter(source="person").exists()

    def test_its_page_says_what_relies_on_it_here(self, owner, stranger, tenant, client_for):
        model = ListedModel.objects.get(model_id="gpt-5")
        Preference.objects.create(tenant=tenant, model=model)
        page = client_for(owner).get(page_of(model)).content.decode()
        assert "Used by" in page
        assert "preferred model</a>" in page
        assert (
            "Nothing in the workspace you are in relies on it."
            in client_for(stranger).get(page_of(model)).content.decode()
        )

    def test_the_switch_is_offered_to_owners_where_there_is_a_successor(self, owner, viewer, client_for):
        old, new = (ListedModel.objects.get(model_id=name) for name in ("gpt-5", "gpt-6-luna"))
        assert "Switch to its successor" in client_for(owner).get(page_of(old)).content.decode()
        assert "Switch to its successor" not in client_for(owner).get(page_of(new)).content.decode()
        assert "Switch to its successor" not in client_for(viewer).get(page_of(old)).content.decode()


class TestCalls:
    def test_the_list_names_who_answered_who_paid_and_what_ran_over(self, tenant, viewer, client_for):
        call(
            tenant, viewer, cost="0.0132", reserved="0.012", model_used="gpt-6-luna-2026", instead_of="gpt-6.1-sol",
            key_owner="tenant", prompt_edition=3, lane="cheap",
        )  # fmt: skip
        call(tenant, model_used="gpt-6-luna-2026", step="plain")
        page = client_for(viewer).get("/admin/ai/call/").content.decode()
        for words in (
            "gpt-6-luna-2026",
            "instead of gpt-6.1-sol",
            "asked: gpt-6-luna",
            "workspace&#x27;s key",
            "overrun 0.0012 USD",
            "version 1, edition 3, cheaper, within a day",
        ):
            assert words in page
        found = client_for(viewer).get("/admin/ai/call/?money=overrun").context["cl"].result_list
        assert [row.instead_of for row in found] == ["gpt-6.1-sol"]

    @pytest.mark.parametrize(("money", "steps"), [("assumed", ["lost"]), ("free", ["free"]), ("overrun", [])])
    def test_calls_can_be_filtered_by_their_money(self, tenant, viewer, client_for, money, steps):
        call(tenant, step="plain")
        call(tenant, step="lost", state="lost", cost="0.02", cost_source="reserved")
        call(tenant, step="free", cost="0", reserved="0")
        found = client_for(viewer).get(f"/admin/ai/call/?money={money}").context["cl"].result_list
        assert [row.step for row in found] == steps

    def test_one_call_tells_everything(self, tenant, viewer, client_for):
        made = call(
            tenant, viewer, input_tokens=1200, cached_input_tokens=600, output_tokens=900, reasoning_tokens=200,
            usd_in_per_m=1, usd_out_per_m=5, priced_at="2026-11-22", repairs="code fences removed", raw_answer="<b>x",
            inputs={"system": "Rules", "prompt": "Write"},
        )  # fmt: skip
        page = client_for(viewer).get(f"/admin/ai/call/{made.pk}/change/").content.decode()
        for words in ("1,200, of them 600 from the cache", "900, of them 200 for reasoning", "code fences removed",
                      "1 / 5 USD per million tokens in / out, price of 22 Nov 2026", "Reported tokens times the price",
                      "The person&#x27;s own key", "&lt;b&gt;x", "blog.post, version 1"):  # fmt: skip
            assert words in page
        assert "(&#x27;answered&#x27;" not in page

    def test_editors_may_ask_again_viewers_may_not(self, tenant, editor, viewer, client_for):
        made = call(tenant)
        page = f"/admin/ai/call/{made.pk}/change/"
        assert "Ask again" in client_for(editor).get(page).content.decode()
        assert "Ask again" not in client_for(viewer).get(page).content.decode()

    def test_a_call_is_never_changed(self, tenant, owner, client_for):
        made = call(tenant)
        assert client_for(owner).post(f"/admin/ai/call/{made.pk}/change/", {"cost_usd": "0"}).status_code == 403
        assert client_for(owner).get(f"/admin/ai/call/{made.pk}/delete/").status_code == 403
