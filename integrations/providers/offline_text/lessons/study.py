"""Write the sections about how to learn a topic: all of a lesson without a material, a few of one that has it."""

from integrations.providers.offline_text.lessons.blocks import Block, bold, bullets, heading, numbered, paragraph, quote
from integrations.providers.offline_text.lessons.groundwork import SCANT_LEADS
from integrations.providers.offline_text.lessons.methods import Method
from integrations.providers.offline_text.lessons.order import Order
from integrations.providers.offline_text.lessons.plan import METHODS, Plan, Planned
from integrations.providers.offline_text.lessons.words import line, quoted, shortened, upper_first
from integrations.providers.offline_text.phrases import listing

STEPS = (3, 4, 5)  # by level
TASK_HEADS = ["Exercise", "Now you", "Try it", "Your turn"]
TO_FINISH = ["A sentence to finish:", "Finish this sentence:", "Begin like this:", "You might begin with these words:"]
FIRST_QUESTIONS = [
    ("what does it mean here, and what does it not mean?", "who uses this word, and for what?"),
    (
        "which other words are used for it, and do they mean quite the same?",
        "what is an example of it, and what is none?",
    ),
    ("what belongs to it, and what only looks as if it did?", "how would you notice that you have understood it?"),
    ("how would you explain it to somebody who has never heard of it?", "what do you have to know before it?"),
    ("what is it a part of, and what are its own parts?", "when would you need it?"),
    ("what changes when it is missing?", "with what is it easily confused?"),
]
ONE_WORD_TASKS = (  # by level
    "Look it up in a dictionary or a reference work, and write down in one sentence what it means here.",
    "Write down what it means here, then what it does not mean. Ask somebody whether the line between them is clear.",
    "Collect three uses of it from different places. Do they all mean the same? Write five sentences about it.",
)
LONGEST_SHOWN = 200  # characters of a context that is too short to make a lesson of
ONE_WORD_QUESTIONS = 4


def section(plan: Plan, planned: Planned) -> list[Block]:
    """The blocks of a section about a method."""
    order, method = plan.order, METHODS[planned.role]
    topic = order.named if method.name in ("start", "parts") else order.short
    leads = SCANT_LEADS if method.name == "start" and order.context else method.leads
    lead = order.voice.pick(f"{method.name} lead", leads).format(topic=topic)
    blocks = [paragraph(lead), paragraph(bold(method.claim)), *_work(plan, method)]
    if method.name == "start":
        blocks[1:1] = _scant_context(order)
        if order.audience:
            blocks.insert(1, paragraph(f"Readers in mind: {order.audience}."))
    if order.level == 2 and not _is_crowded(plan, method):
        blocks.append(paragraph(method.further))
    if method.name == "start" and plan.left_out:
        blocks += [heading("The way from here"), numbered(*[METHODS[name].claim for name in plan.left_out])]
    return blocks


def _is_crowded(plan: Plan, method: Method) -> bool:
    """Whether other things fill the section: a long topic, or ways of working that have no section of their own."""
    return (method.name == "start" and bool(plan.left_out)) or (
        method.name in ("start", "parts") and plan.order.is_long
    )


def _work(plan: Plan, method: Method) -> list[Block]:
    """What there is to do: steps, a sentence to work on, an exercise."""
    order = plan.order
    items = (
        _questions(order)
        if method.name == "parts"
        else method.steps[: STEPS[0 if _is_crowded(plan, method) else order.level]]
    )
    task = paragraph(_task(plan, method))
    head = order.voice.pick(f"{method.name} head", method.heads)
    steps = [heading(head), numbered(*items) if method.in_order else bullets(*items)]
    sentence = [] if method.name == "start" and plan.left_out else _sentence(plan, method)
    exercise = [heading(order.voice.pick(f"{method.name} task", TASK_HEADS)), task]
    if order.voice.roll(f"{method.name} order") % 3 == 0:
        return [*sentence, *steps, *exercise]
    return [*steps, *sentence, *exercise]


def _task(plan: Plan, method: Method) -> str:
    order = plan.order
    text = (ONE_WORD_TASKS if _is_one_word(order, method) else method.tasks)[order.level]
    if plan.has_material:
        chosen = sorted(plan.top_terms, key=lambda term: order.voice.roll(f"{method.name} {term.text}"))[:3]
        text += f" Let these words of the material come up: {listing([quoted(term.text) for term in chosen])}."
    if order.audience and method.name in ("explaining", "using"):
        text += f" Have these readers in mind: {order.audience}."
    return text


def _sentence(plan: Plan, method: Method) -> list[Block]:
    """Something to work on: a sentence of the material, else the beginning of one."""
    order = plan.order
    if plan.has_material and method.on_quote:
        material = order.material
        telling = sorted(range(len(material.sentences)), key=lambda place: (-material.weight(place), place))[:12]
        place = telling[order.voice.roll(f"{method.name} quote") % len(telling)]
        return [paragraph(method.on_quote), quote(material.sentences[place])]
    told = order.voice.pick(f"{method.name} to finish", TO_FINISH)
    return [paragraph(told), quote(order.voice.pick(f"{method.name} starter", method.starters))]


def _is_one_word(order: Order, method: Method) -> bool:
    return method.name == "parts" and len(order.parts) == 1


def _questions(order: Order) -> list[str]:
    """Questions to the words of the topic, one or two for each; a single word gets some more."""
    parts = order.parts
    start = order.voice.roll("questions") % len(FIRST_QUESTIONS)
    turned = [*FIRST_QUESTIONS[start:], *FIRST_QUESTIONS[:start]]
    if len(parts) == 1:
        first, *others = [one for one, _other in turned[: ONE_WORD_QUESTIONS + (order.level > 1)]]
        return [f"{quoted(parts[0])}: {first}", *map(upper_first, others)]
    items = []
    for part, (one, other) in zip(parts, turned, strict=False):
        more = f" {upper_first(other)}" if order.level and len(parts) < 4 else ""
        items.append(f"{quoted(part)}: {one}{more}")
    return [*items, f"How do {quoted(parts[0])} and {quoted(parts[-1])} belong together?"]


def _scant_context(order: Order) -> list[Block]:
    """A context that is too little to make a lesson of, shown once."""
    text = shortened(line(order.context), LONGEST_SHOWN)
    return [paragraph("This is the context that was given:"), quote(text)] * bool(text)
