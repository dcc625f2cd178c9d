"""OpenAI, through its SDK: the Responses API, the Images API and the Batch API."""

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any, ClassVar

from integrations.errors import BadOutput, NoAnswer, OutsideError, Unsupported
from integrations.providers.base import Completion, Drawing, Lot, Model, Picture, Request, Usage, counted
from integrations.providers.openai_sdk import OpenAISDK
from integrations.providers.remote import LIST_SECONDS, LOT_SECONDS, Problem, lines, lot_answers
from integrations.providers.schemas import strict

# The list has every kind of model; these are no writers of text.
WRITES_TEXT = re.compile(r"(gpt-|o\d|chatgpt-)(?!.*(image|audio|tts|transcribe|realtime|live|search|instruct|whisper))")
TAKES_SCHEMA = re.compile(r"gpt-(4o|4\.\d|[5-9]|\d\d)(?!.*chat)|o(1(?!-(mini|preview))|[3-9])")
RESPONSES = "/v1/responses"
LABEL = "pressroom"
ENDED = ("completed", "failed", "expired", "cancelled")
NOT_WORKED_ON = ("batch_expired", "batch_cancelled")
PAGES, PAGE = 5, 100
# Until when the two files of a lot lie at OpenAI, from its beginning.
LOT_FILES = {"anchor": "created_at", "seconds": 7 * 86_400}
FIXED_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))
STEP, WIDEST = 16, 3.0
# Fewer pixels are not drawn, more than 2560x1440 are experimental (and hardly fit into an answer of 20 MB).
LEAST_PIXELS, MOST_PIXELS = 655_360, 2560 * 1440


class OpenAI(OpenAISDK):
    """OpenAI's models, each asked with a key of the user, the workspace or the server."""

    name: ClassVar[str] = "openai"
    label: ClassVar[str] = "OpenAI"
    key_url: ClassVar[str] = "https://platform.openai.com/api-keys"
    home: ClassVar[str] = "https://api.openai.com/v1"
    base_url_variable: ClassVar[str] = "OPENAI_BASE_URL"
    draws: ClassVar[bool] = True
    takes_lots: ClassVar[bool] = True
    finds_lots: ClassVar[bool] = True

    @classmethod
    def thinks(cls, model: str) -> bool:
        """All since GPT-5, and the o series."""
        return not re.match(r"gpt-[34]|chatgpt-", model)

    @classmethod
    def takes_schema(cls, model: str) -> bool:
        """All since GPT-4o."""
        return bool(TAKES_SCHEMA.match(model))

    # -- texts --------------------------------------------------------------------------------------------------------

    def complete(self, request: Request) -> Completion:
        """Ask for a text; nothing of it is stored at OpenAI."""
        return self.asked(
            lambda sdk: self._read(sdk.responses.create(**self.body(request), timeout=request.timeout), request),
            request.model,
        )

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request, alone or in a lot."""
        enforced = request.schema is not None and self.takes_schema(request.model)
        body: dict[str, Any] = {
            "model": request.model,
            "input": request.prompt,
            "max_output_tokens": self.most_output_tokens(request),
            "store": False,
        }
        if instructions := self.instructions(request, enforced):
            body["instructions"] = instructions
        if request.schema is not None and enforced:
            form = {"type": "json_schema", "name": request.schema_name, "strict": True}
            body["text"] = {"format": {**form, "schema": strict(request.schema)}}
        if request.end_user:
            body["safety_identifier"] = request.end_user
        return body

    def _read(self, answer: Any, request: Request) -> Completion:
        answer = self.whole(answer)
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
        return self.usable(completion, request)

    # -- the list -----------------------------------------------------------------------------------------------------

    def models(self) -> list[Model]:
        """The models that write text; OpenAI says when one shuts down, and no prices."""
        return self.asked(lambda sdk: [listed(row) for row in self._list(sdk) if WRITES_TEXT.match(row.id)])

    def check_key(self) -> None:
        """List the models, which is free; raises InvalidKey and its relatives."""
        self.asked(self._list)

    def _list(self, sdk: Any) -> list[Any]:
        return list(self.whole(sdk.models.list(timeout=LIST_SECONDS)).data)

    # -- pictures -----------------------------------------------------------------------------------------------------

    def draw(self, drawing: Drawing) -> Picture:
        """Ask for a picture in the nearest size there is."""
        wishes = {"safety_identifier": drawing.end_user} if drawing.end_user else {}
        width, height = size(drawing)
        return self.asked(
            lambda sdk: self._look(
                sdk.images.generate(
                    model=drawing.model,
                    prompt=drawing.prompt,
                    size=f"{width}x{height}",
                    quality=drawing.quality,
                    n=1,
                    timeout=drawing.timeout,
                    **wishes,
                ),
                drawing,
            ),
            drawing.model,
        )

    def _look(self, answer: Any, drawing: Drawing) -> Picture:
        answer = self.whole(answer)
        used = Usage(reported=False)
        if answer.usage:
            used = Usage(input_tokens=answer.usage.input_tokens or 0, output_tokens=answer.usage.output_tokens or 0)
        request_id = answer._request_id or ""
        try:
            data = base64.b64decode((answer.data and answer.data[0].b64_json) or "", validate=True)
        except ValueError:
            data = b""
        if not data:
            raise self.no_picture("", Completion("", drawing.model, drawing.model, "stop", used, request_id=request_id))
        mime_type = f"image/{answer.output_format or 'png'}"
        return Picture(data, mime_type, drawing.model, drawing.model, used, request_id=request_id)

    # -- lots ---------------------------------------------------------------------------------------------------------

    def submit(self, requests: Mapping[str, Request], label: str) -> str:
        """Hand in a lot of requests to one model; OpenAI's Batch API answers them within 24 hours at half the price."""
        models = {request.model for request in requests.values()}
        if len(models) != 1:
            raise Unsupported("A lot for OpenAI has requests to one model. Hand in one lot for each model.")
        rows = [
            {"custom_id": name, "method": "POST", "url": RESPONSES, "body": self.body(request)}
            for name, request in requests.items()
        ]
        file = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return self.asked(lambda sdk: self._submit(sdk, file, label), models.pop())

    def _submit(self, sdk: Any, file: bytes, label: str) -> str:
        uploaded = sdk.files.create(
            file=(f"{label}.jsonl", file, "application/jsonl"),
            purpose="batch",
            expires_after=LOT_FILES,
            timeout=LOT_SECONDS,
        )
        batch = sdk.batches.create(
            input_file_id=self.whole(uploaded).id or "",
            endpoint=RESPONSES,
            completion_window="24h",
            metadata={LABEL: label},
            output_expires_after=LOT_FILES,
            timeout=LOT_SECONDS,
        )
        if not (lot_id := self.whole(batch).id):
            raise NoAnswer("OpenAI took the lot and did not say under which number. It is looked for.")
        return str(lot_id)

    def find_lot(self, label: str) -> str | None:
        """Look through the newest 500 lots of this key's project."""
        return self.asked(lambda sdk: self._find(sdk, label))

    def _find(self, sdk: Any, label: str) -> str | None:
        page = self.whole(sdk.batches.list(limit=PAGE, timeout=LIST_SECONDS))
        for batch in islice(page, PAGES * PAGE):
            if (batch.metadata or {}).get(LABEL) == label:
                return str(batch.id)
        return None

    def lot(self, lot_id: str) -> Lot:
        """How far a lot is; `why` is OpenAI's status, with the first mistake where the lot itself was refused."""
        return self.asked(lambda sdk: self._lot(self._retrieve(sdk, lot_id)))

    def _retrieve(self, sdk: Any, lot_id: str) -> Any:
        batch = self.whole(sdk.batches.retrieve(lot_id, timeout=LIST_SECONDS))
        if not batch.status:
            raise BadOutput("OpenAI did not say how far the lot is. It is asked again later.")
        return batch

    def _lot(self, batch: Any) -> Lot:
        counts, mistakes = batch.request_counts, (batch.errors and batch.errors.data) or []
        mistake = f" ({str(mistakes[0].code)[:60]})" if mistakes and mistakes[0].code else ""
        return Lot(
            id=str(batch.id),
            state="ended" if batch.status in ENDED else "working",
            why=f"{batch.status}{mistake}",
            done=(counts.completed or 0) + (counts.failed or 0) if counts else 0,
            total=(counts.total or 0) if counts else 0,
        )

    def answers(self, lot_id: str, requests: Mapping[str, Request]) -> dict[str, Completion | OutsideError]:
        """The answers out of the two files of a lot: the good ones and the failed ones."""
        rows = self.asked(lambda sdk: self._rows(sdk, lot_id))
        return lot_answers(rows, requests, was_left, self._answer)

    def _rows(self, sdk: Any, lot_id: str) -> list[dict[str, Any]]:
        batch = self._retrieve(sdk, lot_id)
        files = [name for name in (batch.output_file_id, batch.error_file_id) if name]
        return [row for name in files for row in lines(sdk.files.content(name, timeout=LOT_SECONDS).content)]

    def _answer(self, row: dict[str, Any], request: Request) -> Completion | OutsideError:
        from openai.types.responses import Response

        def read() -> Completion | OutsideError:
            response = row.get("response") or {}
            status, body = response.get("status_code") or 0, response.get("body") or {}
            if status == 200 and not row.get("error"):
                answer = Response.construct(**body)
                answer._request_id = response.get("request_id")
                return self._read(answer, request)
            return self.sorted_problem(self.reported(row.get("error") or body.get("error"), status), request.model)

        return self.one_of_many(read, request.model)

    def cancel_lot(self, lot_id: str) -> None:
        """Ask OpenAI to stop; a lot that has ended stays as it is."""
        if self.lot(lot_id).state == "working":
            self.asked(lambda sdk: self.whole(sdk.batches.cancel(lot_id, timeout=LIST_SECONDS)))


def was_left(row: dict[str, Any]) -> bool:
    """Whether a line of a lot says that nobody worked on its request."""
    error = row.get("error")
    return isinstance(error, dict) and error.get("code") in NOT_WORKED_ON


@counted
def usage(reported: Any) -> Usage:
    """Reasoning is inside the output; what was read from and written to the cache is inside the input."""
    if reported is None:
        return Usage(reported=False)
    return Usage(
        input_tokens=reported.input_tokens or 0,
        output_tokens=reported.output_tokens or 0,
        cached_input_tokens=getattr(reported.input_tokens_details, "cached_tokens", 0) or 0,
        cache_write_tokens=getattr(reported.input_tokens_details, "cache_write_tokens", 0) or 0,
        reasoning_tokens=getattr(reported.output_tokens_details, "reasoning_tokens", 0) or 0,
    )


def listed(row: Any) -> Model:
    """A model as the list has it."""
    shutdown = row.shutdown_date and date.fromisoformat(row.shutdown_date[:10])
    return Model(id=row.id, label=row.id, status="deprecated" if shutdown else "active", retires_at=shutdown)


def size(drawing: Drawing) -> tuple[int, int]:
    """The nearest width and height in pixels that the model draws.

    The models before gpt-image-2 have three sizes; the others take edges divisible by 16 in a ratio from 1:3 to 3:1
    (openai's types/image_generate_params.py), and not fewer than 655,360 pixels.
    """
    ratio = min(max(drawing.width / max(drawing.height, 1), 1 / WIDEST), WIDEST)
    if re.match(r"gpt-image-1|dall-e|chatgpt-image", drawing.model):
        return min(FIXED_SIZES, key=lambda one: abs(math.log(one[0] / one[1] / ratio)))
    pixels = min(max(drawing.width * drawing.height, LEAST_PIXELS), MOST_PIXELS)
    edges = math.sqrt(pixels * ratio), math.sqrt(pixels / ratio)
    width, height = (math.ceil(round(edge / STEP, 6)) * STEP for edge in edges)
    return width, height
