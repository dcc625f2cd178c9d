"""The composer: variants, counters as the platform counts, link tags, and one look for writing and for storing."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from integrations.platforms.base import Platform
from publishing import composing, connecting, tagging
from publishing.composing import Composition
from publishing.models import Account, Publication
from tests.integrations.platforms import (
    test_bluesky,
    test_devto,
    test_discord,
    test_linkedin,
    test_mastodon,
    test_meta,
    test_slack,
    test_telegram,
    test_webhook,
    test_x,
)
from tests.integrations.platforms.contract import Case, publish
from tests.integrations.platforms.stubs import serving
from tests.publishing.conftest import posts, run

pytestmark = [pytest.mark.django_db, pytest.mark.one_ground]
COMPOSE, LOOK = "/admin/compose/", "/admin/compose/look"


@pytest.fixture
def x(tenant: Any, owner: Any) -> Account:
    return connecting.connect(tenant, owner, platform="x", name="Our X", credentials={"accessToken": "token-here"})


@pytest.fixture
def form(client_for: Any, editor: Any) -> Any:
    """Send the form as an editor."""

    def send(path: str = COMPOSE, **values: Any) -> Any:
        return client_for(editor).post(path, {"when": "draft", "key": "k1", **values})

    return send


def test_each_account_gets_its_words(form: Any, wall: Any, x: Account) -> None:
    first, second = wall(name="One"), wall(name="Two")
    accounts = [first.pk, second.pk, x.pk]
    got = form(accounts=accounts, text="For all", **{f"variant_{second.pk}": "For Two"})
    assert got["Location"] == "/admin/publishing/publication/?schedule=compose-k1"
    found = {row.account_id: row.content["text"] for row in Publication.objects.all()}
    assert found == {first.pk: "For all", second.pk: "For Two", x.pk: "For all"}


def test_a_form_that_is_sent_twice_is_stored_once(form: Any, wall: Any) -> None:
    account = wall()
    first, second = (form(accounts=account.pk, text="Once", when="now")["Location"] for _each in range(2))
    assert first == second
    assert Publication.objects.count() == 1


def test_all_or_none_is_stored(form: Any, wall: Any, x: Account) -> None:
    got = form(accounts=[wall().pk, x.pk], text="a" * 281)
    text = got.content.decode()
    assert got.status_code == 422
    assert "Our X: The text has 281 characters as X counts them, 1 too many." in text
    assert Publication.objects.count() == 0
    assert "a" * 281 in text  # nothing that was typed is lost


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": "x"}, "This field is required"),
        ({"accounts": "99999999999999999999", "text": "x"}, "Select a valid choice"),
        ({"text": "x", "when": "at"}, "Choose the time when it is to be sent"),
        ({"text": "x", "when": "never"}, "Select a valid choice"),
        ({"text": "x", "canonical_url": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"text": "x", "picked": "7"}, "no file 7"),
        ({"text": "x", "at_0": "2020-01-01", "at_1": "09:00", "when": "at"}, "This time has passed"),
    ],
)
def test_what_cannot_be_taken_is_told(form: Any, wall: Any, values: dict[str, Any], words: str) -> None:
    account = wall().pk
    base = {"accounts": account} if "accounts" not in values and values != {"text": "x"} else {}
    got = form(**base, **values)
    assert got.status_code == 422
    assert words in got.content.decode()
    assert Publication.objects.count() == 0


def test_a_thread_goes_where_one_can_follow(form: Any, wall: Any, tenant: Any, owner: Any) -> None:
    keys = {"webhookUrl": "https://hooks.slack.com/services/T0/B0/token-here"}
    slack = connecting.connect(tenant, owner, platform="slack", name="Slack", credentials=keys)
    account = wall()
    form(accounts=[account.pk, slack.pk], text="One", thread="Two\n---\nThree\n\n----\n")
    found = {row.account_id: row.content.get("thread") for row in Publication.objects.all()}
    assert found == {account.pk: ["Two", "Three"], slack.pk: None}
    seen = form(LOOK, accounts=[slack.pk], text="One", thread="Two").content.decode()
    assert "On Slack nothing can follow a post from here" in seen


def test_files_go_in_their_order_with_their_alt_texts(form: Any, wall: Any, picture: Any) -> None:
    first, second = picture(title="First"), picture(title="Second", alt_text="")
    values = {"picked": [first.pk, second.pk], f"place_{first.pk}": "2", f"place_{second.pk}": "1",
              f"alt_{first.pk}": "A robot", f"alt_{second.pk}": "A moon"}  # fmt: skip
    account = wall()
    form(accounts=account.pk, text="Look", **values)
    row = Publication.objects.get()
    assert row.content["mediaIds"] == [second.pk, first.pk]
    assert row.content["alts"] == {str(second.pk): "A moon"}
    seen = form(LOOK, accounts=account.pk, text="x", picked=second.pk, **{f"alt_{second.pk}": " "}).content.decode()
    assert "held back until each file says what it shows" in seen


def test_what_is_looked_at_says_count_cost_and_marks(form: Any, wall: Any, x: Account) -> None:
    account = wall()
    got = form(LOOK, accounts=[x.pk, account.pk], text="see example.com <b>", made_with_ai="on")
    text = got.content.decode()
    assert "costs 0.200 USD there" in text
    assert "31 / 280 characters" in text
    assert "&lt;b&gt;" in text
    assert Publication.objects.count() == 0
    assert composing.look(Composition([x], text="no link", thread=["two", "three"]))[0].cost == Decimal("0.045")


def test_only_editors_write(client_for: Any, viewer: Any, wall: Any) -> None:
    wall()
    for method in ("get", "post"):
        assert getattr(client_for(viewer), method)(COMPOSE).status_code == 403
    assert client_for(viewer).post(LOOK).status_code == 403


def test_accounts_and_files_of_another_workspace_are_not_offered(
    form: Any, wall: Any, other_tenant: Any, client_for: Any, editor: Any
) -> None:
    theirs = wall(name="Theirs", tenant=other_tenant)
    wall(name="Ours")
    assert "Theirs" not in client_for(editor).get(COMPOSE).content.decode()
    assert form(accounts=theirs.pk, text="x").status_code == 422


def test_another_like_it_begins_with_its_words(client_for: Any, editor: Any, wall: Any, publish: Any) -> None:
    made = publish(wall(), "Silent films", thread=["Second", "Third"], draft=True)
    page = client_for(editor).get(COMPOSE, {"like": made.pk, "at": "2030-05-04T09:30+02:00"})
    assert page.context["form"].initial["thread"] == "Second\n---\nThird"
    assert page.context["form"].initial["at"].isoformat()[:16] == "2030-05-04T07:30"
    assert len(page.context["looked"][0].parts) == 3
    odd_ones = [{"like": "x"}, {"like": "9" * 30}, {"at": "soon"}, {"at": "2030-13-45T09:30Z"}, {"account": "\x00"}]
    for odd in (*odd_ones, {"at": "9999-12-31T23:59:00Z"}):
        assert client_for(editor).get(COMPOSE, odd).status_code == 200


def test_without_an_account_the_page_says_what_to_do(client_for: Any, editor: Any) -> None:
    assert "No account to write for yet" in client_for(editor).get(COMPOSE).content.decode()


def test_what_was_composed_goes_out_once(form: Any, wall: Any) -> None:
    account = wall()
    form(accounts=account.pk, text="Now", when="now", tags_links="on")
    assert run(Publication.objects.get()).state == "published"
    assert posts(account) == ["Now"]


# -- link tags --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.example/x.", "see https://a.example/x?utm_source=x&utm_medium=social&utm_campaign=May."),
        ("https://a.example/?b=1#c", "https://a.example/?b=1&utm_source=x&utm_medium=social&utm_campaign=May#c"),
        ("(http://a.example)", "(http://a.example?utm_source=x&utm_medium=social&utm_campaign=May)"),
        ("https://a.example/?utm_source=mail", "https://a.example/?utm_source=mail"),
        ("no link, a.example", "no link, a.example"),
        ("https://[x", "https://[x"),
    ],
)
def test_links_are_tagged(text: str, found: str) -> None:
    assert tagging.tagged(text, source="x", campaign="May") == found


def test_tags_are_in_what_is_counted_approved_and_sent(form: Any, x: Account) -> None:
    form(accounts=x.pk, text="see https://a.example/x", tags_links="on", campaign="Spring & co")
    text = Publication.objects.get().content["text"]
    assert text == "see https://a.example/x?utm_source=x&utm_medium=social&utm_campaign=Spring+%26+co"


# -- what the composer accepts, the platform takes --------------------------------------------------------------------

CASES = [
    test_x.TestX.case,
    test_linkedin.TestPage.case,
    test_mastodon.TestMastodon.case,
    test_bluesky.TestBluesky.case,
    test_meta.TestFacebook.case,
    test_meta.TestInstagram.case,
    test_meta.TestThreads.case,
    test_telegram.TestTelegram.case,
    test_discord.TestDiscord.case,
    test_slack.TestSlack.case,
    test_webhook.TestWebhook.case,
    test_devto.TestDevTo.case,
]
PIECES = ("a", "é", "日", "😀", "👨‍👩‍👧", "🇦🇹", " ", "\n", "#film ", "@bob@far.example ", "https://a.example/x?y=1 ",
          "b.example ", "& < > ", "_*~`[](){}|\\", "\u200b", "e\u0301")  # fmt: skip
NEAR = some.tuples(some.lists(some.sampled_from(PIECES), max_size=12), some.sampled_from(PIECES), some.integers(-3, 3))


def near(platform: Platform, parts: tuple[list[str], str, int]) -> str:
    """A text about as long as the platform takes: some pieces, then one of them again and again."""
    pieces, again, off = parts
    most, text = min(platform.holds.text or 300, 3000), "".join(pieces)
    each = max(1, platform.count(f"{again}{again}") - platform.count(again))
    return text + again * max(0, (most - platform.count(text)) // each + off)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.platform.name)
def test_no_text_is_accepted_here_and_refused_there(case: Case) -> None:
    """The stubs count for themselves, as their platforms do."""
    with serving(case.stub()) as stub:
        keys = {name: value.replace("{url}", stub.url) for name, value in case.credentials.items()}
        platform = case.platform(keys, base_url=stub.url, allow_hosts=["127.0.0.1"], **case.options)

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(NEAR)
        def holds(parts: tuple[list[str], str, int]) -> None:
            stub.published.clear()
            text = near(platform, parts)
            number = next(numbers)
            draft = replace(case.post, text=text, key=f"01m8g0dv730b6j7sh8p{number:07d}", slug=f"a-{number}",
                            canonical_url=f"https://blog.example/{number}")  # fmt: skip
            if not platform.problems(draft):
                publish(platform, draft)  # raises where the stub refuses it

        numbers = iter(range(10_000))
        holds()


def test_the_time_of_a_slot_is_that_of_each_account(form: Any, wall: Any) -> None:
    from datetime import time

    from publishing.models import Slot

    first, second = wall(name="One"), wall(name="Two")
    Slot.objects.create(account=first, weekday=0, at=time(9))
    got = form(accounts=[first.pk, second.pk], text="x", when="slot")
    assert "Two: This account has no free slot" in got.content.decode()
    Slot.objects.create(account=second, weekday=1, at=time(10))
    form(accounts=[first.pk, second.pk], text="x", when="slot")
    times: list[datetime] = list(Publication.objects.order_by("account").values_list("scheduled_at", flat=True))
    assert [(one.weekday(), one.hour) for one in times] == [(0, 9), (1, 10)]
