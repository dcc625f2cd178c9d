"""Claims about the rating: "8.7/10", "a score of 8.7", "87 %"."""

import re
from collections.abc import Iterator

from ai.facts.figures import Figure
from ai.facts.text import Found, Text

_SCALE = re.compile(
    r"\s?(?:/|out of(?: a possible)?|(?:points? )?(?:on|from) a scale of|of|von|auf einer Skala bis|sur|sobre|de|su|"
    r"op|na|van)\s?(?:max(?:imum)?\s)?(?P<top>10|5|100|ten|five|zehn|dix|diez|dieci|dez|tien|dziesięć)(?!\w|"
    r"[.,]\d)(?:\s?(?:stars?|points?|Punkten?|étoiles))?",
    re.IGNORECASE,
)
_TOPS = {"five": 5, "5": 5, "100": 100}
_WORD = (
    r"ratings?|rated|mean|scores?|scored|average[sd]?|stands at|sits at|grade[sd]?|marks?|imdb|tmdb|metascore|"
    r"bewertung\w*|wertung|durchschnitt\w*|note|moyenne|nota|puntuación|calificación|media|voto|valutazione|"
    r"classificação|avaliação|gemiddeld|waardering|beoordeling|cijfer|ocen\w*|średnia"
)
_BEFORE = re.compile(rf"\b(?:{_WORD})\b[^.;!?]{{0,30}}\Z", re.IGNORECASE)
_BEHIND = re.compile(rf"[\s-]*(?:\(?\w+\)?\s)?(?:{_WORD})\b", re.IGNORECASE)
_PERCENT = re.compile(
    r"\s?(?:%|percent|per cent|Prozent|pour cent|por ciento|per cento|por cento|procent)", re.IGNORECASE
)
_OURS = re.compile(
    r"\b(?:we give|i give|i'd give|we'd give|our|my|from us|from me|wir geben|unsere?|mon|notre)\b", re.IGNORECASE
)
_NOT_A_RATING = re.compile(
    r"\s?(?:times|people|critics|viewers|films?|movies?|cases|doctors|seasons?|episodes?|hours?|minutes?|million|billion|"
    r"votes|reviews|oscars?|nominations?|wins?|years?|%|stars? of|st\b|nd\b|rd\b|th\b|[-–]year)",
    re.IGNORECASE,
)


def find(text: Text) -> Iterator[Found]:
    """Judge numbers on a scale, and numbers with a point or a percent sign beside a word for a rating."""
    read = 0  # up to here; the ten of "8 out of 10" is no rating of its own
    for figure in text.free_figures():
        if figure.start < read or figure.value > 100 or (figure.in_words and figure.how):
            continue
        scale = _SCALE.match(text.text, figure.end)
        read = scale.end() if scale else figure.end
        top = _TOPS.get(scale["top"].lower(), 10) if scale else 0
        percent = _PERCENT.match(text.text, figure.end)
        if scale and figure.value <= top and not _NOT_A_RATING.match(text.text, scale.end()):
            if not _is_ours(text, figure, scale.end()):
                yield _judge(text, figure, top, scale.end())
        elif percent and _is_beside(text, figure, percent.end()):
            yield _judge(text, figure, 100, percent.end())
        elif _may_be_bare(figure) and _is_beside(text, figure, figure.end):
            yield _judge(text, figure, 10, figure.end)


def _may_be_bare(figure: Figure) -> bool:
    """Whether a number without a scale can be a rating out of ten."""
    if figure.in_words or figure.value > 10 or _NOT_A_RATING.match(figure.text, figure.end):
        return False
    return figure.decimals in (1, 2) or not re.match(r"\s[^\W\d_]", figure.text[figure.end : figure.end + 2])


def _is_beside(text: Text, figure: Figure, end: int) -> bool:
    """Whether a word for a rating stands beside the number."""
    words = text.left(figure.begin), text.right(end), text.label(figure.start)
    return bool(_BEFORE.search(words[0]) or _BEHIND.match(words[1]) or _BEFORE.search(words[2]))


def _is_ours(text: Text, figure: Figure, end: int) -> bool:
    """Whether it is the writer's own verdict, which no record can know."""
    return bool(_OURS.search(text.left(figure.begin, 40)) or _OURS.search(text.right(end, 20)))


def _judge(text: Text, figure: Figure, top: int, end: int) -> Found:
    true = text.source.number("rating")
    if true is None or text.is_elsewhere(figure.start):
        return Found(figure.start, end, "rating", "not_in_source")
    says = f"{true:.1f} of 10" if round(true, 1) == true else f"{true:g} of 10"
    scaled = true * top / 10
    if figure.how:
        fits = {
            "about": abs(scaled - figure.value) <= 0.04 * top,
            "over": figure.value <= scaled < figure.value + 0.1 * top,
            "near": figure.value - 0.07 * top <= scaled <= figure.value,
            "under": figure.value - 0.1 * top <= scaled <= figure.value,
        }[figure.how]
    else:
        fits = abs(scaled - figure.value) <= 0.5 / 10**figure.decimals + 1e-6
    verdict = "supported" if fits else "contradicted" if top >= 10 else "not_in_source"
    return Found(figure.start, end, "rating", verdict, "rating", says)  # type: ignore[arg-type]
