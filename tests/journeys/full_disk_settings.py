"""The settings of Pressroom on a disk that is full but for TRIAL_PAGES pages: SQLite says so as it does then."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

DATABASES["default"]["OPTIONS"]["init_command"] += f" PRAGMA max_page_count={os.environ['TRIAL_PAGES']};"
