"""What people see of media: the library, pictures to be drawn."""

from media.admin.drawings import DrawingAdmin
from media.admin.library import MediaFileAdmin
from media.admin.transcripts import TranscriptAdmin

__all__ = ["DrawingAdmin", "MediaFileAdmin", "TranscriptAdmin"]
