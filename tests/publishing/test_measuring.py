"""Fetching numbers: from each account what it tells, day by day, within its limits."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.running import work
from publishing import connecting, measuring, reporting, tasks
from publishing.models import Account, Audience, Publication, Reading
from publishing.orders import NumbersOrder
from tests.integrations.platforms.mastodon_stub import TOKEN, MastodonStub
from tests.integrations.platforms.stubs import serving
from tests.publishing.conftest import fault, run_to_the_end

pytestmark = [pytest.mark.django_db, pytest.mark.one_ground]


@pytest.fixture
def pull(tenant: Any, owner: Any) -> Callable[..., dict[str, Any]]:
    """Have numbers fetched, and return the job's result."""

    def order(**wish: Any) -> dict[str, Any]:
        job = measuring.order(NumbersOrder.model_validate(wish), tenant=tenant, user=owner)
        work(job.pk, worker="test")
        job.refresh_from_db()
        assert job.state == "completed", job.failed_reason
        return job.result

    return order


@pytest.fixture
def mastodon(tenant: Any, owner: Any, settings: Any) -> Any:
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    with serving(MastodonStub()) as stub:
        keys = {"accessToken": TOKEN}
        yield (
            stub,
            connecting.connect(tenant, owner, platform="mastodon", name="Toots", credentials=keys, base_url=stub.url),
        )


def test_numbers_of_each_day_stay(wall: Any, publish: Any, pull: Any, client: Any, owner: Any) -> None:
    made = run_to_the_end(publish(wall()))
    client.force_login(owner)
    assert client.get(made.url).status_code == 200
    assert pull()["posts"] == 1
    Reading.objects.update(day=date(2026, 1, 1))
    client.get(made.url)
    pull()
    assert [one.values for one in made.readings.all()] == [{"views": 1}, {"views": 2}]
    client.get(made.url)
    pull()  # the same day again takes the place of what was read on it
    assert [one.values for one in made.readings.all()] == [{"views": 1}, {"views": 3}]


def test_an_account_tells_what_its_platform_knows(mastodon: Any, publish: Any, pull: Any, monkeypatch: Any) -> None:
    _stub, account = mastodon
    made = run_to_the_end(publish(account))
    me = {"id": "7", "username": "ann", "followers_count": 41}
    monkeypatch.setattr("integrations.platforms.mastodon.Mastodon._me", lambda self: me)
    found = pull(metrics=["likes", "views"])
    assert found["accounts"][0]["note"] == ""
    assert made.readings.get().values == {"likes": 5}
    pull()
    assert made.readings.get().values == {"likes": 5, "reposts": 2, "replies": 1, "quotes": 0}
    assert Audience.objects.get().followers == 41


def test_a_platform_without_numbers_says_so_and_keeps_no_other_from_its_own(
    wall: Any, publish: Any, pull: Any, tenant: Any, owner: Any
) -> None:
    keys = {"webhookUrl": "https://hooks.slack.com/services/T0/B0/token-here"}
    slack = connecting.connect(tenant, owner, platform="slack", name="Slack", credentials=keys)
    row = publish(slack)
    Publication.objects.filter(pk=row.pk).update(state="published", remote_id="1", published_at=timezone.now())
    run_to_the_end(publish(wall()))
    found = {one["platform"]: one for one in pull()["accounts"]}
    assert found["slack"]["note"] == "Slack tells no numbers."
    assert found["offline"]["read"] == 1
    slack.refresh_from_db()
    assert slack.numbers_note == "Slack tells no numbers."


def test_a_limit_is_kept_and_ends(wall: Any, publish: Any, pull: Any) -> None:
    account = wall()
    run_to_the_end(publish(account))
    fault(account, "busy")
    assert "busy" in pull()["accounts"][0]["note"]
    assert "limit is used up until" in pull()["accounts"][0]["note"]
    Account.objects.update(numbers_after=timezone.now() - timedelta(seconds=1))
    assert pull()["posts"] == 1


@pytest.mark.parametrize(("kind", "state"), [("away", "active"), ("expired", "broken")])
def test_trouble_is_told(wall: Any, publish: Any, pull: Any, kind: str, state: str) -> None:
    account = wall()
    run_to_the_end(publish(account))
    fault(account, kind)
    found = pull()
    account.refresh_from_db()
    assert (found["posts"], account.state) == (0, state)
    assert account.numbers_note


def test_posts_that_are_gone_are_counted(wall: Any, publish: Any, pull: Any) -> None:
    from publishing.models import WallPost

    run_to_the_end(publish(wall()))
    WallPost.objects.update(deleted_at=timezone.now())
    assert pull()["accounts"][0]["note"] == "1 of its posts are not there any more."


def test_which_posts_are_asked_about(wall: Any, publish: Any, pull: Any, tenant: Any) -> None:
    from accounts.models import Brand

    first, second = wall(name="One"), wall(name="Two")
    Account.objects.filter(pk=second.pk).update(brand=Brand.objects.create(tenant=tenant, name="B", slug="b"))
    old, new, other = (run_to_the_end(publish(one, f"Film {n}")) for n, one in enumerate((first, first, second)))
    Publication.objects.filter(pk=old.pk).update(published_at=timezone.now() - timedelta(days=400))
    today = timezone.now().astimezone(tenant.zone).date()

    def read(**wish: Any) -> set[int]:
        Reading.objects.all().delete()
        pull(**wish)
        return set(Reading.objects.values_list("publication_id", flat=True))

    assert read() == {old.pk, new.pk, other.pk}
    assert read(brandId="b") == {other.pk}
    assert read(postIds=[new.pk, "7" * 30, "x"]) == {new.pk}
    assert read(dateRange={"startDate": f"{today}T00:00:00Z", "endDate": str(today)}) == {new.pk, other.pk}
    assert read(platforms=["mastodon"]) == set()
    Account.objects.filter(pk=second.pk).update(nightly_numbers=False)
    assert read() == {old.pk, new.pk}  # what costs money is not asked for by the way
    assert read(platforms=["offline"]) == {old.pk, new.pk, other.pk}
    assert read(platforms=["offline", "twitter"]) == {old.pk, new.pk, other.pk}


@pytest.mark.parametrize(
    ("wish", "field", "words"),
    [
        ({"metrics": ["likes", "sales"]}, "metrics", "There is no number sales"),
        ({"platforms": ["myspace"]}, "platforms", "There is no platform myspace"),
        ({"brandId": "nobody"}, "brandId", "no such brand"),
        ({"dateRange": {"startDate": "2026-02-02", "endDate": "2026-02-01"}}, "dateRange", "before its beginning"),
        ({"dateRange": {"startDate": "2020-02-02", "endDate": "2026-02-01"}}, "dateRange", "366 days at most"),
    ],
)
def test_what_makes_no_sense_is_told(call: Any, wish: dict[str, Any], field: str, words: str) -> None:
    got = call("POST", "/api/analytics/pull", wish)
    assert got.status_code == 422
    (problem,) = got.json()["error"]["details"]
    assert problem["field"] == field
    assert words in problem["problem"]
    assert Job.objects.count() == 0


def test_the_api_and_its_keys(call: Any, wall: Any, publish: Any, viewer: Any, tenant: Any) -> None:
    made = run_to_the_end(publish(wall()))
    key = {"Idempotency-Key": "numbers-1"}
    first, second = (call("POST", "/api/analytics/pull", {}, **key).json()["jobId"] for _each in range(2))
    assert first == second
    assert call("POST", "/api/analytics/pull", {"metrics": ["views"]}, **key).status_code == 409
    assert call("POST", "/api/analytics/pull", {}, user=viewer).status_code == 403
    assert call("POST", "/api/analytics/pull", {"tenantId": "another"}).status_code == 403
    work(first, worker="test")
    got = call("GET", f"/api/publications/{made.pk}/numbers", user=viewer).json()
    assert got["values"] == {"views": 0}
    assert [one["values"] for one in got["days"]] == [{"views": 0}]


def test_the_test_door_takes_the_seeds_payload_and_asks_the_wall_alone(
    call: Any, mastodon: Any, wall: Any, publish: Any, editor: Any
) -> None:
    stub, _account = mastodon
    run_to_the_end(publish(wall()))
    seed = {
        "platforms": ["instagram", "twitter"],
        "dateRange": {"startDate": "2026-01-01T00:00:00.000Z", "endDate": "2026-12-31T00:00:00.000Z"},
        "metrics": ["likes", "views"],
    }
    assert call("POST", "/api/queue/test/analytics/pull", seed, user=editor).status_code == 403
    job = Job.objects.get(pk=call("POST", "/api/queue/test/analytics/pull", seed).json()["jobId"])
    assert job.queue == "analytics.pull"
    work(job.pk, worker="test")
    job.refresh_from_db()
    assert (job.result["isTest"], job.result["posts"]) == (True, 1)
    assert stub.seen == []


def test_the_night_asks_what_it_may(wall: Any, publish: Any, tenant: Any, owner: Any, other_tenant: Any) -> None:
    account = wall()
    made = run_to_the_end(publish(account))
    assert measuring.any_published()
    assert measuring.order_nightly() == 1
    work(Job.objects.get(task=measuring.PULL).pk, worker="test")
    assert made.readings.count() == 1
    x = connecting.connect(tenant, owner, platform="x", name="X", credentials={"accessToken": "t"})
    assert (x.nightly_numbers, account.nightly_numbers) == (False, True)  # X charges for each post
    Account.objects.update(nightly_numbers=False)
    assert not measuring.any_published()


def test_the_queue_table_and_the_clock_name_the_tasks() -> None:
    from config.queues import QUEUES
    from config.schedule import CLOCKS

    assert {one.name: one.tasks for one in QUEUES}["analytics.pull"] == {"numbers": tasks.pull.path}
    assert [one.task for one in CLOCKS if one.name == "numbers"] == [tasks.pull_nightly.path]


# -- what is made of them ---------------------------------------------------------------------------------------------


@pytest.fixture
def history(wall: Any, publish: Any, tenant: Any) -> list[Publication]:
    """Two posts with three days of numbers."""
    rows = [run_to_the_end(publish(wall(name=name), text)) for name, text in (("One", "=2+2"), ("Two", "Second"))]
    today = timezone.now().astimezone(tenant.zone).date()
    for number, row in enumerate(rows, start=1):
        for back in (2, 1, 0):
            values = {"views": number * 10 * (3 - back)} | ({"likes": 1} if number == 1 else {})
            Reading.objects.create(publication=row, day=today - timedelta(days=back), values=values)
    return rows


def test_a_report_sums_the_last_of_each_and_runs_by_account(history: Any, tenant: Any) -> None:
    from ai.spending import Span

    today = timezone.now().astimezone(tenant.zone).date()
    found = reporting.report(tenant, Span(today - timedelta(days=4), today, tenant.zone))
    assert found.metrics == ["views", "likes"]
    assert (found.total("views"), found.total("likes")) == (90, 1)
    assert found.running("views") == {"One": [0, 0, 10, 20, 30], "Two": [0, 0, 20, 40, 60]}
    assert reporting.report(tenant, found.span, account=history[0].account_id).total("views") == 30


def test_the_page_shows_them_and_the_csv_is_safe(history: Any, client: Any, viewer: Any, owner: Any) -> None:
    client.force_login(viewer)
    page = client.get(reverse("publishing:analytics"), {"metric": "views"})
    text = page.content.decode()
    assert page.context["metric"] == "views"
    assert "Views by account" in text
    assert "Fetch the numbers now" not in text
    rows = list(csv.reader(io.StringIO(b"".join(client.get(reverse("publishing:analytics_csv"))).decode())))
    assert rows[0][-2:] == ["views", "likes"]
    assert sorted(row[4] for row in rows[1:]) == ["'=2+2", "Second"]
    assert client.post(reverse("publishing:fetch_numbers")).status_code == 403
    client.force_login(owner)
    assert client.post(reverse("publishing:fetch_numbers"), {"publication": history[0].pk}).status_code == 302
    assert Job.objects.get(task=measuring.PULL).payload["posts"] == [str(history[0].pk)]
    assert (
        "Numbers by day"
        in client.get(reverse("admin:publishing_publication_change", args=[history[0].pk])).content.decode()
    )


@pytest.mark.parametrize(
    "query", [{}, {"range": "7"}, {"since": "2026-02-30"}, {"since": "9999-01-01", "until": "9999-01-02"},
              {"account": "x"}, {"account": "99999999999999999999"}, {"metric": "nothing"}, {"brand": "\x00"}],
)  # fmt: skip
def test_an_empty_or_odd_page_says_what_to_do(client: Any, viewer: Any, query: dict[str, str]) -> None:
    client.force_login(viewer)
    page = client.get(reverse("publishing:analytics"), query)
    assert page.status_code == 200
    assert "Nothing was published in these days" in page.content.decode()
