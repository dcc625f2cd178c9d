"""Pages in headless Chromium; every test also asserts that the console stayed clean."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from accounts.models import User
from jobs import accepting, carrying
from jobs.models import Job

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is missing: apt-get install -y --no-install-recommends chromium"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


class Site:
    """Opens pages of the live server as somebody, and remembers what the console complained about."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.complaints: list[str] = []
        self.allowed: tuple[str, ...] = ()
        self.contexts: list[Any] = []

    def open(self, path: str, user: User | None = None, **options: Any) -> Page:
        """A page in a window of its own; options are those of a browser context (viewport, color_scheme ...)."""
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.url + path)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def unexpected(self) -> list[str]:
        """What the console said, without what the test allows."""
        return [text for text in self.complaints if not any(part in text for part in self.allowed)]


@pytest.fixture
def site(browser: Browser, transactional_db: None, live_server: Any) -> Iterator[Site]:
    opened = Site(browser, live_server.url)
    yield opened
    opened.close()
    assert opened.unexpected() == []


@pytest.fixture(autouse=True)
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A Redis that takes everything and gives it to nobody: jobs wait for a worker."""
    ids: list[str] = []

    def push(jobs: list[Job], *, patient: bool = False) -> list[str]:
        ids.extend(job.pk for job in jobs)
        return [job.pk for job in jobs]

    monkeypatch.setattr(accepting, "push", push)
    monkeypatch.setattr(carrying, "is_reachable", lambda: True)
    return ids


@pytest.fixture
def too_wide() -> Callable[[Page], int]:
    """By how many pixels a page is wider than its window."""
    return lambda page: page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
