from django.contrib import admin
from django.urls import path

from ai import views

urlpatterns = [
    path("ai", admin.site.admin_view(views.settings_page), name="ai_settings"),
    path("ai/", admin.site.admin_view(views.settings_page)),
    path("ai/test/<slug:provider>", admin.site.admin_view(views.test_key), name="ai_test_key"),
]
