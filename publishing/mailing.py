"""Mail through the ledger: a message is a row first, has one Message-ID for ever, and says what became of it.

What SMTP lets one know: an error before the final answer means that nothing was sent; a connection that is lost while
the server should answer means that nobody knows. A notice is sent once more then, a campaign never.
"""

import re
import smtplib
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Tenant
from config.faultpoints import faultpoint
from integrations.errors import InvalidKey, PermanentError, RateLimited, Refused, TemporaryError, Unreachable
from jobs import accepting
from jobs.models import Job
from jobs.running import Run
from publishing import telling
from publishing.models import MailTemplate, Message
from publishing.models.messages import SECRET_KINDS

SEND = "publishing.tasks.send_mail"
TASKS = (SEND, "publishing.tasks.send_whatsapp")
State = Message.State
WAIT_SECONDS = 60.0
WAITING_CODES = (421, 450, 451, 452)
REPEATABLE = (Message.Kind.NOTICE, Message.Kind.APPROVAL, Message.Kind.INVITATION, Message.Kind.TEST)
VARIABLE = re.compile(r"\{\{\s*(\w{1,60})\s*\}\}")


def order(
    tenant: Tenant,
    to: str,
    subject: str,
    text: str,
    *,
    html: str = "",
    user: Any = None,
    kind: str = Message.Kind.NOTICE,
    key: str = "",
    by: Any = None,
) -> tuple[Message, Job | None]:
    """Accept a mail; one of the same key is there already when it is. Raises Refused for an address that is none.

    user is the person it goes to, by who orders it and hears when it cannot be sent.
    """
    address = address_of(to)
    message = Message(
        tenant=tenant, user=user, to=address, subject=" ".join(subject.split())[:250], text=text, html=html, kind=kind
    )
    return accept(message, SEND, by or user, key)


def accept(message: Message, task: str, by: Any, key: str, priority: int = 0) -> tuple[Message, Job | None]:
    """Store a message with its job, once per key; returns the one that is there already when it is.

    Its job is None where it ended so long ago that it is gone.
    """
    message.key = key[:200] or f"{message.channel}-{message.message_id}"
    tenant = message.tenant
    try:
        with transaction.atomic():
            message.save()
            payload = {"message_id": message.pk}
            job = accepting.enqueue(task, tenant=tenant, user=by, request=message, payload=payload, priority=priority)
    except IntegrityError:
        found = Message.objects.get(tenant=tenant, channel=message.channel, key=message.key)
        return found, Job.objects.for_request(found).first()
    return message, job


def order_from_template(
    tenant: Tenant, to: str, name: str, data: dict[str, Any], *, subject: str = "", key: str = ""
) -> tuple[Message, Job | None]:
    """Accept a mail whose words are a template of the workspace (S3.24-S3.27). Raises Refused."""
    template = MailTemplate.objects.filter(tenant=tenant, name=name).first()
    if template is None:
        raise Refused(f"There is no mail template “{name[:60]}” in this workspace. Add it under Publishing.")
    words = fill(template, data)
    return order(tenant, to, subject or words["subject"], words["text"], html=words["html"], key=key)


def fill(template: MailTemplate, data: dict[str, Any]) -> dict[str, str]:
    """Subject, text and html with the data put in: names alone, no code. Raises Refused for data that is missing."""
    words = (template.subject, template.text, template.html)
    missing = sorted({name for text in words for name in VARIABLE.findall(text)} - set(data))
    if missing:
        raise Refused(f"The template “{template.name}” needs {', '.join(missing)} in its data. Add it.")
    return {
        "subject": VARIABLE.sub(lambda found: str(data[found[1]]), template.subject),
        "text": VARIABLE.sub(lambda found: str(data[found[1]]), template.text),
        "html": VARIABLE.sub(lambda found: escape(str(data[found[1]])), template.html),
    }


def sample(template: MailTemplate) -> dict[str, str]:
    """Data for a look at a template: each variable has its own name in brackets."""
    words = " ".join((template.subject, template.text, template.html))
    return {name: f"[{name}]" for name in VARIABLE.findall(words)}


def address_of(to: str) -> str:
    """An address that can be written to; raises Refused."""
    try:
        validate_email(to.strip())
    except Exception:  # its ValidationError says less
        raise Refused(f"“{to[:80]}” is no mail address. Correct it.") from None
    return to.strip()


def send(message: Message, run: Run) -> dict[str, Any]:
    """Send one message, at most once more where nobody knows; returns it as a job's result."""
    if message.state == State.SENDING:  # its process died with the mail in hand
        unknown(message, run, "The process ended while the mail server had it.")
    if message.state != State.WAITING:
        return result(message)
    become(message, run, state=State.SENDING, note="")
    faultpoint("mail.armed")
    try:
        _hand_over(message)
    except _Unknown as error:
        unknown(message, run, str(error))
        if message.state == State.WAITING:
            raise RateLimited(f"{error} It is sent once more, with the same Message-ID.", 5.0) from None
    except (InvalidKey, PermanentError) as error:
        become(message, run, state=State.FAILED, note=str(error))
        telling.not_invited(message, run.job.user)
    except TemporaryError as error:
        become(message, run, state=State.WAITING, note=str(error))
        raise
    else:
        faultpoint("mail.taken")
        become(message, run, state=State.SENT, note="", sent_at=timezone.now())
    return result(message)


class _Unknown(Exception):
    """The server had all of it, and nobody knows whether it took it."""


def _hand_over(message: Message) -> None:
    """Give it to the mail server; raises the errors of integrations/errors.py, and _Unknown."""
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.to],
        headers={
            "Message-ID": f"<{message.message_id}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError:
        raise InvalidKey(
            "The mail server does not accept the login. Correct EMAIL_HOST_USER and EMAIL_HOST_PASSWORD, then retry."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"The mail server cannot be reached ({type(error).__name__}). Nothing was sent.") from None
    try:
        mail.connection = connection
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _answered(int(code), words) from None
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from None
    except (smtplib.SMTPException, OSError) as error:
        raise _Unknown(f"The connection to the mail server was lost ({type(error).__name__}).") from None
    finally:
        _close(connection)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        return


def _answered(code: int, words: bytes | str) -> Exception:
    """Our error for an answer of the server: it has not taken the mail."""
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    text = f"The mail server says: {code} {' '.join(said.split())[:200]}."
    if code in WAITING_CODES:
        return RateLimited(f"{text} It is tried again.", WAIT_SECONDS)
    return Refused(f"{text} Check the address and the sender (DEFAULT_FROM_EMAIL).")


def unknown(message: Message, run: Run, why: str) -> None:
    """Store that nobody knows whether it was taken: a notice goes once more, everything else stays as it is."""
    again = message.kind in REPEATABLE and message.unknowns == 0
    become(message, run, state=State.WAITING if again else State.UNKNOWN, note=why, unknowns=message.unknowns + 1)


def become(message: Message, run: Run, **columns: Any) -> None:
    """Store a new state of a message, in the name of the run; a secret link in it is forgotten with its end."""
    columns["note"] = columns.get("note", "")[:500]
    if message.kind in SECRET_KINDS and columns["state"] in (State.SENT, State.FAILED, State.UNKNOWN):
        columns |= {"text": "", "html": "", "parts": {}}  # there is a secret link in it
    with run.owned():
        Message.objects.filter(pk=message.pk).update(**columns)
    message.refresh_from_db()


def result(message: Message) -> dict[str, Any]:
    """How it stands, as a job's result."""
    return {"messageId": message.pk, "state": message.state}


def job_ended(job: Job) -> None:
    """In the transaction that ends a message's job without its task: what that means for the message."""
    if job.task in TASKS and job.state in ("failed", "cancelled"):
        columns = {"state": State.FAILED, "note": (job.failed_reason or "Its job was cancelled.")[:500]}
        pk = job.payload.get("message_id")
        Message.objects.filter(pk=pk, state=State.WAITING).update(**columns)
        Message.objects.filter(pk=pk, state=State.SENDING).update(**columns | {"state": State.UNKNOWN})


def job_retried(job: Job) -> None:
    """In the transaction of a person's retry: what was not sent waits again."""
    if job.task in TASKS:
        rows = Message.objects.filter(pk=job.payload.get("message_id"), state=State.FAILED)
        rows.exclude(text="").update(state=State.WAITING, note="")
