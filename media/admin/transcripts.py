"""Transcripts: the page plays the recording with its text following, and the text is edited there."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts import audit
from accounts.models import Role
from config.navigation import LESSON_FROM_TEXT
from jobs import accepting, steering
from jobs.accepting import NotRetryable
from jobs.admin.watching import STATE_LABELS, WatchedAdmin, when
from media.admin import watching
from media.cues import Cue
from media.models import Transcript
from media.subtitles import writing

KINDS = {"srt": "application/x-subrip", "vtt": "text/vtt", "txt": "text/plain"}


@admin.register(Transcript)
class TranscriptAdmin(WatchedAdmin):
    """What was said in recordings."""

    add_role = None
    delete_role = Role.EDITOR
    buttons: ClassVar = {"stop": "stop_one", "resume": "resume_one"}
    page_template = "admin/media/transcript/page.html"
    list_display: ClassVar = ["show_media", "show_state", "language", "engine", "user", "show_created"]
    list_filter: ClassVar = ["state", "language", "engine", "user"]
    list_select_related: ClassVar = ["media", "tenant", "user"]
    search_fields: ClassVar = ["text", "media__title"]
    search_help_text = "Search by words that were said or by title"
    actions = None
    empty_title = "No transcript yet"
    empty_text = "Open a video or sound in the library and choose Write down what is said."

    @display(description="Recording", ordering="media__title", header=True)
    def show_media(self, row: Transcript) -> tuple[str, str]:
        return str(row.media or row.source_url), row.text[:110]

    @display(description="State", label=STATE_LABELS, ordering="state")
    def show_state(self, row: Transcript) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Ordered", ordering="created_at")
    def show_created(self, row: Transcript) -> str:
        return when(row.created_at, row.tenant)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transcript]:
        return super().get_queryset(request).select_related("media", "tenant", "user")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "media_transcript"
        return [
            path("<int:pk>/words.<str:kind>", view(require_safe(self.words_view)), name=f"{name}_words"),
            path("<int:pk>/save/", view(require_POST(self.save_view)), name=f"{name}_save"),
            *super().get_urls(),
        ]

    def live(self, request: HttpRequest, row: Transcript, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        return watching.live(self, request, row, after)

    def page(self, request: HttpRequest, row: Transcript) -> dict[str, Any]:
        cues = [{**cue, "from": cue["start"] / 1000, "time": _clock(cue["start"])} for cue in row.cues]
        return {
            "transcript": row,
            "cues": cues,
            "job": row.job,
            "may_change": self.has_role(request, Role.EDITOR),
            "lesson_url": _lesson_url(row),
        }

    def words_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """The words as SRT, WebVTT or text."""
        row = self.row_or_404(request, str(pk))
        if kind not in KINDS:
            return redirect(self.address("change", row))
        cues = [Cue(**cue) for cue in row.cues]
        write = {"srt": writing.to_srt, "vtt": writing.to_vtt, "txt": writing.to_text}[kind]
        response = HttpResponse(write(cues), content_type=f"{KINDS[kind]}; charset=utf-8")
        if kind != "vtt" or "download" in request.GET:
            response["Content-Disposition"] = f'attachment; filename="transcript-{row.pk}.{kind}"'
        return response

    def save_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save edited words: `words` once for each cue, in their order; times stay."""
        row = self.row_or_404(request, str(pk))
        if not self.has_role(request, Role.EDITOR):
            raise PermissionDenied("Only editors and owners of this workspace may change a transcript.")
        words = [" ".join(text.replace("\x00", "").split("\n")).strip() for text in request.POST.getlist("words")]
        if request.POST.get("edition") != str(row.edition) or len(words) != len(row.cues):
            text = (
                "Somebody else changed this transcript since you opened it. Nothing was saved: copy your words first."
            )
            self.message_user(request, text, messages.ERROR)
            return redirect(self.address("change", row))
        cues = [{**cue, "text": text} for cue, text in zip(row.cues, words, strict=True)]
        kept = [cue for cue in cues if cue["text"]]
        rows = Transcript.objects.filter(pk=row.pk, edition=row.edition)
        if rows.update(cues=kept, text=" ".join(cue["text"] for cue in kept), edition=row.edition + 1):
            audit.record(request.user, "transcript.edited", tenant=row.tenant, target=str(row), transcript=row.pk)
            self.message_user(request, "The words are saved.", messages.SUCCESS)
        return redirect(self.address("change", row))

    def stop_one(self, request: HttpRequest, row: Transcript) -> None:
        """End it; what is written down stays for the next try."""
        if row.job is None or row.job.ended:
            self.message_user(request, "There is nothing to stop: it has ended already.", messages.WARNING)
            return
        steering.cancel(row.job, request.user)
        self.message_user(request, "The transcript is stopped.", messages.SUCCESS)

    def resume_one(self, request: HttpRequest, row: Transcript) -> None:
        """A new job; pieces that were heard are not heard again."""
        try:
            if row.job is None:
                raise NotRetryable("its job was cleared away: order it again")
            accepting.retry(row.job, request.user)
        except NotRetryable as error:
            self.tell_not_retryable(request, error)
        else:
            self.message_user(request, "It goes on with what is missing.", messages.SUCCESS)


def _clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 60}:{seconds % 60:02}"


def _lesson_url(row: Transcript) -> str:
    """The order form of a lesson with this transcript as its context (config/navigation.py names the page)."""
    topic = row.media.title if row.media else "A recording"
    return f"{reverse(LESSON_FROM_TEXT)}?{urlencode({'topic': topic[:300], 'transcript': row.pk})}"
