"""What WhatsApp tells us: what became of messages, and what people answer. Signed, repeated, in any order."""

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import digest
from publishing import approving, commenting, texting
from publishing.models import Account, Ask, Contact, Heard, Message
from publishing.models.messages import SECRET_KINDS

State = Message.State
# What is told later and says less is passed over; a failure is final, unless it had arrived.
RANK = {State.SENT: 1, State.DELIVERED: 2, State.READ: 3}
UNTOLD = (State.WAITING, State.SENDING, State.UNKNOWN)
REJECTED = "Rejected by WhatsApp."
COMMENT_WITHIN = timedelta(hours=1)
KEEP = timedelta(days=8)  # WhatsApp repeats for seven
log = logging.getLogger(__name__)


def is_ours(account: Account, body: bytes, signature: str) -> bool:
    """Whether the account's app signed these bytes (header X-Hub-Signature-256)."""
    secret = account.reveal().get("appSecret", "")
    mine = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(mine.encode(), signature.encode(errors="replace"))


def knows(account: Account, token: str) -> bool:
    """Whether somebody who sets the webhook up at Meta has the account's verify token."""
    mine = account.reveal().get("verifyToken", "")
    return bool(mine) and hmac.compare_digest(mine.encode(), token.encode(errors="replace"))


def hear(account: Account, body: bytes) -> int:
    """Act on what came; returns on how many parts. What we do not understand is passed over."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return 0
    count, number = 0, account.reveal().get("phoneNumberId", "")
    for value in _values(data):
        if _part(value, "metadata").get("phone_number_id") != number:
            continue
        for status in _list(value, "statuses"):
            count += _told(account, status)
        names = {one.get("wa_id"): one.get("user_id") for one in _list(value, "contacts")}
        for message in _list(value, "messages"):
            count += _said(account, message, names)
    return count


def _values(data: Any) -> list[dict[str, Any]]:
    changes = [change for entry in _list(data, "entry") for change in _list(entry, "changes")]
    return [_part(change, "value") for change in changes]


def _list(data: Any, name: str) -> list[dict[str, Any]]:
    found = data.get(name) if isinstance(data, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _part(data: Any, name: str) -> dict[str, Any]:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _text(data: Any, name: str, most: int = 200) -> str:
    found = data.get(name) if isinstance(data, dict) else None
    return found.replace("\x00", "")[:most] if isinstance(found, str) else ""


# -- what became of ours ----------------------------------------------------------------------------------------------


def _told(account: Account, status: dict[str, Any]) -> bool:
    """A status of one message, found by our reference, else by its id there."""
    reference, remote_id, word = (_text(status, name) for name in ("biz_opaque_callback_data", "id", "status"))
    rows = Message.objects.filter(account=account)
    row = rows.filter(message_id=reference).first() if reference else None
    row = row or (rows.filter(remote_id=remote_id).first() if remote_id else None)
    if row is None:
        return False
    with transaction.atomic():
        row = Message.objects.select_for_update(of=("self",)).get(pk=row.pk)
        return _take(row, word, remote_id, status)


def _take(row: Message, word: str, remote_id: str, status: dict[str, Any]) -> bool:
    columns: dict[str, Any] = {"remote_id": row.remote_id or remote_id}
    if word == "failed" and RANK.get(State(row.state), 0) < RANK[State.DELIVERED]:
        columns |= {"state": State.FAILED, "note": _why(status)}
    elif word in RANK and row.state != State.FAILED and RANK[State(word)] > RANK.get(State(row.state), 0):
        columns |= {"state": State(word), "note": "", "sent_at": row.sent_at or timezone.now()}
    else:
        return False
    if row.kind in SECRET_KINDS:
        columns |= {"text": "", "parts": {}}
    Message.objects.filter(pk=row.pk).update(**columns)
    return True


def _why(status: dict[str, Any]) -> str:
    first = next(iter(_list(status, "errors")), {})
    words = _text(_part(first, "error_data"), "details", 300) or _text(first, "title", 300)
    return f"WhatsApp says: {words or 'it was not delivered'} ({first.get('code', '?')})."[:500]


# -- what people say --------------------------------------------------------------------------------------------------


def _said(account: Account, message: dict[str, Any], hidden_ids: dict[Any, Any]) -> bool:
    """One message of a person: it opens the window, and a tap decides."""
    remote_id, phone = _text(message, "id"), _text(message, "from", 20)
    phone = f"+{phone.removeprefix('+')}" if phone else ""
    hidden = hidden_ids.get(message.get("from")) or next(iter(hidden_ids.values()), None)
    contact = _contact(account, phone, hidden[:140] if isinstance(hidden, str) else "", _at(message))
    if not remote_id or contact is None:
        return False
    try:
        with transaction.atomic():
            Heard.objects.create(account=account, remote_id=remote_id)
            _act(account, contact, message)
    except IntegrityError:
        return False  # it was heard before
    return True


def _at(message: dict[str, Any]) -> datetime:
    """When it was said, never in the future."""
    seconds, now = _text(message, "timestamp", 12), timezone.now()
    is_number = seconds.isascii() and seconds.isdecimal()
    return min(now, datetime.fromtimestamp(int(seconds), UTC)) if is_number else now


def _contact(account: Account, phone: str, hidden: str, at: datetime) -> Contact | None:
    """The row of a person, with what is known of them now."""
    rows = Contact.objects.filter(account=account)
    found = (rows.filter(hidden_id=hidden).first() if hidden else None) or (
        rows.filter(phone=phone).first() if phone else None
    )
    if found is None:
        if not (phone or hidden):
            return None
        values = {"phone": phone, "hidden_id": hidden, "last_inbound_at": at}
        by = {"phone": phone} if phone else {"hidden_id": hidden}
        return Contact.objects.get_or_create(account=account, **by, defaults=values)[0]
    found.last_inbound_at = max(found.last_inbound_at, at)
    if phone and not rows.exclude(pk=found.pk).filter(phone=phone).exists():
        found.phone = phone
    if hidden and not rows.exclude(pk=found.pk).filter(hidden_id=hidden).exists():
        found.hidden_id = hidden
    found.save()
    return found


def _act(account: Account, contact: Contact, message: dict[str, Any]) -> None:
    tapped = _text(_part(_part(message, "interactive"), "button_reply"), "id", 300)
    tapped = tapped or _text(_part(message, "button"), "payload", 300)
    if tapped:
        _tap(account, contact, tapped)
    elif words := _text(_part(message, "text"), "body", 4000):
        _comment(account, contact, words)


def _tap(account: Account, contact: Contact, tapped: str) -> None:
    """A button of an approval: who was asked decides, once."""
    verb, _, secret = tapped.partition(":")
    rows = Ask.objects.select_related("approval__publication__account", "approval__tenant", "approver")
    one = rows.filter(tap_digest=digest(secret), approval__tenant=account.tenant).first() if secret else None
    if one is None or verb not in ("ok", "no") or not contact.phone or contact.phone != one.approver.phone:
        log.warning("a tap on WhatsApp of account %s fits nobody who was asked", account.pk)
        return
    decision, comment = ("approve", "") if verb == "ok" else ("changes", REJECTED)
    try:
        approving.decide(one, decision, comment=comment, via="whatsapp")
        words = (
            "Thank you, you approved it." if verb == "ok"
            else "It is a draft again. What is to be changed? Write it here within the hour, and the author reads it."
        )  # fmt: skip
    except approving.Decided as error:
        words = str(error)
    texting.order(account.tenant, contact.phone, words, user=one.approver, key=f"tap-{one.pk}-{verb}")


def _comment(account: Account, contact: Contact, words: str) -> None:
    """Words that follow a rejection are its reasons."""
    since = timezone.now() - COMMENT_WITHIN
    rows = Ask.objects.filter(
        approval__tenant=account.tenant, approver__phone=contact.phone, via="whatsapp", state=Ask.State.CHANGES
    )
    one = rows.filter(decided_at__gt=since).select_related("approval__publication", "approver").last()
    if one is not None and contact.phone:
        commenting.comment(one.approval.publication, one.approver, words)


def clean_up() -> int:
    """Forget the ids of what was heard long ago; returns how many."""
    return Heard.objects.filter(at__lt=timezone.now() - KEEP).delete()[0]
