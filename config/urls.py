"""Every address of Pressroom; the rooms list their own."""

from django.contrib import admin
from django.urls import include, path

admin.autodiscover()  # a worker has not done so at its start: see config/admin.py

urlpatterns = [
    path("", include("accounts.urls")),
    # Before the admin, which would take these addresses for an app's.
    path("admin/settings/", include("ai.urls")),
    path("admin/queues/", include("jobs.admin.urls")),
    path("blog/", include("blog.urls")),
    path("lessons/", include("lessons.urls")),
    path("media/", include("media.urls")),
    path("", include("publishing.urls")),
    path("", include("desk.urls")),
]
