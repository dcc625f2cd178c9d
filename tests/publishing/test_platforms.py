"""Real platforms' wire formats behind the ledger: a bot on a stub of Telegram, a webhook that loses its receipt."""

from typing import Any

import pytest

from publishing import connecting
from tests.integrations.platforms.stubs import serving
from tests.integrations.platforms.test_telegram import TOKEN, TelegramStub
from tests.integrations.platforms.test_webhook import SECRET, WebhookStub
from tests.publishing.conftest import job_of, run_to_the_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def telegram(tenant: Any, owner: Any, settings: Any) -> Any:
    with serving(TelegramStub()) as stub:
        settings.PLATFORM_BASE_URLS = {"telegram": stub.url}  # an operator's address needs no allow-listing
        keys = {"botToken": TOKEN, "chatId": "@films"}
        yield stub, connecting.connect(tenant, owner, platform="telegram", name="Films", credentials=keys)


@pytest.fixture
def webhook(tenant: Any, owner: Any, settings: Any) -> Any:
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    with serving(WebhookStub()) as stub:
        keys = {"url": f"{stub.url}/hook", "secret": SECRET}
        yield stub, connecting.connect(tenant, owner, platform="webhook", name="Ours", credentials=keys)


def test_a_bot_is_checked_and_posts_once(telegram: Any, publish: Any) -> None:
    stub, account = telegram
    assert (account.delivery, connecting.check(account), account.remote_name) == ("blind", True, "Films")
    made = run_to_the_end(publish(account, "Hello & welcome"))
    assert (made.state, made.url[:19], len(stub.published)) == ("published", "https://t.me/films/", 1)


@pytest.mark.parametrize(("kind", "there"), [("accept_500", 1), ("accept_cut", 1), ("500", 0), ("drop", 0)])
def test_what_a_bot_does_not_know_is_for_a_person(telegram: Any, publish: Any, kind: str, there: int) -> None:
    stub, account = telegram
    stub.fail("publish", kind)
    made = run_to_the_end(publish(account))
    assert (made.state, len(stub.published), made.attempts.count()) == ("unconfirmed", there, 1)
    assert TOKEN not in made.note + str(job_of(made).result)


def test_a_limit_is_waited_for(telegram: Any, publish: Any) -> None:
    stub, account = telegram
    stub.fail("publish", "limited")
    made = run_to_the_end(publish(account))
    assert (made.state, len(stub.published), job_of(made).attempt) == ("published", 1, 1)


@pytest.mark.parametrize("kind", ["accept_500", "accept_drop", "500", "drop"])
def test_a_receipt_that_is_lost_is_asked_for_again(webhook: Any, publish: Any, kind: str) -> None:
    stub, account = webhook
    stub.fail("publish", kind)
    made = run_to_the_end(publish(account))
    assert (made.state, len(stub.published), made.attempts.count()) == ("published", 1, 2)
    assert len({seen.headers["webhook-id"] for seen in stub.seen}) == 1


def test_credentials_are_in_no_row_in_clear(telegram: Any, webhook: Any, publish: Any) -> None:
    from django.db import connection

    for _stub, account in (telegram, webhook):
        run_to_the_end(publish(account))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            found = repr(cursor.fetchall())
            assert TOKEN not in found, table
            assert SECRET not in found, table
