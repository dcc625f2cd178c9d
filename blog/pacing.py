"""The pace of continuous mode: small batches one after another, with a pause and a daily cap."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Tenant
from blog.models import Batch, Post
from jobs.outcomes import Wait


def respect_daily_cap(batch: Batch) -> None:
    """Put a continuous batch off until tomorrow when its workspace has had its posts of today; raises Wait."""
    if batch.mode == Batch.Mode.CONTINUOUS:
        now = timezone.now()
        if cap_reached(batch.tenant, now):
            raise Wait(_cap_words(), tomorrow(batch.tenant, now))


def next_start(tenant: Tenant, now: datetime) -> tuple[datetime, str]:
    """When the next batch of a continuous run may start, and why then."""
    if cap_reached(tenant, now):
        return tomorrow(tenant, now), _cap_words()
    pause = settings.BLOG_CONTINUOUS_PAUSE_SECONDS
    return now + timedelta(seconds=pause), f"pause of {pause} s between batches"


def cap_reached(tenant: Tenant, now: datetime) -> bool:
    """Whether continuous mode has written BLOG_DAILY_CAP posts today, by the workspace's clock."""
    written = Post.objects.for_tenant(tenant).filter(batch__mode=Batch.Mode.CONTINUOUS)
    return written.filter(created_at__gte=_midnight(tenant, now)).count() >= settings.BLOG_DAILY_CAP


def tomorrow(tenant: Tenant, now: datetime) -> datetime:
    """The next midnight in the workspace's zone."""
    return _midnight(tenant, now) + timedelta(days=1)


def _midnight(tenant: Tenant, now: datetime) -> datetime:
    return datetime.combine(now.astimezone(tenant.zone).date(), time.min, tenant.zone)


def _cap_words() -> str:
    return f"the daily cap of {settings.BLOG_DAILY_CAP} posts is reached"
