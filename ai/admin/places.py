"""Where the text of a call is used: found through its related objects, so that no room above needs to be known."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from ai.models import Call, TrialItem


@dataclass(frozen=True)
class Place:
    """A row that uses the text of a call; take_url puts another text in (POST, with the call's number)."""

    kind: str
    title: str
    call_id: int
    url: str
    take_url: str


def places_of(call: Call) -> list[Place]:
    """The rows that use this call, or one that was made in its stead: they can take any of these texts."""
    found = []
    for relation in Call._meta.related_objects:
        if relation.related_model._meta.app_label == Call._meta.app_label:
            continue
        rows = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": family(call)})
        found += [place for row in rows.order_by("pk") for place in _place(row, relation.field.attname)]
    return found


def family(call: Call) -> set[int]:
    """A call, the one it was made in the stead of, and all that were made in theirs."""
    found, fresh = {call.pk}, {call.pk}
    while fresh:
        before = TrialItem.objects.filter(answer__in=fresh).values_list("call", flat=True)
        after = TrialItem.objects.filter(call__in=fresh).exclude(answer=None).values_list("answer", flat=True)
        fresh = {pk for pk in (*before, *after) if pk is not None} - found
        found |= fresh
    return found


def _place(row: Any, column: str) -> Iterator[Place]:
    url = _url(row, "change")
    if url:
        yield Place(row._meta.verbose_name, str(row), getattr(row, column), url, _url(row, "take_text"))


def _url(row: Any, name: str) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])
    except NoReverseMatch:
        return ""
