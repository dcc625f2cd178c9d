"""OpenAI, through its SDK and the Responses API."""

import re
from datetime import date
from typing import Any, ClassVar

from integrations.errors import BadOutput
from integrations.providers.base import Completion, Model, Request, Usage
from integrations.providers.remote import LIST_SECONDS, Problem, Remote

# The list has every kind of model; these are no writers of text.
WRITES_TEXT = re.compile(r"(gpt-|o\d|chatgpt-)(?!.*(image|audio|tts|transcribe|realtime|live|search|instruct|whisper))")


class OpenAI(Remote):
    """OpenAI's models, each asked with a key of the user, the workspace or the server."""

    name: ClassVar[str] = "openai"
    label: ClassVar[str] = "OpenAI"
    key_url: ClassVar[str] = "https://platform.openai.com/api-keys"
    home: ClassVar[str] = "https://api.openai.com/v1"
    base_url_variable: ClassVar[str] = "OPENAI_BASE_URL"

    def connect(self, http_client: Any) -> Any:
        """The SDK's client. The organization of the server's environment is not that of this key."""
        import openai

        sdk = openai.OpenAI(
            api_key=self.key, base_url=self.base_url or self.home, max_retries=0, http_client=http_client
        )
        sdk.organization = sdk.project = None
        return sdk

    @classmethod
    def thinks(cls, model: str) -> bool:
        """All since GPT-5, and the o series."""
        return not re.match(r"gpt-[34]|chatgpt-", model)

    def complete(self, request: Request) -> Completion:
        """Ask for a text; nothing of it is stored at OpenAI."""
        wishes: dict[str, Any] = {"safety_identifier": request.end_user} if request.end_user else {}
        if request.system:
            wishes["instructions"] = request.system
        return self.asked(
            lambda sdk: self._read(
                sdk.responses.create(
                    model=request.model,
                    input=request.prompt,
                    max_output_tokens=self.most_output_tokens(request),
                    store=False,
                    timeout=request.timeout,
                    **wishes,
                ),
                request,
            ),
            request.model,
        )

    def models(self) -> list[Model]:
        """The models that write text; OpenAI says when one shuts down, and no prices."""
        return self.asked(lambda sdk: [listed(row) for row in self._list(sdk) if WRITES_TEXT.match(row.id)])

    def check_key(self) -> None:
        """List the models, which is free; raises InvalidKey and its relatives."""
        self.asked(self._list)

    def _list(self, sdk: Any) -> list[Any]:
        answer = sdk.models.list(timeout=LIST_SECONDS)
        if isinstance(answer, str):
            raise self.no_json()
        return list(answer.data)

    def _read(self, answer: Any, request: Request) -> Completion:
        if isinstance(answer, str):  # the SDK hands over what is not JSON as it is
            raise self.no_json()
        parts = [part for item in answer.output or [] if item.type == "message" for part in item.content]
        reason = (answer.incomplete_details and answer.incomplete_details.reason) or ""
        completion = Completion(
            text="".join(part.text for part in parts if part.type == "output_text"),
            model_requested=request.model,
            model_used=answer.model or request.model,
            finish="stop" if answer.status == "completed" else "length",
            usage=usage(answer.usage),
            request_id=answer._request_id or answer.id or "",
        )
        if answer.error:
            failure = self.sorted_problem(
                Problem(0, answer.error.code or "", answer.error.message or ""), request.model
            )
            failure.completion = completion if answer.usage else None
            raise failure
        if reason == "content_filter" or any(part.type == "refusal" for part in parts):
            raise self.refusal(reason, completion)
        if answer.status not in ("completed", "incomplete"):
            raise BadOutput(
                f"OpenAI did not finish the answer (status {str(answer.status)[:20]}). Resume asks again.",
                completion=completion,
            )
        return self.usable(completion)

    def problem(self, error: Exception) -> Problem | None:
        """What the SDK's error says."""
        import openai

        if not isinstance(error, openai.APIStatusError):
            return None
        body: dict[str, Any] = error.body if isinstance(error.body, dict) else {}
        codes = " ".join(str(word).lower() for word in (error.code, error.type) if word)
        return Problem(error.status_code, codes, str(body.get("message") or ""), error.response.headers)


def usage(reported: Any) -> Usage:
    """Reasoning is inside the output, cached tokens are inside the input."""
    if reported is None:
        return Usage(reported=False)
    return Usage(
        input_tokens=reported.input_tokens or 0,
        output_tokens=reported.output_tokens or 0,
        cached_input_tokens=getattr(reported.input_tokens_details, "cached_tokens", 0) or 0,
        reasoning_tokens=getattr(reported.output_tokens_details, "reasoning_tokens", 0) or 0,
    )


def listed(row: Any) -> Model:
    """A model as the list has it."""
    shutdown = row.shutdown_date and date.fromisoformat(row.shutdown_date[:10])
    return Model(id=row.id, label=row.id, status="deprecated" if shutdown else "active", retires_at=shutdown)
