"""Renewing credentials: by one at a time, in the middle of sending too, and never lost."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from integrations.errors import InvalidKey, OutsideError
from jobs.running import work
from publishing import connecting, refreshing, scheduling, tending
from publishing.models import Account
from tests.integrations.grants.provider import Provider, provider_of, settings_for
from tests.integrations.platforms.stubs import serving
from tests.publishing.conftest import job_of, run, run_to_the_end


@pytest.fixture
def provider(settings: Any, monkeypatch: Any) -> Iterator[Provider]:
    monkeypatch.setattr("integrations.platforms.x.X.settle_seconds", 0.0)
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    with serving(provider_of("x")) as one:
        settings_for(one, "x", settings)  # type: ignore[arg-type]
        yield one  # type: ignore[misc]


def account_at(provider: Provider, tenant: Any, owner: Any, minutes: float = 60) -> Account:
    """An account whose token ends in so many minutes."""
    provider.refreshes["first-refresh"] = True
    provider.api.tokens.add("first-access")
    held = {"accessToken": "first-access", "refreshToken": "first-refresh",
            "expiresAt": (timezone.now() + timedelta(minutes=minutes)).isoformat()}  # fmt: skip
    return connecting.connect(tenant, owner, platform="x", name="Films", credentials=held)


@pytest.fixture
def account(db: Any, provider: Provider, tenant: Any, owner: Any) -> Account:
    return account_at(provider, tenant, owner)


def is_whole(account: Account, provider: Provider) -> bool:
    """Whether the account has a token and a refresh token that both hold."""
    account.refresh_from_db()
    held = account.reveal()
    return held["accessToken"] in provider.api.tokens and provider.refreshes[held["refreshToken"]]


def refreshes(provider: Provider) -> int:
    return len([one for one in provider.of("token") if b"grant_type=refresh_token" in one.body])


def test_credentials_are_renewed_and_their_end_is_known(account: Account, provider: Provider) -> None:
    before = account.expires_at
    refreshing.renew(account)
    assert is_whole(account, provider)
    assert account.reveal()["accessToken"] == "given-access-1"
    assert before
    assert account.expires_at
    assert account.expires_at > before
    assert account.renewing_until is None


def test_a_call_renews_what_ends_soon_and_leaves_what_does_not(account: Account, provider: Provider) -> None:
    refreshing.opened(account)
    assert refreshes(provider) == 0
    Account.objects.update(expires_at=timezone.now() + timedelta(minutes=2))
    account.refresh_from_db()
    assert refreshing.opened(account).given["accessToken"] == "given-access-1"


def test_who_comes_late_takes_what_the_other_got(account: Account, provider: Provider) -> None:
    used = account.reveal()
    refreshing.renew(account, used)
    refreshing.renew(Account.objects.get(), used)
    assert refreshes(provider) == 1
    assert is_whole(account, provider)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_refresh_once_and_lose_nothing(
    provider: Provider, tenant: Any, owner: Any, django_db_blocker: Any
) -> None:
    account = account_at(provider, tenant, owner)
    used, errors = account.reveal(), []

    def renew() -> None:
        try:
            refreshing.renew(Account.objects.get(pk=account.pk), used)
        except Exception as error:
            errors.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=renew) for _each in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert errors == []
    assert refreshes(provider) == 1
    assert is_whole(account, provider)


@pytest.mark.django_db
def test_what_a_person_enters_meanwhile_stays(
    account: Account, provider: Provider, owner: Any, monkeypatch: Any
) -> None:
    real = refreshing.open_grant

    def slow(platform: str) -> Any:
        other = Account.objects.get()
        connecting.change_credentials(other, owner, {"accessToken": "by-hand"})
        return real(platform)

    monkeypatch.setattr(refreshing, "open_grant", slow)
    refreshing.renew(account, account.reveal())
    account.refresh_from_db()
    assert account.reveal() == {"accessToken": "by-hand"}


@pytest.mark.parametrize("kind", ["500", "drop", "limited", "accept_html"])
def test_trouble_there_changes_nothing_here(account: Account, provider: Provider, kind: str) -> None:
    provider.fail("token", kind)
    with pytest.raises(OutsideError):
        refreshing.renew(account)
    account.refresh_from_db()
    assert (account.state, account.renewing_until) == ("active", None)
    assert account.reveal()["refreshToken"] == "first-refresh"


def test_a_sign_in_that_is_over_is_for_a_person(account: Account, provider: Provider, owner: Any) -> None:
    provider.refreshes["first-refresh"] = False
    with pytest.raises(InvalidKey):
        refreshing.renew(account)
    account.refresh_from_db()
    assert account.state == "broken"
    assert owner.notices.filter(subject__startswith="Needs new credentials").count() == 1


def test_who_died_while_renewing_is_waited_for_and_then_passed(
    account: Account, monkeypatch: Any, provider: Any
) -> None:
    monkeypatch.setattr(refreshing, "WAIT_SECONDS", 0.1)
    Account.objects.update(renewing_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(OutsideError, match="being renewed"):
        refreshing.renew(account)
    Account.objects.update(renewing_until=timezone.now() - timedelta(seconds=1))
    refreshing.renew(account)
    assert is_whole(account, provider)


# -- in the middle of sending -----------------------------------------------------------------------------------------


def test_a_token_that_ends_before_the_call_is_renewed_and_one_post_is_made(
    account: Account, provider: Provider, publish: Any
) -> None:
    provider.api.fail("publish", "expired")
    provider.fail("publish", "expired")
    made = run(publish(account))
    assert (made.state, len(provider.api.published)) == ("published", 1)
    assert [one.state for one in made.attempts.all()] == ["not_sent", "published"]
    assert is_whole(account, provider)


@pytest.mark.parametrize("step", ["check", "upload"])
def test_one_that_ends_while_files_go_up_is_renewed(
    account: Account, provider: Provider, publish: Any, step: str, tenant: Any
) -> None:
    provider.fail(step, "expired")
    made = run(publish(account))
    assert (made.state, len(provider.api.published)) == ("published", 1)


@pytest.mark.parametrize("kind", ["accept_hang", "accept_cut", "accept_drop", "accept_500"])
def test_a_lost_answer_and_a_dead_token_make_one_post(
    account: Account, provider: Provider, publish: Any, kind: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("integrations.platforms.remote.CALL_SECONDS", 1.0)
    provider.fail("publish", kind).fail("look_up", "expired")
    made = run_to_the_end(publish(account))
    assert (made.state, len(provider.api.published)) == ("published", 1)
    assert is_whole(account, provider)


def test_a_token_that_is_refused_after_it_was_renewed_too_is_for_a_person(
    account: Account, provider: Provider, publish: Any
) -> None:
    provider.fail("publish", "expired", "expired")
    made = run(publish(account))
    account.refresh_from_db()
    assert (made.state, account.state, len(provider.api.published)) == ("refused", "broken", 0)


def test_what_waits_for_a_person_is_not_refused(account: Account, provider: Provider, publish: Any, owner: Any) -> None:
    """The sign-in is over before anything was sent: the text waits until the account is connected anew."""
    Account.objects.update(expires_at=timezone.now())
    provider.refreshes["first-refresh"] = False
    made = run(publish(account))
    account.refresh_from_db()
    assert (made.state, account.state, made.attempts.count()) == ("scheduled", "broken", 0)
    provider.api.tokens.add("entered")
    connecting.change_credentials(account, owner, {"accessToken": "entered"})
    scheduling.take_due()
    assert (run(made).state, len(provider.api.published)) == ("published", 1)


def test_what_a_call_with_old_credentials_says_is_not_said_of_new_ones(
    account: Account, provider: Provider, owner: Any
) -> None:
    used = account.reveal()
    connecting.change_credentials(account, owner, {"accessToken": "by-hand"})
    refreshing.broken(Account.objects.get(), "It does not hold.", used)
    account.refresh_from_db()
    assert account.state == "active"
    refreshing.broken(account, "It does not hold.", account.reveal())
    assert account.state == "broken"


def test_one_that_cannot_be_renewed_now_waits(account: Account, provider: Provider, publish: Any) -> None:
    Account.objects.update(expires_at=timezone.now())
    provider.fail("token", "500")
    made = publish(account)
    assert run(made).state == "scheduled"
    assert made.attempts.count() == 0
    run_to_the_end(made)
    assert (made.state, len(provider.api.published)) == ("published", 1)


@pytest.mark.django_db(transaction=True)
def test_two_publications_at_the_end_of_a_token_are_two_posts(
    provider: Provider, tenant: Any, owner: Any, publish: Any
) -> None:
    account = account_at(provider, tenant, owner, minutes=1)
    rows = [publish(account, f"Film {number}") for number in range(3)]

    def send(job: str) -> None:
        try:
            work(job, worker=job)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(job_of(row).pk,)) for row in rows]
    for one in threads:
        one.start()
    for one in threads:
        one.join(90)
    assert len(provider.api.published) == 3
    assert refreshes(provider) == 1
    assert is_whole(account, provider)


# -- by the clock -----------------------------------------------------------------------------------------------------


def test_the_daily_look_renews_a_token_of_sixty_days_in_time(settings: Any, tenant: Any, owner: Any, db: Any) -> None:
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    with serving(provider_of("threads")) as one:
        settings_for(one, "threads", settings)  # type: ignore[arg-type]
        one.api.tokens.add("long-token")  # type: ignore[attr-defined]
        for days, renewed in ((30, False), (15, True)):
            ends = (timezone.now() + timedelta(days=days)).isoformat()
            held = {"accessToken": "long-token", "expiresAt": ends}
            account = connecting.connect(tenant, owner, platform="threads", name=f"{days}", credentials=held)
            tending.renew_and_check(account)
            account.refresh_from_db()
            assert (account.reveal()["accessToken"] != "long-token") is renewed
            assert account.expires_at
            assert (account.expires_at > timezone.now() + timedelta(days=50)) is renewed


def test_owners_are_not_told_of_an_end_that_is_none(account: Account, provider: Provider, owner: Any) -> None:
    assert not tending.ends_soon(account)  # its token ends in an hour, and is renewed by then
    Account.objects.update(checked_at=None)
    tending.renew_and_check(account)
    assert not owner.notices.exists()
    held = {"accessToken": "pasted", "expiresAt": (timezone.now() + timedelta(days=3)).isoformat()}
    connecting.change_credentials(account, owner, held)
    assert tending.ends_soon(account)
