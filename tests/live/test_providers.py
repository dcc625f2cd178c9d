"""One cheap question to each real vendor. Needs a key in PRESSROOM_LIVE_<VENDOR>_KEY; costs less than a cent."""

import os

import pytest

from integrations.errors import InvalidKey, ModelGone
from integrations.providers import providers
from integrations.providers.base import Request
from integrations.providers.remote import Remote

CHEAP = {"openai": "gpt-6-luna", "anthropic": "claude-haiku-5-5", "gemini": "gemini-3.5-flash-lite"}

pytestmark = [pytest.mark.live, pytest.mark.parametrize("vendor", CHEAP)]


@pytest.fixture
def provider(vendor: str) -> Remote:
    variable = f"PRESSROOM_LIVE_{vendor.upper()}_KEY"
    if not os.environ.get(variable):
        pytest.skip(f"asks {providers.get(vendor).label} itself: set {variable} to a key that may spend a cent")
    return providers.get(vendor)(os.environ[variable])


def test_it_answers(provider: Remote, vendor: str) -> None:
    answer = provider.complete(Request(CHEAP[vendor], "Answer in one word.", "What is the capital of France?"))
    assert "Paris" in answer.text
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer.model_used


def test_the_list_has_the_model(provider: Remote, vendor: str) -> None:
    provider.check_key()
    assert CHEAP[vendor] in {model.id for model in provider.models()}


def test_an_unknown_model(provider: Remote) -> None:
    with pytest.raises(ModelGone):
        provider.complete(Request("no-such-model-0", "", "Hello"))


def test_a_wrong_key(provider: Remote, vendor: str) -> None:
    with pytest.raises(InvalidKey):
        providers.get(vendor)(provider.key[:-6] + "wrong0").check_key()
