"""Every address of Pressroom; the rooms list their own."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("blog/", include("blog.urls")),
    path("", include("desk.urls")),
]
