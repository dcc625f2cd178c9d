"""Staying below the budgets: what a call can cost at most is reserved under the budgets' lock before it is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Tenant
from ai.models import Budget, Call
from jobs import reordering
from jobs.outcomes import Wait

# A job that waits for a budget looks again so often: what others reserved comes back when their calls have ended.
LOOK_AGAIN = timedelta(minutes=10)
FREED_SOON = timedelta(seconds=15)
REASON = "Budget"


@dataclass(frozen=True)
class Standing:
    """How a budget stands: USD spent and reserved in its period, and when the next one begins."""

    budget: Budget
    spent: Decimal
    reserved: Decimal
    ends: datetime

    @property
    def left(self) -> Decimal:
        return max(Decimal(0), self.budget.limit_usd - self.spent - self.reserved)

    @property
    def share(self) -> int:
        """How much of it is gone, in percent, 100 at most."""
        gone = self.spent + self.reserved
        return min(100, round(100 * gone / self.budget.limit_usd)) if self.budget.limit_usd else 100


def reserve(tenant: Tenant, user: Any, worst: Decimal) -> None:
    """Let a call of `worst` USD pass, or raise Wait that says which budget has no room for it and what to do.

    Call it in the transaction that writes the call: the budgets' rows stay locked until then, so that two calls
    cannot both take the last of it.
    """
    if not worst:
        return
    rows = list(Budget.objects.bearing_on(tenant, user).select_for_update(of=("self",)).select_related("user"))
    now = timezone.now()  # after the locks: who waited for them over midnight is counted in the new period
    for budget in rows:
        budget.tenant = tenant
        found = standing(budget, now)
        if worst > found.left:
            raise Wait(_why(found, worst), _until(found, worst, now))


def standing(budget: Budget, now: datetime) -> Standing:
    """How a budget stands at a moment."""
    begins, ends = budget.bounds(now)
    calls = Call.objects.filter(tenant=budget.tenant, created_at__gte=begins, created_at__lt=ends)
    if budget.user_id:
        calls = calls.filter(user=budget.user_id)
    in_flight = calls.filter(state=Call.State.SENT).spent_usd()
    return Standing(budget, calls.exclude(state=Call.State.SENT).spent_usd(), in_flight, ends)


def standings(tenant: Tenant, user: Any = None) -> list[Standing]:
    """How the budgets stand that bear on a person; all of the workspace without one."""
    rows = Budget.objects.filter(tenant=tenant) if user is None else Budget.objects.bearing_on(tenant, user)
    return [standing(budget, timezone.now()) for budget in rows.select_related("tenant", "user")]


def shortfall(tenant: Tenant, user: Any, amount: Decimal) -> str:
    """A sentence for before the click: which budget cannot bear `amount` USD now; empty where all can."""
    for found in standings(tenant, user):
        if amount > found.left:
            return (
                f"Now {_name(found.budget)} has {found.left:.4f} of {found.budget.limit_usd:.2f} USD left: "
                "what does not fit waits until there is room."
            )
    return ""


def changed(tenant: Tenant) -> None:
    """A budget was changed: jobs that wait for one look again at once."""
    transaction.on_commit(lambda: reordering.run_what_waits_for(REASON, tenant))


def _why(found: Standing, worst: Decimal) -> str:
    in_hand = f", {found.reserved:.4f} reserved by calls in flight" if found.reserved else ""
    return (
        f"{REASON}: the next call could cost {worst:.4f} USD, and {_name(found.budget)} of "
        f"{found.budget.limit_usd:.2f} USD has {found.left:.4f} left ({found.spent:.4f} spent{in_hand}). "
        "An owner may raise it."
    )


def _name(budget: Budget) -> str:
    whose = f"{budget.user}'s" if budget.user_id else "the workspace's"
    return f"{whose} budget for the {budget.period}"


def _until(found: Standing, worst: Decimal, now: datetime) -> datetime:
    """When to look again: soon where calls in flight may give back enough, else when the period ends at the latest."""
    soon = found.reserved and worst <= found.budget.limit_usd - found.spent
    return min(found.ends, now + (FREED_SOON if soon else LOOK_AGAIN))
