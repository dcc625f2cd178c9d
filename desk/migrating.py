"""Brings the database up to date at the start, and says in plain words when it cannot be done."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import Error, connection, connections
from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader

from config.database import cannot_be_opened


class DatabaseUnusable(Exception):
    """The database cannot be brought up to date; the text says what happened, why, and the next step."""


def bring_up_to_date(*, ours: bool) -> None:
    """Run all migrations. `ours`: the database is the default SQLite file, which may be set aside.

    Raises DatabaseUnusable when it does not answer or was made by another version of Pressroom.
    The connections are closed afterwards, so that a long-lived supervisor holds no file open.
    """
    try:
        _connect(ours)
        if unknown := _unknown_migrations():
            raise _of_another_version(f"it has changes this version does not know ({', '.join(unknown[:3])})", ours)
        call_command("migrate", interactive=False, verbosity=0)
        if missing := _missing_columns():
            raise _of_another_version(f"it lacks {', '.join(missing[:3])}", ours)
    except InconsistentMigrationHistory as error:
        raise _of_another_version(str(error).rstrip("."), ours) from error
    except (Error, BadMigrationError) as error:
        if "locked" in str(error):
            raise DatabaseUnusable(
                f"The database is busy: {error}. Another program is writing to it; end that one and start again."
            ) from error
        raise _of_another_version(str(error).strip().rstrip("."), ours) from error
    finally:
        connections.close_all()


def _connect(ours: bool) -> None:
    try:
        connection.ensure_connection()
    except Error as error:
        if ours and "not a database" in str(error):
            raise
        if not ours:
            raise DatabaseUnusable(cannot_be_opened(connection.settings_dict, error)) from error
        place = Path(str(connection.settings_dict["NAME"])).name
        raise DatabaseUnusable(
            f"The database {place} cannot be opened: {str(error).strip()}. Check the rights of the folder VAR_DIR."
        ) from error


def _unknown_migrations() -> list[str]:
    """Migrations the database has had that our apps do not know, as app.name."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update(migration.replaces)
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in loader.migrated_apps and (app, name) not in known
    )


def _missing_columns() -> list[str]:
    """What a migration that was rewritten after it ran leaves behind, in words.

    Tables and columns that our models have and the database does not, and columns that the database wants filled and
    our models do not know: every insert would fail.
    """
    missing = []
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in apps.get_models(include_auto_created=True):
            options: Any = model._meta
            if not options.managed or options.proxy:
                continue
            if options.db_table not in tables:
                missing.append(f"the table {options.db_table}")
                continue
            found = connection.introspection.get_table_description(cursor, options.db_table)
            columns = {column.name for column in found}
            known = {field.column for field in options.local_concrete_fields}
            missing += [
                f"the field for {options.db_table}.{column.name}"
                for column in found
                if column.name not in known and not column.null_ok and column.default is None
            ]
            missing += [
                f"{options.db_table}.{field.column}"
                for field in options.local_concrete_fields
                if field.column not in columns
            ]
    return missing


def _of_another_version(why: str, ours: bool) -> DatabaseUnusable:
    if ours:
        cure = (
            "Start with `bin/run --fresh`: it keeps the old file under VAR_DIR/old and begins with an empty database. "
            "Or go back to the version that made it."
        )
    else:
        cure = (
            "Nothing was thrown away. Restore a backup that fits this version, go back to the version that made the "
            "database, or mend it by hand with `manage.py showmigrations` and `manage.py migrate`."
        )
    return DatabaseUnusable(f"The database does not fit this version of Pressroom: {why}. {cure}")
