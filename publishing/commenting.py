"""What people say about a publication without deciding: kept, and told to everybody who has to do with it."""

from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts import audit, notices
from accounts.models import User
from publishing.models import Ask, Comment, Publication


def comment(publication: Publication, user: Any, text: str) -> Comment:
    """Keep a comment, and tell its author, its approvers and whoever said something before. Raises ValueError."""
    text = text.replace("\x00", "").strip()[:4000]
    if not text:
        raise ValueError("Write what you want to say.")
    with transaction.atomic():
        made = Comment.objects.create(publication=publication, user=user, text=text)
        audit.record(user, "publication.commented", tenant=publication.tenant, target=publication.pk)
        link = reverse("admin:publishing_publication_change", args=[publication.pk])
        for person in _people(publication, user):
            subject = f"{user.get_username()} on: {publication}"
            notices.tell(
                person, subject, tenant=publication.tenant, body=text, link=link, key=f"publication-comment-{made.pk}"
            )
    return made


def _people(publication: Publication, speaker: User) -> list[User]:
    asked = Ask.objects.filter(approval__publication=publication).exclude(state=Ask.State.WAITING).values("approver")
    spoke = publication.comments.values("user")
    ids = {row["approver"] for row in asked} | {row["user"] for row in spoke} | {publication.user_id}
    members = publication.tenant.memberships.filter(user__in=ids - {None, speaker.pk}, user__is_active=True)
    return [membership.user for membership in members.select_related("user")]
