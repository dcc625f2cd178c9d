"""The tasks of lessons. Their queue, limits and retries stand in config/queues.py."""

import logging

from ai.calling import Writer
from integrations.errors import Unsupported
from jobs.declaring import Payload, task
from jobs.running import Run
from lessons import generation, ordering
from lessons.models import Lesson

logger = logging.getLogger(__name__)


class OneLesson(Payload):
    """The lesson to write."""

    lesson_id: int


@task
def generate(run: Run, order: OneLesson) -> dict[str, object]:
    """Write what is missing of a lesson."""
    lesson = Lesson.objects.select_related("tenant", "user").filter(pk=order.lesson_id).first()
    if lesson is None:
        raise Unsupported("The lesson was deleted: there is nothing to write.")
    ordering.begin(lesson, run)
    try:
        return generation.write_lesson(lesson, Writer(run, lesson.chain, lesson.origin), run)
    except Exception as error:
        about = {"lesson": lesson.pk, "user_id": lesson.user_id, "topic": lesson.topic}
        logger.error("Lesson %s is not written: %s", lesson.pk, error, extra=about)
        raise
