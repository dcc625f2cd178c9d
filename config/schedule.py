"""The clocks: pure data. Times are in TIME_ZONE; every tick is idempotent."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Clock:
    """A task that runs by the clock.

    cron    five fields, minute first, in TIME_ZONE; a time that a change to summer time leaves out is rung right after
            it, a time that comes twice in autumn is rung once
    missed  what happens to a time that passed while nothing ran: it is made up for "once", or "skip" it when it is
            more than a minute late
    only_if dotted path of a function that says whether there is anything to do; without it the clock always rings
    """

    name: str
    cron: str
    task: str
    missed: Literal["once", "skip"] = "once"
    only_if: str = ""


CLOCKS = (
    Clock("due", "* * * * *", "publishing.tasks.take_due", only_if="publishing.repeating.any_work"),
    Clock("reminders", "*/5 * * * *", "publishing.tasks.remind", only_if="publishing.reminding.any_due"),
    Clock("notices", "* * * * *", "publishing.tasks.forward_notices", only_if="publishing.forwarding.any_due"),
    Clock("webhooks", "* * * * *", "publishing.tasks.hand_over_webhooks", only_if="publishing.announcing.any_waiting"),
    Clock("clean-up", "0 2 * * *", "desk.tasks.clean_up"),
    Clock("accounts", "30 4 * * *", "publishing.tasks.tend_accounts", only_if="publishing.tending.any_due"),
    Clock("numbers", "30 3 * * *", "publishing.tasks.pull_nightly", only_if="publishing.measuring.any_published"),
    Clock("models", "0 3 * * *", "ai.tasks.sync_models"),
    Clock("lots", "*/5 * * * *", "ai.tasks.poll_lots", missed="skip", only_if="ai.lots.are_open"),
)
