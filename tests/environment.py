"""A plugin that runs before Django's settings are read: the tests have their own VAR_DIR, removed at the end."""

import os
import shutil
import tempfile

import pytest

# What the machine happens to have set must not change a test.
STRAY = ["DATABASE_URL", "REDIS_URL", "REDIS_HOST", "SECRET_KEY", "FERNET_KEYS", "SITE_URL", "QUEUE_LIMITS"]
STRAY += ["BLOG_TENANT", "PORT", "WORKER_CONCURRENCY", "QUEUE_CONCURRENCY", "PRESSROOM_FAULT"]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    for name in STRAY:
        os.environ.pop(name, None)
    if database := os.environ.get("PRESSROOM_TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = database
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["PRESSROOM_TESTS"] = tempfile.mkdtemp(prefix="pressroom-tests-")
    part = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["VAR_DIR"] = os.path.join(os.environ["PRESSROOM_TESTS"], part)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps an event loop in the test's thread


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["PRESSROOM_TESTS"], ignore_errors=True)
