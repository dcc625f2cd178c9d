"""A plugin that runs before Django's settings are read: the tests have their own VAR_DIR, removed at the end.

`pytest --database postgres` (or PRESSROOM_TEST_DATABASE=postgres) runs the tests that touch a database once more on
PostgreSQL: on the server of PRESSROOM_TEST_DATABASE_URL, else on one of our own that lives as long as the run.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from desk.trials.postgres import Server

# What the machine happens to have set must not change a test.
STRAY = ["DATABASE_URL", "REDIS_URL", "REDIS_HOST", "SECRET_KEY", "FERNET_KEYS", "SITE_URL", "QUEUE_LIMITS"]
STRAY += ["TMDB_BASE_URL", "OUTBOUND_ALLOW_HOSTS", "ALLOW_SERVER_KEYS", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"]
STRAY += ["GEMINI_BASE_URL", "GEMINI_API_VERSION", "EMAIL_HOST", "BLOG_TENANT", "PORT", "WORKER_CONCURRENCY"]
STRAY += ["QUEUE_CONCURRENCY", "PUBLISH_WORKER_CONCURRENCY", "CONTENT_WORKER_CONCURRENCY", "WA_WORKER_CONCURRENCY"]
STRAY += ["LESSON_WORKER_CONCURRENCY", "WORKER_SLOTS", "ENABLE_WORKERS", "PRESSROOM_FAULT"]

server: Server | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default=os.environ.get("PRESSROOM_TEST_DATABASE", "sqlite"),
        help="the database of the tests; with postgres, only those that touch one and start nothing themselves",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    global server
    for name in STRAY:
        os.environ.pop(name, None)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["PRESSROOM_TESTS"] = tempfile.mkdtemp(prefix="pressroom-tests-")
        if early_config.known_args_namespace.database == "postgres":
            if not os.environ.get("PRESSROOM_TEST_DATABASE_URL"):
                server = Server()
                os.environ["PRESSROOM_TEST_DATABASE_URL"] = server.url("pressroom")  # the workers of xdist read it too
        else:
            os.environ.pop("PRESSROOM_TEST_DATABASE_URL", None)
    if database := os.environ.get("PRESSROOM_TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = database
    part = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["VAR_DIR"] = os.path.join(os.environ["PRESSROOM_TESTS"], part)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps an event loop in the test's thread


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what can differ there; journeys start the databases they need themselves."""
    if config.option.database == "postgres":
        short = config.option.markexpr == "not full"
        chosen = [item for item in items if _touches_the_database(item)]
        chosen = [item for item in chosen if not (short and item.get_closest_marker("one_ground"))]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen


def _touches_the_database(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in ("browser", "journey")):
        return False
    return bool(
        item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    )


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Half a second of hashing for each made-up user would be most of the suite's time."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["PRESSROOM_TESTS"], ignore_errors=True)
        if server:
            server.close()
