"""What work will cost before it is ordered, from the real prompt."""

from dataclasses import dataclass
from decimal import Decimal

from ai.calling import worst_case
from ai.models import ListedModel
from ai.prompting import Prompt

# English prose has about four characters and three quarters of a word a token (the vendors' own rule of thumb).
LIKELY_CHARACTERS_PER_TOKEN = 4
TOKENS_PER_WORD = Decimal("1.35")


@dataclass(frozen=True)
class Estimate:
    """For all calls together; USD. `high` is what is reserved: no call can cost more."""

    calls: int
    input_tokens: int
    output_tokens: int
    low: Decimal
    likely: Decimal
    high: Decimal


def estimate(prompt: Prompt, model: ListedModel, *, calls: int, words: int) -> Estimate:
    """The cost of `calls` requests like `prompt` whose answers have about `words` words."""
    said = len(prompt.system) + len(prompt.text)
    tokens_in = said // LIKELY_CHARACTERS_PER_TOKEN
    tokens_out = int(words * TOKENS_PER_WORD)

    def usd(share: Decimal) -> Decimal:
        out = tokens_out * share * (model.usd_out_per_m or 0)
        return calls * (tokens_in * (model.usd_in_per_m or 0) + out) / Decimal(1_000_000)

    return Estimate(
        calls=calls,
        input_tokens=calls * tokens_in,
        output_tokens=calls * tokens_out,
        low=usd(Decimal("0.7")),
        likely=usd(Decimal(1)),
        high=calls * worst_case(prompt, model),
    )
