"""Google Gemini (the Developer API), through google-genai."""

import math
import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, ClassVar

from integrations.errors import BadOutput, NoCredit, OutsideError
from integrations.http import bounded
from integrations.providers.base import Completion, Drawing, Model, Picture, Request, Usage, counted
from integrations.providers.remote import LIST_SECONDS, Problem, Remote
from integrations.providers.schemas import for_gemini

FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "length"}
BROKEN = ("MALFORMED", "UNEXPECTED", "TOO_MANY", "MISSING", "OTHER", "UNSPECIFIED", "NO_IMAGE", "IMAGE_OTHER")
NO_WRITERS = re.compile(r"image|tts|audio|live|embedding|robotics|computer-use|veo|lyria")
MOST_MODELS = 1000
TAKES_SCHEMA = re.compile(r"(models/)?gemini-(2\.[5-9]|[3-9]|\d\d|[a-z])")
SHAPES = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
ONE_SIZE = re.compile(r"(models/)?gemini-(2|.*lite)")
# Between the pixels of 1K (1024x1024) and of 2K (2048x2048); 4K does not fit into an answer of 20 MB.
MIDDLE = 2 * 1024 * 1024


class Gemini(Remote):
    """Google's models, each asked with a key of the user, the workspace or the server."""

    name: ClassVar[str] = "gemini"
    label: ClassVar[str] = "Google Gemini"
    key_url: ClassVar[str] = "https://aistudio.google.com/app/apikey"
    home: ClassVar[str] = "https://generativelanguage.googleapis.com"
    base_url_variable: ClassVar[str] = "GEMINI_BASE_URL"
    model_form: ClassVar[re.Pattern[str]] = re.compile(r"[\w./-]{1,200}", re.ASCII)  # it becomes part of the URL
    draws: ClassVar[bool] = True

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

    @classmethod
    def takes_schema(cls, model: str) -> bool:
        """All since Gemini 2.5; not Gemma, which is in the same list."""
        return bool(TAKES_SCHEMA.match(model))

    def complete(self, request: Request) -> Completion:
        """Ask for a text. Refusals come as an answer with status 200."""
        enforced = request.schema is not None and self.takes_schema(request.model)
        config = {"max_output_tokens": self.most_output_tokens(request), **call(request.timeout)}
        if instructions := self.instructions(request, enforced):
            config["system_instruction"] = instructions
        if request.schema is not None and enforced:
            config |= {
                "response_mime_type": "application/json",
                "response_json_schema": for_gemini(request.schema),
            }
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

    def draw(self, drawing: Drawing) -> Picture:
        """Ask for a picture in the nearest shape there is, of 1024 or 2048 pixels; Gemini knows no quality."""
        config = {
            "response_modalities": ["IMAGE"],
            "image_config": picture_size(drawing),
            **call(drawing.timeout),
        }
        return self.asked(
            lambda sdk: self._look(
                sdk.models.generate_content(model=drawing.model, contents=drawing.prompt, config=config), drawing
            ),
            drawing.model,
        )

    def _read(self, answer: Any, request: Request) -> Completion:
        completion, finish = self._completion(answer, request.model)
        self._check(answer, completion, finish)
        if not answer.candidates or finish.startswith(BROKEN):
            raise BadOutput(
                f"Google Gemini answered without a usable text ({finish or 'no candidates'}). Resume asks again.",
                completion=completion,
            )
        return self.usable(completion, request)

    def _look(self, answer: Any, drawing: Drawing) -> Picture:
        completion, finish = self._completion(answer, drawing.model)
        self._check(answer, completion, finish)
        pictures = [part.inline_data for part in parts(answer) if part.inline_data and not part.thought]
        if not pictures or not pictures[-1].data:
            raise self.no_picture(finish if finish != "STOP" else "", completion)
        return Picture(
            data=pictures[-1].data,
            mime_type=pictures[-1].mime_type or "image/png",
            model_requested=drawing.model,
            model_used=completion.model_used,
            usage=completion.usage,
            request_id=completion.request_id,
        )

    def _completion(self, answer: Any, model: str) -> tuple[Completion, str]:
        """What came, and Google's word for how it ended."""
        candidate = answer.candidates[0] if answer.candidates else None
        finish = candidate.finish_reason.name if candidate and candidate.finish_reason else ""
        headers = (answer.sdk_http_response and answer.sdk_http_response.headers) or {}
        completion = Completion(
            text="".join(part.text for part in parts(answer) if part.text and not part.thought),
            model_requested=model,
            model_used=answer.model_version or model,
            finish=FINISHES.get(finish, "stop"),
            usage=usage(answer.usage_metadata),
            request_id=answer.response_id or headers.get("x-request-id") or "",
        )
        return completion, finish

    def _check(self, answer: Any, completion: Completion, finish: str) -> None:
        """Raise Refused where Google blocked what was asked or what was made."""
        blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
        if blocked:
            raise self.refusal(f"prompt: {blocked.name}", completion)
        if finish and finish not in FINISHES and not finish.startswith(BROKEN):
            raise self.refusal(finish, completion)

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


def call(timeout: float) -> dict[str, Any]:
    """What every call is configured with; timeout is in seconds, Google's in milliseconds."""
    return {"http_options": {"timeout": round(timeout * 1000)}, "automatic_function_calling": {"disable": True}}


def parts(answer: Any) -> list[Any]:
    """The parts of the first candidate."""
    candidate = answer.candidates[0] if answer.candidates else None
    return (candidate and candidate.content and candidate.content.parts) or []


def picture_size(drawing: Drawing) -> dict[str, str]:
    """The nearest shape, and 1K or 2K where the model has both (google-genai's `ImageConfig`)."""
    wanted = math.log(max(drawing.width, 1) / max(drawing.height, 1))

    def distance(shape: str) -> float:
        wide, high = map(int, shape.split(":"))
        return abs(math.log(wide / high) - wanted)

    size = {"aspect_ratio": min(SHAPES, key=distance)}
    if ONE_SIZE.match(drawing.model):
        return size
    return {**size, "image_size": "2K" if drawing.width * drawing.height > MIDDLE else "1K"}


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


@counted
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
