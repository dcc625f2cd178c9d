"""The library: a grid with search and tags, upload, and the page of a file."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts import audit
from accounts.models import Role
from accounts.scoping import TenantAdmin
from integrations.errors import PermanentError
from jobs.accepting import KeyReused
from jobs.admin.watching import when
from media import ordering, storing, uploading
from media.forms import DetailsForm, UploadForm
from media.models import Kind, MediaFile
from media.orders import TranscriptOrder, VideoOrder
from media.video import platforms
from media.video.platforms import RENDITIONS
from media.video.probing import Probe

MB = 1024 * 1024


class AltFilter(admin.SimpleListFilter):
    """Whether somebody has said what a picture shows."""

    title = "alt text"
    parameter_name = "alt"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[Any, str]]:
        return [("missing", "Missing"), ("there", "There")]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "missing":
                return queryset.filter(kind=Kind.IMAGE, alt_text="")
            case "there":
                return queryset.exclude(alt_text="")
        return queryset


@admin.register(MediaFile)
class MediaFileAdmin(TenantAdmin):
    """Files of the workspace; what is made of a file is on that file's page."""

    form = DetailsForm
    delete_role = Role.EDITOR
    change_list_template = "admin/media/mediafile/change_list.html"
    change_form_template = "admin/media/mediafile/change_form.html"
    list_display: ClassVar = ["title", "kind", "state", "show_created"]
    list_filter: ClassVar = ["kind", "source", "state", AltFilter, "tags", "brand", ("created_at", RangeDateFilter)]
    list_filter_submit = True
    list_per_page = 48
    search_fields: ClassVar = ["title", "alt_text", "prompt", "tags__name"]
    search_help_text = "Search by title, alt text, prompt or tag"
    actions: ClassVar = ["delete_files"]
    empty_title = "The library is empty"
    empty_text = "Upload pictures, videos and sound, or have a card drawn in your brand's colours."
    empty_button = "Upload a file"

    def get_queryset(self, request: HttpRequest) -> QuerySet[MediaFile]:
        rows = super().get_queryset(request).select_related("tenant", "owner", "brand", "call", "parent")
        if request.resolver_match and request.resolver_match.url_name == "media_mediafile_changelist":
            rows = rows.filter(parent=None).prefetch_related("made", "tags")
        return rows

    @display(description="Added", ordering="created_at")
    def show_created(self, media: MediaFile) -> str:
        return when(media.created_at, media.tenant)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.action(description="Delete the selected files", permissions=["delete"])
    def delete_files(self, request: HttpRequest, queryset: QuerySet[MediaFile]) -> None:
        """Delete those that nothing uses, and say which were left."""
        gone, left = 0, []
        for media in queryset:
            if used_in(media):
                left.append(media.title)
            else:
                self.delete_model(request, media)
                gone += 1
        text = f"{gone} file{'' if gone == 1 else 's'} deleted."
        if left:
            text += f" Left, because something uses them: {', '.join(left[:5])}{'…' if len(left) > 5 else ''}."
        self.message_user(request, text, messages.WARNING if left else messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/variants/", view(require_POST(self.variants_view)), name="media_mediafile_variants"),
            path("<int:pk>/transcript/", view(require_POST(self.transcript_view)), name="media_mediafile_transcript"),
            *super().get_urls(),
        ]

    # -- upload -----------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file; static/media/upload.js sends it with a progress bar and asks for JSON."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        if is_sent and form.is_valid():
            address = self._take(request, form)
            if address and request.headers.get("Accept") == "application/json":
                return JsonResponse({"url": address})
            if address:
                return redirect(address)
        if is_sent and request.headers.get("Accept") == "application/json":
            problems = [str(problem) for field in form.errors.values() for problem in field]
            return JsonResponse({"problem": " ".join(problems)}, status=422)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Upload a file",
            "form": form,
        }
        return TemplateResponse(request, "admin/media/mediafile/upload.html", context)

    def _take(self, request: HttpRequest, form: UploadForm) -> str | None:
        data = form.cleaned_data
        who = {"tenant": request.tenant, "user": request.user}
        wanted = TranscriptOrder(language=data["language"] or "en") if data["write_down"] else None
        try:
            if data["video_url"]:
                return self._fetch(request, data["video_url"], wanted, who)
            media, job = uploading.take(data["file"], **who, title=data["title"], alt_text=data["alt_text"])
        except PermanentError as error:
            form.add_error("video_url" if data["video_url"] else "file", str(error))
            return None
        text = f"“{media.title}” is in the library."
        if job:
            text += " A job looks at it, and makes poster and sound: load the page again in a moment."
        self.message_user(request, text, messages.SUCCESS)
        if wanted and job:
            self._write_down(request, media, wanted)
        return media.get_absolute_url()

    def _fetch(self, request: HttpRequest, url: str, wanted: TranscriptOrder | None, who: dict[str, Any]) -> str:
        text = "The video is being fetched. This page follows it."
        if wanted:
            row, _job = ordering.transcribe_from(url, wanted, **who)
            self.message_user(request, text, messages.SUCCESS)
            return reverse("admin:media_transcript_change", args=[row.pk])
        _order, job = ordering.fetch(url, VideoOrder(), **who)
        self.message_user(request, text, messages.SUCCESS)
        return reverse("admin:jobs_job_change", args=[job.pk])

    def _write_down(self, request: HttpRequest, media: MediaFile, order: TranscriptOrder) -> str:
        """The address of the ordered transcript, or of the file where it cannot be ordered; says which."""
        try:
            row, _job = ordering.transcribe(media, order, user=request.user)
        except (KeyReused, PermanentError) as error:
            self.message_user(request, str(error), messages.ERROR)
            return media.get_absolute_url()
        self.message_user(request, "The transcript is on its way. This page follows it.", messages.SUCCESS)
        return reverse("admin:media_transcript_change", args=[row.pk])

    # -- the page of a file -----------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.save_tags()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        media = self.get_object(request, object_id) if object_id else None
        context = page(media) if media else {}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with it, and a warning for what uses it."""
        to_delete, *rest = super().get_deleted_objects(objs, request)
        for media in objs:
            to_delete += [format_html("<strong>Used in: {}</strong>", text) for text, _url in used_in(media)]
        return to_delete, *rest

    def delete_model(self, request: HttpRequest, obj: MediaFile) -> None:
        audit.record(request.user, "media.deleted", tenant=obj.tenant, target=obj.title, media=obj.pk)
        storing.remove(obj)

    def variants_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have other shapes made of a video (POST variants, fit)."""
        media = self._mine(request, pk)
        try:
            order = VideoOrder(variants=request.POST.getlist("variants"), fit=request.POST.get("fit", "crop"))  # type: ignore[arg-type]
            _row, job = ordering.process(media, order, user=request.user)
        except ValueError:
            self.message_user(request, "There is no such shape. Choose from the list.", messages.ERROR)
            return redirect(media.get_absolute_url())
        except (KeyReused, PermanentError) as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(media.get_absolute_url())
        self.message_user(request, "The job is on its way. This page follows it.", messages.SUCCESS)
        return redirect(reverse("admin:jobs_job_change", args=[job.pk]))

    def transcript_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have written down what is said (POST language)."""
        media = self._mine(request, pk)
        try:
            order = TranscriptOrder(language=request.POST.get("language", "en").strip() or "en")
        except ValueError:
            text = "This is no code of a language. Write two or three letters, such as en, de or pt-BR."
            self.message_user(request, text, messages.ERROR)
            return redirect(media.get_absolute_url())
        return redirect(self._write_down(request, media, order))

    def _mine(self, request: HttpRequest, pk: int) -> MediaFile:
        media: MediaFile | None = self.get_object(request, str(pk))
        if media is None:
            raise Http404("There is no such file in this workspace.")
        if not self.has_change_permission(request, media):
            raise PermissionDenied("Only editors and owners of this workspace may have something made of a file.")
        return media


def page(media: MediaFile) -> dict[str, Any]:
    """What the page of a file shows beside its form."""
    job = media.processings.first()
    transcripts = list(media.transcripts.all())
    return {
        "media_file": media,
        "facts": facts(media),
        "platforms": platforms.verdicts(Probe.from_json(media.facts)) if media.facts.get("video") else [],
        "made": list(media.made.order_by("pk")),
        "used": used_in(media),
        "processing": job,
        "renditions": RENDITIONS.values(),
        "transcripts": transcripts,
        "has_words": any(one.cues for one in transcripts),
    }


def facts(media: MediaFile) -> dict[str, str]:
    """What is known of a file, as label and value."""
    seconds = f"{int(media.seconds // 60)}:{media.seconds % 60:04.1f} min" if media.seconds else ""
    call = media.call
    return {
        "Kind": media.get_kind_display(),
        "Size": f"{media.width} × {media.height} pixels" if media.width else "",
        "Length": seconds,
        "File": f"{media.bytes / MB:.2f} MB, {media.mime}" if media.bytes else "",
        "Source": media.get_source_display(),
        "Model": call.model_answered if call else "",
        "Cost": f"{call.cost_usd:.4f} USD" if call and call.cost_usd else "",
        "Brand": str(media.brand or ""),
        "Prompt": media.prompt,
        "Added": f"{when(media.created_at, media.tenant)} by {media.owner or 'somebody who left'}",
        "SHA-256": media.checksum,
    }


def used_in(media: MediaFile) -> list[tuple[str, str]]:
    """(what, address) of the rows that point at a file, but for what was made of it and what made it.

    A transcript with words is work of its own: it would go with its recording.
    """
    found = [(f"transcript “{row}”", _address(row)) for row in media.transcripts.exclude(cues=[])[:20]]
    for relation in MediaFile._meta.related_objects:
        table = relation.related_model
        if table._meta.app_label == MediaFile._meta.app_label or isinstance(table, str):
            continue
        for row in table._default_manager.filter(**{relation.field.name: media.pk})[:20]:
            found.append((f"{row._meta.verbose_name} “{row}”", _address(row)))
    return found


def _address(row: Any) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""
