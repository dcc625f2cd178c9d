"""Which database: the one DATABASE_URL names, else SQLite under VAR_DIR; and what to say when it cannot be opened."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

CURE = (
    "Write postgres://user:password@host:5432/name (inside the password %40 for @, %2F for /, %23 for #, %25 for %), "
    "or leave DATABASE_URL out: then it is SQLite under VAR_DIR."
)
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512;",
}
# Seconds (tcp_user_timeout: milliseconds) after which a server that vanished without a word is given up.
POSTGRES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def from_url(url: str, default: Path) -> dict[str, Any]:
    """Django's settings for the database at `url`, or for the SQLite file `default` when it is empty.

    Raises ImproperlyConfigured with the cure; the URL is not repeated, since it holds a password.
    """
    url = url.strip()
    vendor = url.partition("://")[0] if "://" in url else ""
    if url and vendor not in ("postgres", "postgresql", "sqlite"):
        what = f"begins with {vendor}://; Pressroom knows postgres:// and sqlite://" if vendor else "is no address"
        raise ImproperlyConfigured(f"DATABASE_URL {what}. {CURE}")
    try:
        found = environ.Env.db_url_config(url or f"sqlite:///{default}")
    except ValueError:  # of the port: usually a password with @, / or # in it
        raise ImproperlyConfigured(f"DATABASE_URL has no readable host and port. {CURE}") from None
    if not found.get("NAME"):
        raise ImproperlyConfigured(f"DATABASE_URL names no database. {CURE}")
    options = SQLITE if found["ENGINE"].endswith("sqlite3") else POSTGRES
    found["OPTIONS"] = options | found.get("OPTIONS", {})
    return found | {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 60}


def cannot_be_opened(database: dict[str, Any], error: Exception) -> str:
    """What happened, why and the next step, in one line; `database` is its entry in settings.DATABASES."""
    place = str(database["NAME"])
    if database.get("HOST"):
        place += f" at {database['HOST']}:{database.get('PORT') or 5432}"
    return f"The database {place} cannot be opened: {_why(error)}. Start its server, or correct DATABASE_URL."


def _why(error: Exception) -> str:
    """The reason in libpq's words, without its repetition of address and advice."""
    lines = [line.strip() for line in str(error).splitlines() if " failed" in line] or [str(error).strip()]
    return lines[-1].rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
