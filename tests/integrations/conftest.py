"""Servers that stand for the vendors, and a provider at one. An environment with real keys changes nothing."""

from collections.abc import Iterator

import pytest

from integrations.providers import remote
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.asking import made

# What the SDKs read on their own.
SDK_VARIABLES = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"]
SDK_VARIABLES += ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "GEMINI_API_KEY"]
SDK_VARIABLES += ["GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_API_VERSION", "GOOGLE_GENAI_USE_VERTEXAI"]


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SDK_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stub(clean_environment: None) -> Iterator[vendor_stub.Stub]:
    remote.clients.kept.clear()
    with vendor_stub.serving() as server:
        yield server
    remote.clients.kept.clear()


@pytest.fixture
def provider(stub: vendor_stub.Stub, vendor: str) -> Remote:
    return made(vendor, stub.base_url(vendor))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a test marked `for_vendors` is not about: it would only be skipped."""
    others = [item for item in items if not _is_about(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def _is_about(item: pytest.Item) -> bool:
    mark, made_with = item.get_closest_marker("for_vendors"), getattr(item, "callspec", None)
    return mark is None or made_with is None or made_with.params.get("vendor") in mark.args
