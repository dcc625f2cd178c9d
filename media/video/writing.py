"""A media file that is written: whole at its place, or not there."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import OutputContainer


@contextmanager
def written(
    target: str | PathLike[str], form: str, options: dict[str, str] | None = None
) -> Iterator["OutputContainer"]:
    """Open a file for writing in a format of FFmpeg ("mp4"); close it in any case and remove it after an error.

    No time, no name of a program and nothing of a source is written into it. Errors of the disk pass through (OSError).
    """
    import av

    path = Path(target).absolute()
    # With "file:" before it no name is taken for a protocol.
    container = av.open(f"file:{path}", "w", format=form, container_options={"fflags": "+bitexact", **(options or {})})
    try:
        yield container
        container.close()
    except BaseException:
        with suppress(Exception):
            container.close()
        path.unlink(missing_ok=True)
        raise
