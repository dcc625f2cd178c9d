"""Holds: reasons why a publication may not go out. The dispatcher's claim knows no way around an open one."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from publishing.models import Account, Hold, Publication
from publishing.stopping import stopped


def hold(publication: Publication, kind: str, reason: str) -> Hold:
    """Hold this content back; one that was released for this very content stays released."""
    found, _made = Hold.objects.get_or_create(
        publication=publication,
        kind=kind,
        content_hash=publication.content_hash,
        defaults={"reason": reason[:500]},
    )
    return found


def open_holds(publication: Publication) -> list[Hold]:
    """What holds it back now."""
    return list(publication.holds.filter(released_at=None))


def why_not(publication: Publication) -> str:
    """Why it does not leave as it stands, in a sentence with the next step."""
    state = Publication.State
    if publication.state not in (state.SCHEDULED, state.SENDING):
        return f"It is {publication.get_state_display().lower()}. {publication.note}".strip()
    if found := open_holds(publication):
        return f"It is held back ({'; '.join(str(one) for one in found)}). Release what holds it, or change it."
    if stopped(publication.tenant):
        return "Publishing is stopped in this workspace. An owner can let it go on."
    account = Account.objects.get(pk=publication.account_id)
    if account.state != Account.State.ACTIVE:
        return f"The account “{account}” does not publish now ({account.get_state_display().lower()}). See to it first."
    return "Another job has it in hand." if publication.state == state.SENDING else "Its time has not come yet."


def release(one: Hold, user: Any, note: str = "") -> bool:
    """Release a hold, audited; False when that was done before."""
    with transaction.atomic():
        columns = {"released_at": timezone.now(), "released_by": user, "release_note": note[:300]}
        if not Hold.objects.filter(pk=one.pk, released_at=None).update(**columns):
            return False
        tenant = one.publication.tenant
        audit.record(
            user or "system", "hold.released", tenant=tenant, target=one.publication, kind=one.kind, note=note[:300]
        )
    return True


def look_again(publication: Publication) -> None:
    """After a change of content: what held the old one is over, and what can be seen from the content holds the new."""
    old = publication.holds.filter(released_at=None).exclude(content_hash=publication.content_hash)
    old.update(released_at=timezone.now(), release_note="The content was changed.")
    without = [row for row in publication.media.all() if not _alt(publication, row)]
    if without:
        names = ", ".join(row.title for row in without[:3])
        hold(publication, Hold.Kind.ALT_TEXT, f"Describe what it shows, for people who cannot see it: {names}.")


def _alt(publication: Publication, row: Any) -> str:
    alts = publication.content.get("alts", {})
    return str(alts.get(str(row.pk), row.alt_text)).strip()
