"""Pictures to be drawn: the add page is the order form, a drawing's page follows its work."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import display

from ai import estimating, showing
from ai.admin.orders import OrderedAdmin
from ai.choosing import known
from ai.models import ListedModel
from ai.painting import MOST_TOKENS
from jobs import accepting, steering
from jobs.accepting import NotRetryable
from jobs.admin.watching import STATE_LABELS, when
from media import ordering, prompts
from media.admin import watching
from media.forms import PictureForm
from media.models import Drawing
from media.orders import PictureOrder


@admin.register(Drawing)
class DrawingAdmin(OrderedAdmin):
    """Orders for pictures."""

    form = PictureForm
    add_title = "Draw a picture"
    buttons: ClassVar = {"stop": "stop_one", "resume": "resume_one"}
    page_template = "admin/media/drawing/page.html"
    list_display: ClassVar = [
        "show_words",
        "show_state",
        "style",
        "show_size",
        "brand",
        "model_id",
        "user",
        "show_created",
    ]
    list_filter: ClassVar = ["state", "style", "brand", "user"]
    list_select_related: ClassVar = ["user", "tenant", "brand", "media"]
    list_per_page = 25
    search_fields: ClassVar = ["prompt", "text", "brand__name"]
    search_help_text = "Search by words of the prompt or the card"
    actions = None
    empty_title = "No picture yet"
    empty_text = "Have a card drawn in your brand's colours: it needs no key. With a key, models draw pictures."
    empty_button = "Draw a picture"
    fieldsets: ClassVar = [
        ("What it shows", {"fields": ["prompt", "text"]}),
        ("How it looks", {"fields": ["brand", "style", "width", "height", "model"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Drawing]:
        return super().get_queryset(request).select_related("brand", "media", "tenant")

    @display(description="Picture", ordering="prompt", header=True)
    def show_words(self, drawing: Drawing) -> tuple[str, str]:
        return str(drawing), drawing.prompt[:110] if drawing.text else ""

    @display(description="State", label=STATE_LABELS, ordering="state")
    def show_state(self, drawing: Drawing) -> tuple[str, str]:
        return drawing.state, drawing.get_state_display()

    @display(description="Size")
    def show_size(self, drawing: Drawing) -> str:
        return f"{drawing.width} × {drawing.height}"

    @display(description="Ordered", ordering="created_at")
    def show_created(self, drawing: Drawing) -> str:
        return when(drawing.created_at, drawing.tenant)

    def choose_model(self, wanted: str, request: Any) -> str:
        return known(wanted or ordering.CARDS, ListedModel.Kind.IMAGE).model_id

    def start(self, request: Any, form: Any) -> Drawing:
        return ordering.draw(form.order, tenant=request.tenant, user=request.user, key=form.key)[0]

    def estimate(self, request: Any, order: PictureOrder) -> tuple[Any, str]:
        model = known(order.model or ordering.CARDS, ListedModel.Kind.IMAGE)
        brand = {"name": "", "colours": order.brand_colors, "fonts": order.brand_fonts}
        prompt = prompts.picture(order.prompt, text=order.text, style=order.style, brand=brand)
        found = estimating.estimate(prompt, model, calls=1, words=int(MOST_TOKENS / 4))
        return found, showing.estimate(found)

    def response_add(self, request: HttpRequest, obj: Drawing, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(request, "The picture is on its way. This page follows it; you may leave.", messages.SUCCESS)
        return redirect(self.address("change", obj))

    def live(self, request: HttpRequest, row: Drawing, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        cost = "" if row.key_owner == "none" else f"{row.spent_usd():.4f} USD"
        return watching.live(self, request, row, after) | {"cost": cost}

    def page(self, request: HttpRequest, row: Drawing) -> dict[str, Any]:
        return {"drawing": row, "job": row.job, "may_start": self.has_add_permission(request)}

    def stop_one(self, request: HttpRequest, drawing: Drawing) -> None:
        """End it."""
        job = drawing.job
        if job is None or job.ended:
            self.message_user(request, "There is nothing to stop: it has ended already.", messages.WARNING)
            return
        steering.cancel(job, request.user)
        self.message_user(request, "The picture is stopped.", messages.SUCCESS)

    def resume_one(self, request: HttpRequest, drawing: Drawing) -> None:
        """A new job; a picture that is paid for is not paid for again."""
        try:
            if drawing.job is None:
                raise NotRetryable("its job was cleared away: order it again")
            accepting.retry(drawing.job, request.user)
        except NotRetryable as error:
            self.tell_not_retryable(request, error)
        else:
            self.message_user(request, "The picture is tried again.", messages.SUCCESS)
