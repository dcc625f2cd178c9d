"""Publications: a list of what leaves the house, and for each the story of how it left."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import display

from accounts.models import Role
from jobs.admin.jobs import request_link
from jobs.admin.watching import log_lines, when
from jobs.models import Job
from publishing import (
    approving,
    commenting,
    holding,
    ordering,
    reminding,
    sharing,
    showing,
    stopping,
    taking_off,
)
from publishing.admin.analytics import numbers_of
from publishing.admin.editing import EditingPages
from publishing.models import Approval, Ask, Hold, Publication

LOOKS = {
    "draft": "default", "needs_approval": "warning", "scheduled": "info", "sending": "primary", "published": "success",
    "refused": "danger", "unconfirmed": "danger", "cancelled": "default", "expired": "warning",
}  # fmt: skip
MOVING = ("scheduled", "sending")


@admin.register(Publication)
class PublicationAdmin(EditingPages):
    """What leaves the house."""

    add_role = Role.EDITOR
    buttons: ClassVar = {
        "now": "send_now", "cancel": "cancel_one", "there": "say_there", "again": "send_again",
        "release": "release_all", "decide": "decide_one", "take-off": "take_off",
        "comment": "comment", "escalate": "escalate", "share": "share", "unshare": "unshare",
    }  # fmt: skip
    page_template = "admin/publishing/publication/page.html"
    list_before_template = "admin/publishing/publication/stop.html"
    list_display: ClassVar = ["show_words", "show_state", "account", "show_when", "show_published", "user"]
    list_filter: ClassVar = ["state", "account", "account__platform", "user"]
    list_select_related: ClassVar = ["account", "tenant", "user"]
    list_per_page = 50
    date_hierarchy = "scheduled_at"
    search_fields: ClassVar = ["content", "note", "url"]
    search_help_text = "Search by words of the text"
    actions: ClassVar = ["send_chosen", "cancel_chosen"]
    empty_title = "Nothing published yet"
    empty_text = "Write a text for one of your accounts. It leaves the house once, and says what came of it."
    empty_button = "Write a post"

    @display(description="Publication", header=True)
    def show_words(self, row: Publication) -> tuple[str, str]:
        return str(row), row.note[:110]

    @display(description="State", label=LOOKS, ordering="state")
    def show_state(self, row: Publication) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="At", ordering="scheduled_at")
    def show_when(self, row: Publication) -> str:
        return when(row.scheduled_at, row.tenant)

    @display(description="Published", ordering="published_at")
    def show_published(self, row: Publication) -> str:
        return when(row.published_at, row.tenant)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Posts are written in the composer."""
        return redirect("publishing:compose")

    def live(self, request: HttpRequest, row: Publication, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        may_act = self.may_act(request, row)
        done = {"published": 100, "sending": 50}.get(row.state, 0)
        waiting = "; ".join(str(one) for one in holding.open_holds(row)) if row.state == "scheduled" else ""
        problem = row.note if row.state in ("refused", "unconfirmed", "expired") else ""
        return {
            "state": LOOKS_OF_JOBS.get(row.state, "waiting"),
            "label": row.get_state_display(),
            "percentage": done,
            "message": f"At {when(row.scheduled_at, row.tenant)}" if row.state == "scheduled" else "",
            "waitingFor": waiting,
            "problem": problem,
            "note": row.note if row.state in ("published", "scheduled") else "",
            "log": log_lines(Job.objects.for_request(row), row.tenant, after),
            "ended": row.state not in MOVING,
            "canStop": may_act and row.state in ordering.OPEN,
            "canResume": False,
            "resumeLabel": "",
        }

    def page(self, request: HttpRequest, row: Publication) -> dict[str, Any]:
        attempts = [
            {"it": one, "began": when(one.started_at, row.tenant), "ended": when(one.ended_at, row.tenant)}
            for one in row.attempts.all()
        ]
        may_act, holds = self.may_act(request, row), holding.open_holds(row)
        return {
            "publication": row,
            "attempts": attempts,
            "holds": holds,
            "releasable": any(one.kind != Hold.Kind.APPROVAL for one in holds),
            "times": {"at": when(row.scheduled_at, row.tenant), "out": when(row.published_at, row.tenant)},
            "may_send": may_act and row.state in (*ordering.OPEN, "cancelled"),
            "edit_url": self.address("edit", row) if self.may_edit(request, row) else "",
            "may_take_off": may_act and taking_off.can(row),
            "take_off_url": self.address("take-off", row),
            "made_of": request_link(row.origin) if row.origin else "",
            "updates": row.replacements.all(),
            "taken_off": when(row.taken_off_at, row.tenant) if row.taken_off_at else "",
            "may_resolve": may_act and row.state == "unconfirmed",
            "may_release": self.has_role(request, Role.OWNER),
            "words": showing.shown(row),
            "may_share": self.may_act(request, row),
            "shared": sharing.open_links(row).count(),
            "followed_by": getattr(row, "follower", None),
            "comments": [
                {"by": one.user or "Somebody", "at": when(one.created_at, row.tenant), "text": one.text}
                for one in row.comments.select_related("user")
            ],
            "may_comment": self.has_role(request, Role.REVIEWER),
            "may_escalate": self.has_role(request, Role.OWNER) and row.approvals.filter(state="open").exists(),
            "numbers": numbers_of(row) if row.is_there else None,
            "may_pull": self.has_role(request, Role.EDITOR),
            "rounds": row.approvals.prefetch_related("asks__approver"),
            "mine": self._mine(request, row),
        }

    def _mine(self, request: HttpRequest, row: Publication) -> Ask | None:
        """What the person who looks may decide now."""
        asks = Ask.objects.filter(approval__publication=row, approver=request.user, state=Ask.State.ASKED)
        one = asks.filter(approval__state=Approval.State.OPEN).select_related("approval__publication").first()
        return one if one and not approving.why_not(one, by_link=False) else None

    # -- buttons ------------------------------------------------------------------------------------------------------

    def _do(self, request: HttpRequest, done: str, what: Any) -> None:
        try:
            what()
        except (ordering.WrongState, ordering.BadOrder) as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, done, messages.SUCCESS)

    def send_now(self, request: HttpRequest, row: Publication) -> None:
        """Send it as soon as nothing holds it."""
        self._do(request, "It is on its way.", lambda: ordering.schedule(row, request.user, None))

    def cancel_one(self, request: HttpRequest, row: Publication) -> None:
        """Never send it."""
        self._do(request, "It is cancelled.", lambda: ordering.cancel(row, request.user))

    def say_there(self, request: HttpRequest, row: Publication) -> None:
        """A person has seen it on the account."""
        done = "It is marked as published."
        self._do(request, done, lambda: ordering.resolve(row, request.user, "published"))

    def send_again(self, request: HttpRequest, row: Publication) -> None:
        """A person has looked, and it is not there."""
        self._do(request, "It is sent again.", lambda: ordering.resolve(row, request.user, "send_again"))

    def take_off(self, request: HttpRequest, row: Publication) -> None:
        """Hide or delete it where it is published."""
        self._do(request, "It is being taken off.", lambda: taking_off.take_off(row, request.user))

    def release_all(self, request: HttpRequest, row: Publication) -> None:
        """An owner lets it go in spite of what holds it; approval is given by approvers alone."""
        if not self.has_role(request, Role.OWNER):
            raise PermissionDenied("Only owners of the workspace may release what holds a publication.")
        for one in holding.open_holds(row):
            if one.kind != Hold.Kind.APPROVAL:
                holding.release(one, request.user, request.POST.get("note", ""))
        self.message_user(request, "What held it is released.", messages.SUCCESS)

    def may_act(self, request: HttpRequest, row: Any) -> bool:
        """As elsewhere; approvers decide on what they are asked about, reviewers comment, owners take over."""
        button = request.path.rstrip("/").rpartition("/")[2]
        if button == "decide":
            return self._mine(request, row) is not None
        if button in ("comment", "escalate"):
            return self.has_role(request, Role.REVIEWER if button == "comment" else Role.OWNER)
        return super().may_act(request, row)

    def comment(self, request: HttpRequest, row: Publication) -> None:
        """Say something about it."""
        try:
            commenting.comment(row, request.user, request.POST.get("text", ""))
        except ValueError as error:
            self.message_user(request, str(error), messages.WARNING)

    def escalate(self, request: HttpRequest, row: Publication) -> None:
        """Ask the owners, who decide alone."""
        approval = row.approvals.filter(state=Approval.State.OPEN).first()
        asked = reminding.escalate(approval, request.user) if approval else 0
        text = f"{asked} asked." if asked else "Every owner is asked already, or nothing waits for a decision."
        self.message_user(request, text, messages.SUCCESS if asked else messages.WARNING)

    def share(self, request: HttpRequest, row: Publication) -> None:
        """A link for whoever should look at it; it is shown once."""
        link = f"{settings.SITE_URL}{reverse('publishing:shared', args=[sharing.share(row, request.user)])}"
        self.message_user(request, f"Whoever has this link sees it for {sharing.DAYS} days: {link}", messages.SUCCESS)

    def unshare(self, request: HttpRequest, row: Publication) -> None:
        """Let no link of it hold any more."""
        self.message_user(request, f"{sharing.withdraw(row, request.user)} links are withdrawn.", messages.SUCCESS)

    def decide_one(self, request: HttpRequest, row: Publication) -> None:
        """An approver decides here, signed in."""
        decision, comment = request.POST.get("decision", ""), request.POST.get("comment", "")
        one = self._mine(request, row)
        if one is None or decision not in ("approve", "changes") or (decision == "changes" and not comment.strip()):
            self.message_user(request, "Nothing was decided: say what is to be changed.", messages.WARNING)
            return
        try:
            approving.decide(one, decision, comment=comment)
        except approving.Decided as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            done = "You approved it." if decision == "approve" else "Your wishes are with the author."
            self.message_user(request, done, messages.SUCCESS)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and above it the switch that stops everything."""
        tenant = getattr(request, "tenant", None)
        if request.method == "POST" and "stop" in request.POST:
            if not self.has_role(request, Role.OWNER):
                raise PermissionDenied("Only owners of the workspace may stop everything.")
            stopping.stop(tenant, request.user, stopped=request.POST["stop"] == "yes")
            return redirect(request.path)
        context = {"stopped": stopping.stopped(tenant), "may_stop": self.has_role(request, Role.OWNER)}
        context["unresolved"] = Publication.objects.for_tenant(tenant).unresolved().count() if tenant else 0
        return super().changelist_view(request, {**context, **(extra_context or {})})

    # -- list ---------------------------------------------------------------------------------------------------------

    @admin.action(description="Send now", permissions=["act"])
    def send_chosen(self, request: HttpRequest, queryset: QuerySet[Publication]) -> None:
        """Send all that are chosen, as far as one may."""
        self._all(request, queryset, "on their way", lambda row: ordering.schedule(row, request.user, None))

    @admin.action(description="Cancel", permissions=["act"])
    def cancel_chosen(self, request: HttpRequest, queryset: QuerySet[Publication]) -> None:
        """Cancel all that are chosen, as far as one may."""
        self._all(request, queryset, "cancelled", lambda row: ordering.cancel(row, request.user))

    def _all(self, request: HttpRequest, queryset: QuerySet[Publication], what: str, act: Any) -> None:
        done, left = 0, 0
        for row in queryset.select_related("account", "tenant"):
            try:
                if not self.may_act(request, row):
                    raise ordering.WrongState("It is somebody else's.")
                act(row)
                done += 1
            except (ordering.WrongState, ordering.BadOrder):
                left += 1
        self.message_user(request, f"{done} {what}.", messages.SUCCESS)
        if left:
            self.message_user(
                request, f"{left} left as they are: out already, under way, or not yours.", messages.WARNING
            )


LOOKS_OF_JOBS = {
    "published": "completed", "sending": "active", "refused": "failed", "unconfirmed": "failed", "expired": "delayed",
    "cancelled": "cancelled", "scheduled": "delayed",
}  # fmt: skip
