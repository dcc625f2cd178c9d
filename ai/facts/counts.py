"""Claims about how many: votes, seasons, episodes, years on the air, what the record lists; and about money."""

import re
from collections.abc import Callable, Iterator

from ai.facts import oscars
from ai.facts.figures import Figure
from ai.facts.text import Found, Text

_VOTE = (
    r"votes?|reviews?|ratings|opinions|verdicts|voters|reviewers|critics|users|Nutzer\w*|Stimmen|Kritiken|Bewertungen|"
    r"Rezensionen|Wertungen|critiques|avis|votants|votos|reseñas|críticas|valoraciones|votantes|usuarios|voti|votanti|"
    r"utenti|recensioni|usuários|avaliações|stemmen|stemmers|recensies|beoordelingen|głos(?:y|ów)|głosujących|"
    r"użytkowników|recenzj[ie]|ocen"
)
_SEASON = r"seasons?|Staffeln?|saisons?|temporadas?|stagion[ei]|seizoen(?:en)?|sezon(?:y|ów)?"
_EPISODE = r"episodes?|Folgen?|Episoden|épisodes?|episodios?|episodi|episódios?|afleveringen|odcink(?:i|ów)"
_VOTES = re.compile(rf"\s(?:\w+[\s-]){{0,2}}?(?:{_VOTE})\b", re.IGNORECASE)
_SEASONS = re.compile(rf"[\s-](?:\w+\s)?(?:{_SEASON})\b", re.IGNORECASE)
_EPISODES = re.compile(rf"[\s-](?:\w+\s)?(?:{_EPISODE})\b", re.IGNORECASE)
_LABELS: list[tuple[re.Pattern[str], str, str]] = [
    (re.compile(rf"\b(?:{_SEASON})\b", re.IGNORECASE), "seasons", "seasons"),
    (re.compile(rf"\b(?:{_EPISODE})\b", re.IGNORECASE), "episodes", "episodes"),
    (re.compile(rf"\b(?:{_VOTE}|voted)\b", re.IGNORECASE), "rating_count", "votes"),
]
# "ten episodes a season", and "a season has ten episodes"
_EACH = re.compile(r"\s(?:a|per|each|in each|every|pro|par|por)\s(?:season|Staffel|saison|temporada)", re.IGNORECASE)
_A_SEASON_HAS = re.compile(r"\b(?:season has|(?:a|each|every|per|typical) season)\b", re.IGNORECASE)
# "ten episodes of the first season" is not all of them
_PART = re.compile(r"\s(?:in|of|from|into)\s(?:the|its|each|every|season)\b|\sseason", re.IGNORECASE)
_NUMBERED = re.compile(rf"\b(?:{_SEASON})\s(?:number\s)?\Z", re.IGNORECASE)
_ORDINAL = re.compile(
    r"\b(?:(?P<word>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)|(?P<digits>\d{1,2})(?:st|nd|rd|th))\s"
    r"(?:and (?:last|final)\s)?season\b",
    re.IGNORECASE,
)
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth"
_YEARS = re.compile(r"\s(?:calendar\s)?years?\b(?!\s(?:ago|later|old|after|before))", re.IGNORECASE)
_RAN = re.compile(
    r"\b(?:r[au]ns?|lasted|aired|on the air|spans?|spanning|covers?|touches|over|comes to|for|in|to)\s(?:the\s)?\Z",
    re.IGNORECASE,
)
_LARGE = (
    r"k|m|bn|b|million|billion|thousand|Millionen|Mio\.?|Mrd\.?|milli(?:on|ard)s?(?: de)?|millones(?: de)?|mil[ij]oen"
)
_CURRENCY = r"(?:US[- ])?(?:dollars?|euros?|pounds|dólares|dollari|USD|EUR|€|\$)"
_MONEY = re.compile(
    rf"(?:US|C|A)?[$€£¥]\s?\d[\d.,]{{0,14}}(?:\s?(?:{_LARGE}))?\b|"
    rf"(?<![\w.,])\d[\d.,]{{0,14}}\s?(?:{_LARGE})?\s?{_CURRENCY}(?!\w)",
    re.IGNORECASE,
)
# Things of which the record has a list, and whether the words leave no doubt that all of it is meant.
_LISTS: list[tuple[re.Pattern[str], str, bool]] = [
    (re.compile(rf"\s(?:{words})\b", re.IGNORECASE), name, sure)
    for words, name, sure in (
        (r"production companies|companies", "production", True),
        (r"countries", "countries", True),
        (r"genre labels?|genres", "genres", True),
        (r"labels", "genres", False),
        (r"languages", "languages", False),
        (r"directing credits?|directors", "directors", True),
        (r"writing credits?", "writers", True),
        (r"writers", "writers", False),
        (r"creators", "creators", True),
        (r"cast names?|cast members", "cast", True),
        (r"names|people|actors", "cast", False),
    )
]


def find(text: Text) -> Iterator[Found]:
    """Judge every number that stands with something the record counts."""
    for found in _MONEY.finditer(text.text):
        known = text.source.says(found.group())
        yield Found(*found.span(), "money", "supported" if known else "not_in_source", "overview" if known else "")
    for found in _ORDINAL.finditer(text.text):
        yield from _ordinal(text, found)
    for figure in text.free_figures():
        for judge in JUDGES:
            if made := judge(text, figure):
                yield made
                break


def _field(text: Text, figure: Figure, field: str, noun: str) -> Found:
    """Compare a number with a field of the record."""
    true = text.source.number(field)
    if true is None:
        return text.claim(figure, "count", "not_in_source")
    return text.compared(figure, figure.fits(true), field, f"{true:,.0f} {noun}")


def _votes(text: Text, figure: Figure) -> Found | None:
    if not _VOTES.match(text.right(figure.end)):
        return None
    if figure.in_words and figure.value < 11 and figure.value != text.source.number("rating_count"):
        return None  # "two critics I know"
    if text.is_elsewhere(figure.start):
        return text.claim(figure, "count", "not_in_source")
    return _field(text, figure, "rating_count", "votes")


def _seasons(text: Text, figure: Figure) -> Found | None:
    if figure.how or figure.value > 100 or not _SEASONS.match(text.right(figure.end)):
        return None
    return _field(text, figure, "seasons", "seasons")


def _episodes(text: Text, figure: Figure) -> Found | None:
    noun = _EPISODES.match(text.right(figure.end))
    if not noun:
        return None
    episodes, seasons = text.source.number("episodes"), text.source.number("seasons")
    behind = text.right(figure.end + noun.end(), 32)
    if _EACH.match(behind) or (_A_SEASON_HAS.search(text.left(figure.begin)) and seasons != 1):
        if not episodes or not seasons:
            return text.claim(figure, "count", "not_in_source")
        average = episodes / seasons
        right = abs(average - figure.value) <= 1
        return text.compared(figure, right, "episodes", f"{average:.1f} episodes a season")
    if episodes != figure.value and (_PART.match(behind) or (figure.in_words and figure.value < 6)):
        return None
    return _field(text, figure, "episodes", "episodes")


def _numbered(text: Text, figure: Figure) -> Found | None:
    """ "season 3" exists where there are three."""
    true = text.source.number("seasons")
    if not true or figure.value == 1 or not _NUMBERED.search(text.left(figure.start, 24)):
        return None
    return text.compared(figure, figure.value <= true, "seasons", f"{true:.0f} seasons")


def _ordinal(text: Text, found: re.Match[str]) -> Iterator[Found]:
    """ "the third season" as well."""
    word, true = found["word"], text.source.number("seasons")
    number = _ORDINALS.split().index(word.lower()) if word else int(found["digits"])
    if true and number > 1:
        verdict = "supported" if number <= true else "contradicted"
        yield Found(*found.span(), "count", verdict, "seasons", f"{true:.0f} seasons")  # type: ignore[arg-type]


def _labelled(text: Text, figure: Figure) -> Found | None:
    """ "Seasons: 5", and the cells of a table."""
    if not text.is_alone(figure):
        return None
    label = text.label(figure.start)
    for pattern, field, noun in _LABELS:
        if pattern.search(label):
            return _field(text, figure, field, noun)
    return None


def _years(text: Text, figure: Figure) -> Found | None:
    """ "ran for five years": from the first year to the last, whether these are counted or not."""
    first, last = text.source.year, text.source.last_year
    if not (text.source.is_series and first and last and _YEARS.match(text.right(figure.end))):
        return None
    if not _RAN.search(text.left(figure.begin)):
        return None
    right = last - first - 1 <= figure.value <= last - first + 1
    return text.compared(figure, right, "last_year", f"{first}–{last}")


def _listed(text: Text, figure: Figure) -> Found | None:
    """ "three countries"; other numbers of people and names may mean some of them."""
    for pattern, field, sure in _LISTS:
        if pattern.match(text.right(figure.end)) and (names := text.source.list(field)):
            right = figure.fits(len(names))
            if right or (sure and not figure.how):
                return text.compared(figure, right, field, f"{len(names)} in the record")
    return None


JUDGES: list[Callable[[Text, Figure], Found | None]] = [
    oscars.judge,
    _votes,
    _episodes,
    _seasons,
    _numbered,
    _labelled,
    _years,
    _listed,
]
