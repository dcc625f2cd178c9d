"""Chat Completions, the older form of OpenAI's API that everybody else has copied: what their servers share."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from integrations.errors import BadOutput, OutsideError
from integrations.providers.base import Completion, Request, Usage, counted
from integrations.providers.openai_sdk import OpenAISDK
from integrations.providers.remote import LIST_SECONDS, Problem
from integrations.providers.schemas import strict


class Chat(OpenAISDK):
    """A vendor that speaks Chat Completions."""

    length_word: ClassVar[str] = "max_completion_tokens"

    @abstractmethod
    def way_to_json(self, request: Request) -> str:
        """How a schema is asked for: "schema" (enforced), "object" (any JSON, the schema in words) or "prompt"."""

    def complete(self, request: Request) -> Completion:
        """Ask for a text."""
        return self.asked(lambda sdk: self._read(self.send(sdk, self.body(request), request), request), request.model)

    def send(self, sdk: Any, body: dict[str, Any], request: Request) -> Any:
        """Send the body; what OpenAI's SDK has no word for goes as it is."""
        return sdk.chat.completions.create(**body, timeout=request.timeout)

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request."""
        way = self.way_to_json(request) if request.schema is not None else ""
        messages = [{"role": "user", "content": request.prompt}]
        if instructions := self.instructions(request, way == "schema"):
            messages.insert(0, {"role": "system", "content": instructions})
        body = {
            "model": request.model,
            "messages": messages,
            self.length_word: self.most_output_tokens(request),
        }
        if request.schema is not None and way == "schema":
            form = {"name": request.schema_name, "strict": True, "schema": strict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        elif way == "object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _read(self, answer: Any, request: Request) -> Completion:
        answer = self.whole(answer)
        choice = answer.choices[0] if answer.choices else None
        finish = (choice and choice.finish_reason) or ""
        completion = Completion(
            text=self.text(choice.message.content) if choice and choice.message else "",
            model_requested=request.model,
            model_used=answer.model or request.model,
            finish="length" if finish == "length" else "stop",
            usage=usage(answer.usage),
            cost=self.cost(answer.usage),
            request_id=answer._request_id or answer.id or "",
        )
        error = getattr(choice, "error", None) or getattr(answer, "error", None)
        if error or finish == "error":
            raise self._failed(error, completion, request)
        if finish == "content_filter" or (choice and choice.message and choice.message.refusal):
            raise self.refusal(finish, completion)
        if choice is None:
            raise BadOutput(f"{self.label} answered without a text. Resume asks again.", completion=completion)
        return self.usable(completion, request)

    def _failed(self, error: Any, completion: Completion, request: Request) -> OutsideError:
        """Our error for one that came with status 200; a half answer beside it may be billed."""
        problem = self.reported(error) if error else Problem(502)
        failure = self.sorted_problem(problem, request.model)
        failure.completion = completion if completion.usage.reported else None
        return failure

    def text(self, content: Any) -> str:
        """What was written; some servers send it in parts."""
        if isinstance(content, list):
            content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
        return content or ""

    def cost(self, reported: Any) -> Decimal | None:
        """What the answer cost in USD, where the vendor says so."""
        return None

    def reported(self, error: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> Problem:
        """What an error says; many write the status into it, and some send that one with a 200."""
        problem = super().reported(error, status, headers)
        code = str(error.get("code")) if isinstance(error, dict) else ""
        own = int(code) if re.fullmatch(r"[45]\d\d", code, re.ASCII) else 0
        codes = " ".join(word for word in problem.codes.split() if not word.isdecimal())
        return Problem(status if status >= 400 else own, codes, problem.words, problem.headers)

    def list_models(self, sdk: Any) -> list[Any]:
        """The rows of the model list."""
        answer = self.whole(sdk.models.list(timeout=LIST_SECONDS))
        if error := getattr(answer, "error", None):
            raise self.sorted_problem(self.reported(error))
        if answer.data is None and answer.object != "list":
            raise BadOutput(f"{self.label} sent no list of models. {self.base_url_hint()}".strip())
        return list(answer.data or [])  # Ollama without a model says null


@counted
def usage(reported: Any) -> Usage:
    """Reasoning is inside the output; what was read from and written to a cache is inside the input."""
    if reported is None:
        return Usage(reported=False)
    read, made = reported.prompt_tokens_details, reported.completion_tokens_details
    return Usage(
        input_tokens=reported.prompt_tokens or 0,
        output_tokens=reported.completion_tokens or 0,
        cached_input_tokens=getattr(read, "cached_tokens", 0) or 0,
        cache_write_tokens=getattr(read, "cache_write_tokens", 0) or 0,
        reasoning_tokens=getattr(made, "reasoning_tokens", 0) or 0,
    )
