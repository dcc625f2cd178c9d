"""What is said of names: whether the record has them, in that role, and whom it names instead."""

from collections.abc import Iterator

from ai.facts.names import Name, names
from ai.facts.record import SUFFIXES, Person, Source, shown
from ai.facts.roles import FIELDS, joins, role_after, role_before, role_of_label
from ai.facts.text import Found, Text
from ai.facts.words import distance, is_common, is_misspelt, may_be_given_name, words_of

STRICT = ("director", "writer", "creator", "network")  # roles whose holders the record names one and all
ELSE = ("author", "other")  # roles that the record does not have: the name may well be that of another person
CASES = words_of("a owi em ie u y i ego emu ym im e om ami ze iego iem ka ki kiem ku")  # Polish endings
MOST_IN_A_ROW = 8  # names that can share the role behind the last one


def find(text: Text) -> Iterator[Found]:
    """Judge every name. Names in a row share a role: "starring A, B and C", "A and B wrote it"."""
    row = list(names(text))
    last_end, last_role = -1, ""
    for place, name in enumerate(row):
        role = role_before(text.left(name.start)) or role_of_label(text.label_of_list(name.start))
        if not role and last_end >= 0 and joins(text.text[last_end : name.start]):
            role = last_role
        role = role or _role_behind(text, row, place)
        if made := _judge(text, name, role):
            yield made
        last_end, last_role = name.end, role


def _role_behind(text: Text, row: list[Name], place: int) -> str:
    """The role behind a name, or behind the last one of those it stands in a row with."""
    role = role_after(text.right(row[place].end))
    for one, other in zip(row[place : place + MOST_IN_A_ROW], row[place + 1 :], strict=False):
        if role or not joins(text.text[one.end : other.start]):
            return role
        role = role_after(text.right(other.end))
        if role == "maker":
            return ""
    return role


def _judge(text: Text, name: Name, role: str) -> Found | None:
    source = text.source
    near = source.by_word.get(name.words[-1], []) if text.language.capitals else source.people
    people = [person for person in near if is_part(name.words, person, text.language.code)]
    field = FIELDS.get(role, "")
    holders = source.list(field) if role in STRICT else []
    if people:
        if role == "made" and any("cast" in person.fields for person in people):  # a company may be meant otherwise
            role, holders = "director", source.list("directors")
        if role == "cast" and name.tokens[-1].bound > name.end:
            role = ""  # "features Scott's touch"
        return _known_person(source, name, people, role, holders)
    if entry := source.phrases.get(name.words):
        if holders and role == "network" and entry[0] != "networks":
            return _found(name, "contradicted", field, holders)
        return Found(name.start, name.end, "name", "supported", entry[0], entry[1])
    if _is_in_texts(text, name):
        return Found(name.start, name.end, "name", "supported", "overview")
    if role not in ELSE and (person := _nearly(text, name, role)):
        return Found(name.start, name.end, "name", "contradicted", person.fields[0], person.name)
    if role not in ELSE and (short := _only_surname(text, name)):
        return short
    if not _is_sure(text, name, role):
        return None
    if holders:
        return _found(name, "contradicted", field, holders)
    if role == "maker" and (directors := source.list("directors") or source.list("creators")):
        return _found(name, "contradicted", "directors" if source.list("directors") else "creators", directors)
    return Found(name.start, name.end, "name", "not_in_source")


def _known_person(source: Source, name: Name, people: list[Person], role: str, holders: list[str]) -> Found:
    """A person of the record is right, unless the record has others in that role."""
    field = FIELDS.get(role, "")
    if holders and not any(person.name in holders for person in people) and role != "network":
        return _found(name, "contradicted", field, holders)
    cast = source.list("cast")
    if role == "cast" and cast and not any("cast" in person.fields for person in people):
        person = people[0]
        return Found(name.start, name.end, "name", "contradicted", person.fields[0], person.name)
    person = next((person for person in people if field in person.fields), people[0])
    return Found(
        name.start, name.end, "name", "supported", field if field in person.fields else person.fields[0], person.name
    )


def _found(name: Name, verdict: str, field: str, holders: list[str]) -> Found:
    return Found(name.start, name.end, "name", verdict, field, shown(holders))  # type: ignore[arg-type]


def is_part(words: tuple[str, ...], person: Person, language: str = "en") -> bool:
    """Whether words are a person's name or a part of it that people use: all of it, the surname, initials for names."""
    words = tuple(word for word in words if word not in SUFFIXES) or words
    if len(words) == 1:
        return any(_same(words[0], other, language) and len(other) > 1 for other in person.words)
    right = tuple(word for word in person.words if word not in SUFFIXES) or person.words
    tail = right[-len(words) :]
    if len(words) <= len(right) and _match(words, tail, language) and (len(words) == len(right) or len(tail[0]) > 1):
        return True
    return (
        _match(words[:1], right[:1], language)
        and _match(words[-1:], right[-1:], language)
        and _inside(words, right, language)
    )


def _match(words: tuple[str, ...], right: tuple[str, ...], language: str) -> bool:
    return all(
        _same(one, other, language) or _is_initial_of(one, other) for one, other in zip(words, right, strict=True)
    )


def _inside(words: tuple[str, ...], right: tuple[str, ...], language: str) -> bool:
    """Whether the middle names that the text has are those of the record, in their order; it may leave some out."""
    rest = list(right[1:-1])
    for word in words[1:-1]:
        while rest and not (_same(word, rest[0], language) or _is_initial_of(word, rest[0])):
            rest.pop(0)
        if not rest:
            return False
        rest.pop(0)
    return True


def _is_initial_of(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _same(word: str, right: str, language: str) -> bool:
    """Whether a word is the right one, with the endings that a language gives to names."""
    if word == right:
        return True
    if language == "en" or len(right) < 3:
        return False
    if word == f"{right}s":
        return language in ("de", "nl")
    if language != "pl":
        return False
    return any(word.startswith(stem) and word[len(stem) :] in CASES for stem in (right, right[:-1]) if len(stem) > 2)


def _is_in_texts(text: Text, name: Name) -> bool:
    """Whether the record's texts or companies have these words in a row."""
    if len(name.words) == 1:
        return False
    row = " ".join(name.words)
    return text.source.says(row) or any(f" {row} " in f" {' '.join(phrase)} " for phrase in text.source.phrases)


def _nearly(text: Text, name: Name, role: str) -> Person | None:
    """The person of the record who is meant: misspelt, or with another given name."""
    whole = " ".join(name.words)
    if len(name.words) == 1 and (text.language.inflects or (text.language.nouns and len(whole) < 6)):
        return None  # an ending, or a noun
    for person in text.source.people:
        if len(name.words) > 1 and len(person.words) > 1:
            if is_misspelt(whole, " ".join(person.words)) or _has_other_given_name(text, name, person, role):
                return person
        elif len(name.words) == 1 and len(whole) > 4 and not is_common(whole) and is_misspelt(whole, person.surname):
            return person
    return None


def _has_other_given_name(text: Text, name: Name, person: Person, role: str) -> bool:
    """ "Jane Bogart" where the record has Humphrey: the same surname, and a first word that is surely a given name.

    A slip in the surname beside the right given name is the same mistake.
    """
    first, last = name.tokens[0], name.words[-1]
    if last != person.surname:
        return first.word == person.given and len(last) > 3 and distance(last, person.surname, 2) <= 2
    if may_be_given_name(first.word) or distance(first.word, person.given, 2) <= 2:
        return True
    if text.language.capitals:
        return first.tells or not is_common(first.word)
    return not first.starts if bool(role) or not text.language.nouns else False


def _only_surname(text: Text, name: Name) -> Found | None:
    """ "Vintage Hitchcock": where the first words are no given names, the surname alone is the claim."""
    if len(name.words) < 2:
        return None
    last = name.tokens[-1]
    people = [person for person in text.source.people if person.surname == last.word]
    return Found(last.start, last.end, "name", "supported", people[0].fields[0], people[0].name) if people else None


def _is_sure(text: Text, name: Name, role: str) -> bool:
    """Whether an unknown name is one: in English it is; elsewhere a role, a given name or a row of capitals says so."""
    if text.language.capitals or role:
        return True
    if len(name.words) == 1:
        return False
    return may_be_given_name(name.words[0]) or (
        not (text.language.nouns or text.language.inflects) and name.tokens[0].tells
    )
