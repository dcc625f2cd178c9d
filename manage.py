#!/usr/bin/env python
"""Django's command line for Pressroom."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import Error, OperationalError, connection

    from config.database import cannot_be_opened

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Pressroom cannot start: {error}")
    except OperationalError:
        connection.close()
        try:
            connection.ensure_connection()
        except Error as error:
            sys.exit(cannot_be_opened(connection.settings_dict, error))
        raise


if __name__ == "__main__":
    main()
