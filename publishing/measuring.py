"""Fetching the numbers of posts and accounts from their platforms (`analytics.pull`), with regard to their limits."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Brand, Tenant
from integrations.errors import InvalidKey, OutsideError, RateLimited
from integrations.platforms import platforms
from integrations.platforms.base import Platform
from jobs import accepting
from jobs.models import Job, from_now
from jobs.running import Run
from publishing import refreshing
from publishing.models import Account, Audience, Publication, Reading
from publishing.opening import ALIASES, platform_class
from publishing.orders import NumbersOrder

PULL = "publishing.tasks.pull"
NIGHTLY_DAYS = 30
MOST_DAYS = 366


class BadNumbers(ValueError):
    """An order that makes no sense: {field: what is wrong with it}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def known_metrics() -> dict[str, list[str]]:
    """Every number that some platform tells, with the platforms that do."""
    found: dict[str, list[str]] = {}
    for name in platforms:
        # Of LinkedIn the names depend on the account: a page has them all.
        for metric in getattr(platforms.get(name), "all_metrics", ()) or platforms.get(name).metrics_names:
            found.setdefault(metric, []).append(name)
    return found


def order(
    wish: NumbersOrder, *, tenant: Tenant, user: Any, is_test: bool = False, key: str | None = None,
    account: int | None = None,
) -> Job:  # fmt: skip
    """Accept a job that fetches numbers. What costs money is asked for only where it is chosen, or read each night.

    Raises BadNumbers, and KeyReused.
    """
    problems = _problems(wish, tenant)
    if problems:
        raise BadNumbers(problems)
    brand = Brand.objects.for_tenant(tenant).named(wish.brand_id).first() if wish.brand_id is not None else None
    payload = {
        "brand": brand.pk if brand else None,
        "account": account,
        "platforms": sorted({ALIASES.get(name, name) for name in wish.platforms}),
        "first": wish.date_range.start_date.isoformat() if wish.date_range else "",
        "last": wish.date_range.end_date.isoformat() if wish.date_range else "",
        "metrics": wish.metrics,
        "posts": [str(one) for one in wish.post_ids],
        "is_test": is_test,
    }
    if job := accepting.earlier(PULL, tenant, key, payload):
        return job
    try:
        with transaction.atomic():
            return accepting.enqueue(
                PULL, tenant=tenant, user=user, request=tenant, payload=payload, key=key, body=payload
            )
    except accepting.AlreadyAccepted as again:
        return again.job


def _problems(wish: NumbersOrder, tenant: Tenant) -> dict[str, str]:
    found = {}
    if unknown := [name for name in wish.platforms if ALIASES.get(name, name) not in platforms]:
        found["platforms"] = f"There is no platform {unknown[0][:40]}. Choose among {', '.join(platforms)}."
    known = known_metrics()
    if strange := [name for name in wish.metrics if name not in known]:
        found["metrics"] = f"There is no number {strange[0][:40]}. Choose among {', '.join(known)}."
    if wish.date_range:
        if wish.date_range.end_date < wish.date_range.start_date:
            found["dateRange"] = "Its end is before its beginning."
        elif (wish.date_range.end_date - wish.date_range.start_date).days > MOST_DAYS:
            found["dateRange"] = f"Choose {MOST_DAYS} days at most."
    if wish.brand_id is not None and not Brand.objects.for_tenant(tenant).named(wish.brand_id).exists():
        found["brandId"] = "There is no such brand in your workspace."
    return found


def any_published() -> bool:
    """Whether there is anything to read at night."""
    return _nightly().exists()


def _nightly() -> QuerySet[Publication]:
    since = timezone.now() - timedelta(days=NIGHTLY_DAYS)
    rows = Publication.objects.out().filter(published_at__gte=since, account__nightly_numbers=True)
    return rows.filter(account__in=Account.objects.connected())


def order_nightly() -> int:
    """A job for each workspace that published something lately; returns how many."""
    tenants = Tenant.objects.filter(pk__in=_nightly().order_by().values("tenant"))
    for tenant in tenants:
        with transaction.atomic():
            accepting.enqueue(PULL, tenant=tenant, request=tenant, payload={"nightly": True})
    return len(tenants)


# -- the job ----------------------------------------------------------------------------------------------------------


class Pull:
    """One run that fetches numbers. `wanted` is the payload of publishing.tasks.pull."""

    def __init__(self, run: Run, wanted: Any) -> None:
        self.run = run
        self.wanted = wanted
        assert run.job.tenant
        self.tenant: Tenant = run.job.tenant
        self.used: dict[str, str] | None = None

    def carry_out(self) -> dict[str, Any]:
        """Ask each account's platform; what one cannot tell keeps no other from it. Returns what was found."""
        accounts = list(self._accounts())
        told = []
        for number, account in enumerate(accounts):
            self.run.checkpoint("numbers", 100 * number // max(1, len(accounts)), f"Asking about {account}")
            posts = list(self._posts(account))
            note, read = self._account(account, posts)
            Account.objects.filter(pk=account.pk).update(numbers_note=note[:300])
            if note:
                self.run.log(f"{account}: {note}", "warning")
            told.append({"accountId": account.pk, "platform": account.platform, "posts": len(posts), "read": read,
                         "note": note})  # fmt: skip
        return {"posts": sum(one["read"] for one in told), "accounts": told, "isTest": self.wanted.is_test}

    def _accounts(self) -> QuerySet[Account]:
        works = (Account.State.ACTIVE, Account.State.PAUSED)
        rows = Account.objects.for_tenant(self.tenant).for_posts().filter(state__in=works).order_by("pk")
        if self.wanted.is_test:
            rows = rows.filter(platform="offline")
        elif self.wanted.platforms:
            rows = rows.filter(platform__in=self.wanted.platforms)
        if self.wanted.brand:
            rows = rows.filter(brand=self.wanted.brand)
        if self.wanted.account:
            return rows.filter(pk=self.wanted.account)
        chosen = self.wanted.platforms or self.wanted.posts
        return rows if chosen and not self.wanted.nightly else rows.filter(nightly_numbers=True)

    def _posts(self, account: Account) -> QuerySet[Publication]:
        rows = Publication.objects.out().filter(account=account)
        if platform_class(account.platform).comments:
            rows = rows.filter(follows=None)
        if self.wanted.nightly:
            rows = rows.filter(published_at__gte=timezone.now() - timedelta(days=NIGHTLY_DAYS))
        if self.wanted.first:
            zone = self.tenant.zone
            first, last = moment(self.wanted.first, zone), moment(self.wanted.last, zone)
            rows = rows.filter(published_at__gte=first, published_at__lt=last + timedelta(days=1))
        if self.wanted.posts:
            ids = [int(one) for one in self.wanted.posts if one.isascii() and one.isdigit() and len(one) < 19]
            origins = [f"test:{one}"[:80] for one in self.wanted.posts] + list(self.wanted.posts)
            rows = rows.filter(Q(pk__in=ids) | Q(origin__in=origins))
        return rows.order_by("pk")

    def _account(self, account: Account, posts: list[Publication]) -> tuple[str, int]:
        """Ask about one account; returns what people should know, and how many posts were read."""
        names = platform_class(account.platform)
        if account.numbers_after and account.numbers_after > timezone.now():
            return f"Its limit is used up until {account.numbers_after.astimezone(self.tenant.zone):%H:%M %Z}.", 0
        read = 0
        try:
            if names.tells_followers and not self.wanted.posts:
                self._store_followers(account)
            for some in chunks(posts, names.metrics_batch):
                read += self._store(account, some)
        except RateLimited as error:
            Account.objects.filter(pk=account.pk).update(numbers_after=from_now(error.retry_after))
            return str(error), read
        except InvalidKey as error:
            with self.run.owned():
                refreshing.broken(account, str(error), self.used)
            return str(error), read
        except OutsideError as error:  # among them Unsupported: it tells no numbers
            return str(error), read
        gone = len(posts) - read
        return (f"{gone} of its posts are not there any more." if gone else ""), read

    def _noted(self, platform: Platform) -> Platform:
        """Note which credentials a call used: of others than these a refusal says nothing."""
        self.used = platform.given
        return platform

    def _store_followers(self, account: Account) -> None:
        followers = refreshing.asked(account, lambda platform: self._noted(platform).followers())
        with self.run.owned():
            Audience.objects.update_or_create(
                account=account, day=self._today(), defaults={"followers": min(max(0, followers), 2**62)}
            )

    def _store(self, account: Account, some: list[Publication]) -> int:
        def ask(platform: Platform) -> dict[str, dict[str, int]]:
            return self._noted(platform).metrics([row.remote_id for row in some])

        found = refreshing.asked(account, ask)
        stored = 0
        with self.run.owned():
            for row in some:
                if (values := found.get(row.remote_id)) is not None:
                    self._store_one(row, values)
                    stored += 1
        return stored

    def _store_one(self, row: Publication, values: dict[str, int]) -> None:
        """Chosen numbers take the place of the same ones of today; the others of today stay."""
        wanted = {name: one for name, one in values.items() if not self.wanted.metrics or name in self.wanted.metrics}
        found, is_new = Reading.objects.get_or_create(
            publication=row, day=self._today(), defaults={"values": wanted, "read_at": timezone.now()}
        )
        if not is_new:
            found.values, found.read_at = found.values | wanted, timezone.now()
            found.save()

    def _today(self) -> Any:
        return timezone.now().astimezone(self.tenant.zone).date()


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The beginning of a day, by the workspace's clock."""
    return datetime.combine(datetime.fromisoformat(text).date(), time.min, zone)


def chunks(rows: list[Publication], most: int) -> Iterator[list[Publication]]:
    """At most so many at a time."""
    for start in range(0, len(rows), most):
        yield rows[start : start + most]
