"""What people see of lessons: ordering them, watching them being written, editing their sections."""

from lessons.admin.lessons import LessonAdmin
from lessons.admin.sections import SectionAdmin

__all__ = ["LessonAdmin", "SectionAdmin"]
