"""Accounts, publications and approvals over the API, and the test doors of this room."""

from ninja import Router

from publishing.api.accounts import router as accounts_router
from publishing.api.analytics import router as analytics_router
from publishing.api.approvals import router as approvals_router
from publishing.api.hearing import router as hearing_router
from publishing.api.publications import router as publications_router
from publishing.api.trials import router as trials_router
from publishing.api.webhooks import router as webhooks_router

__all__ = ["router"]

router = Router()
for part in (
    accounts_router,
    publications_router,
    analytics_router,
    approvals_router,
    trials_router,
    webhooks_router,
    hearing_router,
):
    router.add_router("", part)
