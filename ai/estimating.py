"""What work will cost before it is ordered, from the real prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, F
from django.utils import timezone

from ai.models import Call, ListedModel
from ai.pricing import MILLION, price_of, rates, worst_case
from ai.prompting import Prompt
from integrations.providers import providers

# English prose has about four characters and three quarters of a word a token (the vendors' own rule of thumb).
LIKELY_CHARACTERS_PER_TOKEN = 4
TOKENS_PER_WORD = Decimal("1.35")
LOW = Decimal("0.7")
# Without calls to learn from: what a text of a page takes a hosted model, and ours.
USUAL_SECONDS, OFFLINE_SECONDS = 20.0, 0.1
LEARN_FROM = 50
SUMMED = ("calls", "input_tokens", "output_tokens", "low", "likely", "high", "seconds")


@dataclass(frozen=True)
class Estimate:
    """For all calls together; USD. `high` is what is reserved: no call can cost more. seconds is how long they take."""

    calls: int
    input_tokens: int
    output_tokens: int
    low: Decimal
    likely: Decimal
    high: Decimal
    seconds: float
    lane: str


def estimate(prompt: Prompt, model: ListedModel, *, calls: int, words: int, lane: str = Call.Lane.NOW) -> Estimate:
    """The cost of `calls` requests like `prompt` whose answers have about `words` words. Raises NoPrice."""
    said = len(prompt.system) + len(prompt.text) + len(prompt.schema_text)
    tokens_in = said // LIKELY_CHARACTERS_PER_TOKEN
    tokens_out = int(words * TOKENS_PER_WORD)
    price = price_of(model, timezone.localdate())
    rate = rates(price, lane, input_tokens=tokens_in)

    def usd(share: Decimal) -> Decimal:
        return calls * (tokens_in * rate.new + tokens_out * share * rate.out) / MILLION

    return Estimate(
        calls=calls,
        input_tokens=calls * tokens_in,
        output_tokens=calls * tokens_out,
        low=usd(LOW),
        likely=usd(Decimal(1)),
        high=calls * worst_case(prompt, model, price, lane),
        seconds=calls * seconds_of(model, prompt.name),
        lane=lane,
    )


def together(parts: Sequence[Estimate]) -> Estimate:
    """The estimates of several kinds of calls as one; at least one, all of one lane."""
    totals = {name: sum(getattr(part, name) for part in parts) for name in SUMMED}
    return Estimate(lane=parts[0].lane, **totals)


def seconds_of(model: ListedModel, prompt_name: str) -> float:
    """How long a call takes: the mean of the last ones of this model and prompt, else what is usual."""
    answered = Call.objects.filter(
        model_requested=model.model_id, prompt_name=prompt_name, state=Call.State.ANSWERED, lane=Call.Lane.NOW
    )
    newest = answered.order_by("-pk").values_list("pk", flat=True)[:LEARN_FROM]
    mean = Call.objects.filter(pk__in=list(newest)).aggregate(mean=Avg(F("finished_at") - F("created_at")))["mean"]
    if mean is not None:
        return max(0.0, float(mean.total_seconds()))
    return USUAL_SECONDS if providers.get(model.provider).is_language_model else OFFLINE_SECONDS
