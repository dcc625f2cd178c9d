"""Anthropic's Claude, through its SDK: the Messages API and its batches."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from integrations.errors import BadOutput, NoAnswer, OutsideError
from integrations.http import quiet
from integrations.providers.base import Completion, Lot, Model, Request, Usage, counted
from integrations.providers.remote import LIST_SECONDS, LOT_SECONDS, Problem, Remote, lines, lot_answers
from integrations.providers.schemas import strict

FINISHES = {"max_tokens": "length", "model_context_window_exceeded": "length", "pause_turn": "length"}
TAKES_SCHEMA = re.compile(r"claude-[a-z]+-(4-([5-9]|\d\d)|[5-9]|\d\d)(?!\d)")
# The status that an error has where it does not come with one: in a lot, and inside a 200.
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
NOT_WORKED_ON = ("canceled", "expired")


class Anthropic(Remote):
    """Anthropic's models, each asked with a key of the user, the workspace or the server."""

    name: ClassVar[str] = "anthropic"
    label: ClassVar[str] = "Anthropic"
    key_url: ClassVar[str] = "https://console.anthropic.com/settings/keys"
    home: ClassVar[str] = "https://api.anthropic.com"
    base_url_variable: ClassVar[str] = "ANTHROPIC_BASE_URL"
    takes_lots: ClassVar[bool] = True

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

    @classmethod
    def takes_schema(cls, model: str) -> bool:
        """All since Claude 4.5."""
        return bool(TAKES_SCHEMA.match(model))

    # -- texts --------------------------------------------------------------------------------------------------------

    def complete(self, request: Request) -> Completion:
        """Ask for a text. An explicit timeout also keeps the SDK from insisting on a stream."""
        return self.asked(
            lambda sdk: self._read(sdk.messages.create(**self.body(request), timeout=request.timeout), request),
            request.model,
        )

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request, alone or in a lot; the instructions are kept in Anthropic's cache."""
        enforced = request.schema is not None and self.takes_schema(request.model)
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": "user", "content": request.prompt}],
            "max_tokens": self.most_output_tokens(request),
        }
        if instructions := self.instructions(request, enforced):
            # Where they are too short to be kept, they are not, and nothing is paid for it.
            body["system"] = [{"type": "text", "text": instructions, "cache_control": {"type": "ephemeral"}}]
        if request.schema is not None and enforced:
            from anthropic import transform_schema

            schema = transform_schema(strict(request.schema))
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        if request.end_user:
            body["metadata"] = {"user_id": request.end_user}
        return body

    def _read(self, answer: Any, request: Request) -> Completion:
        answer = self._whole(answer)
        if error := getattr(answer, "error", None):
            raise self.sorted_problem(reported(error), request.model)
        completion = Completion(
            text="".join(block.text for block in answer.content if block.type == "text"),
            model_requested=request.model,
            model_used=answer.model or request.model,
            finish=FINISHES.get(answer.stop_reason, "stop"),
            usage=usage(answer.usage),
            request_id=getattr(answer, "_request_id", None) or answer.id or "",  # in a lot there is none
        )
        if answer.stop_reason == "refusal":
            raise self.refusal(getattr(answer.stop_details, "category", None) or "", completion)
        return self.usable(completion, request)

    def _whole(self, answer: Any) -> Any:
        if isinstance(answer, str):  # the SDK hands over what is not JSON as it is
            raise self.no_json()
        return answer

    # -- the list -----------------------------------------------------------------------------------------------------

    def models(self) -> list[Model]:
        """The models with their limits, their lifecycle and what they can do; no prices."""
        return self.asked(lambda sdk: [listed(row) for row in self._list(sdk, 1000)])

    def check_key(self) -> None:
        """List one model, which is free; raises InvalidKey and its relatives."""
        self.asked(lambda sdk: self._list(sdk, 1))

    def _list(self, sdk: Any, most: int) -> list[Any]:
        return list(self._whole(sdk.models.list(limit=most, timeout=LIST_SECONDS)).data)

    # -- lots ---------------------------------------------------------------------------------------------------------

    def submit(self, requests: Mapping[str, Request], label: str) -> str:
        """Hand in a lot; answered within 24 hours at half the price. Anthropic keeps no words of ours with it."""
        for request in requests.values():
            self.check_form_of_model(request.model)
        return self.asked(lambda sdk: self._submit(sdk, requests))

    def _submit(self, sdk: Any, requests: Mapping[str, Request]) -> str:
        rows = [{"custom_id": name, "params": self.body(request)} for name, request in requests.items()]
        batch = self._whole(sdk.messages.batches.create(requests=rows, timeout=LOT_SECONDS))
        if not batch.id:
            raise NoAnswer("Anthropic took the lot and did not say under which number.")
        return str(batch.id)

    def lot(self, lot_id: str) -> Lot:
        """How far a lot is; the single results say what was cancelled or came too late."""
        return self.asked(lambda sdk: self._lot(sdk, lot_id))

    def _lot(self, sdk: Any, lot_id: str) -> Lot:
        batch = self._whole(sdk.messages.batches.retrieve(lot_id, timeout=LIST_SECONDS))
        if not batch.processing_status:
            raise BadOutput("Anthropic did not say how far the lot is. It is asked again later.")
        counts = batch.request_counts
        ended = sum((counts.succeeded or 0, counts.errored or 0, counts.canceled or 0, counts.expired or 0))
        return Lot(
            id=lot_id,
            state="ended" if batch.processing_status == "ended" else "working",
            why=str(batch.processing_status),
            done=ended,
            total=ended + (counts.processing or 0),
        )

    def answers(self, lot_id: str, requests: Mapping[str, Request]) -> dict[str, Completion | OutsideError]:
        """The answers of a lot; they lie at Anthropic for 29 days."""
        rows = self.asked(lambda sdk: self._rows(sdk, lot_id))
        return lot_answers(rows, requests, was_left, self._answer)

    def _rows(self, sdk: Any, lot_id: str) -> list[dict[str, Any]]:
        # Not batches.results(): that sends the key to whatever URL the answer names, past a proxy of the operator.
        path = f"/v1/messages/batches/{quote(lot_id, safe='')}/results"
        rows = lines(sdk.get(path, cast_to=str, options={"timeout": LOT_SECONDS}).encode())
        if not rows:  # there is one for each request, whatever became of it
            raise BadOutput("Anthropic sent no results for the lot. They are asked for again later.")
        return rows

    def _answer(self, row: dict[str, Any], request: Request) -> Completion | OutsideError:
        from anthropic.types import Message

        def read() -> Completion | OutsideError:
            result = row["result"]
            if result["type"] == "succeeded":
                return self._read(Message.construct(**result["message"]), request)
            return self.sorted_problem(reported(result["error"]["error"]), request.model)

        return self.one_of_many(read, request.model)

    def cancel_lot(self, lot_id: str) -> None:
        """Ask Anthropic to stop; a lot that has ended stays as it is."""
        if self.lot(lot_id).state == "working":
            self.asked(lambda sdk: self._whole(sdk.messages.batches.cancel(lot_id, timeout=LIST_SECONDS)))

    # -- errors -------------------------------------------------------------------------------------------------------

    def problem(self, error: Exception) -> Problem | None:
        """What the SDK's error says."""
        import anthropic

        if not isinstance(error, anthropic.APIStatusError):
            return None
        codes = " ".join(str(word).lower() for word in (error.error_code, error.type) if word)
        return Problem(error.status_code, codes, str(error.api_message or ""), error.response.headers)


def reported(error: dict[str, Any]) -> Problem:
    """What an error says that has no status of its own."""
    details = error.get("details")
    detail = details.get("error_code") if isinstance(details, dict) else ""
    codes = [str(word).lower() for word in (detail, error.get("type")) if word]
    return Problem(STATUSES.get(str(error.get("type")), 0), " ".join(codes), str(error.get("message") or ""))


def was_left(row: dict[str, Any]) -> bool:
    """Whether a line of a lot says that nobody worked on its request."""
    result = row.get("result")
    return isinstance(result, dict) and result.get("type") in NOT_WORKED_ON


@counted
def usage(reported: Any) -> Usage:
    """The input is the sum of three: new, written to the cache, read from the cache. Thinking is in the output."""
    if reported is None:
        return Usage(reported=False)
    cached, written = reported.cache_read_input_tokens or 0, reported.cache_creation_input_tokens or 0
    return Usage(
        input_tokens=(reported.input_tokens or 0) + written + cached,
        output_tokens=reported.output_tokens or 0,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=getattr(reported.output_tokens_details, "thinking_tokens", 0) or 0,
    )


def listed(row: Any) -> Model:
    """A model as the list has it."""
    can = {"schema": "structured_outputs", "batch": "batch"}
    abilities = None
    if row.capabilities:
        supports = {ability: getattr(row.capabilities, word, None) for ability, word in can.items()}
        abilities = frozenset(ability for ability, found in supports.items() if getattr(found, "supported", False))
    return Model(
        id=row.id,
        label=row.display_name or row.id,
        context_tokens=row.max_input_tokens or 0,
        output_tokens=row.max_tokens or 0,
        status=row.lifecycle or "",
        retires_at=row.retires_at.date() if row.retires_at else None,
        abilities=abilities,
    )
