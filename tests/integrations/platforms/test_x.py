"""X."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import AmbiguousOutcome, InvalidKey, Overloaded, RateLimited, Refused, Unsupported
from integrations.platforms.x import X
from integrations.platforms.x_text import comparable, has_link, weighted_length
from tests.integrations.platforms.contract import PICTURE, POST, Case, Contract, publish
from tests.integrations.platforms.x_stub import TOKEN, XStub, problem
from tests.integrations.stub_server import answer

CLIP = replace(PICTURE, name="clip.mp4", mime="video/mp4", seconds=2.0)


class TestX(Contract):
    case = Case(X, XStub, {"accessToken": TOKEN})

    def test_the_request_is_exactly_this(self, platform: X, stub: XStub) -> None:
        posted = publish(platform, replace(POST, made_with_ai=True, media=(PICTURE,)))
        (sent,) = stub.of("publish")
        ids = list(stub.files)
        assert (sent.method, sent.path) == ("POST", "/tweets")
        assert sent.json == {"text": POST.text, "media": {"media_ids": ids}, "made_with_ai": True}
        assert sent.headers["authorization"] == f"Bearer {TOKEN}"
        assert posted.url == f"https://x.com/i/status/{posted.remote_id}"

    def test_what_people_wrote_is_not_marked(self, platform: X, stub: XStub) -> None:
        publish(platform, POST)
        assert stub.of("publish")[0].json == {"text": POST.text}

    def test_a_video_goes_up_in_pieces_and_is_waited_for(self, platform: X, stub: XStub, monkeypatch: Any) -> None:
        monkeypatch.setattr("integrations.platforms.x_media.PIECE_BYTES", 20)
        stub.pending = 2
        publish(platform, replace(POST, media=(CLIP,)))
        assert [len(stub.of(one)) for one in ("initialize", "append", "finalize", "status")] == [1, 4, 1, 3]
        assert stub.published[0]["media"][0]["content"] == PICTURE.open().read()

    @pytest.mark.parametrize("step", ["initialize", "append", "finalize", "status", "describe", "check"])
    @pytest.mark.parametrize("kind", ["500", "drop", "accept_cut"])
    def test_each_step_before_is_repeated_without_harm(
        self, platform: X, stub: XStub, step: str, kind: str, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr("integrations.platforms.x_media.PIECE_BYTES", 30)
        stub.fail(step, kind)
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(replace(CLIP, alt="A clip"),))
        with pytest.raises(Overloaded):
            publish(platform, draft, prepared)
        assert stub.published == []
        publish(self.open(stub), draft, prepared)
        assert len(stub.published) == 1

    def test_a_file_that_is_refused_after_its_upload_is_told_and_forgotten(self, platform: X, stub: XStub) -> None:
        stub.file_fails = "InvalidMedia: odd codec"
        prepared: dict[str, Any] = {}
        with pytest.raises(Refused, match="odd codec"):
            publish(platform, replace(POST, media=(CLIP,)), prepared)
        stub.file_fails = ""
        publish(platform, replace(POST, media=(CLIP,)), prepared)
        assert len(stub.published) == 1

    def test_an_older_post_of_the_same_words_is_another(self, platform: X, stub: XStub) -> None:
        long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        stub.add(POST.text, created_at=long_ago)
        stub.fail("publish", "drop")
        prepared: dict[str, Any] = {}
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST, prepared)
        assert platform.look_up(POST, prepared) is None

    def test_a_list_that_does_not_go_back_far_enough_proves_nothing(self, platform: X, stub: XStub) -> None:
        stub.fail("publish", "drop")
        prepared: dict[str, Any] = {}
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST, prepared)
        for number in range(10):
            stub.add(f"Newer {number}")
        with pytest.raises(Unsupported, match="too many newer posts"):
            platform.look_up(POST, prepared)

    def test_a_duplicate_that_is_not_to_be_found_is_not_refused_on_a_repeat(self, platform: X, stub: XStub) -> None:
        stub.add(POST.text, created_at=(datetime.now(UTC) - timedelta(hours=1)).isoformat())
        with pytest.raises(Refused, match="same words"):
            publish(platform, POST)
        with pytest.raises(AmbiguousOutcome, match="not among the newest posts yet"):
            publish(platform, replace(POST, is_repeated=True))
        stub.fail("look_up", "500")
        with pytest.raises(AmbiguousOutcome):
            publish(platform, replace(POST, is_repeated=True))

    @pytest.mark.parametrize(
        "text",
        [
            "a & b < c",
            "see example.com now",
            "two https://a.example/x?a=1&b=2\n\nlines",
            "Ünï 日本 👨‍👩‍👧",
            "HTTP://Example.com/",
            "(see example.com), “https://a.example/”.",
        ],
    )
    def test_words_are_known_again(self, platform: X, stub: XStub, text: str) -> None:
        prepared: dict[str, Any] = {}
        draft = replace(POST, text=text, media=(PICTURE,))
        publish(platform, draft, prepared)
        assert platform.look_up(draft, prepared)

    def test_numbers(self, platform: X, stub: XStub) -> None:
        posted = publish(platform, POST)
        found = platform.metrics([posted.remote_id, "123"])
        assert found == {
            posted.remote_id: {"likes": 5, "reposts": 2, "replies": 1, "quotes": 0, "bookmarks": 3, "views": 90}
        }

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            (problem(403, "UsageCapExceeded", "Usage cap exceeded: Monthly", "usage-capped"), RateLimited, "credits"),
            (problem(429, "UsageCapExceeded", "Usage cap exceeded", "usage-capped"), RateLimited, "developer console"),
            (problem(403, "Forbidden", "Your account is suspended"), InvalidKey, "suspended"),
            (problem(400, "Invalid Request", "One or more parameters", "invalid-request"), Refused, "One or more"),
            (answer({"errors": [{"title": "Forbidden", "detail": "duplicate", "status": 403}]}), Refused, "duplicate"),
            (answer({"data": {"id": "7/../8"}}), AmbiguousOutcome, "published or not"),
            (answer({"data": {}}), AmbiguousOutcome, "published or not"),
        ],
    )
    def test_what_it_says(self, platform, stub, monkeypatch, reply, kind: type, words: str) -> None:
        healthy = stub.accept
        monkeypatch.setattr(stub, "accept", lambda step, seen: reply if step == "publish" else healthy(step, seen))
        with pytest.raises(kind, match=words):
            publish(platform, POST)


def test_what_a_post_costs() -> None:
    x = X({"accessToken": TOKEN})
    assert x.cost(replace(POST, text="no link")) == Decimal("0.015")
    assert x.cost(replace(POST, text="see example.com")) == Decimal("0.200")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5), ("日本語", 6), ("👨‍👩‍👧‍👦", 2), (f"see https://example.com/{'a' * 60}", 27), ("café", 4),
        ("cafe\u0301", 4), ("example.com text", 28), ("😀😀😀", 6), ("a b\n\nc", 6), ("x" * 600, 600),
        (f"https://a.example/{'q' * 900}", 23), ("", 0),
    ],
)  # fmt: skip
def test_it_counts_as_x_does(text: str, length: int) -> None:
    assert weighted_length(text) == length


def test_a_word_without_end_is_counted_in_time() -> None:
    assert weighted_length("a." * 100_000) == 200_000
    assert not has_link("a" * 1000)
    assert has_link("https://a.example/" + "b" * 1000)
    assert comparable("https://Example.com/a/") == comparable("Example.com/a")
