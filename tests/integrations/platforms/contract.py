"""The promise of integrations/platforms/base.py, held against a platform and its stub. One class a platform:

class TestBluesky(Contract):
    case = Case(Bluesky, BlueskyStub, {"handle": "ann.example", "appPassword": "abcd-efgh"})
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.errors import (
    AmbiguousOutcome,
    InvalidKey,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Unreachable,
    Unsupported,
)
from integrations.platforms import platforms, remote
from integrations.platforms.base import Delivery, Draft, Medium, Platform, Posted
from tests.integrations.platforms.stubs import ACCEPTED, PlatformStub, serving

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)
PICTURE = Medium("dot.png", "image/png", len(PIXEL), "A dot", 1, 1, open=lambda: io.BytesIO(PIXEL))
POST = Draft(
    key="01m8g0dv730b6j7sh8pbsvckjb",
    created_at=datetime(2026, 11, 28, 9, 30, tzinfo=UTC),
    text="Silent films, every Friday at nine: https://example.com/films #film",
    title="Silent films",
    html="<p>Every Friday at <strong>nine</strong>.</p>",
    excerpt="Every Friday.",
    slug="silent-films",
    canonical_url="https://blog.example/silent-films",
    tags=("Film", "Silent"),
    language="en",
)


@dataclass
class Case:
    """A platform under test. where says how its stub is reached: by base_url, or as the operator's other address."""

    platform: type[Platform]
    stub: type[PlatformStub]
    credentials: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)
    post: Draft = POST  # what it takes
    picture: Medium = PICTURE


def publish(platform: Platform, draft: Draft, prepared: dict[str, Any] | None = None) -> Posted:
    """Both parts, as the room does them."""
    prepared = {} if prepared is None else prepared
    platform.prepare(draft, prepared, prepared.update)
    return platform.publish(draft, prepared)


class Contract:
    """What holds for every platform."""

    case: Case

    @pytest.fixture(autouse=True)
    def quick(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that says nothing is given up soon, where a test has one; others have time on a busy machine."""
        kind = getattr(request.node, "callspec", None) and request.node.callspec.params.get("kind")
        seconds = 0.8 if kind in ("hang", "accept_hang") else 5.0
        monkeypatch.setattr(remote, "CALL_SECONDS", seconds)
        monkeypatch.setattr(remote, "UPLOAD_SECONDS", seconds)

    @pytest.fixture
    def stub(self) -> Iterator[PlatformStub]:
        with serving(self.case.stub()) as stub:
            yield stub

    @pytest.fixture
    def platform(self, stub: PlatformStub) -> Platform:
        return self.open(stub)

    def open(self, stub: PlatformStub, **changes: str) -> Platform:
        """A new object of the account, as another process would have it."""
        credentials = {name: value.replace("{url}", stub.url) for name, value in self.case.credentials.items()}
        return self.case.platform(
            credentials | changes, base_url=stub.url, allow_hosts=["127.0.0.1"], **self.case.options
        )

    def test_it_is_in_the_table(self) -> None:
        assert platforms.get(self.case.platform.name) is self.case.platform
        assert set(self.case.credentials) <= {one.name for one in self.case.platform.credentials}

    def test_check_says_whose_account_it_is_and_publishes_nothing(self, platform: Platform, stub: PlatformStub) -> None:
        profile = platform.check()
        assert profile.name
        assert stub.published == []

    def test_one_publication_is_one_post(self, platform: Platform, stub: PlatformStub) -> None:
        posted = publish(platform, self.case.post)
        assert len(stub.published) == 1
        assert posted.remote_id or not platform.can_delete
        assert posted.url == "" or posted.url.startswith(("http://", "https://"))

    def test_a_picture_goes_with_it_with_its_alt_text(self, platform: Platform, stub: PlatformStub) -> None:
        if platform.holds.images == 0:
            assert platform.problems(replace(self.case.post, media=(self.case.picture,)))
            return
        publish(platform, replace(self.case.post, media=(self.case.picture,)))
        assert len(stub.published) == 1
        assert "A dot" in str(stub.published) or self.case.platform.name in NO_ALT

    def test_what_it_mixes_it_takes_as_many_of_as_of_pictures(self, platform: Platform) -> None:
        most = platform.holds.images
        if not (platform.holds.videos and most):
            return
        clip = replace(self.case.picture, name="clip.mp4", mime="video/mp4")
        mixed = " ".join(platform.problems(replace(self.case.post, media=(PICTURE, clip))))
        assert ("not both" in mixed) is not platform.mixes_media
        many = platform.problems(replace(self.case.post, media=(*[self.case.picture] * most, clip)))
        assert any(f"at most {most} files" in one or "not both" in one for one in many)

    @pytest.mark.parametrize("kind", ACCEPTED)
    def test_an_answer_that_is_lost_is_ambiguous_and_the_post_is_there_once(
        self, platform: Platform, stub: PlatformStub, kind: str
    ) -> None:
        stub.fail("publish", kind)
        prepared: dict[str, Any] = {}
        with pytest.raises(AmbiguousOutcome) as caught:
            publish(platform, self.case.post, prepared)
        assert str(caught.value).endswith(".")
        assert len(stub.published) == 1
        again = self.open(stub)
        if platform.can_look_up:
            assert again.look_up(self.case.post, prepared) is not None
        if platform.delivery == Delivery.IDEMPOTENT:
            publish(again, self.case.post, prepared)
        assert len(stub.published) == 1

    @pytest.mark.parametrize("kind", ["hang", "drop", "500", "503"])
    def test_silence_is_ambiguous_although_nothing_was_published(
        self, platform: Platform, stub: PlatformStub, kind: str
    ) -> None:
        stub.fail("publish", kind)
        prepared: dict[str, Any] = {}
        with pytest.raises(AmbiguousOutcome):
            publish(platform, self.case.post, prepared)
        assert stub.published == []
        again = self.open(stub)
        if platform.can_look_up:
            assert again.look_up(self.case.post, prepared) is None
        if platform.delivery == Delivery.IDEMPOTENT:
            publish(again, self.case.post, prepared)
            assert len(stub.published) == 1

    def test_only_what_cannot_be_looked_up_or_repeated_is_blind(self, platform: Platform) -> None:
        assert platform.can_look_up or platform.delivery != Delivery.TWO_STEP
        if not platform.can_look_up:
            with pytest.raises(Unsupported):
                platform.look_up(self.case.post, {})

    def test_a_limit_says_when_to_come_back(self, platform: Platform, stub: PlatformStub) -> None:
        stub.fail("publish", "limited")
        with pytest.raises(RateLimited) as caught:
            publish(platform, self.case.post)
        assert caught.value.retry_after == pytest.approx(7, abs=2)
        assert stub.published == []

    def test_a_refusal_is_permanent_with_the_platforms_words(self, platform: Platform, stub: PlatformStub) -> None:
        stub.fail("publish", "refused")
        with pytest.raises(PermanentError) as caught:
            publish(platform, self.case.post)
        assert platform.label in str(caught.value)
        assert stub.published == []

    def test_credentials_that_do_not_hold_are_told_and_never_shown(
        self, platform: Platform, stub: PlatformStub
    ) -> None:
        stub.valid = False
        with pytest.raises(InvalidKey) as caught:
            platform.check()
        with pytest.raises(InvalidKey) as also:
            publish(platform, self.case.post)
        for secret in self.case.credentials.values():
            assert len(secret) < 4 or secret not in f"{caught.value}{also.value}"
        assert stub.published == []

    def test_no_server_means_that_nothing_was_sent(self) -> None:
        with serving(self.case.stub()) as stub:
            platform = self.open(stub)
        with pytest.raises(Unreachable):
            publish(platform, self.case.post)

    @pytest.mark.parametrize("kind", ["hang", "drop", "500", "accept_html", "accept_empty"])
    def test_a_check_that_gets_no_answer_is_an_error_of_ours(
        self, platform: Platform, stub: PlatformStub, kind: str
    ) -> None:
        stub.fail("check", kind).fail("login", kind)
        with pytest.raises(OutsideError) as caught:
            platform.check()
        assert not isinstance(caught.value, AmbiguousOutcome)

    def test_an_upload_that_fails_publishes_nothing_and_is_repeated(
        self, platform: Platform, stub: PlatformStub
    ) -> None:
        draft = replace(self.case.post, media=(self.case.picture,))
        stub.fail("upload", "500")
        prepared: dict[str, Any] = {}
        try:
            publish(platform, draft, prepared)
        except Overloaded:
            assert stub.published == []
            publish(self.open(stub), draft, prepared)
        assert platform.holds.images == 0 or len(stub.published) == 1

    def test_it_is_taken_off_again(self, platform: Platform, stub: PlatformStub) -> None:
        posted = publish(platform, self.case.post)
        if not platform.can_delete:
            with pytest.raises(Unsupported):
                platform.delete(posted.remote_id)
            return
        platform.delete(posted.remote_id)
        assert stub.published == []
        platform.delete(posted.remote_id)  # gone already: fine

    def test_too_long_a_text_is_told_before(self, platform: Platform) -> None:
        if platform.holds.text is None:
            return
        fits, too_long = "a" * platform.holds.text, "a" * (platform.holds.text + 1)
        assert platform.problems(replace(self.case.post, text=fits)) == []
        assert "1 too many" in " ".join(platform.problems(replace(self.case.post, text=too_long)))

    def test_an_empty_post_is_told_before(self, platform: Platform) -> None:
        assert platform.problems(replace(self.case.post, text=" ", title="", html="", media=()))

    def test_what_it_says_of_itself_fits_together(self, platform: Platform) -> None:
        assert platform.label
        assert platform.credentials
        for ability in ("can_look_up", "can_delete", "can_update"):
            method = {"can_look_up": "look_up", "can_delete": "delete", "can_update": "update"}[ability]
            has_method = getattr(type(platform), method) is not getattr(Platform, method)
            assert has_method or not getattr(platform, ability)
            assert has_method == getattr(platform, ability) or ability in vars(platform)  # it depends on the account

    def test_a_post_follows_another_where_the_platform_can(self, platform: Platform, stub: PlatformStub) -> None:
        first = publish(platform, self.case.post)
        follow = replace(
            self.case.post, key="01m8g0dv730b6j7sh8pbsvckkk", text="And then", media=(), reply_to=first.remote_id or "1"
        )
        if not platform.can_reply:
            assert platform.takes_articles or any("cannot follow" in one for one in platform.problems(follow))
            return
        assert platform.problems(follow) == []
        prepared: dict[str, Any] = {}
        second = publish(self.open(stub), follow, prepared)
        assert len(stub.published) == 2
        assert stub.parent_of(stub.published[1]) == first.remote_id
        if platform.can_look_up:
            there = platform.look_up(follow, prepared)
            assert there is not None
            assert there.remote_id in (second.remote_id, "")

    def test_a_post_that_is_repeated_and_there_is_there_once(self, platform: Platform, stub: PlatformStub) -> None:
        """Also where somebody sends it again before the platform's list shows it."""
        prepared: dict[str, Any] = {}
        publish(platform, self.case.post, prepared)
        if not stub.refuses_duplicates:
            return
        with pytest.raises(PermanentError):
            publish(self.open(stub), self.case.post, dict(prepared))
        again = publish(self.open(stub), replace(self.case.post, is_repeated=True), prepared)
        assert again.remote_id
        assert len(stub.published) == 1


class SecretAddress(Contract):
    """The contract of a platform whose address is the secret: `token` stands in it."""

    token: str

    def test_the_address_is_in_no_error_and_no_log(self, stub: PlatformStub, caplog: Any, capsys: Any) -> None:
        caplog.set_level("DEBUG")
        stub.fail("publish", "500", "503", "drop", "limited", "expired", "refused", "accept_html", "accept_cut")
        told = []
        for _each in range(8):
            with pytest.raises(OutsideError) as caught:
                publish(self.open(stub), POST)
            told.append(f"{caught.value!r} {caught.value.__cause__!r}")
        platform = self.open(stub)
        told += [caplog.text, *capsys.readouterr(), repr(platform), repr(vars(platform.sender))]  # type: ignore[attr-defined]
        assert self.token not in "".join(told)


# Where the platform has no place for an alt text.
NO_ALT = {"telegram"}
