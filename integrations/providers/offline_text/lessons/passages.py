"""Write the sections about a material: what they state is quoted from it, word for word."""

from collections.abc import Sequence

from integrations.providers.offline_text.lessons.blocks import (
    Block,
    bullets,
    heading,
    numbered,
    paragraph,
    quote,
)
from integrations.providers.offline_text.lessons.material import Term
from integrations.providers.offline_text.lessons.order import Order
from integrations.providers.offline_text.lessons.plan import Plan, Planned
from integrations.providers.offline_text.lessons.sentences import is_whole
from integrations.providers.offline_text.lessons.words import quoted
from integrations.providers.offline_text.phrases import counted, listing, measured, number

SUMMARY_WORDS, MOST_SUMMED_UP = 90, 5
QUESTIONS = (2, 3, 4)  # by level
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")

OVERVIEW_LEADS = [
    "This lesson on {topic} follows the material that came with it: {size}. It adds no facts of its own; what it "
    "states is quoted.",
    "Everything that this lesson says about {topic} is quoted from the material that was given, a text of {size}. The "
    "lesson puts the sentences in order and asks questions about them.",
    "The subject is {topic}, the source is the material that was given: {size}. What follows is a guided reading of "
    "it, with nothing added but questions and exercises.",
]
BEGINS = ["Early on it says:", "One of its first sentences is this:", "Near the beginning stands this:"]
TERM_LEADS = ["These words come up most:", "The words to watch:", "Much turns on these words:"]
BEFORE_HEADS = ["Before you read", "Three things first", "Start here"]

PASSAGE_LEADS = [
    "The {ordinal} of {passages} parts of the material turns on {terms}.",
    "Part {number} of the material, out of {passages}. The words to watch are {terms}.",
    "Here is the {ordinal} of the {passages} parts that the material was divided into. It speaks of {terms}.",
]
LONE_LEADS = [
    "What the material says about {topic} turns on {terms}.",
    "On {topic}, the material has {size}. The words to watch are {terms}.",
]
NO_TERM_LEADS = [
    "Here is the {ordinal} of the {passages} parts that the material was divided into.",
    "This is part {number} of the material, out of {passages}.",
]
CUT = [
    "Of its {sentences}, those are quoted that hold the most key terms.",
    "Not all of its {sentences} are quoted, only those with the most key terms.",
]
SAYS = ["The material says:", "In the words of the material:", "Word for word:"]
GOES_ON = ["The material goes on:", "Further on, the material says:", "And then:", "It continues:"]
QUESTION_HEADS = ["To think about", "Questions", "Think about it", "Ask yourself"]
TASK_HEADS = ["Exercise", "Now you", "Try it", "Your turn"]

# {a}, {b} are terms of the passage; the last questions are for every passage.
TERM_QUESTIONS = [
    "What does the material say about {a}? Answer without looking.",
    "What would you have to know already to understand the sentence with {b}?",
    "What would be missing from these sentences without {a}?",
    "What do these sentences leave open about {a}?",
    "Does what is said here about {a} agree with what you thought before?",
    "How would you explain {b} to somebody who has only read this page?",
]
CONNECTION = "How are {a} and {b} connected, going by these sentences?"  # where both stand in one of them
OPEN_QUESTIONS = [
    "Which of these sentences could you explain to somebody else at once, and which not yet?",
    "Which sentence here gives a reason, and which only states something?",
    "Which of these statements would you check first, and where?",
    "Which sentence would you keep if you could keep only one?",
    "What would somebody say who does not agree with this?",
]
TASKS = (
    [
        "Write one sentence of your own with {a}. Then compare: does it say what the material says?",
        "Copy the sentence with {a}, leave that word out, and fill it in tomorrow from memory.",
        "Close the page and write down two things that you remember. Did {a} come up?",
    ],
    [
        "Write two sentences of your own with {a} and {b}. Then compare: do they say what the material says?",
        "Explain {a} in three sentences, and use {b} in one of them. Mark what you had to look up.",
        "Write a heading for these sentences that holds neither {a} nor {b}, and still tells what they are about.",
    ],
    [
        "Say the same in half as many words without losing {a} or {b}. What did you have to give up?",
        "Draw how {a} and {b} depend on each other, with an arrow for every statement. Where does an arrow have no "
        "sentence behind it?",
        "Write the strongest doubt that a careful reader could have about what is said on {a}, and what would settle "
        "it.",
    ],
)
PLAIN_TASK = "Close the page, write down what you remember, and compare it with the sentences above."

SUMMARY_LEADS = [
    "To finish, here are the main sentences of the material: those that hold most of its key terms, in their order.",
    "If you keep only a few sentences of the material, keep these main ones: they hold most of its key terms.",
    "Looking back, these are the main sentences: they hold most of the words that the material turns on.",
]
MEMORY_HEADS = ["Without looking", "Close the page", "What stays"]
LAST_STEPS = [
    "Make a card for each of these words, the word on one side and the material's sentence on the other: {terms}.",
    "Go back to what you wrote down before reading, and correct it.",
    "Look for a second source on {topic}: this lesson knows only the one that was given.",
    "Choose a day next week, and answer the questions of the lesson again.",
    "Write down the statement that you trust least, and what would convince you.",
]
SHOWN_STEPS = (3, 4, 5)  # by level
FIRST = 5  # sentences: they count as the beginning


def section(plan: Plan, planned: Planned) -> list[Block]:
    """The blocks of an overview, a passage or a summary of the material."""
    match planned.role:
        case "overview":
            return _overview(plan)
        case "passage":
            return _passage(plan, planned)
    return _summary(plan)


def size(order: Order) -> str:
    """ "214 words in 12 sentences"."""
    material = order.material
    return f"{counted(material.words, 'word')} in {counted(len(material.sentences), 'sentence')}"


def _overview(plan: Plan) -> list[Block]:
    order, material, pick = plan.order, plan.order.material, plan.order.voice.pick
    lead = pick("overview lead", OVERVIEW_LEADS).format(topic=order.named, size=size(order))
    terms = plan.top_terms
    items = [f"{quoted(term.text)}, in {measured(len(term.places), 'sentence')}" for term in terms]
    asked = [
        f"Write down what you already know about {_named(terms[:1])}.",
        f"Guess how {_named(terms[:2])} might be connected.",
        "Note one question that you hope the material will answer.",
    ]
    return [
        paragraph(lead),
        *_readers(order),
        paragraph(pick("begins", BEGINS)),
        quote(next(filter(is_whole, material.sentences[:FIRST]), material.sentences[0])),
        paragraph(pick("term lead", TERM_LEADS)),
        bullets(*items),
        heading(pick("before", BEFORE_HEADS)),
        numbered(*asked),
    ]


def _turn(plan: Plan, purpose: str, options: Sequence[str], number: int) -> str:
    """One of the options; another one for the next passage."""
    return options[(plan.order.voice.roll(purpose) + number) % len(options)]


def _readers(order: Order) -> list[Block]:
    return [paragraph(f"Readers in mind: {order.audience}.")] * bool(order.audience)


def _named(terms: Sequence[Term]) -> str:
    return listing([quoted(term.text) for term in terms])


def _passage(plan: Plan, planned: Planned) -> list[Block]:
    order, material, at = plan.order, plan.order.material, planned.number
    chosen, terms = plan.quoted_places(planned.places), planned.terms
    return [
        paragraph(_lead(plan, planned, len(chosen))),
        *(_readers(order) if plan.count < 4 and at == 1 else []),
        paragraph(_turn(plan, "says", SAYS, at)),
        *_quotes(plan, at, [material.sentences[place] for place in chosen]),
        heading(_turn(plan, "question head", QUESTION_HEADS, at)),
        numbered(*_questions(plan, at, terms)),
        heading(_turn(plan, "task head", TASK_HEADS, at)),
        paragraph(_task(plan, at, terms)),
    ]


def _lead(plan: Plan, planned: Planned, shown: int) -> str:
    """Which part of the material this is, what it turns on, and whether all of it is quoted."""
    of, size_here = planned.passages, len(planned.places)
    slots = {"topic": plan.order.named, "terms": _named(planned.terms), "size": size(plan.order)}
    slots |= {"passages": number(of), "number": number(planned.number)}
    slots |= {"ordinal": "last" if planned.number == of else ORDINALS[planned.number - 1]}
    leads = LONE_LEADS if of == 1 else PASSAGE_LEADS
    text = _turn(plan, "lead", leads if planned.terms else NO_TERM_LEADS, planned.number).format(**slots)
    if shown < size_here:
        text += f" {_turn(plan, 'cut', CUT, planned.number).format(sentences=measured(size_here, 'sentence'))}"
    return text


def _quotes(plan: Plan, at: int, texts: Sequence[str]) -> list[Block]:
    """The first sentence as a quotation, the others as a list."""
    rest = [quoted(text) for text in texts[1:]]
    return [quote(texts[0]), *([paragraph(_turn(plan, "goes on", GOES_ON, at)), bullets(*rest)] if rest else [])]


def _questions(plan: Plan, at: int, terms: Sequence[Term]) -> list[str]:
    """Questions that fit the terms there are, and one or two that fit everything."""
    most = QUESTIONS[plan.order.level]
    together = len(terms) > 1 and not set(terms[0].places).isdisjoint(terms[1].places)
    about = _usable([*TERM_QUESTIONS, *[CONNECTION] * together], terms)
    start, place = (plan.order.voice.roll(purpose) for purpose in ("questions", "open questions"))
    step = most - 1 - (most > 3)
    chosen = [about[(start + at * step + more) % len(about)] for more in range(step)] if len(about) >= step else []
    left = most - len(chosen)
    return [*chosen, *(OPEN_QUESTIONS[(place + at * 2 + more) % len(OPEN_QUESTIONS)] for more in range(left))]


def _task(plan: Plan, at: int, terms: Sequence[Term]) -> str:
    tasks = _usable(TASKS[plan.order.level], terms) or _usable(TASKS[0], terms) or [PLAIN_TASK]
    return _turn(plan, "task", tasks, at)


def _usable(texts: Sequence[str], terms: Sequence[Term]) -> list[str]:
    """The texts whose terms there are, with the terms put in."""
    slots = {name: quoted(term.text) for name, term in zip("ab", terms, strict=False)}
    return [text.format(**slots) for text in texts if all(f"{{{name}}}" not in text or name in slots for name in "ab")]


def _summary(plan: Plan) -> list[Block]:
    order, material, pick = plan.order, plan.order.material, plan.order.voice.pick
    chosen = material.best(range(len(material.sentences)), SUMMARY_WORDS, MOST_SUMMED_UP)
    terms = plan.top_terms[:4]
    possible = LAST_STEPS[1:] if plan.count > 3 else LAST_STEPS[2:]  # the second needs an overview
    steps = sorted(possible, key=lambda text: order.voice.roll(f"step {text}"))[: SHOWN_STEPS[order.level] - 1]
    told = [step.format(terms=_named(terms), topic=order.short) for step in (LAST_STEPS[0], *steps)]
    recall = f"From memory, say in a sentence each what the material tells you about {_named(terms)}. Then compare."
    return [
        paragraph(pick("summary lead", SUMMARY_LEADS)),
        bullets(*[quoted(material.sentences[place]) for place in chosen]),
        heading(pick("memory", MEMORY_HEADS)),
        paragraph(recall),
        heading("Next steps"),
        numbered(*told),
    ]
