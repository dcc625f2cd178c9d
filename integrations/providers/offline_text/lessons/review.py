"""The review: what counting words can tell about a lesson, and that it can tell no more."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from integrations.providers.offline_text.lessons.order import Order, WrittenSection
from integrations.providers.offline_text.lessons.words import (
    content_words,
    distinct,
    folded,
    is_content,
    line,
    quoted,
    sameness,
    words,
)
from integrations.providers.offline_text.phrases import counted, listing, measured, number

SHORT = 40  # words: a section with fewer is remarked on
LONG, LONG_FROM = 3, 300  # so many times as long as the middle one, and so many words, is long
MOST_REMARKS, SHOWN = 20, 3
HOW = (
    "This review was made without a language model, by counting and comparing words: it cannot tell whether what the "
    "lesson says is true."
)


@dataclass(frozen=True)
class Counted:
    """A section with its words counted; `used` is how often each content word stands in its title and text."""

    section: WrittenSection
    words: int
    in_text: Counter[str]
    used: Counter[str]


def answer(order: Order) -> dict[str, Any]:
    """A summary, for each objective the section that is nearest to it, and remarks."""
    counts = [_count(section) for section in order.texts]
    return {
        "summary": _summary(order, counts),
        "objectives": [_coverage(place, text, counts) for place, text in enumerate(order.objectives, 1)],
        "remarks": list(_remarks(order, counts))[:MOST_REMARKS],
    }


def _count(section: WrittenSection) -> Counted:
    raw = Counter(words(section.text))
    in_text: Counter[str] = Counter()
    for word, times in raw.items():
        if is_content(word):
            in_text[folded(word)] += times
    return Counted(section, raw.total(), in_text, in_text + Counter(content_words(section.title)))


def _summary(order: Order, counts: list[Counted]) -> str:
    """Two to four sentences."""
    total = sum(one.words for one in counts)
    told = [f"The lesson has {measured(len(counts), 'section')} with {counted(total, 'word')} in all."]
    used = sum((one.used for one in counts), Counter[str]())
    terms = _key_terms(order)
    found = sorted((term for term in terms if _uses(used, term)), key=lambda term: -_uses(used, term))[:SHOWN]
    if found:
        named = listing([quoted(term) for term in found])
        told.append(f"Of its key terms, {named} {'comes' if len(found) == 1 else 'come'} up most.")
    elif usual := [word for word, times in sorted(used.items(), key=lambda e: (-e[1], e[0]))[:SHOWN] if times > 1]:
        told.append(f"Among the words that come up most are {listing([quoted(word) for word in usual])}.")
    return " ".join([*told, HOW])


def _key_terms(order: Order) -> list[str]:
    found = order.outline.get("key_terms")
    terms = (
        [line(one.get("term"), 200) for one in found[:50] if isinstance(one, dict)] if isinstance(found, list) else []
    )
    return distinct(filter(None, terms))


def _uses(used: Counter[str], term: str) -> int:
    """How often a term comes up: as often as the rarest of its words."""
    return min((used[word] for word in content_words(term)), default=0)


def _coverage(place: int, objective: str, counts: list[Counted]) -> dict[str, Any]:
    """The section that shares most content words with an objective; words that stand in all sections tell less."""
    wanted = set(content_words(objective))
    telling = {word for word in wanted if not all(one.used[word] for one in counts)}

    def nearness(one: Counted) -> tuple[int, int, int]:
        shared = wanted & one.used.keys()
        return len(shared & telling), len(shared), sum(one.used[word] for word in shared)

    best = max(counts, key=nearness, default=None)  # the first of equals
    if best is None or not nearness(best)[1]:
        return {"objective": place, "section": 0, "comment": "No section shares a word with this objective."}
    shared = distinct(word for word in words(objective) if folded(word) in wanted and folded(word) in best.used)
    shared.sort(key=lambda word: folded(word) not in telling)
    named = listing([quoted(word) for word in shared[:SHOWN]])
    comment = f"Of all sections, this one shares most words with the objective: {named}."
    return {"objective": place, "section": best.section.number, "comment": comment}


def _remarks(order: Order, counts: list[Counted]) -> Iterator[dict[str, Any]]:
    """What looks as if it should be mended, of the whole lesson first."""
    for text in _on_whole(order, counts):
        yield {"section": 0, "remark": text}
    middle = median_low([one.words for one in counts]) if counts else 0
    seen: dict[str, int] = {}
    for one in counts:
        for text in _on_section(one, middle):
            yield {"section": one.section.number, "remark": text}
        earlier = seen.setdefault(sameness(one.section.text), one.section.number)
        if earlier != one.section.number and one.words:
            yield {"section": one.section.number, "remark": f"The text is the same as that of section {earlier}."}


def _on_whole(order: Order, counts: list[Counted]) -> Iterator[str]:
    if not order.context:
        yield "No context was given, so no statement could be compared with a source."
    elif not order.material.is_enough:
        yield "The context holds too few sentences or terms to compare the lesson with it."
    elif counts:
        there = sameness("\n".join(one.section.text for one in counts))
        if not any(sameness(sentence) in there for sentence in order.material.sentences):
            yield "No sentence of the context stands in the lesson word for word."
    if len(order.titles) > len(counts):
        yield f"The outline plans {measured(len(order.titles), 'section')}, and {number(len(counts))} can be read here."
    used = sum((one.used for one in counts), Counter[str]())
    unused = [term for term in _key_terms(order) if content_words(term) and not _uses(used, term)]
    if unused and counts:
        yield f"No section uses {_some(unused)}, which the outline names as {_nouns(unused)}."


def _some(terms: list[str]) -> str:
    shown = [quoted(term) for term in terms[:SHOWN]]
    more = len(terms) - len(shown)
    return listing([*shown, f"{number(more)} more"] if more else shown, "or")


def _nouns(terms: list[str]) -> str:
    return "a key term" if len(terms) == 1 else "key terms"


def _on_section(one: Counted, middle: int) -> Iterator[str]:
    if not one.words:
        yield "The section has no text."
        return
    if one.words < SHORT:
        yield f"The section is very short: {counted(one.words, 'word')}."
    if one.words > max(LONG * middle, LONG_FROM):
        yield f"The section is much longer than the others: {counted(one.words, 'word')}. It could be split."
    wanted = content_words(one.section.title)
    if wanted and not any(word in one.in_text for word in wanted):
        yield "No word of the title comes up in the text."
