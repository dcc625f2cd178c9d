"""Every address of Pressroom; the rooms list their own."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("admin/settings/", include("ai.urls")),  # before the admin, which would take the address for an app's
    path("blog/", include("blog.urls")),
    path("", include("desk.urls")),
]
