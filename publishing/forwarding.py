"""Notices of all rooms reach people by mail, as each wants it: one mail for all that came up, and no flood."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, Tenant, User
from publishing import mailing
from publishing.models import Message

PAUSE = timedelta(minutes=10)  # between two such mails to one person
OLDEST = timedelta(days=2)  # what was held up for longer is no news
MOST = 50
KIND = "notices-"
LEVELS = {
    User.NoticeMail.NONE: (),
    User.NoticeMail.PROBLEMS: (Notice.Level.WARNING, Notice.Level.ERROR),
    User.NoticeMail.ALL: tuple(Notice.Level),
}
OF_MAIL = "job-failed:mail-"  # a mail about a mail that could not be sent would have no end


def any_due() -> bool:
    """Whether there is a notice that nobody decided on."""
    return Notice.objects.filter(mailed_at=None).exists()


def forward() -> dict[str, int]:
    """Write to everybody who has new notices, unless they had such a mail a moment ago; returns how many mails."""
    found = {"mails": 0}
    for person in User.objects.filter(Exists(Notice.objects.filter(user=OuterRef("pk"), mailed_at=None))):
        found["mails"] += _forward(person)
    return found


def _forward(person: User) -> int:
    with transaction.atomic():
        rows = Notice.objects.select_for_update(of=("self",)).filter(user=person, mailed_at=None).order_by("pk")
        fresh = [row for row in rows if _is_wanted(row, person)]
        if fresh and _had_one(person):
            return 0
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=timezone.now())
        tenant = fresh[0].tenant if fresh and fresh[0].tenant else Tenant.objects.for_user(person).first()
        if not fresh or tenant is None:
            return 0
        key = f"{KIND}{person.pk}-{fresh[-1].pk}"
        text = render_to_string("publishing/notices_mail.txt", {"rows": _shown(fresh[:MOST]), "more": fresh[MOST:]})
        mailing.order(tenant, person.email, _subject(fresh), text, user=person, key=key)
        return 1


def _is_wanted(notice: Notice, person: User) -> bool:
    is_news = notice.read_at is None and notice.created_at > timezone.now() - OLDEST
    may_be_told = bool(person.is_active and person.email) and not notice.key.startswith(OF_MAIL)
    return is_news and may_be_told and notice.level in LEVELS[User.NoticeMail(person.notice_mail)]


def _had_one(person: User) -> bool:
    mails = Message.objects.filter(user=person, key__startswith=KIND, channel=Message.Channel.EMAIL)
    return mails.filter(created_at__gt=timezone.now() - PAUSE).exists()


def _subject(fresh: list[Notice]) -> str:
    return fresh[0].subject if len(fresh) == 1 else f"{len(fresh)} notices: {fresh[0].subject} …"


def _shown(fresh: list[Notice]) -> list[dict[str, str]]:
    return [
        {
            "subject": row.subject,
            "body": row.body[:500],
            "workspace": str(row.tenant or ""),
            "url": settings.SITE_URL + reverse("open_notice", args=[row.pk]),
        }
        for row in fresh
    ]
