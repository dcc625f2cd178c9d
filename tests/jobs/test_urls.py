"""django-rq's pages are for superusers: they show every workspace's jobs and can empty queues."""

import pytest
from django.urls import get_resolver

from accounts.models import User

pytestmark = pytest.mark.django_db


def addresses():
    found = {}
    for pattern in get_resolver().url_patterns:
        for inner in getattr(pattern, "url_patterns", []):
            if getattr(inner, "app_name", "") == "django_rq" or getattr(inner, "namespace", "") == "django_rq":
                for page in inner.url_patterns:
                    found[page.name] = page
    return found


def test_staff_alone_is_refused_everywhere(client_for, owner):
    client = client_for(owner)
    pages = addresses()
    assert len(pages) > 20
    root = "/admin/django_rq/dashboard/"
    for path in ("", "queues/0/", "workers/0/", "queues/0/failed/", "schedulers/0/", "queues/0/some-job/"):
        assert client.get(root + path).status_code == 403, path
    for path in ("queues/0/empty/", "queues/0/requeue-all/", "queues/actions/0/", "queues/0/j/delete/"):
        assert client.post(root + path).status_code == 403, path


def test_strangers_are_sent_to_the_login(client):
    assert client.get("/admin/django_rq/dashboard/").status_code == 302


def test_nothing_of_django_rq_is_mounted_twice():
    assert not any(
        "django_rq" in str(getattr(p, "pattern", "")) and "dashboard" not in str(p.pattern)
        for p in get_resolver().url_patterns
    )
    assert User.objects.count() == 0
