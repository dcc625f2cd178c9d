"""Asking again: stored calls made once more, on the same or another model or in today's words, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Tenant, User
from ai import choosing, editions, estimating, grounding, ledger
from ai.calling import Writer
from ai.chain import Chain
from ai.editions import difference
from ai.estimating import Estimate
from ai.facts.claims import Report
from ai.models import Call, ListedModel, Trial, TrialItem
from ai.prompting import Prompt, fields, filled
from config.logs import hide_secrets
from integrations.errors import BadOutput, ContextTooLong, Refused
from jobs import accepting
from jobs.models import Job
from jobs.running import Run

CARRY_OUT = "ai.tasks.carry_out_trial"
MOST_ITEMS = 20
# Where there is no answer to go by, this part of the longest one is likely.
LIKELY_SHARE = 4


class CannotAskAgain(Exception):
    """There is nothing that could be asked again; the text says why."""


@dataclass(frozen=True)
class Side:
    """One text of a comparison: what wrote it, what it cost (USD), how long it took (seconds), how true it is."""

    call: Call
    report: Report

    @property
    def text(self) -> str:
        return self.call.raw_answer

    @property
    def seconds(self) -> float | None:
        """None where it waited in a cheaper lane: that says nothing of the model."""
        return self.call.seconds if self.call.lane == Call.Lane.NOW else None


@dataclass(frozen=True)
class Comparison:
    """Two texts side by side."""

    before: Side
    after: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.before, self.after

    @property
    def is_same(self) -> bool:
        """Byte for byte."""
        return self.before.text == self.after.text

    @property
    def difference(self) -> list[dict[str, Any]]:
        """Pieces {kind: same | gone | new, text}; see ai.editions.difference."""
        return difference(self.before.text, self.after.text)


@dataclass(frozen=True)
class Means:
    """Over the texts of one side of a trial: the mean score (0-100), the cost of all in USD, the mean seconds."""

    score: int | None
    usd: Decimal
    seconds: float | None

    @classmethod
    def of(cls, sides: list[Side]) -> "Means":
        """None where nothing could be scored or timed."""
        scores = [side.report.score for side in sides if side.report.score is not None]
        times = [side.seconds for side in sides if side.seconds is not None]
        return cls(
            sum(scores) // len(scores) if scores else None,
            sum((side.call.cost_usd for side in sides), Decimal(0)),
            sum(times) / len(times) if times else None,
        )


@dataclass(frozen=True)
class Summary:
    """A trial in figures, over the texts that were written again."""

    before: Means
    after: Means
    answered: int
    failed: int
    total: int
    same: int

    @property
    def sides(self) -> tuple[Means, Means]:
        return self.before, self.after


def start(
    calls: list[Call],
    model_id: str,
    *,
    tenant: Tenant,
    user: User,
    words: str = Trial.Words.SAME,
    instead_of: ListedModel | None = None,
    key: str | None = None,
) -> tuple[Trial, Job]:
    """Accept a trial: its calls are made again by a job. The same key is the same trial.

    Raises CannotAskAgain, ModelGone, InvalidKey and jobs.accepting.KeyReused (the key came with other calls).
    """
    again = repeatable(calls, tenant)
    body = {"calls": [call.pk for call in again], "model": model_id, "words": words}
    if job := accepting.earlier(CARRY_OUT, tenant, key, body):
        return Trial.objects.for_tenant(tenant).get(pk=job.payload["trial_id"]), job
    model = choosing.known(model_id)
    owner = choosing.key_owner(model_id, user, tenant)
    for call in again:
        words_of(call, words, tenant)
    try:
        with transaction.atomic():
            trial = Trial.objects.create(
                tenant=tenant, user=user, model=model, instead_of=instead_of, words=words, key_owner=owner
            )
            TrialItem.objects.bulk_create(TrialItem(trial=trial, call=call) for call in again)
            payload = {"trial_id": trial.pk}
            job = accepting.enqueue(
                CARRY_OUT, tenant=tenant, user=user, request=trial, payload=payload, key=key, body=body
            )
            return trial, job
    except accepting.AlreadyAccepted as earlier:
        return Trial.objects.for_tenant(tenant).get(pk=earlier.job.payload["trial_id"]), earlier.job


def repeatable(calls: list[Call], tenant: Tenant) -> list[Call]:
    """Those of the calls that can be made again, 20 at most; raises CannotAskAgain when there is none."""
    kept = [call for call in calls if call.tenant_id == tenant.pk and call.inputs.get("prompt")]
    if not kept:
        raise CannotAskAgain("There is no call here whose words were kept, so none can be made again.")
    again = [call for call in kept if call.state != Call.State.SENT]
    if not again:
        raise CannotAskAgain("This call is in flight. Wait until it has ended, then ask again.")
    return again[:MOST_ITEMS]


def estimate(calls: list[Call], model_id: str, *, tenant: Tenant, words: str = Trial.Words.SAME) -> Estimate:
    """What a trial will cost, from the real words and the lengths of the answers there are.

    Raises CannotAskAgain, ModelGone and NoPrice.
    """
    model = choosing.known(model_id)
    asked = [(words_of(call, words, tenant), call) for call in repeatable(calls, tenant)]
    found = [estimating.estimate(prompt, model, calls=1, words=_length(call, prompt)) for prompt, call in asked]
    return Estimate(
        calls=len(found),
        input_tokens=sum(one.input_tokens for one in found),
        output_tokens=sum(one.output_tokens for one in found),
        low=sum((one.low for one in found), Decimal(0)),
        likely=sum((one.likely for one in found), Decimal(0)),
        high=sum((one.high for one in found), Decimal(0)),
        seconds=sum(one.seconds for one in found),
        lane=Call.Lane.NOW,
    )


def _length(call: Call, prompt: Prompt) -> int:
    return len(call.raw_answer.split()) or prompt.max_output_tokens // LIKELY_SHARE


def newest_calls(model: ListedModel, tenant: Tenant, count: int) -> list[Call]:
    """The last texts that a model wrote here and that were used."""
    answered = Call.objects.for_tenant(tenant).filter(
        model_requested=model.model_id, state=Call.State.ANSWERED, rejected=""
    )
    return list(answered.exclude(origin__startswith=Trial._meta.label)[:count])


def carry_out(trial: Trial, run: Run) -> dict[str, Any]:
    """Make the calls of a trial; what is answered or was given up already is not asked again."""
    items = list(trial.items.select_related("call"))
    writer = Writer(run, Chain.of(trial.model_id, trial.key_owner), trial.origin)
    for number, item in enumerate(items):
        if item.answer_id or item.problem:
            continue
        run.checkpoint("ask", 100 * number / len(items), f"Text {number + 1} of {len(items)}: {item.call.subject}")
        try:
            answer = writer.complete(words_of(item.call, trial.words, trial.tenant), f"{item.call.pk}")
        except (BadOutput, ContextTooLong, Refused, CannotAskAgain) as error:  # of this text, not of key or model
            with run.owned():
                TrialItem.objects.filter(pk=item.pk).update(problem=hide_secrets(str(error))[:500])
            run.log(f"{item.call.subject}: {error}", "error")
            continue
        with run.owned():
            TrialItem.objects.filter(pk=item.pk).update(answer=answer)
    answered, failed, _total = found = tally(trial)
    run.checkpoint("done", 100, tally_words(*found))
    return {"trialId": trial.pk, "answered": answered, "failed": failed}


def tally(trial: Trial) -> tuple[int, int, int]:
    """How many texts of a trial are written again, how many could not be, and how many there are."""
    rows = list(trial.items.values_list("answer", "problem"))
    answered = sum(1 for answer, _problem in rows if answer)
    return answered, sum(1 for answer, problem in rows if problem and not answer), len(rows)


def tally_words(answered: int, failed: int, total: int) -> str:
    """ "4 of 5 texts written again, 1 could not be"."""
    texts = "1 text" if total == 1 else f"{total} texts"
    return f"{answered} of {texts} written again" + (f", {failed} could not be" if failed else "")


def words_of(call: Call, words: str, tenant: Tenant) -> Prompt:
    """The words to ask a call with: as they were sent, or in the prompt as it stands today.

    Raises CannotAskAgain where today's prompt cannot be filled in for it.
    """
    said = ledger.said(call)
    if words == Trial.Words.SAME:
        return said
    template = editions.templates().get(call.prompt_name)
    values = call.inputs.get("values")
    if template is None or not values:
        raise CannotAskAgain(
            "What was put into the prompt of this call was not kept apart, so it can only be asked in the same words."
        )
    edition = editions.in_use(tenant, template.name)
    source = edition or template
    if missing := sorted((fields(source.system) | fields(source.text)) - values.keys()):
        raise CannotAskAgain(
            f"Today's prompt wants {{{missing[0]}}}, which this call did not have: ask the same words."
        )
    return replace(
        said,
        version=template.version,
        edition=edition.number if edition else None,
        system=filled(source.system, values),
        text=filled(source.text, values),
    )


def compare(before: Call, after: Call) -> Comparison:
    """Two answers side by side, each checked against the source of the first."""
    return Comparison(*(Side(call, grounding.check(call.raw_answer, before.record)) for call in (before, after)))


def summary(items: Iterable[TrialItem]) -> Summary:
    """The figures of a trial's items, which have their `call` and `answer` read with them."""
    rows = list(items)
    pairs = [compare(item.call, item.answer) for item in rows if item.answer]
    return Summary(
        before=Means.of([pair.before for pair in pairs]),
        after=Means.of([pair.after for pair in pairs]),
        answered=len(pairs),
        failed=sum(1 for item in rows if item.problem and not item.answer_id),
        total=len(rows),
        same=sum(pair.is_same for pair in pairs),
    )
