"""Jobs and queues over the API: one's own, the workspace's, and the queues' numbers."""

from ninja import Router

from jobs.api.dashboard import router as dashboard_router
from jobs.api.own import own_job
from jobs.api.own import router as own_router
from jobs.api.queues import router as queues_router
from jobs.api.shapes import JobOut, describe

__all__ = ["JobOut", "describe", "own_job", "router"]

router = Router()
for part in (own_router, dashboard_router, queues_router):
    router.add_router("", part)
