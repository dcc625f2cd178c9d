"""The JSON API: the rooms' routers under one roof."""

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI, Status

from accounts import api_errors
from accounts.authentication import TokenOrSession
from accounts.schemas import CamelOut
from ai.api import router as ai_router
from blog.api import router as blog_router
from jobs import health
from jobs.api import router as jobs_router
from lessons.api import router as lessons_router
from media.api import router as media_router
from publishing.api import router as publishing_router

api = NinjaAPI(
    title="Pressroom",
    version="1",
    description="Send `Authorization: Bearer <token>` (`manage.py create_token`), or use the session of the admin.",
    auth=TokenOrSession(),
    urls_namespace="api",
)
api_errors.register(api)
api.add_router("", ai_router)
api.add_router("", blog_router)
api.add_router("", lessons_router)
api.add_router("", media_router)
api.add_router("", publishing_router)
api.add_router("", jobs_router)


class Health(CamelOut):
    """healthy, or unhealthy with the reason beside each check that is not ok."""

    status: str
    checks: dict[str, str]


@api.get("/health", auth=None, response={200: Health, 503: Health}, tags=["health"])
def get_health(request: HttpRequest) -> Any:
    """Whether everything is there that jobs need."""
    checks = health.checks()
    needed = all(checks[name] == health.HEALTHY for name in ("database", "redis", "worker"))
    return Status(200 if needed else 503, {"status": "healthy" if needed else "unhealthy", "checks": checks})
