"""Rules that repeat, in every zone and over every change of the clock; slots, and the next free one."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from publishing import ordering, repeating, scheduling
from publishing.models import Account, Publication, Repeat, Slot
from tests.publishing.conftest import run

AROUND = [time(0, 0), time(0, 30), time(1, 0), time(1, 30), time(2, 0), time(2, 30), time(3, 0), time(23, 30)]
ZONES = sorted(available_timezones() - {"localtime"})
FROM = date(2026, 1, 1)


def changes(zone: ZoneInfo) -> list[date]:
    """The days of two years on which the clock of a zone is changed."""
    noons = [datetime(2026, 1, 1, 12, tzinfo=zone) + timedelta(days=number) for number in range(730)]
    return [after.date() for before, after in pairwise(noons) if before.utcoffset() != after.utcoffset()]


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether a wall time is shown by the clocks of a zone at all."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def moments(zone: ZoneInfo, first: date, at: time, count: int) -> list[datetime]:
    return [repeating.moment_of(first + timedelta(days=number), at, zone) for number in range(count)]


def check(zone: ZoneInfo, first: date, at: time, count: int = 5) -> None:
    """Each day once, at its wall time, or right behind the gap that has no such time."""
    found = moments(zone, first, at, count)
    assert found == sorted(set(found))
    for number, moment in enumerate(found):
        wanted = datetime.combine(first + timedelta(days=number), at)
        shown = moment.astimezone(zone).replace(tzinfo=None)
        if exists(wanted, zone):
            assert shown == wanted
            assert moment.astimezone(zone).fold == 0  # the first of two
        else:
            gap = shown - wanted
            assert timedelta(0) < gap <= timedelta(hours=2), (zone, wanted, shown)


def test_every_zone_and_every_change_of_its_clock() -> None:
    seen = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        for day in changes(zone):
            for at in AROUND:
                check(zone, day - timedelta(days=2), at)
                seen += 1
    assert seen > 2000


@given(
    name=some.sampled_from(ZONES),
    first=some.dates(date(2024, 1, 1), date(2036, 1, 1)),
    at=some.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_any_zone_any_day_any_time(name: str, first: date, at: time) -> None:
    check(ZoneInfo(name), first, at)


def test_a_time_that_means_the_second_of_two_is_the_first_all_the_same() -> None:
    check(ZoneInfo("America/Coyhaique"), date(2024, 4, 6), time(23, 0, fold=1), count=1)


def test_the_two_nights_of_vienna() -> None:
    zone = ZoneInfo("Europe/Vienna")
    spring = repeating.moment_of(date(2027, 3, 28), time(2, 30), zone)
    assert f"{spring.astimezone(zone):%H:%M %Z}" == "03:30 CEST"
    autumn = repeating.moment_of(date(2026, 10, 25), time(2, 30), zone)
    assert f"{autumn.astimezone(zone):%H:%M %Z}" == "02:30 CEST"


@pytest.fixture
def rule(db: Any, wall: Any, editor: Any, tenant: Any) -> Any:
    def make(**columns: Any) -> Repeat:
        columns = {"text": "Films on Friday", "weekdays": [4], "at": time(9, 0), "starts_on": FROM, **columns}
        return Repeat.objects.create(
            tenant=tenant, user=editor, account=columns.pop("account", None) or wall(), **columns
        )

    return make


@pytest.mark.django_db
class TestRules:
    def test_days_weeks_and_ends(self, rule: Any) -> None:
        made = rule(weekdays=[0, 4], every_weeks=2, starts_on=date(2026, 1, 2), until=date(2026, 1, 31))
        found = repeating.occurrences(made, datetime(2026, 1, 1, tzinfo=UTC))
        assert [f"{moment:%a %d}" for moment in found] == ["Fri 02", "Mon 12", "Fri 16", "Mon 26", "Fri 30"]

    def test_no_days_and_days_that_are_past(self, rule: Any) -> None:
        assert repeating.occurrences(rule(weekdays=[]), datetime(2026, 1, 1, tzinfo=UTC)) == []
        past = rule(until=date(2026, 2, 1), account=Account.objects.get())
        assert repeating.occurrences(past, datetime(2026, 3, 1, tzinfo=UTC)) == []

    def test_each_time_is_one_publication_however_often_it_is_planned(self, rule: Any, editor: Any) -> None:
        with time_machine.travel("2026-11-26T08:00:00+00:00", tick=False):
            made = rule()
            assert repeating.any_work()
            assert repeating.plan_ahead() == 1
            assert not repeating.any_to_plan()
            Repeat.objects.update(planned_until=None)
            assert repeating.plan_ahead() == 0
            row = Publication.objects.get()
            assert row.scheduled_at == datetime(2026, 11, 27, 9, tzinfo=UTC)
            assert row.origin == f"publishing.Repeat:{made.pk}"
            ordering.cancel(row, editor)
            Repeat.objects.update(planned_until=None)
            assert repeating.plan_ahead() == 0  # somebody did not want this one

    def test_it_goes_out_at_its_time(self, rule: Any) -> None:
        rule(weekdays=[0, 1, 2, 3, 4, 5, 6], at=time(0, 1))
        assert repeating.plan_ahead() in (2, 3)
        first = Publication.objects.order_by("scheduled_at").first()
        assert first
        Publication.objects.filter(pk=first.pk).update(scheduled_at="2026-01-01T00:00:00Z")
        Account.objects.update(grace_minutes=10_000_000)
        scheduling.take_due()
        assert run(first).state == "published"

    def test_one_that_is_switched_off_plans_nothing(self, rule: Any) -> None:
        rule(is_active=False)
        assert not repeating.any_to_plan()
        assert repeating.plan_ahead() == 0

    def test_the_form_shows_the_next_ten_times(self, rule: Any, client_for: Any, editor: Any, stranger: Any) -> None:
        made = rule()
        values = {
            "account": made.account_id,
            "weekdays": [4],
            "every_weeks": 1,
            "at": "09:00",
            "starts_on": "2026-01-01",
        }
        url, add = reverse("admin:publishing_repeat_times"), reverse("admin:publishing_repeat_add")
        text = client_for(editor).post(url, values).json()["text"]
        assert text.startswith("Next: Fri ")
        assert text.count("09:00 UTC") == 10
        assert "Choose an account" in client_for(editor).post(url, {}).json()["text"]
        assert "Choose an account" in client_for(stranger).post(url, values).json()["text"]
        form = client_for(editor).get(add)
        assert url in form.content.decode()
        bad = {**values, "text": "x", "until": "2025-01-01", "is_active": "on"}
        assert "before the first" in client_for(editor).post(add, bad).content.decode()
        good = {**values, "text": "Again", "is_active": "on"}
        assert client_for(editor).post(add, good).status_code == 302
        assert Repeat.objects.get(text="Again").user == editor


@pytest.mark.django_db
class TestSlots:
    def test_the_next_free_one(self, wall: Any, publish: Any) -> None:
        account = wall()
        assert repeating.next_free(account) is None
        for weekday, at in ((0, time(9)), (3, time(17, 30))):
            Slot.objects.create(account=account, weekday=weekday, at=at)
        with time_machine.travel("2026-11-28T10:00:00+00:00", tick=False):  # a Saturday
            monday = repeating.next_free(account)
            assert monday == datetime(2026, 11, 30, 9, tzinfo=UTC)
            publish(account, scheduled_at=monday)
            assert repeating.next_free(account) == datetime(2026, 12, 3, 17, 30, tzinfo=UTC)

    def test_in_the_zone_of_the_workspace(self, wall: Any, tenant: Any) -> None:
        tenant.time_zone = "Europe/Vienna"
        tenant.save()
        account = wall()
        account.refresh_from_db()
        Slot.objects.create(account=account, weekday=0, at=time(9))
        found = repeating.next_free(account, datetime(2026, 11, 28, tzinfo=UTC))
        assert found == datetime(2026, 11, 30, 8, tzinfo=UTC)

    def test_a_publication_takes_it(self, wall: Any, client_for: Any, editor: Any) -> None:
        account = wall()
        url = reverse("publishing:compose")
        values = {"accounts": account.pk, "text": "Words", "when": "slot", "key": "k1"}
        assert "no free slot" in client_for(editor).post(url, values).content.decode()
        Slot.objects.create(account=account, weekday=0, at=time(9))
        client_for(editor).post(url, values)
        row = Publication.objects.get()
        assert (row.state, row.scheduled_at.weekday(), row.scheduled_at.hour) == ("scheduled", 0, 9)
