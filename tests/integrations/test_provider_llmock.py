"""Every vendor against llmock: somebody else's idea of the wire formats."""

import time

import pytest
from llmock.pytest_plugin import LLMock

from integrations.errors import ContextTooLong, InvalidKey, ModelGone, NoAnswer, NoCredit, Overloaded, RateLimited
from integrations.providers import remote
from integrations.providers.remote import Remote
from tests.integrations.asking import asked, made
from tests.integrations.vendor_stub import EVERYONE, VENDORS

everyone = pytest.mark.parametrize("vendor", EVERYONE)


@pytest.fixture
def against_llmock(llmock: LLMock, vendor: str, clean_environment: None) -> Remote:
    """llmock knows OpenRouter and all the compatible servers as OpenAI's Chat Completions."""
    remote.clients.kept.clear()
    mocked = vendor if vendor in VENDORS else "openai"
    return made(vendor, llmock.base_url(mocked), "any-key", api_version="v1beta")


@everyone
def test_llmock_answers(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.reply("A text.")
    answer = against_llmock.complete(asked(vendor))
    assert (answer.text, answer.finish) == ("A text.", "stop")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    llmock.assert_resilient(strict=True)


@everyone
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, InvalidKey), (402, NoCredit), (404, ModelGone), (500, Overloaded), (503, Overloaded), (529, Overloaded)],
)
def test_llmock_fails(against_llmock: Remote, llmock: LLMock, vendor: str, status: int, kind: type) -> None:
    llmock.fail(status)
    with pytest.raises(kind):
        against_llmock.complete(asked(vendor))
    assert len(llmock.requests) == 1
    llmock.assert_resilient()


@everyone
def test_llmock_is_obeyed(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.rate_limit(retry_after=0.4)
    with pytest.raises(RateLimited) as caught:
        against_llmock.complete(asked(vendor))
    time.sleep(caught.value.retry_after)
    assert against_llmock.complete(asked(vendor)).text
    llmock.assert_resilient(strict=True)


@everyone
def test_llmock_is_slow(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.delay(1.5)
    with pytest.raises(NoAnswer):
        against_llmock.complete(asked(vendor, timeout=0.4))


@everyone
def test_llmock_has_too_small_a_context(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.context_overflow()
    with pytest.raises(ContextTooLong):
        against_llmock.complete(asked(vendor))


@pytest.mark.parametrize("vendor", ["openai", "openrouter", "compatible"])
def test_llmock_keeps_to_a_schema(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    kinds = {"title": {"type": "string"}, "words": {"type": "array", "items": {"type": "integer"}}}
    answer = against_llmock.complete(asked(vendor, schema={"type": "object", "properties": kinds}))
    assert isinstance(answer.parsed["title"], str)
    assert isinstance(answer.parsed["words"], list)
    llmock.assert_resilient(strict=True)


@everyone
def test_llmock_answers_in_json(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.reply('{"title": "Films"}')
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert against_llmock.complete(asked(vendor, schema=schema)).parsed == {"title": "Films"}
