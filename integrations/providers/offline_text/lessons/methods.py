"""How a part of a study guide is kept: sentences about how to learn a topic, none about the topic itself.

In `leads` and in `objective`, {topic} stands for the words of the topic. There are no numbers in digits, no names and
no claims that would need a source: what stands here is advice.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ask:
    """A question of the quiz that the part's `claim` answers; the first option is right."""

    question: str
    options: tuple[str, str, str, str]


@dataclass(frozen=True)
class Method:
    """One way of working at a topic, told in a section of its own.

    `steps` are in order: three are shown to beginners, four as a standard, all five at the advanced level. `tasks` are
    for the three levels. `starters` are sentences to finish; where there is a material, one of its sentences is quoted
    instead, after `on_quote`. `further` is for the advanced level.
    """

    name: str
    titles: list[str]
    briefs: list[str]
    objective: str
    leads: list[str]
    claim: str
    heads: list[str]
    ask: Ask
    tasks: tuple[str, str, str]
    further: str
    steps: list[str] = field(default_factory=list)
    starters: list[str] = field(default_factory=list)
    on_quote: str = ""
    in_order: bool = True
