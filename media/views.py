"""Files of the library for members, in parts where a player asks for parts."""

import mimetypes
import re
from pathlib import PurePosixPath

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from media.models import MediaFile
from media.storing import pieces

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@login_required
@require_safe
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """A file of the workspace one is in, by its row; the name is only for people."""
    if request.tenant is None:
        raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
    media = MediaFile.objects.for_tenant(request.tenant).filter(pk=pk).first()
    if media is None:
        raise Http404("There is no such file in this workspace.")
    return served(request, media)


def served(request: HttpRequest, media: MediaFile) -> HttpResponseBase:
    """The answer that has a file, or the part of it that is asked for; the caller has seen to who may have it."""
    if not media.file or media.state != MediaFile.State.READY:
        raise Http404("There is no such file in this workspace.")
    try:
        content = media.file.open("rb")
    except FileNotFoundError:
        raise Http404("The file is gone from the store. Delete it from the library, and upload it again.") from None
    response = _part(request, content, media) or FileResponse(content, content_type=media.mime)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    how = "attachment" if "download" in request.GET else "inline"
    response["Content-Disposition"] = f'{how}; filename="{_name(media)}"'
    return response


def _name(media: MediaFile) -> str:
    """What a browser calls it: its title, and an ending that tells what is in it (an upload is stored without one)."""
    suffix = mimetypes.guess_extension(media.mime) or PurePosixPath(media.file.name).suffix
    return f"{slugify(media.title)[:80] or 'file'}{suffix}"


def _part(request: HttpRequest, content: object, media: MediaFile) -> HttpResponseBase | None:
    """What a Range header asks for; None where there is none, or more than one."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found.groups() == ("", ""):
        return None
    size = media.file.size
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = end - start + 1
    response = StreamingHttpResponse(pieces(content, start, length), status=206, content_type=media.mime)
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(length)
    return response
