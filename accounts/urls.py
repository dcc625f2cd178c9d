from django.contrib import admin
from django.urls import path

from accounts import views

urlpatterns = [
    path("accounts/switch/", views.switch, name="switch_workspace"),
    path("accounts/notices/<int:pk>/", views.open_notice, name="open_notice"),
    path("admin/settings/preferences", admin.site.admin_view(views.preferences), name="preferences"),
    path("accounts/invitation/<str:secret>/", views.invitation, name="invitation"),
    path("accounts/password-reset/", views.ResetRequest.as_view(), name="admin_password_reset"),
    path("accounts/password-reset/sent/", views.ResetSent.as_view(), name="password_reset_done"),
    path("accounts/password-reset/done/", views.ResetDone.as_view(), name="password_reset_complete"),
    path("accounts/password-reset/<uidb64>/<token>/", views.ResetConfirm.as_view(), name="password_reset_confirm"),
]
