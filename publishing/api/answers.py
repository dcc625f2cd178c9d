"""What the answers of this room have in common."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Status

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs.accepting import KeyReused
from jobs.models import Job
from publishing import ordering
from publishing.models import Publication


class Accepted(CamelOut):
    """It is accepted. jobId is there where it goes out at once."""

    publication_id: int
    job_id: str | None
    state: Publication.State


def acted(what: Callable[[], tuple[Publication, Job | None]]) -> Any:
    """Do what is wished with a publication, and say how it stands; 409 and 422 where it cannot be."""
    try:
        row, job = what()
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except ordering.WrongState as error:
        raise ApiError(409, "wrong_state", str(error)) from None
    except ordering.BadOrder as error:
        raise invalid("The publication cannot be taken.", error.problems) from None
    row.refresh_from_db()
    return Status(202, {"publication_id": row.pk, "job_id": job.pk if job else None, "state": row.state})


def invalid(message: str, problems: dict[str, str]) -> ApiError:
    """422 with what is wrong, by field."""
    return ApiError(422, "invalid", message, [{"field": name, "problem": text} for name, text in problems.items()])


def publication_of(request: HttpRequest, pk: int) -> Publication:
    """One of the workspace; else 404."""
    rows = Publication.objects.for_tenant(request.tenant).select_related("account")
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise ApiError(404, "not_found", "There is no such publication in your workspace.")
    return row


def changed(request: HttpRequest, pk: int) -> Publication:
    """The same, for who may change it: editors what is their own, owners all."""
    require(request, Role.EDITOR)
    row = publication_of(request, pk)
    if row.user_id != request.user.pk and request.role != Role.OWNER:
        raise ApiError(403, "role", "Only its author and owners of this workspace may change it.")
    return row


def page_of(rows: Any, page: int, size: int, shape: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """A page of rows, each in its shape."""
    start = (page - 1) * size
    items = [shape(row) for row in rows[start : start + size]]
    return {"items": items, "total": rows.count(), "page": page, "page_size": size}
