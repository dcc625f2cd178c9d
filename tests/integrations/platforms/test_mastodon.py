"""Mastodon against an instance that checks what the real ones check."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.errors import (
    AddressRefused,
    AmbiguousOutcome,
    BadOutput,
    InvalidKey,
    Overloaded,
    RateLimited,
    Refused,
    Unsupported,
)
from integrations.platforms import mastodon_media
from integrations.platforms.base import Limits, Medium, Platform
from integrations.platforms.mastodon import Mastodon
from integrations.platforms.mastodon_text import comparable, length, words_of
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.platforms.mastodon_stub import TOKEN, MastodonStub, problem, rendered
from tests.integrations.stub_server import answer, html

VIDEO = Medium("reel.mp4", "video/mp4", 8, "A reel", 1280, 720, 3.0, open=lambda: io.BytesIO(b"notreal!"))
LONG = "https://www.example.com/a/very/long/address/that/goes/on?and=on&on=1#there"


class TestMastodon(Contract):
    case = Case(Mastodon, MastodonStub, {"accessToken": TOKEN})

    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mastodon_media, "POLL_SECONDS", 0.01)

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: Platform, stub: MastodonStub) -> None:
        posted = publish(platform, POST)
        (sent,) = stub.of("publish")
        assert (sent.method, sent.path) == ("POST", "/api/v1/statuses")
        assert sent.headers["authorization"] == f"Bearer {TOKEN}"
        assert sent.headers["idempotency-key"] == POST.key
        assert sent.headers["content-type"] == "application/json"
        assert sent.json == {"status": POST.text, "visibility": "public", "language": "en"}
        assert posted.remote_id == stub.published[0]["id"]
        assert posted.url == f"{stub.url}/@ann/{posted.remote_id}"

    def test_no_language_is_sent_where_none_is_known(self, platform: Platform, stub: MastodonStub) -> None:
        publish(platform, replace(POST, language=""))
        assert "language" not in stub.of("publish")[0].json

    def test_the_same_key_is_one_post_and_another_key_another(self, platform: Platform, stub: MastodonStub) -> None:
        first = publish(platform, POST)
        assert publish(self.open(stub), POST) == first
        assert publish(self.open(stub), replace(POST, key="another1")) != first
        assert len(stub.published) == 2

    def test_files_are_sent_with_what_they_show(self, platform: Platform, stub: MastodonStub) -> None:
        publish(platform, replace(POST, media=(PICTURE, replace(PICTURE, alt=""))))
        first, second = stub.of("upload")
        assert b'name="file"; filename="dot.png"\r\nContent-Type: image/png\r\n\r\n' + PIXEL in first.body
        assert b'name="description"\r\n\r\nA dot\r\n' in first.body
        assert b"description" not in second.body
        assert stub.of("publish")[0].json["media_ids"] == list(stub.files)
        assert stub.of("poll") == []

    # -- files that take a while --------------------------------------------------------------------------------------

    def test_a_file_is_waited_for(self, platform: Platform, stub: MastodonStub) -> None:
        stub.pending = 2
        publish(platform, replace(POST, media=(VIDEO,)))
        assert (len(stub.of("poll")), len(stub.published)) == (3, 1)

    def test_a_file_that_takes_too_long_is_gone_on_with(
        self, platform: Platform, stub: MastodonStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mastodon_media, "LONGEST_WAIT", -1)
        stub.pending = 1
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(VIDEO,))
        with pytest.raises(Overloaded, match="still working"):
            publish(platform, draft, prepared)
        publish(self.open(stub), draft, json.loads(json.dumps(prepared)))
        assert (len(stub.of("upload")), len(stub.published)) == (1, 1)

    def test_a_file_that_cannot_be_used(self, platform: Platform, stub: MastodonStub) -> None:
        stub.pending, stub.file_fails = 1, True
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(VIDEO,))
        with pytest.raises(Refused, match="Error processing"):
            publish(platform, draft, prepared)
        stub.pending, stub.file_fails = 0, False
        publish(platform, draft, prepared)
        assert len(stub.of("upload")) == 2

    def test_a_file_that_a_post_has_already_is_no_failure(self, platform: Platform, stub: MastodonStub) -> None:
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(PICTURE,))
        first = publish(platform, draft, prepared)
        prepared["media"][f"{POST.key}:0"]["ready"] = False
        assert publish(platform, draft, prepared) == first
        assert len(stub.published) == 1

    def test_files_of_yesterday_are_uploaded_again(self, platform: Platform, stub: MastodonStub) -> None:
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(PICTURE,))
        platform.prepare(draft, prepared, prepared.update)
        prepared["media"][f"{POST.key}:0"]["at"] -= 13 * 3600
        publish(platform, draft, prepared)
        assert len(stub.of("upload")) == 2

    # -- looking up ---------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "text",
        [
            POST.text,
            f"Look: {LONG}",
            "Two\n\nparagraphs\nand a line, <b> & \"quotes\" 'too'",
            "With @bob@other.example and #film  two spaces ",
            "e\u0301 and é 👍🏽",
        ],
    )
    def test_a_post_is_known_by_its_text(self, platform: Platform, stub: MastodonStub, text: str) -> None:
        draft, prepared = replace(POST, text=text), {}
        posted = publish(platform, draft, prepared)
        stub.add("Something else, later")
        assert self.open(stub).look_up(draft, prepared) == posted

    def test_a_post_is_known_by_its_files(self, platform: Platform, stub: MastodonStub) -> None:
        draft, prepared = replace(POST, text="", media=(PICTURE,)), {}
        posted = publish(platform, draft, prepared)
        stub.add("", [{"id": "1", "type": "image"}])
        assert platform.look_up(draft, prepared) == posted
        stub.published = stub.published[1:]
        assert platform.look_up(draft, prepared) is None

    def test_the_same_words_with_a_picture_are_another_post(self, platform: Platform, stub: MastodonStub) -> None:
        stub.add(POST.text, [{"id": "1", "type": "image"}])
        assert platform.look_up(POST, self.since(stub)) is None

    def test_the_same_words_from_before_are_another_post(self, platform: Platform, stub: MastodonStub) -> None:
        stub.now = datetime.now(UTC) - timedelta(minutes=3)
        stub.add(POST.text)
        assert platform.look_up(POST, self.since(stub)) is None
        assert platform.look_up(replace(POST, created_at=stub.now), {}) is not None

    def test_clocks_may_differ_a_little(self, platform: Platform, stub: MastodonStub) -> None:
        stub.now = datetime.now(UTC) - timedelta(seconds=100)
        stub.add(POST.text)
        assert platform.look_up(POST, self.since(stub)) is not None

    def test_more_than_one_page_is_read(self, platform: Platform, stub: MastodonStub) -> None:
        prepared = self.since(stub)
        posted = publish(platform, POST, prepared)
        for number in range(100):
            stub.add(f"Number {number}")
        found = platform.look_up(POST, prepared)
        assert found == posted
        assert len(stub.of("look_up")) == 3
        assert "limit=40" in stub.of("look_up")[0].path
        assert "exclude_reblogs=true" in stub.of("look_up")[0].path

    def test_too_many_posts_since_are_for_a_person(self, platform: Platform, stub: MastodonStub) -> None:
        for number in range(201):
            stub.add(f"Number {number}")
        with pytest.raises(Unsupported, match="more than 200 posts"):
            platform.look_up(POST, self.since(stub))

    @pytest.mark.parametrize("body", [{}, ["x"], [{"id": "1"}], [{"id": "1", "content": "", "created_at": "today"}]])
    def test_a_look_up_that_is_not_understood_is_no_answer(
        self, platform: Platform, stub: MastodonStub, body: Any
    ) -> None:
        stub._statuses = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(BadOutput):
            platform.look_up(POST, self.since(stub))

    def test_a_look_up_that_has_to_wait_says_nothing(self, platform: Platform, stub: MastodonStub) -> None:
        stub.fail("look_up", "limited")
        with pytest.raises(RateLimited):
            platform.look_up(POST, self.since(stub))

    @pytest.mark.parametrize("body", [{"error": "Oops"}, {"id": None}, {"id": "../x"}, [], "ok"])
    def test_an_odd_answer_to_a_post_is_ambiguous(self, platform: Platform, stub: MastodonStub, body: Any) -> None:
        stub._publish = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    def test_an_address_that_is_none_is_left_out(self, platform: Platform, stub: MastodonStub) -> None:
        stub._publish = lambda seen: answer({"id": "5", "url": None, "uri": "tag:x"})  # type: ignore[method-assign]
        assert publish(platform, POST).url == ""

    # -- check --------------------------------------------------------------------------------------------------------

    def test_check_brings_the_limits_of_the_instance(self, platform: Platform, stub: MastodonStub) -> None:
        stub.configuration["statuses"] = {
            "max_characters": 5000, "max_media_attachments": 6, "characters_reserved_per_url": 30,
        }  # fmt: skip
        profile = platform.check()
        assert (profile.remote_id, profile.name) == ("7", "@ann@mastodon.example")
        assert profile.limits == Limits(
            text=5000, images=6, videos=1, image_bytes=16_777_216, video_bytes=103_809_024, url_length=30,
            kinds=("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "video/mp4"),
        )  # fmt: skip
        stored = Limits.from_json(json.loads(json.dumps(profile.limits.as_json())))
        later = Mastodon({"accessToken": TOKEN}, base_url=stub.url, limits=stored)
        assert later.count("https://example.com") == 30
        assert later.problems(replace(POST, text="a" * 5000)) == []

    @pytest.mark.parametrize("odd", [{}, {"statuses": {"max_characters": "many"}}, {"statuses": None}, None, []])
    def test_limits_that_are_not_said_are_the_usual_ones(
        self, platform: Platform, stub: MastodonStub, odd: Any
    ) -> None:
        stub.configuration = odd
        assert platform.check().limits == Mastodon.limits

    def test_an_address_without_mastodon(self, platform: Platform, stub: MastodonStub) -> None:
        platform.base_url += "/somewhere"
        with pytest.raises(Refused, match="There is no Mastodon"):
            platform.check()

    @pytest.mark.parametrize("reply", [html(), answer({}), answer({"error": "no"}), answer([])])
    def test_a_server_that_is_none(self, platform: Platform, stub: MastodonStub, reply: Any) -> None:
        stub.accept = lambda step, seen: reply  # type: ignore[method-assign]
        with pytest.raises(BadOutput, match="address"):
            platform.check()

    @pytest.mark.parametrize(
        "url", ["", "mastodon.example", "ftp://mastodon.example", "https://", "https://a:b@mastodon.example"]
    )
    def test_bad_addresses(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            Mastodon({"accessToken": TOKEN}, base_url=url).check()

    def test_a_private_address_is_refused(self, stub: MastodonStub) -> None:
        with pytest.raises(AddressRefused):
            Mastodon({"accessToken": TOKEN}, base_url=stub.url).check()
        assert stub.seen == []

    @pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "тoken"])
    def test_a_token_that_is_none_is_not_sent(self, stub: MastodonStub, token: str) -> None:
        with pytest.raises(InvalidKey, match="Preferences"):
            self.open(stub, accessToken=token).check()
        assert stub.seen == []

    def test_a_token_may_be_pasted_with_spaces(self, stub: MastodonStub) -> None:
        assert self.open(stub, accessToken=f" {TOKEN}\n").check().name

    # -- what it says -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("status", "said", "error", "words"),
        [
            (403, "This action is outside the authorized scopes", InvalidKey, "write:statuses"),
            (403, "Your login is currently disabled", Refused, "currently disabled"),
            (401, "The access token was revoked", InvalidKey, "Enter them anew"),
            (404, "Record not found", Refused, "Record not found"),
            (422, "Validation failed: Text can't be blank", Refused, "can't be blank"),
            (503, "Remote SSL certificate", AmbiguousOutcome, "may be published or not"),
        ],
    )
    def test_errors_of_a_post(
        self, platform: Platform, stub: MastodonStub, status: int, said: str, error: type[Exception], words: str
    ) -> None:
        stub._publish = lambda seen: problem(status, f"{said} {TOKEN}")  # type: ignore[method-assign]
        with pytest.raises(error, match=words) as caught:
            publish(platform, POST)
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry_After": "300", "X_RateLimit_Reset": "1"}, 300),
            ({"X_RateLimit_Reset": "2001-01-01T00:00:00Z"}, 1),
            ({"X_RateLimit_Reset": "soon"}, 60),
            ({}, 60),
        ],
    )
    def test_how_long_to_wait(
        self, platform: Platform, stub: MastodonStub, headers: dict[str, str], seconds: float
    ) -> None:
        stub._publish = lambda seen: problem(429, "Too many requests", **headers)  # type: ignore[method-assign]
        with pytest.raises(RateLimited) as caught:
            publish(platform, POST)
        assert caught.value.retry_after == seconds

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def test_numbers_of_the_posts_that_are_there(self, platform: Platform, stub: MastodonStub) -> None:
        posted = publish(platform, POST)
        found = platform.metrics([posted.remote_id, "404", "../accounts"])
        assert found == {posted.remote_id: {"likes": 5, "reposts": 2, "replies": 1, "quotes": 0}}

    def test_an_older_instance_counts_no_quotes(self, platform: Platform, stub: MastodonStub) -> None:
        status = stub.add("Old")
        del status["quotes_count"]
        assert platform.metrics([status["id"]]) == {status["id"]: {"likes": 5, "reposts": 2, "replies": 1}}

    def test_something_that_is_no_post_is_not_deleted(self, platform: Platform, stub: MastodonStub) -> None:
        with pytest.raises(Refused):
            platform.delete("../statuses/1")
        assert stub.seen == []

    def test_files_are_told_before(self, platform: Platform) -> None:
        assert platform.problems(replace(POST, media=(PICTURE,) * 5))
        assert platform.problems(replace(POST, media=(PICTURE, VIDEO)))
        assert platform.problems(replace(POST, media=(replace(PICTURE, size=17_000_000),)))
        assert platform.problems(replace(POST, media=(replace(PICTURE, mime="image/avif"),)))

    def since(self, stub: MastodonStub) -> dict[str, Any]:
        return {"since": datetime.now(UTC).isoformat()}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 3),
        ("👨‍👩‍👧‍👦é🇩🇪", 3),
        ("see https://example.com", 27),
        (f"see {LONG}", 27),
        ("https://example.com/a_(b)_c, and", 28),
        ("https://example.com/films. Next", 29),
        ("(https://example.com/)", 25),
        ("https://例え.テスト/日本語?x=日", 23),
        ("example.com has no scheme", 25),
        ("https://localhost/x", 19),
        ("xhttps://example.com", 20),
        ("@ann@mastodon.example hi", 7),
        ("@ann@mastodon.example, @bob.b@other.example:", 13),
        ("a@mail.example b", 16),
        ("https://mastodon.example/@ann@other.example", 23),
    ],
)
def test_counting(text: str, count: int) -> None:
    assert length(text, 23) == count


def test_counting_an_endless_link_takes_no_time() -> None:
    assert length("https://example.com/" + "((" * 20_000, 23) > 20_000


@pytest.mark.parametrize(
    "text", ["a\nb\n\nc", f"x {LONG} y", "& < > \" '", "#film @bob@other.example", "<p>not a tag</p>"]
)
def test_html_is_read_back(text: str) -> None:
    assert comparable(words_of(rendered(text))) == comparable(text)
