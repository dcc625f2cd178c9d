"""Approval is a state that blocks: rules, rounds, links that cannot be forged, replayed or pressed by a scanner."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Brand, Membership, Role, User
from jobs.models import Job
from jobs.running import work
from publishing import approving, ordering, scheduling
from publishing.models import Account, Approval, ApprovalRule, Ask, Message, Publication
from publishing.orders import ContentIn
from tests.conftest import member
from tests.publishing.conftest import posts, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewers(tenant: Any) -> list[User]:
    return [member(tenant, name, Role.REVIEWER) for name in ("rita", "ruth")]


@pytest.fixture
def rule(tenant: Any, reviewers: list[User]) -> Any:
    def make(need: str = "one", in_order: bool = False, brand: Any = None) -> ApprovalRule:
        made = ApprovalRule.objects.create(tenant=tenant, need=need, in_order=in_order, brand=brand)
        made.approvers.set(reviewers)
        return made

    return make


def work_all() -> None:
    """Run what waits, as workers do: the asking, then the mails."""
    for _round in range(3):
        for job in Job.objects.filter(state="waiting").exclude(task__in=ordering.TASKS):
            work(job.pk, worker="test")


def links() -> dict[str, str]:
    """The newest link that was sent to each address."""
    found = {}
    for message in mail.outbox:
        address = re.search(r"http\S+(/approve/\S+/)", message.body)
        assert address
        found[message.to[0].split("@")[0]] = address[1]
    return found


def press(link: str, decision: str, comment: str = "") -> Any:
    return Client().post(link, {"decision": decision, "comment": comment})


def test_without_a_rule_nobody_is_asked(wall: Any, publish: Any) -> None:
    assert publish(wall()).state == "scheduled"
    assert Approval.objects.count() == 0


def test_a_rule_that_needs_nobody(wall: Any, publish: Any, rule: Any) -> None:
    rule("none")
    assert publish(wall()).state == "scheduled"


def test_the_way_by_the_link_of_the_mail(wall: Any, publish: Any, rule: Any, editor: User) -> None:
    rule()
    account = wall()
    made = publish(account)
    assert (made.state, ordering.job_of(made)) == ("needs_approval", None)
    work_all()
    assert sorted(links()) == ["rita", "ruth"]
    message = mail.outbox[0]
    assert "Silent films on Friday" in message.body
    assert "Silent films on Friday" in message.alternatives[0][0]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"

    page = Client().get(links()["rita"])
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    for _each in range(3):  # a scanner opens it, with whatever method reads
        Client().get(links()["rita"])
        Client().head(links()["rita"])
    assert not Ask.objects.exclude(decided_at=None).exists()

    assert press(links()["rita"], "approve").status_code == 200
    assert run(made).state == "published"
    assert posts(account) == ["Silent films on Friday"]
    assert AuditEntry.objects.filter(action="approval.approved", actor="rita").count() == 1
    assert editor.notices.filter(subject__startswith="Approved").exists()

    again = press(links()["rita"], "approve")
    assert (again.status_code, "decided already" in again.content.decode()) == (409, True)
    other = press(links()["ruth"], "changes", "No!")
    assert (other.status_code, "decided already" in other.content.decode()) == (409, True)
    assert len(posts(account)) == 1


def test_no_path_leads_around_it(wall: Any, publish: Any, rule: Any, owner: User) -> None:
    rule()
    account = wall()
    made = publish(account)
    work_all()
    scheduling.take_due()
    scheduling.dispatch(made)
    run(made)
    ordering.schedule(made, owner, None)
    made.refresh_from_db()
    assert made.state == "needs_approval"
    Publication.objects.filter(pk=made.pk).update(state="scheduled", scheduled_at=timezone.now())
    run(made)  # even with a state that somebody put there by hand, the hold stands
    assert (made.state, posts(account)) == ("scheduled", [])


def test_changes_make_it_a_draft_and_need_a_comment(wall: Any, publish: Any, rule: Any) -> None:
    rule()
    made = publish(wall())
    work_all()
    assert press(links()["ruth"], "changes").status_code == 422
    assert press(links()["ruth"], "maybe", "x").status_code == 422
    assert press(links()["ruth"], "changes", "Shorter, please").status_code == 200
    made.refresh_from_db()
    assert made.state == "draft"
    assert made.approvals.get().asks.get(approver__username="ruth").comment == "Shorter, please"


def test_an_edit_asks_again_and_old_links_are_worth_nothing(wall: Any, publish: Any, rule: Any, editor: User) -> None:
    rule()
    made = publish(wall())
    work_all()
    old = links()["rita"]
    ordering.change(made, editor, ContentIn(text="Other words"))
    work_all()
    assert press(old, "approve").status_code == 409
    assert links()["rita"] != old
    assert press(links()["rita"], "approve").status_code == 200
    assert run(made).state == "published"
    assert posts(made.account) == ["Other words"]


def test_an_edit_after_approval_needs_leave_again(wall: Any, publish: Any, rule: Any, editor: User) -> None:
    rule()
    made = publish(wall(), scheduled_at=timezone.now() + timedelta(days=1))
    work_all()
    press(links()["rita"], "approve")
    made.refresh_from_db()
    assert made.state == "scheduled"
    ordering.change(made, editor, ContentIn(text="Something else entirely"))
    made.refresh_from_db()
    assert made.state == "needs_approval"
    ordering.change(made, editor, ContentIn(text="Silent films on Friday"))
    made.refresh_from_db()
    assert made.state == "scheduled"  # these words have their leave
    assert Approval.objects.filter(state="open").count() == 0


def test_all_of_them(wall: Any, publish: Any, rule: Any) -> None:
    rule("all")
    made = publish(wall())
    work_all()
    press(links()["rita"], "approve")
    made.refresh_from_db()
    assert made.state == "needs_approval"
    press(links()["ruth"], "approve")
    assert run(made).state == "published"


def test_one_after_the_other(wall: Any, publish: Any, rule: Any) -> None:
    rule("all", in_order=True)
    made = publish(wall())
    work_all()
    assert list(links()) == ["rita"]
    press(links()["rita"], "approve")
    work_all()
    assert sorted(links()) == ["rita", "ruth"]
    press(links()["ruth"], "approve")
    assert run(made).state == "published"


def test_a_brands_rule_comes_before_the_one_for_everything(
    wall: Any, publish: Any, rule: Any, tenant: Any, reviewers: list[User]
) -> None:
    brand = Brand.objects.create(tenant=tenant, name="Acme", slug="acme")
    rule("one")
    rule("none", brand=brand)
    account = wall()
    Account.objects.filter(pk=account.pk).update(brand=brand)
    account.refresh_from_db()
    assert publish(account).state == "scheduled"
    assert publish(wall(name="Other")).state == "needs_approval"


@pytest.mark.parametrize("what", ["expired", "left", "inactive", "viewer"])
def test_who_may_not_decide_any_more(wall: Any, publish: Any, rule: Any, reviewers: list[User], what: str) -> None:
    rule()
    made = publish(wall())
    work_all()
    person = reviewers[0]
    if what == "expired":
        Approval.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    elif what == "left":
        Membership.objects.filter(user=person).delete()
    elif what == "viewer":
        Membership.objects.filter(user=person).update(role=Role.VIEWER)
    else:
        User.objects.filter(pk=person.pk).update(is_active=False)
    assert press(links()["rita"], "approve").status_code == 409
    made.refresh_from_db()
    assert made.state == "needs_approval"


def test_a_forged_link(wall: Any, publish: Any, rule: Any) -> None:
    rule()
    publish(wall())
    work_all()
    *rest, last = links()["rita"].split("/")[2]
    for secret in ("x", "0" * 32, "".join(rest) + ("-" if last == "_" else "_")):
        assert press(f"/approve/{secret}/", "approve").status_code == 404
    assert b"Silent films" not in Client().get("/approve/x/").content


def test_only_the_digest_of_a_link_is_stored(wall: Any, publish: Any, rule: Any) -> None:
    rule()
    publish(wall())
    work_all()
    secret = links()["rita"].split("/")[2]
    assert not Ask.objects.filter(digest__contains=secret).exists()
    assert not AuditEntry.objects.filter(details__icontains=secret).exists()
    assert not Message.objects.filter(text__contains=secret).exists()
    assert not Message.objects.filter(html__contains=secret).exists()


def test_two_decide_at_once(wall: Any, publish: Any, rule: Any) -> None:
    rule()
    publish(wall())
    work_all()
    first, second = Ask.objects.order_by("pk")
    approving.decide(first, "approve")
    with pytest.raises(approving.Decided):
        approving.decide(second, "changes", comment="x")
    assert Approval.objects.get().state == "approved"


def test_cancelling_withdraws_the_question(wall: Any, publish: Any, rule: Any, editor: User) -> None:
    rule()
    made = publish(wall())
    work_all()
    ordering.cancel(made, editor)
    assert press(links()["rita"], "approve").status_code == 409
    made.refresh_from_db()
    assert made.state == "cancelled"


def test_a_rule_without_approvers_holds_and_says_so(wall: Any, publish: Any, rule: Any) -> None:
    rule().approvers.clear()
    made = publish(wall())
    assert made.state == "needs_approval"
    assert "no approvers" in made.holds.get().reason
