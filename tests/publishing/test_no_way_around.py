"""No path sends a publication with an open hold. Every path there is has to be named here, or this test fails."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import tokens
from jobs import accepting
from jobs.models import Job
from jobs.running import work
from publishing import holding, ordering, replacing, scheduling
from publishing.admin.publications import PublicationAdmin
from publishing.api import router
from publishing.models import ApprovalRule, Hold, Publication
from publishing.orders import ContentIn
from tests.publishing.conftest import fault, posts, run

pytestmark = pytest.mark.django_db

# What gives leave, says that it is there, or has nothing to do with a publication that exists.
LEAVE = {"decide", "release"}
OTHERS = {
    "pull",
    "try_pull",
    "there",
    "connect",
    "check",
    "publish",
    "try_dispatch",
    "try_notify",
    "try_whatsapp",
    "hear",
}
WEBHOOKS = {"add", "remove", "test"}


def work_all() -> None:
    for _round in range(3):
        for job in Job.objects.filter(state__in=("waiting", "delayed")):
            Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
            work(job.pk, worker="test")


class World:
    """Somebody with every right, and something that is held."""

    def __init__(self, client: Any, api: Callable[..., Any], owner: Any, held: Publication) -> None:
        self.client, self.api, self.owner, self.held = client, api, owner, held

    def button(self, name: str, **data: Any) -> None:
        self.client.post(reverse(f"admin:publishing_publication_{name}", args=[self.held.pk]), data)

    def bulk(self, act: str, **data: Any) -> None:
        self.client.post(reverse("publishing:calendar_bulk"), {"act": act, "ticked": self.held.pk, **data})

    def action(self, name: str) -> None:
        data = {"action": name, "_selected_action": [self.held.pk]}
        self.client.post(reverse("admin:publishing_publication_changelist"), data)

    def call(self, what: str, **body: Any) -> None:
        self.api(f"/api/publications/{self.held.pk}/{what}", body)

    def direct(self, task: str) -> None:
        payload = {"publication_id": self.held.pk}
        accepting.enqueue(task, tenant=self.held.tenant, user=self.owner, request=self.held, payload=payload)

    def retry(self) -> None:
        """The job fails, and somebody retries it over the API."""
        self.direct(scheduling.DISPATCH)
        job = Job.objects.for_request(self.held).first()
        assert job
        work_all()
        Job.objects.filter(pk=job.pk).update(state="failed")
        self.api(f"/api/jobs/retry/{job.queue}/{job.pk}", {})


BUTTONS: dict[str, Callable[[World], Any]] = {
    "now": lambda world: world.button("now"),
    "cancel": lambda world: world.button("cancel"),
    "again": lambda world: world.button("again"),
    "take-off": lambda world: world.button("take-off"),
    "comment": lambda world: world.button("comment", text="Send it!"),
    "escalate": lambda world: world.button("escalate"),
    "share": lambda world: world.button("share"),
    "unshare": lambda world: world.button("unshare"),
}
ACTIONS: dict[str, Callable[[World], Any]] = {
    "send_chosen": lambda world: world.action("send_chosen"),
    "cancel_chosen": lambda world: world.action("cancel_chosen"),
}
CALLS: dict[str, Callable[[World], Any]] = {
    "cancel": lambda world: world.call("cancel"),
    "reschedule": lambda world: world.call("reschedule"),
    "resolve": lambda world: world.call("resolve", outcome="send_again"),
    "change": lambda world: world.call("change", text=world.held.content["text"]),
    "take_off": lambda world: world.call("take-off"),
    "comment": lambda world: world.call("comments", text="Send it!"),
}
INSIDE: dict[str, Callable[[World], Any]] = {
    "calendar, day": lambda world: world.client.post(
        reverse("publishing:calendar_move"), {"pk": world.held.pk, "day": timezone.now().date() + timedelta(days=1)}
    ),
    "calendar, shift": lambda world: world.bulk("shift", minutes=1),
    "calendar, dry run": lambda world: world.bulk("rehearse"),
    "calendar, copy": lambda world: world.bulk("duplicate"),
    "tick": lambda world: scheduling.take_due(),
    "dispatch": lambda world: scheduling.dispatch(world.held),
    "post now": lambda world: scheduling.dispatch(world.held, scheduling.POST_NOW),
    "direct enqueue": lambda world: world.direct(scheduling.DISPATCH),
    "direct enqueue, now": lambda world: world.direct(scheduling.POST_NOW),
    "retry": World.retry,
    "edit page": lambda world: world.client.post(
        reverse("admin:publishing_publication_edit", args=[world.held.pk]), {"text": world.held.content["text"]}
    ),
}
PATHS = [
    pytest.param(act, id=f"{place} {name}")
    for place, found in (("button", BUTTONS), ("action", ACTIONS), ("API", CALLS), ("inside", INSIDE))
    for name, act in found.items()
]


@pytest.fixture
def world(client_for: Any, client: Any, owner: Any, tenant: Any, wall: Any, publish: Any) -> Callable[[str], World]:
    _row, secret = tokens.issue(owner, tenant, "test")

    def api(path: str, body: Any) -> Any:
        head = {"Authorization": f"Bearer {secret}"}
        return client.post(path, body, content_type="application/json", headers=head)

    def make(kind: str) -> World:
        if kind == Hold.Kind.APPROVAL:
            ApprovalRule.objects.create(tenant=tenant, need="one").approvers.add(owner)
            held = publish(wall())
        else:
            held = publish(wall(), how={"holds": [(kind, "Not yet.")]})
        return World(client_for(owner), api, owner, held)

    return make


KINDS = (Hold.Kind.APPROVAL, Hold.Kind.VOICE)  # the one that has leave of its own, and one of those that are alike


@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=[] if one in KINDS else [pytest.mark.full]) for one in Hold.Kind.values]
)
@pytest.mark.parametrize("act", PATHS)
def test_a_held_one_stays(world: Any, act: Callable[[World], Any], kind: str) -> None:
    it = world(kind)
    act(it)
    work_all()
    scheduling.take_due()
    work_all()
    it.held.refresh_from_db()
    assert posts(it.held.account) == []
    assert it.held.state in ("scheduled", "needs_approval", "cancelled")
    assert holding.open_holds(it.held) or it.held.state == "cancelled"


def test_every_path_is_tried() -> None:
    assert set(PublicationAdmin.buttons) == set(BUTTONS) | (LEAVE | {"there"})
    assert set(PublicationAdmin.actions) == set(ACTIONS)
    posted = {
        operation.view_func.__name__
        for _prefix, part, *_more in router._routers
        for view in part.path_operations.values()
        for operation in view.operations
        if operation.methods != ["GET"]
    }
    assert posted - set(CALLS) - LEAVE - OTHERS - WEBHOOKS == set(), (
        "a new door: say above what it does with a held publication"
    )


def test_a_hold_that_comes_between_two_tries(wall: Any, publish: Any) -> None:
    account = wall()
    fault(account, "busy")
    made = run(publish(account))
    holding.hold(made, Hold.Kind.VOICE, "Not like us.")
    for _each in range(3):
        scheduling.take_due()
        work_all()
    made.refresh_from_db()
    assert (made.state, posts(account)) == ("scheduled", [])


def test_an_update_is_held_as_well(wall: Any, publish: Any, owner: Any) -> None:
    made = run(publish(wall()))
    update, _job = replacing.replace(
        made, owner, ContentIn(text="Other words"), holds=[(Hold.Kind.GROUNDING, "Wrong year.")]
    )
    work_all()
    ordering.schedule(update, owner, None)
    scheduling.take_due()
    work_all()
    update.refresh_from_db()
    assert (update.state, posts(made.account)) == ("scheduled", ["Silent films on Friday"])
