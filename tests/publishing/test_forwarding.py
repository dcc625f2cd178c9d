"""Notices reach people by mail, as each wants it: once, together, and never about mails themselves."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts import notices
from accounts.models import Notice, User
from jobs.models import Job
from jobs.running import work
from publishing import forwarding
from publishing.models import ApprovalRule, Message

pytestmark = pytest.mark.django_db


def forward() -> list[Any]:
    """A tick, and the jobs of the mails; what was sent."""
    forwarding.forward()
    for job in Job.objects.filter(task="publishing.tasks.send_mail", state="waiting"):
        work(job.pk, worker="test")
    return list(mail.outbox)


def test_one_mail_with_a_link_once(editor: User, tenant: Any) -> None:
    told = notices.tell(editor, "Not published: Hello", tenant=tenant, level="error", body="The wall refuses it.")
    assert forwarding.any_due()
    (sent,) = forward()
    assert (sent.subject, sent.to) == ("Not published: Hello", [editor.email])
    assert "The wall refuses it." in sent.body
    assert told
    assert reverse("open_notice", args=[told.pk]) in sent.body
    assert not forwarding.any_due()
    assert len(forward()) == 1


@pytest.mark.parametrize(
    ("wish", "levels"), [("none", 0), ("problems", 2), ("all", 4)]
)  # fmt: skip
def test_each_gets_what_they_want(editor: User, tenant: Any, wish: str, levels: int) -> None:
    User.objects.filter(pk=editor.pk).update(notice_mail=wish)
    for level in Notice.Level:
        notices.tell(editor, f"About {level}", tenant=tenant, level=level)
    sent = forward()
    assert len(sent) == (1 if levels else 0)
    assert "".join(one.body for one in sent).count("About") == levels
    assert not forwarding.any_due()


def test_a_flood_is_one_mail_every_ten_minutes(editor: User, tenant: Any) -> None:
    for number in range(60):
        notices.tell(editor, f"Problem {number}", tenant=tenant, level="error")
    (sent,) = forward()
    assert sent.subject.startswith("60 notices: Problem 0")
    assert "10 more behind the bell" in sent.body
    notices.tell(editor, "One more", tenant=tenant, level="error")
    assert len(forward()) == 1
    assert forwarding.any_due()
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=True):
        forwarding.forward()
    assert Message.objects.count() == 2


def test_nobody_hears_by_mail_of_mails_of_old_things_or_of_what_is_read(editor: User, tenant: Any) -> None:
    notices.tell(editor, "A job failed", tenant=tenant, level="error", key="job-failed:mail-edda-1")
    old = notices.tell(editor, "Long ago", tenant=tenant, level="error")
    read = notices.tell(editor, "Seen", tenant=tenant, level="error")
    assert old
    assert read
    Notice.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    notices.mark_read(Notice.objects.filter(pk=read.pk))
    without = User.objects.create_user("nomail")
    notices.tell(without, "Unreachable", level="error")
    assert forward() == []
    assert not forwarding.any_due()


def test_approvers_get_their_request_once(wall: Any, publish: Any, tenant: Any, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(notice_mail="all")
    ApprovalRule.objects.create(tenant=tenant).approvers.add(owner)
    publish(wall())
    for _round in range(2):
        for job in Job.objects.filter(state="waiting"):
            work(job.pk, worker="test")
    assert len(forward()) == 1


def test_the_server_tells_its_superusers(tenant: Any, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    notices.tell_superusers("A queue is too long", level="warning")
    assert [one.subject for one in forward()] == ["A queue is too long"]


def test_the_page(client_for: Any, editor: User) -> None:
    client, page = client_for(editor), reverse("preferences")
    assert b"My preferences" in client.get(page).content
    bad = client.post(page, {"email": "edda@example.com", "notice_mail": "all", "phone": "0660 1234"})
    assert (bad.status_code, b"+4366012345678" in bad.content) == (422, True)
    client.post(page, {"email": "edda@example.com", "notice_mail": "all", "phone": "+4366012345678"})
    editor.refresh_from_db()
    assert (editor.notice_mail, editor.phone) == ("all", "+4366012345678")
