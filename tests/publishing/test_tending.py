"""Accounts are looked after: dead tokens are told before a post needs them, and nothing that people do gets lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Notice
from desk.doctor import leaving
from desk.doctor.findings import FAIL, NOTE, OK, Seen
from jobs import accepting
from jobs.running import work
from publishing import connecting, refreshing, tending
from publishing.models import Account, Approval, Message, Publication
from tests.integrations.platforms.mastodon_stub import TOKEN, MastodonStub
from tests.integrations.platforms.stubs import serving
from tests.publishing.conftest import fault, job_of, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def mastodon(tenant: Any, owner: Any, settings: Any) -> Any:
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    with serving(MastodonStub()) as stub:
        keys = {"accessToken": TOKEN}
        account = connecting.connect(
            tenant, owner, platform="mastodon", name="Ours", credentials=keys, base_url=stub.url
        )
        yield stub, account


def tend(tenant: Any) -> dict[str, Any]:
    job = accepting.enqueue("publishing.tasks.tend_accounts", tenant=tenant, user=None)
    work(job.pk, worker="test")
    job.refresh_from_db()
    return dict(job.result)


def test_each_is_asked_once_a_day_and_the_wall_never(mastodon: Any, wall: Any, tenant: Any) -> None:
    stub, account = mastodon
    wall()
    assert tending.any_due()
    assert tend(tenant) == {"checked": 1, "broken": 0, "endSoon": 0}
    account.refresh_from_db()
    assert account.remote_name
    assert not tending.any_due()
    assert stub.published == []


def test_owners_hear_of_a_dead_token(mastodon: Any, tenant: Any, owner: Any) -> None:
    stub, _account = mastodon
    stub.valid = False
    assert tend(tenant)["broken"] == 1
    notice = Notice.objects.get(user=owner)
    assert notice.subject == "Needs new credentials: Ours"
    assert leaving.accounts(Seen()).status == NOTE
    assert TOKEN not in notice.body


def test_owners_hear_of_a_token_that_ends_soon(mastodon: Any, tenant: Any, owner: Any, monkeypatch: Any) -> None:
    _stub, _account = mastodon
    soon = timezone.now() + timedelta(days=3)
    monkeypatch.setattr(connecting, "check", lambda one: setattr(one, "expires_at", soon))
    assert tend(tenant)["endSoon"] == 1
    assert Notice.objects.get(user=owner).subject == "Credentials end soon: Ours"


def test_a_post_that_finds_the_token_dead_tells_the_owners_once(
    wall: Any, publish: Any, owner: Any, editor: Any
) -> None:
    account = wall()
    made = publish(account)
    fault(account, "expired")
    assert run(made).state == "refused"
    account.refresh_from_db()
    assert account.state == "broken"
    assert owner.notices.filter(subject__startswith="Needs new credentials").count() == 1
    assert editor.notices.filter(subject__startswith="Not published").count() == 1


@pytest.mark.parametrize("valid", [True, False])
def test_what_is_changed_during_a_check_stays(mastodon: Any, owner: Any, valid: bool, monkeypatch: Any) -> None:
    stub, account = mastodon
    stub.valid = valid
    opened = refreshing.open_platform

    def slow(row: Account) -> Any:
        platform = opened(row)
        other = Account.objects.get(pk=row.pk)
        connecting.change_credentials(other, owner, {"accessToken": "another-token"})
        connecting.pause(other, owner, paused=True)
        return platform

    monkeypatch.setattr(refreshing, "open_platform", slow)
    connecting.check(account)
    account.refresh_from_db()
    assert (account.state, account.reveal()) == ("paused", {"accessToken": "another-token"})
    assert (account.remote_name, account.checked_at) == ("", None)


class TestTheDoctor:
    def test_nothing_to_say(self) -> None:
        for look in (leaving.publications, leaving.accounts, leaving.messages):
            assert look(Seen()).status == OK

    def test_what_is_stuck_fails(self, wall: Any, publish: Any) -> None:
        made = publish(wall())
        Publication.objects.update(state="sending", job="publish-gone", updated_at=timezone.now() - timedelta(hours=1))
        assert leaving.publications(Seen()).status == FAIL
        Publication.objects.update(job=job_of(made).pk)
        assert leaving.publications(Seen()).status == OK

    def test_what_needs_a_person_is_noted(self, wall: Any, publish: Any, tenant: Any) -> None:
        made = publish(wall())
        past = timezone.now() - timedelta(hours=1)
        Approval.objects.create(tenant=tenant, publication=made, need="one", valid_until=past, due_at=past)
        assert "decided by now" in leaving.publications(Seen()).sentence
        Publication.objects.update(state="unconfirmed")
        assert "nobody knows" in leaving.publications(Seen()).sentence
        Message.objects.create(tenant=tenant, to="a@example.com", subject="x", text="x", key="x", state="failed")
        assert leaving.messages(Seen()).status == NOTE
