"""The numbers on the dashboard, of the workspace the person is in."""

import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, Role, Tenant
from blog.models import Batch, Pick, Post
from jobs import health
from jobs.models import Job, State
from lessons.models import Lesson
from publishing.models import Account, Approval, Ask, Publication

DAYS = 7
NEWEST = 5


def callback(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """Give the admin's index page what happened today, the last seven days, and what needs somebody."""
    tenant: Tenant | None = request.tenant
    context["notices"] = Notice.objects.filter(user=request.user).unread()[:NEWEST]
    if tenant is None:
        return context
    today = timezone.now().astimezone(ZoneInfo(tenant.time_zone)).date()
    jobs, posts = Job.objects.for_tenant(tenant), Post.objects.for_tenant(tenant)
    leaving = leaving_cards(tenant, request.user, midnight(today, tenant))
    batches, lessons = (
        Batch.objects.for_tenant(tenant).select_related("user", "tenant"),
        Lesson.objects.for_tenant(tenant),
    )
    days = per_day(jobs, posts, today, tenant)
    context.update(
        tenant=tenant,
        may_start=request.role is not None and request.role.includes(Role.EDITOR),
        is_new=not batches.exists() and not posts.exists() and not lessons.exists(),
        cards=cards(jobs, posts, lessons, midnight(today, tenant)) + leaving,
        chart=json.dumps(chart(days)),
        days=days,
        batches=with_progress(batches),
        posts=posts.select_related("tenant")[:NEWEST],
        problems=[(name, text) for name, text in health.checks().items() if text != health.HEALTHY],
    )
    return context


def midnight(day: date, tenant: Tenant) -> datetime:
    """When a day begins where the workspace is."""
    return datetime.combine(day, time.min, ZoneInfo(tenant.time_zone))


def cards(
    jobs: QuerySet[Job], posts: QuerySet[Post], lessons: QuerySet[Lesson], since: datetime
) -> list[dict[str, Any]]:
    """The figures of today: title, value, what stands below, and where a click leads."""
    states = dict(jobs.filter(created_at__gte=since).values_list("state").annotate(Count("pk")).order_by())
    failed = jobs.filter(state=State.FAILED, finished_at__gte=since).count()
    written, ordered = posts.filter(created_at__gte=since), lessons.filter(created_at__gte=since)
    drafts = posts.filter(state=Post.State.DRAFT).count()
    job_list, post_list = reverse("admin:jobs_job_changelist"), reverse("admin:blog_post_changelist")
    told = ", ".join(f"{states[state]} {state.label.lower()}" for state in State if states.get(state))
    return [
        {
            "title": "Jobs today",
            "value": sum(states.values()),
            "below": told or "none yet",
            "url": f"{job_list}?whose=all",
        },
        {
            "title": "Posts written today",
            "value": written.count(),
            "below": f"{written.filter(state=Post.State.PUBLISHED).count()} of them published",
            "url": post_list,
        },
        {
            "title": "Lessons ordered today",
            "value": ordered.count(),
            "below": f"{ordered.filter(state=State.COMPLETED).count()} of them written",
            "url": reverse("admin:lessons_lesson_changelist"),
        },
        {
            "title": "Drafts to review",
            "value": drafts,
            "below": "read, edit, publish" if drafts else "all is reviewed",
            "url": f"{post_list}?state__exact=draft",
        },
        {
            "title": "Failed jobs today",
            "value": failed,
            "below": "look at the reason, then retry" if failed else "all is well",
            "url": f"{job_list}?whose=all&state__exact=failed",
            "is_bad": bool(failed),
        },
    ]


def leaving_cards(tenant: Tenant, person: Any, since: datetime) -> list[dict[str, Any]]:
    """What was published today, and what waits for somebody; without accounts there is nothing to say."""
    if not Account.objects.for_tenant(tenant).exists():
        return []
    rows = Publication.objects.for_tenant(tenant)
    unresolved, planned = rows.unresolved().count(), rows.filter(state=Publication.State.SCHEDULED).count()
    mine = Ask.objects.filter(approver=person, state=Ask.State.ASKED, approval__state=Approval.State.OPEN)
    asked = mine.filter(approval__tenant=tenant).count()
    page, box = reverse("admin:publishing_publication_changelist"), reverse("admin:publishing_approval_changelist")
    found = [
        {
            "title": "Published today",
            "value": rows.filter(published_at__gte=since).count(),
            "below": f"{planned} planned",
            "url": f"{page}?state__exact=published",
        },
        {
            "title": "Waits for your decision",
            "value": asked,
            "below": "approve, or ask for changes" if asked else "nothing to approve",
            "url": f"{box}?mine=open",
        },
    ]
    if unresolved:
        found.append(
            {
                "title": "Published or not?",
                "value": unresolved,
                "below": "look at the account, and say so",
                "url": f"{page}?state__exact=unconfirmed",
                "is_bad": True,
            }
        )
    return found


def per_day(jobs: QuerySet[Job], posts: QuerySet[Post], today: date, tenant: Tenant) -> list[tuple[date, int, int]]:
    """(day, posts, jobs) of the last seven days, oldest first, by the workspace's calendar."""
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    zone, since = ZoneInfo(tenant.time_zone), midnight(days[0], tenant)

    def counted(rows: QuerySet[Any]) -> Counter[date]:
        per = rows.filter(created_at__gte=since).order_by().annotate(day=TruncDate("created_at", tzinfo=zone))
        return Counter(dict(per.values_list("day").annotate(Count("pk"))))

    made, ran = counted(posts), counted(jobs)
    return [(day, made[day], ran[day]) for day in days]


def chart(days: list[tuple[date, int, int]]) -> dict[str, Any]:
    """The days as Chart.js wants them, in Unfold's colours."""
    bars = {"maxBarThickness": 20, "borderRadius": 4, "displayYAxis": True, "grouped": True}
    return {
        "labels": [f"{day:%a %-d %b}" for day, _made, _ran in days],
        "datasets": [
            {
                "label": "Posts",
                "data": [made for _day, made, _ran in days],
                "backgroundColor": "var(--color-primary-600)",
                **bars,
            },
            {
                "label": "Jobs",
                "data": [ran for _day, _made, ran in days],
                "backgroundColor": "var(--color-base-400)",
                **bars,
            },
        ],
    }


def with_progress(batches: QuerySet[Batch]) -> list[Batch]:
    """The newest batches with `done` (0 to 100) and `written`."""
    written = Count("picks", filter=Q(picks__state=Pick.State.WRITTEN))
    rows: list[Any] = list(batches.annotate(written=written).order_by("-created_at", "-pk")[:NEWEST])
    for batch in rows:
        batch.done = 100 * batch.written // batch.count
    return rows
