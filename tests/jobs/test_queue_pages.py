"""The queue pages: who sees which numbers, and who may pause, resume and clear."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role, Tenant, User
from config.queues import QUEUES, Keep
from jobs import accepting, carrying, ending, limits, overview, presence, table
from jobs.models import Job, Start, State
from tests.jobs.conftest import GO

LogIn = Callable[[User], Client]
Enqueue = Callable[..., Job]
LIST = "/admin/queues/"
PAGE = "/admin/queues/testing/"
NUMBERS = "/admin/queues/testing/numbers.json"
BUTTONS = ["pause", "resume", "clear"]
CONFIRMED = {"state": "all", "confirmation": "testing"}


@pytest.fixture
def root(tenant: Tenant) -> User:
    return User.objects.create_superuser("root", "root@example.com", "pw")


@pytest.fixture
def people(owner: User, editor: User, viewer: User, root: User) -> dict[str, User]:
    return {"viewer": viewer, "editor": editor, "owner": owner, "superuser": root}


@pytest.fixture
def others_job(other_tenant: Tenant, stranger: User, pushed: list[str]) -> Job:
    return accepting.enqueue(GO, tenant=other_tenant, user=stranger, payload={})


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues whose workers were woken."""
    names: list[str] = []
    monkeypatch.setattr(carrying, "wake", lambda *queues: names.extend(queues))
    return names


@pytest.fixture
def one_of_each(enqueue: Enqueue) -> dict[str, Job]:
    """A job in each state."""
    jobs = {state.value: enqueue() for state in State}
    for name, job in jobs.items():
        ended = timezone.now() if State(name) in (State.COMPLETED, State.FAILED, State.CANCELLED) else None
        run_at = timezone.now() + timedelta(hours=1) if name == "delayed" else job.run_at
        Job.objects.filter(pk=job.pk).update(state=name, finished_at=ended, run_at=run_at)
    return jobs


def text_of(client: Client, address: str, **data: Any) -> str:
    return client.get(address, data).content.decode()


def numbers(client: Client, scope: str = "") -> dict[str, Any]:
    answer = client.get(NUMBERS, {"scope": scope}).json()
    return dict(answer["queues"]["testing"])


def left() -> dict[str, int]:
    states = list(Job.objects.values_list("state", flat=True))
    return {state: states.count(state) for state in set(states)}


# -- what people see --------------------------------------------------------------------------------


def test_all_queues_in_table_order(client_for: LogIn, viewer: User) -> None:
    text = text_of(client_for(viewer), LIST)
    places = [text.index(f'data-queue="{name}"') for name in table.queues()]
    assert places == sorted(places)
    assert list(client_for(viewer).get("/admin/queues/numbers.json").json()["queues"]) == list(table.queues())


def test_every_queue_of_the_table_has_words() -> None:
    assert all(queue.words for queue in QUEUES)


@pytest.mark.parametrize("name", ["viewer", "editor", "owner", "superuser"])
def test_everybody_sees_the_numbers_of_their_workspace(
    client_for: LogIn, people: dict[str, User], one_of_each: dict[str, Job], others_job: Job, name: str
) -> None:
    client = client_for(people[name])
    assert [numbers(client)[state.value] for state in State] == [1] * 6
    jobs = "/admin/jobs/job/?whose=all&amp;queue=testing&amp;state__exact=failed"
    assert f'href="{jobs}"' in text_of(client, LIST)
    assert f'href="{jobs}"' in text_of(client, PAGE)
    failed = client.get(jobs.replace("&amp;", "&")).content.decode()
    assert one_of_each["failed"].pk in failed
    assert one_of_each["completed"].pk not in failed


def test_other_workspaces_count_their_own(client_for: LogIn, stranger: User, one_of_each: dict[str, Job]) -> None:
    assert numbers(client_for(stranger))["waiting"] == 0


def test_a_superuser_switches_to_all_workspaces(
    client_for: LogIn, root: User, one_of_each: dict[str, Job], others_job: Job
) -> None:
    client = client_for(root)
    assert numbers(client)["waiting"] == 1
    assert numbers(client, "all")["waiting"] == 2
    text = text_of(client, LIST, scope="all")
    assert 'data-numbers-url="/admin/queues/numbers.json?scope=all"' in text
    assert 'href="/admin/queues/testing/?scope=all"' in text
    assert "/admin/jobs/job/?whose=all" not in text.split('id="content-main"')[1], "the job list shows one workspace"


@pytest.mark.parametrize("address", [LIST, PAGE, NUMBERS, "/admin/queues/numbers.json"])
def test_members_never_see_all_workspaces(client_for: LogIn, owner: User, others_job: Job, address: str) -> None:
    assert client_for(owner).get(address, {"scope": "all"}).status_code == 403
    assert "All workspaces" not in text_of(client_for(owner), LIST)


@pytest.mark.parametrize("address", [LIST, PAGE, NUMBERS, "/admin/queues/numbers.json"])
def test_who_is_in_no_workspace_sees_nothing(client_for: LogIn, db: None, others_job: Job, address: str) -> None:
    nobody = User.objects.create_user("nina", "nina@example.com", "pw", is_staff=True)
    assert client_for(nobody).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_a_superuser_without_any_workspace_sees_all(client_for: LogIn, db: None) -> None:
    assert numbers(client_for(User.objects.create_superuser("root", "root@example.com", "pw")))["waiting"] == 0


def test_workers_are_shown_to_superusers(client_for: LogIn, root: User, owner: User) -> None:
    facts = {"busy": 3, "slots": 32, "connections": 5, "memoryMb": 118.4, "connected": True}
    presence.seen("host-1-abc", "worker", list(table.queues()), facts)
    presence.seen("host-2-def", "worker", ["maintenance"])
    text = text_of(client_for(root), LIST)
    for words in ("host-1-abc", "3 of 32 slots", "118 MB", "just now", ">all<", ">maintenance<"):
        assert words in text
    assert "host-2-def" not in text_of(client_for(root), PAGE), "it serves another queue"
    assert "host-1-abc" not in text_of(client_for(owner), LIST)
    assert "workers" not in client_for(owner).get(NUMBERS).json()


def test_why_nothing_starts(client_for: LogIn, viewer: User, enqueue: Enqueue, settings: Any) -> None:
    client = client_for(viewer)
    assert numbers(client) | {"label": "Running", "why": ""} == numbers(client)
    enqueue()
    assert (numbers(client)["label"], numbers(client)["why"]) == ("Held up", "No worker serves it.")
    presence.seen("host-1-abc", "worker", ["testing"])
    assert numbers(client)["label"] == "Running"
    settings.QUEUE_LIMITS = {"testing": {"per_minute": 1}}
    Start.objects.create(queue="testing")
    assert numbers(client)["why"].startswith("testing starts at most 1 a minute; the next one in ")


def test_limits_in_words(settings: Any) -> None:
    assert overview.limit_words("testing") == "2 at once per worker"
    settings.QUEUE_LIMITS = {"testing": {"concurrency": 4, "global_concurrency": 6, "per_minute": 10}}
    assert overview.limit_words("testing") == "4 at once per worker, 6 at once over all workers, 10 a minute"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (12.4, "12 s"),
        (180, "3 min"),
        (200, "3 min 20 s"),
        (7505, "2 h 5 min"),
        (7201, "2 h"),
        (86400, "1 day"),
        (2 * 86400 + 3 * 3600, "2 days 3 h"),
    ],
)
def test_spans_in_words(seconds: float, words: str) -> None:
    assert overview.spell(seconds) == words


def test_what_is_kept_in_words() -> None:
    kept = [Keep(seconds=86400, count=1000), Keep(seconds=60), Keep(count=100), Keep()]
    words = ["1 day, the newest 1000 at most", "1 min", "the newest 100", "for ever"]
    assert [overview.keep_words(keep) for keep in kept] == words


def test_the_menu(client_for: LogIn, viewer: User, root: User) -> None:
    assert "RQ (stats)" not in text_of(client_for(viewer), LIST)
    assert 'href="/admin/queues/"' in text_of(client_for(viewer), "/admin/")
    assert "RQ (stats)" in text_of(client_for(root), LIST)


def test_an_unknown_queue_is_not_found(client_for: LogIn, root: User) -> None:
    client = client_for(root)
    assert client.get("/admin/queues/nothing/").status_code == 404
    assert client.get("/admin/queues/nothing/numbers.json").status_code == 404
    for button in BUTTONS:
        assert client.post(f"/admin/queues/nothing/{button}/").status_code == 404


def test_buttons_are_post_only_and_pages_are_not(client_for: LogIn, root: User) -> None:
    client = client_for(root)
    assert [client.get(f"{PAGE}{button}/").status_code for button in BUTTONS] == [405] * 3
    assert [client.post(address).status_code for address in (LIST, PAGE, NUMBERS)] == [405] * 3
    assert limits.paused() == set()


# -- pausing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["pause", "resume"])
@pytest.mark.parametrize("name", ["viewer", "editor", "owner"])
def test_members_pause_and_resume_nothing(client_for: LogIn, people: dict[str, User], name: str, button: str) -> None:
    if button == "resume":
        limits.pause("testing", "root")
    before = limits.paused()
    client = client_for(people[name])
    assert client.post(f"{PAGE}{button}/").status_code == 403
    assert f"{PAGE}{button}/" not in text_of(client, PAGE)
    assert limits.paused() == before
    assert not AuditEntry.objects.filter(action__startswith="queue.").exists()


def test_pause_and_resume(client_for: LogIn, root: User, viewer: User, enqueue: Enqueue, woken: list[str]) -> None:
    enqueue()
    client = client_for(root)
    woken.clear()
    told = client.post(f"{PAGE}pause/", follow=True)
    assert "testing is paused: its jobs wait until somebody resumes it." in told.content.decode()
    assert limits.paused() == {"testing"}
    line = numbers(client_for(viewer))
    assert (line["label"], line["paused"]) == ("Paused", True)
    assert line["why"].startswith("by root since ")
    assert "by root since " in text_of(client_for(viewer), LIST)
    assert woken == []

    assert "testing runs again." in client.post(f"{PAGE}resume/", follow=True).content.decode()
    assert limits.paused() == set()
    assert woken == ["testing"]
    entries = AuditEntry.objects.filter(target="testing").order_by("number")
    assert list(entries.values_list("actor", "action", "tenant")) == [
        ("root", "queue.paused", None),
        ("root", "queue.resumed", None),
    ]


def test_pausing_twice_says_so(client_for: LogIn, root: User) -> None:
    client = client_for(root)
    assert "was running already" in client.post(f"{PAGE}resume/", follow=True).content.decode()
    client.post(f"{PAGE}pause/")
    told = client.post(f"{PAGE}pause/", {"scope": "all"}, follow=True)
    assert "was paused already" in told.content.decode()
    assert told.redirect_chain == [(f"{PAGE}?scope=all", 302)]
    assert AuditEntry.objects.filter(action__startswith="queue.").count() == 1


# -- clearing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "may"), [("viewer", False), ("editor", False), ("owner", True), ("superuser", True)])
def test_who_clears(
    client_for: LogIn, people: dict[str, User], one_of_each: dict[str, Job], others_job: Job, name: str, may: bool
) -> None:
    client = client_for(people[name])
    assert (f"{PAGE}clear/" in text_of(client, PAGE)) is may
    assert client.post(f"{PAGE}clear/", CONFIRMED).status_code == (302 if may else 403)
    others_job.refresh_from_db()
    assert others_job.state == "waiting"
    mine = {job.state for job in Job.objects.filter(pk__in=[job.pk for job in one_of_each.values()])}
    assert mine == ({"active", "cancelled"} if may else {state.value for state in State})


def test_clearing_everything(client_for: LogIn, owner: User, tenant: Tenant, one_of_each: dict[str, Job]) -> None:
    told = client_for(owner).post(f"{PAGE}clear/", CONFIRMED, follow=True)
    words = "1 waiting, 1 delayed, 1 completed, 1 failed, 1 cancelled"
    assert f"testing is cleared in Studio: {words}." in told.content.decode()
    assert left() == {"active": 1, "cancelled": 2}, "what waited is cancelled, what had ended is gone"
    entry = AuditEntry.objects.get(action="queue.cleared")
    assert (entry.actor, entry.tenant, entry.target) == ("olga", tenant, "testing")
    assert entry.details["scope"] == "workspace"
    assert entry.details["cleared"] == dict.fromkeys(["waiting", "delayed", "completed", "failed", "cancelled"], 1)


@pytest.mark.parametrize("state", ["waiting", "delayed", "completed", "failed", "cancelled"])
def test_clearing_one_state(client_for: LogIn, owner: User, one_of_each: dict[str, Job], state: str) -> None:
    client_for(owner).post(f"{PAGE}clear/", {**CONFIRMED, "state": state})
    expected = dict.fromkeys([one.value for one in State], 1)
    del expected[state]
    if state in ("waiting", "delayed"):
        expected["cancelled"] += 1
    assert left() == expected
    assert AuditEntry.objects.get(action="queue.cleared").details["cleared"] == {state: 1}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"state": "all"}, "Nothing was cleared. To confirm, type its name: testing."),
        ({"state": "all", "confirmation": "  "}, "Nothing was cleared. To confirm, type its name: testing."),
        ({"state": "all", "confirmation": "Testing"}, "To confirm, type testing."),
        ({"state": "failed", "confirmation": "blog-generation"}, "To confirm, type testing."),
        ({"confirmation": "testing"}, "Nothing was cleared. Choose which jobs first."),
        ({"state": "active", "confirmation": "testing"}, "Select a valid choice."),
        ({}, "Nothing was cleared. Choose which jobs first."),
    ],
)
def test_nothing_is_cleared_unconfirmed(
    client_for: LogIn, owner: User, one_of_each: dict[str, Job], data: dict[str, str], told: str
) -> None:
    text = client_for(owner).post(f"{PAGE}clear/", data).content.decode()
    assert text.count(told) == 2, "at the top of the page and beside the field"
    assert 'aria-invalid="true"' in text
    assert left() == dict.fromkeys([state.value for state in State], 1)
    assert not AuditEntry.objects.filter(action="queue.cleared").exists()


def test_a_superuser_clears_all_workspaces(
    client_for: LogIn, root: User, one_of_each: dict[str, Job], others_job: Job
) -> None:
    told = client_for(root).post(f"{PAGE}clear/", {**CONFIRMED, "state": "waiting", "scope": "all"}, follow=True)
    assert "testing is cleared in all workspaces: 2 waiting." in told.content.decode()
    entry = AuditEntry.objects.get(action="queue.cleared")
    assert (entry.tenant, entry.details) == (
        None,
        {"scope": "all workspaces", "state": "waiting", "cleared": {"waiting": 2}},
    )


def test_an_owner_cannot_clear_all_workspaces(client_for: LogIn, owner: User, others_job: Job) -> None:
    assert client_for(owner).post(f"{PAGE}clear/", {**CONFIRMED, "scope": "all"}).status_code == 403
    assert client_for(owner).post(f"{PAGE}clear/?scope=all", CONFIRMED).status_code == 403
    assert left() == {"waiting": 1}


def test_a_switch_in_another_window_clears_nothing(
    client_for: LogIn, owner: User, tenant: Tenant, other_tenant: Tenant, others_job: Job
) -> None:
    Membership.objects.create(tenant=other_tenant, user=owner, role=Role.OWNER)
    client = client_for(owner)
    page = text_of(client, PAGE)
    assert f'name="scope" value="{tenant.pk}"' in page
    session = client.session
    session["tenant"] = other_tenant.pk
    session.save()
    told = client.post(f"{PAGE}clear/", {**CONFIRMED, "scope": str(tenant.pk)}, follow=True)
    assert "you have switched to another workspace" in told.content.decode()
    assert left() == {"waiting": 1}


def test_what_was_cleared_stays_in_the_chart(client_for: LogIn, owner: User, enqueue: Enqueue) -> None:
    ending.fail(enqueue(), "Broken", "the disk is full")
    client = client_for(owner)
    client.post(f"{PAGE}clear/", CONFIRMED)
    line = client.get(NUMBERS).json()
    assert (line["queues"]["testing"]["failed"], line["queues"]["testing"]["failedEver"]) == (0, 1)
    completed, failed = line["chart"]["datasets"]
    assert (sum(completed["data"]), failed["data"][-1], len(failed["data"])) == (0, 1, 14)
