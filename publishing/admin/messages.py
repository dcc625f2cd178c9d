"""Mails and WhatsApp messages that were and will be sent, and the templates of mails."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action, display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from integrations.errors import Refused
from jobs.admin.watching import when
from publishing import mailing
from publishing.models import MailTemplate, Message

STATES = {
    "waiting": "info", "sending": "primary", "sent": "success", "delivered": "success", "read": "success",
    "failed": "danger", "unknown": "warning",
}  # fmt: skip


@admin.register(Message)
class MessageAdmin(TenantAdmin):
    """What was sent to people, for owners."""

    view_role = Role.OWNER
    add_role = change_role = None
    list_display: ClassVar = ["show_subject", "show_state", "channel", "kind", "show_created", "show_sent"]
    list_filter: ClassVar = ["state", "kind", "channel"]
    list_select_related: ClassVar = ["tenant"]
    search_fields: ClassVar = ["to", "subject"]
    search_help_text = "Search by address or subject"
    fields: ClassVar = [
        "to", "subject", "show_text", "state", "note", "channel", "account", "kind", "campaign", "unknowns",
        "message_id", "created_at", "sent_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["show_text"]
    empty_title = "No message yet"
    empty_text = "Requests for approval and notices appear here, each with what became of it."

    @display(description="Message", header=True)
    def show_subject(self, row: Message) -> tuple[str, str]:
        return row.subject, row.to

    @display(description="Text")
    def show_text(self, row: Message) -> str:
        """What was written; of approvals nothing, as the link in it is the approver's alone."""
        return "-" if row.kind == Message.Kind.APPROVAL else row.text

    @display(description="State", label=STATES, ordering="state")
    def show_state(self, row: Message) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Ordered", ordering="created_at")
    def show_created(self, row: Message) -> str:
        return when(row.created_at, row.tenant)

    @display(description="Sent", ordering="sent_at")
    def show_sent(self, row: Message) -> str:
        return when(row.sent_at, row.tenant)


@admin.register(MailTemplate)
class MailTemplateAdmin(TenantAdmin):
    """The words of mails."""

    delete_role = Role.OWNER
    list_display: ClassVar = ["name", "subject", "updated_at"]
    search_fields: ClassVar = ["name", "subject"]
    search_help_text = "Search by name or subject"
    actions_detail = ("send_to_me",)
    empty_title = "No template yet"
    empty_text = "A template holds the words of a kind of mail, with {{ variables }} that an order fills in."
    empty_button = "Add a template"

    @action(description="Send it to me", icon="send")
    def send_to_me(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A test mail to the person who looks, with the names of the variables as their data."""
        template = self.get_object(request, object_id)
        if template is not None and self.has_role(request, Role.EDITOR):
            self._send(request, template)
        return redirect(reverse("admin:publishing_mailtemplate_change", args=[object_id]))

    def _send(self, request: HttpRequest, template: Any) -> None:
        words = " ".join((template.subject, template.text, template.html))
        data = {name: f"[{name}]" for name in mailing.VARIABLE.findall(words)}
        try:
            filled = mailing.fill(template, data)
            to = str(request.user.email)  # type: ignore[union-attr]
            mailing.order(
                request.tenant, to, filled["subject"], filled["text"], html=filled["html"], kind=Message.Kind.TEST
            )
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"A test is on its way to {to}.", messages.SUCCESS)
