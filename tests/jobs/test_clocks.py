from datetime import UTC, datetime

import pytest

from config.schedule import Clock
from jobs import clocks
from jobs.models import ClockState, Job

NIGHTLY = Clock("nightly", "0 2 * * *", "tests.jobs.sample.go")


@pytest.fixture(autouse=True)
def nightly(monkeypatch):
    monkeypatch.setattr(clocks, "CLOCKS", (NIGHTLY,))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.django_db
def test_a_planned_time_makes_one_job_whoever_rings(pushed):
    assert clocks.run_due(at("2026-11-22 01:00")) == 0
    assert clocks.run_due(at("2026-11-22 02:00")) == 1
    assert clocks.run_due(at("2026-11-22 02:00")) == 0
    ClockState.objects.update(next_at=at("2026-11-22 02:00"))  # a process that read the row before the other one wrote
    assert clocks.run_due(at("2026-11-22 02:00")) == 0
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_missed_times_are_made_up_for_once(pushed):
    clocks.run_due(at("2026-11-22 01:00"))
    assert clocks.run_due(at("2026-11-25 12:00")) == 1
    assert ClockState.objects.get().next_at == at("2026-11-26 02:00")


@pytest.mark.django_db
def test_a_changed_line_is_planned_anew(pushed, monkeypatch):
    clocks.run_due(at("2026-11-22 01:00"))
    monkeypatch.setattr(clocks, "CLOCKS", (Clock("nightly", "0 5 * * *", NIGHTLY.task),))
    assert clocks.run_due(at("2026-11-22 03:00")) == 0
    assert ClockState.objects.get().next_at == at("2026-11-22 05:00")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-07-01 12:00", "2026-07-02 00:00"),  # summer: 02:00 in Vienna is 00:00 UTC
        ("2026-10-24 23:00", "2026-10-25 00:00"),  # the night the clock goes back
        ("2026-12-01 12:00", "2026-12-02 01:00"),  # winter
    ],
)
def test_times_are_of_the_stated_zone(settings, after, expected):
    settings.TIME_ZONE = "Europe/Vienna"
    assert clocks.next_time(NIGHTLY, at(after)) == at(expected)


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        # Spring in Vienna: 28 March 2027, 02:00 does not exist; 01:59 CET is followed by 03:00 CEST (01:00 UTC).
        ("0 2 * * *", "2027-03-27 12:00", "2027-03-28 01:00"),
        ("30 2 * * *", "2027-03-27 12:00", "2027-03-28 01:30"),
        ("0 2 * * *", "2027-03-28 01:00", "2027-03-29 00:00"),
        ("*/20 * * * *", "2027-03-28 00:40", "2027-03-28 01:00"),
        # Autumn: 31 October 2027, 02:00 comes at 00:00 UTC and again at 01:00 UTC.
        ("0 2 * * *", "2027-10-30 12:00", "2027-10-31 00:00"),
        ("0 2 * * *", "2027-10-31 00:00", "2027-11-01 01:00"),
        ("30 2 * * *", "2027-10-31 00:30", "2027-11-01 01:30"),
        ("*/20 * * * *", "2027-10-31 00:40", "2027-10-31 01:00"),
        ("*/20 * * * *", "2027-10-31 01:00", "2027-10-31 01:20"),
        ("*/20 * * * *", "2027-10-31 01:40", "2027-10-31 02:00"),
    ],
)
def test_the_two_odd_nights_of_the_year(settings, cron, after, expected):
    settings.TIME_ZONE = "Europe/Vienna"
    assert clocks.next_time(Clock("odd", cron, NIGHTLY.task), at(after)) == at(expected)


@pytest.mark.django_db
def test_a_time_that_may_be_skipped_is_skipped_when_it_is_late(pushed, monkeypatch):
    minutely = Clock("minutely", "* * * * *", NIGHTLY.task, missed="skip")
    monkeypatch.setattr(clocks, "CLOCKS", (minutely,))
    clocks.run_due(at("2026-11-22 01:00"))
    assert clocks.run_due(at("2026-11-22 01:01:30")) == 1
    assert clocks.run_due(at("2026-11-22 03:00")) == 0
    assert ClockState.objects.get().next_at == at("2026-11-22 03:01")
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_clock_whose_task_is_gone_keeps_the_others_from_nothing(pushed, monkeypatch, caplog):
    gone = Clock("gone", "0 2 * * *", "nobody.tasks.here")
    monkeypatch.setattr(clocks, "CLOCKS", (gone, NIGHTLY))
    clocks.run_due(at("2026-11-22 01:00"))
    assert clocks.run_due(at("2026-11-22 02:00")) == 1
    assert "The clock gone cannot be rung" in caplog.text
    assert ClockState.objects.get(pk="gone").next_at == at("2026-11-23 02:00")


@pytest.mark.django_db
def test_a_clock_whose_line_is_no_cron_line_keeps_the_others_from_nothing(pushed, monkeypatch, caplog):
    monkeypatch.setattr(clocks, "CLOCKS", (Clock("odd", "at noon", NIGHTLY.task), NIGHTLY))
    clocks.run_due(at("2026-11-22 01:00"))
    assert clocks.run_due(at("2026-11-22 02:00")) == 1
    assert "The clock odd cannot be kept; correct its line in config/schedule.py" in caplog.text


def busy() -> bool:
    return Job.objects.count() == 1


@pytest.mark.django_db
def test_a_clock_rings_only_if_there_is_something_to_do(pushed, monkeypatch):
    choosy = Clock("choosy", "0 2 * * *", "tests.jobs.sample.go", only_if=f"{__name__}.busy")
    monkeypatch.setattr(clocks, "CLOCKS", (choosy, NIGHTLY))
    clocks.run_due(at("2026-11-22 01:00"))
    assert clocks.run_due(at("2026-11-22 02:00")) == 1  # the other one
    assert clocks.run_due(at("2026-11-23 02:00")) == 2
