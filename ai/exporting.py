"""The calls of a span as CSV: summed by day, or every one; safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from accounts.models import Tenant
from ai import spending
from ai.models import Call
from ai.spending import Span

CHUNK = 1000
# A cell that begins with one of these is a formula for a spreadsheet (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
SUMMED = (
    "day", "zone", "workspace", "provider", "model", "person", "task", "key", "calls", "calls_in_flight", "usd_spent",
    "usd_reserved", "usd_assumed", "tokens_in", "tokens_cached", "tokens_out", "overruns", "usd_overrun",
)  # fmt: skip
EVERY = (
    "call", "sent", "ended", "workspace", "state", "provider", "model_asked", "model_answered", "instead_of", "person",
    "task", "version", "edition", "key", "lane", "origin", "step", "job", "tokens_in", "tokens_cached", "tokens_out",
    "tokens_reasoning", "usd_in_per_m", "usd_out_per_m", "price_of", "usd_reserved", "usd_cost", "cost_source",
    "usd_overrun", "error",
)  # fmt: skip
# A job's id holds the name of who ordered it.
PERSONAL = ("person", "job")


def summed(tenant: Tenant | None, span: Span, *, by_person: bool) -> Iterator[str]:
    """The lines of a CSV file: the sums of each day, model, person, workspace, task and key owner.

    Without `by_person` the column is left out and what only differs in it is put together. USD has eight places.
    """
    rows = (_summed_row(line, span) for line in spending.lines(tenant, span, by_person=by_person))
    return _csv(SUMMED, rows, by_person)


def every(tenant: Tenant | None, span: Span, *, by_person: bool) -> Iterator[str]:
    """The lines of a CSV file: every call, oldest first, with its moments in the span's zone.

    Without `by_person` the columns that name persons are left out.
    """
    calls = spending.calls_in(tenant, span).select_related("tenant", "user").defer("inputs", "raw_answer")
    rows = (_call_row(call, span) for call in calls.order_by("created_at", "pk").iterator(CHUNK))
    return _csv(EVERY, rows, by_person)


def safe(value: Any) -> str:
    """A cell: amounts with eight places, and a text that a spreadsheet would take for a formula behind a '."""
    if isinstance(value, Decimal):
        return f"{value:.8f}"
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


class _Echo:
    """A file that gives back what is written."""

    def write(self, line: str) -> str:
        return line


def _csv(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]], by_person: bool) -> Iterator[str]:
    writer = csv.writer(_Echo())
    kept = [place for place, name in enumerate(columns) if by_person or name not in PERSONAL]
    yield writer.writerow([columns[place] for place in kept])
    for row in rows:
        yield writer.writerow([safe(row[place]) for place in kept])


def _summed_row(line: spending.Line, span: Span) -> tuple[Any, ...]:
    sums = line.sums
    return (
        line.day.isoformat(), span.zone.key, line.workspace, line.provider, line.model, line.person, line.task,
        line.key_owner, sums.calls, sums.in_flight, sums.spent, sums.reserved, sums.assumed, sums.tokens_in,
        sums.tokens_cached, sums.tokens_out, sums.overruns, sums.overrun_usd,
    )  # fmt: skip


def _call_row(call: Call, span: Span) -> tuple[Any, ...]:
    sent, ended = (moment and moment.astimezone(span.zone) for moment in (call.created_at, call.finished_at))
    return (
        call.pk, sent.isoformat(timespec="seconds") if sent else "",
        ended.isoformat(timespec="seconds") if ended else "", call.tenant.slug, call.state, call.provider,
        call.model_requested, call.model_used, call.instead_of, call.user.get_username() if call.user else "",
        call.prompt_name, call.prompt_version, call.prompt_edition, call.key_owner, call.lane, call.origin, call.step,
        call.job_id, call.input_tokens, call.cached_input_tokens, call.output_tokens, call.reasoning_tokens,
        call.usd_in_per_m, call.usd_out_per_m, call.priced_at, call.reserved_usd, call.cost_usd, call.cost_source,
        call.overrun_usd, call.error_code,
    )  # fmt: skip
