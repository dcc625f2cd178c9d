"""A section in its editor: Tiptap, the texts that it had before, and where its text came from."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from ai.editions import difference
from ai.models import Call
from jobs.admin.watching import when
from lessons import editing
from lessons.documents import to_markdown
from lessons.forms import SectionForm
from lessons.models import Revision, Section


@admin.register(Section)
class SectionAdmin(TenantAdmin):
    """Sections are made by their lesson; editors give them other texts."""

    add_role = None
    change_role = Role.EDITOR
    delete_role = Role.EDITOR  # with its lesson; alone it would leave a gap
    list_display: ClassVar = ["show_section", "lesson", "words", "show_locked", "show_changed"]
    list_filter: ClassVar = ["is_locked", "lesson__difficulty", "lesson__language"]
    list_select_related: ClassVar = ["lesson", "tenant", "author"]
    list_per_page = 50
    search_fields: ClassVar = ["title", "text", "lesson__title", "lesson__topic"]
    search_help_text = "Search by title or words of the text"
    ordering: ClassVar = ["-lesson", "position"]
    actions = None
    empty_title = "No section yet"
    empty_text = "Sections appear when a lesson is written."

    @display(description="Section", ordering="title", header=True)
    def show_section(self, section: Section) -> tuple[str, str]:
        text = " ".join(section.text[:160].split())
        return f"{section.position}. {section.title}", f"{text[:109]}…" if len(text) > 110 else text

    @display(description="Locked", boolean=True, ordering="is_locked")
    def show_locked(self, section: Section) -> bool:
        return section.is_locked

    @display(description="Changed", ordering="changed_at")
    def show_changed(self, section: Section) -> str:
        return when(section.changed_at, section.tenant)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        return super().get_queryset(request).select_related("lesson", "tenant", "author", "call")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        text = "<int:pk>/texts/<int:number>/"
        return [
            path("<int:pk>/take-text/", view(require_POST(self.take_text_view)), name="lessons_section_take_text"),
            path(text, view(require_safe(self.text_view)), name="lessons_section_text"),
            path(f"{text}bring-back/", view(require_POST(self.bring_back_view)), name="lessons_section_bring_back"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The editor; a text that cannot be saved stays in it, with the reason."""
        section = self.get_object(request, object_id)
        if section is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_change = self.has_change_permission(request, section)
        if not self.has_view_permission(request, section):
            raise PermissionDenied
        form = SectionForm(section, request.POST or None)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied("Only editors and owners of this workspace may change a section.")
            if form.is_valid() and form.save(request.user):
                self.message_user(request, f"“{form.section.title}” is saved, and locked.", messages.SUCCESS)
                return redirect(self._next(request, section))
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": section,
            "title": f"{section.position}. {section.title}",
            "form": form,
            "media": self.media + form.media,
            "section": section,
            "lesson": section.lesson,
            "may_change": may_change,
            "facts": _origin(section),
            "earlier_texts": _earlier_texts(section),
            "before": _neighbour(section, -1),
            "after": _neighbour(section, +1),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/lessons/section/page.html", context)

    def _next(self, request: HttpRequest, section: Section) -> str:
        """Where Save leads: this section again, or the next one."""
        following = _neighbour(section, +1) if "_next" in request.POST else None
        return reverse("admin:lessons_section_change", args=[following.pk if following else section.pk])

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A section goes with its lesson."""
        raise PermissionDenied("A section is deleted together with its lesson.")

    def take_text_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put the answer of a call (POST `call`) into the section."""
        section = self._section(request, pk, to_change=True)
        number = request.POST.get("call", "")
        calls = Call.objects.for_tenant(request.tenant)
        call = calls.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
        if call is None:
            raise Http404("There is no such call in this workspace.")
        return self._done(
            request,
            pk,
            lambda: editing.take(section, call, request.user),
            f"The section has the text of call #{call.pk} now. The one before is kept under Earlier texts.",
        )

    def text_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """An earlier text beside the one of now."""
        section = self._section(request, pk)
        revision = self._revision(section, number)
        texts = [_words(revision), _words(section)]
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": section,
            "title": f"Earlier text of “{section.title}”",
            "section": section,
            "revision": revision,
            "until": f"{when(revision.created_at, section.tenant)} by {revision.author or 'a job'}: {revision.why}",
            "pieces": difference(*texts),
            "is_same": texts[0] == texts[1],
            "may_change": self.has_change_permission(request, section),
        }
        return TemplateResponse(request, "admin/lessons/section/text.html", context)

    def bring_back_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Give the section an earlier text again."""
        revision = self._revision(self._section(request, pk, to_change=True), number)
        text = "The earlier text is back. The one that was there is kept under Earlier texts."
        return self._done(request, pk, lambda: editing.bring_back(revision, request.user), text)

    def _done(self, request: HttpRequest, pk: int, change: Any, text: str) -> HttpResponse:
        try:
            change()
        except editing.CannotTake as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:lessons_section_change", pk)

    def _section(self, request: HttpRequest, pk: int, *, to_change: bool = False) -> Section:
        section: Section | None = self.get_object(request, str(pk))
        if section is None:
            raise Http404("There is no such section in this workspace.")
        may = self.has_change_permission if to_change else self.has_view_permission
        if not may(request, section):
            raise PermissionDenied("Only editors and owners of this workspace may change a section.")
        return section

    def _revision(self, section: Section, number: int) -> Revision:
        revision = section.revisions.select_related("call", "author").filter(pk=number).first()
        if revision is None:
            raise Http404("This section has no such earlier text.")
        return revision


def _words(text: Section | Revision) -> str:
    """A text as words for people, to compare it: Markdown under its title."""
    return f"# {text.title}\n\n{to_markdown(text.document or {})}"


def _neighbour(section: Section, step: int) -> Section | None:
    return section.lesson.sections.filter(position=section.position + step).first()


def _earlier_texts(section: Section) -> list[dict[str, Any]]:
    rows = section.revisions.select_related("call", "author")
    return [
        {
            "revision": revision,
            "when": when(revision.created_at, section.tenant),
            "url": reverse("admin:lessons_section_text", args=[section.pk, revision.pk]),
            "back_url": reverse("admin:lessons_section_bring_back", args=[section.pk, revision.pk]),
        }
        for revision in rows
    ]


def _origin(section: Section) -> dict[str, str]:
    """Who wrote the text, and what was mended in it."""
    call = section.call
    return {
        "Words": str(section.words),
        "Written by": call.model_answered if call else str(section.author or ""),
        "Put there by": str(section.author) if call and section.author else "",
        "Changed": when(section.changed_at, section.tenant) if section.changed_at else "",
        "What it covers": section.brief,
        "Mended": "; ".join(section.changes),
    }
