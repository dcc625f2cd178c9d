"""The environment: every variable also as NAME_FILE, the path of a file that holds the value."""

import os
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.FileAwareEnv):
    """Values come without the white space around them: files of secrets end with a new line."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """The value of `var`, else of the file in `var`_FILE; raises ImproperlyConfigured when that cannot be read."""
        try:
            value = super().get_value(var, *args, **kwargs)
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise ImproperlyConfigured(
                f"{var}_FILE={os.environ.get(f'{var}_FILE')} cannot be read ({why}). "
                "Give this user the right to read it, or correct the path."
            ) from None
        if isinstance(value, list):
            return [item.strip() if isinstance(item, str) else item for item in value]
        return value.strip() if isinstance(value, str) else value
