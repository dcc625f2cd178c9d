"""Asking a transcriber that costs money: through the same budgets, ledger, cooldowns and repeats as texts."""

import json
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounts import keys
from ai.calling import Writer
from ai.models import Call, ListedModel, Price
from ai.pricing import CENT_OF_LEDGER, MILLION
from ai.prompting import Prompt
from ai.vendors import WHOSE
from integrations.errors import InvalidKey
from integrations.providers.base import Completion, Provider, Request, Usage
from integrations.transcribers import transcribers
from integrations.transcribers.base import Recording, Transcript

# Prices of transcription are for a time: its rows in the price list count milliseconds of sound as tokens.
MILLISECONDS = 1000


class Listener(Writer):
    """Has recordings transcribed for one job; the answer that is kept is the transcript as JSON."""

    recording: Recording

    def listen(self, prompt: Prompt, step: str, recording: Recording) -> tuple[Call, dict[str, Any]]:
        """The answered call for a piece, and its transcript as `dataclasses.asdict` has it. Raises as Writer.write."""
        self.recording = recording
        return self.write(prompt, step, lambda call: dict(json.loads(call.raw_answer)))

    def worst(self, prompt: Prompt, model: ListedModel, price: Price) -> Decimal:
        """The whole length at its price."""
        milliseconds = Decimal(round(self.recording.seconds * MILLISECONDS))
        return (milliseconds * price.usd_in / MILLION).quantize(CENT_OF_LEDGER)

    def send(self, provider: Provider, request: Request, call: Call) -> Completion:
        """Have it heard."""
        job = self.run.job
        found = keys.of(call.key_owner, job.user, job.tenant, call.provider)
        if found is None:
            raise InvalidKey(f"The key ({WHOSE[call.key_owner]}) that this was accepted with is gone. Enter it again.")
        base_url = found.base_url or settings.VENDOR_BASE_URLS.get(call.provider, "")
        hearing = transcribers.get(call.provider)(
            found.secret, base_url=base_url, allow_hosts=tuple(settings.OUTBOUND_ALLOW_HOSTS)
        )
        timeout = min(request.timeout, max(1.0, self.run.remaining()))
        heard: Transcript = hearing.transcribe(replace(self.recording, model=request.model, timeout=timeout))
        return Completion(
            text=json.dumps({**asdict(heard), "cost": None, "usage": None}, ensure_ascii=False),
            model_requested=request.model,
            model_used=heard.model_used,
            finish="stop",
            usage=Usage(input_tokens=round(self.recording.seconds * MILLISECONDS), output_tokens=0),
            cost=heard.cost,
            request_id=heard.request_id,
        )
