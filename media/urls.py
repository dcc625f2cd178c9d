from django.urls import path

from media import views

app_name = "media"
urlpatterns = [path("<int:pk>/<str:name>", views.file, name="file")]
