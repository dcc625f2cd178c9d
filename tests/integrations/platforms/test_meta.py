"""Facebook, Instagram and Threads."""

from dataclasses import replace
from typing import Any

import pytest

from integrations.errors import AmbiguousOutcome, InvalidKey, OutsideError, RateLimited, Refused, Unsupported
from integrations.platforms.base import Draft, Medium
from integrations.platforms.facebook import Facebook
from integrations.platforms.instagram import Instagram
from integrations.platforms.meta_containers import MetaContainers
from integrations.platforms.threads import Threads
from tests.integrations.platforms.contract import PICTURE, POST, Case, Contract, publish
from tests.integrations.platforms.graph_stub import (
    TOKEN,
    ContainerStub,
    FacebookStub,
    InstagramStub,
    ThreadsStub,
    problem,
)
from tests.integrations.stub_server import answer

PHOTO = replace(PICTURE, name="dot.jpg", mime="image/jpeg", url="https://press.example/files/1.jpg")
CLIP = replace(PHOTO, name="clip.mp4", mime="video/mp4", url="https://press.example/files/2.mp4", alt="")


def at_publishing(stub: Any, monkeypatch: pytest.MonkeyPatch, reply: Any) -> None:
    healthy = stub.accept
    monkeypatch.setattr(stub, "accept", lambda step, seen: reply if step == "publish" else healthy(step, seen))


class Meta(Contract):
    """What holds for all three."""

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            (problem(190, "Session has expired", 463, 401), InvalidKey, "Connect the account anew"),
            (problem(10, "(#10) Application does not have permission"), InvalidKey, "grant what it asks for"),
            (problem(200, "(#200) Requires pages_manage_posts"), InvalidKey, "pages_manage_posts"),
            (problem(4, "(#4) Application request limit reached"), RateLimited, "wants us to wait"),
            (problem(80001, "There have been too many calls"), RateLimited, "wants us to wait"),
            (problem(368, "Blocked"), Refused, "Blocked"),
            (problem(100, "(#100) Invalid parameter"), Refused, "Invalid parameter"),
            (problem(2, "Service temporarily unavailable", 0, 500), AmbiguousOutcome, "published or not"),
            (problem(1, "Unknown", is_transient=True), AmbiguousOutcome, "published or not"),
            (problem(100, "x", error_user_msg="The picture is too large"), Refused, "The picture is too large"),
            (answer({"id": 7}), AmbiguousOutcome, "published or not"),
            (answer({"error": "odd"}, 400), Refused, "status 400"),
        ],
    )
    def test_what_it_says(self, platform, stub, monkeypatch, reply, kind: type, words: str) -> None:
        at_publishing(stub, monkeypatch, reply)
        with pytest.raises(kind, match=words) as caught:
            publish(platform, self.case.post)
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize("header", ["{", "[]", "7", '{"17": {"estimated_time_to_regain_access": "soon"}}'])
    def test_an_odd_header_is_a_minute(self, platform, stub, monkeypatch, header: str) -> None:
        limited = answer({"error": {"code": 4, "message": "slow"}}, 400, **{"x-app-usage": header})
        at_publishing(stub, monkeypatch, limited)
        with pytest.raises(RateLimited) as caught:
            publish(platform, self.case.post)
        assert caught.value.retry_after == 60.0

    def test_a_token_that_is_none_is_told_before(self, stub: Any) -> None:
        with pytest.raises(InvalidKey, match="needs an access token"):
            self.open(stub, accessToken="two words").check()


class TestFacebook(Meta):
    case = Case(Facebook, FacebookStub, {"accessToken": TOKEN})

    def test_the_request_is_exactly_this(self, platform: Facebook, stub: FacebookStub) -> None:
        publish(platform, replace(POST, text=f"Read {POST.canonical_url}"))
        publish(platform, replace(POST, text="Pictures", media=(PICTURE, replace(PICTURE, alt=""))))
        first, second = stub.of("publish")
        assert (first.method, first.path) == ("POST", "/17/feed")
        assert first.json == {
            "message": f"Read {POST.canonical_url}", "published": True, "link": POST.canonical_url,
        }  # fmt: skip
        ids = list(stub.things)
        assert second.json == {
            "message": "Pictures", "published": True, "attached_media": [{"media_fbid": one} for one in ids],
        }  # fmt: skip
        assert [one["alt"] for one in stub.things.values()] == ["A dot", ""]

    @pytest.mark.parametrize("url", ["", "https://press.example/files/2.mp4"])
    def test_a_video_is_sent_or_fetched(self, platform: Facebook, stub: FacebookStub, url: str) -> None:
        publish(platform, replace(POST, media=(replace(CLIP, url=url),)))
        body = stub.published[0]["body"]
        assert body["description"] == POST.text
        assert body.get("file_url", "") == url
        assert ("source" in body) is not bool(url)

    def test_a_video_that_is_not_to_be_seen_yet_is_for_a_person(self, platform: Facebook, stub: FacebookStub) -> None:
        stub.fail("publish", "drop")
        prepared: dict[str, Any] = {}
        draft = replace(POST, media=(CLIP,))
        with pytest.raises(AmbiguousOutcome):
            publish(platform, draft, prepared)
        with pytest.raises(Unsupported, match="takes its time"):
            platform.look_up(draft, prepared)

    def test_a_right_that_was_left_out_breaks_nothing_else(self, platform, stub, monkeypatch) -> None:
        first, healthy = publish(platform, POST), stub.accept
        refusal = problem(200, "(#200) Requires pages_manage_engagement")
        monkeypatch.setattr(
            stub, "accept", lambda step, seen: refusal if "/comments" in seen.path or "insights" in seen.path
            else healthy(step, seen),
        )  # fmt: skip
        assert platform.metrics([first.remote_id]) == {}
        with pytest.raises(Refused, match="grant what it asks for"):
            publish(platform, replace(POST, text="And then", reply_to=first.remote_id))

    def test_the_token_of_a_person_is_none_of_a_page(self, platform, stub, monkeypatch) -> None:
        words = "(#100) Tried accessing nonexisting field (category) on node type (User)"
        monkeypatch.setattr(stub, "accept", lambda step, seen: problem(100, words))
        with pytest.raises(InvalidKey, match="choose the page"):
            platform.check()

    def test_a_post_without_words_is_for_a_person_to_find(self, platform: Facebook, stub: FacebookStub) -> None:
        stub.fail("publish", "drop")
        prepared: dict[str, Any] = {}
        draft = replace(POST, text="", media=(PICTURE,))
        with pytest.raises(AmbiguousOutcome):
            publish(platform, draft, prepared)
        with pytest.raises(OutsideError, match="without words"):
            platform.look_up(draft, prepared)

    def test_numbers_that_are_gone_are_left_out(self, platform: Facebook, stub: FacebookStub) -> None:
        posted = publish(platform, POST)
        found = {"views": 15, "clicks": 11, "shares": 2, "comments": 1, "reactions": 5}
        assert platform.metrics([posted.remote_id, "17_1"]) == {posted.remote_id: found}
        stub.metrics_there.clear()
        assert platform.metrics([posted.remote_id])[posted.remote_id] == {"shares": 2, "comments": 1, "reactions": 5}


class Containers(Meta):
    """What holds for posts in two steps."""

    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("integrations.platforms.meta_containers.POLL_SECONDS", 0.01)

    @pytest.mark.parametrize("step", ["upload", "state", "quota", "check"])
    @pytest.mark.parametrize("kind", ["500", "drop", "limited", "accept_cut"])
    def test_each_step_before_is_repeated_without_harm(
        self, platform: MetaContainers, stub: ContainerStub, step: str, kind: str
    ) -> None:
        draft = replace(self.case.post, media=(PHOTO, CLIP, PHOTO))
        stub.fail(step, kind)
        prepared: dict[str, Any] = {}
        with pytest.raises(OutsideError) as caught:
            publish(platform, draft, prepared)
        assert not isinstance(caught.value, AmbiguousOutcome)
        publish(self.open(stub), draft, prepared)
        assert len(stub.published) == 1
        assert [("video_url" in part) for part in stub.published[0]["parts"]] == [False, True, False]

    def test_a_token_that_dies_in_the_middle_of_a_carousel_publishes_nothing(
        self, platform: MetaContainers, stub: ContainerStub
    ) -> None:
        draft = replace(self.case.post, media=(PHOTO, CLIP, PHOTO))
        prepared: dict[str, Any] = {}
        stub.fail("state", "", "expired")
        with pytest.raises(InvalidKey):
            publish(platform, draft, prepared)
        assert stub.published == []
        publish(self.open(stub), draft, prepared)  # with another token, from where it was
        assert len(stub.published) == 1
        assert len(stub.of("upload")) == 4

    def test_a_container_is_waited_for(self, platform: MetaContainers, stub: ContainerStub, monkeypatch: Any) -> None:
        stub.pending = 3
        publish(platform, self.case.post)
        assert len(stub.of("state")) == 4
        stub.pending = 10_000
        monkeypatch.setattr("integrations.platforms.meta_containers.LONGEST_WAIT", 0.05)
        with pytest.raises(RateLimited, match="still working"):
            publish(platform, replace(self.case.post, text="Two"))

    def test_a_file_that_is_refused_after_its_upload_is_told_and_forgotten(
        self, platform: MetaContainers, stub: ContainerStub
    ) -> None:
        stub.container_fails = "Unsupported codec"
        prepared: dict[str, Any] = {}
        with pytest.raises(Refused, match="Unsupported codec"):
            publish(platform, self.case.post, prepared)
        stub.container_fails = ""
        publish(self.open(stub), self.case.post, prepared)
        assert len(stub.published) == 1

    def test_a_day_that_is_full_waits(self, platform: MetaContainers, stub: ContainerStub) -> None:
        stub.used = 50
        with pytest.raises(RateLimited, match="50 posts of an account a day"):
            publish(platform, self.case.post)

    def test_a_container_is_published_once_whatever_is_sent(
        self, platform: MetaContainers, stub: ContainerStub
    ) -> None:
        prepared: dict[str, Any] = {}
        publish(platform, self.case.post, prepared)
        with pytest.raises(Refused):
            platform.publish(self.case.post, prepared)  # type: ignore[attr-defined]
        again = platform.publish(replace(self.case.post, is_repeated=True), prepared)  # type: ignore[attr-defined]
        assert again.remote_id == stub.published[0]["id"]
        assert len(stub.published) == 1

    def test_a_container_that_meta_has_forgotten_proves_nothing(
        self, platform: MetaContainers, stub: ContainerStub
    ) -> None:
        prepared: dict[str, Any] = {}
        publish(platform, self.case.post, prepared)
        stub.things.clear()
        assert platform.look_up_post(self.case.post, prepared)
        stub.published.clear()
        with pytest.raises(Unsupported, match="does not know any more"):
            platform.look_up_post(self.case.post, prepared)

    def test_one_that_is_out_is_found_though_its_words_were_changed(
        self, platform: MetaContainers, stub: ContainerStub
    ) -> None:
        prepared: dict[str, Any] = {}
        publish(platform, self.case.post, prepared)
        stub.published[0][stub.text] = "by hand"
        there = platform.look_up_post(self.case.post, prepared)
        assert there is not None
        assert there.remote_id == ""
        assert "does not say where" in there.note

    def test_one_whose_address_is_not_told_is_out_all_the_same(
        self, platform: MetaContainers, stub: ContainerStub
    ) -> None:
        stub.fail("permalink", "500")
        assert publish(platform, self.case.post).url == ""

    def test_files_have_to_be_at_a_public_address(self) -> None:
        platform = self.case.platform({"accessToken": TOKEN})
        at_home = replace(self.case.post, media=(replace(PHOTO, url="http://127.0.0.1:8000/f/1.jpg"),))
        assert "SITE_URL has to be a public https address" in " ".join(platform.problems(at_home))
        assert platform.problems(replace(self.case.post, media=(PHOTO,))) == []


class TestInstagram(Containers):
    case = Case(Instagram, InstagramStub, {"accessToken": TOKEN}, post=replace(POST, media=(PHOTO,)), picture=PHOTO)

    def test_the_requests_are_exactly_these(self, platform: Instagram, stub: InstagramStub) -> None:
        publish(platform, self.case.post)
        publish(platform, replace(POST, text="Reel", media=(CLIP,)))
        publish(platform, replace(POST, text="Two", media=(PHOTO, CLIP)))
        sent = [one.json for one in stub.of("upload")]
        photo, clip = PHOTO.url, CLIP.url
        children = ",".join(list(stub.things)[4:6])
        assert sent == [
            {"caption": POST.text, "image_url": photo, "alt_text": "A dot"},
            {"caption": "Reel", "media_type": "REELS", "video_url": clip},
            {"is_carousel_item": True, "image_url": photo, "alt_text": "A dot"},
            {"is_carousel_item": True, "media_type": "VIDEO", "video_url": clip},
            {"media_type": "CAROUSEL", "children": children, "caption": "Two"},
        ]
        assert stub.of("publish")[0].path == "/17/media_publish"

    @pytest.mark.parametrize(
        ("draft", "words"),
        [
            (replace(POST, media=()), "no text alone"),
            (replace(POST, media=(PICTURE,)), "does not take image/png"),
            (replace(POST, media=(replace(PHOTO, width=300, height=100),)), "between 4:5 and 1.91:1"),
            (replace(POST, media=(replace(PHOTO, width=100, height=200),)), "between 4:5 and 1.91:1"),
            (replace(POST, media=(PHOTO,), text="#a " * 31), "31 hashtags"),
            (replace(POST, media=(PHOTO,), reply_to="1"), "words alone"),
        ],
    )
    def test_what_it_does_not_take_is_told_before(self, platform: Instagram, draft: Draft, words: str) -> None:
        assert words in " ".join(platform.problems(draft))

    @pytest.mark.parametrize("size", [(1080, 1350), (1080, 1080), (1080, 566)])
    def test_the_usual_shapes_fit(self, platform: Instagram, size: tuple[int, int]) -> None:
        one: Medium = replace(PHOTO, width=size[0], height=size[1])
        assert platform.problems(replace(POST, media=(one,))) == []

    def test_numbers_that_are_gone_are_left_out(self, platform: Instagram, stub: InstagramStub) -> None:
        posted = publish(platform, self.case.post)
        assert platform.metrics([posted.remote_id, "9"]) == {
            posted.remote_id: {"reach": 5, "views": 5, "likes": 5, "comments": 8, "saves": 5}
        }

    def test_the_account_of_a_page_is_found_too(self, platform, stub, monkeypatch) -> None:
        replies = iter(
            [
                problem(100, "(#100) Tried accessing nonexisting field (user_id)"),
                answer({"id": "3", "instagram_business_account": {"id": "17", "username": "ann"}}),
                problem(100, "(#100) Tried accessing nonexisting field (user_id)"),
                answer({"id": "3"}),
            ]
        )
        monkeypatch.setattr(stub, "accept", lambda step, seen: next(replies))
        assert platform.check().name == "@ann"
        with pytest.raises(Refused, match="professional"):
            platform.check()


class TestThreads(Containers):
    case = Case(Threads, ThreadsStub, {"accessToken": TOKEN}, picture=PHOTO)

    def test_the_requests_are_exactly_these(self, platform: Threads, stub: ThreadsStub) -> None:
        first = publish(platform, POST)
        publish(platform, replace(POST, text="Two", media=(PHOTO, CLIP), reply_to=first.remote_id))
        sent = [one.json for one in stub.of("upload")]
        children = ",".join(list(stub.things)[2:4])
        assert sent == [
            {"media_type": "TEXT", "text": POST.text},
            {"media_type": "IMAGE", "image_url": PHOTO.url, "is_carousel_item": True, "alt_text": "A dot"},
            {"media_type": "VIDEO", "video_url": CLIP.url, "is_carousel_item": True},
            {"media_type": "CAROUSEL", "children": children, "text": "Two", "reply_to_id": first.remote_id},
        ]
        assert stub.of("publish")[0].path == "/17/threads_publish"

    def test_numbers(self, platform: Threads, stub: ThreadsStub) -> None:
        posted = publish(platform, POST)
        found = platform.metrics([posted.remote_id, "9"])[posted.remote_id]
        assert set(found) == set(platform.metrics_names)
        stub.metrics_there.clear()
        assert platform.metrics([posted.remote_id]) == {posted.remote_id: {}}

    @pytest.mark.parametrize(
        ("text", "length"), [("hello", 5), ("é", 1), ("日本", 2), ("😀", 4), ("👨‍👩‍👧‍👦", 25), ("1️⃣", 1)]
    )
    def test_it_counts_emoji_by_their_bytes(self, platform: Threads, text: str, length: int) -> None:
        assert platform.count(text) == length
