"""Sending one publication: claim it, prepare it, commit the intent, call once, commit what became of it.

A publication is `sending` while one job has it. What is certain decides what happens next: an attempt of which nothing
is known is looked up, repeated under the same key, or left to a person; it is never sent blindly a second time.
"""

import time
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from config.faultpoints import faultpoint
from integrations.errors import (
    AmbiguousOutcome,
    InvalidKey,
    OutsideError,
    PermanentError,
    RateLimited,
    Refused,
    TemporaryError,
    Unsupported,
)
from integrations.platforms.base import Delivery, Draft, Platform, Posted
from jobs.models import from_now
from jobs.outcomes import LeaseLost, Wait
from jobs.running import Run, insist, lease_seconds
from publishing import announcing, following, holding, refreshing, telling
from publishing.drafts import BadContent, draft_of
from publishing.models import Attempt, Publication
from publishing.opening import keep_session, open_platform

State = Publication.State
# Between the committed intent and the call: a process that was stopped in between has lost its job meanwhile.
STALE_SECONDS = 5.0
MOST_ATTEMPTS = 6
STOPPED_SECONDS = 60.0


class Dispatch:
    """One run that sends one publication."""

    def __init__(self, publication: Publication, run: Run) -> None:
        self.publication = publication
        self.run = run
        self.platform: Platform
        self.draft: Draft
        self.is_renewed = False

    def send(self) -> dict[str, Any]:
        """Send it if it may leave; returns how it stands, as the job's result. Raises what a task may raise."""
        if not claim(self.publication, self.run):
            self.run.log(f"Nothing is sent: {holding.why_not(self.publication)}", "warning")
            return outcome(self.publication)
        self.run.checkpoint("sending", 10, f"Sending “{self.publication}” to {self.publication.account}")
        try:
            self.draft = replace(draft_of(self.publication), is_repeated=self._may_be_there_already())
            self.platform = refreshing.opened(self.publication.account)
        except TemporaryError as error:  # its credentials could not be renewed now
            self._try_later(error)
            raise
        except InvalidKey as error:  # nothing was sent: it waits until a person has seen to the account
            with self.run.owned():
                refreshing.broken(self.publication.account, str(error))
            self._stay()
            return outcome(self.publication)
        except (BadContent, OutsideError) as error:
            self._refused(str(error))
            return outcome(self.publication)
        if self._is_out():
            return outcome(self.publication)
        self._prepare()
        if self.publication.state == State.SENDING:
            self._publish()
        return outcome(self.publication)

    # -- what an earlier attempt left ---------------------------------------------------------------------------------

    def _is_out(self) -> bool:
        """Clear up an attempt of which nothing is known; whether this publication has its end then."""
        last = self.publication.attempts.last()
        if last and last.state == Attempt.State.REFUSED and last.job == self.run.id:  # the end of it was not stored
            self._refused(last.words)
            return True
        last = self.publication.attempts.open_questions().last()
        if last is None:
            return False
        if last.state == Attempt.State.ARMED:  # its process died, or lost the job
            self._end_attempt(last, Attempt.State.UNKNOWN, "lost", "The process ended before the answer was stored.")
        if self.publication.replaces_id:
            self.run.log("Nobody knows whether the change arrived: it is made again, and changes nothing twice.")
            return self._has_tried_enough()
        if self.platform.can_look_up:
            return self._looked_up(last)
        if self.platform.delivery == Delivery.IDEMPOTENT:
            self.run.log("Nobody knows whether it arrived: it is sent again under the same key.", "warning")
            return self._has_tried_enough()
        self._unconfirmed(last.words)
        return True

    def _looked_up(self, last: Attempt) -> bool:
        left = self._settle_seconds(last) - _age(last)
        if left > 0:
            raise Wait("Looking whether it is there: the platform is given a moment.", left)
        try:
            posted = self.platform.look_up(self.draft, self.publication.prepared)
        except RateLimited:
            raise
        except Unsupported as error:
            self._unconfirmed(str(error))
            return True
        except PermanentError as error:
            if self._renewed_after(error):
                return self._looked_up(last)
            self._unconfirmed(f"{last.words} It could not be looked up: {error}")
            return True
        if posted is not None:
            self.run.log("It was looked up, and it is there.")
            self._published(last, posted)
            return True
        self.run.log("It was looked up, and it is not there: it is sent again.", "warning")
        self._end_attempt(last, Attempt.State.ABSENT, "absent", "It was looked up and is not there.")
        return self._has_tried_enough()

    def _settle_seconds(self, last: Attempt) -> float:
        """How long after its beginning an attempt may still come through. A dead process's call may be on its way."""
        if last.code != "lost" or self.platform.delivery == Delivery.IDEMPOTENT:
            return self.platform.settle_seconds
        return max(self.platform.settle_seconds, settings.PUBLISH_SETTLE_SECONDS)

    def _has_tried_enough(self) -> bool:
        sent = self.publication.attempts.exclude(state=Attempt.State.NOT_SENT)
        if sent.count() < MOST_ATTEMPTS * self.publication.round:
            return False
        self._unconfirmed(f"It was tried {MOST_ATTEMPTS} times, and no answer came.")
        return True

    # -- the two parts ------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Upload what goes with it, and look once more at its limits."""
        if problems := self.platform.problems(self.draft):
            self._refused(" ".join(problems))
            return
        prepared = dict(self.publication.prepared)

        def save(new: dict[str, Any]) -> None:
            prepared.update(new)
            with self.run.owned():
                Publication.objects.filter(pk=self.publication.pk).update(prepared=prepared)

        try:
            self.platform.prepare(self.draft, prepared, save)
        except PermanentError as error:
            if self._renewed_after(error):
                self.publication.prepared = prepared
                self._prepare()
                return
            self._refused_by(error)
        except OutsideError as error:
            self._try_later(error)
            raise
        finally:
            keep_session(self.publication.account, self.platform)
        self.publication.prepared = prepared

    def _publish(self) -> None:
        """The one call. Its intent is stored before it, and nothing but the call stands between."""
        self.run.heed()
        with self.run.owned():
            attempt = self._arm()
        if attempt is None:
            self._stay()
            return
        armed_at = time.monotonic()
        faultpoint("publish.armed")
        if time.monotonic() - armed_at > STALE_SECONDS:
            raise LeaseLost(self.run.id)
        try:
            posted = self._call()
        except AmbiguousOutcome as error:
            faultpoint("publish.answered")
            self._unknown(attempt, str(error))
        except PermanentError as error:
            if self._renewed_after(error):  # a call that is refused for its token has published nothing
                self._end_attempt(attempt, Attempt.State.NOT_SENT, type(error).__name__, str(error))
                self._publish()
                return
            self._end_attempt(attempt, Attempt.State.REFUSED, type(error).__name__, str(error))
            self._refused_by(error)
        except OutsideError as error:
            self._end_attempt(attempt, Attempt.State.NOT_SENT, type(error).__name__, str(error))
            self._try_later(error)
            raise
        else:
            faultpoint("publish.answered")
            self._published(attempt, posted)
        finally:
            keep_session(self.publication.account, self.platform)

    def _renewed_after(self, error: PermanentError) -> bool:
        """Whether the token was over, and there is another one now; once in a run."""
        account = self.publication.account
        if self.is_renewed or not isinstance(error, InvalidKey) or not refreshing.can_renew(account):
            return False
        self.run.log("The token does not hold any more: it is renewed.")
        self.is_renewed = True
        try:
            refreshing.renew(account, self.platform.given)
        except OutsideError as problem:
            self.run.log(f"It could not be renewed: {problem}", "warning")
            return False
        self.platform = open_platform(account)
        return True

    def _may_be_there_already(self) -> bool:
        """Whether an earlier call may have published it, whatever was found out since."""
        same = self.publication.attempts.filter(request_hash=self.publication.content_hash)
        return same.exclude(state__in=(Attempt.State.NOT_SENT, Attempt.State.REFUSED)).exists()

    def _call(self) -> Posted:
        """Publish it; or put it in the place of what is published, as far as nobody else has changed that."""
        before, prepared = self.publication.replaces, self.publication.prepared
        if before is None:
            return self.platform.publish(self.draft, prepared)
        if not before.is_there:
            raise Refused("What it was to change is not there any more. Publish it anew.")
        return self.platform.update(before.remote_id, before.version, self.draft, prepared)

    def _arm(self) -> Attempt | None:
        """The intent; None where a hold, a pause or the switch came after the claim."""
        mine = Publication.objects.filter(pk=self.publication.pk, state=State.SENDING, job=self.run.id)
        if not mine.locked().free().exists():
            return None
        number = self.publication.attempts.count() + 1
        attempt = Attempt.objects.create(
            publication=self.publication,
            number=number,
            request_hash=self.publication.content_hash,
            job=self.run.id,
            started_at=Now(),
        )
        attempt.refresh_from_db()
        return attempt

    def _stay(self) -> None:
        """It may not leave any more: it is scheduled again, or stays with this job where a call was made before."""
        if self.publication.attempts.exists():
            raise Wait(f"Not sent again yet: {holding.why_not(self.publication)}", STOPPED_SECONDS)
        self.run.log(f"Nothing is sent: {holding.why_not(self.publication)}", "warning")
        with self.run.owned(saves_step=False):
            self._become(State.SCHEDULED)

    # -- what became of it --------------------------------------------------------------------------------------------

    def _unknown(self, attempt: Attempt, words: str) -> None:
        self._end_attempt(attempt, Attempt.State.UNKNOWN, "AmbiguousOutcome", words)
        can_go_on = self.platform.can_look_up or self.platform.delivery == Delivery.IDEMPOTENT
        if can_go_on or self.publication.replaces_id:
            left = self.platform.settle_seconds - _age(attempt)
            raise Wait(f"{words} Looking what became of it.", max(left, 1.0))
        self._unconfirmed(words)

    def _published(self, attempt: Attempt, posted: Posted) -> None:
        """Store that it is out. It is the truth whoever has the job now, so no fence stands before it."""

        def store() -> None:
            with transaction.atomic():
                self._end_attempt(attempt, Attempt.State.PUBLISHED, "", posted.note, posted)
                columns = {
                    "remote_id": posted.remote_id[:300], "url": posted.url[:500], "version": posted.version[:100],
                    "published_at": timezone.now(), "note": posted.note[:500], "not_before": None,
                }  # fmt: skip
                self._become(State.PUBLISHED, (State.SENDING, State.UNCONFIRMED), **columns)
                if before := self.publication.replaces_id:
                    same = {name: columns[name] for name in ("version", "url")}
                    Publication.objects.filter(pk=before).update(**same, updated_at=timezone.now())
                if self.publication.state == State.PUBLISHED:
                    announcing.published(self.publication)
                    following.follow(self.publication)

        insist(store, lease_seconds())
        faultpoint("publish.stored")

    def _refused(self, words: str) -> None:
        """It is not taken. Where an earlier call got no answer, that does not tell that it is not there."""
        if self.publication.may_be_there:
            self._unconfirmed(f"An earlier call got no answer, so it may be there. Sent again: {words}")
            return
        with self.run.owned():
            self._become(State.REFUSED, note=words[:500])
            telling.refused(self.publication)

    def _refused_by(self, error: Exception) -> None:
        """The platform refuses it; where the credentials do not hold, nothing more of the account goes out."""
        if isinstance(error, InvalidKey):
            with self.run.owned():
                refreshing.broken(self.publication.account, str(error), self.platform.given)
        self._refused(str(error))

    def _unconfirmed(self, words: str) -> None:
        with self.run.owned():
            self._become(State.UNCONFIRMED, note=words[:500])
            telling.unconfirmed(self.publication)
            announcing.unconfirmed(self.publication)

    def _try_later(self, error: OutsideError) -> None:
        """Nothing was sent: it is scheduled again, and the job comes back by the rules of its queue.

        What may be there already stays with its job: nobody changes or cancels it meanwhile.
        """
        if self.publication.may_be_there:
            return
        seconds = max(1.0, getattr(error, "retry_after", 0.0))
        with self.run.owned(saves_step=False):
            self._become(State.SCHEDULED, note=str(error)[:500], not_before=from_now(seconds))

    def _become(self, state: str, before: tuple[str, ...] = (State.SENDING,), **columns: Any) -> None:
        columns["updated_at"] = timezone.now()
        Publication.objects.filter(pk=self.publication.pk, state__in=before).update(state=state, **columns)
        self.publication.refresh_from_db()

    def _end_attempt(self, attempt: Attempt, state: str, code: str, words: str, posted: Posted | None = None) -> None:
        """Store how an attempt ended; a late answer still says more than "unknown"."""
        columns: dict[str, Any] = {"state": state, "code": code[:60], "words": words[:500], "ended_at": timezone.now()}
        if posted:
            columns |= {"remote_id": posted.remote_id[:300], "url": posted.url[:500]}

        def store() -> None:
            Attempt.objects.open_questions().filter(pk=attempt.pk).update(**columns)

        insist(store, lease_seconds()) if not transaction.get_connection().in_atomic_block else store()
        attempt.state, attempt.code, attempt.words = state, code, words


def claim(publication: Publication, run: Run) -> bool:
    """Take a publication for this job by one UPDATE that knows every hold; whether it is this job's now."""
    mine = {"state": State.SENDING, "job": run.id, "note": "", "not_before": None, "updated_at": Now()}
    rows = Publication.objects.filter(pk=publication.pk)
    with run.owned(saves_step=False):
        taken = rows.locked().may_leave(run.id).update(**mine) or rows.filter(state=State.SENDING, job=run.id).exists()
        taken = taken or rows.deserted().update(job=run.id)
    publication.refresh_from_db()
    return bool(taken)


def _age(attempt: Attempt) -> float:
    """How many seconds ago it began, by the database's clock: that of this machine may be wrong."""
    times = Attempt.objects.filter(pk=attempt.pk).annotate(now=Now()).values_list("started_at", "now")
    started_at, now = times.get()
    return float((now - started_at).total_seconds())


def outcome(publication: Publication) -> dict[str, Any]:
    """How it stands, as a job's result."""
    return {"publicationId": publication.pk, "state": publication.state, "url": publication.url}
