"""Messages to people: one row is one message to one address, and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from ulid import ULID

from accounts.models import Tenant
from publishing.models.accounts import Account


class MailTemplate(models.Model):
    """The words of a kind of mail, with {{ variables }}; a workspace's own take the place of ours."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="mail_templates")
    name = models.SlugField(max_length=60, help_text="What an order calls it, as welcome.")
    subject = models.CharField(max_length=200, help_text="Variables stand in double braces: {{ name }}.")
    text = models.TextField(max_length=50_000, help_text="Plain text.")
    html = models.TextField(max_length=100_000, blank=True, help_text="Empty: the mail is plain text only.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="mail_template_once")]

    def __str__(self) -> str:
        return self.name


def new_message_id() -> str:
    """The fixed Message-ID of a message: the only thing by which a mail server could know it again."""
    return f"{ULID()}".lower()


# What has a secret link in it: the link is its reader's alone, and forgotten once it is sent.
SECRET_KINDS = ("approval", "invitation")


class MessageQuerySet(models.QuerySet["Message"]):
    def for_tenant(self, tenant: Tenant | None) -> "MessageQuerySet":
        return self.filter(tenant=tenant)


class Message(models.Model):
    """One message to one address. A notice whose outcome is unknown is repeated once, a campaign never."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        READ = "read", "Read"
        FAILED = "failed", "Not sent"
        UNKNOWN = "unknown", "Sent or not"

    class Channel(models.TextChoices):
        EMAIL = "email", "Mail"
        WHATSAPP = "whatsapp", "WhatsApp"

    class Kind(models.TextChoices):
        NOTICE = "notice", "Notice"
        APPROVAL = "approval", "Approval"
        INVITATION = "invitation", "Invitation"
        CAMPAIGN = "campaign", "Campaign"
        TEST = "test", "Test"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="messages")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="messages", help_text="To whom."
    )
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NOTICE)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, related_name="messages",
        help_text="Whose number sends it; none for mail, and for what is only kept here.",
    )  # fmt: skip
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    parts = models.JSONField(default=dict, blank=True, editable=False, help_text="Buttons and values of templates.")
    campaign = models.CharField(max_length=100, blank=True, editable=False)
    remote_id = models.CharField(max_length=200, blank=True, editable=False, db_index=True)
    key = models.CharField(max_length=200, help_text="Names the event and the recipient, so that it is sent once.")
    message_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    note = models.CharField(max_length=500, blank=True)
    unknowns = models.PositiveSmallIntegerField(default=0, help_text="How often nobody knew whether it was taken.")
    created_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, editable=False, help_text="When the last call began.")
    sent_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "channel", "key"], name="one_message_per_event"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Contact(models.Model):
    """Somebody who wrote to a number of ours. WhatsApp may hide phone numbers; it has ids of its own then."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    phone = models.CharField(max_length=16, blank=True, help_text="E.164, with +.")
    hidden_id = models.CharField(max_length=140, blank=True, help_text="The business-scoped user id.")
    last_inbound_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "phone"], condition=~models.Q(phone=""), name="contact_phone"),
            models.UniqueConstraint(
                fields=["account", "hidden_id"], condition=~models.Q(hidden_id=""), name="contact_hidden_id"
            ),
        ]

    def __str__(self) -> str:
        return self.phone or self.hidden_id


class Heard(models.Model):
    """A message that came in, by its id: what WhatsApp repeats is not acted on again."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="heard")
    remote_id = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "remote_id"], name="heard_once")]

    def __str__(self) -> str:
        return self.remote_id
