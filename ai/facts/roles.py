"""What a text says that somebody did: "directed by", "starring", "wrote". Patterns for the words around a name."""

import re

# role -> the record's field with the names of those who had it
FIELDS = {"director": "directors", "writer": "writers", "creator": "creators", "cast": "cast", "network": "networks"}


def _any(words: str) -> str:
    """One of the words of a list; "_" stands for a space inside one."""
    return "|".join(re.escape(word.replace("_", " ")) for word in words.split())


# --- words before a name ----------------------------------------------------------------------------------------------
# "directed by John"
VERBS = {
    "other": "shot photographed edited composed scored narrated",
    "director": "directed co-directed helmed inszeniert gedreht réalisé réalisée mis_en_scène dirigido dirigida "
    "realizado realizada diretto diretta geregisseerd wyreżyserowany wyreżyserowana",
    "writer": "written co-written penned scripted geschrieben verfasst écrit écrite escrito escrita scritto scritta "
    "geschreven napisany napisana",
    "creator": "created co-created erfunden entwickelt créé créée creado creada creato creata criado criada bedacht "
    "stworzony stworzona",
    "made": "made crafted gemacht gemaakt nakręcony nakręcona",
    "company": "produced co-produced produziert produit produite producido producida prodotto prodotta produzido "
    "produzida geproduceerd wyprodukowany wyprodukowana",
}
# "director John", "the director is John", "Director: John"
PERSONS = {
    "director": "director directors co-director co-directors filmmaker filmmakers regisseur regisseurin regisseure "
    "regisseurs réalisateur réalisatrice directora directores diretor diretora regista registi realizador reżyser "
    "reżyserka reżyserem",
    "writer": "writer writers co-writer co-writers screenwriter screenwriters drehbuchautor drehbuchautorin scénariste "
    "scénaristes guionista guionistas sceneggiatore sceneggiatori roteirista roteiristas scenarist scenaristen "
    "scenarzysta",
    "creator": "creator creators co-creator co-creators showrunner showrunners schöpfer schöpferin créateur créatrice "
    "creador criador bedenker twórca",
    "cast": "actor actors actress actresses lead players schauspieler schauspielerin darsteller "
    "darstellerin acteur acteurs actrice actrices actores actriz attore attori attrice aktor aktorka",
    "network": "network networks",
    "company": "producer producers studio studios production production_company production_companies",
}
# "the script is by John", "the directing credit goes to John", "Screenplay: John"; but not "the script John read"
THINGS = {
    "other": "music score song songs cinematography photography editing costumes",
    "director": "direction directing regie regia dirección direção réalisation mise_en_scène reżyseria reżyserii regii",
    "writer": "writing screenplay script drehbuch scénario guion sceneggiatura roteiro scenario scenariusz",
    "cast": "cast besetzung reparto elenco distribution obsada obsadzie hauptrollen",
}
# Turns of phrase that stand before a name as they are.
PHRASES = {
    "other": "director_of_photography art_director casting_director music_director assistant_director",
    "author": "novel_by novel_of novella_by book_by memoir_by play_by story_by stories_by comic_by roman_von roman_de "
    "livre_de libro_de romanzo_di livro_de boek_van",
    "director": "behind_the_camera behind_the_camera_is behind_the_camera_was behind_the_camera_stands at_the_helm "
    "at_the_helm_is at_the_helm_was under_the_direction_of under_direction_stands regie_führte regie_führt "
    "regie_was_in_handen_van unter_der_regie_von w_reżyserii a_film_by a_film_from ein_film_von un_film_de un_film_di "
    "um_filme_de een_film_van dirigió dirigiu ha_diretto wyreżyserował wyreżyserowała",
    "writer": "under_writing_stand under_writing_stands on_the_writing_side_stand on_the_writing_side_stands "
    "geschrieben_hat_es geschrieben_hat_ihn geschrieben_hat_das_ganze drehbuch_schrieb drehbuch_schrieben "
    "the_words_are_credited_to con_un_guion_de escribió escreveu ha_scritto napisał napisała",
    "creator": "brainchild_of a_creation_of the_idea_came_from creating_the_series_goes_to",
    "cast": "star stars starring co-starring featuring features protagonizan grają występują",
    "network": "aired_on premiered_on premiering_on debuted_on broadcast_on broadcast_by shown_on ran_on seasons_on "
    "found_it_on was_made_for",
}
# The first of these that fits is the role; "other" and "author" say that it is none that the record has.
ORDER = ("other", "author", "director", "writer", "creator", "cast", "made", "network", "company")

_BE = r"(?:\s(?:is|was|are|were|ist|sind|war|est|sont|es|son|è|sono|é|são|jest|są))?"
_BY = r"(?:by|von|durch|par|por|da|di|de|del|du|do|door|van|przez)"
_TO = r"(?:goes|go|went|belongs?|credited|comes?|came|stammt|kommt)\s(?:to|from|by|von)"
_HAS = r"(?:signé|includes?|features?|names|incluye|inclui|gehören|są)"
_MARK = r"(?:\s?[:–—-]|\v)"
_ENDINGS = (
    (VERBS, rf"(?:,?\s(?:and|und|et|y|e|en|i)\s\w+)?(?:\s\w+ly)?\s{_BY}\s?:?(?:\sthe)?(?:\s\w+ing)?\s?\Z"),
    (PERSONS, rf"(?:\son\srecord)?(?:{_BE}|{_MARK}|,)\s?(?:the\s\w+\s)?\Z"),
    (THINGS, rf"(?:\scredits?)?(?:\son\srecord)?(?:{_BE}\s(?:{_BY}|{_TO}|{_HAS})|{_MARK})\s?\Z"),
    (PHRASES, r"(?:\s|[:,]\s?|\v)\Z"),
)
_BEFORE = [
    (role, re.compile(rf"\b(?:{_any(words[role])}){ending}", re.IGNORECASE))
    for role in ORDER
    for words, ending in _ENDINGS
    if role in words
]

# --- words behind a name ----------------------------------------------------------------------------------------------
_WHO = r",?\s(?:who\s|also\s|both\s|himself\s|herself\s){0,2}"
_OTHERS_WORK = r"(?:the|its|his|her) (?:music|score|songs?|novel|books?|stage play|short story)"
_AFTER = [
    (role, re.compile(words, re.IGNORECASE))
    for role, words in (
        ("other", rf"\s(?:wrote|composed|penned) {_OTHERS_WORK}\b"),
        ("director", rf"{_WHO}(?:directed|directs|helmed|helms)\b|\sführte? Regie\b|\salla regia\b"),
        ("director", rf"{_WHO}(?:is|was)\s(?:responsible for|behind)\sthe\s(?:direction|camera)\b"),
        ("director", r"['’]s?\s(?:direction|directing|directorial)\b|,?\swhose\s(?:direction|camera)\b"),
        ("director", r",\s(?:its|the|the film's) director\b(?! of)"),
        (
            "writer",
            rf"{_WHO}(?:wrote(?!\s(?:in|to|about|that)\b)|penned|scripted|schreef|schrieb)\b|\salla sceneggiatura\b",
        ),
        ("writer", r"(?:['’]s?|,?\swhose)\s(?:screenplay|script)\b"),
        ("creator", rf"{_WHO}created\s(?:it\b|this\b|the\s(?:series|show)\b|(?-i:[A-Z]))"),
        ("cast", rf"{_WHO}(?:stars|co-stars|starred)\b"),
        ("network", r"\s(?:aired|broadcast|ordered|began to show|commissioned)\b"),
        ("maker", r"['’]s?\s(?:film|movie|picture|series|show|drama|comedy|thriller|western|classic|masterpiece)s?\b"),
    )
]

# --- labels -----------------------------------------------------------------------------------------------------------
_LABELS = [
    (role, re.compile(words, re.IGNORECASE))
    for role, words in (
        ("other", r"music|composer|photograph|edit(?:or|ed)|genre|country|language|title|produc|compan|studio|tagline"),
        ("director", r"\b(?:co-)?direct|regi[ea]|regisseur|réalis|dirig|dirección|direção|reżyser"),
        ("writer", r"\bwr(?:o|i)t|screenplay|script|drehbuch|scénari|guion|sceneggiat|roteiro|scenari"),
        ("creator", r"\bcreat|thought of it|showrunner|idee|créat|cread|criad|twórc"),
        ("cast", r"\bstar(?:s|ring)?\b|\bcast|who is in|who's in|actors?|\bleads?\b|^with$|faces"),
        ("cast", r"besetzung|darsteller|reparto|elenco|distribution|obsada"),
        ("network", r"network|channel|where it (?:ran|aired)|sender"),
    )
]
_SPACE = r"[ \xa0\r]?"
_JOINT = re.compile(
    rf"{_SPACE}(?:,|&|/)?{_SPACE}(?:(?:and|und|et|y|e|en|i|oraz|&|as well as){_SPACE})?{_SPACE}", re.IGNORECASE
)


def role_before(left: str) -> str:
    """The role that the words before a name give it; "" where they give none."""
    left = left[-60:]
    return next((role for role, words in _BEFORE if words.search(left)), "")


def role_of_label(label: str) -> str:
    """The role that the label of a line or of a table's row gives to the names behind it: "Who directed it"."""
    return next((role for role, words in _LABELS if words.search(label)), "") if label else ""


def role_after(right: str) -> str:
    """The role that the words behind a name give it. "maker": that of whoever the film is called after."""
    return next((role for role, words in _AFTER if words.match(right)), "")


def joins(between: str) -> bool:
    """Whether the words between two names only put them in a row."""
    return bool(between) and bool(_JOINT.fullmatch(between))
