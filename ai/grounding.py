"""Whether a text says what its source says: every name, year, runtime, rating, count and title is looked up.

No model is asked and nothing is stored: the same text and record give the same report, on every machine.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ai.facts import counts, people, ratings, runtimes, titles, years
from ai.facts.claims import Claim, Report, count, score
from ai.facts.record import source_of
from ai.facts.text import Found, Text, on_desk

VERSION = 1  # of what is found: raised when the same text can get another report
LONGEST = 100_000  # characters; what is behind them is not read, and the report says so

MOST_CLAIMS = 400

# In this order: what one finder took is left alone by the next.
FINDERS: list[Callable[[Text], Iterator[Found]]] = [
    titles.find,
    years.find,
    runtimes.find,
    ratings.find,
    counts.find,
    people.find,
]


def check(text: str, record: Mapping[str, Any]) -> Report:
    """Match what a Markdown text claims with a catalog record (Title.facts()).

    A claim that is unlike the record is contradicted; one that the record says nothing about is not in the source.
    Without a record nothing can be checked, and the report is empty. Never raises for any text or record.
    """
    if not record.get("name"):
        return Report()
    desk = on_desk(text[:LONGEST], source_of(record))
    for find in FINDERS:
        for found in find(desk):
            desk.add(found)
    whole = len(text) <= LONGEST and len(desk.found) <= MOST_CLAIMS
    return Report(tuple(_claim(desk, found, text) for found in desk.found[:MOST_CLAIMS]), whole)


def check_all(texts: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, Any]:
    """Check the texts of one thing (title, body ...) and return JSON data to be kept with it.

    {"version", "score" (0-100 or None), "supported", "contradicted", "not_in_source" (how many), "whole", "parts":
    {name: [claims as in Report.as_json]}}.
    """
    reports = {name: check(text, record) for name, text in texts.items()}
    counts = count(claim.verdict for report in reports.values() for claim in report.claims)
    return {
        "version": VERSION,
        "score": score(counts),
        **counts,
        "whole": all(report.whole for report in reports.values()),
        "parts": {name: report.as_json()["claims"] for name, report in reports.items()},
    }


def _claim(desk: Text, found: Found, text: str) -> Claim:
    start, end = desk.plain.origin(found.start, found.end)
    return Claim(start, end, text[start:end], found.kind, found.verdict, found.field, found.says)
