"""What was spent: the sums against calls made by hand, the page by role, and the CSV files."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from ai import showing, spending
from ai.exporting import safe
from ai.models import Budget, Call
from ai.spending import Span, Sums
from tests.ai.made_calls import call, friday  # noqa: F401

pytestmark = pytest.mark.django_db
VIENNA = ZoneInfo("Europe/Vienna")
PAGE = "/admin/settings/usage"


@pytest.fixture
def vienna(tenant):
    tenant.time_zone = "Europe/Vienna"
    tenant.save()
    return tenant


@pytest.fixture
def root(tenant):
    return User.objects.create_superuser("root", "root@example.com", "pw")


def november(tenant):
    return spending.report(tenant, Span(date(2026, 11, 1), date(2026, 11, 30), tenant.zone))


class TestSums:
    def test_flying_calls_count_as_reserved_lost_ones_as_their_cost_failed_ones_as_nothing(self, tenant, editor):
        call(tenant, editor, cost="0.01", input_tokens=1000, cached_input_tokens=400, output_tokens=300)
        call(tenant, editor, state="sent", cost="0", reserved="0.05", cost_source="")
        call(tenant, editor, state="lost", cost="0.03", reserved="0.03", cost_source="reserved")
        call(tenant, editor, state="failed", cost="0", reserved="0.02", cost_source="")
        call(tenant, editor, state="late", cost="0.002", reserved="0.02")
        total = november(tenant).total
        assert total == Sums(
            calls=5,
            in_flight=1,
            spent=Decimal("0.042"),
            reserved=Decimal("0.05"),
            assumed=Decimal("0.03"),
            tokens_in=1000,
            tokens_cached=400,
            tokens_out=300,
        )
        assert total.usd == Decimal("0.092") == Call.objects.spent_usd()
        assert total.cached_percent == 40

    def test_an_overrun_is_what_a_call_cost_above_its_reservation(self, tenant):
        call(tenant, cost="0.0125", reserved="0.01", cost_source="vendor")
        call(tenant, cost="0.01", reserved="0.01")
        call(tenant, state="sent", cost="0", reserved="0.01")
        total = november(tenant).total
        assert (total.overruns, total.overrun_usd) == (1, Decimal("0.0025"))

    def test_sums_are_exact_to_the_eighth_place(self, tenant):
        for _number in range(10):
            call(tenant, cost="0.00000001")
            call(tenant, cost="0.1")
        assert november(tenant).total.spent == Decimal("1.00000010")

    def test_another_workspace_and_other_days_do_not_count(self, tenant, other_tenant):
        call(tenant)
        call(other_tenant)
        call(tenant, at="2026-10-31T23:59:59+00:00")
        call(tenant, at="2026-12-01T00:00:00+00:00")
        assert november(tenant).total.calls == 1
        assert spending.report(None, Span(date(2026, 11, 1), date(2026, 11, 30), tenant.zone)).total.calls == 2

    def test_one_query_is_enough(self, tenant, editor, owner, django_assert_num_queries):
        for user in (editor, owner):
            call(tenant, user)
        with django_assert_num_queries(1):
            report = november(tenant)
            assert len(report.parts("person")) == 2
            assert len(report.per_day("model")) == 30

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            ("2026-10-24T21:59:59+00:00", date(2026, 10, 24)),  # 23:59:59 in summer
            ("2026-10-24T22:00:00+00:00", date(2026, 10, 25)),
            ("2026-10-25T22:30:00+00:00", date(2026, 10, 25)),  # 23:30 in winter: that day has 25 hours
            ("2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ],
    )
    def test_days_are_the_workspaces_also_when_the_clocks_change(self, vienna, at, day):
        call(vienna, at=at)
        report = spending.report(vienna, Span(date(2026, 10, 24), date(2026, 10, 26), VIENNA))
        assert [line.day for line in report.lines] == [day]
        assert [one.day for one in report.per_day("model") if one.total.calls] == [day]
        only = spending.report(vienna, Span(day, day, VIENNA))
        assert only.total.calls == 1
        other = [one for one in only.span.days if one != day]
        assert other == []

    def test_a_short_day_in_spring_ends_an_hour_early(self, vienna):
        span = Span(date(2026, 3, 29), date(2026, 3, 29), VIENNA)
        assert span.begins == datetime(2026, 3, 28, 23, tzinfo=UTC)
        assert span.ends == datetime(2026, 3, 29, 22, tzinfo=UTC)

    def test_parts_are_the_largest_first_with_their_share(self, tenant):
        call(tenant, cost="0.03", model_requested="a", prompt_name="blog.title")
        call(tenant, cost="0.01", model_requested="b")
        parts = november(tenant).parts("model")
        assert [(part.name, part.percent) for part in parts] == [("a", 75), ("b", 25)]
        assert [part.name for part in november(tenant).parts("task")] == ["blog.title", "blog.post"]

    def test_where_nothing_was_charged_calls_are_compared(self, tenant):
        for model in ("a", "b", "b", "b"):
            call(tenant, cost="0", reserved="0", model_requested=model)
        report = november(tenant)
        assert report.is_free
        assert [(part.name, part.percent) for part in report.parts("model")] == [("b", 75), ("a", 25)]

    def test_a_chart_shows_six_and_the_rest_together(self, tenant):
        for number in range(9):
            call(tenant, cost=f"0.0{9 - number}", model_requested=f"model-{number}")
        report = november(tenant)
        days = report.per_day("model")
        shown = showing.series(report, days, "model")
        assert [one.label for one in shown] == [*(f"model-{number}" for number in range(6)), "Other"]
        assert days[19].parts[spending.OTHER].usd == Decimal("0.06")
        data = showing.chart(report, days, shown)
        assert len(data["labels"]) == 30
        assert [dataset["data"][19] for dataset in data["datasets"]] == [0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.06]
        assert len({dataset["backgroundColor"] for dataset in data["datasets"]}) == 7


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0"), ("1234.5", "1,234.50"), ("1", "1.00"), ("0.0123", "0.0123"), ("0.00000004", "0.00000004")],
)
def test_an_amount_is_never_rounded_to_nothing(amount, text):
    assert showing.usd(Decimal(amount)) == text


@pytest.mark.usefixtures("friday")
class TestPage:
    def test_it_shows_the_last_thirty_days_by_the_workspaces_clock(self, vienna, owner, editor, client_for):
        call(vienna, editor, cost="1.25", model_requested="gpt-6.1-terra")
        call(vienna, editor, at="2026-10-28T22:59:00+00:00", model_requested="too-old")
        call(vienna, owner, at="2026-10-28T23:00:00+00:00", model_requested="just-new-enough")
        page = client_for(owner).get(PAGE).content.decode()
        assert "from 29 Oct 2026 to 27 Nov 2026, days in Europe/Vienna" in page
        assert "gpt-6.1-terra" in page
        assert "just-new-enough" in page
        assert "too-old" not in page
        assert "1.25" in page

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("range=7", "from 21 Nov 2026 to 27 Nov 2026"),
            ("range=90", "from 30 Aug 2026 to 27 Nov 2026"),
            ("range=month", "from 1 Nov 2026 to 27 Nov 2026"),
            ("since=2026-02-01&until=2026-02-28", "from 1 Feb 2026 to 28 Feb 2026"),
        ],
    )
    def test_other_days_can_be_chosen(self, tenant, owner, client_for, query, words):
        assert words in client_for(owner).get(f"{PAGE}?{query}").content.decode()

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("since=2026-02-01", "Enter the last day too."),
            ("until=2026-02-01", "Enter the first day too."),
            ("since=2026-02-02&until=2026-02-01", "This is before the first day: swap them."),
            ("since=2025-01-01&until=2026-11-01", "Choose 366 days at most"),
            ("since=0001-01-01&until=0001-01-02", "Choose a day from 2000 to 2099."),
            ("since=9999-12-31&until=9999-12-31", "Choose a day from 2000 to 2099."),
            ("since=yesterday&until=today", "Enter a valid date."),
            ("range=%00", "Select a valid choice"),
        ],
    )
    def test_days_that_make_no_sense_are_explained_and_the_usual_ones_shown(
        self, tenant, owner, client_for, query, words
    ):
        answer = client_for(owner).get(f"{PAGE}?{query}")
        assert answer.status_code == 200
        assert words in answer.content.decode()
        assert "from 29 Oct 2026 to 27 Nov 2026" in answer.content.decode()

    def test_viewers_see_the_workspaces_numbers_and_no_sums_per_person(self, tenant, viewer, owner, editor, client_for):
        call(tenant, owner, cost="2.5")
        Budget.objects.create(tenant=tenant, limit_usd=100)
        Budget.objects.create(tenant=tenant, user=owner, limit_usd=7)
        mine = Budget.objects.create(tenant=tenant, user=viewer, limit_usd=3)
        page = client_for(viewer).get(PAGE).content.decode()
        assert "2.50" in page
        assert ">People<" not in page
        assert "of 100.00 USD" in page
        assert f"of {mine.limit_usd}.00 USD" in page
        assert "of 7.00 USD" not in page
        page = client_for(editor).get(PAGE).content.decode()
        assert ">People<" in page
        assert "olga" in page
        assert "of 7.00 USD" in page

    def test_all_workspaces_are_for_superusers(self, tenant, other_tenant, owner, root, client_for):
        call(tenant)
        call(other_tenant, model_requested="elsewhere")
        assert client_for(owner).get(f"{PAGE}?scope=all").status_code == 403
        page = client_for(root).get(f"{PAGE}?scope=all").content.decode()
        assert ">Workspaces</h2>" in page
        assert "elsewhere" in page
        assert "days in UTC" in page
        assert "elsewhere" not in client_for(root).get(PAGE).content.decode()

    def test_strangers_see_nothing(self, tenant, stranger, client, client_for):
        call(tenant, model_requested="ours")
        assert client.get(PAGE).status_code == 302
        assert "ours" not in client_for(stranger).get(PAGE).content.decode()
        loner = User.objects.create_user("loner", is_staff=True)
        assert client_for(loner).get(PAGE).status_code == 403

    def test_an_empty_page_says_what_to_do_next(self, tenant, editor, viewer, owner, client_for):
        page = client_for(editor).get(PAGE).content.decode()
        assert "No calls in these days" in page
        assert "/admin/blog/batch/add/" in page
        assert "ask an editor of the workspace" in client_for(viewer).get(PAGE).content.decode()
        assert "/admin/ai/budget/add/" in client_for(owner).get(PAGE).content.decode()

    def test_money_in_flight_and_overruns_are_told(self, tenant, owner, client_for):
        call(tenant, state="sent", cost="0", reserved="0.5", cost_source="")
        call(tenant, cost="0.03", reserved="0.02", cost_source="vendor")
        client = client_for(owner)
        page = client.get(PAGE).content.decode()
        assert "by 1 call; what is not needed comes back" in page
        assert "0.0100 USD above what was reserved" in page
        assert "/admin/ai/call/?money=overrun" in page
        assert client.get("/admin/ai/call/?money=overrun").context["cl"].result_count == 1

    def test_text_from_outside_is_escaped(self, tenant, owner, client_for):
        call(tenant, model_requested="<img src=x>", cost="1")
        page = client_for(owner).get(PAGE).content.decode()
        assert "<img src=x>" not in page
        assert "&lt;img src=x&gt;" in page

    def test_the_chart_may_be_divided_by_provider(self, tenant, owner, client_for):
        call(tenant)
        context = client_for(owner).get(f"{PAGE}?by=provider&range=90").context
        assert [one.label for one in context["series"]] == ["OpenAI"]
        assert [url for name, url, _shown in context["links"]["presets"] if name == "30 days"] == [
            f"{PAGE}?range=30&by=provider"
        ]


def rows_of(answer):
    return list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))


@pytest.mark.usefixtures("friday")
class TestExport:
    def test_the_sums_of_each_day(self, vienna, editor, owner, client_for):
        call(vienna, editor, at="2026-11-20T23:30:00+00:00", cost="0.01", input_tokens=10, output_tokens=5)
        call(vienna, editor, at="2026-11-21T12:00:00+00:00", cost="0.02", input_tokens=1)
        call(vienna, owner, at="2026-11-21T12:00:00+00:00", cost="0.04", reserved="0.04")
        answer = client_for(owner).get(f"{PAGE}/days.csv?range=7")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="usage-studio-2026-11-21-2026-11-27-days.csv"'
        head, *rows = rows_of(answer)
        assert [dict(zip(head, row, strict=True)) for row in rows] == [
            {
                "day": "2026-11-21", "zone": "Europe/Vienna", "workspace": "studio", "provider": "openai",
                "model": "gpt-6-luna", "person": person, "task": "blog.post", "key": "user", "calls": calls,
                "calls_in_flight": "0", "usd_spent": spent, "usd_reserved": "0.00000000", "usd_assumed": "0.00000000",
                "tokens_in": tokens, "tokens_cached": "0", "tokens_out": out, "overruns": "0",
                "usd_overrun": "0.00000000",
            }
            for person, calls, spent, tokens, out in (
                ("edda", "2", "0.03000000", "11", "5"), ("olga", "1", "0.04000000", "0", "0"),
            )
        ]  # fmt: skip

    def test_every_call_with_its_moment_and_zone(self, vienna, editor, client_for):
        made = call(vienna, editor, cost="0.00000123", reserved="0.000001", model_used="gpt-6-luna-x", instead_of="sol")
        head, row = rows_of(client_for(editor).get(f"{PAGE}/calls.csv"))
        told = dict(zip(head, row, strict=True))
        assert told["call"] == str(made.pk)
        assert told["sent"] == "2026-11-20T13:00:00+01:00"
        assert (told["usd_cost"], told["usd_overrun"]) == ("0.00000123", "0.00000023")
        assert (told["model_asked"], told["model_answered"], told["instead_of"]) == (
            "gpt-6-luna",
            "gpt-6-luna-x",
            "sol",
        )
        assert told["person"] == "edda"

    @pytest.mark.parametrize("rows", ["days", "calls"])
    def test_viewers_get_no_persons(self, tenant, editor, owner, viewer, client_for, rows):
        call(tenant, editor)
        call(tenant, owner)
        head, *found = rows_of(client_for(viewer).get(f"{PAGE}/{rows}.csv"))
        assert not {"person", "job"} & set(head)
        assert "edda" not in str(found)
        assert len(found) == {"days": 1, "calls": 2}[rows]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_a_cell_is_never_a_formula(self, tenant, owner, client_for, start):
        call(tenant, step=f"{start}HYPERLINK(1)", prompt_name="=1+1")
        head, row = rows_of_whole(client_for(owner).get(f"{PAGE}/calls.csv"))
        assert dict(zip(head, row, strict=True))["step"] == f"'{start}HYPERLINK(1)"
        _head, row = rows_of(client_for(owner).get(f"{PAGE}/days.csv"))
        assert "'=1+1" in row
        assert safe(Decimal("-1")) == "-1.00000000"

    def test_it_is_streamed_and_of_this_workspace_only(self, tenant, other_tenant, owner, root, client_for):
        call(tenant)
        call(other_tenant, step="elsewhere")
        answer = client_for(owner).get(f"{PAGE}/calls.csv")
        assert answer.streaming
        assert "elsewhere" not in str(rows_of(answer))
        assert client_for(owner).get(f"{PAGE}/calls.csv?scope=all").status_code == 403
        assert "elsewhere" in str(rows_of(client_for(root).get(f"{PAGE}/calls.csv?scope=all")))
        assert client_for(owner).get(f"{PAGE}/secrets.csv").status_code == 404


def rows_of_whole(answer):
    """As rows_of, also where a cell holds a line's end."""
    text = b"".join(answer.streaming_content).decode()
    return list(csv.reader(text.splitlines(keepends=True)))


class TestSound:
    def test_what_was_heard_counts_no_tokens_and_names_its_price_by_the_minute(self, tenant, owner, client_for):
        heard = {"prompt_name": "media.transcript", "input_tokens": 90_000, "usd_in_per_m": Decimal("0.1")}
        row = call(tenant, owner, cost="0.009", **heard)
        call(tenant, owner, input_tokens=1000)
        total = november(tenant).total
        assert (total.calls, total.tokens_in, total.spent) == (2, 1000, Decimal("0.019"))
        page = client_for(owner).get(f"/admin/ai/call/{row.pk}/change/").content.decode()
        assert "None: 90.0 s of sound" in page
        assert "USD 0.006 a minute of sound" in page
