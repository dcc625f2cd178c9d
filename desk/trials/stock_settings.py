"""The same with RQ's own classes: the control. The serializer alone is ours: the app `jobs` forbids pickle."""

from desk.trials.settings import *  # noqa: F403

RQ = {}  # type: ignore[var-annotated]
