"""django-rq's pages, for superusers only: they show every workspace's jobs and can empty queues."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django_rq.stats_views import stats_json
from django_rq.urls import get_admin_urlpatterns

from jobs import carrying, health


def superusers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse staff without the right, and say what is wrong when Redis is away."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied("Only superusers may see this page. Your own jobs are under My jobs.")
        if not carrying.is_reachable():
            return render(request, "jobs/no_redis.html", {"sentence": health.NO_REDIS}, status=503)
        return view(request, *args, **kwargs)

    return admin.site.admin_view(guarded)


app_name = "django_rq"
urlpatterns = [
    path("stats.json", superusers_only(stats_json), name="home_json"),
    *get_admin_urlpatterns(view_wrapper=superusers_only),
]
