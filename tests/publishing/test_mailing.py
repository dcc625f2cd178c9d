"""Mail through the ledger: one row, one Message-ID, and what a real SMTP server lets one know."""

import smtplib
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail

from integrations.errors import Refused
from jobs.models import Job
from jobs.running import work
from publishing import mailing
from publishing.models import MailTemplate, Message

pytestmark = pytest.mark.django_db


class Server:
    """A mail server that keeps what it took, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer in ("cut after", "250 OK"):
            self.taken.append(message_from_bytes(envelope.content))
        if answer.startswith("cut"):
            server.transport.abort()
        return answer


@pytest.fixture
def smtp(settings: Any) -> Any:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 3
    yield server
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ordered(tenant: Any) -> Any:
    def make(**more: Any) -> tuple[Message, Job]:
        message, job = mailing.order(tenant, "ann@example.com", "Hello\nthere", "Words", html="<p>Words</p>", **more)
        assert job is not None
        return message, job

    return make


def go(message: Message, job: Job) -> Message:
    for _turn in range(4):
        job.refresh_from_db()
        if job.ended:
            break
        Job.objects.filter(pk=job.pk).update(run_at="2020-01-01T00:00:00Z")
        work(job.pk, worker="test")
    message.refresh_from_db()
    job.refresh_from_db()
    return message


def test_a_mail_is_taken_with_both_parts_and_its_id(smtp: Server, ordered: Any) -> None:
    message, job = ordered()
    assert go(message, job).state == "sent"
    (taken,) = smtp.taken
    assert taken["Message-ID"].startswith(f"<{message.message_id}@")
    assert taken["Subject"] == "Hello there"
    assert taken.get_content_type() == "multipart/alternative"
    assert job.result == {"messageId": message.pk, "state": "sent"}


@pytest.mark.parametrize("how", ["cut before", "cut after"])
def test_a_notice_goes_once_more_with_the_same_id(smtp: Server, ordered: Any, how: str) -> None:
    smtp.data = [how]
    message, job = ordered()
    assert go(message, job).state == "sent"
    assert len({taken["Message-ID"] for taken in smtp.taken}) == 1
    assert len(smtp.taken) == (2 if how == "cut after" else 1)


def test_never_a_third_time(smtp: Server, ordered: Any) -> None:
    smtp.data = ["cut after", "cut after"]
    message, job = ordered()
    assert go(message, job).state == "unknown"
    assert len(smtp.taken) == 2


def test_a_campaign_never_goes_again(smtp: Server, ordered: Any) -> None:
    smtp.data = ["cut after"]
    message, job = ordered(kind=Message.Kind.CAMPAIGN)
    assert go(message, job).state == "unknown"
    assert len(smtp.taken) == 1


def test_a_busy_server_is_tried_again(smtp: Server, ordered: Any) -> None:
    smtp.rcpt = ["451 try later"]
    message, job = ordered()
    work(job.pk, worker="test")
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("delayed", 0)  # waiting uses no attempt
    assert go(message, job).state == "sent"


def test_a_refusal_is_final(smtp: Server, ordered: Any) -> None:
    smtp.rcpt = ["550 no such person"]
    message, job = ordered()
    assert go(message, job).state == "failed"
    assert "550 no such person" in message.note
    assert job.state == "completed"


def test_a_server_that_is_away_is_tried_three_times(settings: Any, smtp: Server, ordered: Any) -> None:
    settings.EMAIL_PORT = _free_port()
    message, job = ordered()
    assert go(message, job).state == "failed"
    assert "cannot be reached" in message.note
    assert job.state == "failed"


def test_the_same_event_is_one_mail(ordered: Any) -> None:
    first, second = ordered(key="welcome:ann"), ordered(key="welcome:ann")
    assert first == second
    assert Message.objects.count() == 1


def test_a_process_that_died_with_it_in_hand(ordered: Any) -> None:
    message, job = ordered()
    Message.objects.filter(pk=message.pk).update(state="sending")
    assert go(message, job).state == "sent"
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("to", ["nobody", "a@b", "ann@example.com\nBcc: eve@example.com", ""])
def test_an_address_that_is_none(tenant: Any, to: str) -> None:
    with pytest.raises(Refused):
        mailing.order(tenant, to, "x", "y")
    assert Message.objects.count() == 0


class TestTemplates:
    @pytest.fixture
    def welcome(self, tenant: Any) -> MailTemplate:
        words = {"subject": "Hi {{ name }}", "text": "Dear {{name}}: {{ code }}", "html": "<p>{{ name }}</p>"}
        return MailTemplate.objects.create(tenant=tenant, name="welcome", **words)

    def test_data_is_put_in_and_escaped(self, tenant: Any, welcome: MailTemplate) -> None:
        data = {"name": "<b>Ann</b>", "code": "{{ code }} {% load x %}"}
        message, _job = mailing.order_from_template(tenant, "ann@example.com", "welcome", data)
        assert message.subject == "Hi <b>Ann</b>"
        assert message.text == "Dear <b>Ann</b>: {{ code }} {% load x %}"
        assert message.html == "<p>&lt;b&gt;Ann&lt;/b&gt;</p>"

    def test_missing_data_and_unknown_templates_are_told(self, tenant: Any, welcome: MailTemplate) -> None:
        with pytest.raises(Refused, match="needs code in its data"):
            mailing.order_from_template(tenant, "ann@example.com", "welcome", {"name": "Ann"})
        with pytest.raises(Refused, match="no mail template"):
            mailing.order_from_template(tenant, "ann@example.com", "goodbye", {})


def test_what_smtplib_raises_is_sorted() -> None:
    assert isinstance(mailing._answered(550, b"no"), Refused)
    assert issubclass(smtplib.SMTPServerDisconnected, smtplib.SMTPException)
