from django.contrib import admin
from django.urls import path

from publishing import views
from publishing.admin import analytics, calendar, composer, signing_in

app_name = "publishing"
signed_in = admin.site.admin_view
urlpatterns = [
    path("admin/connect/<str:platform>/", signed_in(signing_in.sign_in), name="sign_in"),
    path("admin/connect/<str:platform>/go", signed_in(signing_in.sign_in_go), name="sign_in_go"),
    path("admin/connect/<str:platform>/callback", signed_in(signing_in.sign_in_callback), name="sign_in_callback"),
    path("admin/connect/<str:platform>/<int:pk>/", signed_in(signing_in.sign_in_choose), name="sign_in_choose"),
    path("admin/calendar/", signed_in(calendar.show), name="calendar"),
    path("admin/calendar/move", signed_in(calendar.move), name="calendar_move"),
    path("admin/calendar/bulk", signed_in(calendar.bulk), name="calendar_bulk"),
    path("admin/calendar/import/", signed_in(calendar.read_csv), name="calendar_import"),
    path("admin/calendar/publications.csv", signed_in(calendar.as_csv), name="calendar_csv"),
    path("admin/calendar/publications.ics", signed_in(calendar.as_ical), name="calendar_ical"),
    path("admin/compose/", signed_in(composer.compose), name="compose"),
    path("admin/compose/look", signed_in(composer.look), name="compose_look"),
    path("admin/analytics/", signed_in(analytics.analytics), name="analytics"),
    path("admin/analytics/posts.csv", signed_in(analytics.analytics_csv), name="analytics_csv"),
    path("admin/analytics/fetch", signed_in(analytics.fetch_numbers), name="fetch_numbers"),
    path("outgoing/<str:token>/", views.outgoing, name="outgoing"),
    path("wall/<int:pk>/", views.wall_post, name="wall_post"),
    path("share/<str:secret>/files/<int:pk>/", views.shared_file, name="shared_file"),
    path("share/<str:secret>/", views.shared, name="shared"),
    path("approve/<str:secret>/files/<int:pk>/", views.approval_file, name="approval_file"),
    path("approve/<str:secret>/", views.approval, name="approval"),
]
