"""The languages that posts are written in, told apart by their small words; their numbers, months and units.

Words for units, roles and things that are counted do not clash, so that one pattern knows those of all languages.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from ai.facts.words import fold


@dataclass(frozen=True)
class Language:
    """small: frequent words that tell it. numbers: word -> value. A comma may stand for the decimal point.

    capitals: a capital inside a sentence means a name (English); elsewhere posts quote titles and things that the
    record names in English, so that unknown words with a capital say little. nouns: common nouns have capitals too.
    """

    code: str
    small: frozenset[str]
    numbers: dict[str, int] = field(default_factory=dict)
    comma: bool = True
    capitals: bool = False
    nouns: bool = False
    inflects: bool = False  # names take endings (Polish)


def _counted(words: str, tens: str) -> dict[str, int]:
    """Words for 1, 2, 3 ... and for 20, 30 ...; "a/b" are two words for one number."""
    found = {word: value for value, words_ in enumerate(words.split(), 1) for word in words_.split("/")}
    found |= {word: 10 * value for value, words_ in enumerate(tens.split(), 2) for word in words_.split("/")}
    return {fold(word): value for word, value in found.items()}


def _compounds(numbers: dict[str, int], joint: str, ones: dict[str, str], hundred: str) -> dict[str, int]:
    """What languages write in one word: "fünfundzwanzig", "hundertfünfundzwanzig"."""
    small = {word: value for word, value in numbers.items() if value < 10}
    tens = {word: value for word, value in numbers.items() if value >= 20 and value % 10 == 0}
    below = numbers | {
        f"{ones.get(one, one)}{joint}{ten}": a + b for one, a in small.items() for ten, b in tens.items()
    }
    return below | {hundred: 100} | {f"{hundred}{word}": 100 + value for word, value in below.items()}


_EN = _counted(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
_DE = _counted(
    "ein/eine/einen/einem/einer/eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
)
_NL = _counted(
    "een/één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
    "achttien negentien",
    "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
)
_IT = _counted(
    "un/uno/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove",
    "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
)
_FR = _counted(
    "un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf",
    "vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix",
)
_ES = _counted(
    "un/uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
)
_PT = _counted(
    "um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze quinze dezesseis "
    "dezessete dezoito dezenove",
    "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
)
_PL = _counted(
    "jeden/jedna/jedno/jednego dwa/dwie/dwóch trzy/trzech cztery/czterech pięć/pięciu sześć/sześciu siedem/siedmiu "
    "osiem/ośmiu dziewięć/dziewięciu dziesięć/dziesięciu jedenaście dwanaście trzynaście czternaście piętnaście "
    "szesnaście siedemnaście osiemnaście dziewiętnaście",
    "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
)
_SMALL = {
    "en": "the a an and of is was it in that with for are by to this which you from has as on its but not at",
    "de": "der die das und ist ein eine mit von den dem im auf für sich nicht auch zu des wird bei war wer es aus",
    "fr": "le la les des et est un une du dans pour que qui avec sur par il elle au ce ne pas plus se",
    "es": "el la los las y es un una del en que con por para su se no más al lo como si",
    "it": "il lo la i gli le e è un una di del della che con per non si da nel sono più alla dei",
    "pt": "o a os as e é um uma do da dos das em que com por para não no na se mais ao foi tem",
    "nl": "de het een en is van in op met voor dat die niet zijn te er aan door als ook bij zet",
    "pl": "i w z na do się to jest nie że o jak po za przez film kto oraz ale od są dla",
}
LANGUAGES = {
    language.code: language
    for language in (
        Language("en", frozenset(_SMALL["en"].split()), _EN, comma=False, capitals=True),
        Language(
            "de",
            frozenset(_SMALL["de"].split()),
            _compounds(_DE, "und", {"eins": "ein"}, "hundert") | {"einhundert": 100},
            nouns=True,
        ),
        Language("fr", frozenset(_SMALL["fr"].split()), _FR | {"cent": 100}),
        Language("es", frozenset(_SMALL["es"].split()), _ES | {"cien": 100}),
        Language("it", frozenset(_SMALL["it"].split()), _IT | {"cento": 100}),
        Language("pt", frozenset(_SMALL["pt"].split()), _PT | {"cem": 100}),
        Language("nl", frozenset(_SMALL["nl"].split()), _compounds(_NL, "en", {}, "honderd")),
        Language("pl", frozenset(_SMALL["pl"].split()), _PL | {"sto": 100}, inflects=True),
    )
}
_WORD = re.compile(r"[^\W\d_]+")
ENOUGH = 3  # small words; fewer tell nothing


def language_of(text: str) -> Language:
    """The language a text is written in, as its small words tell; English where they tell nothing."""
    counts = Counter(word.lower() for word in _WORD.findall(text[:6000]))
    hits = {code: sum(counts[word] for word in known.small) for code, known in LANGUAGES.items()}
    best = max(hits, key=lambda code: hits[code])
    return LANGUAGES[best if hits[best] >= ENOUGH and hits[best] > hits["en"] else "en"]


MONTHS = {
    fold(word): number
    for words in (
        "January/Jan February/Feb March/Mar April/Apr May June/Jun July/Jul August/Aug September/Sept/Sep October/Oct "
        "November/Nov December/Dec",
        "Januar/Jänner Februar März April Mai Juni Juli August September Oktober/Okt November Dezember/Dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    )
    for number, word_s in enumerate(words.split(), 1)
    for word in word_s.split("/")
}

ABOUT = (
    r"about|around|roughly|approximately|approx\.?|some|circa|ca\.?|c\.|~|≈|give or take|etwa|rund|ungefähr|zirka|"
    r"environ|à peu près|unos|unas|alrededor de|aproximadamente|intorno a(?:i|lle)?|ongeveer|około|mniej więcej"
)
OVER = (
    r"(?:just |well |a little |slightly |far )?over|(?:a little |slightly |well )?more than|north of|at least|above|"
    r"beyond|upwards of|(?:just |well |a little )?past|über|mehr als|gut|mindestens|plus de|au moins|más de|al menos|"
    r"oltre|più di|almeno|mais de|pelo menos|ruim|meer dan|minstens|ponad|powyżej|co najmniej"
)
NEAR = (
    r"nearly|almost|just (?:under|short of|shy of)|close to|not quite|a little under|a shade under|slightly under|"
    r"approaching|knapp|fast|beinahe|nahezu|près de|presque|quasi|casi|cerca de|quase|bijna|prawie|blisko|niemal"
)
UNDER = r"under|less than|below|fewer than|short of|unter|weniger als|moins de|menos de|meno di|minder dan|mniej niż"
HOURS = r"hours?|hrs?\.?|h|Stunden?|Std\.?|heures?|horas?|or[ae]|uur|uren|u|godzin[ay]?|godz\.?"
MINUTES = r"minutes?|mins?\.?|m|′|Minuten?|Min\.?|minutos?|minut[oi]|minut(?:en|y|ę|a)?"
AND = r"and|und|et|y|e|en|i|&|,"


@cache
def alternatives(pattern: str, *, before: bool = False) -> re.Pattern[str]:
    """A pattern that stands at the start of what follows, or (before) at the end of what goes before."""
    space = r"[ \xa0\r-]"
    words = rf"(?:\b|(?<=\W))(?:{pattern}){space}{{0,3}}\Z" if before else rf"{space}{{0,3}}(?:{pattern})(?!\w)"
    return re.compile(words, re.IGNORECASE)
