from django.urls import path

from publishing import views

app_name = "publishing"
urlpatterns = [
    path("wall/<int:pk>/", views.wall_post, name="wall_post"),
    path("approve/<str:secret>/files/<int:pk>/", views.approval_file, name="approval_file"),
    path("approve/<str:secret>/", views.approval, name="approval"),
]
