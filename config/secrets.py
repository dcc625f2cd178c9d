"""Secrets that Pressroom makes for itself on first start and keeps under VAR_DIR."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def writable_folder(path: Path) -> Path:
    """Make `path` (mode 0700) if it is missing and return it; raises ImproperlyConfigured with the cure."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ImproperlyConfigured(
            f"the folder VAR_DIR={path} cannot be written ({error.strerror}). "
            "Give this user the right to write there, or set VAR_DIR to a folder of your own."
        ) from None
    return path


def stored_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the text kept in `path`; the first process to ask makes it with `make()`, mode 0600.

    Two processes that start together agree: the file is linked into place whole, and whoever
    comes second reads what the first one wrote.
    """
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(make())
            os.link(name, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read ({error.strerror}). Run Pressroom as the user who owns it."
        ) from None
