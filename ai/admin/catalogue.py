"""The model list: what each model costs from when on, how long it lives, and what relies on it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action, display

from accounts import audit
from accounts.models import Role
from accounts.scoping import RoleAdmin
from ai import retiring, showing
from ai.forms import ListedModelForm, PriceForm
from ai.models import ListedModel, Price
from ai.models.catalogue import Origin
from jobs.admin.watching import when


def may_change(request: HttpRequest) -> bool:
    """The list serves all workspaces: only superusers change it."""
    return bool(request.user.is_active and request.user.is_superuser)


class PriceInline(TabularInline):
    """The prices of a model, the newest first."""

    model = Price
    form = PriceForm
    extra = 0
    hide_title = True
    fields: ClassVar = [*PriceForm.Meta.fields, "show_source"]
    readonly_fields: ClassVar = ["show_source"]
    verbose_name_plural = "Prices, USD per million tokens (for transcription: per million milliseconds of sound)"

    @display(description="Says")
    def show_source(self, price: Price) -> str:
        if price.pk is None:
            return "-"
        return f"{price.get_source_display()}, {price.read_at:%-d %b %Y}"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the model

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request)


class ProviderFilter(admin.SimpleListFilter):
    """By provider, under the names that people know."""

    title = "provider"
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = ListedModel.objects.order_by("provider").values_list("provider", flat=True).distinct()
        return [(name, showing.label("provider", name)) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ListedModel]) -> QuerySet[ListedModel]:
        return queryset.filter(provider=self.value()) if self.value() else queryset


@admin.register(ListedModel)
class ListedModelAdmin(RoleAdmin):
    """Everybody may look; superusers change prices and lifecycles and add models."""

    form = ListedModelForm
    inlines = (PriceInline,)
    actions_detail = ("switch_to_successor",)
    change_form_after_template = "ai/model_users.html"
    list_display: ClassVar = [
        "show_model",
        "show_life",
        "retires_at",
        "successor",
        "show_price",
        "show_seen",
    ]
    list_filter: ClassVar = [ProviderFilter, "status", "kind"]
    list_per_page = 100
    ordering = ("pk",)
    search_fields: ClassVar = ["label", "model_id", "blurb", "note"]
    search_help_text = "Search by name, id or note"
    empty_title = "No models"
    empty_text = "Run manage.py sync_models to read the providers' lists."
    fieldsets: ClassVar = [
        (None, {"fields": ["provider", "model_id", "label", "blurb", "kind", "context_tokens", "output_tokens"]}),
        ("Lifecycle", {"fields": ["status", "retires_at", "successor", "note"]}),
        ("Where this is from", {"fields": ["show_source", "show_seen"]}),
    ]

    class Media:
        css: ClassVar = {"all": ["ai/money.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_change(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a person added by mistake; what came from a file or a list would come again."""
        return may_change(request) and obj is not None and obj.source == Origin.PERSON

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListedModel]:
        return super().get_queryset(request).prefetch_related("price_list")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Rows and calls name a model by its id, so it stays."""
        return ["show_source", "show_seen", *(["provider", "model_id"] if obj else [])]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if "\x00" in object_id else super().get_object(request, object_id, from_field)

    # -- what is shown ----------------------------------------------------------------------------

    @display(description="Model", ordering="label", header=True)
    def show_model(self, model: ListedModel) -> tuple[str, str]:
        return model.label, f"{showing.label('provider', model.provider)}: {model.model_id}"

    @display(description="State", ordering="status")
    def show_life(self, model: ListedModel) -> str:
        life = showing.life(model, timezone.localdate())
        return format_html('<span class="pr-badge pr-as-it-is" data-state="{}">{}</span>', life.look, life.words)

    @display(description="USD per M, in / out", header=True)
    def show_price(self, model: ListedModel) -> tuple[str, str]:
        today = timezone.localdate()
        price, coming = model.price_on(today), model.next_price(today)
        since = f"since {price.valid_from:%-d %b %Y}" if price and price.valid_from <= today else ""
        later = f"{coming} from {coming.valid_from:%-d %b %Y}" if coming and coming != price else ""
        return showing.price_words(price), ", ".join(filter(None, (since, later)))

    @display(description="Provider's list")
    def show_seen(self, model: ListedModel) -> str:
        if model.missing_since:
            return f"Missing since {model.missing_since:%-d %b %Y}"
        return f"Seen {when(model.seen_at, None)}" if model.seen_at else "-"

    @display(description="Who wrote this row")
    def show_source(self, model: ListedModel) -> str:
        if model.source == Origin.PERSON:
            return "A person: files and lists do not change it any more"
        return f"{model.get_source_display()}, until a person changes it here"

    @action(description="Switch to its successor", icon="move_up", permissions=["switch"])
    def switch_to_successor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the page that tries the successor on the last texts and then switches."""
        return HttpResponseRedirect(reverse("ai_switch", args=[object_id]))

    def has_switch_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        model = self.get_object(request, str(object_id)) if object_id else None
        return bool(model and model.successor) and self.has_role(request, Role.OWNER)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        model = self.get_object(request, object_id)
        relying = retiring.users_of(model, request.tenant) if model else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "relying": relying})

    # -- what is written --------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: ListedModel, form: Any, change: bool) -> None:
        if not change or form.changed_data:
            obj.source = Origin.PERSON
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Prices that a person wrote stay when files or lists are read again."""
        for price in formset.save(commit=False):
            price.source, price.read_at = Origin.PERSON, timezone.localdate()
            price.save()
        for price in formset.deleted_objects:
            price.delete()

    def log_addition(self, request: HttpRequest, obj: ListedModel, message: Any) -> Any:
        audit.record(request.user, "model.added", target=obj.model_id, provider=obj.provider)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: ListedModel, message: Any) -> Any:
        what = message if isinstance(message, list) else [str(message)]
        audit.record(request.user, "model.changed", target=obj.model_id, changes=what)
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: ListedModel) -> None:
        audit.record(request.user, "model.removed", target=obj.model_id, provider=obj.provider)
        super().delete_model(request, obj)
