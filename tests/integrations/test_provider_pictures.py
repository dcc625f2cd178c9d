"""Pictures, from the vendors that draw; through their official SDKs, over a real connection."""

import base64
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock

from integrations.errors import (
    BadOutput,
    InvalidKey,
    ModelGone,
    NoAnswer,
    NoCredit,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
)
from integrations.providers import remote
from integrations.providers.base import Drawing, Usage
from integrations.providers.gemini import picture_size
from integrations.providers.openai import MOST_PIXELS, OpenAI, size
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.asking import made
from tests.integrations.vendor_forms import PNG, gemini_picture
from tests.integrations.vendor_stub import PICTURE_MODELS, Reply, Stub, answer, picture, problem

ARTISTS = list(PICTURE_MODELS)
artists = pytest.mark.parametrize("vendor", ARTISTS)


def drawing(vendor: str, **more: Any) -> Drawing:
    return Drawing(**{"model": PICTURE_MODELS[vendor], "prompt": "A lighthouse", "timeout": 5.0, **more})


def failing(provider: Remote, stub: Stub, *replies: Reply, **more: Any) -> OutsideError:
    stub.then(*replies)
    with pytest.raises(OutsideError) as caught:
        provider.draw(drawing(provider.name, **more))
    assert len(stub.seen) == 1, "it was asked more than once"
    return caught.value


@artists
def test_a_picture_with_what_it_used(provider: Remote, vendor: str) -> None:
    assert provider.draws
    made_of = provider.draw(drawing(vendor))
    assert (made_of.data, made_of.mime_type) == (PNG, "image/png")
    assert made_of.usage == Usage(12, 1056)
    assert made_of.model_requested == PICTURE_MODELS[vendor]
    assert made_of.model_used.startswith(PICTURE_MODELS[vendor])
    assert (made_of.request_id, made_of.cost) == ("req_1", None)


@artists
def test_a_vendor_that_does_not_say_what_it_used(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(picture(vendor, usage=None, usageMetadata=None))
    assert provider.draw(drawing(vendor)).usage == Usage(reported=False)


def test_what_openai_is_sent(stub: Stub) -> None:
    made("openai", stub.base_url("openai")).draw(
        drawing("openai", width=1536, height=1024, quality="high", end_user="h")
    )
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/openai/v1/images/generations")
    assert seen.json == {
        "model": "gpt-image-2.5-flare",
        "prompt": "A lighthouse",
        "size": "1536x1024",
        "quality": "high",
        "n": 1,
        "safety_identifier": "h",
    }


def test_what_gemini_is_sent(stub: Stub) -> None:
    made("gemini", stub.base_url("gemini")).draw(drawing("gemini", width=1920, height=1080))
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/gemini/v1/models/gemini-3.1-flash-image:generateContent")
    config = seen.json["generationConfig"]
    assert config == {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"}}


# -- what goes wrong --------------------------------------------------------------------------------------------------

FAULTS = [
    (lambda vendor: vendor_stub.wrong_key(vendor), InvalidKey),
    (lambda vendor: problem(vendor, 402, "billing_error"), NoCredit),
    (lambda vendor: problem(vendor, 404, "model_not_found", "No such model"), ModelGone),
    (lambda vendor: problem(vendor, 429, "slow_down"), RateLimited),
    (lambda vendor: problem(vendor, 500, "server_error"), Overloaded),
    (lambda vendor: problem(vendor, 400, "moderation_blocked", "Rejected by the safety system."), Refused),
    (lambda vendor: problem(vendor, 400, "image_content_policy_violation", "No."), Refused),
    (lambda vendor: problem(vendor, 400, "invalid_value", "Unsupported size"), PermanentError),
    (lambda vendor: vendor_stub.html(), Overloaded),
    (lambda vendor: vendor_stub.html_called_json(), Overloaded),
    (lambda vendor: vendor_stub.drop, NoAnswer),
    (lambda vendor: vendor_stub.cut(), NoAnswer),
    (lambda vendor: answer({}), BadOutput),
    (lambda vendor: answer([]), BadOutput),
]


@artists
@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_errors_are_sorted(provider: Remote, vendor: str, stub: Stub, fault: Any, kind: type) -> None:
    error = failing(provider, stub, fault(vendor))
    assert type(error) is kind
    assert 30 < len(str(error)) < 400


@artists
def test_a_429_says_how_long(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, stub, problem(vendor, 429, "slow_down", retry_after="7"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


@artists
def test_a_vendor_that_hangs(provider: Remote, vendor: str, stub: Stub) -> None:
    assert isinstance(failing(provider, stub, vendor_stub.hang, timeout=0.4), NoAnswer)


@artists
def test_an_odd_model_is_not_asked(provider: Remote, vendor: str, stub: Stub) -> None:
    with pytest.raises(ModelGone, match="is no name of a model"):
        provider.draw(drawing(vendor, model="an image\nmodel"))
    assert stub.seen == []


@pytest.mark.parametrize("data", [[], None, [{}], [{"url": "https://example.com/x.png"}], [{"b64_json": "%%%"}]])
def test_openai_without_a_picture(stub: Stub, data: Any) -> None:
    provider = made("openai", stub.base_url("openai"))
    error = failing(provider, stub, picture("openai", data=data))
    assert type(error) is BadOutput
    assert "without a picture" in str(error)
    assert error.completion.usage == Usage(12, 1056)


@pytest.mark.parametrize(
    ("finish", "kind"),
    [
        ("IMAGE_SAFETY", Refused),
        ("IMAGE_PROHIBITED_CONTENT", Refused),
        ("IMAGE_RECITATION", Refused),
        ("PROHIBITED_CONTENT", Refused),
        ("NO_IMAGE", BadOutput),
        ("IMAGE_OTHER", BadOutput),
        ("STOP", BadOutput),
        ("MAX_TOKENS", BadOutput),
    ],
)
def test_gemini_without_a_picture(stub: Stub, finish: str, kind: type) -> None:
    provider = made("gemini", stub.base_url("gemini"))
    candidate = {"content": {"role": "model", "parts": [{"text": "I would rather not."}]}, "finishReason": finish}
    error = failing(provider, stub, picture("gemini", candidates=[candidate]))
    assert type(error) is kind
    assert error.completion.usage == Usage(12, 1056)


def test_a_draft_is_no_picture(stub: Stub) -> None:
    parts = gemini_picture()["candidates"][0]["content"]["parts"]
    assert base64.b64decode(parts[0]["inlineData"]["data"]) == b"draft"
    candidate = {"content": {"role": "model", "parts": parts[:1]}, "finishReason": "STOP"}
    provider = made("gemini", stub.base_url("gemini"))
    assert type(failing(provider, stub, picture("gemini", candidates=[candidate]))) is BadOutput


def test_a_blocked_wish_is_refused(stub: Stub) -> None:
    provider = made("gemini", stub.base_url("gemini"))
    body = {"promptFeedback": {"blockReason": "IMAGE_SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}
    error = failing(provider, stub, answer(body))
    assert type(error) is Refused
    assert error.completion.usage.input_tokens == 9


# -- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "old", "new"),
    [
        (1024, 1024, (1024, 1024), (1024, 1024)),
        (1200, 630, (1536, 1024), (1200, 640)),
        (1080, 1920, (1024, 1536), (1088, 1920)),
        (100, 100, (1024, 1024), (816, 816)),
        (300, 100, (1536, 1024), (1408, 480)),
        (900, 100, (1536, 1024), (1408, 480)),
        (100, 900, (1024, 1536), (480, 1408)),
        (9, 0, (1536, 1024), (1408, 480)),
    ],
)
def test_openai_draws_the_nearest_size(width: int, height: int, old: tuple[int, int], new: tuple[int, int]) -> None:
    assert size(Drawing("gpt-image-1-mini", "", width, height)) == old
    assert size(Drawing("gpt-image-2.5-flare", "", width, height)) == new


@pytest.mark.parametrize("width", [16, 640, 1023, 1920, 3840, 9000])
@pytest.mark.parametrize("height", [16, 361, 1024, 2160, 5000])
def test_openais_rules_are_kept(width: int, height: int) -> None:
    wide, high = size(Drawing("gpt-image-2", "", width, height))
    assert wide % 16 == high % 16 == 0
    assert 1 / 3 <= wide / high <= 3
    assert 655_360 <= wide * high <= MOST_PIXELS * 1.02
    assert max(wide, high) <= 3840


@pytest.mark.parametrize(
    ("width", "height", "shape", "how_large"),
    [
        (1024, 1024, "1:1", "1K"),
        (1200, 630, "16:9", "1K"),
        (1080, 1350, "3:4", "1K"),
        (1080, 1920, "9:16", "1K"),
        (2048, 2048, "1:1", "2K"),
        (3000, 1000, "21:9", "2K"),
        (0, 9, "9:16", "1K"),
    ],
)
def test_gemini_draws_the_nearest_shape(width: int, height: int, shape: str, how_large: str) -> None:
    wanted = Drawing("gemini-3.1-flash-image", "", width, height)
    assert picture_size(wanted) == {"aspect_ratio": shape, "image_size": how_large}


@pytest.mark.parametrize("model", ["gemini-2.5-flash-image", "gemini-3.1-flash-lite-image"])
def test_some_models_have_one_size(model: str) -> None:
    assert picture_size(Drawing(model, "", 2048, 2048)) == {"aspect_ratio": "1:1"}


# -- llmock -----------------------------------------------------------------------------------------------------------


def test_llmock_draws_as_dall_e_did_which_is_no_picture_any_more(llmock: LLMock, clean_environment: None) -> None:
    remote.clients.kept.clear()
    with pytest.raises(BadOutput, match="without a picture"):
        OpenAI("any-key", base_url=llmock.base_url("openai")).draw(drawing("openai"))
    assert len(llmock.requests) == 1
