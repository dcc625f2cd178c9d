"""The cheaper lane: many calls handed in together, answered within a day, for half the price as a rule."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from ulid import ULID

from accounts import keys
from ai import budgets, ledger
from ai.calling import CALL_SECONDS, Writer, end_user, enlarged
from ai.chain import Link
from ai.model_list import known, listed
from ai.models import Call, ListedModel, Lot
from ai.pricing import price_of, request_for, worst_case
from ai.prompting import Prompt
from ai.vendors import open_provider
from config.faultpoints import faultpoint
from config.logs import storable
from integrations import errors
from integrations.errors import (
    BadOutput,
    InvalidKey,
    NoAnswer,
    OutsideError,
    PermanentError,
    TemporaryError,
    Unsupported,
)
from integrations.providers import providers
from integrations.providers.base import Completion, Provider, Request
from jobs import reordering
from jobs.models import Job
from jobs.outcomes import Wait

# The clock looks every few minutes and wakes the job; this is for when it does not.
LOOK_AGAIN = timedelta(hours=1)
# With no answer by then the vendor has forgotten it: the vendors promise 24 hours.
GIVEN_UP = timedelta(hours=30)
NOT_WORKED_ON = "NotWorkedOn"
# So often a text is handed in by one job before it counts as failed.
MOST_LOTS = 3


class _Wanted(NamedTuple):
    prompt: Prompt
    worst: Decimal


def has_lane(model: ListedModel) -> bool:
    """Whether a model can be asked in the cheaper lane: its vendor takes lots, and we know what they cost."""
    price = model.price
    return bool(
        model.provider in providers and providers.get(model.provider).takes_lots and price and price.has_batch_lane
    )


class PatientWriter(Writer):
    """Writes through lots: `hand_in` first, then each step has its answer, or its reason why there is none."""

    def hand_in(self, prompts: Mapping[str, Prompt]) -> None:
        """See that each step has an answer or a reason; raises Wait while the vendor is at it.

        What was handed in is never handed in again: a lot left open by a crash is found at the vendor first.
        """
        link = self.chain.links[0]
        for lot in Lot.objects.at_the_vendor().filter(origin=self.origin):
            with suppress(TemporaryError):  # it is asked again
                look(lot)
            lot.refresh_from_db()
            if lot.ended_at is None:
                self._wait(lot)
        missing = self._missing(prompts, listed(link.model))
        if missing:  # what is answered already is used, also when its model has retired meanwhile
            model = known(link.model)
            if not has_lane(model):
                raise Unsupported(f"{model.label} has no cheaper lane: order it at once, or choose another model.")
            self._wait(self._submit(missing, link, model))

    def _wait(self, lot: Lot) -> None:
        with self.run.owned():  # the vendor is at it: the queue's patience begins anew
            pass
        raise Wait(
            f"{keys.LABELS[lot.provider]} works on {lot.total} texts in its cheaper lane ({lot.done} done); "
            "it may take a day",
            timezone.now() + LOOK_AGAIN,
        )

    def _missing(self, prompts: Mapping[str, Prompt], model: ListedModel) -> dict[str, _Wanted]:
        """The steps that no lot has settled, with the words to ask: with more room where an answer was cut off."""
        price = price_of(model, timezone.localdate())
        missing = {}
        for step, prompt in prompts.items():
            if self._stored(prompt, step) or self._is_settled(step):
                continue
            cut = ledger.stored_answer(prompt, model, self.origin, step)
            wanted = enlarged(prompt, model) if cut else prompt
            if cut and ledger.stored_answer(wanted, model, self.origin, step):
                continue  # cut off again: writing it says so
            missing[step] = _Wanted(wanted, worst_case(wanted, model, price, Call.Lane.CHEAP))
        return missing

    def _is_settled(self, step: str) -> bool:
        """Whether this job need not hand a step in again: it was refused for good, or has been in enough lots."""
        mine = Call.objects.of_step(self.origin, step).filter(lane=Call.Lane.CHEAP, job=self.run.job)
        last = mine.last()
        if last is None or last.finish == "length":
            return False
        given_up = mine.filter(state=Call.State.FAILED).count() >= MOST_LOTS
        return _has_ended(last) and (given_up or issubclass(_error_class(last), PermanentError))

    def _submit(self, missing: dict[str, _Wanted], link: Link, model: ListedModel) -> Lot:
        price = price_of(model, timezone.localdate())
        job = self.run.job
        assert job.tenant, "a call belongs to a workspace"
        provider, _secret = self._open(link, model)
        total = sum((wanted.worst for wanted in missing.values()), Decimal(0))
        with self.run.owned(saves_step=False):
            self._stay_below_ceiling(total)
            budgets.reserve(job.tenant, job.user, total)
            lot = Lot.objects.create(
                tenant=job.tenant,
                user=job.user,
                job=job,
                origin=self.origin,
                provider=model.provider,
                key_owner=link.key_owner,
                label=f"pressroom-{ULID()}".lower(),
                total=len(missing),
            )
            for step, wanted in missing.items():
                ledger.open_call(
                    self.run,
                    self.origin,
                    step,
                    wanted.prompt,
                    model,
                    price,
                    wanted.worst,
                    lane=Call.Lane.CHEAP,
                    lot=lot,
                    key_owner=link.key_owner,
                )
        faultpoint("lot.written")
        send(lot, provider)
        return lot

    def _ask(self, prompt: Prompt, step: str, link: Link, model: ListedModel) -> Call:
        """The stored answer, else the reason why there is none: nothing is sent, nothing is paid at the full price."""
        if found := ledger.stored_answer(prompt, model, self.origin, step):
            return found
        last = Call.objects.of_step(self.origin, step).filter(lane=Call.Lane.CHEAP).last()
        if last is None or not _has_ended(last):
            raise Wait("its lot is handed in again", timezone.now())
        kind = _error_class(last)
        why = last.error or last.rejected or "The vendor gave no answer in its cheaper lane."
        if issubclass(kind, PermanentError):
            raise kind(why)
        raise BadOutput(f"{why} It was handed in {MOST_LOTS} times. Order it at once, or resume to hand it in again.")


def _has_ended(call: Call) -> bool:
    """Whether a call came to nothing: it failed, or its answer could not be used."""
    return call.state == Call.State.FAILED or (call.state == Call.State.ANSWERED and bool(call.rejected))


def send(lot: Lot, provider: Provider) -> None:
    """Hand a lot in and note the vendor's name for it; its calls fail with what is wrong when it is not taken."""
    requests = requests_of(lot)
    try:
        remote_id = provider.submit(requests, lot.label)
    except NoAnswer:
        raise  # it may have arrived: the next look asks the vendor for our label
    except OutsideError as error:
        _close(lot, Lot.State.FAILED, str(error))
        _in_flight(lot).update(**ledger.failed(type(error).__name__, str(error)))
        raise
    faultpoint("lot.sent")
    Lot.objects.filter(pk=lot.pk).update(remote_id=remote_id[:120], state=Lot.State.WORKING, checked_at=timezone.now())


def requests_of(lot: Lot) -> dict[str, Request]:
    """The requests of a lot by the numbers of their calls."""
    model = _model_of(lot)
    return {
        str(call.pk): request_for(ledger.said(call), model, CALL_SECONDS, end_user(call.user_id))
        for call in lot.calls.order_by("pk")
    }


def _model_of(lot: Lot) -> ListedModel:
    """The model that all calls of a lot ask for."""
    return listed(lot.calls.values_list("model_requested", flat=True)[0])


def _in_flight(lot: Lot) -> QuerySet[Call]:
    return lot.calls.filter(state=Call.State.SENT)


def look(lot: Lot) -> bool:
    """Ask the vendor how far a lot is, and settle its calls when it has ended; says whether it has.

    Raises TemporaryError while the vendor cannot be asked. A lot whose key is gone waits for it.
    """
    try:
        return _look(lot)
    except OutsideError:
        if lot.created_at + GIVEN_UP > timezone.now():
            raise
        _give_up(lot)
        return True


def _look(lot: Lot) -> bool:
    found = keys.of(lot.key_owner, lot.user, lot.tenant, lot.provider)
    if found is None:
        raise InvalidKey(
            f"The {keys.LABELS[lot.provider]} key that {lot.total} texts were handed in with is gone. "
            "Enter it again under AI settings: their answers are waiting there."
        )
    provider = open_provider(lot.provider, found)
    if lot.state == Lot.State.SUBMITTING and not _found_again(lot, provider):
        return True
    if lot.cancel_asked_at is None and _is_not_wanted(lot):
        provider.cancel_lot(lot.remote_id)
        Lot.objects.filter(pk=lot.pk).update(cancel_asked_at=timezone.now())
    state = provider.lot(lot.remote_id)
    Lot.objects.filter(pk=lot.pk).update(done=state.done, checked_at=timezone.now())
    if state.state == "ended":
        _settle(lot, provider.answers(lot.remote_id, requests_of(lot)), state.why)
    elif lot.created_at + GIVEN_UP < timezone.now():
        with suppress(OutsideError):
            provider.cancel_lot(lot.remote_id)
        _give_up(lot)
    else:
        return False
    return True


def _give_up(lot: Lot) -> None:
    """Nobody will say any more what came of it: its calls count as reserved, since they may have been billed."""
    _close(lot, Lot.State.FAILED, "given up: no answer within 30 hours")
    _in_flight(lot).update(**ledger.lost(), error="The vendor did not say within 30 hours what came of it.")


def _found_again(lot: Lot, provider: Provider) -> bool:
    """After a crash between writing and handing in: find the lot at the vendor by our label; False for none.

    A vendor that keeps no labels may have it and bill it: then its calls count as reserved, else they cost nothing.
    """
    remote_id = provider.find_lot(lot.label)
    if remote_id:
        lot.remote_id, lot.state = remote_id, Lot.State.WORKING
        lot.save(update_fields=["remote_id", "state"])
        return True
    _close(lot, Lot.State.FAILED, "not found at the vendor after a crash")
    if provider.finds_lots:
        why = "It never reached the vendor: its worker ended before it was handed in."
        _in_flight(lot).update(**ledger.failed(NOT_WORKED_ON, why))
    else:
        why = "Whether the vendor got it is not known: its worker ended while it was handed in."
        _in_flight(lot).update(**ledger.lost(), error=why)
    return False


def _is_not_wanted(lot: Lot) -> bool:
    """Whether the work it was for has been cancelled."""
    job = Job.objects.filter(request=lot.origin).order_by("-created_at").first()
    return job is None or job.state == "cancelled"


def _settle(lot: Lot, answers: Mapping[str, Completion | OutsideError], why: str) -> None:
    """Store each answer with what it cost; what was not worked on costs nothing."""
    price = _model_of(lot).price_on(timezone.localdate(lot.created_at))
    for call in _in_flight(lot):
        answer = answers.get(str(call.pk))
        completion = answer if isinstance(answer, Completion) else getattr(answer, "completion", None)
        if completion is not None:
            ended = {"state": Call.State.ANSWERED, **ledger.answer_columns(call, completion, price)}
            if isinstance(answer, OutsideError):
                ended |= {"rejected": str(answer)[:200], "error_code": type(answer).__name__}
        elif isinstance(answer, OutsideError):
            ended = ledger.failed(type(answer).__name__, str(answer))
        else:
            ended = ledger.failed(NOT_WORKED_ON, f"The vendor did not work on it ({why}).")
        _in_flight(lot).filter(pk=call.pk).update(**ended)
    _close(lot, Lot.State.ENDED, "" if answers else why)


def _close(lot: Lot, state: Lot.State, problem: str) -> None:
    Lot.objects.filter(pk=lot.pk).update(state=state, problem=storable(problem)[:500], ended_at=timezone.now())
    lot.state = state


def _error_class(call: Call) -> type[OutsideError]:
    """The error that a call ended with; what the vendor did not work on may be asked again."""
    if call.rejected and not call.error_code:
        return BadOutput
    found = getattr(errors, call.error_code, None)
    if isinstance(found, type) and issubclass(found, OutsideError) and found is not OutsideError:
        return found
    return TemporaryError


def are_open() -> bool:
    """Whether a provider is at work on anything in its cheaper lane."""
    return Lot.objects.at_the_vendor().exists()


def poll() -> dict[str, int]:
    """Look at every open lot and wake the jobs that wait for those that ended: {"open", "ended", "unreachable"}."""
    tally = {"open": 0, "ended": 0, "unreachable": 0}
    for lot in Lot.objects.at_the_vendor().select_related("tenant", "user", "job"):
        if lot.state == Lot.State.SUBMITTING and lot.job and not lot.job.ended and lot.job.state == "active":
            continue  # its worker is handing it in this very moment
        try:
            ended = look(lot)
        except OutsideError:
            tally["unreachable"] += 1
            continue
        tally["ended" if ended else "open"] += 1
        if ended:
            _wake(lot)
    return tally


def _wake(lot: Lot) -> None:
    job = Job.objects.filter(request=lot.origin, state="delayed").first()
    if job:
        with transaction.atomic():
            try:
                reordering.run_now(job, by="the cheaper lane")
            except reordering.NotOpen:
                return
