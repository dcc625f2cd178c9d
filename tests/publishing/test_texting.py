"""WhatsApp through the ledger: once, told by the webhook, kept here where nobody is connected; approvals."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import User
from integrations.errors import Refused
from jobs.models import Job
from jobs.running import work
from publishing import connecting, hearing, ordering, texting
from publishing.models import Account, ApprovalRule, Ask, Contact, Message, Publication
from publishing.orders import PublicationOrder
from tests.integrations.channels.whatsapp_stub import KEYS, NUMBER, SECRET, TOKEN, VERIFY, WhatsAppStub
from tests.integrations.platforms.stubs import serving
from tests.publishing.conftest import run

pytestmark = pytest.mark.django_db
PHONE, OTHER = "+4366012345678", "+4366087654321"
HIDDEN = "AT.13491208655302741918"


@pytest.fixture
def stub(settings: Any) -> Any:
    with serving(WhatsAppStub()) as stub:
        settings.PLATFORM_BASE_URLS = {"whatsapp": stub.url}
        yield stub


@pytest.fixture
def account(stub: Any, tenant: Any, owner: Any) -> Account:
    keys = KEYS | {"template": "hello", "approvalTemplate": "post_approval"}
    return connecting.connect(tenant, owner, platform="whatsapp", name="Acme", credentials=keys)


def send(message: Message, turns: int = 1, later: float = 0) -> Message:
    """Run the message's job so many times, each when it is due."""
    for _turn in range(turns):
        job = Job.objects.for_request(message).first()
        assert job
        if job.ended:
            break
        with time_machine.travel(max(job.run_at, timezone.now() + timedelta(seconds=later)), tick=True):
            Job.objects.filter(pk=job.pk).update(run_at="2020-01-01T00:00:00Z")
            work(job.pk, worker="test")
    message.refresh_from_db()
    return message


def body_of(*, statuses: Any = (), messages: Any = (), contacts: Any = (), number: str = NUMBER) -> bytes:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": number},
        "statuses": list(statuses),
        "messages": list(messages),
        "contacts": list(contacts),
    }
    return json.dumps({"entry": [{"id": "W", "changes": [{"field": "messages", "value": value}]}]}).encode()


def post(client: Any, account: Account, body: bytes, secret: str = SECRET) -> Any:
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature}
    path = f"/api/webhooks/whatsapp/{account.pk}"
    return client.post(path, body, content_type="application/json", headers=headers)


def status(message: Message, word: str, **more: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "status": word, "biz_opaque_callback_data": message.message_id, **more}


def order(tenant: Any, text: str = "Hello", **how: Any) -> Message:
    return texting.order(tenant, PHONE, text, **how)[0]


class TestSending:
    def test_it_is_sent_once_and_told_by_the_webhook(
        self, account: Account, stub: Any, tenant: Any, client: Any
    ) -> None:
        made = send(order(tenant))
        assert (made.state, made.remote_id, len(stub.published)) == ("sent", "wamid.1", 1)
        for word, state in (("read", "read"), ("delivered", "read"), ("sent", "read")):  # in any order
            assert post(client, account, body_of(statuses=[status(made, word)])).status_code == 200
            made.refresh_from_db()
            assert made.state == state

    def test_the_same_key_is_the_same_message(self, account: Account, tenant: Any) -> None:
        first = texting.order(tenant, PHONE, "Hello", key="welcome")
        assert texting.order(tenant, "0043 660 123-456 78", "Hello", key="welcome") == first

    def test_without_an_account_it_stays_here_and_says_so(self, tenant: Any) -> None:
        made = send(order(tenant))
        assert (made.state, made.account) == ("sent", None)
        assert "sent to nobody" in made.note

    def test_a_failure_is_told_later(self, account: Account, tenant: Any, client: Any) -> None:
        made = send(order(tenant))
        errors = [{"code": 131026, "title": "Undeliverable", "error_data": {"details": "Not on WhatsApp"}}]
        post(client, account, body_of(statuses=[status(made, "failed", errors=errors)]))
        made.refresh_from_db()
        assert (made.state, made.note) == ("failed", "WhatsApp says: Not on WhatsApp (131026).")
        post(client, account, body_of(statuses=[status(made, "delivered")]))
        made.refresh_from_db()
        assert made.state == "failed"

    def test_a_lost_answer_is_told_by_the_webhook_and_not_sent_again(
        self, account: Account, stub: Any, tenant: Any, client: Any
    ) -> None:
        stub.fail("publish", "accept_500")
        made = send(order(tenant))
        assert (made.state, len(stub.published)) == ("sending", 1)
        post(client, account, body_of(statuses=[status(made, "sent")]))
        made = send(made, 3)
        assert (made.state, made.remote_id, len(stub.published)) == ("sent", "wamid.1", 1)

    @pytest.mark.parametrize(("kind", "sent"), [("notice", 2), ("campaign", 1)])
    def test_of_what_nothing_is_told_a_notice_goes_once_more_and_a_campaign_never(
        self, account: Account, stub: Any, tenant: Any, kind: str, sent: int
    ) -> None:
        stub.fail("publish", "accept_500", "accept_500")
        made = send(order(tenant, kind=kind), 6)
        assert (made.state, len(stub.published)) == ("unknown", sent)

    def test_a_process_that_died_with_it(self, account: Account, stub: Any, tenant: Any) -> None:
        made = order(tenant)
        Message.objects.filter(pk=made.pk).update(state="sending", tried_at=timezone.now())
        made = send(made)
        assert (made.state, stub.published) == ("sending", [])
        assert (send(made, 2).state, len(stub.published)) == ("sent", 1)

    def test_a_dead_token_breaks_the_account_and_is_told(
        self, account: Account, stub: Any, tenant: Any, owner: Any
    ) -> None:
        stub.valid = False
        made = send(order(tenant))
        account.refresh_from_db()
        assert (made.state, account.state) == ("failed", "broken")
        assert owner.notices.get().subject == "Needs new credentials: Acme"
        assert TOKEN not in made.note

    def test_busy_is_waited_for(self, account: Account, stub: Any, tenant: Any) -> None:
        stub.fail("publish", "limited")
        made = send(order(tenant))
        assert made.state == "waiting"
        assert send(made).state == "sent"

    def test_who_wrote_to_us_gets_text_and_a_hidden_number_too(
        self, account: Account, stub: Any, tenant: Any, client: Any
    ) -> None:
        said = {"from": PHONE[1:], "id": "wamid.in", "type": "text", "text": {"body": "Hi"}, "timestamp": "1763800000"}
        contacts = [{"wa_id": PHONE[1:], "user_id": HIDDEN}]
        post(client, account, body_of(messages=[said], contacts=contacts))
        contact = Contact.objects.get()
        assert (contact.phone, contact.hidden_id, contact.last_inbound_at.year) == (PHONE, HIDDEN, 2025)
        now = said | {"id": "wamid.in2", "timestamp": str(int(timezone.now().timestamp())), "from": ""}
        post(client, account, body_of(messages=[now], contacts=[{"user_id": HIDDEN}]))
        assert Contact.objects.get().phone == PHONE
        stub.open |= {PHONE[1:], HIDDEN}
        send(order(tenant))
        send(texting.order(tenant, HIDDEN, "Hello")[0])
        assert [one["type"] for one in stub.published] == ["text", "text"]
        assert stub.published[1]["recipient"] == HIDDEN

    @pytest.mark.parametrize("to", ["0660 1234", "+12", "hello", "+0660123456", "", "AT.", "+43660x234567"])
    def test_numbers_that_are_none(self, tenant: Any, to: str) -> None:
        with pytest.raises(Refused, match="country's code"):
            texting.order(tenant, to, "Hello")

    @pytest.mark.parametrize("text", [" ", "\x00", "x" * 4097])
    def test_words_that_are_none(self, tenant: Any, text: str) -> None:
        with pytest.raises(Refused):
            texting.order(tenant, PHONE, text)

    def test_it_is_no_place_for_posts(self, account: Account, tenant: Any, owner: Any) -> None:
        wish = PublicationOrder.model_validate({"account_id": account.pk, "text": "Hello"})
        with pytest.raises(ordering.BadOrder, match="single people"):
            ordering.publish(wish, tenant=tenant, user=owner)


class TestTheWayIn:
    def test_meta_asks_whether_the_address_is_ours(self, account: Account, client: Any) -> None:
        path = f"/api/webhooks/whatsapp/{account.pk}"
        ask = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "12345"}
        answer = client.get(path, ask)
        assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"12345", "text/plain")
        for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "x"}, {"hub.verify_token": ""}):
            assert client.get(path, ask | wrong).status_code == 403
        assert client.get("/api/webhooks/whatsapp/999", ask).status_code == 404

    @pytest.mark.parametrize("secret", ["other", ""])
    def test_what_is_not_signed_changes_nothing(self, account: Account, tenant: Any, client: Any, secret: str) -> None:
        made = send(order(tenant))
        body = body_of(statuses=[status(made, "read")])
        assert post(client, account, body, secret=secret).status_code == 403
        path = f"/api/webhooks/whatsapp/{account.pk}"
        assert client.post(path, body, content_type="application/json").status_code == 403
        made.refresh_from_db()
        assert made.state == "sent"

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[]", b"null", b'{"entry": 5}', b'{"entry": [null, {"changes": [{"value": []}]}]}',
            b'{"entry": [{"changes": [{"value": {"statuses": [7, {}]}}]}]}', b"\xff", b"[" * 5000,
            body_of(statuses=[{"id": 5, "status": None}], messages=[{}, {"id": "a", "from": 7, "timestamp": "x"}]),
        ],
    )  # fmt: skip
    def test_nonsense_is_passed_over(self, account: Account, client: Any, body: bytes) -> None:
        assert post(client, account, body).status_code == 200

    def test_a_body_that_is_too_large_is_refused(self, account: Account, client: Any) -> None:
        answer = post(client, account, b'{"entry": "' + b"x" * 2_000_000 + b'"}')
        assert answer.status_code in (400, 413)

    def test_another_number_or_account_is_passed_over(
        self, account: Account, stub: Any, tenant: Any, other_tenant: Any, stranger: Any, client: Any
    ) -> None:
        made = send(order(tenant))
        assert post(client, account, body_of(statuses=[status(made, "read")], number="7")).json() == {"heard": 0}
        foreign = connecting.connect(other_tenant, stranger, platform="whatsapp", name="Theirs", credentials=KEYS)
        assert post(client, foreign, body_of(statuses=[status(made, "read")])).json() == {"heard": 0}
        made.refresh_from_db()
        assert made.state == "sent"


@pytest.fixture
def asked(account: Account, tenant: Any, owner: Any, wall: Any, publish: Any) -> Publication:
    """Something that olga was asked about by WhatsApp, outside her window."""
    User.objects.filter(pk=owner.pk).update(phone=PHONE)
    ApprovalRule.objects.create(tenant=tenant, channels="whatsapp").approvers.add(owner)
    made = publish(wall())
    work_all()
    return made


def work_all() -> None:
    for _round in range(3):
        for job in Job.objects.filter(state="waiting").exclude(task__in=ordering.TASKS):
            work(job.pk, worker="test")


def buttons(stub: Any) -> list[str]:
    """The payloads of the newest template."""
    parts = stub.published[-1]["template"]["components"][1:]
    return [one["parameters"][0]["payload"] for one in parts]


def tap(client: Any, account: Account, payload: str, shape: str = "button", phone: str = PHONE, **more: Any) -> Any:
    said = {
        "button": {"type": "button", "button": {"payload": payload, "text": "Approve"}},
        "reply": {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": payload}}},
    }[shape]
    message = {"from": phone[1:], "id": "wamid.tap", "timestamp": str(int(timezone.now().timestamp())), **said, **more}
    return post(client, account, body_of(messages=[message]))


class TestApproval:
    @pytest.mark.parametrize("shape", ["button", "reply"])
    def test_a_tap_approves_once(
        self, asked: Publication, account: Account, stub: Any, client: Any, shape: str
    ) -> None:
        values = [one["text"] for one in stub.published[-1]["template"]["components"][0]["parameters"]]
        assert values == [str(asked.account), "Silent films on Friday", "as soon as you agree"]
        assert mail.outbox == []
        yes, _no = buttons(stub)
        tap(client, account, yes, shape)
        assert run(asked).state == "published"
        one = Ask.objects.get()
        assert (one.state, one.via) == ("approved", "whatsapp")
        stub.open.add(PHONE[1:])
        work_all()
        assert stub.published[-1]["text"]["body"] == "Thank you, you approved it."
        assert tap(client, account, yes, shape).json() == {"heard": 0}  # repeated by WhatsApp
        tap(client, account, yes, shape, id="wamid.tap2")
        assert Ask.objects.get().decided_at == one.decided_at
        assert Message.objects.get(kind="approval").text == ""

    def test_a_rejection_and_its_reasons(self, asked: Publication, account: Account, stub: Any, client: Any) -> None:
        _yes, no = buttons(stub)
        tap(client, account, no)
        asked.refresh_from_db()
        assert (asked.state, Ask.objects.get().comment) == ("draft", hearing.REJECTED)
        words = {"type": "text", "text": {"body": "It is on Saturday"}, "button": None, "id": "wamid.words"}
        for _each in range(2):
            tap(client, account, "", **words)
        assert [one.text for one in asked.comments.all()] == ["It is on Saturday"]

    @pytest.mark.parametrize("what", ["other person", "forged", "verb", "changed", "expired"])
    def test_taps_that_decide_nothing(
        self, asked: Publication, account: Account, stub: Any, client: Any, editor: Any, what: str
    ) -> None:
        yes, _no = buttons(stub)
        if what == "changed":
            from publishing.orders import ContentIn

            ordering.change(asked, editor, ContentIn(text="Other words"))
        if what == "expired":
            asked.approvals.update(valid_until=timezone.now() - timedelta(hours=1))
        payload = {"forged": "ok:nothing", "verb": yes.replace("ok:", "do:")}.get(what, yes)
        tap(client, account, payload, phone=OTHER if what == "other person" else PHONE)
        assert not Ask.objects.exclude(decided_at=None).exists()
        asked.refresh_from_db()
        assert asked.state == "needs_approval"

    def test_both_ways_and_who_has_no_phone_gets_mail(
        self, account: Account, stub: Any, tenant: Any, owner: Any, editor: Any, wall: Any, publish: Any
    ) -> None:
        User.objects.filter(pk=owner.pk).update(phone=PHONE)
        rule = ApprovalRule.objects.create(tenant=tenant, channels="both")
        rule.approvers.set([owner, editor])
        publish(wall())
        work_all()
        assert sorted(one.to[0] for one in mail.outbox) == sorted([owner.email, editor.email])
        assert len(stub.published) == 1

    def test_a_reminder_has_new_buttons(self, asked: Publication, account: Account, stub: Any, client: Any) -> None:
        from publishing import reminding

        yes, _no = buttons(stub)
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
            assert reminding.remind()["reminded"] == 1
            work_all()
            tap(client, account, yes)
            assert not Ask.objects.exclude(decided_at=None).exists()
            tap(client, account, buttons(stub)[0], id="wamid.new")
        assert Ask.objects.get().state == "approved"


class TestTheDoors:
    def test_whatsapp_send_reaches_nobody(self, account: Account, stub: Any, call: Any, editor: Any) -> None:
        path, body = "/api/queue/test/whatsapp/send", {"to": PHONE, "message": "Hello", "priority": 10}
        assert call("POST", path, body, user=editor).status_code == 403
        made = call("POST", path, body)
        assert made.status_code == 202
        job = Job.objects.get(pk=made.json()["jobId"])
        assert (job.queue, job.priority) == ("whatsapp-messages", 10)
        work(job.pk, worker="test")
        job.refresh_from_db()
        assert job.result == {"messageId": made.json()["messageId"], "state": "sent"}
        assert stub.published == []
        campaign = call("POST", path, {**body, "campaignId": "spring"})
        assert Message.objects.get(pk=campaign.json()["messageId"]).kind == "campaign"

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"to": "0660"}, "to"), ({"message": ""}, "message"), ({"message": " "}, "message"),
         ({"priority": 3}, "priority"), ({"tenantId": "other"}, "tenantId"), ({"to": None}, "to")],
    )  # fmt: skip
    def test_a_bad_payload_is_told_by_field(self, call: Any, change: Any, field: str) -> None:
        answer = call("POST", "/api/queue/test/whatsapp/send", {"to": PHONE, "message": "Hello", **change})
        assert answer.status_code in (403, 422)
        assert answer.status_code == 403 or answer.json()["error"]["details"][0]["field"] == field

    @pytest.mark.parametrize("kind", ["whatsapp", "both"])
    def test_approval_notify_by_whatsapp(
        self,
        account: Account,
        stub: Any,
        call: Any,
        owner: Any,
        kind: str,
    ) -> None:
        User.objects.filter(pk=owner.pk).update(phone=PHONE)
        body = {"postId": "p1", "approverIds": [owner.username], "notificationType": kind}
        assert call("POST", "/api/queue/test/approval/notify", body).status_code == 202
        work_all()
        assert Message.objects.filter(channel="whatsapp", account=None, state="sent").count() == 1
        assert (len(mail.outbox), stub.published) == (1 if kind == "both" else 0, [])
