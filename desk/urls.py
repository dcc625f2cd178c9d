from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from desk.api import api

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=static("desk/favicon.svg"), permanent=True)),
    path("admin/django_rq/dashboard/", include("jobs.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
]
