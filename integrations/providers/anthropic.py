"""Anthropic's Claude, through its SDK and the Messages API."""

import re
from typing import Any, ClassVar

from integrations.http import quiet
from integrations.providers.base import Completion, Model, Request, Usage
from integrations.providers.remote import LIST_SECONDS, Problem, Remote

FINISHES = {"max_tokens": "length", "model_context_window_exceeded": "length", "pause_turn": "length"}


class Anthropic(Remote):
    """Anthropic's models, each asked with a key of the user, the workspace or the server."""

    name: ClassVar[str] = "anthropic"
    label: ClassVar[str] = "Anthropic"
    key_url: ClassVar[str] = "https://console.anthropic.com/settings/keys"
    home: ClassVar[str] = "https://api.anthropic.com"
    base_url_variable: ClassVar[str] = "ANTHROPIC_BASE_URL"

    def connect(self, http_client: Any) -> Any:
        """The SDK's client."""
        import anthropic

        quiet("anthropic._base_client")
        return anthropic.Anthropic(
            api_key=self.key,
            base_url=self.base_url or self.home,
            max_retries=0,
            http_client=http_client,
            open_telemetry=False,
        )

    @classmethod
    def thinks(cls, model: str) -> bool:
        """All since Claude 5; the older ones think only when they are told to."""
        return not re.match(r"claude-(\d|\w+-[34](-|$))", model)

    def complete(self, request: Request) -> Completion:
        """Ask for a text. An explicit timeout also keeps the SDK from insisting on a stream."""
        wishes: dict[str, Any] = {"metadata": {"user_id": request.end_user}} if request.end_user else {}
        if request.system:
            wishes["system"] = request.system
        return self.asked(
            lambda sdk: self._read(
                sdk.messages.create(
                    model=request.model,
                    messages=[{"role": "user", "content": request.prompt}],
                    max_tokens=self.most_output_tokens(request),
                    timeout=request.timeout,
                    **wishes,
                ),
                request,
            ),
            request.model,
        )

    def models(self) -> list[Model]:
        """The models with their limits and their lifecycle; no prices."""
        return self.asked(lambda sdk: [listed(row) for row in self._list(sdk, 1000)])

    def check_key(self) -> None:
        """List one model, which is free; raises InvalidKey and its relatives."""
        self.asked(lambda sdk: self._list(sdk, 1))

    def _list(self, sdk: Any, most: int) -> list[Any]:
        answer = sdk.models.list(limit=most, timeout=LIST_SECONDS)
        if isinstance(answer, str):
            raise self.no_json()
        return list(answer.data)

    def _read(self, answer: Any, request: Request) -> Completion:
        if isinstance(answer, str):  # the SDK hands over what is not JSON as it is
            raise self.no_json()
        if error := getattr(answer, "error", None):
            raise self.sorted_problem(Problem(0, str(error.get("type")), str(error.get("message"))), request.model)
        completion = Completion(
            text="".join(block.text for block in answer.content if block.type == "text"),
            model_requested=request.model,
            model_used=answer.model or request.model,
            finish=FINISHES.get(answer.stop_reason, "stop"),
            usage=usage(answer.usage),
            request_id=answer._request_id or answer.id or "",
        )
        if answer.stop_reason == "refusal":
            raise self.refusal(getattr(answer.stop_details, "category", None) or "", completion)
        return self.usable(completion)

    def problem(self, error: Exception) -> Problem | None:
        """What the SDK's error says."""
        import anthropic

        if not isinstance(error, anthropic.APIStatusError):
            return None
        codes = " ".join(str(word).lower() for word in (error.error_code, error.type) if word)
        return Problem(error.status_code, codes, str(error.api_message or ""), error.response.headers)


def usage(reported: Any) -> Usage:
    """The input is the sum of three: new, written to the cache, read from the cache. Thinking is in the output."""
    if reported is None:
        return Usage(reported=False)
    cached = reported.cache_read_input_tokens or 0
    return Usage(
        input_tokens=(reported.input_tokens or 0) + (reported.cache_creation_input_tokens or 0) + cached,
        output_tokens=reported.output_tokens or 0,
        cached_input_tokens=cached,
        reasoning_tokens=getattr(reported.output_tokens_details, "thinking_tokens", 0) or 0,
    )


def listed(row: Any) -> Model:
    """A model as the list has it."""
    return Model(
        id=row.id,
        label=row.display_name or row.id,
        context_tokens=row.max_input_tokens or 0,
        output_tokens=row.max_tokens or 0,
        status=row.lifecycle or "",
        retires_at=row.retires_at.date() if row.retires_at else None,
    )
