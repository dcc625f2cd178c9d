"""Telling people what they should know: rows behind the bell."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from ulid import ULID

from accounts.models import Notice, Tenant, User


def tell(
    user: User,
    subject: str,
    *,
    tenant: Tenant | None = None,
    level: str = "info",
    body: str = "",
    link: str = "",
    key: str | None = None,
    by_mail: bool = True,
) -> Notice | None:
    """Write a notice for one person, once per `key`; None when this was told before.

    level is one of Notice.Level; link is a path in Pressroom; without a key every notice is its own.
    by_mail is False for what its room writes a mail about itself.
    """
    notice = Notice(
        user=user,
        tenant=tenant,
        level=level,
        subject=subject[:200],
        body=body,
        link=link[:300],
        key=(key or f"notice-{ULID()}")[:200],
        mailed_at=None if by_mail else timezone.now(),
    )
    try:
        with transaction.atomic():
            notice.save(force_insert=True)
    except IntegrityError:
        if Notice.objects.filter(user=user, key=notice.key).exists():
            return None
        raise
    return notice


def tell_superusers(subject: str, **notice: Any) -> None:
    """Tell everybody who runs this server; `notice` is that of `tell`."""
    for person in User.objects.filter(is_superuser=True, is_active=True):
        tell(person, subject, **notice)


def mark_read(notices) -> int:
    """Mark the notices of a queryset as read; returns how many were unread."""
    return notices.filter(read_at=None).update(read_at=timezone.now())
