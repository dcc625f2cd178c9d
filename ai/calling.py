"""Calling a provider for a job: through the budgets, the ledger, the cooldown of the key, and the chain of models."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from django.conf import settings
from django.utils import timezone
from pydantic import BaseModel

from accounts import keys
from ai import budgets, cooling, ledger, reading
from ai.chain import Chain, Link
from ai.ledger import reject
from ai.model_list import known, listed
from ai.models import Call, ListedModel, Price
from ai.pricing import price_of, request_for, worst_case
from ai.prompting import Prompt
from ai.vendors import WHOSE, open_provider
from config.faultpoints import faultpoint
from integrations.errors import BadOutput, InvalidKey, OutsideError, PermanentError, Refused, TemporaryError
from integrations.providers import providers
from integrations.providers.base import Completion, Provider, Request
from jobs.outcomes import Wait
from jobs.running import Run

T = TypeVar("T")
Shape = TypeVar("Shape", bound=BaseModel)

CALL_SECONDS = 120.0
# With less time left before the deadline a call is not begun: it could not end, and would be billed.
LEAST_SECONDS = 30.0
# How much more room an answer gets that was cut off.
ENLARGE = 3


class CeilingReached(PermanentError):
    """The next call could cost more than what is left under the ceiling."""


class Writer:
    """Writes texts for one job, through the ledger.

    chain names the models and whose keys pay. ceiling is the most that all calls of `origin` may cost together, in
    USD; None is no ceiling.
    """

    def __init__(self, run: Run, chain: Chain, origin: str, *, ceiling: Decimal | None = None) -> None:
        self.run = run
        self.chain = chain
        self.origin = origin
        self.ceiling = ceiling

    def complete(self, prompt: Prompt, step: str) -> Call:
        """The answered call for a step: see `write`."""
        return self.write(prompt, step, lambda call: call.raw_answer)[0]

    def structured(self, prompt: Prompt, step: str, shape: type[Shape]) -> tuple[Call, Shape]:
        """The answered call for a step, and its answer as `shape`, mended where that is safe; see `write`."""
        asking = replace(prompt, schema=shape.model_json_schema())
        return self.write(asking, step, lambda call: reading.read_call(call, shape))

    def write(self, prompt: Prompt, step: str, read: Callable[[Call], T]) -> tuple[Call, T]:
        """The answered call for a step, and what `read` makes of it; the stored one if there is one, else a new one.

        An answer that was cut off is asked for once more with more room; one that `read` cannot use (BadOutput) is
        kept and rejected. After an error of the chain's kinds the next model is asked. Raises the errors of
        integrations/errors.py, CeilingReached, Wait (budget, cooldown, deadline), and LeaseLost when the answer came
        too late to be used.
        """
        if found := self._stored(prompt, step):
            return self._read(found, read)
        failures: list[OutsideError] = []
        for place, link in enumerate(self.chain.links):
            is_last = place == len(self.chain.links) - 1
            try:
                return self._read(self._written(prompt, step, link), read)
            except cooling.Cooling as spared:
                if is_last or not self.chain.kinds & {"busy", "limited"}:
                    raise self._failure(failures) or Wait(spared.reason, spared.until) from None
                self.run.log(f"{link.model} is spared for now ({spared.reason}): the next model is asked", "warning")
            except OutsideError as error:
                failures.append(error)
                if is_last or not self.chain.goes_on_after(error):
                    raise self._failure(failures) or error from None
                self.run.log(f"{link.model} failed ({error}): {self.chain.links[place + 1].model} is asked", "warning")
        raise AssertionError("a chain has at least one link")

    def _failure(self, failures: list[OutsideError]) -> OutsideError | None:
        """What to tell when no model of the chain helped: what may pass goes first, for then all are asked again."""
        passing = [error for error in failures if isinstance(error, TemporaryError)]
        return (passing or failures or [None])[0]

    def _read(self, call: Call, read: Callable[[Call], T]) -> tuple[Call, T]:
        try:
            return call, read(call)
        except BadOutput as error:
            reject(call, str(error))
            raise

    def _stored(self, prompt: Prompt, step: str) -> Call | None:
        """A whole answer that is there already, of whichever model of the chain."""
        rows = ListedModel.objects.in_bulk([link.model for link in self.chain.links], field_name="model_id")
        for model in [rows[link.model] for link in self.chain.links if link.model in rows]:
            for words in (prompt, enlarged(prompt, model)):
                found = ledger.stored_answer(words, model, self.origin, step)
                if found and found.finish != "length":
                    return found
        return None

    def _written(self, prompt: Prompt, step: str, link: Link) -> Call:
        model = listed(link.model)
        call = self._ask(prompt, step, link, model)
        if call.finish == "length":
            reject(call, f"cut off after {prompt.max_output_tokens} tokens")
            larger = enlarged(prompt, model)
            if larger != prompt:
                call = self._ask(larger, step, link, model)
        if call.finish == "length":
            reject(call, "cut off again")
            raise BadOutput(
                f"{link.model} cut its answer off, also with more room: choose a shorter length or another model."
            )
        if call.finish == "refused":
            reject(call, "refused")
            raise Refused(f"{link.model} refused to write this text.")
        return call

    def _ask(self, prompt: Prompt, step: str, link: Link, model: ListedModel) -> Call:
        if found := ledger.stored_answer(prompt, model, self.origin, step):
            return found
        known(link.model, model.kind)  # what is answered is used, also when its model has retired meanwhile
        provider, secret = self._open(link, model)
        if self.run.remaining() < LEAST_SECONDS:
            raise Wait("its time is up; it goes on with a new run", timezone.now())
        seconds = min(CALL_SECONDS, self.run.remaining())
        is_watched = providers.get(model.provider).is_language_model and cooling.admit(model.provider, secret, seconds)
        try:
            price = price_of(model, timezone.localdate())
            call = self._reserve(prompt, step, link, model, price)
        except BaseException:
            if is_watched:
                cooling.forgo(model.provider, secret)
            raise
        if call.state == Call.State.ANSWERED:
            if is_watched:
                cooling.forgo(model.provider, secret)
            return call
        faultpoint("call.sent")
        request = request_for(prompt, model, seconds, end_user(self.run.job.user_id))
        try:
            completion = self.send(provider, request, call)
        except Exception as error:
            self._failed(call, error, price, secret)
            raise
        if is_watched:
            cooling.served(model.provider, secret)
        return ledger.settle(call, completion, price)

    def worst(self, prompt: Prompt, model: ListedModel, price: Price) -> Decimal:
        """What the call can cost at most, in USD."""
        return worst_case(prompt, model, price)

    def send(self, provider: Provider, request: Request, call: Call) -> Completion:
        """Send a request; `call` is its row in the ledger."""
        return provider.complete(request)

    def _failed(self, call: Call, error: Exception, price: Price, secret: str) -> None:
        completion: Completion | None = getattr(error, "completion", None)
        if completion is None:
            ledger.note_failure(call, error)
        else:  # it cannot be used, and it is billed
            reject(ledger.settle(call, completion, price), str(error))
        if isinstance(error, OutsideError) and call.key_owner != "none":
            cooling.failed(call.provider, secret, error)

    def _open(self, link: Link, model: ListedModel) -> tuple[Provider, str]:
        """The provider with the key that this was accepted with, and that key."""
        if link.key_owner == "none":
            return open_provider(model.provider), ""
        job = self.run.job
        found = keys.of(link.key_owner, job.user, job.tenant, model.provider)
        if found is None:
            raise InvalidKey(
                f"The {keys.LABELS[model.provider]} key ({WHOSE[link.key_owner]}) that this was accepted with "
                "is gone. Enter it again under AI settings, then resume."
            )
        return open_provider(model.provider, found), f"{found.base_url}{found.secret}"

    def _reserve(self, prompt: Prompt, step: str, link: Link, model: ListedModel, price: Price) -> Call:
        """Open a call, its money reserved; an earlier run's answer that came in just now is returned instead."""
        worst = self.worst(prompt, model, price)
        job = self.run.job
        assert job.tenant, "a call belongs to a workspace"
        with self.run.owned(saves_step=False):
            lost = ledger.mark_lost(self.run, self.origin, step)
            if found := ledger.stored_answer(prompt, model, self.origin, step):
                return found
            self._stay_below_ceiling(worst)
            budgets.reserve(job.tenant, job.user, worst)
            first = self.chain.links[0].model
            return ledger.open_call(
                self.run,
                self.origin,
                step,
                prompt,
                model,
                price,
                worst,
                repeat_of=lost,
                instead_of=first if link.model != first else "",
                key_owner=link.key_owner,
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


def end_user(user_id: int | None) -> str:
    """What a vendor's abuse desk gets to tell our people apart: a hash, "" for nobody."""
    if user_id is None:
        return ""
    return hmac.new(settings.SECRET_KEY.encode(), f"end-user {user_id}".encode(), hashlib.sha256).hexdigest()


def enlarged(prompt: Prompt, model: ListedModel) -> Prompt:
    """The same words with more room for the answer, no more than the model can give."""
    room = prompt.max_output_tokens * ENLARGE
    if model.output_tokens:
        room = max(prompt.max_output_tokens, min(room, model.output_tokens))
    return replace(prompt, max_output_tokens=room)
