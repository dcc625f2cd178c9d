from django.urls import path

from blog import views

app_name = "blog"
urlpatterns = [
    path("", views.PostList.as_view(), name="list"),
    path("t/<slug:tenant>/", views.PostList.as_view(), name="tenant-list"),
    path("t/<slug:tenant>/<slug:slug>/", views.PostPage.as_view(), name="tenant-post"),
    path("<slug:slug>/", views.PostPage.as_view(), name="post"),
]
