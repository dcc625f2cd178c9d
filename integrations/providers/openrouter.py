"""OpenRouter, which passes a request on to many vendors, through OpenAI's SDK."""

import json
import re
import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from integrations.errors import InvalidKey, NoCredit, PermanentError, Unsupported
from integrations.http import bounded
from integrations.providers.base import Model, Request
from integrations.providers.chat import Chat
from integrations.providers.remote import LIST_SECONDS, Problem

MILLION = 1_000_000
# Families whose models all take a schema; what the others can is only in the list.
TAKES_SCHEMA = re.compile(
    r"openai/(gpt-(4o|4\.\d|[5-9])|o[3-9])(?!.*(chat|image|audio|search|oss))"
    r"|anthropic/claude-[a-z]+-(4\.[5-9]|[5-9])"
    r"|google/gemini-(2\.[5-9]|[3-9])(?!.*image)|x-ai/grok-[4-9]"
)
# Where a problem comes without a status.
STATUSES = {
    "payment_required": 402,
    "rate_limit_exceeded": 429,
    "provider_overloaded": 503,
    "provider_unavailable": 502,
    "content_policy_violation": 403,
    "context_length_exceeded": 400,
}


class OpenRouter(Chat):
    """The models of many vendors, behind one key; it says itself what an answer cost."""

    name: ClassVar[str] = "openrouter"
    label: ClassVar[str] = "OpenRouter"
    key_url: ClassVar[str] = "https://openrouter.ai/settings/keys"
    home: ClassVar[str] = "https://openrouter.ai/api/v1"
    base_url_variable: ClassVar[str] = "OPENROUTER_BASE_URL"
    # With require_parameters a vendor that lists only max_tokens would be passed over for the newer word.
    length_word: ClassVar[str] = "max_tokens"

    @classmethod
    def takes_schema(cls, model: str) -> bool:
        """Those of the large vendors; for the others the list knows better (`structured_outputs`)."""
        return bool(TAKES_SCHEMA.match(model))

    def way_to_json(self, request: Request) -> str:
        """Enforced, or in words: a vendor that cannot do it would not be asked at all."""
        return "schema" if self.takes_schema(request.model) else "prompt"

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent. A schema only goes to vendors that keep to it; Claude's cache has to be asked for."""
        body = super().body(request)
        first = body["messages"][0]
        if request.model.startswith("anthropic/") and first["role"] == "system":
            first["content"] = [{"type": "text", "text": first["content"], "cache_control": {"type": "ephemeral"}}]
        if request.end_user:
            body["user"] = request.end_user
        if "response_format" in body:
            body["extra_body"] = {"provider": {"require_parameters": True}}
        return body

    def cost(self, reported: Any) -> Decimal | None:
        """OpenRouter's own figure; where the vendor bills a key of the user's, that vendor's part is added."""
        cost = dollars(getattr(reported, "cost", None))
        details = getattr(reported, "cost_details", None)
        if cost is not None and getattr(reported, "is_byok", False) and isinstance(details, dict):
            cost += dollars(details.get("upstream_inference_cost")) or 0
        return cost

    # -- the list -----------------------------------------------------------------------------------------------------

    def models(self) -> list[Model]:
        """The models that write texts or draw ("images"), with prices, limits and the day they end."""
        return self.asked(lambda sdk: [listed(row) for row in self.list_models(sdk) if makes(row) & {"text", "image"}])

    def check_key(self) -> None:
        """Ask what the key may still spend, which is free; raises InvalidKey, NoCredit and their relatives."""
        answer = self.asked(self._key)
        if answer.get("is_management_key") or answer.get("is_provisioning_key"):
            raise InvalidKey(
                "This OpenRouter key manages other keys and writes no texts. "
                f"Make an ordinary one at {self.key_url} and enter it in the AI settings."
            )
        left = dollars(answer.get("limit_remaining"), least=None)
        if left is not None and left <= 0:
            raise NoCredit(
                "OpenRouter accepts the key, but its spending limit is used up. "
                f"Raise the limit or take another key (start at {self.key_url})."
            )

    def _key(self, sdk: Any) -> dict[str, Any]:
        answer = self.whole(sdk.get("/key", cast_to=object, options={"timeout": LIST_SECONDS}))
        if error := answer.get("error"):
            raise self.sorted_problem(self.reported(error))
        return dict(answer["data"])

    # -- errors -------------------------------------------------------------------------------------------------------

    def reported(self, error: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> Problem:
        """What an error says: its metadata has the vendor's own words, why a text was flagged, and when to return."""
        problem = super().reported(error, status, headers)
        found = error.get("metadata") if isinstance(error, dict) else None
        metadata: dict[str, Any] = found if isinstance(found, dict) else {}
        kind = str(metadata.get("error_type") or "").lower()
        reasons, raw, more = metadata.get("reasons"), metadata.get("raw"), metadata.get("headers")
        flagged = problem.status == 403 and re.search("moderat|flagged", problem.words.lower())
        codes = [problem.codes, kind, "content_policy" if reasons or flagged else ""]
        codes += [str(reason).lower() for reason in reasons] if isinstance(reasons, list) else []
        words = [problem.words, raw if isinstance(raw, str) else json.dumps(raw) if raw else ""]
        said = {**problem.headers, **(more if isinstance(more, dict) else {})}
        lower = {str(name).lower(): str(value) for name, value in said.items()}
        return Problem(
            status=problem.status or STATUSES.get(kind, 0),
            codes=" ".join(filter(None, codes)),
            words=" ".join(filter(None, words)),
            headers=lower,
            wait=None if "retry-after" in lower else until(lower),
        )

    def mistake(self, problem: Problem, model: str) -> PermanentError:
        """Our error for what was wrong with the request itself."""
        if problem.status == 404 and "requested parameters" in problem.words.lower():
            return Unsupported(
                f'OpenRouter knows no vendor of "{model}" that does all of what was asked, such as answering in a '
                "JSON schema. Choose another model."
            )
        return super().mistake(problem, model)


def until(headers: Mapping[str, str]) -> float | None:
    """How many seconds until the limit is lifted: X-RateLimit-Reset is a time in milliseconds."""
    try:
        return bounded(float(headers.get("x-ratelimit-reset") or "") / 1000 - time.time())
    except ValueError:
        return None


MOST_USD = 100_000


def dollars(said: Any, least: int | None = 0) -> Decimal | None:
    """An amount as OpenRouter writes it, None where there is none."""
    if said is None or isinstance(said, bool):
        return None
    try:
        amount = Decimal(str(said))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount <= MOST_USD and (least is None or amount >= least) else None


def makes(row: Any) -> set[str]:
    """What a model makes: "text", "image", "audio"."""
    architecture = getattr(row, "architecture", None)
    kinds = architecture.get("output_modalities") if isinstance(architecture, dict) else None
    return {str(kind) for kind in kinds} if isinstance(kinds, list) else {"text"}


def listed(row: Any) -> Model:
    """A model as the list has it; a price of -1 says that it depends on where the request goes."""
    pricing = row.pricing if isinstance(getattr(row, "pricing", None), dict) else {}
    top = row.top_provider if isinstance(getattr(row, "top_provider", None), dict) else {}
    prices = {name: price * MILLION for name in pricing if (price := dollars(pricing[name])) is not None}
    abilities = {"images"} if "image" in makes(row) else set()
    if "structured_outputs" in (getattr(row, "supported_parameters", None) or []):
        abilities.add("schema")
    ends = day(getattr(row, "expiration_date", None))
    return Model(
        id=row.id,
        label=getattr(row, "name", None) or row.id,
        context_tokens=getattr(row, "context_length", None) or 0,
        output_tokens=top.get("max_completion_tokens") or 0,
        usd_in_per_m=prices.get("prompt"),
        usd_out_per_m=prices.get("completion"),
        usd_cache_read_per_m=prices.get("input_cache_read"),
        status="deprecated" if ends else "active",
        retires_at=ends,
        abilities=frozenset(abilities),
    )


def day(said: Any) -> date | None:
    """The day in a date or a time."""
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None
