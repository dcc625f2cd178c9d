"""What calls cost: tokens times the price of the day, in exact decimals of a US dollar."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal

from ai.models import Call, ListedModel, Price
from ai.prompting import Prompt
from integrations.errors import ModelGone
from integrations.providers import providers
from integrations.providers.base import Completion, Request, Usage

MILLION = Decimal(1_000_000)
CENT_OF_LEDGER = Decimal("0.00000001")  # the ledger's columns have eight places
# A byte-level tokenizer never makes more tokens than there are bytes; roles, separators and a schema's frame come on
# top.
FRAME_TOKENS = 50
CHEAP = Call.Lane.CHEAP


class NoPrice(ModelGone):
    """Nobody knows what the model costs, so nothing can be reserved for it."""


@dataclass(frozen=True)
class Rates:
    """What a request costs, in USD per million tokens."""

    new: Decimal
    cache_read: Decimal
    cache_write: Decimal
    out: Decimal

    @property
    def dearest_in(self) -> Decimal:
        """What a token of the prompt can cost at most."""
        return max(self.new, self.cache_read, self.cache_write)


def rates(price: Price, lane: str = "", *, input_tokens: int = 0) -> Rates:
    """The prices of one request: in the cheaper lane half as a rule, above a model's threshold more, as a whole."""
    if lane == CHEAP and price.usd_batch_in is not None and price.usd_batch_out is not None:
        new, out = price.usd_batch_in, price.usd_batch_out
        share = new / price.usd_in if price.usd_in else Decimal(1)
    else:
        new, out, share = price.usd_in, price.usd_out, Decimal(1)
    read = new if price.usd_cache_read is None else price.usd_cache_read * share
    write = new if price.usd_cache_write is None else price.usd_cache_write * share
    if price.above_tokens is not None and input_tokens > price.above_tokens:
        new, read, write = (rate * price.times_in for rate in (new, read, write))
        out *= price.times_out
    return Rates(new, read, write, out)


def cost(usage: Usage, price: Price, lane: str = "") -> Decimal:
    """What an answer cost by its reported usage, in USD."""
    rate = rates(price, lane, input_tokens=usage.input_tokens)
    new = max(0, usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens)
    total = (
        new * rate.new
        + usage.cached_input_tokens * rate.cache_read
        + usage.cache_write_tokens * rate.cache_write
        + usage.output_tokens * rate.out
    )
    return total / MILLION


def settled(answer: Completion, price: Price | None, lane: str, reserved: Decimal) -> tuple[Decimal, str]:
    """The cost of an answer and who says so: the vendor's own figure wins, then its usage, else what was reserved.

    Usage says nothing where the price was removed while the vendor was at work.
    """
    if answer.cost is not None:
        return answer.cost, "vendor"
    if answer.usage.reported and price:
        return cost(answer.usage, price, lane), "usage"
    return reserved, "reserved"


def price_of(model: ListedModel, day: date) -> Price:
    """The price of a model on a day; raises NoPrice with the next step."""
    price = model.price_on(day)
    if price is None:
        raise NoPrice(
            f"nobody has entered what {model.model_id} costs, so no money can be reserved for it: "
            "enter a price in the model list, or choose another model"
        )
    return price


def request_for(prompt: Prompt, model: ListedModel, timeout: float, end_user: str = "") -> Request:
    """A prompt as a provider takes it; timeout in seconds."""
    return Request(
        model=model.remote_id,
        system=prompt.system,
        prompt=prompt.text,
        facts=prompt.facts,
        max_output_tokens=prompt.max_output_tokens,
        timeout=timeout,
        end_user=end_user,
        schema=prompt.schema,
        schema_name=prompt.name.replace(".", "_"),
    )


def worst_case(prompt: Prompt, model: ListedModel, price: Price, lane: str = "") -> Decimal:
    """What a call can cost at most, in USD: the prompt's tokens, and the longest answer with its thinking."""
    tokens_in = most_tokens_in(prompt)
    tokens_out = providers.get(model.provider).most_output_tokens(request_for(prompt, model, 1.0))
    rate = rates(price, lane, input_tokens=tokens_in)
    total = (tokens_in * rate.dearest_in + tokens_out * rate.out) / MILLION
    return total.quantize(CENT_OF_LEDGER, ROUND_UP)


def most_tokens_in(prompt: Prompt) -> int:
    """More tokens than a prompt can be."""
    return len((prompt.system + prompt.text + prompt.schema_text).encode()) + FRAME_TOKENS
