"""Publications as CSV, in the form in which they can be imported again, and as an iCalendar file."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from ai.exporting import safe
from publishing.following import PART
from publishing.models import Publication

COLUMNS = ("account", "at", "zone", "text", "thread", "title", "html", "canonical_url", "media_ids", "alts",
           "made_with_ai", "state", "url")  # fmt: skip
LASTS = timedelta(minutes=15)


def as_csv(rows: Iterable[Publication], zone: ZoneInfo) -> Iterator[str]:
    """The lines of a CSV file; safe to open in a spreadsheet."""
    yield _line(COLUMNS)
    for row in rows:
        content = row.content
        at = row.scheduled_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if row.scheduled_at else ""
        yield _line([
            safe(row.account.name), at, zone.key, safe(content.get("text", "")),
            safe(PART.join(content.get("thread", []))), safe(content.get("title", "")), safe(content.get("html", "")),
            content.get("canonicalUrl", ""), " ".join(map(str, content.get("mediaIds", []))),
            json.dumps(content["alts"], ensure_ascii=False) if content.get("alts") else "",
            "yes" if content.get("madeWithAi") else "", row.state, row.url,
        ])  # fmt: skip


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def as_ical(rows: Iterable[Publication], name: str) -> bytes:
    """An iCalendar file (RFC 5545): an event of a quarter of an hour for each, under an id that stays the same."""
    found = Calendar()
    found.add("prodid", "-//Pressroom//Publications//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", name)
    for row in rows:
        if row.scheduled_at is None:
            continue
        event = Event()
        event.add("uid", f"{row.key}@pressroom")
        event.add("dtstamp", row.updated_at)
        event.add("dtstart", row.scheduled_at)
        event.add("dtend", row.scheduled_at + LASTS)
        event.add("summary", f"{row.account}: {row}")
        event.add("description", f"{row.get_state_display()}\n\n{row.content.get('text', '')}")
        event.add("status", "CANCELLED" if row.state == "cancelled" else "CONFIRMED")
        event.add("url", f"{settings.SITE_URL}{reverse('admin:publishing_publication_change', args=[row.pk])}")
        found.add_component(event)
    return bytes(found.to_ical())
