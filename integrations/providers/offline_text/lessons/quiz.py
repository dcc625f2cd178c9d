"""The quiz: sentences with a gap from what the lesson says, else questions about its way of working, else about itself.

Which option is right follows from the text alone: a gap is filled by the word that stands there, and none of the other
words stands in that sentence.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.providers.offline_text.chance import Chance
from integrations.providers.offline_text.lessons.blocks import trace
from integrations.providers.offline_text.lessons.material import Material, Term
from integrations.providers.offline_text.lessons.order import Order, WrittenSection
from integrations.providers.offline_text.lessons.plan import METHODS, Plan
from integrations.providers.offline_text.lessons.sections import own_lines
from integrations.providers.offline_text.lessons.sentences import is_whole, sentences
from integrations.providers.offline_text.lessons.words import (
    content_words,
    distinct,
    line,
    quoted,
    sameness,
    upper_first,
    word_count,
)
from integrations.providers.offline_text.phrases import measured, number

QUESTIONS = (3, 4, 5)  # by level
GAP = "_____"
FEWEST_WORDS, MOST_WORDS = 5, 35  # of a sentence with a gap
WRONG, FEWEST_WRONG = 3, 2
VOWELS = tuple("aeiouAEIOU")
MOST_READ = 40_000  # characters of the sections

GAP_QUESTIONS = [
    "Which of these fills the gap? {sentence}",
    "One word or phrase is missing from this sentence. Which one? {sentence}",
    "How does the text put it? {sentence}",
    "What stands in the gap? {sentence}",
]
WHERE_QUESTIONS = ["In which section does this stand? {sentence}", "Which section says this? {sentence}"]
OTHER_TITLES = ["Glossary", "Reading list", "About the author", "Answers to the exercises"]
HOW_QUESTION = "How was this quiz made?"
HOW_OPTIONS = (
    "By counting and comparing words",
    "By a language model",
    "By an expert on the topic",
    "By a vote of readers",
)
HOW_WHY = "Pressroom's offline writer made the quiz by counting and comparing words; no language model took part."

Question = dict[str, Any]


def answer(order: Order) -> dict[str, Any]:
    """Three to five questions, by level."""
    most = QUESTIONS[order.level]
    found: list[Question] = []
    for question in _questions(order):
        if sameness(question["question"]) not in {sameness(one["question"]) for one in found}:
            found.append(question)
        if len(found) == most:
            break
    return {"questions": found}


def _questions(order: Order) -> Iterator[Question]:
    """More than enough questions, the best first."""
    plan = Plan(order, order.sections)
    text = "\n".join(section.text for section in order.texts)[:MOST_READ]
    shown, kept = _sentences(plan, text)
    yield from _gaps(Material(shown, order.topic), order.chance)
    methods = list(_methods(plan, text))
    if shown:
        yield from methods[:1]
    else:
        yield from methods
    yield from _gaps(Material([*shown, *kept], order.topic), order.chance)
    yield from methods[1:]
    yield from _places(order)
    yield from _about_itself(order)


def _sentences(plan: Plan, text: str) -> tuple[list[str], list[str]]:
    """Sentences to ask about: those in the sections that are not our own words, and the rest of the context."""
    context = plan.order.material.sentences if plan.has_material else []
    there = line(text, MOST_READ)
    shown = [sentence for sentence in context if sentence in there]
    own = trace(" ".join([*own_lines(plan), *plan.order.material.sentences])) if there else ""
    written = [_unwrapped(sentence) for sentence in sentences(text)]
    foreign = [sentence for sentence in written if trace(sentence) not in own and sentence in there]
    in_shown = set(shown)
    return distinct([*shown, *foreign]), [sentence for sentence in context if sentence not in in_shown]


def _unwrapped(sentence: str) -> str:
    """A sentence without the quotation marks around the whole of it."""
    inner = sentence[1:-1]
    is_wrapped = sentence[0] == "“" and sentence[-1] == "”" and inner and not {"“", "”"} & set(inner)
    return inner.strip() if is_wrapped else sentence


# --- gaps ---------------------------------------------------------------------------------------------------------


def _gaps(material: Material, chance: Chance) -> Iterator[Question]:
    """Sentences with a gap, the most telling first; no sentence and no answer twice."""
    places = [place for place, text in enumerate(material.sentences) if _can_be_asked(text)]
    places.sort(key=lambda place: (not is_whole(material.sentences[place]), -material.weight(place), place))
    answers: set[str] = set()
    for place in places:
        terms = material.terms_in([place])
        for term in terms:
            is_part = any(f" {term.text} " in f" {one.text} " and one != term for one in terms)
            if is_part or sameness(term.text) in answers:
                continue
            question = _gap(material, place, term, chance)
            if question:
                answers.add(sameness(term.text))
                yield question
                break


def _can_be_asked(sentence: str) -> bool:
    return FEWEST_WORDS <= word_count(sentence) <= MOST_WORDS and "?" not in sentence and GAP not in sentence


def _gap(material: Material, place: int, term: Term, chance: Chance) -> Question | None:
    """The sentence with every place of the term left out; None where the rest gives it away or too few words fit."""
    sentence = material.sentences[place]
    answer = _as_written(term, sentence)
    if not answer:
        return None
    gapped = _edged(answer).sub(GAP, sentence)
    wrong = _wrong(material, sentence, answer, chance)
    if sentence.startswith(answer) and answer not in term.forms:
        wrong = [upper_first(text) for text in wrong]
    options = distinct([answer, *wrong])
    is_given_away = not set(content_words(gapped)).isdisjoint(content_words(answer)) or answer in gapped
    if len(options) < 1 + FEWEST_WRONG or is_given_away:
        return None
    text = chance.pick(f"gap {sentence}", GAP_QUESTIONS).format(sentence=quoted(gapped))
    return _question(chance, text, options, f"The whole sentence: {quoted(sentence)}")


def _edged(text: str) -> re.Pattern[str]:
    """The text as a word of its own, except where a script puts no space between words."""
    before, after = ("" if "\u3040" <= sign <= "\u9fff" else r"\w" for sign in (text[0], text[-1]))
    return re.compile((f"(?<!{before})" if before else "") + re.escape(text) + (f"(?!{after})" if after else ""))


def _as_written(term: Term, sentence: str) -> str:
    """The way the term is written in the sentence; "" where it is not found as a word of its own."""
    forms = [*term.forms, *(upper_first(form) for form in term.forms if sentence.startswith(upper_first(form)))]
    return next((form for form in forms if _edged(form).search(sentence)), "")


def _wrong(material: Material, sentence: str, answer: str, chance: Chance) -> list[str]:
    """Other terms that do not stand in the sentence, those first that look like the right one."""
    whole, said, right = sentence.casefold(), set(content_words(sentence)), sameness(answer)
    is_vowel = re.search(rf"\b[Aa]n? {re.escape(answer)}", sentence) and answer[:1] in VOWELS

    def likeness(text: str) -> tuple[bool, bool, bool, bool, int]:
        return (
            is_vowel is not None and (text[:1] in VOWELS) != is_vowel,  # "an" must not give it away
            text[:1].isupper() != answer[:1].isupper(),
            text.count(" ") != answer.count(" "),
            text.endswith("s") != answer.endswith("s"),
            chance.roll(f"wrong {sentence} {text}"),
        )

    def fits(text: str) -> bool:
        same = sameness(text)
        is_absent = said.isdisjoint(content_words(text)) and text.casefold() not in whole
        return is_absent and same not in right and right not in same

    return sorted(filter(fits, (term.text for term in material.terms)), key=likeness)[:WRONG]


# --- other questions ------------------------------------------------------------------------------------------------


def _methods(plan: Plan, text: str) -> Iterator[Question]:
    """Questions about ways of working, where the sections still say what answers them."""
    there = trace(text)
    names = [one.role for one in plan.sections if one.role in METHODS]
    names += plan.left_out if not plan.has_material else []
    for name in sorted(names, key=lambda name: plan.order.chance.roll(f"ask {name}")):
        method = METHODS[name]
        if text and trace(method.claim) in there:
            explanation = f"The lesson says: {quoted(method.claim)}"
            yield _question(plan.order.chance, method.ask.question, list(method.ask.options), explanation)


def _places(order: Order) -> Iterator[Question]:
    """In which section a sentence stands that stands in no other."""
    titles = distinct(section.title for section in order.texts)
    if len(titles) < 1 + FEWEST_WRONG or len(titles) < len(order.texts):
        return
    traces = [trace(section.text[:MOST_READ]) if section.text else "" for section in order.texts]
    for section in sorted(order.texts, key=lambda section: order.chance.roll(f"place {section.number}")):
        for sentence in sentences(section.text[:5000])[:8]:
            if not _can_be_asked(sentence) or sum(trace(sentence) in one for one in traces) != 1:
                continue
            others = sorted(set(titles) - {section.title}, key=lambda title: order.chance.roll(f"{sentence} {title}"))
            text = order.chance.pick("where", WHERE_QUESTIONS).format(sentence=quoted(sentence))
            why = f"It stands in the section {quoted(section.title)}."
            yield _question(order.chance, text, [section.title, *others[:WRONG]], why)
            break


def _about_itself(order: Order) -> Iterator[Question]:
    """What can be asked of every lesson, also of an empty one."""
    yield _question(order.chance, HOW_QUESTION, list(HOW_OPTIONS), HOW_WHY)
    sections = order.texts or (WrittenSection(1, order.titles[0] if order.titles else "", ""),)
    count = len(order.texts) or len(order.titles) or order.sections
    others = (count - 1 if count > 1 else count + 3, count + 1, count + 2)
    near = [upper_first(number(other)) for other in (count, *others)]
    why = f"The lesson has {measured(count, 'section')}."
    yield _question(order.chance, "How many sections does this lesson have?", near, why)
    first = sections[0].title or "Section one"
    titles = distinct([first, *OTHER_TITLES])[: 1 + WRONG]
    yield _question(order.chance, "What is the first section called?", titles, f"It is called {quoted(first)}.")


def _question(chance: Chance, text: str, options: Sequence[str], explanation: str) -> Question:
    """A question whose first option is right; the options are answered in another order."""
    mixed = sorted(options, key=lambda option: chance.roll(f"{text} {option}"))
    return {"question": text, "options": mixed, "answer": options[0], "explanation": explanation}
