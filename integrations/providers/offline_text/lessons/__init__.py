"""Lessons without a language model: put together from the words of a topic and of a text that may come with it.

With a text (`passages`), everything a lesson states is quoted from it. Without one (`study`), the lesson says that it
holds no facts, and is about how to learn the topic.
"""

from typing import Any

from integrations.errors import Unsupported
from integrations.providers.offline_text.lessons import quiz, review
from integrations.providers.offline_text.lessons.order import Order
from integrations.providers.offline_text.lessons.plan import Plan
from integrations.providers.offline_text.lessons.sections import section


def answer(facts: dict[str, Any]) -> dict[str, Any]:
    """The answer for one stage of a lesson, as JSON; the same for the same facts. Raises Unsupported."""
    order = Order.read(facts)
    match order.stage:
        case "outline":
            return Plan(order, order.sections).outline()
        case "section":
            return {"blocks": section(order)}
        case "quiz":
            return quiz.answer(order)
        case "review":
            return review.answer(order)
    raise Unsupported(
        "The offline writer writes the outline, the sections, the quiz and the review of a lesson, no more."
    )
