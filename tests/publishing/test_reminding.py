"""Approvals that nobody answers: reminders, owners who take over, comments, and what an approver sees."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Brand, Membership, Notice, User
from media.models import MediaFile
from publishing import approving, commenting, ordering, reminding
from publishing.models import ApprovalRule, Ask, Comment, Publication
from tests.publishing.conftest import run
from tests.publishing.test_approving import links, press, reviewers, rule, work_all  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(wall: Any, publish: Any, rule: Any) -> Publication:  # noqa: F811
    """Something that waits for rita and ruth, who were asked."""
    rule()
    ApprovalRule.objects.update(remind_hours=24, escalate_hours=48)
    made = publish(wall())
    work_all()
    return made


def later(hours: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True)


def test_people_are_reminded_three_times_by_a_link_that_replaces_the_old_one(asked: Publication) -> None:
    old = links()["rita"]
    ApprovalRule.objects.update(escalate_hours=0)
    asked.approvals.update(escalate_at=None)
    assert reminding.remind() == {"reminded": 0, "escalated": 0}
    for turn in range(1, 5):
        with later(25 * turn):
            assert reminding.any_due() == (turn < 4)
            assert reminding.remind()["reminded"] == (2 if turn < 4 else 0)
            assert reminding.remind()["reminded"] == 0
            work_all()
    assert len(mail.outbox) == 8
    assert mail.outbox[-1].subject.startswith("Reminder: please approve")
    assert Client().get(old).status_code == 404
    with later(99):
        assert press(links()["rita"], "approve").status_code == 200  # its time was made longer


def test_who_decided_is_not_reminded(asked: Publication) -> None:
    press(links()["rita"], "approve")
    with later(25):
        assert not reminding.any_due()


def test_an_hour_before_it_is_due(wall: Any, publish: Any, rule: Any) -> None:  # noqa: F811
    rule()
    made = publish(wall(), approval_due_at=timezone.now() + timedelta(hours=5), approval_message="Before the weekend!")
    work_all()
    assert "Before the weekend!" in mail.outbox[0].body
    with later(3.9):
        assert not reminding.any_due()
    with later(4.1):
        assert reminding.remind()["reminded"] == 2
        assert Ask.objects.filter(remind_at__gt=timezone.now() + timedelta(hours=23)).count() == 2
    assert made.approvals.get().due_at == made.approval_due_at


def test_owners_take_over_and_decide_alone(wall: Any, publish: Any, rule: Any, owner: User) -> None:  # noqa: F811
    rule("all")
    ApprovalRule.objects.update(escalate_hours=48)
    made = publish(wall())
    work_all()
    with later(49):
        assert reminding.remind()["escalated"] == 1
        assert reminding.remind()["escalated"] == 0
        work_all()
        assert any("you decide alone" in one.body for one in mail.outbox)
        assert press(links()[owner.username], "approve").status_code == 200
    assert made.approvals.get().state == "approved"
    assert AuditEntry.objects.filter(action="approval.escalated").count() == 1
    assert made.holds.get().released_by == owner


def test_an_owner_takes_over_at_once(asked: Publication, client_for: Any, owner: User, editor: User) -> None:
    url = reverse("admin:publishing_publication_escalate", args=[asked.pk])
    assert client_for(editor).post(url).status_code == 403
    page = reverse("admin:publishing_publication_change", args=[asked.pk])
    client = client_for(owner)
    assert b"Let owners decide" in client.get(page).content
    client.post(url)
    assert b"Your decision" in client.get(page).content
    assert b"asked already" in client.post(url, follow=True).content


def test_a_rule_without_approvers_asks_the_owners(wall: Any, publish: Any, rule: Any, owner: User) -> None:  # noqa: F811
    rule().approvers.clear()
    made = publish(wall())
    work_all()
    assert press(links()[owner.username], "approve").status_code == 200
    assert run(made).state == "published"


def test_when_all_approvers_have_left_owners_are_asked(asked: Publication, owner: User) -> None:
    asked.approvals.update(escalate_at=None)
    Membership.objects.filter(user__username__in=["rita", "ruth"]).delete()
    with later(25):
        assert reminding.remind() == {"reminded": 0, "escalated": 0}
        work_all()
        assert [one.approver for one in Ask.objects.filter(is_escalation=True)] == [owner]


def test_all_means_all_who_are_left(wall: Any, publish: Any, rule: Any) -> None:  # noqa: F811
    rule("all")
    made = publish(wall())
    work_all()
    Membership.objects.filter(user__username="ruth").delete()
    press(links()["rita"], "approve")
    assert run(made).state == "published"


def test_blog_posts_have_a_rule_of_their_own(wall: Any, publish: Any, rule: Any, tenant: Any) -> None:  # noqa: F811
    made = rule("one")
    ApprovalRule.objects.filter(pk=made.pk).update(origin="blog")
    assert publish(wall()).state == "scheduled"
    assert publish(wall(name="Other"), how={"origin": "blog.Post:5"}).state == "needs_approval"
    brand = Brand.objects.create(tenant=tenant, name="Acme", slug="acme")
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalRule.objects.create(tenant=tenant, brand=brand, origin="blog")


def test_a_rule_that_is_gone_holds_nothing(asked: Publication, editor: User) -> None:
    press(links()["rita"], "changes", "No.")
    asked.refresh_from_db()
    ApprovalRule.objects.all().delete()
    ordering.schedule(asked, editor, None)
    assert run(asked).state == "published"


class TestComments:
    def test_they_reach_everybody_who_has_to_do_with_it(
        self, asked: Publication, client_for: Any, owner: User, viewer: User, editor: User
    ) -> None:
        url = reverse("admin:publishing_publication_comment", args=[asked.pk])
        assert client_for(viewer).post(url, {"text": "x"}).status_code == 403
        client_for(owner).post(url, {"text": "  "})
        assert Comment.objects.count() == 0
        client_for(owner).post(url, {"text": "Is Friday right?"})
        told = Notice.objects.filter(subject__startswith="olga on").values_list("user__username", flat=True)
        assert sorted(told) == ["edda", "rita", "ruth"]
        page = client_for(editor).get(reverse("admin:publishing_publication_change", args=[asked.pk])).content
        assert b"Is Friday right?" in page

    def test_by_the_link_nothing_is_decided(self, asked: Publication) -> None:
        assert press(links()["rita"], "comment").status_code == 422
        page = press(links()["rita"], "comment", "<b>Who</b> plays?").content.decode()
        assert "Nothing is decided yet" in page
        assert "&lt;b&gt;Who" in page
        assert asked.comments.get().user.username == "rita"  # type: ignore[union-attr]
        assert not Ask.objects.exclude(decided_at=None).exists()
        press(links()["ruth"], "approve")
        press(links()["rita"], "comment", "Too late")
        assert asked.comments.count() == 1

    def test_nothing_is_no_comment(self, asked: Publication, editor: User) -> None:
        with pytest.raises(ValueError, match="Write what"):
            commenting.comment(asked, editor, " \x00 ")


class TestWhatAnApproverSees:
    def test_an_article_without_what_acts(self, wall: Any, publish: Any, rule: Any) -> None:  # noqa: F811
        rule()
        html = '<p onclick="x()">Long <em>read</em></p><script>alert(1)</script><img src="https://spy.example/1">'
        publish(wall(), "", title="Metropolis", html=html)
        work_all()
        page = Client().get(links()["rita"]).content.decode()
        for text in (page, mail.outbox[0].alternatives[0][0]):
            assert "Long <em>read</em>" in text
            assert "onclick" not in text
            assert "spy.example" not in text
            assert "alert(1)" not in text

    def test_its_pictures_as_long_as_the_link_holds(self, asked: Publication, png: MediaFile, editor: User) -> None:
        asked.media.add(png)
        page = Client().get(links()["rita"]).content.decode()
        address = f"{links()['rita']}files/{png.pk}/"
        assert f'src="{address}"' in page
        answer = Client().get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert Client().get(f"{links()['rita']}files/{png.pk + 1}/").status_code == 404
        approving.withdraw(asked)
        assert Client().get(address).status_code == 404


@pytest.fixture
def png(tenant: Any, editor: User, settings: Any, tmp_path: Any) -> MediaFile:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    settings.MEDIA_ROOT = str(tmp_path)
    name = default_storage.save("1/x.png", ContentFile(b"\x89PNG\r\n\x1a\n"))
    return MediaFile.objects.create(
        tenant=tenant, owner=editor, kind="image", title="Robot", alt_text="A robot", file=name, mime="image/png",
        bytes=8, state="ready",
    )  # fmt: skip
