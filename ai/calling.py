"""Calling a provider: every call is a row, committed before it is sent and again before its answer is used."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from accounts import keys
from ai.choosing import known
from ai.models import Call, ListedModel
from ai.prompting import Prompt
from ai.vendors import WHOSE, open_provider
from config.faultpoints import faultpoint
from config.logs import hide_secrets
from integrations.errors import AmbiguousOutcome, BadOutput, InvalidKey, NoAnswer, OutsideError, PermanentError, Refused
from integrations.providers.base import Completion, Request
from jobs.models import Job, State
from jobs.outcomes import LeaseLost, Wait
from jobs.running import Run, insist

CALL_SECONDS = 120.0
# How long an answer in hand waits for a database that is away.
DATABASE_SECONDS = 300.0
# A byte-level tokenizer never makes more tokens than there are bytes; roles and separators come on top.
FRAME_TOKENS = 50
# With less time left before the deadline a call is not begun: it could not end, and would be billed.
LEAST_SECONDS = 30.0
# How much more room an answer gets that was cut off.
ENLARGE = 3


class CeilingReached(PermanentError):
    """The next call could cost more than what is left under the ceiling."""


class Writer:
    """Writes texts with one model for one job, through the ledger.

    key_owner says whose key pays ("user", "tenant", "server" or "none"; see choosing.key_owner). ceiling is the most
    that all calls of `origin` may cost together, in USD; None is no ceiling.
    """

    def __init__(self, run: Run, model: str, origin: str, *, key_owner: str, ceiling: Decimal | None = None) -> None:
        self.run = run
        self.origin = origin
        self.key_owner = key_owner
        self.ceiling = ceiling
        self.model = known(model)

    def complete(self, prompt: Prompt, step: str) -> Call:
        """The answered call for a step: the stored one if there is one, else a new one.

        An answer that was cut off is asked for once more with more room. Raises the errors of integrations/errors.py,
        CeilingReached, and LeaseLost when the answer came too late to be used.
        """
        call = self._ask(prompt, step)
        if call.finish == "length":
            reject(call, f"cut off after {prompt.max_output_tokens} tokens")
            call = self._ask(replace(prompt, max_output_tokens=prompt.max_output_tokens * ENLARGE), step)
        if call.finish == "length":
            reject(call, "cut off again")
            raise BadOutput(f"{self.model} cut its answer off twice: choose a shorter length or another model.")
        if call.finish == "refused":
            reject(call, "refused")
            raise Refused(f"{self.model} refused to write this text.")
        return call

    def _ask(self, prompt: Prompt, step: str) -> Call:
        content_hash = prompt.content_hash(self.model.model_id)
        earlier = Call.objects.of_step(self.origin, step).filter(content_hash=content_hash, state=Call.State.ANSWERED)
        if stored := earlier.filter(Q(rejected="") | Q(finish="length")).first():
            return stored
        secret = self._secret()
        if self.run.remaining() < LEAST_SECONDS:
            raise Wait("its time is up; it goes on with a new run", timezone.now())
        call = self._reserve(prompt, step, content_hash)
        faultpoint("call.sent")
        request = request_for(prompt, self.model, min(CALL_SECONDS, self.run.remaining()))
        try:
            completion = open_provider(self.model.provider, secret).complete(request)
        except OutsideError as error:
            if error.completion is None:
                self._note_failure(call, error)
            else:  # it cannot be used, and it is billed
                reject(self._settle(call, error.completion), str(error))
            raise
        except Exception as error:
            self._note_failure(call, error)
            raise
        return self._settle(call, completion)

    def _secret(self) -> str:
        if self.key_owner == "none":
            return ""
        job = self.run.job
        secret = keys.of(self.key_owner, job.user, job.tenant, self.model.provider)
        if not secret:
            raise InvalidKey(
                f"The {keys.PROVIDERS[self.model.provider]} key ({WHOSE[self.key_owner]}) that this was accepted with "
                "is gone. Enter it again under AI settings, then resume."
            )
        return secret

    def _mark_lost(self, step: str) -> Call | None:
        """Mark the calls that an earlier run of this step left in flight; they count as billed."""
        left = Call.objects.of_step(self.origin, step).filter(state=Call.State.SENT)
        for call in left:
            Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(
                state=Call.State.LOST, cost_usd=call.reserved_usd, finished_at=timezone.now()
            )
            self.run.log(f"Call #{call.pk} was in flight when its worker ended; it is made once more", "warning")
        return Call.objects.of_step(self.origin, step).filter(state=Call.State.LOST, repeats=None).last()

    def _reserve(self, prompt: Prompt, step: str, content_hash: str) -> Call:
        worst = worst_case(prompt, self.model)
        job = self.run.job
        assert job.tenant, "a call belongs to a workspace"
        with self.run.owned(saves_step=False):
            lost = self._mark_lost(step)
            self._stay_below_ceiling(worst)
            return Call.objects.create(
                tenant=job.tenant,
                user=job.user,
                job=job,
                fence=job.fence,
                origin=self.origin,
                step=step,
                repeat_of=lost,
                provider=self.model.provider,
                model_requested=self.model.model_id,
                key_owner=self.key_owner,
                prompt_name=prompt.name,
                prompt_version=prompt.version,
                inputs={"system": prompt.system, "prompt": prompt.text, "facts": prompt.facts},
                parameters={"max_output_tokens": prompt.max_output_tokens},
                content_hash=content_hash,
                usd_in_per_m=self.model.usd_in_per_m or 0,
                usd_out_per_m=self.model.usd_out_per_m or 0,
                reserved_usd=worst,
            )

    def _stay_below_ceiling(self, worst: Decimal) -> None:
        if self.ceiling is None:
            return
        spent = Call.objects.filter(origin=self.origin).spent_usd()
        if spent + worst > self.ceiling:
            raise CeilingReached(
                f"The next call could cost up to {worst:.4f} USD, {spent:.4f} USD are spent, and the ceiling of this "
                f"batch is {self.ceiling:.2f} USD. Raise the ceiling and resume; finished posts stay."
            )

    def _note_failure(self, call: Call, error: Exception) -> None:
        """Note why there is no answer; when nobody knows whether it was billed, it counts as reserved."""
        unknown = isinstance(error, AmbiguousOutcome | NoAnswer | BadOutput)
        Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(
            state=Call.State.LOST if unknown else Call.State.FAILED,
            cost_usd=call.reserved_usd if unknown else 0,
            error_code=type(error).__name__,
            error=hide_secrets(str(error))[:2000],
            finished_at=timezone.now(),
        )

    def _settle(self, call: Call, answer: Completion) -> Call:
        """Store the answer and what it cost, whoever has the job now; only a call still in flight may be used."""
        columns: dict[str, Any] = {
            "raw_answer": answer.text.replace("\x00", ""),
            "model_used": _fit(answer.model_used, 100),
            "finish": _fit(answer.finish, 20),
            "request_id": _fit(answer.request_id, 120),
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cost_usd": price(answer, self.model) if answer.usage.reported else call.reserved_usd,
            "finished_at": timezone.now(),
        }
        if not _persist(call, columns):
            raise LeaseLost(f"call #{call.pk} came back after its job had gone on")
        faultpoint("call.answered")
        call.refresh_from_db()
        return call


def _persist(call: Call, columns: dict[str, Any]) -> bool:
    """Write an answer that was paid for: a database that is busy or away is asked again for five minutes.

    False when the call was given up meanwhile; it is then stored as late.
    """
    # ANSWERED too: the first try may have come through although the database went away before it said so. And what was
    # marked lost when its job ended is not, as long as nobody has asked again: a resume need not pay twice.
    still_ours = Q(state__in=[Call.State.SENT, Call.State.ANSWERED]) | Q(state=Call.State.LOST, repeats=None)
    ours = Call.objects.filter(still_ours, pk=call.pk)
    if insist(lambda: ours.update(state=Call.State.ANSWERED, **columns), DATABASE_SECONDS):
        return True
    Call.objects.filter(pk=call.pk).update(state=Call.State.LATE, **columns)
    return False


def job_ended(job: Job) -> None:
    """Hook of config/hooks.py: a call that was in flight when its job ended is lost, and counts as reserved.

    Its answer may still come: it is then stored with what it really cost, and a resume uses it.
    """
    if job.state == State.COMPLETED:
        return  # its task has returned: nothing is in flight
    Call.objects.filter(job=job, state=Call.State.SENT).update(
        state=Call.State.LOST, cost_usd=F("reserved_usd"), finished_at=timezone.now()
    )


def _fit(text: str, length: int) -> str:
    """A vendor's word as a column can hold it."""
    return text.replace("\x00", "")[:length]


def reject(call: Call, reason: str) -> None:
    """Mark an answer as unusable, so that another try asks again; it stays billed and stored."""
    Call.objects.filter(pk=call.pk).update(rejected=reason[:200])


def price(answer: Completion, model: ListedModel) -> Decimal:
    """The cost in USD: the provider's own figure, else tokens times the price per million."""
    if answer.cost is not None:
        return answer.cost
    return _usd(answer.usage.input_tokens, answer.usage.output_tokens, model)


def worst_case(prompt: Prompt, model: ListedModel) -> Decimal:
    """What a call can cost at most, in USD: the prompt's tokens, and the longest answer with its thinking."""
    tokens_in = len((prompt.system + prompt.text).encode()) + FRAME_TOKENS
    tokens_out = open_provider(model.provider).most_output_tokens(request_for(prompt, model, CALL_SECONDS))
    return _usd(tokens_in, tokens_out, model)


def request_for(prompt: Prompt, model: ListedModel, timeout: float) -> Request:
    """A prompt as a provider takes it; timeout in seconds."""
    return Request(
        model=model.model_id,
        system=prompt.system,
        prompt=prompt.text,
        facts=prompt.facts,
        max_output_tokens=prompt.max_output_tokens,
        timeout=timeout,
    )


def _usd(tokens_in: int, tokens_out: int, model: ListedModel) -> Decimal:
    return (tokens_in * (model.usd_in_per_m or 0) + tokens_out * (model.usd_out_per_m or 0)) / Decimal(1_000_000)
