"""One cheap question to each real vendor. Needs a key in PRESSROOM_LIVE_<VENDOR>_KEY; costs less than a cent.

A server of one's own is asked with PRESSROOM_LIVE_COMPATIBLE_URL and PRESSROOM_LIVE_COMPATIBLE_MODEL, a key if it needs
one; a picture, which costs a few cents, is only drawn with PRESSROOM_LIVE_PICTURES=1.
"""

import os

import pytest

from integrations.errors import InvalidKey, ModelGone
from integrations.providers import providers
from integrations.providers.base import Drawing, Request
from integrations.providers.remote import Remote

CHEAP = {
    "openai": "gpt-6-luna",
    "anthropic": "claude-haiku-5-5",
    "gemini": "gemini-3.5-flash-lite",
    "openrouter": "openai/gpt-6-luna",
    "compatible": os.environ.get("PRESSROOM_LIVE_COMPATIBLE_MODEL", ""),
}
ARTISTS = {"openai": "gpt-image-2.5-flare", "gemini": "gemini-3.1-flash-image"}

pytestmark = [pytest.mark.live, pytest.mark.parametrize("vendor", CHEAP)]


@pytest.fixture
def provider(vendor: str) -> Remote:
    made = providers.get(vendor)
    key = os.environ.get(f"PRESSROOM_LIVE_{vendor.upper()}_KEY", "")
    if made.needs_base_url:
        base_url = os.environ.get(f"PRESSROOM_LIVE_{vendor.upper()}_URL", "")
        if not base_url or not CHEAP[vendor]:
            pytest.skip("asks a server of your own: set PRESSROOM_LIVE_COMPATIBLE_URL and _MODEL")
        return made(key, base_url=base_url, allow_hosts=["0.0.0.0/0", "::/0"])
    if not key:
        pytest.skip(f"asks {made.label} itself: set PRESSROOM_LIVE_{vendor.upper()}_KEY to a key that may spend a cent")
    return made(key)


def test_it_answers(provider: Remote, vendor: str) -> None:
    answer = provider.complete(Request(CHEAP[vendor], "Answer in one word.", "What is the capital of France?"))
    assert "Paris" in answer.text
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer.model_used
    assert answer.cost is None or answer.cost >= 0


def test_it_answers_in_json(provider: Remote, vendor: str) -> None:
    schema = {"type": "object", "properties": {"capital": {"type": "string"}}, "required": ["capital"]}
    answer = provider.complete(Request(CHEAP[vendor], "", "What is the capital of France?", schema=schema))
    assert answer.parsed == {"capital": "Paris"}


def test_the_list_has_the_model(provider: Remote, vendor: str) -> None:
    provider.check_key()
    assert CHEAP[vendor] in {model.id for model in provider.models()}


def test_an_unknown_model(provider: Remote) -> None:
    with pytest.raises(ModelGone):
        provider.complete(Request("no-such-model-0", "", "Hello"))


def test_a_wrong_key(provider: Remote, vendor: str) -> None:
    if not provider.needs_key:
        pytest.skip("may take any key")
    with pytest.raises(InvalidKey):
        providers.get(vendor)(provider.key[:-6] + "wrong0").check_key()


def test_it_draws(provider: Remote, vendor: str) -> None:
    if vendor not in ARTISTS or not os.environ.get("PRESSROOM_LIVE_PICTURES"):
        pytest.skip("draws nothing, or not unless PRESSROOM_LIVE_PICTURES is set")
    picture = provider.draw(Drawing(ARTISTS[vendor], "A lighthouse at dusk", quality="low"))
    assert picture.data[:4] in (b"\x89PNG", b"RIFF") or picture.data[:2] == b"\xff\xd8"
    assert picture.usage.output_tokens > 0


def test_a_lot_is_taken_and_stopped(provider: Remote, vendor: str) -> None:
    if not provider.takes_lots:
        pytest.skip("has no cheaper lane")
    lot_id = provider.submit({"a": Request(CHEAP[vendor], "Answer in one word.", "Say yes.")}, "pressroom-live")
    assert provider.lot(lot_id).state in ("working", "ended")
    assert provider.find_lot("pressroom-live") in (lot_id, None)
    provider.cancel_lot(lot_id)
