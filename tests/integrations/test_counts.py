"""What a vendor reports that is no count is "not reported": no traceback, no lost answer."""

from types import SimpleNamespace

import pytest

from integrations.providers import chat
from integrations.providers.base import Usage
from integrations.providers.openrouter import dollars


def reported(tokens):
    return SimpleNamespace(
        prompt_tokens=tokens, completion_tokens=5, prompt_tokens_details=None, completion_tokens_details=None
    )


@pytest.mark.parametrize("tokens", ["12", 12.5, -5, 10**30, float("nan"), True, [1]])
def test_nonsense_is_not_reported(tokens):
    assert chat.usage(reported(tokens)) == Usage(reported=False)


def test_what_is_a_count_is_reported():
    assert chat.usage(reported(12)) == Usage(12, 5)
    assert chat.usage(None) == Usage(reported=False)


@pytest.mark.parametrize("said", ["1e30", "NaN", "-1", True, "x", None])
def test_an_amount_that_is_none(said):
    assert dollars(said) is None
