"""The database and Redis: are they there, and are they what Pressroom needs?"""

import re
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from config.database import cannot_be_opened
from desk.doctor.findings import Finding, Seen, counted, fail, note, ok
from jobs import carrying, embedded, health

OLDEST_REDIS = (6, 2)
MB = 2**20


def database(seen: Seen) -> Finding:
    """The database answers."""
    place = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and not place.exists():
        return fail(f"There is no database yet: {place} is missing.", "Run `manage.py migrate`, or `manage.py up`.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        sentence, _dot, cure = cannot_be_opened(connection.settings_dict, error).rpartition(". ")
        return fail(f"{sentence}.", cure)
    version = ".".join(str(number) for number in connection.get_database_version())
    host = " at {HOST}:{PORT}".format(**connection.settings_dict) if connection.settings_dict.get("HOST") else ""
    return ok(f"{connection.display_name} {version} answers: {place}{host}.")


def migrations(seen: Seen) -> Finding:
    """The tables are those of this version of Pressroom."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _back in plan[:3])
        more = ", ..." if len(plan) > 3 else ""
        return fail(
            f"The database lacks {counted(len(plan), 'migration')} ({names}{more}).",
            "Run `manage.py migrate`, then restart web and workers. `manage.py up` does it by itself.",
        )
    loader = executor.loader
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update(migration.replaces)
    later = [key for key in loader.applied_migrations if key[0] in loader.migrated_apps and key not in known]
    if later:
        return fail(
            f"The database was made by another version of Pressroom: this one does not know {'.'.join(later[0])}.",
            "Start the version that made it, or restore a backup that fits this one.",
        )
    return ok("All migrations are applied.")


def hosts(seen: Seen) -> Finding:
    """Whether machines beside this one can take part."""
    alone = {"SQLite": "DATABASE_URL"} if connection.vendor == "sqlite" else {}
    if settings.REDIS_IS_EMBEDDED:
        alone["embedded Valkey"] = "REDIS_URL"
    if not alone:
        return ok("Database and Redis can serve workers on several machines.")
    return note(
        f"Only this machine can use its {' and '.join(alone)}.",
        f"For workers on others set {' and '.join(alone.values())}; for one machine this is enough.",
    )


def redis(seen: Seen) -> Finding:
    """Redis answers."""
    server = seen.server
    if not server.trouble:
        return ok(f"{server.name} {server.version}".strip() + f" answers at {server.place}.")
    if settings.REDIS_IS_EMBEDDED:
        which, cure = "The embedded Valkey", "Start it with `manage.py up`"
        cure += f"; its log is {embedded.log_file(settings.VAR_DIR)}."
    else:
        which, cure = f"Redis at {server.place}", "Start its server, or correct REDIS_URL (REDIS_HOST, REDIS_PASSWORD)."
    return fail(
        f"{which} cannot be reached: {server.trouble}. Accepted jobs are safe in the database and wait.",
        cure,
    )


def redis_version(seen: Seen) -> Finding:
    """Redis has all commands that rq and we use."""
    server = seen.server
    found = re.match(r"(\d+)\.(\d+)", server.version)
    if server.name == "Redis" and found and (int(found[1]), int(found[2])) < OLDEST_REDIS:
        return fail(
            f"Redis {server.version} is too old: Pressroom needs 6.2.", "Install Redis 6.2 or newer, or any Valkey."
        )
    return ok(f"{server.name} {server.version or 'does not tell its version'}.")


def redis_eviction(seen: Seen) -> Finding:
    """Redis throws nothing away when its memory is full."""
    policy = seen.server.policy
    if policy in (None, carrying.KEEPS_ALL):
        return ok(f"maxmemory-policy is {carrying.KEEPS_ALL}." if policy else "It does not tell its maxmemory-policy.")
    return fail(
        health.EVICTS.format(policy=policy).partition(". ")[0] + ".",
        "Write `maxmemory-policy noeviction` into redis.conf and restart it; at once: "
        "`redis-cli CONFIG SET maxmemory-policy noeviction`.",
    )


def redis_persistence(seen: Seen) -> Finding:
    """Redis keeps what it holds over a restart, which saves time and no more."""
    server = seen.server
    if server.append_broken:
        return fail(
            "Redis cannot write its append-only file and refuses new entries.",
            "Make room on its disk, or mend its rights there; its log says which.",
        )
    if server.appends is False:
        return note(
            "Redis keeps no append-only file: after its restart jobs are delivered again from the database, slower.",
            "Write `appendonly yes` into redis.conf, or leave it: nothing is lost.",
        )
    return ok("Redis keeps an append-only file." if server.appends else "It does not tell whether it writes to disk.")


def redis_memory(seen: Seen) -> Finding:
    """How much Redis holds, and how much of that is ours."""
    server = seen.server
    limit = f" of {server.memory_limit / MB:,.0f} MB" if server.memory_limit else ""
    keys = counted(server.keys, "key") if server.all_counted else f"at least {server.keys:,} keys"
    sentence = f"{server.memory / MB:,.1f} MB{limit} used; {keys} of Pressroom."
    if server.memory_limit and server.memory > 0.9 * server.memory_limit:
        return note(
            f"Redis is nearly full: {sentence}",
            "Raise maxmemory in redis.conf, or see what else is in it: redis-cli --bigkeys. "
            "When it is full, jobs wait in the database.",
        )
    return ok(sentence)
