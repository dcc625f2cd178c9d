"""Takes the pictures of docs/images (bin/screenshots): starts a Pressroom of its own and works in it as a person."""

import json
import os
import quopri
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
from tests.integrations import vendor_stub  # noqa: E402

MANAGE = ROOT / "manage.py"
IMAGES = ROOT / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
LARGEST = 300_000  # bytes
# A batch of a catalog that is not there (any more): the worker really tries it three times and fails.
LOST_CATALOG = """
from django.db import transaction
from accounts.models import Tenant, User
from blog import batches
from blog.models import Batch
from blog.orders import Order
with transaction.atomic():
    order = Order(source="upcoming", count=5)
    batch, _job = batches.start(order, tenant=Tenant.objects.get(slug="demo"), user=User.objects.get(username="demo"))
    Batch.objects.filter(pk=batch.pk).update(catalog="video-shop")
print(batch.pk)
"""


# A wall, and a rule that the demo user agrees to what goes there.
RULE = """
from accounts.models import Tenant, User
from blog.models import Post
from publishing import connecting
from publishing.models import ApprovalRule
user, tenant = User.objects.get(username="demo"), Tenant.objects.get(slug="demo")
User.objects.filter(pk=user.pk).update(email="demo@pressroom.example")
connecting.connect(tenant, user, platform="offline", name="Our wall", credentials={})
ApprovalRule.objects.create(tenant=tenant).approvers.add(user)
post = Post.objects.for_tenant(tenant).filter(state="published").first()
print(post.pk)
"""


# A month on three accounts, half of it out, with numbers as platforms would tell them.
MONTH = """
import random
from datetime import timedelta
from django.utils import timezone
from accounts.models import Tenant, User
from publishing import connecting
from publishing.models import Account, Audience, Publication, Reading
from publishing.models.publications import hash_of
user, tenant = User.objects.get(username="demo"), Tenant.objects.get(slug="demo")
for platform, name, keys in (("x", "Films on X", {"accessToken": "none"}), ("bluesky", "Films on Bluesky",
        {"handle": "films.example", "appPassword": "none"})):
    connecting.connect(tenant, user, platform=platform, name=name, credentials=keys)
accounts, chance = list(Account.objects.for_tenant(tenant)), random.Random(9)
films = ("Metropolis, restored and back on the big screen", "Sunrise: a song of two humans", "Nosferatu at midnight",
         "City Lights for the family", "The General, with a live piano", "A trip to the Moon, in colour")
now = timezone.now().replace(minute=0, second=0, microsecond=0)
for number in range(70):
    at = now.replace(day=1, hour=8) + timedelta(days=number % 28, hours=chance.randrange(0, 12))
    out, account = at < now, accounts[number % len(accounts)]
    state = "published" if out else ("scheduled", "scheduled", "draft", "needs_approval")[number % 4]
    content = {"text": chance.choice(films)}
    row = Publication.objects.create(tenant=tenant, user=user, account=account, state=state, content=content,
        content_hash=hash_of(content), scheduled_at=at, published_at=at if out else None,
        remote_id=str(number) if out else "")
    total = 0
    for day in range(12 if out else 0):
        total += chance.randrange(5, 60) // (day + 1)
        when = (at + timedelta(days=day)).date()
        if when <= now.date():
            values = {"likes": total, "reposts": total // 4, "replies": total // 9}
            Reading.objects.create(publication=row, day=when, values=values)
for account in accounts:
    for day in range(30):
        Audience.objects.create(account=account, day=now.date() - timedelta(days=day), followers=1840 - day * 11)
print("done")
"""


# Posts by two vendors that stand in for the real ones: what they say is partly wrong, as it happens.
PAID = """
import time
from accounts import keys
from accounts.models import Tenant, User
from blog import batches
from blog.orders import Order
user, tenant = User.objects.get(username="demo"), Tenant.objects.get(slug="demo")
for provider in ("openai", "anthropic"):
    keys.save_key(user, provider, "good-key")
jobs = [
    batches.start(Order(source="popular", count=count, model=model), tenant=tenant, user=user)[1]
    for model, count in (("claude-sonnet-5-5", 3), ("gpt-6-luna", 4))
]
for _try in range(300):
    time.sleep(0.2)
    for job in jobs:
        job.refresh_from_db()
    if all(job.ended for job in jobs):
        break
print(max(jobs[0].result["postIds"]))
"""
CONTEXT = """A closure is a function together with the variables of the scope in which it was made.
Each call of the outer function makes a new scope. A closure keeps them alive, although the outer function has
returned. Closures are used for private state, for callbacks and for partial application. A loop variable declared with
var is shared by all closures of the loop. One declared with let is new in each round of the loop."""
ARTICLE = (
    """# A film for a long evening

It came out in 1931 and runs 96 minutes. Wim Wenders directed it, and the reviews gave it 6.1 of 10.

## What it is about

"""
    + "It takes its time, and it lets the people in it breathe. " * 14
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    if not CHROMIUM.exists():
        sys.exit(f"{CHROMIUM} is missing. Install it: apt-get install -y --no-install-recommends chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with ExitStack() as stack_up, tempfile.TemporaryDirectory(prefix="pressroom-screenshots-") as folder:
        stray = ("DATABASE_URL", "REDIS_URL", "REDIS_HOST", "SITE_URL")
        env = {**{name: value for name, value in os.environ.items() if name not in stray}, "VAR_DIR": folder}
        vendors = stack_up.enter_context(vendor_stub.serving())
        vendors.healthy = lambda _stub, seen: vendor_stub.text(vendor_stub.vendor_of(seen.path), ARTICLE)
        env |= {f"{name.upper()}_BASE_URL": vendors.base_url(name) for name in ("openai", "anthropic")}
        argv = [sys.executable, str(MANAGE), "up", "--demo", "--port", str(port)]
        with (
            open(Path(folder, "up.log"), "w") as log,
            subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=log, text=True) as stack,
        ):
            try:
                wait_for_demo(stack, Path(folder, "up.log"))
                login = json.loads(Path(folder, "demo.json").read_text())
                take(f"http://127.0.0.1:{port}", login, env, Path(folder, "pressroom.sqlite3"))
            finally:
                stack.send_signal(signal.SIGTERM)
                stack.wait(60)


def wait_for_demo(stack: subprocess.Popen[str], log: Path) -> None:
    """Read what `up` prints until it says that everything runs."""
    assert stack.stdout
    for line in stack.stdout:
        if line.startswith("Pressroom runs at"):
            return
    sys.exit(f"Pressroom did not start:\n{log.read_text()[-3000:]}")


def take(url: str, login: dict[str, Any], env: dict[str, str], database: Path) -> None:
    """Sign in, order, watch, and take the pictures on the way."""
    lost = shell(LOST_CATALOG, env)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.set_default_timeout(60_000)
        page.goto(f"{url}/admin/")
        page.get_by_label("Username").fill(login["user"])
        page.get_by_label("Password").fill(login["password"])
        page.get_by_role("button", name="Log in").click()
        batch = take_batch(page, url, database)
        page.goto(f"{url}/admin/blog/batch/{lost}/change/")
        expect(page.locator("[data-live-state]")).to_have_text("Failed", timeout=120_000)
        save(page, "generate-failed")
        page.goto(batch)
        page.locator("[data-live-posts] a").first.click()
        page.wait_for_url("**/blog/post/*/change/")
        publish = page.get_by_role("button", name="Publish", exact=True)
        if publish.count():
            publish.click()
        expect(page.frame_locator("[data-preview-frame]").locator("h1")).to_be_visible()
        save(page, "post-editor")
        page.get_by_role("link", name="View on site").first.evaluate("link => link.removeAttribute('target')")
        page.get_by_role("link", name="View on site").first.click()
        page.wait_for_selector("article")
        save(page, "article")
        page.goto(f"{url}/admin/")
        page.wait_for_timeout(1000)  # the chart
        save(page, "dashboard")
        page.goto(f"{url}/admin/queues/")
        page.wait_for_timeout(1500)
        save(page, "queues")
        take_money(page, url, shell(PAID, env))
        take_lesson(page, url)
        take_media(page, url)
        take_publishing(page, url, env)
        take_planning(page, url, env)
        browser.close()


def shell(code: str, env: dict[str, str]) -> str:
    """Run code in Pressroom's shell; the last word that it prints."""
    argv = [sys.executable, str(MANAGE), "shell", "--no-imports", "-c", code]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.split()[-1]


def take_money(page: Page, url: str, post: str) -> None:
    """A post whose facts are partly wrong, and what the calls cost."""
    page.goto(f"{url}/admin/blog/post/{post}/change/")
    facts = page.get_by_text("Facts checked against the source").first
    facts.evaluate("heading => window.scrollTo(0, heading.getBoundingClientRect().top + window.scrollY - 90)")
    page.wait_for_timeout(600)
    save(page, "facts")
    page.goto(f"{url}/admin/settings/usage")
    page.wait_for_timeout(1000)  # the chart
    save(page, "usage")


def take_lesson(page: Page, url: str) -> None:
    """Order a lesson with a context, and take its page, a section in the editor, and what readers see."""
    page.goto(f"{url}/admin/lessons/lesson/add/")
    page.get_by_label("Topic").fill("How closures work in JavaScript")
    page.get_by_label("Context").fill(CONTEXT)
    page.get_by_role("button", name="Write the lesson").click()
    page.locator("[data-live-state][data-state=completed]").wait_for()
    page.get_by_role("link", name="Read", exact=True).wait_for()
    page.wait_for_timeout(800)
    save(page, "lesson")
    lesson = page.get_by_role("link", name="Read", exact=True).get_attribute("href")
    page.locator("[data-tree] a").nth(1).click()
    page.get_by_role("toolbar", name="Formatting").wait_for()
    page.wait_for_timeout(500)
    save(page, "section-editor")
    page.goto(f"{url}{lesson}")
    save(page, "lesson-page")


def take_media(page: Page, url: str) -> None:
    """Draw cards in the brand's colours, and take the library that shows them."""
    for style in ("minimalist", "abstract", "cartoon", "realistic"):
        page.goto(f"{url}/admin/media/drawing/add/")
        page.get_by_label("Prompt").fill("Silent films in the courtyard, every Friday at nine")
        page.get_by_label("Style").select_option(style)
        page.get_by_label("Brand").select_option(label="Test Brand")
        page.get_by_role("button", name="Draw").click()
        page.locator("[data-live-state][data-state=completed]").wait_for()
    page.wait_for_timeout(500)
    save(page, "card")
    page.goto(f"{url}/admin/media/mediafile/")
    page.wait_for_timeout(800)
    save(page, "library")


def take_publishing(page: Page, url: str, env: dict[str, str]) -> None:
    """A post goes to the wall with leave: the link of the mail, the story, and the list of what leaves the house."""
    post = shell(RULE, env)
    page.goto(f"{url}/admin/blog/post/{post}/send/")
    page.get_by_label("Our wall").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("link", name="Our wall").click()
    story, mails = page.url, Path(env["VAR_DIR"], "mail")
    for _try in range(100):
        text = quopri.decodestring(b"".join(file.read_bytes() for file in mails.glob("*"))).decode(errors="replace")
        if link := re.search(r"http\S+/approve/[\w-]+/", text):
            break
        page.wait_for_timeout(200)
    else:
        sys.exit("No mail asks for approval. Look into the worker.")
    page.goto(link[0])
    save(page, "approval")
    page.get_by_role("button", name="Approve").click()
    page.goto(story)
    expect(page.locator("[data-live-state]")).to_have_text("Published", timeout=60_000)
    page.wait_for_timeout(800)
    save(page, "publication")


def take_planning(page: Page, url: str, env: dict[str, str]) -> None:
    """One text for three accounts, the month that it belongs to, and the numbers of what is out."""
    shell(MONTH, env)
    page.goto(f"{url}/admin/compose/")
    for box in page.locator('[name="accounts"]').all():
        box.check()
    page.get_by_label("Text", exact=True).fill(
        "Silent films in the courtyard, every Friday at nine. This week: The General, with Ida at the piano. "
        "Bring a blanket, and a friend who has never seen Keaton run. https://films.example/general #silentfilm"
    )
    page.wait_for_timeout(1500)
    save(page, "composer")
    page.goto(f"{url}/admin/calendar/")
    page.wait_for_timeout(300)
    save(page, "calendar")
    page.goto(f"{url}/admin/analytics/?metric=likes")
    page.wait_for_timeout(1000)
    save(page, "analytics")


def take_batch(page: Page, url: str, database: Path) -> str:
    """Order fifty posts and take the page in the middle and at the end; returns its address."""
    page.goto(f"{url}/admin/blog/batch/add/")
    page.get_by_label("Count").fill("50")
    page.get_by_role("button", name="Start generation").click()
    with held_still(database, posts=20):
        page.wait_for_timeout(2500)  # two polls
        save(page, "generate-running")
    page.locator("[data-live-state][data-state=completed]").wait_for()
    page.wait_for_timeout(800)
    save(page, "generate-done")
    return page.url


@contextmanager
def held_still(database: Path, posts: int) -> Iterator[None]:
    """The worker, stopped for the picture when `posts` of the newest batch are written: it writes fifty in 3 s."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
        count = "SELECT count(*) FROM blog_pick WHERE state = 'written' AND batch_id = (SELECT max(id) FROM blog_batch)"
        (pid,) = rows.execute("SELECT pid FROM jobs_process WHERE kind = 'worker'").fetchone()
        until = time.monotonic() + 60
        while rows.execute(count).fetchone()[0] < posts:
            if time.monotonic() > until:
                sys.exit("The posts are not written. Look into the worker.")
            time.sleep(0.01)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def save(page: Page, name: str) -> None:
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file)
    if file.stat().st_size > LARGEST:
        sys.exit(f"{file} has {file.stat().st_size} bytes; a picture of the docs has at most {LARGEST}.")
    sys.stdout.write(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
