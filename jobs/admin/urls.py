"""Our own pages inside the admin. jobs/urls.py are those of django-rq."""

from django.contrib import admin
from django.urls import path

from jobs import views

inside = admin.site.admin_view

urlpatterns = [
    path("", inside(views.queue_list), name="queues"),
    path("numbers.json", inside(views.queue_list_numbers), name="queues_numbers"),
    path("<str:queue>/", inside(views.queue_page), name="queue"),
    path("<str:queue>/numbers.json", inside(views.queue_numbers), name="queue_numbers"),
    path("<str:queue>/pause/", inside(views.pause), name="queue_pause"),
    path("<str:queue>/resume/", inside(views.resume), name="queue_resume"),
    path("<str:queue>/clear/", inside(views.clear), name="queue_clear"),
]
