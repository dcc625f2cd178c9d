"""LinkedIn: a member, and a page."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from integrations.errors import InvalidKey, OutsideError, RateLimited, Refused, Unsupported
from integrations.platforms.linkedin import LinkedIn
from integrations.platforms.linkedin_text import comparable, escaped
from tests.integrations.platforms.contract import PICTURE, POST, Case, Contract, publish
from tests.integrations.platforms.linkedin_stub import TEMPLATE, TOKEN, UNESCAPED, LinkedInStub, problem
from tests.integrations.stub_server import html, send

CLIP = replace(PICTURE, name="clip.mp4", mime="video/mp4", alt="")


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.platforms.linkedin_media.IMAGE_SECONDS", 0.0)


class TestMember(Contract):
    case = Case(LinkedIn, LinkedInStub, {"accessToken": TOKEN})

    def test_the_request_is_exactly_this(self, platform: LinkedIn, stub: LinkedInStub) -> None:
        posted = publish(platform, replace(POST, text="A (good) film #silent_film"))
        (sent,) = stub.of("publish")
        assert sent.json == {
            "author": "urn:li:person:Ann-7_x",
            "commentary": "A \\(good\\) film {hashtag|\\#|silent\\_film}",
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }  # fmt: skip
        assert sent.headers["linkedin-version"] == "202604"
        assert posted.url == f"https://www.linkedin.com/feed/update/{posted.remote_id}/"

    def test_files_go_with_it(self, platform: LinkedIn, stub: LinkedInStub) -> None:
        publish(platform, replace(POST, media=(PICTURE,)))
        publish(platform, replace(POST, text="Two", media=(PICTURE, replace(PICTURE, alt=""))))
        publish(platform, replace(POST, text="Clip", media=(CLIP,)))
        one, two, clip = (post["content"] for post in stub.published)
        urns = list(stub.files)
        assert one == {"media": {"id": urns[0], "altText": "A dot"}}
        assert two == {"multiImage": {"images": [{"id": urns[1], "altText": "A dot"}, {"id": urns[2]}]}}
        assert clip == {"media": {"id": urns[3]}}
        assert {file["content"] for file in stub.files.values()} == {PICTURE.open().read()}

    def test_a_link_has_a_card(self, platform: LinkedIn, stub: LinkedInStub) -> None:
        publish(platform, replace(POST, text=f"Read {POST.canonical_url}"))
        card = {"source": POST.canonical_url, "title": "Silent films", "description": "Every Friday."}
        assert stub.published[0]["content"] == {"article": card}

    @pytest.mark.parametrize("step", ["initialize", "upload", "finalize", "status", "check"])
    @pytest.mark.parametrize("kind", ["500", "drop", "limited"])
    def test_each_step_before_is_repeated_without_harm(
        self, platform: LinkedIn, stub: LinkedInStub, step: str, kind: str
    ) -> None:
        stub.fail(step, kind)
        prepared: dict[str, Any] = {}
        with pytest.raises(OutsideError):
            publish(platform, replace(POST, media=(CLIP,)), prepared)
        assert stub.published == []
        publish(self.open(stub), replace(POST, media=(CLIP,)), prepared)
        assert len(stub.published) == 1

    def test_a_video_is_waited_for(self, platform: LinkedIn, stub: LinkedInStub, monkeypatch: Any) -> None:
        monkeypatch.setattr("integrations.platforms.linkedin_media.POLL_SECONDS", 0.01)
        stub.pending = 3
        publish(platform, replace(POST, media=(CLIP,)))
        stub.pending = 10_000
        monkeypatch.setattr("integrations.platforms.linkedin_media.LONGEST_WAIT", 0.1)
        with pytest.raises(RateLimited, match="still working"):
            publish(platform, replace(POST, media=(CLIP,), text="Two"))

    def test_a_video_that_cannot_be_used_is_forgotten(self, platform: LinkedIn, stub: LinkedInStub) -> None:
        stub.file_fails = True
        prepared: dict[str, Any] = {}
        with pytest.raises(Refused, match=r"cannot use clip\.mp4"):
            publish(platform, replace(POST, media=(CLIP,)), prepared)
        stub.file_fails = False
        publish(platform, replace(POST, media=(CLIP,)), prepared)
        assert len(stub.files) == 2

    def test_a_members_numbers_are_not_told(self, platform: LinkedIn) -> None:
        assert platform.metrics_names == ()
        with pytest.raises(Unsupported, match="page's posts alone"):
            platform.metrics(["urn:li:share:1"])

    def test_an_old_version_is_told_with_the_setting(self, stub: LinkedInStub) -> None:
        old = LinkedIn({"accessToken": TOKEN}, base_url=stub.url, allow_hosts=["127.0.0.1"], version="202001")
        with pytest.raises(Refused, match="Set LINKEDIN_VERSION"):
            publish(old, POST)

    def test_a_limit_of_the_day_ends_at_midnight(self, platform, stub, monkeypatch) -> None:
        healthy = stub.accept
        full = problem(429, "Resource level throttle limit reached")
        monkeypatch.setattr(stub, "accept", lambda step, seen: full if step == "publish" else healthy(step, seen))
        with pytest.raises(RateLimited) as caught:
            publish(platform, POST)
        assert 0 < caught.value.retry_after <= 86_400

    @pytest.mark.parametrize("reply", [send(201, b""), send(201, b"", **{"x-restli-id": "7/../8"}), html()])
    def test_an_answer_without_its_name_is_ambiguous(self, platform, stub, monkeypatch, reply) -> None:
        healthy = stub.accept
        monkeypatch.setattr(stub, "accept", lambda step, seen: reply if step == "publish" else healthy(step, seen))
        with pytest.raises(OutsideError, match="published or not"):
            publish(platform, POST)

    def test_the_token_goes_to_linkedin_alone(self, platform, stub, monkeypatch) -> None:
        sent: list[Any] = []
        monkeypatch.setattr(platform, "call", lambda *request, **more: sent.append(more["headers"]))
        for url in ("https://www.linkedin.com/dms-uploads/1", "https://linkedin.com.evil.example/1"):
            platform.send_bytes(url, b"x")
        assert ["Authorization" in one for one in sent] == [True, False]


class TestPage(Contract):
    case = Case(LinkedIn, LinkedInStub, {"accessToken": TOKEN, "organization": "42"})

    def test_it_posts_as_the_page(self, platform: LinkedIn, stub: LinkedInStub) -> None:
        assert platform.check().name == "Films Ltd"
        posted = publish(platform, POST)
        assert stub.published[0]["author"] == "urn:li:organization:42"
        assert platform.metrics([posted.remote_id]) == {
            posted.remote_id: {"impressions": 90, "reach": 70, "clicks": 4, "likes": 5, "comments": 1, "shares": 2}
        }

    def test_a_page_that_is_not_ours_is_told(self, stub: LinkedInStub) -> None:
        with pytest.raises(Refused, match="no such page"):
            self.open(stub, organization="43").check()
        with pytest.raises(InvalidKey, match="digits"):
            self.open(stub, organization="films")


@given(some.text(max_size=200))
def test_no_sign_cuts_a_text_off_and_it_is_known_again(text: str) -> None:
    sent = escaped(text)
    assert not UNESCAPED.search(TEMPLATE.sub(lambda found: "h" * len(found[0]), sent.replace("\\\\", "")))
    assert comparable(sent) == " ".join(text.split())
