from django.urls import path

from publishing import views

app_name = "publishing"
urlpatterns = [path("<int:pk>/", views.wall_post, name="wall_post")]
