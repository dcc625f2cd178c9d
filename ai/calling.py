"""Calling a provider: every call is a row, committed before it is sent and again before its answer is used."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts import keys
from ai.choosing import known
from ai.models import Call
from ai.prompting import Prompt
from config.faultpoints import faultpoint
from config.logs import hide_secrets
from integrations.errors import InvalidKey
from integrations.providers import providers
from integrations.providers.base import Completion, Model, Request
from jobs.outcomes import LeaseLost
from jobs.running import Run

CALL_SECONDS = 120.0
# A token has about four characters in English; three keeps the reservation on the safe side.
CHARACTERS_PER_TOKEN = 3


class Writer:
    """Writes texts with one model for one job, through the ledger."""

    def __init__(self, run: Run, model: str, origin: str) -> None:
        self.run = run
        self.model = model
        self.origin = origin
        self.provider_name, self.data = known(model)
        self.vendor_class = providers.get(self.provider_name)

    def complete(self, prompt: Prompt, step: str) -> Call:
        """The answered call for a step: the stored one if there is one, else a new one.

        Raises the errors of integrations/errors.py, and LeaseLost when the answer came too late to be used.
        """
        content_hash = prompt.content_hash(self.model)
        earlier = Call.objects.of_step(self.origin, step)
        stored = earlier.filter(content_hash=content_hash, state=Call.State.ANSWERED, rejected="").first()
        if stored:
            return stored
        lost = self._mark_lost(step)
        secret, key_owner = self._key()
        call = self._reserve(prompt, step, content_hash, key_owner, lost)
        faultpoint("call.sent")
        try:
            completion = self.vendor_class(secret).complete(self._request(prompt))
        except Exception as error:
            self._note_failure(call, error)
            raise
        return self._settle(call, completion)

    def _request(self, prompt: Prompt) -> Request:
        return Request(
            model=self.model,
            system=prompt.system,
            prompt=prompt.text,
            facts=prompt.facts,
            max_output_tokens=prompt.max_output_tokens,
            timeout=max(1.0, min(CALL_SECONDS, self.run.remaining())),
        )

    def _key(self) -> tuple[str, str]:
        if not self.vendor_class.needs_key:
            return "", "none"
        found = keys.find(self.run.job.user, self.run.job.tenant, self.provider_name)
        if found is None:
            raise InvalidKey(
                f"There is no {self.vendor_class.label} key for you or your workspace. "
                "Enter one in the AI settings, then resume."
            )
        return found

    def _mark_lost(self, step: str) -> Call | None:
        """Mark the calls that an earlier run of this step left in flight; they count as billed."""
        left = Call.objects.of_step(self.origin, step).filter(state=Call.State.SENT)
        for call in left:
            Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(
                state=Call.State.LOST, cost_usd=call.reserved_usd, finished_at=timezone.now()
            )
            self.run.log(f"Call #{call.pk} was in flight when its worker died; it is made once more", "warning")
        return Call.objects.of_step(self.origin, step).filter(state=Call.State.LOST, repeats=None).last()

    def _reserve(self, prompt: Prompt, step: str, content_hash: str, key_owner: str, lost: Call | None) -> Call:
        job = self.run.job
        assert job.tenant, "a call belongs to a workspace"
        with self.run.owned(saves_step=False):
            return Call.objects.create(
                tenant=job.tenant,
                user=job.user,
                job=job,
                fence=job.fence,
                origin=self.origin,
                step=step,
                repeat_of=lost,
                provider=self.provider_name,
                model_requested=self.model,
                key_owner=key_owner,
                prompt_name=prompt.name,
                prompt_version=prompt.version,
                inputs={"system": prompt.system, "prompt": prompt.text, "facts": prompt.facts},
                parameters={"max_output_tokens": prompt.max_output_tokens},
                content_hash=content_hash,
                usd_in_per_m=self.data.usd_in_per_m,
                usd_out_per_m=self.data.usd_out_per_m,
                reserved_usd=worst_case(prompt, self.data),
            )

    def _note_failure(self, call: Call, error: Exception) -> None:
        Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(
            state=Call.State.FAILED,
            error_code=type(error).__name__,
            error=hide_secrets(str(error))[:2000],
            finished_at=timezone.now(),
        )

    def _settle(self, call: Call, answer: Completion) -> Call:
        """Store the answer and what it cost, whoever has the job now; only a call still in flight may be used."""
        columns: dict[str, Any] = {
            "raw_answer": answer.text,
            "model_used": answer.model_used,
            "finish": answer.finish,
            "request_id": answer.request_id,
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cost_usd": price(answer, self.data),
            "finished_at": timezone.now(),
        }
        if not Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(state=Call.State.ANSWERED, **columns):
            Call.objects.filter(pk=call.pk).update(state=Call.State.LATE, **columns)
            raise LeaseLost(f"call #{call.pk} came back after its job had gone on")
        faultpoint("call.answered")
        call.refresh_from_db()
        return call


def reject(call: Call, reason: str) -> None:
    """Mark an answer as unusable, so that another try asks again; it stays billed and stored."""
    Call.objects.filter(pk=call.pk).update(rejected=reason[:200])


def price(answer: Completion, model: Model) -> Decimal:
    """The cost in USD: the provider's own figure, else tokens times the price per million."""
    if answer.cost is not None:
        return answer.cost
    usage = answer.usage
    return (usage.input_tokens * model.usd_in_per_m + usage.output_tokens * model.usd_out_per_m) / Decimal(1_000_000)


def worst_case(prompt: Prompt, model: Model) -> Decimal:
    """What a call can cost at most, in USD: the prompt's tokens and the longest answer it allows."""
    tokens_in = (len(prompt.system) + len(prompt.text)) // CHARACTERS_PER_TOKEN + 1
    return (tokens_in * model.usd_in_per_m + prompt.max_output_tokens * model.usd_out_per_m) / Decimal(1_000_000)
