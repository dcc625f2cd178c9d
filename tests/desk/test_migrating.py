"""What is noticed about a database that another version made."""

import pytest
from django.db import connection

from desk import migrating

pytestmark = pytest.mark.django_db


def test_a_fitting_database_is_fine():
    assert migrating._unknown_migrations() == []
    assert migrating._missing_columns() == []


def test_a_migration_we_do_not_have_is_named():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '0099_later', '2026-01-01')"
        )
    assert migrating._unknown_migrations() == ["accounts.0099_later"]


def test_a_column_that_a_rewritten_migration_would_have_made_is_named():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tenant RENAME COLUMN time_zone TO zone")
    assert migrating._missing_columns() == ["the field for accounts_tenant.zone", "accounts_tenant.time_zone"]


def test_the_advice_depends_on_whose_database_it_is():
    assert "bin/run --fresh" in str(migrating._of_another_version("it is odd", ours=True))
    theirs = str(migrating._of_another_version("it is odd", ours=False))
    assert "--fresh" not in theirs
    assert "Restore a backup" in theirs
