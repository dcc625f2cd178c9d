from django.urls import path

from lessons import views

app_name = "lessons"
urlpatterns = [
    path("", views.LessonList.as_view(), name="list"),
    path("<slug:slug>/", views.LessonPage.as_view(), name="lesson"),
    path("<slug:slug>/print/", views.LessonFile.as_view(kind="print"), name="print"),
    path("<slug:slug>/lesson.md", views.LessonFile.as_view(kind="markdown"), name="markdown"),
    path("<slug:slug>/lesson.html", views.LessonFile.as_view(kind="html"), name="html"),
]
