"""Approval: asking, deciding, and what a decision does. Every way to decide ends in `decide`, under one lock."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import audit, notices
from accounts.models import Tenant, User, digest
from jobs import accepting
from publishing import announcing, holding, mailing, scheduling, showing, texting
from publishing.models import Approval, ApprovalRule, Ask, Hold, Message, Publication
from publishing.models.approvals import Channels

State = Publication.State
NOTIFY = "publishing.tasks.ask_approvers"
MOST_REMINDERS = 3
LAST_CALL = timedelta(hours=1)


class NotYours(PermissionError):
    """Somebody may not decide here; the text says why."""


class Decided(ValueError):
    """There is nothing to decide any more; the text says what became of it."""


def rule_for(publication: Publication) -> ApprovalRule | None:
    """The rule for what it was made of, else that of its account's brand, else the one for everything else.

    None where nobody has to agree.
    """
    rules = ApprovalRule.objects.filter(tenant=publication.tenant)
    brand, made_of = publication.account.brand_id, publication.origin.partition(".")[0]
    rule = (
        (rules.filter(brand=None, origin=made_of).first() if made_of else None)
        or (rules.filter(brand=brand).first() if brand else None)
        or rules.filter(brand=None, origin="").first()
    )
    return None if rule is None or rule.need == ApprovalRule.Need.NONE else rule


def ask_if_needed(publication: Publication, user: Any) -> Approval | None:
    """Hold it and ask its approvers where a rule says so and this content has no leave yet; in a transaction.

    The open round is returned where there is one already.
    """
    rule = rule_for(publication)
    rounds = Approval.objects.filter(publication=publication, content_hash=publication.content_hash)
    if rule is None:
        if not rounds.filter(state=Approval.State.OPEN).exists():
            _let_off(publication, user)
        return None
    if rounds.filter(state=Approval.State.APPROVED).exists():
        return None
    if found := rounds.filter(state=Approval.State.OPEN).first():
        return found
    return ask(
        publication, user, approvers=approvers_of(rule), need=rule.need, in_order=rule.in_order,
        hours=rule.valid_hours, channels=rule.channels, remind_hours=rule.remind_hours,
        escalate_hours=rule.escalate_hours,
        due_at=publication.approval_due_at or publication.scheduled_at, message=publication.approval_message,
    )  # fmt: skip


def _let_off(publication: Publication, user: Any) -> None:
    """No rule asks for leave any more: what an ended round has left holds nothing back."""
    for one in publication.holds.filter(kind=Hold.Kind.APPROVAL, released_at=None):
        holding.release(one, user, "No rule asks for approval any more.")


def approvers_of(rule: ApprovalRule) -> list[User]:
    """Those of a rule who are still members and may review."""
    return [person for person in rule.approvers.order_by("username") if may_review(rule.tenant, person)]


def may_review(tenant: Tenant, person: User) -> bool:
    """Whether somebody can approve in a workspace: a reviewer, an editor or an owner who is active."""
    role = tenant.role_of(person)
    return bool(person.is_active and role is not None and role.value != "viewer")


def ask(
    publication: Publication,
    user: Any,
    *,
    approvers: list[User],
    need: str = ApprovalRule.Need.ONE,
    in_order: bool = False,
    hours: int = 72,
    channels: str = Channels.EMAIL,
    remind_hours: int = 24,
    escalate_hours: int = 0,
    due_at: datetime | None = None,
    message: str = "",
) -> Approval:
    """Begin a round for the content as it is: it is held until they agree. An older open round is withdrawn."""
    now = timezone.now()
    with transaction.atomic():
        withdraw(publication)
        approval = Approval.objects.create(
            tenant=publication.tenant,
            publication=publication,
            content_hash=publication.content_hash,
            user=user,
            need=need,
            in_order=in_order,
            message=message[:1000],
            due_at=due_at,
            valid_hours=hours,
            channels=channels,
            valid_until=now + timedelta(hours=hours),
            remind_hours=remind_hours,
            escalate_at=now + timedelta(hours=escalate_hours) if escalate_hours and approvers else None,
        )
        names = (
            ", ".join(person.get_username() for person in approvers) or "the owners, as the rule has no approvers left"
        )
        one = holding.hold(publication, Hold.Kind.APPROVAL, f"Asked: {names}.")
        Hold.objects.filter(pk=one.pk).update(released_at=None, reason=f"Asked: {names}."[:500])
        for place, person in enumerate(approvers):
            Ask.objects.create(approval=approval, approver=person, place=place)
        if not approvers:
            add_owners(approval)
        announcing.asked(approval)
        audit.record(user or "system", "approval.requested", tenant=publication.tenant, target=publication.pk)
        _notify(approval)
    return approval


def add_owners(approval: Approval) -> list[Ask]:
    """Owners who were not asked yet are to be asked, and may decide alone; in a transaction."""
    approval.escalate_at = None
    approval.save(update_fields=["escalate_at"])
    owners = approval.tenant.owners().exclude(pk__in=approval.asks.values("approver"))
    return [Ask.objects.create(approval=approval, approver=one, place=99, is_escalation=True) for one in owners]


def _notify(approval: Approval) -> None:
    """A job that asks those whose turn it is."""
    accepting.enqueue(
        NOTIFY,
        tenant=approval.tenant,
        user=approval.user,
        request=approval,
        payload={"approval_id": approval.pk},
    )


def withdraw(publication: Publication) -> None:
    """End an open round without a decision: its links are worth nothing any more."""
    rows = Approval.objects.filter(publication=publication, state=Approval.State.OPEN)
    rows.update(state=Approval.State.WITHDRAWN, ended_at=timezone.now())


def ask_next(approval: Approval) -> int:
    """Write to those whose turn it is: all, or the first who has not decided; returns to how many."""
    if approval.state != Approval.State.OPEN:
        return 0
    waiting = list(approval.asks.filter(state=Ask.State.WAITING).select_related("approver"))
    if approval.in_order:
        owners = [one for one in waiting if one.is_escalation]
        waiting = [one for one in waiting if not one.is_escalation]
        waiting = waiting[:1] if not approval.asks.filter(state=Ask.State.ASKED, is_escalation=False).exists() else []
        waiting += owners
    for one in waiting:
        with transaction.atomic():
            if Ask.objects.filter(pk=one.pk, state=Ask.State.WAITING).update(state=Ask.State.ASKED):
                write_to(approval, one)
    return len(waiting)


def write_to(approval: Approval, one: Ask) -> None:
    """Ask one person, or remind them: every time by a new link, as only its digest is stored."""
    secret = secrets.token_urlsafe(24)
    one.state, one.digest, one.asked_at = Ask.State.ASKED, digest(secret), one.asked_at or timezone.now()
    one.remind_at = next_reminder(approval, one)
    one.save()
    publication, person = approval.publication, one.approver
    begins = "Reminder: please approve" if one.reminders else "Please approve"
    context = {
        "approval": approval,
        "ask": one,
        "publication": publication,
        "words": showing.shown(publication),
        "base": settings.SITE_URL,
        "secret": secret,
        "account": publication.account,
        "link": settings.SITE_URL + reverse("publishing:approval", args=[secret]),
        "at": local(publication.scheduled_at, approval.tenant) or "as soon as you agree",
        "until": local(approval.valid_until, approval.tenant),
        "due": local(approval.due_at, approval.tenant),
    }
    key = f"approval-{approval.pk}-{one.pk}" + (f"-{one.reminders}" if one.reminders else "")
    page = reverse("admin:publishing_publication_change", args=[publication.pk])
    subject = f"{begins}: {publication}"
    notices.tell(
        person, subject, tenant=approval.tenant, link=page, key=key, by_mail=not (person.email or person.phone)
    )
    by_phone = approval.channels != Channels.EMAIL and bool(person.phone)
    if by_phone:
        _text_to(approval, one, context, key)
    if person.email and (approval.channels != Channels.WHATSAPP or not by_phone):
        mailing.order(
            approval.tenant,
            person.email,
            subject,
            render_to_string("publishing/approval_mail.txt", context),
            html=render_to_string("publishing/approval_mail.html", context),
            user=person,
            kind=Message.Kind.APPROVAL,
            key=key,
        )


def _text_to(approval: Approval, one: Ask, context: dict[str, Any], key: str) -> None:
    """Ask on WhatsApp, with two buttons whose secret is another one than the link's."""
    secret = secrets.token_urlsafe(24)
    one.tap_digest = digest(secret)
    one.save(update_fields=["tap_digest"])
    publication = approval.publication
    texting.order(
        approval.tenant,
        one.approver.phone,
        render_to_string("publishing/approval_text.txt", context).strip()[: texting.MOST_TEXT],
        user=one.approver,
        kind=Message.Kind.APPROVAL,
        key=key,
        buttons=((f"ok:{secret}", "Approve"), (f"no:{secret}", "Reject")),
        values=(str(publication.account), str(publication), str(context["at"])),
        is_test=publication.is_test,
    )


def next_reminder(approval: Approval, one: Ask) -> datetime | None:
    """When this person is reminded next: after the rule's hours, or an hour before it is due if that comes sooner.

    None after the third reminder, and where the rule reminds nobody.
    """
    if not approval.remind_hours or one.reminders >= MOST_REMINDERS:
        return None
    now = timezone.now()
    after, before_due = now + timedelta(hours=approval.remind_hours), approval.due_at and approval.due_at - LAST_CALL
    return min(after, before_due) if before_due and before_due > now else after


def local(moment: datetime | None, tenant: Tenant) -> str:
    """A moment in the workspace's zone, with the zone; "" for none."""
    return f"{moment.astimezone(tenant.zone):%-d %b %Y, %H:%M %Z}" if moment else ""


def find(secret: str) -> Ask | None:
    """The ask of a link; None for a forged one."""
    rows = Ask.objects.select_related("approval__publication__account", "approval__tenant", "approver")
    return rows.filter(digest=digest(secret)).first() if secret else None


def why_not(one: Ask, *, by_link: bool = True) -> str:
    """Why nothing can be decided here any more; "" where it can. A person who signed in needs no link that holds."""
    approval = one.approval
    if one.decided_at:
        return f"You have decided already: {one.get_state_display().lower()}."
    if approval.state == Approval.State.WITHDRAWN or approval.content_hash != approval.publication.content_hash:
        return "The text was changed since: you are asked anew, by another mail."
    if approval.state != Approval.State.OPEN:
        return f"This was decided already: {approval.get_state_display().lower()}."
    if by_link and approval.valid_until < timezone.now():
        return "This link has expired. Sign in and decide on the page of the publication, or ask for a new one."
    if not may_review(approval.tenant, one.approver):
        return "You are no reviewer in this workspace any more."
    return ""


def decide(one: Ask, decision: str, *, comment: str = "", via: str = "page") -> Approval:
    """Take an approver's decision ("approve" or "changes"), once. Raises Decided where there is nothing to decide."""
    with transaction.atomic():
        # The publication first, as whoever changes one does: else the two could wait for each other.
        Publication.objects.filter(approvals=one.approval_id).locked()
        rounds = Approval.objects.select_for_update(of=("self",)).select_related("publication__account")
        approval = rounds.get(pk=one.approval_id)
        one = Ask.objects.select_related("approver").get(pk=one.pk)
        one.approval = approval
        why = why_not(one, by_link=via in ("link", "whatsapp"))
        if why or one.state != Ask.State.ASKED:
            raise Decided(why or "It is not your turn yet.")
        agreed = decision == "approve"
        one.state = Ask.State.APPROVED if agreed else Ask.State.CHANGES
        one.comment, one.via, one.decided_at = comment.strip()[:4000], via, timezone.now()
        one.save()
        audit.record(
            one.approver, f"approval.{one.state}", tenant=approval.tenant, target=approval.publication_id, via=via
        )
        _settle(approval, one, agreed)
    return approval


def _settle(approval: Approval, one: Ask, agreed: bool) -> None:
    """What one decision means for the round. Who was asked because nobody else answered decides alone."""
    if not agreed:
        _end(approval, Approval.State.CHANGES)
        columns = {"state": State.DRAFT, "note": "Changes are wanted: see the comments.", "updated_at": timezone.now()}
        Publication.objects.filter(pk=approval.publication_id, state=State.NEEDS_APPROVAL).update(**columns)
        return
    others = approval.asks.exclude(state=Ask.State.APPROVED).exclude(is_escalation=True).select_related("approver")
    left = [other for other in others if may_review(approval.tenant, other.approver)]
    if approval.need == ApprovalRule.Need.ALL and left and not one.is_escalation:
        if approval.in_order:
            _notify(approval)
        return
    _end(approval, Approval.State.APPROVED)
    for held in approval.publication.holds.filter(kind=Hold.Kind.APPROVAL, released_at=None):
        holding.release(held, one.approver, "Approved.")
    _release(approval.publication)


def _release(publication: Publication) -> None:
    """It may go: at its time, or at once where it was to go at once."""
    is_now = publication.scheduled_at is None
    columns = {"state": State.SCHEDULED, "note": "", "updated_at": timezone.now()}
    columns["scheduled_at"] = publication.scheduled_at or Now()
    if Publication.objects.filter(pk=publication.pk, state=State.NEEDS_APPROVAL).update(**columns) and is_now:
        publication.refresh_from_db()
        scheduling.dispatch(publication, scheduling.POST_NOW)


def _end(approval: Approval, state: str) -> None:
    approval.state, approval.ended_at = state, timezone.now()
    approval.save()
    announcing.decided(approval)
    if approval.user:
        notices.tell(
            approval.user,
            f"{approval.get_state_display()}: {approval.publication}",
            tenant=approval.tenant,
            level="success" if state == Approval.State.APPROVED else "warning",
            link=reverse("admin:publishing_publication_change", args=[approval.publication_id]),
            key=f"approval-{approval.pk}-{state}",
        )
