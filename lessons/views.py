"""Reading lessons: for members, with a quiz that needs no script, and as files."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import DetailView, ListView

from accounts.models import Role, Tenant
from lessons import exporting, quizzing
from lessons.models import Lesson

PER_PAGE = 20


class ForMembers(LoginRequiredMixin):
    """Lessons of the reader's workspaces."""

    request: HttpRequest

    def tenants(self) -> list[Tenant]:
        """The workspaces whose lessons the reader may read, the one they are in first."""
        here = self.request.tenant
        if here is None:
            raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
        others = Tenant.objects.filter(memberships__user=self.request.user).exclude(pk=here.pk)
        return [here, *others]

    def may_edit(self, lesson: Lesson) -> bool:
        """Whether the page offers the way to the editor: it opens lessons of the workspace one is in."""
        role = self.request.role
        return lesson.tenant_id == self.request.tenant.pk and role is not None and role.includes(Role.EDITOR)


class LessonList(ForMembers, ListView):
    """What is written or being written in the workspace, newest first."""

    template_name = "lessons/list.html"
    paginate_by = PER_PAGE

    def get_queryset(self) -> QuerySet[Lesson]:
        here = self.tenants()[0]
        rows = Lesson.objects.for_tenant(here).filter(outline_done__gt=0).with_progress().order_by("-created_at", "-pk")
        if query := self.query:
            wanted = Q(title__icontains=query) | Q(topic__icontains=query) | Q(sections__text__icontains=query)
            rows = rows.filter(pk__in=Lesson.objects.for_tenant(here).filter(wanted).values("pk"))
        return rows

    @property
    def query(self) -> str:
        """What is searched for."""
        return self.request.GET.get("q", "").replace("\x00", "").strip()[:200]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            query=self.query, tenant=self.request.tenant, may_order=self.may_order, **kwargs
        )

    @property
    def may_order(self) -> bool:
        role = self.request.role
        return role is not None and role.includes(Role.EDITOR)


class OneLesson(ForMembers, DetailView):
    """A lesson of the reader's workspaces; the one they are in wins where two have the same address."""

    def get_object(self, queryset: Any = None) -> Lesson:
        tenants = self.tenants()
        rows = Lesson.objects.filter(tenant__in=tenants, slug=self.kwargs["slug"]).select_related("tenant", "user")
        found = min(rows, key=lambda lesson: tenants.index(lesson.tenant), default=None)
        if found is None:
            raise Http404("There is no such lesson in your workspaces.")
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lesson: Lesson = self.object
        shown = {**exporting.contents(lesson), "about": exporting.about(lesson), "tenant": lesson.tenant}
        return super().get_context_data(questions=quizzing.mark(lesson.quiz, {}), **shown, **kwargs)


class LessonPage(OneLesson):
    """The lesson with its quiz: answers stand in the address, so that they work without scripts and can be kept."""

    template_name = "lessons/lesson.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lesson: Lesson = self.object
        questions = quizzing.mark(lesson.quiz, self.request.GET)
        edit_url = reverse("admin:lessons_lesson_change", args=[lesson.pk]) if self.may_edit(lesson) else ""
        return super().get_context_data(**kwargs) | {
            "questions": questions,
            "is_marked": "check" in self.request.GET,
            "right": sum(one.is_right for one in questions),
            "edit_url": edit_url,
            "stale_quiz": lesson.is_stale(lesson.quiz_at),
        }


class LessonFile(OneLesson):
    """The lesson as a file, or for paper."""

    kind = "print"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return as_file(self.object, self.kind)


def as_file(lesson: Lesson, kind: str) -> HttpResponse:
    """A lesson as a file to keep ("markdown", "html"), or as the page for paper ("print")."""
    if kind == "print":
        return HttpResponse(exporting.as_page(lesson))
    if kind == "markdown":
        text, mime, ending = exporting.as_markdown(lesson), "text/markdown", "md"
    else:
        text, mime, ending = exporting.as_html(lesson), "text/html", "html"
    return HttpResponse(
        text,
        content_type=f"{mime}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{lesson.slug}.{ending}"'},
    )
