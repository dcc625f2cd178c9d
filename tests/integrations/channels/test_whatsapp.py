"""The client of WhatsApp's Cloud API against a stub that refuses what the real one refuses."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from integrations.channels import channels
from integrations.channels.base import Button, Words
from integrations.channels.whatsapp import WhatsApp, one_line
from integrations.errors import AmbiguousOutcome, InvalidKey, Overloaded, RateLimited, Refused, Unsupported
from integrations.platforms.base import Draft
from tests.integrations.channels.whatsapp_stub import KEYS, TOKEN, WhatsAppStub, problem
from tests.integrations.platforms.stubs import ACCEPTED, serving

PHONE = "+4366012345678"
HELLO = Words(to=PHONE, text="Hello", reference="ref-1")
ASK = replace(
    HELLO, buttons=(Button("ok:s", "Approve"), Button("no:s", "Reject")), values=("Acme", "A\nlong\t title", "now")
)


@pytest.fixture
def stub() -> Iterator[Any]:
    with serving(WhatsAppStub()) as stub:
        yield stub


def channel(stub: Any, **more: str) -> WhatsApp:
    keys = KEYS | {"template": "hello", "approvalTemplate": "post_approval"} | more
    return WhatsApp(keys, base_url=stub.url, trusted_urls=[stub.url])


def test_it_is_in_the_table_and_takes_no_posts(stub: Any) -> None:
    assert channels.get("whatsapp") is WhatsApp
    assert not WhatsApp.takes_posts
    with pytest.raises(Unsupported):
        channel(stub).publish(Draft(key="x" * 10, created_at=None), {})  # type: ignore[arg-type]


def test_check(stub: Any) -> None:
    assert channel(stub).check().name == "Acme +1 555"
    stub.valid = False
    with pytest.raises(InvalidKey):
        channel(stub).check()


@pytest.mark.parametrize("keys", [{"phoneNumberId": "+1555"}, {"language": "English"}])
def test_credentials_that_are_none(stub: Any, keys: dict[str, str]) -> None:
    with pytest.raises(InvalidKey):
        channel(stub, **keys)


def test_text_inside_the_window_and_a_template_outside(stub: Any) -> None:
    stub.open.add(PHONE[1:])
    assert channel(stub).send(replace(HELLO, is_open=True)).remote_id == "wamid.1"
    channel(stub).send(HELLO)
    text, template = stub.published
    assert (text["type"], text["to"], text["biz_opaque_callback_data"]) == ("text", PHONE[1:], "ref-1")
    assert template["template"]["language"] == {"code": "en"}
    assert template["template"]["components"][0]["parameters"] == [{"type": "text", "text": "Hello"}]


def test_buttons_inside_and_outside(stub: Any) -> None:
    stub.open.add(PHONE[1:])
    channel(stub).send(replace(ASK, is_open=True, text="x" * 2000))
    channel(stub).send(ASK)
    inside, outside = stub.published
    assert [one["reply"]["id"] for one in inside["interactive"]["action"]["buttons"]] == ["ok:s", "no:s"]
    body, *buttons = outside["template"]["components"]
    assert [one["text"] for one in body["parameters"]] == ["Acme", "A long title", "now"]
    assert [one["parameters"][0]["payload"] for one in buttons] == ["ok:s", "no:s"]


def test_a_window_that_is_closed_after_all(stub: Any) -> None:
    channel(stub).send(replace(HELLO, is_open=True))
    assert [one["type"] for one in stub.published] == ["template"]


def test_without_a_template_it_says_what_to_do(stub: Any) -> None:
    with pytest.raises(Refused, match="Make one at Meta"):
        channel(stub, template="").send(HELLO)
    assert stub.published == []


def test_somebody_whose_number_is_hidden(stub: Any) -> None:
    channel(stub).send(replace(HELLO, to="US.13491208655302741918"))
    assert "to" not in stub.published[0]
    assert stub.published[0]["recipient"] == "US.13491208655302741918"


@pytest.mark.parametrize("kind", [*ACCEPTED, "hang", "drop"])
def test_no_whole_answer_is_ambiguous(stub: Any, kind: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("integrations.platforms.remote.CALL_SECONDS", 0.3)
    stub.fail("publish", kind)
    with pytest.raises(AmbiguousOutcome) as caught:
        channel(stub).send(HELLO)
    assert TOKEN not in str(caught.value)
    assert len(stub.published) <= 1


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (190, 401, InvalidKey), (131005, 403, InvalidKey), (200, 403, InvalidKey), (131042, 400, InvalidKey),
        (4, 400, RateLimited), (130429, 429, RateLimited), (131056, 400, RateLimited), (131000, 500, Overloaded),
        (131016, 503, Overloaded), (131026, 400, Refused), (132001, 404, Refused), (131050, 400, Refused),
    ],
)  # fmt: skip
def test_its_codes(stub: Any, code: int, status: int, kind: type, monkeypatch: Any) -> None:
    monkeypatch.setattr(stub, "accept", lambda step, seen: problem(code, f"No, {TOKEN}", status))
    with pytest.raises(kind) as caught:
        channel(stub).send(HELLO)
    assert type(caught.value) is kind
    assert TOKEN not in str(caught.value)


def test_values_of_templates() -> None:
    assert one_line(" a\n\n b\t    c ") == "a b c"
    assert one_line(" \n ") == "-"
    assert len(one_line("x" * 5000)) == 1024
