"""Every address of Pressroom; the rooms list their own."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    # Before the admin, which would take these addresses for an app's.
    path("admin/settings/", include("ai.urls")),
    path("admin/queues/", include("jobs.admin.urls")),
    path("blog/", include("blog.urls")),
    path("", include("desk.urls")),
]
