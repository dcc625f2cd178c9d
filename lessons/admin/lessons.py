"""Lessons: the add page is the order form, a lesson's page follows its work and shows what came of it."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts import audit
from accounts.models import Role
from accounts.scoping import row_id
from ai import showing
from ai.admin.orders import OrderedAdmin
from ai.estimating import Estimate
from integrations.errors import InvalidKey, ModelGone
from jobs.accepting import KeyReused, NotRetryable
from jobs.admin.watching import STATE_LABELS, progress_cell, when
from jobs.models import State
from lessons import editing, ordering, redoing
from lessons.admin import progress
from lessons.forms import LessonForm
from lessons.models import LONGEST_CONTEXT, Lesson
from lessons.orders import Order
from media.models import Transcript


class StandingFilter(admin.SimpleListFilter):
    """By the state that the list shows."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[Any, str]]:
        return [(state.value, str(state.label)) for state in State]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(shown=self.value()) if self.value() in State.values else queryset


@admin.register(Lesson)
class LessonAdmin(OrderedAdmin):
    """Orders for lessons."""

    form = LessonForm
    add_title = "Write a lesson"
    delete_role = Role.EDITOR
    buttons: ClassVar = {
        "stop": "stop_one",
        "resume": "resume_one",
        "another": "another_one",
        "redo": "redo_one",
        "unlock": "unlock_one",
        "keep": "keep_one",
        "model": "model_one",
    }
    page_template = "admin/lessons/lesson/page.html"
    list_display: ClassVar = [
        "show_lesson",
        "show_state",
        "show_progress",
        "difficulty",
        "show_minutes",
        "model_id",
        "user",
        "show_created",
    ]
    list_filter: ClassVar = [
        StandingFilter,
        "difficulty",
        "language",
        "trigger_source",
        "user",
        ("created_at", RangeDateFilter),
    ]
    list_filter_submit = True
    list_per_page = 25
    list_select_related: ClassVar = ["user", "tenant"]
    search_fields: ClassVar = ["topic", "title", "sections__title", "sections__text", "user__username"]
    search_help_text = "Search by topic, title, words of the text or person"
    actions: ClassVar = ["stop_selected", "resume_selected"]
    empty_title = "No lesson yet"
    empty_text = "Order one: a topic is enough. Watch its sections being written, then edit them."
    empty_button = "Write a lesson"
    fieldsets: ClassVar = [
        ("What it is about", {"fields": ["topic", "context"]}),
        ("For whom", {"fields": ["difficulty", "audience", "language"]}),
        ("How it is written", {"fields": ["model", "sections"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        rows: Any = super().get_queryset(request)
        return rows.with_progress()  # type: ignore[no-any-return]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Editors delete what they ordered, owners everything; what is being written is stopped first."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or (self.may_act(request, obj) and not obj.is_open))

    def delete_model(self, request: HttpRequest, obj: Lesson) -> None:
        what = {"lesson": obj.pk, "topic": obj.topic, "by_whom_ordered": str(obj.user or "")}
        audit.record(request.user, "lesson.deleted", tenant=obj.tenant, target=str(obj), **what)
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Lessons are deleted one by one: some of the chosen may be in the hands of a worker."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @display(description="Lesson", ordering="topic", header=True)
    def show_lesson(self, lesson: Lesson) -> tuple[str, str]:
        return str(lesson), lesson.topic if lesson.title and lesson.title != lesson.topic else ""

    @display(description="State", label=STATE_LABELS, ordering="shown")
    def show_state(self, lesson: Lesson) -> tuple[str, str]:
        return lesson.standing, State(lesson.standing).label

    @display(description="Sections", ordering="written")
    def show_progress(self, lesson: Any) -> str:
        total = lesson.total or lesson.section_count
        return progress_cell(100 * lesson.written // total, f"{lesson.written} of {total}")

    @display(description="Reading time", ordering="words", empty_value="-")
    def show_minutes(self, lesson: Lesson) -> str | None:
        return f"{lesson.minutes} min" if lesson.minutes else None

    @display(description="Ordered", ordering="created_at")
    def show_created(self, lesson: Lesson) -> str:
        return when(lesson.created_at, lesson.tenant)

    @admin.action(description="Stop the selected lessons", permissions=["act"])
    def stop_selected(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        self._each(request, queryset, lambda lesson: ordering.stop(lesson, request.user.get_username()), "stopped")

    @admin.action(description="Resume the selected lessons", permissions=["act"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        self._each(request, queryset, lambda lesson: ordering.resume(lesson, request.user), "on their way again")

    def _each(self, request: HttpRequest, rows: QuerySet[Lesson], act: Any, done: str) -> None:
        count = 0
        for lesson in rows:
            try:
                count += bool(self.may_act(request, lesson) and act(lesson))
            except NotRetryable:
                continue
        left = len(rows) - count
        rest = f" {left} could not be: they are in another state, or not yours." if left else ""
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, f"{count} lesson{'' if count == 1 else 's'} {done}.{rest}", level)

    # -- the order form ---------------------------------------------------------------------------

    def choose_model(self, wanted: str, request: Any) -> str:
        return ordering.choose_model(wanted, request.user, request.tenant)

    def get_changeform_initial_data(self, request: Any) -> dict[str, Any]:
        """A transcript (GET transcript) is the context of the lesson that is made of it."""
        initial = super().get_changeform_initial_data(request)
        number = row_id(str(initial.pop("transcript", "")))
        words = Transcript.objects.for_tenant(request.tenant).filter(pk=number).values_list("text", flat=True).first()
        return initial | ({"context": words[:LONGEST_CONTEXT]} if words else {})

    def start(self, request: Any, form: Any) -> Lesson:
        """The form sent twice, and the same wish soon after, find the lesson there is."""
        found = ordering.start(form.order, tenant=request.tenant, user=request.user, key=form.key)
        request.is_new_lesson = found.is_new
        return found.lesson

    def estimate(self, request: Any, order: Order) -> tuple[Estimate, str]:
        found = ordering.estimate(order, tenant=request.tenant, user=request.user)
        return found, showing.estimate(found)

    def response_add(self, request: HttpRequest, obj: Lesson, post_url_continue: str | None = None) -> HttpResponse:
        text = "The lesson is accepted. This page follows it; you may leave."
        if not getattr(request, "is_new_lesson", True):
            text = (
                f"You ordered this very lesson on {when(obj.created_at, obj.tenant)}: here it is. "
                "To have another one written, choose Make another below."
            )
        self.message_user(request, text, messages.SUCCESS)
        return redirect(self.address("change", obj))

    # -- the lesson's page ------------------------------------------------------------------------

    def live(self, request: HttpRequest, row: Lesson, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        return progress.describe(row, may_act=self.may_act(request, row), after=after)

    def page(self, request: HttpRequest, row: Lesson) -> dict[str, Any]:
        return {
            "facts": progress.order_facts(row),
            "job": row.job,
            "lesson": row,
            "questions": progress.questions(row),
            "review": progress.review(row),
            "stale": {"quiz": row.is_stale(row.quiz_at), "review": row.review_is_stale},
            "may_start": self.has_add_permission(request),
            "models": progress.models(row),
            "again": progress.cost_of_all(row),
            "may_act": self.may_act(request, row),
            "may_delete": self.has_delete_permission(request, row),
        }

    def stop_one(self, request: HttpRequest, lesson: Lesson) -> None:
        """End it; what is written stays."""
        asked = ordering.stop(lesson, by=request.user.get_username())
        if asked is None:
            self.message_user(request, "There is nothing to stop: this lesson has ended already.", messages.WARNING)
        else:
            self.message_user(request, "The lesson is stopped. Resume writes what is missing.", messages.SUCCESS)

    def resume_one(self, request: HttpRequest, lesson: Lesson) -> None:
        """A new job; what is written already stays and is not paid for again."""
        try:
            ordering.resume(lesson, by=request.user)
        except NotRetryable as error:
            self.tell_not_retryable(request, error)
        else:
            self.message_user(request, "The lesson goes on with what is missing.", messages.SUCCESS)

    def keep_one(self, request: HttpRequest, lesson: Lesson) -> None:
        """Give up a redo that failed."""
        if redoing.keep_as_it_is(lesson):
            self.message_user(request, "The lesson stays as it is.", messages.SUCCESS)
        else:
            self.message_user(request, "A part of it was never written: choose Resume.", messages.WARNING)

    def another_one(self, request: HttpRequest, lesson: Lesson) -> Lesson | None:
        """The same wish once more, as a lesson of its own."""
        order = partial(ordering.another, lesson, by=request.user)
        made: ordering.Ordered | None = self._ordered(request, order, "Another one is ordered.")
        return made.lesson if made else None

    def redo_one(self, request: HttpRequest, lesson: Lesson) -> None:
        """Make a part again: POST stage (outline, quiz, review, all, or a section's position) and wish."""
        stage, wish = request.POST.get("stage", ""), request.POST.get("wish", "").replace("\x00", "")
        position = row_id(stage)
        part = ("section", position) if position else (stage, None)
        self._ordered(
            request,
            lambda: redoing.redo(lesson, part[0], request.user, position=part[1], wish=wish),
            "It is made again; what it takes the place of is kept.",
        )

    def model_one(self, request: HttpRequest, lesson: Lesson) -> None:
        """Have another model (POST model) write it from now on."""
        chosen = request.POST.get("model", "")
        change = partial(redoing.use_model, lesson, chosen, request.user)
        self._ordered(request, change, f"From now on {chosen} writes this lesson.")

    def unlock_one(self, request: HttpRequest, lesson: Lesson) -> None:
        """Let jobs write over a section (POST section: its position) that a person edited."""
        section = lesson.sections.filter(position=row_id(request.POST.get("section", ""))).first()
        if section is None:
            self.message_user(request, "There is no such section. Load the page again.", messages.ERROR)
            return
        editing.unlock(section, request.user)
        self.message_user(request, f"“{section}” is unlocked: it can be written again.", messages.SUCCESS)

    def _ordered(self, request: HttpRequest, order: Any, done: str) -> Any:
        """Call `order`, and say what came of it."""
        try:
            made = order()
        except (redoing.Busy, redoing.NoSuchPart) as error:
            self.message_user(request, str(error), messages.WARNING)
        except (ModelGone, InvalidKey, KeyReused) as error:
            self.message_user(request, f"Nothing was started: {str(error).rstrip('.')}.", messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
            return made
        return None
