"""The settings of Pressroom on a machine whose clock is wrong by TRIAL_CLOCK_SECONDS."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(os.environ["TRIAL_CLOCK_SECONDS"])), tick=True).start()

from config.settings import *  # noqa: E402, F403
