"""Links that show a publication to whoever has them: to look at, for some days, until somebody withdraws them."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import digest
from publishing.models import Publication, ShareLink

DAYS = 7
SECRET_BYTES = 32


def share(publication: Publication, user: Any) -> str:
    """A new link's secret, which is not kept: only its digest is."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        ShareLink.objects.create(
            publication=publication,
            user=user,
            digest=digest(secret),
            expires_at=timezone.now() + timedelta(days=DAYS),
        )
        audit.record(user, "publication.shared", tenant=publication.tenant, target=publication.pk)
    return secret


def find(secret: str) -> Publication | None:
    """The publication of a link that holds."""
    rows = ShareLink.objects.filter(digest=digest(secret), withdrawn_at=None, expires_at__gt=timezone.now())
    row = rows.select_related("publication__account", "publication__tenant").first()
    return row.publication if row else None


def withdraw(publication: Publication, user: Any) -> int:
    """Let no link of it hold any more; returns how many did."""
    with transaction.atomic():
        found = open_links(publication).update(withdrawn_at=timezone.now())
        audit.record(user, "publication.unshared", tenant=publication.tenant, target=publication.pk)
    return found


def clean_up() -> int:
    """Delete links that ended; returns how many."""
    return ShareLink.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def open_links(publication: Publication) -> "QuerySet[ShareLink]":
    """The links of a publication that hold."""
    return ShareLink.objects.filter(publication=publication, withdrawn_at=None, expires_at__gt=timezone.now())
