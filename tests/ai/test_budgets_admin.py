from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from ai import budgets
from ai.models import Budget
from tests.ai.made_calls import call, friday  # noqa: F401

pytestmark = pytest.mark.django_db
LIST = "/admin/ai/budget/"


@pytest.fixture
def changed(monkeypatch):
    """The workspaces whose waiting jobs were told to look again."""
    told = []
    monkeypatch.setattr(budgets, "changed", told.append)
    return told


def post(client, url=f"{LIST}add/", **more):
    return client.post(url, {"user": "", "period": "month", "limit_usd": "25", **more})


def test_an_owner_sets_changes_and_removes_a_budget(owner, editor, tenant, client_for, changed):
    client = client_for(owner)
    assert post(client, user=editor.pk, limit_usd="12.50").status_code == 302
    budget = Budget.objects.get()
    assert (budget.tenant, budget.user, budget.period, budget.limit_usd) == (tenant, editor, "month", Decimal("12.50"))
    assert post(client, f"{LIST}{budget.pk}/change/", limit_usd="20").status_code == 302
    assert client.post(f"{LIST}{budget.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Budget.objects.exists()
    assert changed == [tenant] * 3
    entries = AuditEntry.objects.order_by("number")
    assert [(entry.action, entry.tenant) for entry in entries] == [
        ("budget.set", tenant), ("budget.set", tenant), ("budget.removed", tenant),
    ]  # fmt: skip
    assert entries[1].details == {"limit_before": "12.50"}
    assert "20.00 USD each month for edda" in entries[1].target


def test_removing_several_at_once_is_audited_one_by_one(owner, tenant, client_for, changed):
    rows = [Budget.objects.create(tenant=tenant, period=period, limit_usd=5) for period in ("day", "month")]
    action = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    client_for(owner).post(LIST, action)
    assert not Budget.objects.exists()
    assert AuditEntry.objects.filter(action="budget.removed").count() == 2
    assert changed == [tenant, tenant]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-1", "A limit cannot be below 0."),
        ("1.005", "at most two decimal places"),
        ("lots", "This is no amount"),
        ("", "Enter an amount in USD"),
        ("1000000.01", "A limit goes up to 1,000,000 USD."),
        ("1e30", "A limit goes up to 1,000,000 USD."),
        ("NaN", "This is no amount"),
    ],
)
def test_what_is_no_limit_is_explained(owner, client_for, amount, words):
    answer = post(client_for(owner), limit_usd=amount)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Budget.objects.exists()


def test_nothing_at_all_is_allowed_and_explained(owner, client_for):
    answer = client_for(owner).post(f"{LIST}add/", {"user": "", "period": "day", "limit_usd": "0"}, follow=True)
    assert "waits until the limit is raised" in answer.content.decode()
    assert Budget.objects.get().limit_usd == 0


def test_a_second_one_for_the_same_period_is_refused(owner, editor, tenant, client_for):
    Budget.objects.create(tenant=tenant, limit_usd=5)
    Budget.objects.create(tenant=tenant, user=editor, limit_usd=5)
    client = client_for(owner)
    assert "The workspace has a budget for this period already" in post(client).content.decode()
    assert "This person has a budget for this period already" in post(client, user=editor.pk).content.decode()
    assert post(client, period="day").status_code == 302


def test_one_that_was_saved_at_the_same_moment_is_no_crash(owner, tenant, client_for, monkeypatch):
    Budget.objects.create(tenant=tenant, limit_usd=5)
    monkeypatch.setattr(Budget, "validate_constraints", lambda self, exclude=None: None)  # both checked, then saved
    answer = client_for(owner).post(f"{LIST}add/", {"user": "", "period": "month", "limit_usd": "25"}, follow=True)
    assert "There is such a budget already" in answer.content.decode()
    assert Budget.objects.get().limit_usd == 5


def test_only_members_can_be_chosen(owner, stranger, client_for):
    client = client_for(owner)
    assert ">stan<" not in client.get(f"{LIST}add/").content.decode()
    assert "Select a valid choice" in post(client, user=stranger.pk).content.decode()
    assert not Budget.objects.exists()


def test_whose_it_is_and_its_period_stay(owner, editor, tenant, client_for):
    budget = Budget.objects.create(tenant=tenant, limit_usd=5)
    post(client_for(owner), f"{LIST}{budget.pk}/change/", user=editor.pk, period="day", limit_usd="6")
    budget.refresh_from_db()
    assert (budget.user, budget.period, budget.limit_usd) == (None, "month", 6)


def test_others_only_look_and_viewers_see_no_persons_but_themselves(
    owner, editor, viewer, stranger, tenant, client_for
):
    shared = Budget.objects.create(tenant=tenant, limit_usd=5)
    Budget.objects.create(tenant=tenant, user=editor, limit_usd=6)
    Budget.objects.create(tenant=tenant, user=viewer, limit_usd=7)

    def seen(user):
        return sorted(row.limit_usd for row in client_for(user).get(LIST).context["cl"].result_list)

    assert (seen(owner), seen(editor), seen(viewer), seen(stranger)) == ([5, 6, 7], [5, 6, 7], [5, 7], [])
    for user in (editor, viewer):
        assert post(client_for(user)).status_code == 403
        client_for(user).post(f"{LIST}{shared.pk}/change/", {"limit_usd": "9"})
        assert client_for(user).post(f"{LIST}{shared.pk}/delete/", {"post": "yes"}).status_code == 403
    shared.refresh_from_db()
    assert shared.limit_usd == 5


@pytest.mark.usefixtures("friday")
def test_the_list_shows_how_each_stands(owner, tenant, client_for):
    tenant.time_zone = "Europe/Vienna"
    tenant.save()
    Budget.objects.create(tenant=tenant, limit_usd=10)
    call(tenant, cost="2.5")
    call(tenant, state="sent", cost="0", reserved="1.5")
    page = client_for(owner).get(LIST).content.decode()
    assert 'value="40">40 %</meter>' in page
    for words in ("2.50", "1.50", "6.00", "1 Dec 2026, 00:00 CET"):
        assert words in page


def test_an_empty_list_says_what_a_budget_does(owner, client_for):
    assert "A budget is never exceeded" in client_for(owner).get(LIST).content.decode()


def test_everybody_reads_the_workspaces_budget(viewer, editor, tenant, client_for):
    budget = Budget.objects.create(tenant=tenant, period="month", limit_usd=25)
    for person in (viewer, editor):
        answer = client_for(person).get(f"{LIST}{budget.pk}/change/")
        assert answer.status_code == 200
        assert "25.00" in answer.content.decode()
