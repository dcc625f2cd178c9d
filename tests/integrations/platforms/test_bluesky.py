"""Bluesky against a server that checks what the real ones check."""

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
)
from integrations.platforms import bluesky_video
from integrations.platforms.base import Medium, Platform
from integrations.platforms.bluesky import Bluesky
from integrations.platforms.bluesky_text import SORTABLE, facets, mentioned, record_key
from tests.integrations.platforms.bluesky_stub import DID, HANDLE, PASSWORD, BlueskyStub, problem
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.stub_server import answer, html

ACCOUNT = {"handle": HANDLE, "appPassword": PASSWORD}
FAMILY = "👨‍👩‍👧‍👦"
VIDEO = Medium("reel.mp4", "video/mp4", 8, "A reel", 1280, 720, 3.0, open=lambda: io.BytesIO(b"notreal!"))


class TestBluesky(Contract):
    case = Case(Bluesky, BlueskyStub, ACCOUNT)

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_record_is_exactly_this(self, platform: Platform, stub: BlueskyStub) -> None:
        posted = publish(platform, POST)
        (sent,) = stub.of("publish")
        key = record_key(POST.created_at, POST.key)
        assert sent.method == "POST"
        assert sent.headers["authorization"] == "Bearer access-1"
        assert sent.json == {
            "repo": DID,
            "collection": "app.bsky.feed.post",
            "rkey": key,
            "swapRecord": None,
            "record": {
                "$type": "app.bsky.feed.post",
                "text": POST.text,
                "createdAt": "2026-11-28T09:30:00.000Z",
                "langs": ["en"],
                "facets": [
                    facet(36, 61, "link", uri="https://example.com/films"),
                    facet(62, 67, "tag", tag="film"),
                ],
            },
        }
        assert posted.remote_id == f"at://{DID}/app.bsky.feed.post/{key}"
        assert posted.url == f"https://bsky.app/profile/{DID}/post/{key}"

    def test_the_same_draft_is_the_same_record_for_another_process(self, platform: Platform, stub: BlueskyStub) -> None:
        prepared: dict[str, Any] = {}
        publish(platform, replace(POST, media=(PICTURE,)), prepared)
        prepared = json.loads(json.dumps(prepared))
        publish(self.open(stub), replace(POST, media=(PICTURE,)), prepared)
        first, second = stub.of("publish")
        assert first.json == second.json
        assert len(stub.of("upload")) == 1

    def test_pictures_have_their_shape_and_an_alt_text_even_where_it_is_empty(
        self, platform: Platform, stub: BlueskyStub
    ) -> None:
        publish(platform, replace(POST, media=(PICTURE, replace(PICTURE, alt="", width=0))))
        embed = stub.published[0]["embed"]
        assert embed["$type"] == "app.bsky.embed.images"
        assert [one["alt"] for one in embed["images"]] == ["A dot", ""]
        assert [one.get("aspectRatio") for one in embed["images"]] == [{"width": 1, "height": 1}, None]
        upload = stub.of("upload")[0]
        assert (upload.body, upload.headers["content-type"]) == (PIXEL, "image/png")

    def test_a_link_of_the_text_becomes_a_card(self, platform: Platform, stub: BlueskyStub) -> None:
        publish(platform, replace(POST, text=f"New: {POST.canonical_url}"))
        assert stub.published[0]["embed"] == {
            "$type": "app.bsky.embed.external",
            "external": {"uri": POST.canonical_url, "title": "Silent films", "description": "Every Friday."},
        }

    def test_mentions_are_looked_up_once_and_unknown_ones_stay_text(
        self, platform: Platform, stub: BlueskyStub
    ) -> None:
        draft, prepared = replace(POST, text="With @bob.example and @nobody.example"), {}
        publish(platform, draft, prepared)
        assert stub.published[0]["facets"] == [facet(5, 17, "mention", did="did:plc:bob2345")]
        publish(self.open(stub), draft, prepared)
        assert len(stub.of("resolve")) == 2

    def test_a_mention_that_cannot_be_looked_up_now_is_tried_again(self, platform: Platform, stub: BlueskyStub) -> None:
        stub.fail("resolve", "503")
        with pytest.raises(Overloaded):
            publish(platform, replace(POST, text="With @bob.example"))
        assert stub.published == []

    def test_old_uploads_are_made_again(self, platform: Platform, stub: BlueskyStub) -> None:
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(PICTURE,))
        platform.prepare(draft, prepared, prepared.update)
        next(iter(prepared["blobs"].values()))["at"] -= 3600
        platform.prepare(draft, prepared, prepared.update)
        assert len(stub.of("upload")) == 2

    # -- the place of a record ----------------------------------------------------------------------------------------

    def test_another_post_is_never_overwritten(self, platform: Platform, stub: BlueskyStub) -> None:
        publish(platform, POST)
        with pytest.raises(Refused, match="place of this one"):
            publish(self.open(stub), replace(POST, text="Quite another text"))
        assert [one["text"] for one in stub.published] == [POST.text]

    def test_what_was_planned_for_another_time_has_its_place_still(self, platform: Platform, stub: BlueskyStub) -> None:
        prepared: dict[str, Any] = {}
        first = publish(platform, POST, prepared)
        later = replace(POST, created_at=POST.created_at.replace(hour=10))
        assert self.open(stub).look_up(later, prepared) == first
        assert publish(self.open(stub), later, prepared) == first
        assert len(stub.published) == 1

    def test_a_taken_place_that_cannot_be_read_is_ambiguous(self, platform: Platform, stub: BlueskyStub) -> None:
        publish(platform, replace(POST, language=""))
        stub.fail("look_up", "500")
        with pytest.raises(AmbiguousOutcome):
            publish(self.open(stub), POST)

    def test_a_look_up_knows_both_ways_of_saying_no(self, platform: Platform, stub: BlueskyStub) -> None:
        assert platform.look_up(POST, {}) is None
        old = problem(400, "InvalidRequest", "Could not locate record: at://did:plc:x/y/z")
        stub._look_up = lambda seen: old  # type: ignore[method-assign]
        assert platform.look_up(POST, {}) is None

    def test_a_look_up_takes_no_other_text_for_this_one(self, platform: Platform, stub: BlueskyStub) -> None:
        publish(platform, POST)
        assert platform.look_up(replace(POST, text="Another"), {}) is None

    @pytest.mark.parametrize("body", [{}, {"value": []}, {"value": {"text": 1}}, []])
    def test_a_look_up_that_is_not_understood_is_no_answer(
        self, platform: Platform, stub: BlueskyStub, body: Any
    ) -> None:
        stub._look_up = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(BadOutput):
            platform.look_up(POST, {})

    @pytest.mark.parametrize("body", [{"error": "Oops"}, {"uri": "at://did:plc:other/x/y"}, {"uri": 1}, [], "ok"])
    def test_an_odd_answer_to_a_post_is_ambiguous(self, platform: Platform, stub: BlueskyStub, body: Any) -> None:
        stub._publish = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    # -- sessions -----------------------------------------------------------------------------------------------------

    def test_a_session_is_kept_and_used_by_another_process(self, platform: Platform, stub: BlueskyStub) -> None:
        platform.check()
        again = self.kept(stub, platform.session)
        publish(again, POST)
        again.check()
        assert len(stub.of("login")) == 1

    def test_a_token_that_is_over_is_renewed_and_the_post_is_there_once(
        self, platform: Platform, stub: BlueskyStub
    ) -> None:
        platform.check()
        stub.over.add("access-1")
        publish(platform, POST)
        assert len(stub.of("refresh")) == 1
        assert stub.of("refresh")[0].headers["authorization"] == "Bearer refresh-1"
        assert json.loads(platform.session)["refreshJwt"] == "refresh-2"
        assert len(stub.published) == len(stub.of("login")) == 1

    def test_a_token_that_ends_at_the_post_itself(self, platform: Platform, stub: BlueskyStub) -> None:
        stub.fail("publish", "expired")
        publish(platform, POST)
        assert (len(stub.of("publish")), len(stub.published)) == (2, 1)

    def test_where_renewing_is_refused_the_password_is_used(self, platform: Platform, stub: BlueskyStub) -> None:
        platform.check()
        stub.over |= {"access-1", "refresh-1"}
        platform.check()
        assert (len(stub.of("refresh")), len(stub.of("login"))) == (1, 2)

    def test_a_server_that_always_says_expired_is_not_asked_for_ever(
        self, platform: Platform, stub: BlueskyStub
    ) -> None:
        stub.fail("publish", *["expired"] * 9)
        with pytest.raises(InvalidKey):
            publish(platform, POST)
        assert len(stub.of("publish")) == 2

    def test_a_session_of_other_credentials_is_not_used(self, platform: Platform, stub: BlueskyStub) -> None:
        platform.check()
        other = self.kept(stub, platform.session, appPassword="wrong-one-here")
        with pytest.raises(InvalidKey):
            other.check()
        assert other.session == ""

    @pytest.mark.parametrize("session", ["{", "[]", '{"of": 1}', "null"])
    def test_a_broken_session_is_replaced(self, stub: BlueskyStub, session: str) -> None:
        assert self.kept(stub, session).check().remote_id == DID

    def test_a_pause_while_renewing_is_no_wrong_password(self, platform: Platform, stub: BlueskyStub) -> None:
        platform.check()
        stub.over.add("access-1")
        stub.fail("refresh", "limited")
        with pytest.raises(RateLimited):
            publish(platform, POST)
        assert len(stub.of("login")) == 1

    def test_a_handle_may_be_typed_with_its_at(self, stub: BlueskyStub) -> None:
        assert self.open(stub, handle=f" @{HANDLE} ").check().name == f"@{HANDLE}"

    @pytest.mark.parametrize("missing", ["handle", "appPassword"])
    def test_without_credentials_nothing_is_sent(self, stub: BlueskyStub, missing: str) -> None:
        with pytest.raises(InvalidKey, match="Enter both"):
            self.open(stub, **{missing: " "}).check()
        assert stub.seen == []

    # -- what it says -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("status", "code", "error", "words"),
        [
            (401, "AuthFactorTokenRequired", InvalidKey, "app password"),
            (401, "AccountTakedown", InvalidKey, "has shut this account"),
            (400, "AccountDeactivated", InvalidKey, "has shut this account"),
            (403, "Forbidden", Refused, "does not allow"),
            (502, "UpstreamFailure", Overloaded, "in trouble"),
            (404, "XRPCNotSupported", Refused, "refuses"),
        ],
    )
    def test_errors_at_the_door(
        self, platform: Platform, stub: BlueskyStub, status: int, code: str, error: type[Exception], words: str
    ) -> None:
        stub._login = lambda seen: problem(status, code, f"it is {PASSWORD}")  # type: ignore[method-assign]
        with pytest.raises(error, match=words) as caught:
            platform.check()
        assert PASSWORD not in str(caught.value)

    def test_tokens_are_not_repeated_in_errors(self, platform: Platform, stub: BlueskyStub) -> None:
        platform.check()
        stub._check = lambda seen: problem(400, "Odd", "access-1 and refresh-1")  # type: ignore[method-assign]
        with pytest.raises(Refused) as caught:
            platform.check()
        assert "access-1" not in str(caught.value)
        assert "refresh-1" not in str(caught.value)

    def test_an_account_that_is_not_active(self, platform: Platform, stub: BlueskyStub) -> None:
        stub.active = False
        with pytest.raises(InvalidKey, match="takendown"):
            platform.check()

    @pytest.mark.parametrize("reply", [html(), answer({}), answer({"error": "no"}), answer([])])
    def test_a_server_that_is_none(self, platform: Platform, stub: BlueskyStub, reply: Any) -> None:
        stub._login = lambda seen: reply  # type: ignore[method-assign]
        with pytest.raises(BadOutput, match="address"):
            platform.check()

    @pytest.mark.parametrize("url", ["pds.example", "ftp://pds.example", "https://", "https://a:b@pds.example"])
    def test_bad_addresses(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            Bluesky(ACCOUNT, base_url=url).check()

    def test_a_private_address_is_refused(self, stub: BlueskyStub) -> None:
        with pytest.raises(AddressRefused):
            Bluesky(ACCOUNT, base_url=stub.url).check()
        assert stub.seen == []

    def test_without_an_address_it_is_bluesky_itself(self) -> None:
        assert Bluesky(ACCOUNT).root == "https://bsky.social"

    # -- videos -------------------------------------------------------------------------------------------------------

    def test_a_video_goes_by_its_own_host(self, films: Bluesky, stub: BlueskyStub) -> None:
        stub.pending = 2
        publish(films, replace(POST, media=(VIDEO,)))
        embed = stub.published[0]["embed"]
        assert embed["$type"] == "app.bsky.embed.video"
        assert (embed["alt"], embed["aspectRatio"]) == ("A reel", {"width": 1280, "height": 720})
        assert embed["video"]["mimeType"] == "video/mp4"
        (sent,) = stub.of("video")
        assert sent.body == b"notreal!"
        assert sent.headers["content-length"] == "8"
        assert "authorization" not in stub.of("job")[0].headers

    def test_a_video_that_takes_long_is_gone_on_with(
        self, films: Bluesky, stub: BlueskyStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bluesky_video, "LONGEST_WAIT", -1)
        stub.pending = 1
        prepared: dict[str, Any] = {}
        with pytest.raises(Overloaded, match="still working"):
            publish(films, replace(POST, media=(VIDEO,)), prepared)
        publish(films, replace(POST, media=(VIDEO,)), prepared)
        assert (len(stub.of("video")), len(stub.published)) == (1, 1)

    def test_a_video_that_is_there_already(self, films: Bluesky, stub: BlueskyStub) -> None:
        publish(films, replace(POST, media=(VIDEO,)))
        publish(films, replace(POST, key="another1", media=(VIDEO,)))
        assert (len(stub.of("video")), len(stub.published)) == (2, 2)

    def test_a_video_that_cannot_be_used(self, films: Bluesky, stub: BlueskyStub) -> None:
        stub.job_fails = "Video is too short"
        prepared: dict[str, Any] = {}
        with pytest.raises(Refused, match="too short"):
            publish(films, replace(POST, media=(VIDEO,)), prepared)
        stub.job_fails = ""
        publish(films, replace(POST, media=(VIDEO,)), prepared)
        assert len(stub.of("video")) == 2

    def test_a_job_that_is_forgotten_is_begun_anew(self, films: Bluesky, stub: BlueskyStub) -> None:
        prepared: dict[str, Any] = {"blobs": {f"{POST.key}:0": {"job": "forgotten"}}}
        with pytest.raises(Overloaded):
            publish(films, replace(POST, media=(VIDEO,)), prepared)
        publish(films, replace(POST, media=(VIDEO,)), prepared)
        assert len(stub.published) == 1

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def test_numbers_come_25_posts_at_a_time(self, platform: Platform, stub: BlueskyStub) -> None:
        posted = publish(platform, POST)
        gone = [f"at://{DID}/app.bsky.feed.post/gone{number}" for number in range(30)]
        found = platform.metrics([*gone, posted.remote_id])
        assert found == {posted.remote_id: {"likes": 5, "reposts": 2, "replies": 1, "quotes": 0, "bookmarks": 3}}
        assert len(stub.of("metrics")) == 2

    def test_something_that_is_no_post_is_not_deleted(self, platform: Platform, stub: BlueskyStub) -> None:
        with pytest.raises(Refused):
            platform.delete("https://bsky.app/profile/x/post/y")
        assert stub.seen == []

    # -- counting -----------------------------------------------------------------------------------------------------

    def test_graphemes_are_counted(self, platform: Platform) -> None:
        text = f"{FAMILY}é🇩🇪"
        assert (platform.count(text), len(text), len(text.encode())) == (3, 10, 35)

    def test_bytes_are_a_limit_of_their_own(self, platform: Platform) -> None:
        assert platform.problems(replace(POST, text=FAMILY * 120)) == []
        (problem_,) = platform.problems(replace(POST, text=FAMILY * 121))
        assert "3,025 bytes" in problem_

    def test_files_are_told_before(self, platform: Platform) -> None:
        assert platform.problems(replace(POST, media=(replace(PICTURE, size=1_000_000),)))
        assert platform.problems(replace(POST, media=(PICTURE,) * 5))
        assert platform.problems(replace(POST, media=(PICTURE, VIDEO)))
        assert platform.problems(replace(POST, media=(replace(VIDEO, mime="video/webm"),)))

    # -- fixtures -----------------------------------------------------------------------------------------------------

    @pytest.fixture
    def films(self, stub: BlueskyStub, monkeypatch: pytest.MonkeyPatch) -> Bluesky:
        monkeypatch.setattr(bluesky_video, "POLL_SECONDS", 0.01)
        return Bluesky(ACCOUNT, base_url=stub.url, allow_hosts=["127.0.0.1"], video_url=stub.url)

    def kept(self, stub: BlueskyStub, session: str, **changes: str) -> Bluesky:
        return Bluesky(ACCOUNT | changes, base_url=stub.url, allow_hosts=["127.0.0.1"], session=session)


def facet(start: int, end: int, kind: str, **value: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **value}],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.com.", [(4, 23, "https://example.com")]),
        ("(https://example.com/a)", [(1, 22, "https://example.com/a")]),
        ("https://example.com/a_(b)", [(0, 25, "https://example.com/a_(b)")]),
        ("日本 https://example.com/é?x=1#y!", [(7, 35, "https://example.com/é?x=1#y")]),
        ("xhttps://example.com https://", []),
        ("#one #2 #２ #drei! ##four a#b", [(0, 4, "one"), (13, 18, "drei"), (20, 26, "#four")]),
        (f"#{'a' * 64} #{'b' * 65}", [(0, 65, "a" * 64)]),
        ("#👍 ＃全角", [(0, 5, "👍"), (6, 15, "全角")]),
        ("@bob.example, @Bob.Example a@bob.example @bob", [(0, 12, "did:b"), (14, 26, "did:b")]),
    ],
)
def test_facets_are_bytes(text: str, expected: list[tuple[int, int, str]]) -> None:
    found = facets(text, {"bob.example": "did:b"})
    plain = [
        (
            one["index"]["byteStart"],
            one["index"]["byteEnd"],
            next(v for k, v in one["features"][0].items() if k != "$type"),
        )
        for one in found
    ]
    assert plain == expected


def test_handles_of_a_text() -> None:
    assert mentioned("@a.example (@B.example) @a.example x@c.example @d") == ["a.example", "b.example"]


def test_record_keys_are_tids() -> None:
    key = record_key(POST.created_at, POST.key)
    number = 0
    for sign in key:
        number = number << 5 | SORTABLE.index(sign)
    assert len(key) == 13
    assert number >> 63 == 0
    assert datetime.fromtimestamp((number >> 10) // 1_000_000, UTC) == POST.created_at
    assert record_key(POST.created_at, POST.key) == key
    assert record_key(POST.created_at + timedelta(seconds=1), POST.key) > key


def test_record_keys_of_one_minute_differ() -> None:
    assert len({record_key(POST.created_at, f"key{number}") for number in range(5000)}) == 5000


def test_record_keys_stay_the_same_for_ever() -> None:
    """Posts that were sent by an older version are looked up under their keys."""
    assert record_key(POST.created_at, POST.key) == "3n3efd3wddwwl"
