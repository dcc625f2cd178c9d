"""Grounding: which planted errors the check of facts finds, and how often it is wrong about what is right."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ai import grounding
from ai.facts.claims import Report
from desk.trials.benching.findings import Finding, table
from desk.trials.benching.planting import SETS, Planted, Post, posts

LEAST_FOUND = 0.95
MOST_FALSE = 0.03
TARGETS = ("year", "runtime", "name")  # these kinds have to be found
KINDS = {
    "year": "years",
    "date": "days of release",
    "decade": "decades",
    "runtime": "running times",
    "name": "names of people",
    "rating": "ratings",
    "count": "counts",
    "title": "titles",
}


def measure() -> Iterator[Finding]:
    """Recall and false alarms of each half of the fixed set; see docs/grounding.md for what counts as what."""
    for half in SETS:
        which, made = half.replace("_", "-"), list(posts(half))
        yield recall(which, [(post, grounding.check(post.spoilt, post.record)) for post in made])
        began = time.process_time()
        clean = [(post, grounding.check(post.text, post.record)) for post in made]
        yield false_alarms(which, clean, 1000 * (time.process_time() - began) / len(made))


def recall(which: str, checked: Iterable[tuple[Post, Report]]) -> Finding:
    """How many of the planted errors have a claim on them that is not supported."""
    planted, found, contradicted = Counter[str](), Counter[str](), Counter[str]()
    missed: list[str] = []
    for post, report in checked:
        for error in post.errors:
            verdicts = verdicts_on(report, error)
            planted[error.kind] += 1
            found[error.kind] += bool(verdicts - {"supported"})
            contradicted[error.kind] += "contradicted" in verdicts
            if not verdicts - {"supported"}:
                missed.append(f"{post.name}: {error.wrong} for {error.right}")
    shares = {kind: found[kind] / planted[kind] for kind in KINDS if planted[kind]}
    holds = all(shares.get(kind, 0) >= LEAST_FOUND for kind in TARGETS)
    rows = [
        (KINDS[kind], planted[kind], found[kind], f"{share:.1%}", contradicted[kind]) for kind, share in shares.items()
    ]
    return Finding(
        "planted errors",
        which,
        f"at least {LEAST_FOUND:.0%} of the wrong years, running times and names of people are found",
        holds,
        table(["kind", "planted", "found", "share", "contradicted"], [*rows, _total(planted, found, contradicted)]),
        {
            "planted": dict(planted),
            "found": dict(found),
            "contradicted": dict(contradicted),
            "recall": {kind: round(share, 4) for kind, share in shares.items()},
            "missed": missed,
        },
    )


def _total(*counters: Counter[str]) -> tuple[str, int, int, str, int]:
    planted, found, contradicted = (sum(counter.values()) for counter in counters)
    return "all", planted, found, f"{found / planted:.1%}", contradicted


def verdicts_on(report: Report, error: Planted) -> set[str]:
    """The verdicts of the claims that touch an error."""
    return {claim.verdict for claim in report.claims if claim.start < error.end and error.start < claim.end}


def false_alarms(which: str, checked: list[tuple[Post, Report]], milliseconds: float) -> Finding:
    """How many claims of the right twins are not supported: all that these say is in their record."""
    claims = sum(len(report.claims) for _post, report in checked)
    wrong = [
        f"{post.name}: {claim.text} ({claim.verdict})"
        for post, report in checked
        for claim in report.claims
        if claim.verdict != "supported"
    ]
    share = len(wrong) / claims
    words = sum(len(post.text.split()) for post, _report in checked)
    return Finding(
        "false alarms",
        which,
        f"at most {MOST_FALSE:.0%} of the claims of right posts are marked as anything but supported",
        share <= MOST_FALSE,
        [
            f"{len(checked)} right posts, {words:,} words, {claims:,} claims: {len(wrong)} wrongly marked, {share:.2%}",
            f"{milliseconds:.1f} ms of processor time a post",
        ],
        {"posts": len(checked), "words": words, "claims": claims, "wrong": wrong, "share": round(share, 4)},
    )


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding for programs; it names a set where others name a database."""
    found = finding.as_json()
    return {"set": found.pop("database"), **found}
