"""Webhooks out: each event once per endpoint, signed, repeated until it is taken, and never about themselves."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from jobs import accepting
from jobs.models import Job
from jobs.running import work
from publishing import announcing, approving, delivering, mailing, ordering
from publishing.models import ApprovalRule, Delivery, Endpoint, Event
from tests.integrations.platforms.stubs import serving
from tests.integrations.platforms.webhook_stub import WebhookStub
from tests.publishing.conftest import fault, run, run_to_the_end

pytestmark = pytest.mark.django_db
URL = "https://receiver.example/hook"


@pytest.fixture
def receiver(settings: Any) -> Any:
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    with serving(WebhookStub(types=())) as stub:
        yield stub


@pytest.fixture
def endpoint(tenant: Any, owner: Any, receiver: Any) -> Endpoint:
    made, secret = delivering.add(tenant, owner, f"{receiver.url}/hook", Event.values)
    receiver.secret = secret
    return made


def hand_over_and_work(turns: int = 1) -> None:
    """What happens after a commit, then the jobs of the queue, each at its time."""
    announcing.hand_over()
    for _turn in range(turns):
        for job in Job.objects.filter(task=announcing.DELIVER, state__in=("waiting", "delayed")):
            with time_machine.travel(max(job.run_at, timezone.now()), tick=True):
                Job.objects.filter(pk=job.pk).update(run_at="2020-01-01T00:00:00Z")
                work(job.pk, worker="test")


def told(endpoint: Endpoint) -> list[str]:
    return sorted(endpoint.deliveries.values_list("event", flat=True))


def test_what_is_published_is_told_once_signed_and_without_more(
    endpoint: Endpoint, receiver: Any, wall: Any, publish: Any
) -> None:
    made = run(publish(wall()))
    assert told(endpoint) == ["job.completed", "publication.published"]
    hand_over_and_work()
    hand_over_and_work()
    assert {one.state for one in endpoint.deliveries.all()} == {"delivered"}
    assert len(receiver.seen) == 2
    seen = next(one for one in receiver.seen if b"publication.published" in one.body)
    body = json.loads(seen.body)
    assert (body["type"], body["data"]["publicationId"]) == ("publication.published", made.pk)
    assert body["data"]["url"].endswith(f"/publication/{made.pk}/change/")
    key = base64.b64decode(receiver.secret.removeprefix("whsec_"))
    signed = f"{seen.headers['webhook-id']}.{seen.headers['webhook-timestamp']}.".encode() + seen.body
    mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert seen.headers["webhook-signature"] == mine
    assert Job.objects.filter(queue="webhooks").count() == 2  # their own jobs are not told
    assert "Silent films" not in str(body)


def test_every_event_is_told(endpoint: Endpoint, wall: Any, publish: Any, tenant: Any, owner: Any, editor: Any) -> None:
    account = wall("blind")
    fault(account, "lost")
    made = run_to_the_end(publish(account))
    assert "publication.unconfirmed" in told(endpoint)
    ordering.resolve(made, owner, "published")
    assert told(endpoint).count("publication.published") == 1
    ApprovalRule.objects.create(tenant=tenant).approvers.add(owner)
    held = publish(wall(name="Other"))
    approving.ask_next(held.approvals.get())
    approving.decide(held.approvals.get().asks.get(), "approve")
    broken = accepting.enqueue("publishing.tasks.dispatch", tenant=tenant, user=editor, payload={"publication_id": 999})
    work(broken.pk, worker="test")
    assert set(told(endpoint)) == set(Event.values)
    failed = json.loads(endpoint.deliveries.get(event="job.failed").body)["data"]
    assert (failed["jobId"], bool(failed["failedReason"])) == (broken.pk, True)


def test_only_what_is_wanted_and_only_of_ones_own(
    endpoint: Endpoint, wall: Any, publish: Any, other_tenant: Any, stranger: Any
) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(events=["job.failed"])
    foreign, _secret = delivering.add(other_tenant, stranger, URL, Event.values)
    off, _secret = delivering.add(endpoint.tenant, endpoint.user, URL, Event.values)
    Endpoint.objects.filter(pk=off.pk).update(is_on=False)
    run(publish(wall()))
    assert [told(one) for one in (endpoint, foreign, off)] == [[], [], []]


def test_what_the_house_does_for_itself_is_not_told(endpoint: Endpoint, tenant: Any) -> None:
    _message, job = mailing.order(tenant, "reader@example.com", "Hello", "Words.")
    assert job
    work(job.pk, worker="test")
    assert told(endpoint) == []


@pytest.mark.parametrize("kind", ["500", "accept_500", "drop", "accept_drop", "limited", "hang"])
def test_what_is_not_taken_is_posted_again_under_the_same_id(
    endpoint: Endpoint, receiver: Any, kind: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("integrations.platforms.remote.CALL_SECONDS", 0.3)
    receiver.fail("publish", kind)
    made = delivering.send_test(endpoint, endpoint.user)
    hand_over_and_work()
    made.refresh_from_db()
    job = Job.objects.get(pk=made.job)
    assert (made.state, job.state, "posted again" in job.waiting_for) == ("waiting", "delayed", True)
    hand_over_and_work()
    made.refresh_from_db()
    assert (made.state, made.attempts) == ("delivered", 2)
    assert len({seen.headers["webhook-id"] for seen in receiver.seen}) == 1
    endpoint.refresh_from_db()
    assert (endpoint.note, endpoint.failing_since) == ("", None)


def test_in_the_end_it_is_given_up_and_can_be_sent_again(endpoint: Endpoint, receiver: Any) -> None:
    receiver.fail("publish", *["500"] * 7)
    made = delivering.send_test(endpoint, endpoint.user)
    hand_over_and_work(8)
    made.refresh_from_db()
    assert (made.state, made.attempts) == ("failed", 7)
    assert "tried 7 times" in made.note
    delivering.send_again(made)
    hand_over_and_work()
    made.refresh_from_db()
    assert (made.state, made.attempts) == ("delivered", 1)
    delivering.send_again(made)
    assert Job.objects.filter(task=announcing.DELIVER).count() == 3


def test_an_endpoint_that_takes_nothing_for_days_is_switched_off(endpoint: Endpoint, receiver: Any, owner: Any) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=timezone.now() - timedelta(days=6))
    receiver.fail("publish", "500")
    delivering.send_test(endpoint, owner)
    hand_over_and_work()
    endpoint.refresh_from_db()
    assert not endpoint.is_on
    assert Notice.objects.get(user=owner).subject.startswith("A webhook is switched off")


def test_410_switches_it_off(endpoint: Endpoint, receiver: Any, monkeypatch: Any, owner: Any) -> None:
    from tests.integrations.stub_server import answer

    monkeypatch.setattr(receiver, "accept", lambda step, seen: answer({}, 410))
    made = delivering.send_test(endpoint, owner)
    hand_over_and_work()
    made.refresh_from_db()
    endpoint.refresh_from_db()
    assert (made.state, endpoint.is_on) == ("failed", False)


def test_a_private_address_is_refused_when_it_is_called(tenant: Any, owner: Any) -> None:
    made, _secret = delivering.add(tenant, owner, "https://10.0.0.1/hook", ["job.failed"])
    delivery = delivering.send_test(made, owner)
    hand_over_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, "OUTBOUND_ALLOW_HOSTS" in delivery.note) == ("failed", True)


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "ftp://example.com", "nonsense", "https://user:pw@example.com/"]
)
def test_addresses_that_are_none(tenant: Any, owner: Any, url: str) -> None:
    with pytest.raises(delivering.BadEndpoint):
        delivering.add(tenant, owner, url, ["job.failed"])


def test_a_kill_after_the_commit_loses_nothing(endpoint: Endpoint, owner: Any, receiver: Any) -> None:
    """The row is there, and nobody gave it a job: the clock does."""
    delivering.send_test(endpoint, owner)
    assert announcing.any_waiting()
    assert announcing.hand_over() == 1
    assert (announcing.hand_over(), announcing.any_waiting()) == (0, False)


def test_two_secrets_sign_while_one_is_replaced(endpoint: Endpoint, receiver: Any, owner: Any) -> None:
    old = receiver.secret
    new = delivering.rotate(endpoint, owner)
    delivering.send_test(endpoint, owner)
    hand_over_and_work()
    assert len(receiver.seen[0].headers["webhook-signature"].split()) == 2
    assert endpoint.reveal() == f"{new} {old}"
    delivering.rotate(endpoint, owner)
    assert old not in endpoint.reveal()


def test_a_failed_job_that_is_retried_posts_again(endpoint: Endpoint, receiver: Any, owner: Any) -> None:
    made = delivering.send_test(endpoint, owner)
    announcing.hand_over()
    made.refresh_from_db()
    Job.objects.filter(pk=made.job).update(state="failed")
    Delivery.objects.filter(pk=made.pk).update(state="failed")
    new = accepting.retry(Job.objects.get(pk=made.job), owner)
    work(new.pk, worker="test")
    made.refresh_from_db()
    assert (made.state, len(receiver.seen)) == ("delivered", 1)


def test_old_deliveries_are_forgotten(endpoint: Endpoint, owner: Any) -> None:
    made = delivering.send_test(endpoint, owner)
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert delivering.clean_up() == 0
    Delivery.objects.filter(pk=made.pk).update(state="delivered")
    assert delivering.clean_up() == 1


def test_the_api(call: Any, receiver: Any, editor: Any, stranger: Any) -> None:
    path, body = "/api/webhooks/endpoints", {"url": f"{receiver.url}/hook", "events": ["job.failed"]}
    assert call("POST", path, body, user=editor).status_code == 403
    made = call("POST", path, body)
    receiver.secret = made.json()["secret"]
    assert (made.status_code, receiver.secret[:6]) == (201, "whsec_")
    assert call("POST", path, body).status_code == 422
    assert call("POST", path, {**body, "events": ["nonsense"]}).json()["error"]["details"][0]["field"] == "events"
    assert "secret" not in call("GET", path).json()["items"][0]
    one = f"{path}/{made.json()['id']}"
    assert call("POST", f"{one}/test", {}).json()["event"] == "pressroom.test"
    hand_over_and_work()
    assert call("GET", f"{one}/deliveries").json()["items"][0]["state"] == "delivered"
    where = stranger.memberships.get().tenant
    assert call("GET", f"{one}/deliveries", user=stranger, where=where).status_code == 404
    assert call("DELETE", one).status_code == 204
    assert call("DELETE", one).status_code == 404


def test_the_pages(client_for: Any, owner: Any, editor: Any, stranger: Any, receiver: Any) -> None:
    add = reverse("admin:publishing_endpoint_add")
    assert client_for(editor).get(add).status_code == 403
    client = client_for(owner)
    assert b"No webhook yet" in client.get(reverse("admin:publishing_endpoint_changelist")).content
    assert b"Correct the address" in client.post(add, {"url": "ftp://example.com", "events": ["job.failed"]}).content
    assert Endpoint.objects.count() == 0
    made = client.post(add, {"url": f"{receiver.url}/hook", "events": ["job.failed"], "is_on": "on"})
    row = Endpoint.objects.get()
    receiver.secret = row.reveal()
    assert receiver.secret in made.content.decode()
    change = reverse("admin:publishing_endpoint_change", args=[row.pk])
    assert row.reveal() not in client.get(change).content.decode()
    test = reverse("admin:publishing_endpoint_send_test", args=[row.pk])
    assert b"A test event is posted" in client.get(test).content
    assert row.deliveries.count() == 0
    client.post(test)
    hand_over_and_work()
    page = client.get(f"{reverse('admin:publishing_delivery_changelist')}?endpoint__id__exact={row.pk}")
    assert b"pressroom.test" in page.content
    data = {"action": "send_again", "_selected_action": [row.deliveries.get().pk]}
    client.post(reverse("admin:publishing_delivery_changelist"), data)
    hand_over_and_work()
    assert len(receiver.seen) == 2
    before = row.reveal()
    secret = reverse("admin:publishing_endpoint_new_secret", args=[row.pk])
    assert before not in client.get(secret).content.decode()
    row.refresh_from_db()
    assert row.reveal() == before
    client.post(secret)
    row.refresh_from_db()
    assert row.reveal() != before
    assert client_for(stranger).get(change).status_code in (302, 404)
