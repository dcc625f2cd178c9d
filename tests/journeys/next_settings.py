"""The next version of the engine's tests: its table has one task more, and `Note` one field more."""

import os

os.environ["TRIAL_NEXT"] = "1"  # for tests/journeys/engine_tasks.py

from config import queues
from tests.journeys.engine_settings import *  # noqa: F403
from tests.journeys.engine_settings import NOTE

queues.QUEUES[1].tasks["fresh"] = f"{NOTE}_afresh"
