from django.apps import AppConfig


class LessonsConfig(AppConfig):
    """Lessons: a topic becomes sections that a Tiptap editor opens."""

    name = "lessons"
    verbose_name = "Lessons"
