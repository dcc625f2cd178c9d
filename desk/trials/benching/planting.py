"""The fixed set of `bench grounding`: posts made from templates and by the offline writer, right ones and spoilt twins.

All of it follows from the files in posts/ and the offline catalog: the same posts and errors on every machine. The two
halves share no template and no film; the checker was written while looking at "dev" alone (docs/grounding.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from desk.trials.benching.slots import SWAPPED, Facts, Slot, roll, slots
from integrations.catalogs.base import Filters
from integrations.catalogs.offline import Offline
from integrations.providers.offline import article

POSTS = Path(__file__).parent / "posts"
SETS = ("dev", "held_out")
FILMS_A_TEMPLATE = 3
WRITTEN_OFFLINE = 12  # posts of the offline writer in each half
PLANTED_ONCE = ("year", "runtime", "rating", "count", "title", "decade", "date")  # in each post that speaks of it
PLANTED_NAMES = 2
IN_OFFLINE_POSTS = ("year", "minutes", "director", "creator", "star", "star2", "rating", "votes", "seasons", "episodes")
LENGTHS, TONES = ("short", "medium", "long"), ("neutral", "friendly", "critical")
_SLOT = re.compile(r"\{(\w+)\}")
# An actor's name in a maker's place is an error only where the text says what the maker did.
_DID = re.compile(
    r"direct|wrote|writ|script|screenplay|creat|made by|regie|drehbuch|réalis|scénario|dirig|guion|diretto|sceneggiat|"
    r"roteiro|geregisseerd|scenari|reżyser",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Planted:
    """An error at text[start:end] of a spoilt post."""

    kind: str
    start: int
    end: int
    right: str
    wrong: str


@dataclass(frozen=True)
class Post:
    """A post that says what its record says; spoilt is its twin with errors."""

    name: str
    record: Facts
    text: str
    spoilt: str
    errors: tuple[Planted, ...]


def posts(which: str) -> Iterator[Post]:
    """The posts of one half, in a fixed order."""
    films, series = _titles("movie", which), _titles("tv", which)
    used: set[str] = set()
    for path in sorted((POSTS / which).glob("*.md")):
        template = path.read_text(encoding="utf-8")
        for record in _fitting(template, series if path.stem.startswith("series") else films, used):
            used.add(record["ref"])
            yield from_template(f"{path.stem} {record['ref']}", template, record)
    for number in range(WRITTEN_OFFLINE):
        pool = series if number % 4 == 3 else films
        record = next(record for record in pool if record["ref"] not in used)
        used.add(record["ref"])
        length, tone = LENGTHS[number % 3], TONES[number // 3 % 3]
        yield written_offline(f"offline-{length} {record['ref']}", record, length, tone)


def _titles(media_type: str, which: str) -> list[Facts]:
    """The catalog's titles of one half, shuffled; every other film has votes like those of TMDb."""
    titles = Offline().titles("discover", media_type, Filters(), date(2026, 1, 1))
    mine = [title.facts() for title in titles if SETS[roll("half", title.ref) % 2] == which]
    return [_voted(record) for record in sorted(mine, key=lambda record: roll("order", record["ref"]))]


def _voted(record: Facts) -> Facts:
    if roll("votes", record["ref"]) % 2 or not record.get("rating_count"):
        return record
    votes = record["rating_count"] * 83 + roll(record["ref"]) % 83
    return record | {"rating_count": votes, "rating": record["rating"] - 0.013, "source": "TMDb"}


def _fitting(template: str, pool: list[Facts], used: set[str]) -> list[Facts]:
    """The first titles of the pool that have all that the template asks for."""
    needed = set(_SLOT.findall(template))
    fitting = (record for record in pool if record["ref"] not in used and needed <= slots(record, "").keys())
    return [record for record, _number in zip(fitting, range(FILMS_A_TEMPLATE), strict=False)]


def from_template(name: str, template: str, record: Facts) -> Post:
    """Fill a template twice: right, and with one error of each kind and two wrong names."""
    known = slots(record, name)
    places = list(_SLOT.finditer(template))
    chosen = set(_places(name, [known[found[1]] for found in places]))
    text, _none = _fill(name, template, places, known, set())
    spoilt, errors = _fill(name, template, places, known, chosen)
    return Post(name, record, text, spoilt, tuple(errors))


def _places(name: str, row: list[Slot]) -> Iterator[int]:
    """Where errors are planted."""
    for kind in PLANTED_ONCE:
        fit = [number for number, slot in enumerate(row) if slot.kind == kind and _can_be_wrong(slot)]
        if fit:
            yield fit[roll("place", name, kind) % len(fit)]
    people = [number for number, slot in enumerate(row) if slot.kind == "name"]
    yield from sorted(people, key=lambda number: roll("place", name, number))[:PLANTED_NAMES]


def _can_be_wrong(slot: Slot) -> bool:
    """Titles without a longer word cannot be misspelt so that it shows."""
    return slot.kind != "title" or bool(re.search(r"[^\W\d_]{6}", slot.text))


def _fill(
    name: str, template: str, places: list[re.Match[str]], known: dict[str, Slot], chosen: set[int]
) -> tuple[str, list[Planted]]:
    text, errors, done = "", list[Planted](), 0
    for number, found in enumerate(places):
        slot = known[found[1]]
        text += template[done : found.start()]
        done = found.end()
        if number not in chosen:
            text += slot.text
            continue
        around = f"{template[max(0, found.start() - 40) : found.start()]} {template[done : done + 24]}"
        text = _plant(text, slot, roll("wrong", name, number), _SLOT.sub("", around), errors)
    return text + template[done:], errors


def _plant(text: str, slot: Slot, number: int, around: str, errors: list[Planted]) -> str:
    """Add something wrong to a text, and keep it in mind. around: the words on both sides."""
    assert slot.wrong
    wrong = slot.wrong(number)
    if wrong.startswith(SWAPPED) and not _DID.search(around):
        wrong = slot.wrong(number - number % 4)
    wrong = wrong.removeprefix(SWAPPED)
    if wrong == slot.text:
        raise ValueError(f"{wrong!r} is no error")
    errors.append(Planted(slot.kind, len(text), len(text) + len(wrong), slot.text, wrong))
    return text + wrong


def written_offline(name: str, record: Facts, length: str, tone: str) -> Post:
    """A post of the offline writer, and its twin with facts replaced where they stand."""
    text = article({"title": record, "language": "en", "length": length, "tone": tone})
    known = slots(record, name)
    spans: list[tuple[int, int, Slot]] = []
    for slot_name in IN_OFFLINE_POSTS:
        slot = known.get(slot_name)
        unit = r"(?= minutes)" if slot_name == "minutes" else ""
        found = re.finditer(rf"(?<![\w.,]){re.escape(slot.text)}(?![\w]|[.,]\d){unit}", text) if slot else ()
        free = [each.span() for each in found]
        free = [
            (start, end) for start, end in free if not any(start < there and here < end for here, there, _ in spans)
        ]
        if slot and free:
            spans.append((*free[roll("place", name, slot_name) % len(free)], slot))
    spoilt, errors, done = "", list[Planted](), 0
    for start, end, slot in sorted(spans, key=lambda span: span[0]):
        around = f"{text[max(0, start - 40) : start]} {text[end : end + 24]}"
        spoilt = _plant(spoilt + text[done:start], slot, roll("wrong", name, start), around, errors)
        done = end
    return Post(name, record, text, spoilt + text[done:], tuple(errors))
