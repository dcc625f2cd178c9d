"""Google Gemini (the Developer API), through google-genai."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, ClassVar

from integrations.errors import BadOutput, NoCredit, OutsideError
from integrations.http import bounded
from integrations.providers.base import Completion, Model, Request, Usage
from integrations.providers.remote import LIST_SECONDS, Problem, Remote

FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "length"}
BROKEN = ("MALFORMED", "UNEXPECTED", "TOO_MANY", "MISSING", "OTHER", "UNSPECIFIED")
NO_WRITERS = re.compile(r"image|tts|audio|live|embedding|robotics|computer-use|veo|lyria")
MOST_MODELS = 1000


class Gemini(Remote):
    """Google's models, each asked with a key of the user, the workspace or the server."""

    name: ClassVar[str] = "gemini"
    label: ClassVar[str] = "Google Gemini"
    key_url: ClassVar[str] = "https://aistudio.google.com/app/apikey"
    home: ClassVar[str] = "https://generativelanguage.googleapis.com"
    base_url_variable: ClassVar[str] = "GEMINI_BASE_URL"

    def connect(self, http_client: Any) -> Any:
        """The SDK's client, never Vertex, whatever the environment says. It tries once."""
        from google import genai

        options = genai.types.HttpOptions(
            base_url=self.base_url or self.home, api_version=self.api_version or "v1", httpx_client=http_client
        )
        return genai.Client(vertexai=False, api_key=self.key, http_options=options)

    @classmethod
    def thinks(cls, model: str) -> bool:
        """All since Gemini 2.5."""
        return not re.match(r"gemini-(1|2\.0)", model)

    def complete(self, request: Request) -> Completion:
        """Ask for a text. Refusals come as an answer with status 200."""
        config: dict[str, Any] = {
            "max_output_tokens": self.most_output_tokens(request),
            "http_options": {"timeout": round(request.timeout * 1000)},
            "automatic_function_calling": {"disable": True},
        }
        if request.system:
            config["system_instruction"] = request.system
        return self.asked(
            lambda sdk: self._read(
                sdk.models.generate_content(model=request.model, contents=request.prompt, config=config), request
            ),
            request.model,
        )

    def models(self) -> list[Model]:
        """The models that write text, with their limits; no prices and no lifecycle."""
        return self.asked(lambda sdk: [listed(row) for row in self._list(sdk, MOST_MODELS) if writes_text(row)])

    def check_key(self) -> None:
        """List one model, which is free; raises InvalidKey and its relatives."""
        self.asked(lambda sdk: self._list(sdk, 1))

    def _list(self, sdk: Any, most: int) -> list[Any]:
        config = {"page_size": most, "http_options": {"timeout": round(LIST_SECONDS * 1000)}}
        return list(islice(sdk.models.list(config=config), most))

    def _read(self, answer: Any, request: Request) -> Completion:
        candidate = answer.candidates[0] if answer.candidates else None
        finish = candidate.finish_reason.name if candidate and candidate.finish_reason else ""
        parts = (candidate and candidate.content and candidate.content.parts) or []
        headers = (answer.sdk_http_response and answer.sdk_http_response.headers) or {}
        completion = Completion(
            text="".join(part.text for part in parts if part.text and not part.thought),
            model_requested=request.model,
            model_used=answer.model_version or request.model,
            finish=FINISHES.get(finish, "stop"),
            usage=usage(answer.usage_metadata),
            request_id=answer.response_id or headers.get("x-request-id") or "",
        )
        blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
        if blocked:
            raise self.refusal(f"prompt: {blocked.name}", completion)
        if candidate is None or finish.startswith(BROKEN):
            raise BadOutput(
                f"Google Gemini answered without a usable text ({finish or 'no candidates'}). Resume asks again.",
                completion=completion,
            )
        if finish and finish not in FINISHES:
            raise self.refusal(finish, completion)
        return self.usable(completion)

    def failure(self, error: Exception, model: str = "") -> OutsideError:
        """Our error; the SDK has an own one for an answer that is no JSON, and a 429 can mean "not on this plan"."""
        from google.genai.errors import APIError, UnknownApiResponseError

        if isinstance(error, UnknownApiResponseError):
            return self.no_json()
        if isinstance(error, APIError) and error.code == 429 and re.search(r"limit: 0\b", str(error.message)):
            return NoCredit(
                f'The plan of this Google Gemini key has no quota for the model "{model}". '
                f"Choose another model, or set up billing (start at {self.key_url}), then resume."
            )
        return super().failure(error, model)

    def problem(self, error: Exception) -> Problem | None:
        """What the SDK's error says."""
        from google.genai.errors import APIError

        if not isinstance(error, APIError):
            return None
        found = error.details.get("error") if isinstance(error.details, dict) else None
        body: dict[str, Any] = found if isinstance(found, dict) else {}
        details = dicts(body.get("details"))
        codes = " ".join(
            str(code).lower() for code in (body.get("status"), *(one.get("reason") for one in details)) if code
        )
        words = str(body.get("message") or "")
        headers = getattr(error.response, "headers", None) or {}
        return Problem(error.code or 0, codes, words, headers, wait(details, datetime.now(UTC)))


def dicts(found: Any) -> list[dict[str, Any]]:
    """The objects in what should be a list of them."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def wait(details: list[dict[str, Any]], now: datetime) -> float | None:
    """How many seconds Google wants us to wait: until its midnight for a daily quota, else what RetryInfo says."""
    quotas = " ".join(str(one.get("quotaId")) for detail in details for one in dicts(detail.get("violations")))
    if "PerDay" in quotas:
        # Midnight in California: 8:00 UTC in winter, an hour earlier in summer.
        reset = now.replace(hour=8, minute=0, second=0, microsecond=0)
        return ((reset if reset > now else reset + timedelta(days=1)) - now).total_seconds()
    for detail in details:
        if found := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay"))):
            return bounded(float(found.group(1)))
    return None


def usage(reported: Any) -> Usage:
    """Thoughts are billed as output and are not inside the candidates."""
    if reported is None:
        return Usage(reported=False)
    thoughts = reported.thoughts_token_count or 0
    return Usage(
        input_tokens=(reported.prompt_token_count or 0) + (reported.tool_use_prompt_token_count or 0),
        output_tokens=(reported.candidates_token_count or 0) + thoughts,
        cached_input_tokens=reported.cached_content_token_count or 0,
        reasoning_tokens=thoughts,
    )


def writes_text(row: Any) -> bool:
    """Whether the model answers a prompt with a text."""
    return "generateContent" in (row.supported_actions or []) and not NO_WRITERS.search(row.name or "")


def listed(row: Any) -> Model:
    """A model as the list has it."""
    name = (row.name or "").removeprefix("models/")
    return Model(
        id=name,
        label=row.display_name or name,
        context_tokens=row.input_token_limit or 0,
        output_tokens=row.output_token_limit or 0,
    )
