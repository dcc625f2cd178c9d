"""Claims about time: days, years, spans of years and decades."""

import re
from collections.abc import Iterator
from datetime import date

from ai.facts.claims import Kind, Verdict
from ai.facts.languages import MONTHS
from ai.facts.text import Found, Text
from ai.facts.words import fold

_MONTH = "|".join(sorted({re.escape(month) for month in MONTHS}, key=len, reverse=True))
_DAYS = [
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s(?:of\s|de\s)?(?P<month>{_MONTH})\.?,?\s(?:of\s|del?\s)?(?P<year>\d{{4}})",
    rf"(?P<month>{_MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})",
    rf"(?P<month>{_MONTH})\.?,?\s(?:of\s|de\s)?(?P<year>\d{{4}})",
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})",
    r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",
]
_DATES = [re.compile(rf"(?<![\w.]){pattern}(?!\w)", re.IGNORECASE) for pattern in _DAYS]
_YEAR = r"(?:1[89]|2[01])\d\d"
_SPAN = re.compile(
    rf"(?<![\w.,/-])(?P<first>{_YEAR})\s?[-–—/]\s?(?P<last>{_YEAR}|\d\d)(?![\w/]|[-.,]\d)", re.IGNORECASE
)
_ONE = re.compile(rf"(?<![\w.,$€£/#-])(?P<year>{_YEAR})(?![\w%°€$]|[.,:/]\d|-\d)")
_WORDS = ["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"]
_DECADE = re.compile(
    rf"(?:\b(?P<part>early|mid|middle|late|frühen|mittleren|späten)(?:\s+|-))?(?:the\s+)?"
    rf"(?P<decade>(?<![\w.,-])(?P<full>(?:1[89]|20)\d)0(?:['’]?s|er(?:[ -]?Jahren?)?)|['’](?P<short>[2-9])0s|"
    rf"\b(?:années|años|anni|anos|jaren|lat|lata)\s+['’]?(?P<named>(?:19|20)?\d)0|\b(?P<word>{'|'.join(_WORDS)}))\b",
    re.IGNORECASE,
)
_PARTS = {"early": range(5), "frühen": range(5), "mid": range(2, 9), "middle": range(2, 9), "mittleren": range(2, 9)}
_PARTS |= {"late": range(5, 10), "späten": range(5, 10)}

# The year of something else: a novel, a birth, a festival.
_OTHER = re.compile(
    r"\b(?:born|died|death|set in|takes? place|novel|novella|books?|stage play|memoir|comic|remakes?|remade|"
    r"the original|publish\w+|restor\w+|anniversary|re-?releas\w+|re-?issue\w*|festival|ceremony|awards?|war|based on|"
    r"adapt\w+|sequel|prequel|follow-up|previous|earlier|copyright|spielt|geboren|gestorben|roman|buch|livre|né en|"
    r"novela|libro|romanzo|nato|romance|livro|nascido|boek|powieść)\b",
    re.IGNORECASE,
)
_ABOUT_IT = re.compile(
    r"\b(?:releas\w*|premier\w*|c[ao]me out|coming out|comes? from|out|open\w*|arriv\w+|debut\w*|air(?:s|ed)|"
    r"broadcast|hit|reach\w*|appear\w*|ma[dk]e\w*|produc\w+|shot|filmed|dat(?:es?|ed|ing)|films?|movies?|pictures?|"
    r"cinemas?|screens?|theat(?:er|re)s?|series|show|title|years?|direct\w+|star\w*|from|launch\w*|beg[ai]n\w*|end\w*|"
    r"audiences?|box office|classic|drama|comedy|thriller|western|musical|documentary|it|its|kam|kinos?|erschien\w*|"
    r"lief|jahre?|aus|sorti\w*|réalis\w+|année|cinéma|estren\w+|lanzad\w+|lançad\w+|año|ano|dirig\w+|película|"
    r"uscit\w+|anno|dirett\w+|filme|jaar|uitgebracht|verscheen|roku|nakręcon\w+)\b",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(?:beg[ai]n\w*|start\w*|first|premier\w*|debut\w*|launch\w*|creat\w+|went on (?:the )?air)\b|"
    r"\b(?:from|since|seit|ab|von|depuis|desde|dal|vanaf|od)\s\Z",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\b(?:end(?:s|ed|ing)?|last|final\w*|finish\w*|conclu\w+|goodbye|bowed out|cancel\w*|wrap\w*)\b|"
    r"\b(?:until|till?|through|to|bis|jusqu\W?en|hasta|fino al?|até|tot|do)\s\Z",
    re.IGNORECASE,
)
_BEHIND = re.compile(r",?\s(?:when|in which|the year)\s(?:it|the (?:series|show))\s(?P<verb>\w+)", re.IGNORECASE)
_ITS_DECADE = re.compile(
    r"\b(?:films?|movies?|pictures?|series|shows?|television|releas\w+|made|belongs?|production|goes|dates?|comes?)\b"
    r"[^,;.]{0,24}\Z",
    re.IGNORECASE,
)
_DECADE_OF_IT = re.compile(
    r"[\s-]*(?:\w+\s)?(?:films?|movies?|pictures?|dramas?|comed\w+|thrillers?|westerns?|classics?|production|series)\b",
    re.IGNORECASE,
)


def find(text: Text) -> Iterator[Found]:
    """Days first, then spans, decades and single years; the caller leaves alone what an earlier pattern took."""
    for pattern in _DATES:
        for found in pattern.finditer(text.text):
            yield from _day(text, found)
    for found in _SPAN.finditer(text.text):
        yield from _span(text, found)
    for found in _DECADE.finditer(text.text):
        yield from _decade(text, found)
    for found in _ONE.finditer(text.text):
        yield _year(text, found.start("year"), found.end("year"), int(found["year"]))


def _day(text: Text, found: re.Match[str]) -> Iterator[Found]:
    parts = found.groupdict()
    month = parts["month"]
    number = int(month) if month.isdigit() else MONTHS[fold(month)]
    year, day = int(parts["year"]), int(parts.get("day") or 0)
    try:
        date(year, number, day or 1)
    except ValueError:
        return
    start, end = found.span()
    true = text.source.released
    if true is None and year == text.source.year:
        yield Found(start, end, "date", "not_in_source", "year", str(year))
    elif true is None or year != true.year:
        whole = _year(text, start, end, year, kind="date")
        says = f"{true.day} {true:%B} {true.year}" if true and whole.field == "year" else whole.says
        yield Found(start, end, "date", whole.verdict, whole.field, says)
    else:
        right = number == true.month and day in (0, true.day)
        verdict: Verdict = "supported" if right else "contradicted"
        yield Found(start, end, "date", verdict, "release_date", f"{true.day} {true:%B} {true.year}")


def _span(text: Text, found: re.Match[str]) -> Iterator[Found]:
    first, last = int(found["first"]), int(found["last"])
    last += first // 100 * 100 if last < 100 else 0
    yield _year(text, found.start("first"), found.end("first"), first, role="first")
    yield _year(text, found.start("last"), found.end("last"), last, role="last")


def _year(text: Text, start: int, end: int, year: int, *, role: str = "", kind: Kind = "year") -> Found:
    """Judge one year; role says "first" or "last" where it is that of a series, else the words before it do."""
    source = text.source
    true, field = source.year, "year"
    if source.is_series:
        role = role or _role(text.without_titles(start - len(text.left(start)), start), text.right(end))
        if role == "last" and source.last_year:
            true, field = source.last_year, "last_year"
    known = {source.year: "year"} if source.is_series and not role else {}
    known |= {source.last_year: "last_year"} if not role else {}
    known |= {true: field}
    if year in known:
        return Found(start, end, kind, "supported", known[year], str(year))
    if source.has_year(year):
        return Found(start, end, kind, "supported", "overview", str(year))
    if true is None or _is_others(text, start, end) or (not role and _runs_through(text, year)):
        return Found(start, end, kind, "not_in_source")
    if (role and source.is_series) or _is_about_it(text, start, end):
        return Found(start, end, kind, "contradicted", field, str(true))
    return Found(start, end, kind, "not_in_source")


def _role(left: str, right: str) -> str:
    """Whether the words behind or the nearest one before say first or last."""
    left = re.split(r"\d{4}", left)[-1]  # what stands before another year is about that one
    if behind := _BEHIND.match(right):
        left = behind["verb"]
    first, last = (max((found.end() for found in cue.finditer(left)), default=-1) for cue in (_FIRST, _LAST))
    return "" if first == last else "first" if first > last else "last"


def _runs_through(text: Text, year: int) -> bool:
    """Whether a series was on the air in a year, as far as the record knows."""
    first, last = text.source.year, text.source.last_year
    return bool(text.source.is_series and first and first < year and (not last or year < last))


def _is_others(text: Text, start: int, end: int) -> bool:
    """Whether the words around speak of another thing's year: a novel, a birth, another film."""
    left, right = text.left(start, 44), text.right(end, 32)
    others = [found for found in text.titles_between(start - 5, end + 16) if found.verdict == "not_in_source"]
    if others:
        return True
    if re.search(r"\(\s*\Z", left) and re.match(r"\s*\)", right):
        return False
    if re.search(r"\bby\s\Z", left, re.IGNORECASE):
        return True
    near = re.split(r"[;:,–—(]", left)[-1][-34:], re.split(r"[;:,.–—)]", right)[0][:16]
    return any(_OTHER.search(part) for part in near)


def _is_about_it(text: Text, start: int, end: int) -> bool:
    """Whether the sentence speaks of the film, or says nothing but the year."""
    begin, stop = text.plain.sentence(start)
    sentence = text.text[max(begin, start - 200) : min(stop, end + 200)]
    near = text.titles_between(max(begin, start - 200), min(stop, end + 200))
    if any(found.verdict != "not_in_source" for found in near) or len(sentence.split()) <= 4:
        return True
    return bool(_ABOUT_IT.search(sentence) or _ABOUT_IT.search(text.label(start)))


def _decade(text: Text, found: re.Match[str]) -> Iterator[Found]:
    decade, start, end = _which(found), found.start("decade"), found.end()
    if found["word"] and not found["part"] and not re.search(r"\bthe\s\Z", text.left(start, 6), re.IGNORECASE):
        return  # "in her fifties"
    source = text.source
    part = (found["part"] or "").lower()
    if part:
        start = found.start("part")
    first, last = source.year, source.last_year or source.year
    if first is None or last is None:
        yield Found(start, end, "year", "not_in_source")
        return
    years = [year for year in range(first, last + 1) if year // 10 * 10 == decade]
    if any(not part or year % 10 in _PARTS[part] for year in years):
        yield Found(start, end, "year", "supported", "year", str(first) if first == last else f"{first}–{last}")
    elif source.has_year(decade) or f"{decade}s" in source.texts:
        yield Found(start, end, "year", "supported", "overview", f"{decade}s")
    elif _is_its_decade(text, start, end) and not _is_others(text, start, end):
        yield Found(start, end, "year", "contradicted", "year", str(first))
    else:
        yield Found(start, end, "year", "not_in_source")


def _which(found: re.Match[str]) -> int:
    """The first year of the decade that was found."""
    if word := found["word"]:
        return 1920 + 10 * _WORDS.index(word.lower())
    digits = found["full"] or found["named"] or found["short"]
    return int(digits) * 10 if len(digits) == 3 else 1900 + int(digits) * 10


def _is_its_decade(text: Text, start: int, end: int) -> bool:
    """Whether a decade is said to be the film's own: "a film of the 1980s", "a 1980s drama"."""
    return bool(_ITS_DECADE.search(text.left(start, 48)) or _DECADE_OF_IT.match(text.right(end, 32)))
