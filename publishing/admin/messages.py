"""Mails and WhatsApp messages that were and will be sent, and the templates of mails."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe
from unfold.decorators import action, display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from integrations.errors import Refused
from jobs.admin.watching import when
from publishing import mailing
from publishing.admin.confirming import ask_first
from publishing.models import MailTemplate, Message
from publishing.models.messages import SECRET_KINDS

NOTHING_ACTS = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
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
        """What was written; nothing of what has a link in it that is its reader's alone."""
        return "-" if row.kind in SECRET_KINDS else row.text

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
    actions_detail = ("preview", "send_to_me")
    empty_title = "No template yet"
    empty_text = "A template holds the words of a kind of mail, with {{ variables }} that an order fills in."
    empty_button = "Add a template"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.html_view))
        return [path("<path:object_id>/html/", view, name="publishing_mailtemplate_html"), *super().get_urls()]

    def html_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The HTML as a reader gets it, in a page that can do nothing: it is shown in a frame of the preview."""
        template = self.get_object(request, object_id)
        if template is None or not self.has_view_permission(request, template):
            raise Http404("There is no such template in this workspace.")
        response = HttpResponse(mailing.fill(template, mailing.sample(template))["html"])
        response["Content-Security-Policy"] = NOTHING_ACTS
        response["X-Frame-Options"] = "SAMEORIGIN"
        return response

    @action(description="Preview", icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Subject, text and HTML, with the names of the variables as their data."""
        template = self.get_object(request, object_id)
        if template is None:
            return redirect(reverse("admin:publishing_mailtemplate_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Preview: {template}",
            "opts": self.opts,
            "template": template,
            "filled": mailing.fill(template, mailing.sample(template)),
            "html_url": reverse("admin:publishing_mailtemplate_html", args=[template.pk]),
        }
        return TemplateResponse(request, "admin/publishing/mailtemplate/preview.html", context)

    @action(description="Send it to me", icon="send")
    def send_to_me(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A test mail to the person who looks, with the names of the variables as their data."""
        template = self.get_object(request, object_id)
        if template is not None and self.has_role(request, Role.EDITOR):
            words = "A test goes to your own address, with the names of the variables as their data."
            if page := ask_first(self, request, template, words, "Send it to me"):
                return page
            self._send(request, template)
        return redirect(reverse("admin:publishing_mailtemplate_change", args=[object_id]))

    def _send(self, request: HttpRequest, template: Any) -> None:
        try:
            filled = mailing.fill(template, mailing.sample(template))
            to = str(request.user.email)  # type: ignore[union-attr]
            mailing.order(
                request.tenant, to, filled["subject"], filled["text"], html=filled["html"], kind=Message.Kind.TEST
            )
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"A test is on its way to {to}.", messages.SUCCESS)
