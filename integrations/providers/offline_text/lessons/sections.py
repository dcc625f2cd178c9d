"""A section of a lesson, whatever it is about; the first one ends with who wrote the lesson."""

from integrations.providers.offline_text.lessons import passages, study
from integrations.providers.offline_text.lessons.blocks import Block, italic, lines, paragraph
from integrations.providers.offline_text.lessons.order import Order
from integrations.providers.offline_text.lessons.plan import METHODS, Plan


def section(order: Order) -> list[Block]:
    """The blocks of the section at the order's position."""
    plan = Plan(order, order.sections)
    planned = plan.find(order.position, order.titles)
    blocks = study.section(plan, planned) if planned.role in METHODS else passages.section(plan, planned)
    return [*blocks, paragraph(italic(signature(order)))] if order.position == 1 else blocks


def signature(order: Order) -> str:
    """Who wrote the lesson, from what, and in which language."""
    words = "the topic and the context" if order.context else "the topic; no context was given"
    text = f"Pressroom's offline writer put this lesson together from the words of {words}. No language model wrote it."
    if not order.is_english:
        text += f' The language asked for was "{order.language}"; the offline writer only writes English.'
        if order.context:
            text += " What it quotes stays in its own language."
    return text


def own_lines(plan: Plan) -> list[str]:
    """All that we would write for a plan, line by line: what a person changed is not among it."""
    found = [signature(plan.order)]
    for planned in plan.sections:
        blocks = study.section(plan, planned) if planned.role in METHODS else passages.section(plan, planned)
        found += lines(blocks)
    return found
