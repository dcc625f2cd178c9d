"""WhatsApp through the ledger: a message is a row first, and what became of it is what WhatsApp tells of it.

A call without an answer is not repeated before WhatsApp had two minutes to tell by its webhook that it was sent; then a
notice goes once more, a campaign never. A workspace without an account keeps its messages here: the offline channel.
"""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import PHONE, Tenant
from config.faultpoints import faultpoint
from integrations.channels import channels
from integrations.channels.base import Button, Channel, Words
from integrations.errors import AmbiguousOutcome, InvalidKey, PermanentError, Refused, TemporaryError
from jobs.models import Job
from jobs.outcomes import Wait
from jobs.running import Run
from publishing import mailing, refreshing
from publishing.models import Account, Contact, Message
from publishing.opening import open_platform

SEND = "publishing.tasks.send_whatsapp"
State, WHATSAPP = Message.State, Message.Channel.WHATSAPP
SETTLE = timedelta(minutes=2)
WINDOW = timedelta(hours=24)
MOST_TEXT = 4096
HIDDEN = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")  # a business-scoped user id


def account_of(tenant: Tenant) -> Account | None:
    """The workspace's WhatsApp account that sends; None where there is none."""
    return Account.objects.for_tenant(tenant).active().filter(platform="whatsapp").order_by("pk").first()


def order(
    tenant: Tenant,
    to: str,
    text: str,
    *,
    user: Any = None,
    kind: str = Message.Kind.NOTICE,
    key: str = "",
    buttons: tuple[tuple[str, str], ...] = (),
    values: tuple[str, ...] = (),
    campaign: str = "",
    priority: int = 0,
    is_test: bool = False,
) -> tuple[Message, Job | None]:
    """Accept a message to a phone number; one of the same key is there already when it is. Raises Refused.

    buttons are (id, title). A test stays here, whatever account there is.
    """
    message = Message(
        tenant=tenant, user=user, channel=WHATSAPP, account=None if is_test else account_of(tenant), kind=kind,
        to=number_of(to), subject=" ".join(text.split())[:80], text=words_of(text), campaign=campaign[:100],
        parts={"buttons": [list(one) for one in buttons], "values": list(values)} if buttons else {},
    )  # fmt: skip
    return mailing.accept(message, SEND, user, key, priority)


def number_of(to: str) -> str:
    """A phone number as E.164, or the id that WhatsApp has for a hidden one; raises Refused."""
    if HIDDEN.fullmatch(to.strip()):
        return to.strip()
    number = re.sub(r"[\s()./-]", "", to.strip())
    number = f"+{number[2:]}" if number.startswith("00") else number
    if not re.fullmatch(PHONE, number):
        raise Refused(f"“{to[:40]}” is no phone number. Write it with the country's code, as +4366012345678.")
    return number


def words_of(text: str) -> str:
    """What can be sent; raises Refused."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused("There is nothing to send: write a message.")
    if len(text) > MOST_TEXT:
        raise Refused(f"The message has {len(text):,} characters; WhatsApp takes {MOST_TEXT:,}. Shorten it.")
    return text


def send(message: Message, run: Run) -> dict[str, Any]:
    """Send one message, at most once more where nobody knows; returns it as a job's result."""
    if message.state == State.SENDING:
        _settle(message, run)
    if message.state != State.WAITING:
        return mailing.result(message)
    mailing.become(message, run, state=State.SENDING, note="", tried_at=timezone.now())
    faultpoint("whatsapp.armed")
    try:
        sent = _channel(message).send(_words(message))
    except AmbiguousOutcome:
        raise Wait("WhatsApp gave no whole answer: its webhook is given a moment.", timezone.now() + SETTLE) from None
    except PermanentError as error:
        if isinstance(error, InvalidKey) and message.account:
            refreshing.broken(message.account, str(error))
        mailing.become(message, run, state=State.FAILED, note=str(error))
    except TemporaryError as error:
        mailing.become(message, run, state=State.WAITING, note=str(error))
        raise
    else:
        faultpoint("whatsapp.taken")
        _sent(message, run, sent.remote_id, sent.note)
    return mailing.result(message)


def _settle(message: Message, run: Run) -> None:
    """A call whose answer nobody has: wait for the webhook, then give up waiting."""
    until = (message.tried_at or timezone.now()) + SETTLE
    if message.account_id and until > timezone.now():
        raise Wait("WhatsApp gave no whole answer: its webhook is given a moment.", until)
    message.refresh_from_db()
    if message.state == State.SENDING:  # else the webhook has told
        mailing.unknown(message, run, "WhatsApp gave no whole answer, and its webhook told nothing.")


def _sent(message: Message, run: Run, remote_id: str, note: str) -> None:
    """Store that it was accepted, unless the webhook was quicker and knows more."""
    with run.owned():
        rows = Message.objects.filter(pk=message.pk)
        rows.update(remote_id=remote_id[:200])
        is_first = rows.filter(state=State.SENDING).exists()
    message.refresh_from_db()
    if is_first:
        mailing.become(message, run, state=State.SENT, note=note, sent_at=timezone.now())


def _channel(message: Message) -> Channel:
    if message.account is None:
        return channels.get("offline")()  # type: ignore[no-any-return]
    return open_platform(message.account)  # type: ignore[return-value]


def _words(message: Message) -> Words:
    parts = message.parts
    contact = _contact(message)
    return Words(
        to=message.to,
        text=message.text,
        reference=message.message_id,
        buttons=tuple(Button(*one) for one in parts.get("buttons", [])),
        values=tuple(parts.get("values", [])),
        is_open=bool(contact and contact.last_inbound_at > timezone.now() - WINDOW),
    )


def _contact(message: Message) -> Contact | None:
    if message.account is None:
        return None
    rows = Contact.objects.filter(account=message.account)
    return rows.filter(phone=message.to).first() or rows.filter(hidden_id=message.to).first()
