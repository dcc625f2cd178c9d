"""The calendar: what is on which day, moving it, copies, dry runs, and what goes out of it as CSV and iCal."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import Brand
from jobs.models import Job
from jobs.running import work
from publishing import calendars, moving, ordering, rehearsing
from publishing.models import Account, ApprovalRule, Publication
from tests.publishing.conftest import posts, run

pytestmark = pytest.mark.django_db
SHOW, MOVE, BULK = "/admin/calendar/", "/admin/calendar/move", "/admin/calendar/bulk"


def later(days: int = 3, hour: int = 9) -> datetime:
    """A moment to come, on the hour."""
    return (timezone.now() + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.fixture
def plan(wall: Any, publish: Any) -> Callable[..., Publication]:
    """Something planned on the wall."""

    def make(text: str = "Silent films", moment: datetime | None = None, account: Any = None, **order: Any) -> Any:
        account = account or Account.objects.filter(name="Wall").first() or wall(name="Wall")
        return publish(account, text, scheduled_at=(moment or later()).isoformat(), **order)

    return make


# -- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "on", "first", "last"),
    [
        ("month", "2026-11-28", "2026-10-26", "2026-12-06"),
        ("month", "2027-02-01", "2027-02-01", "2027-02-28"),
        ("week", "2026-11-28", "2026-11-23", "2026-11-29"),
        ("list", "2024-02-10", "2024-02-01", "2024-02-29"),
    ],
)
def test_which_days_are_shown(view: str, on: str, first: str, last: str) -> None:
    page = calendars.Page(view, date.fromisoformat(on), ZoneInfo("Europe/Vienna"))
    assert (str(page.first), str(page.last)) == (first, last)
    assert page.before < page.first or view == "month"
    assert calendars.Page(view, page.after, page.zone).first > page.first
    assert calendars.Page(view, page.before, page.zone).first < page.first


def test_a_publication_is_on_its_day_by_the_workspaces_clock(plan: Any, tenant: Any) -> None:
    tenant.time_zone = "Pacific/Auckland"
    tenant.save()
    made = plan(moment=datetime(2030, 5, 31, 13, 30, tzinfo=UTC))  # the first of June there
    zone = ZoneInfo("Pacific/Auckland")
    june = calendars.Page("list", date(2030, 6, 15), zone)
    days = calendars.days_of(june, calendars.rows_of(tenant, june), date(2030, 6, 15))
    assert [(day.day.day, day.rows) for day in days if day.rows] == [(1, [made])]
    may = calendars.Page("list", date(2030, 5, 15), zone)
    assert not calendars.rows_of(tenant, may).exists()


def test_what_is_shown_and_what_is_chosen(plan: Any, wall: Any, tenant: Any, owner: Any, publish: Any) -> None:
    brand = Brand.objects.create(tenant=tenant, name="Films", slug="films")
    other = wall(name="Other")
    Account.objects.filter(pk=other.pk).update(brand=brand)
    one, two, gone = plan("One"), plan("Two", account=other), plan("Gone")
    ordering.cancel(gone, owner)
    draft = publish(other, "Draft", draft=True)
    page = calendars.Page("month", later().date(), tenant.zone)

    def shown(**filters: Any) -> set[int]:
        return {row.pk for row in calendars.rows_of(tenant, page, **filters)}

    assert shown() == {one.pk, two.pk}
    assert shown(account=other) == shown(account__brand=brand) == {two.pk}
    assert shown(state="cancelled") == {gone.pk}
    assert [row.pk for row in calendars.without_time(tenant)] == [draft.pk]


@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_the_page_shows_them_with_their_zone(view: str, plan: Any, client_for: Any, viewer: Any, tenant: Any) -> None:
    tenant.time_zone = "Europe/Vienna"
    tenant.save()
    plan("<b>Films</b>", moment=datetime(2030, 6, 5, 7, 0, tzinfo=UTC))
    got = client_for(viewer).get(SHOW, {"view": view, "on": "2030-06-05"})
    text = got.content.decode()
    assert "Times in Europe/Vienna" in text
    assert "&lt;b&gt;Films" in text
    assert "09:00" in text
    assert "draggable" not in text  # viewers look


@pytest.mark.parametrize(
    "query", [{"on": "soon"}, {"on": "0001-01-01"}, {"on": "9999-12-31"}, {"view": "year"}, {"account": "x"},
              {"state": "odd"}, {"brand": "9" * 30}],
)  # fmt: skip
def test_an_odd_address_shows_this_month(client_for: Any, viewer: Any, query: dict[str, str]) -> None:
    assert client_for(viewer).get(SHOW, query).status_code == 200


# -- moving -----------------------------------------------------------------------------------------------------------


def test_a_day_keeps_the_time_by_the_clock(plan: Any, owner: Any, tenant: Any) -> None:
    tenant.time_zone = "Europe/Vienna"
    tenant.save()
    made = plan(moment=datetime(2030, 3, 29, 8, 0, tzinfo=UTC))  # 09:00, the day before the clocks change
    made.tenant.refresh_from_db()
    moving.to_day(made, owner, date(2030, 4, 2))
    made.refresh_from_db()
    assert made.scheduled_at == datetime(2030, 4, 2, 7, 0, tzinfo=UTC)
    moving.shift(made, owner, days=-4, minutes=30)
    made.refresh_from_db()
    assert made.scheduled_at == datetime(2030, 3, 29, 8, 30, tzinfo=UTC)


def test_minutes_go_forward_in_the_hour_that_comes_twice(plan: Any, owner: Any, tenant: Any) -> None:
    tenant.time_zone = "Europe/Vienna"
    tenant.save()
    made = plan(moment=datetime(2030, 10, 27, 1, 30, tzinfo=UTC))  # the second 02:30
    moving.shift(made, owner, minutes=15)
    made.refresh_from_db()
    assert made.scheduled_at == datetime(2030, 10, 27, 1, 45, tzinfo=UTC)


def test_a_draft_stays_one_and_never_leaves(wall: Any, publish: Any, owner: Any) -> None:
    made = publish(wall(), draft=True)
    moving.move(made, owner, later())
    made.refresh_from_db()
    assert (made.state, made.scheduled_at) == ("draft", later())
    assert Job.objects.count() == 0


def test_leave_that_was_asked_for_stays_asked(plan: Any, tenant: Any, owner: Any) -> None:
    ApprovalRule.objects.create(tenant=tenant, need="one").approvers.add(owner)
    made = plan()
    moving.move(made, owner, later(5))
    made.refresh_from_db()
    assert (made.state, made.scheduled_at) == ("needs_approval", later(5))
    assert made.approvals.filter(state="open").count() == 1


@pytest.mark.parametrize("state", ["sending", "published", "unconfirmed", "cancelled", "refused"])
def test_what_is_out_or_may_be_is_not_moved(plan: Any, owner: Any, state: str, client_for: Any) -> None:
    made = plan()
    Publication.objects.update(state=state)
    with pytest.raises(ordering.WrongState):
        moving.move(made, owner, later(5))
    got = client_for(owner).post(MOVE, {"pk": made.pk, "day": later(5).date()})
    assert got.status_code == 403


def test_moving_over_http(plan: Any, client_for: Any, editor: Any, owner: Any, viewer: Any, stranger: Any) -> None:
    made, day = plan(), later(6).date()
    client = client_for(editor)
    got = client.post(MOVE, {"pk": made.pk, "day": day})
    assert got.status_code == 200
    assert got.json()["words"].startswith("Moved to ")
    made.refresh_from_db()
    assert made.scheduled_at == later(6)
    yesterday = timezone.now().date() - timedelta(days=1)
    past = client.post(MOVE, {"pk": made.pk, "day": yesterday})
    assert (past.status_code, "This time has passed" in past.json()["words"]) == (409, True)
    assert client.post(MOVE, {"pk": made.pk, "day": "soon"}).status_code == 422
    for odd in ("0001-01-01", "9999-12-31"):
        assert client.post(MOVE, {"pk": made.pk, "day": odd}).status_code == 409
    assert client.post(MOVE, {"pk": "9" * 30, "day": day}).status_code == 404
    assert client_for(viewer).post(MOVE, {"pk": made.pk, "day": day}).status_code == 403
    assert client_for(stranger).post(MOVE, {"pk": made.pk, "day": day}).status_code in (403, 404)
    Publication.objects.update(user=owner)
    assert client.post(MOVE, {"pk": made.pk, "day": day}).status_code == 403
    assert client.get(MOVE).status_code == 405


# -- many at once -----------------------------------------------------------------------------------------------------


def test_many_are_moved_and_what_cannot_be_is_told(plan: Any, client_for: Any, owner: Any) -> None:
    rows = [plan(f"Film {number}", later(3, number)) for number in range(3)]
    Publication.objects.filter(pk=rows[2].pk).update(state="published")
    values = {"act": "shift", "days": "2", "minutes": "30", "ticked": [row.pk for row in rows], "next": "/evil"}
    got = client_for(owner).post(BULK, values, follow=True)
    text = got.content.decode()
    assert got.redirect_chain[0][0] == SHOW
    assert "2 moved." in text
    assert "1 left as they are" in text
    for row in rows[:2]:
        before = row.scheduled_at
        row.refresh_from_db()
        assert row.scheduled_at == before + timedelta(days=2, minutes=30)


@pytest.mark.parametrize("values", [{}, {"act": "shift"}, {"act": "explode", "ticked": "1"}, {"act": "shift",
                         "days": "999", "ticked": "1"}, {"act": "cancel", "ticked": ["x", "9" * 30]}])  # fmt: skip
def test_many_of_nothing_is_nothing(plan: Any, client_for: Any, owner: Any, values: dict[str, Any]) -> None:
    made = plan()
    assert "Nothing was done" in client_for(owner).post(BULK, values, follow=True).content.decode()
    made.refresh_from_db()
    assert made.state == "scheduled"


def test_copies_are_drafts(plan: Any, client_for: Any, editor: Any) -> None:
    made = plan("Film", thread=["More"])
    client_for(editor).post(BULK, {"act": "duplicate", "ticked": made.pk})
    copy = Publication.objects.exclude(pk=made.pk).get()
    assert (copy.state, copy.scheduled_at, copy.content) == ("draft", None, made.content)


def test_a_dry_run_goes_to_the_wall_and_nowhere_else(
    plan: Any, client_for: Any, editor: Any, tenant: Any, owner: Any
) -> None:
    ApprovalRule.objects.create(tenant=tenant, need="one").approvers.add(owner)
    made = plan("Film")
    client_for(editor).post(BULK, {"act": "rehearse", "ticked": made.pk})
    dry = Publication.objects.get(is_test=True)
    assert (dry.account.name, dry.origin) == (rehearsing.WALL, f"publishing.Publication:{made.pk}")
    assert run(dry).state == "published"
    made.refresh_from_db()
    assert (made.state, posts(made.account), posts(dry.account)) == ("needs_approval", [], ["Film"])
    assert (
        not calendars.rows_of(tenant, calendars.Page("month", timezone.now().date(), tenant.zone))
        .filter(pk=dry.pk)
        .exists()
    )


def test_a_dry_run_of_what_lost_its_file_says_so(
    publish: Any, wall: Any, picture: Any, client_for: Any, editor: Any
) -> None:
    row = picture()
    made = publish(wall(), "Look", media_ids=[row.pk], draft=True)
    row.delete()
    got = client_for(editor).post(BULK, {"act": "rehearse", "ticked": made.pk}, follow=True)
    assert "There is no file" in got.content.decode()


def test_a_dry_run_tells_what_the_real_platform_would_refuse(plan: Any, owner: Any) -> None:
    made = plan("Film")
    Account.objects.filter(pk=made.account_id).update(limits={"text": 3})
    made.refresh_from_db()
    with pytest.raises(ordering.BadOrder, match="1 too many"):
        rehearsing.rehearse(made, owner)
    assert not Publication.objects.filter(is_test=True).exists()


# -- out --------------------------------------------------------------------------------------------------------------


def test_what_is_shown_goes_out_as_csv_and_ical(plan: Any, client_for: Any, viewer: Any, tenant: Any) -> None:
    tenant.time_zone = "Europe/Vienna"
    tenant.save()
    made = plan('=HYPERLINK("x")', moment=datetime(2030, 6, 5, 7, 0, tzinfo=UTC), thread=["Two", "Three"])
    client = client_for(viewer)
    got = client.get(reverse("publishing:calendar_csv"), {"on": "2030-06-05"})
    (row,) = csv.DictReader(io.StringIO(b"".join(got.streaming_content).decode()))
    assert (row["account"], row["at"], row["zone"]) == ("Wall", "2030-06-05 09:00", "Europe/Vienna")
    assert row["text"] == '\'=HYPERLINK("x")'
    assert row["thread"] == "Two\n---\nThree"
    feed = Calendar.from_ical(client.get(reverse("publishing:calendar_ical"), {"on": "2030-06-05"}).content)
    (event,) = feed.walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2030, 6, 5, 7, 0, tzinfo=UTC)
    assert str(event["uid"]) == f"{made.key}@pressroom"


def test_a_month_of_two_hundred_takes_few_queries(
    plan: Any, client_for: Any, viewer: Any, django_assert_max_num_queries: Any, tenant: Any
) -> None:
    first = plan("Film 0", later(2))
    Publication.objects.bulk_create([
        Publication(tenant=tenant, user=first.user, account=first.account, state="scheduled", content=first.content,
                    content_hash="x", scheduled_at=later(2 + number % 3, number % 24))
        for number in range(200)
    ])  # fmt: skip
    client = client_for(viewer)
    client.get(SHOW)
    with django_assert_max_num_queries(30):
        assert client.get(SHOW, {"on": later(2).date()}).status_code == 200


def test_the_work_of_a_moved_one_is_done_at_its_new_time(plan: Any, owner: Any) -> None:
    from publishing import scheduling

    made = plan()
    moving.move(made, owner, later(9))
    assert scheduling.take_due() == {"due": 0, "tooLate": 0}
    Publication.objects.update(scheduled_at=timezone.now())
    scheduling.take_due()
    work(Job.objects.get(task=scheduling.DISPATCH).pk, worker="test")
    assert posts(made.account) == ["Silent films"]
