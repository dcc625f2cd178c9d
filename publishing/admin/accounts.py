"""Accounts on platforms: choose a platform, enter what it needs, look whether it works."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from integrations.errors import OutsideError
from integrations.platforms import platforms
from jobs.admin.watching import when
from publishing import authorising, connecting, refreshing
from publishing.admin.confirming import ask_first
from publishing.forms import AccountForm
from publishing.models import Account, Slot
from publishing.models.accounts import CHANNELS
from publishing.opening import can_sign_in, grant_kind, platform_class

HEALTH = {"active": "success", "paused": "warning", "broken": "danger", "disconnected": "default"}


class SlotInline(TabularInline):
    """The times of the week when it likes to publish."""

    model = Slot
    extra = 0
    hide_title = True
    verbose_name_plural = "Slots: times of the week, in the zone of the brand or workspace"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the account

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return getattr(request, "role", None) == Role.OWNER

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Account)
class AccountAdmin(TenantAdmin):
    """Where the workspace publishes."""

    form = AccountForm
    add_role = change_role = delete_role = Role.OWNER
    list_display: ClassVar = ["show_name", "show_state", "delivery", "show_checked", "show_expires"]
    list_filter: ClassVar = ["platform", "state", "delivery", "brand"]
    search_fields: ClassVar = ["name", "remote_name", "base_url"]
    search_help_text = "Search by name or address"
    actions: ClassVar = ["check_all", "pause_all", "resume_all"]
    actions_detail = ("check_one", "connect_anew", "disconnect_one")
    inlines = (SlotInline,)
    empty_title = "No account yet"
    empty_text = "Connect an account on a platform. The wall needs nothing: try everything on it first."
    empty_button = "Connect an account"

    @display(description="Account", ordering="name", header=True)
    def show_name(self, account: Account) -> tuple[str, str]:
        who = account.remote_name or account.base_url
        return account.name, " · ".join(filter(None, (platform_class(account.platform).label, who)))

    @display(description="State", label=HEALTH, ordering="state")
    def show_state(self, account: Account) -> tuple[str, str]:
        return account.state, account.get_state_display()

    @display(description="Last checked", ordering="checked_at", header=True)
    def show_checked(self, account: Account) -> tuple[str, str]:
        return when(account.checked_at, account.tenant), account.health

    @display(description="Credentials expire", ordering="expires_at")
    def show_expires(self, account: Account) -> str:
        renews = account.expires_at is not None and refreshing.can_renew(account)
        return "Renewed by itself" if renews else when(account.expires_at, account.tenant)

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """An account that takes posts has its slots once it is there."""
        has_slots = obj is not None and obj.platform not in CHANNELS
        return super().get_inline_instances(request, obj) if has_slots else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        platform = obj.platform if obj else request.GET.get("platform", "")
        kind = platform_class(platform)
        about = ["name", *(["base_url"] if kind.needs_base_url or platform == "bluesky" else []), "brand"]
        secrets = [f"credential_{field.name}" for field in kind.credentials]
        return [
            (kind.label, {"fields": about}),
            ("Credentials", {"fields": secrets, "description": _webhook(obj) or _granted(obj) or _promise(kind)}),
            *([("Lateness", {"fields": ["grace_minutes"]})] if kind.takes_posts else []),
            *(
                [("Numbers", {"fields": ["nightly_numbers"], "description": _numbers(kind)})]
                if kind.takes_posts
                else []
            ),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The model's own fields only are asked of Django's factory; the credentials come with the form itself."""
        found = super().get_form(request, obj, change, **{**kwargs, "fields": AccountForm.Meta.fields})
        found.platform = obj.platform if obj else request.GET.get("platform", "")
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        name = request.GET.get("platform", "")
        if name in platforms or name in CHANNELS:
            title = f"Connect {platform_class(name).label}"
            return super().add_view(request, form_url, {"title": title, **(extra_context or {})})
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Connect an account",
            "kinds": [
                {"address": _address(name), "label": kind.label, "promise": _promise(kind)}
                for name, kind in ((name, platform_class(name)) for name in (*platforms, *CHANNELS))
            ],
        }
        return TemplateResponse(request, "admin/publishing/account/choose.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"name": platform_class(request.GET["platform"]).label, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            if form.given:
                connecting.change_credentials(obj, request.user, obj.reveal() | form.given)
        else:
            made = connecting.connect(
                request.tenant,
                request.user,
                platform=obj.platform,
                name=obj.name,
                credentials=form.given,
                base_url=obj.base_url,
            )
            made.brand, made.grace_minutes = obj.brand, obj.grace_minutes
            made.save()
            obj.pk = made.pk
            obj.refresh_from_db()
        self._check(request, obj)

    @action(description="Check it now", icon="health_and_safety")
    def check_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the platform whose account it is."""
        account = self.get_object(request, object_id)
        if account is not None and self.has_role(request, Role.EDITOR):
            words = "The platform is asked whose account this is, and what holds there. Nothing is published."
            if page := ask_first(self, request, account, words, "Check the account"):
                return page
            self._check(request, account)
        return HttpResponseRedirect(reverse("admin:publishing_account_change", args=[object_id]))

    @action(description="Connect anew", icon="login", permissions=["sign_in"])
    def connect_anew(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Sign in at the platform once more."""
        account = self.get_object(request, object_id)
        if account is None:
            return HttpResponseRedirect(reverse("admin:publishing_account_changelist"))
        where = reverse("publishing:sign_in", args=[account.platform])
        return HttpResponseRedirect(f"{where}?account={account.pk}")

    def has_sign_in_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Owners, where one signs in."""
        account = self.get_object(request, str(object_id)) if object_id else None
        return self.has_role(request, Role.OWNER) and account is not None and can_sign_in(account.platform)

    @action(description="Disconnect", icon="link_off", permissions=["disconnect"])
    def disconnect_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Forget the credentials."""
        account = self.get_object(request, object_id)
        if account is not None:
            words = (
                "The credentials are erased here, and the platform is told where it can be. What is planned stays, "
                "and does not leave before the account is connected anew."
            )
            if page := ask_first(self, request, account, words, "Disconnect the account"):
                return page
            left = authorising.disconnect(account, request.user)
            self.message_user(request, "The account is disconnected.", messages.SUCCESS)
            if left:
                self.message_user(request, f"The platform was not told. {left}", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:publishing_account_change", args=[object_id]))

    def has_disconnect_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Owners, while it is connected."""
        account = self.get_object(request, str(object_id)) if object_id else None
        connected = account is not None and account.state != Account.State.DISCONNECTED
        return self.has_role(request, Role.OWNER) and connected

    def _check(self, request: HttpRequest, account: Account) -> None:
        try:
            works = connecting.check(account)
        except OutsideError as error:
            works, account.health = False, str(error)
        who = account.remote_name or account.name
        if works and not account.health:
            self.message_user(request, f"It works: the account is {who}.", messages.SUCCESS)
        else:
            level = messages.WARNING if works else messages.ERROR
            self.message_user(request, account.health or "The platform gave no answer. Check it again later.", level)

    @admin.action(description="Check")
    def check_all(self, request: HttpRequest, queryset: Any) -> None:
        """Ask the platforms about all that are chosen."""
        for account in queryset:
            self._check(request, account)

    @admin.action(description="Pause: let nothing out", permissions=["change"])
    def pause_all(self, request: HttpRequest, queryset: Any) -> None:
        """Hold everything of these accounts."""
        self._pause(request, queryset, paused=True)

    @admin.action(description="Publish again", permissions=["change"])
    def resume_all(self, request: HttpRequest, queryset: Any) -> None:
        """Let these accounts publish."""
        self._pause(request, queryset, paused=False)

    def _pause(self, request: HttpRequest, queryset: Any, *, paused: bool) -> None:
        before = Account.State.ACTIVE if paused else Account.State.PAUSED
        rows = list(queryset.filter(state=before))
        for account in rows:
            connecting.pause(account, request.user, paused=paused)
        what = "paused: nothing of them leaves" if paused else "publishing again"
        self.message_user(request, f"{len(rows)} of the chosen accounts are {what}.", messages.SUCCESS)


def _address(platform: str) -> str:
    """Where an account of a platform is connected: by signing in there, or by entering its credentials."""
    return reverse("publishing:sign_in", args=[platform]) if can_sign_in(platform) else f"?platform={platform}"


def _promise(kind: Any) -> str:
    """What one can rely on, in words, before anything is scheduled."""
    if not kind.takes_posts:
        return "Reaches single people: approvals and messages. What became of each is told by its webhook."
    delivery = getattr(kind, "delivery", "")
    return Account.Delivery(delivery).label + "." if delivery else "How it behaves is for you to choose."


def _numbers(kind: Any) -> str:
    """Which numbers a platform tells of a post, and what they cost."""
    if not kind.metrics_names:
        return f"{kind.label} tells no numbers of a post."
    cost = f" Reading them costs {kind.metrics_cost} USD for each post." if kind.metrics_cost else ""
    return f"{kind.label} tells {', '.join(kind.metrics_names)}.{cost}"


def _granted(account: Account | None) -> str:
    """What was granted at the sign-in, in words; "" for an account whose credentials were entered."""
    if account is None or not account.granted:
        return ""
    kind = grant_kind(account.platform)
    words = "; ".join(one.words for one in kind.scopes if one.name in account.granted)
    lost = "; ".join(one.words for one in kind.scopes if one.name in account.missing)
    renewed = f" Renewed by itself, last {when(account.renewed_at, account.tenant)}." if account.renewed_at else ""
    return f"You signed in. Granted: {words}.{f' Not granted: {lost}.' if lost else ''}{renewed}"


def _webhook(account: Account | None) -> str:
    """Where WhatsApp is to tell what became of messages; "" for what has no such way in."""
    if account is None or account.platform != "whatsapp":
        return ""
    address = f"{settings.SITE_URL}/api/webhooks/whatsapp/{account.pk}"
    return f"Enter this address at Meta as the webhook's callback, with your verify token: {address}"
