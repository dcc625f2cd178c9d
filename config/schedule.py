"""The clocks: pure data. Times are in TIME_ZONE; every tick is idempotent."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """A task that runs by the clock: `cron` has five fields, minute first."""

    name: str
    cron: str
    task: str


CLOCKS = (Clock("clean-up", "0 2 * * *", "desk.tasks.clean_up"),)
