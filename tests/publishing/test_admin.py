"""The pages of publishing: connecting, writing, deciding, stopping; by role, and for one's own workspace alone."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Notice
from jobs.models import Job
from jobs.running import work
from publishing import mailing
from publishing.models import Account, ApprovalRule, Hold, MailTemplate, Message, Publication, Stop, WallPost
from tests.publishing.conftest import fault, posts, run, run_to_the_end

pytestmark = pytest.mark.django_db
COMPOSE = "/admin/compose/"
PAGES = ("account", "publication", "approval", "approvalrule", "message", "mailtemplate", "wallpost", "wallfault",
         "endpoint", "delivery")  # fmt: skip


def page(name: str, what: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:publishing_{name}_{what}", args=args)


@pytest.mark.parametrize("name", PAGES)
def test_every_list_opens_empty_with_the_next_step(client_for: Any, owner: Any, name: str) -> None:
    answer = client_for(owner).get(page(name))
    assert answer.status_code == 200


def test_an_account_is_connected_checked_and_its_credentials_are_never_shown(client_for: Any, owner: Any) -> None:
    client = client_for(owner)
    assert b"The wall" in client.get(page("account", "add")).content
    url = f"{page('account', 'add')}?platform=offline"
    assert client.get(url).status_code == 200
    bad = client.post(url, {"name": "Wall", "grace_minutes": 60, "credential_behaves": "odd"})
    assert b"cannot behave like that" in bad.content
    values = {"name": "Wall", "grace_minutes": 30, "credential_behaves": "two-step"}
    assert client.post(url, values).status_code == 302
    account = Account.objects.get()
    assert (account.delivery, account.grace_minutes, account.remote_name) == ("two-step", 30, "The wall")
    shown = client.get(page("account", "change", account.pk)).content.decode()
    assert "two-step" not in shown.split("Credentials")[1].split("Lateness")[0].replace("idempotent, two-step or", "")
    slots = {"slots-TOTAL_FORMS": 1, "slots-INITIAL_FORMS": 0, "slots-0-weekday": 4, "slots-0-at": "09:00"}
    client.post(page("account", "change", account.pk), {"name": "Our wall", "grace_minutes": 60, **slots})
    assert str(account.slots.get()) == "Friday, 09:00"
    account.refresh_from_db()
    assert (account.name, account.reveal()) == ("Our wall", {"behaves": "two-step"})
    client.post(page("account"), {"action": "pause_all", "_selected_action": [account.pk]})
    account.refresh_from_db()
    assert account.state == "paused"


def test_only_owners_connect(client_for: Any, editor: Any) -> None:
    assert client_for(editor).get(page("account", "add")).status_code == 403


def test_a_publication_is_written_and_tells_its_story(client_for: Any, editor: Any, wall: Any) -> None:
    client, account = client_for(editor), wall()
    assert client.get(page("publication", "add")).headers["Location"] == COMPOSE
    values = {"accounts": account.pk, "when": "now", "key": "k1"}
    assert "nothing to publish" in client.post(COMPOSE, values).content.decode().lower()
    answer = client.post(COMPOSE, {**values, "text": "Films & friends"})
    made = run(Publication.objects.get())
    assert answer.headers["Location"] == page("publication", "change", made.pk)
    story = client.get(answer.headers["Location"]).content.decode()
    assert "Films &amp; friends" in story
    assert f"/wall/{made.remote_id}/" in story
    assert client.get(f"/wall/{made.remote_id}/").status_code == 200


def test_too_long_a_text_is_told_and_nothing_is_stored(client_for: Any, editor: Any, wall: Any) -> None:
    values = {"accounts": wall().pk, "text": "a" * 5001, "when": "now", "key": "k1"}
    answer = client_for(editor).post(COMPOSE, values)
    assert "1 too many" in answer.content.decode()
    assert Publication.objects.count() == 0


def test_the_two_buttons_of_an_unconfirmed_one(client_for: Any, editor: Any, wall: Any, publish: Any) -> None:
    account = wall("blind")
    fault(account, "lost")
    made = run_to_the_end(publish(account))
    client = client_for(editor)
    assert "Is it there?" in client.get(page("publication", "change", made.pk)).content.decode()
    assert client.get(page("publication", "again", made.pk)).status_code == 405
    client.post(page("publication", "there", made.pk))
    made.refresh_from_db()
    assert made.state == "published"
    client.post(page("publication", "again", made.pk))
    assert len(posts(account)) == 1


def test_a_hold_is_released_by_owners_alone(client_for: Any, editor: Any, owner: Any, wall: Any, publish: Any) -> None:
    made = publish(wall())
    Hold.objects.create(publication=made, kind="grounding", content_hash=made.content_hash, reason="The year")
    url = page("publication", "release", made.pk)
    assert client_for(editor).post(url, {"note": "x"}).status_code == 403
    client_for(owner).post(url, {"note": "It is right"})
    assert AuditEntry.objects.filter(action="hold.released").count() == 1
    assert run(made).state == "published"


def test_an_approver_decides_on_the_page(
    client_for: Any, editor: Any, owner: Any, viewer: Any, wall: Any, publish: Any, tenant: Any
) -> None:
    rule = ApprovalRule.objects.create(tenant=tenant, need="one")
    rule.approvers.set([owner])
    made = publish(wall())
    work(Job.objects.get(task="publishing.tasks.ask_approvers").pk, worker="test")
    url = page("publication", "decide", made.pk)
    for person in (viewer, editor):
        assert client_for(person).post(url, {"decision": "approve"}).status_code == 403
    client = client_for(owner)
    assert "Your decision" in client.get(page("publication", "change", made.pk)).content.decode()
    client.post(url, {"decision": "changes"})
    made.refresh_from_db()
    assert made.state == "needs_approval"
    client.post(url, {"decision": "approve", "comment": "Fine"})
    assert run(made).state == "published"
    assert Notice.objects.filter(user=editor, subject__startswith="Approved").exists()
    assert client.get(f"{page('approval')}?mine=open").status_code == 200


def test_the_switch(client_for: Any, editor: Any, owner: Any, wall: Any, publish: Any) -> None:
    made = publish(wall())
    assert client_for(editor).post(page("publication"), {"stop": "yes"}).status_code == 403
    client = client_for(owner)
    client.post(page("publication"), {"stop": "yes"})
    assert "Everything is stopped" in client.get(page("publication")).content.decode()
    assert run(made).state == "scheduled"
    client.post(page("publication"), {"stop": "no"})
    assert not Stop.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="publishing.").count() == 2


def test_bulk_actions(client_for: Any, editor: Any, wall: Any, publish: Any) -> None:
    account = wall()
    rows = [publish(account, f"Post {number}", draft=True) for number in range(3)]
    done = run(publish(account, "Out already"))
    chosen = [row.pk for row in (*rows, done)]
    client = client_for(editor)
    client.post(page("publication"), {"action": "cancel_chosen", "_selected_action": chosen})
    assert Publication.objects.filter(state="cancelled").count() == 3
    client.post(page("publication"), {"action": "send_chosen", "_selected_action": chosen})
    assert Publication.objects.filter(state="scheduled").count() == 3


def test_the_wall_links_to_its_posts(client_for: Any, viewer: Any, wall: Any, publish: Any) -> None:
    made = run(publish(wall()))
    assert f'href="/wall/{made.remote_id}/"' in client_for(viewer).get(page("wallpost")).content.decode()


def test_an_account_is_deleted_while_nothing_was_published_on_it(
    client_for: Any, owner: Any, editor: Any, wall: Any, publish: Any
) -> None:
    account, used = wall(name="New"), wall(name="Used")
    publish(used)
    assert client_for(editor).post(page("account", "delete", account.pk), {"post": "yes"}).status_code == 403
    client = client_for(owner)
    assert client.post(page("account", "delete", account.pk), {"post": "yes"}).status_code == 302
    client.post(page("account", "delete", used.pk), {"post": "yes"})
    assert list(Account.objects.all()) == [used]


def test_another_workspace_sees_nothing(client_for: Any, stranger: Any, wall: Any, publish: Any) -> None:
    made = run(publish(wall()))
    client = client_for(stranger)
    for name, row in (("publication", made), ("account", made.account), ("wallpost", WallPost.objects.get())):
        assert client.get(page(name, "change", row.pk)).status_code in (302, 404)
        assert "Silent films" not in client.get(page(name)).content.decode()
    assert client.get(f"/wall/{made.remote_id}/").status_code == 404
    for button in ("now", "cancel", "there", "again", "release", "decide"):
        assert client.post(page("publication", button, made.pk)).status_code == 404
    fields = client.get(page("publication", "add")).content.decode()
    assert "Wall, idempotent" not in fields


@pytest.mark.parametrize("night", ["2027-03-28", "2027-10-31"])
def test_a_time_that_the_clocks_leave_out_or_show_twice(
    client_for: Any, editor: Any, tenant: Any, wall: Any, night: str
) -> None:
    type(tenant).objects.filter(pk=tenant.pk).update(time_zone="Europe/Berlin")
    values = {"accounts": wall().pk, "text": "x", "when": "at", "at_0": night, "at_1": "02:30", "key": "k1"}
    shown = client_for(editor).post(COMPOSE, values).content.decode()
    assert "The clocks change that night" in shown
    assert "Europe/Berlin" in shown
    assert Publication.objects.count() == 0
    client_for(editor).post(COMPOSE, {**values, "at_1": "09:00"})
    assert Publication.objects.get().scheduled_at.hour in (7, 8)


def test_how_sure_an_account_is_stands_where_one_plans(client_for: Any, editor: Any, wall: Any) -> None:
    wall(), wall("blind")
    shown = client_for(editor).get(COMPOSE).content.decode()
    assert "Wall, idempotent (The wall, exactly once)" in shown
    assert "Wall, blind (The wall, at most once)" in shown


def test_a_message_is_read_but_no_link_of_an_approval(
    client_for: Any, owner: Any, editor: Any, tenant: Any, wall: Any, publish: Any
) -> None:
    ApprovalRule.objects.create(tenant=tenant).approvers.add(editor)
    publish(wall())
    work(Job.objects.get(queue="approval.notify").pk, worker="test")
    asking = Message.objects.get(kind="approval")
    assert "/approve/" in asking.text
    shown = client_for(owner).get(page("message", "change", asking.pk)).content.decode()
    assert "/approve/" not in shown
    plain, _job = mailing.order(tenant, "reader@example.com", "Hello", "The words of it.")
    assert "The words of it." in client_for(owner).get(page("message", "change", plain.pk)).content.decode()
    assert client_for(editor).get(page("message", "change", plain.pk)).status_code == 403


def test_a_template_is_looked_at_before_it_is_sent(client_for: Any, editor: Any, tenant: Any, stranger: Any) -> None:
    template = MailTemplate.objects.create(
        tenant=tenant, name="welcome", subject="Hello {{ name }}", text="Dear {{ name }}",
        html="<p style='color: red'>Dear {{ name }}</p><script>alert(1)</script>",
    )  # fmt: skip
    client = client_for(editor)
    shown = client.get(reverse("admin:publishing_mailtemplate_preview", args=[template.pk])).content.decode()
    assert "Dear [name]" in shown
    assert "<script>alert" not in shown
    html = reverse("admin:publishing_mailtemplate_html", args=[template.pk])
    assert html in shown
    answer = client.get(html)
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "[name]" in answer.content.decode()
    assert client_for(stranger).get(html).status_code == 404


def test_a_link_does_nothing_before_one_says_yes(client_for: Any, owner: Any, tenant: Any, wall: Any) -> None:
    account = wall()
    template = MailTemplate.objects.create(tenant=tenant, name="a", subject="x", text="x")
    client = client_for(owner)
    check = reverse("admin:publishing_account_check_one", args=[account.pk])
    send = reverse("admin:publishing_mailtemplate_send_to_me", args=[template.pk])
    for address in (check, send):
        assert b'<form method="post"' in client.get(address).content
    account.refresh_from_db()
    assert (account.checked_at, Message.objects.count()) == (None, 0)
    for address in (check, send):
        assert client.post(address).status_code == 302
    account.refresh_from_db()
    assert account.checked_at
    assert Message.objects.get().kind == "test"
