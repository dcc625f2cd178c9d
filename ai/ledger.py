"""The ledger of calls: a row is committed before a request is sent, and again with the answer before it is used."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ai.models import Call, ListedModel, Price
from ai.pricing import settled
from ai.prompting import Prompt
from config.faultpoints import faultpoint
from config.logs import plain, storable
from integrations.errors import AmbiguousOutcome, BadOutput, NoAnswer
from integrations.providers.base import Completion
from jobs.models import Job, State
from jobs.outcomes import LeaseLost
from jobs.running import Run, insist

# How long an answer in hand waits for a database that is away.
DATABASE_SECONDS = 300.0


def stored_answer(prompt: Prompt, model: ListedModel, origin: str, step: str) -> Call | None:
    """The answer to these words that is there already; one that was cut off counts, one that was rejected does not."""
    found = Call.objects.of_step(origin, step).filter(
        content_hash=prompt.content_hash(model.model_id), state=Call.State.ANSWERED
    )
    return found.filter(Q(rejected="") | Q(finish="length")).first()


def steps_paid_for(origin: str) -> list[str]:
    """The steps of a request row whose answer is there and not refused, or is being made in a lot."""
    calls = Call.objects.filter(origin=origin)
    paid = Q(state=Call.State.ANSWERED, rejected="") | Q(state=Call.State.SENT, lot__isnull=False)
    return list(calls.filter(paid).values_list("step", flat=True))


def mark_lost(run: Run, origin: str, step: str) -> Call | None:
    """Mark the calls that an earlier run of this step left in flight, billed as reserved; the one to repeat, if any.

    That one is held until the transaction ends: its answer may be on the way into its row.
    """
    left = Call.objects.of_step(origin, step).filter(state=Call.State.SENT, lot=None)
    for call in left:
        Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(**lost())
        run.log(f"Call #{call.pk} was in flight when its worker ended; it is made once more", "warning")
    unrepeated = Call.objects.of_step(origin, step).filter(state=Call.State.LOST, repeats=None)
    return unrepeated.select_for_update(of=("self",)).last()


def lost() -> dict[str, Any]:
    """The columns of a call whose fate nobody knows: it may have been billed, and counts as reserved."""
    return {
        "state": Call.State.LOST,
        "cost_usd": F("reserved_usd"),
        "cost_source": "reserved",
        "finished_at": timezone.now(),
    }


def failed(code: str, why: str) -> dict[str, Any]:
    """The columns of a call that came to nothing and cost nothing; `code` is the name of its error."""
    return {
        "state": Call.State.FAILED,
        "error_code": code,
        "error": storable(why)[:2000],
        "finished_at": timezone.now(),
    }


def open_call(
    run: Run, origin: str, step: str, prompt: Prompt, model: ListedModel, price: Price, worst: Decimal, **more: Any
) -> Call:
    """Write a call that is about to be sent, in the transaction of its reservation; `more` are further columns."""
    job = run.job
    assert job.tenant, "a call belongs to a workspace"
    return Call.objects.create(
        tenant=job.tenant,
        user=job.user,
        job=job,
        fence=job.fence,
        origin=origin,
        step=step,
        **_columns(prompt, model, price, worst),
        **more,
    )


def _columns(prompt: Prompt, model: ListedModel, price: Price, worst: Decimal) -> dict[str, Any]:
    """What a new call says of its words, its model and its money."""
    return {
        "provider": model.provider,
        "model_requested": model.model_id,
        "prompt_name": prompt.name,
        "prompt_version": prompt.version,
        "prompt_edition": prompt.edition,
        "inputs": {
            "system": prompt.system,
            "prompt": prompt.text,
            "facts": prompt.facts,
            "values": dict(prompt.values),
            **_schema(prompt),
        },
        "parameters": {"max_output_tokens": prompt.max_output_tokens},
        "content_hash": prompt.content_hash(model.model_id),
        "usd_in_per_m": price.usd_in,
        "usd_out_per_m": price.usd_out,
        "priced_at": price.valid_from,
        "reserved_usd": worst,
    }


def _schema(prompt: Prompt) -> dict[str, Any]:
    return {} if prompt.schema is None else {"schema": prompt.schema}


def said(call: Call) -> Prompt:
    """The prompt of a call, as it was sent."""
    return Prompt(
        name=call.prompt_name,
        version=call.prompt_version,
        system=call.inputs.get("system", ""),
        text=call.inputs.get("prompt", ""),
        facts=call.inputs.get("facts") or {},
        max_output_tokens=int(call.parameters.get("max_output_tokens") or 4000),
        schema=call.inputs.get("schema"),
        edition=call.prompt_edition,
        values=call.inputs.get("values") or {},
    )


def note_failure(call: Call, error: Exception) -> None:
    """Note why there is no answer; when nobody knows whether it was billed, it counts as reserved."""
    unknown = isinstance(error, AmbiguousOutcome | NoAnswer | BadOutput)
    ended = failed(type(error).__name__, str(error)) | (lost() if unknown else {})
    Call.objects.filter(pk=call.pk, state=Call.State.SENT).update(**ended)


def settle(call: Call, answer: Completion, price: Price) -> Call:
    """Store the answer and what it cost, whoever has the job now; only a call still in flight may be used.

    Raises LeaseLost when the call was given up meanwhile: it is stored as late, billed and not used.
    """
    if not _persist(call, answer_columns(call, answer, price)):
        raise LeaseLost(f"call #{call.pk} came back after its job had gone on")
    faultpoint("call.answered")
    call.refresh_from_db()
    return call


def answer_columns(call: Call, answer: Completion, price: Price | None) -> dict[str, Any]:
    """What an answer says, as columns of its call."""
    amount, source = settled(answer, price, call.lane, call.reserved_usd)
    usage = answer.usage
    return {
        "raw_answer": plain(answer.text),
        "model_used": _fit(answer.model_used, 100),
        "finish": _fit(answer.finish, 20),
        "request_id": _fit(answer.request_id, 120),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": amount,
        "cost_source": source,
        "finished_at": timezone.now(),
    }


def _persist(call: Call, changes: dict[str, Any]) -> bool:
    """Write an answer that was paid for: a database that is busy or away is asked again for five minutes.

    False when the call was given up meanwhile; it is then stored as late.
    """

    def write() -> bool:
        with transaction.atomic():
            # Whoever repeats a call has its row as well (mark_lost): one of both comes first.
            now = Call.objects.select_for_update().get(pk=call.pk)
            # ANSWERED too: the first try may have come through although the database went away before it said so. And
            # what was marked lost when its job ended is not, as long as nobody has asked again: a resume need not pay
            # twice.
            is_ours = now.state in (Call.State.SENT, Call.State.ANSWERED)
            is_ours = is_ours or (now.state == Call.State.LOST and not now.repeats.exists())
            state = Call.State.ANSWERED if is_ours else Call.State.LATE
            Call.objects.filter(pk=call.pk).update(state=state, **changes)
        return is_ours

    return bool(insist(write, DATABASE_SECONDS))


def reject(call: Call, reason: str) -> None:
    """Mark an answer as unusable, so that another try asks again; it stays billed and stored."""
    Call.objects.filter(pk=call.pk).update(rejected=reason[:200])


def job_ended(job: Job) -> None:
    """Hook of config/hooks.py: a call that was in flight when its job ended is lost, and counts as reserved.

    Its answer may still come: it is then stored with what it really cost, and a resume uses it. Calls of a lot are
    settled when the provider has ended the lot.
    """
    if job.state == State.COMPLETED:
        return  # its task has returned: nothing is in flight
    Call.objects.filter(job=job, state=Call.State.SENT, lot=None).update(**lost())


def _fit(text: str, length: int) -> str:
    """A vendor's word as a column can hold it."""
    return plain(text)[:length]
