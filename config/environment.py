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

    def int(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """The whole number in `var`; raises ImproperlyConfigured for anything else."""
        try:
            return super().int(var, *args, **kwargs)
        except ValueError:
            raise ImproperlyConfigured(
                f"{var} is not a whole number. Write one such as {var}=2, or leave it out."
            ) from None

    def json(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """The JSON in `var`; raises ImproperlyConfigured for anything else."""
        try:
            return super().json(var, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(
                f'{var} is not JSON: {error}. Write double quotes round names, as in {{"name": 1}}, or leave it out.'
            ) from None
