"""Other words for a publication: a page of its own, for what waits and for what is out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from jobs.admin.watching import WatchedAdmin
from publishing import ordering, replacing
from publishing.forms import EditForm
from publishing.models import Publication


class EditingPages(WatchedAdmin):
    """The page that changes the words of a publication."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.edit_view))
        return [path("<path:object_id>/edit/", view, name="publishing_publication_edit"), *super().get_urls()]

    def may_edit(self, request: HttpRequest, row: Publication) -> bool:
        """Whether this person may write other words for it, and it can have them."""
        return self.may_act(request, row) and (row.state in ordering.OPEN or replacing.can(row))

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row_or_404(request, object_id)
        if not self.may_act(request, row):
            raise PermissionDenied("Only its author and owners of this workspace may change it.")
        if not self.may_edit(request, row):
            text = f"It is {row.get_state_display().lower()}: its words cannot be changed from here any more."
            self.message_user(request, text, messages.WARNING)
            return redirect(self.address("change", row))
        form = EditForm(row, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(self.address("change", self._edit(request, row, form)))
            except (ordering.WrongState, ordering.BadOrder) as error:
                form.add_error(None, str(error))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": f"Edit: {row}",
            "form": form,
            "back": self.address("change", row),
        }
        return TemplateResponse(request, "admin/publishing/publication/edit.html", context)

    def _edit(self, request: HttpRequest, row: Publication, form: EditForm) -> Publication:
        if not form.is_update:
            ordering.change(row, request.user, form.content)
            self.message_user(request, "The new words are stored.", messages.SUCCESS)
            return row
        wish: dict[str, Any] = form.cleaned_data
        made, _job = replacing.replace(
            row,
            request.user,
            form.content,
            moment=wish["at"] if wish["when"] == "at" else None,
            draft=wish["when"] == "draft",
        )
        self.message_user(request, "The change is stored; this is its own story.", messages.SUCCESS)
        return made
