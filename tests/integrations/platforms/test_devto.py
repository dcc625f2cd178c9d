"""dev.to."""

from dataclasses import replace

import pytest

from integrations.errors import Refused
from integrations.platforms.devto import DevTo
from tests.integrations.platforms.contract import PICTURE, POST, Case, Contract, publish
from tests.integrations.platforms.devto_stub import KEY, DevToStub

COVER = replace(PICTURE, url="https://press.example/files/1.png")


class TestDevTo(Contract):
    case = Case(DevTo, DevToStub, {"apiKey": KEY})

    def test_a_picture_goes_with_it_with_its_alt_text(self, platform: DevTo, stub: DevToStub) -> None:  # type: ignore[override]
        publish(platform, replace(POST, media=(COVER,)))
        assert stub.published[0]["main_image"] == "https://press.example/files/1.png"

    def test_the_request_is_exactly_this(self, platform: DevTo, stub: DevToStub) -> None:
        publish(platform, replace(POST, tags=("Silent Film", "#1920s", "a", "b", "c")))
        (sent,) = stub.of("publish")
        assert sent.json == {
            "article": {
                "title": "Silent films",
                "body_markdown": "<p>Every Friday at <strong>nine</strong>.</p>",
                "published": True,
                "tags": ["silentfilm", "1920s", "a", "b"],
                "canonical_url": "https://blog.example/silent-films",
                "description": "Every Friday.",
            }
        }

    def test_its_template_language_is_not_run(self, platform: DevTo, stub: DevToStub) -> None:
        publish(platform, replace(POST, html="<p>{% embed https://evil.example %} {{ x }}</p>"))
        assert stub.published[0]["body_markdown"] == "<p>&#123;% embed https://evil.example %} &#123;{ x }}</p>"

    def test_it_needs_its_canonical_address_and_a_title_that_fits(self, platform: DevTo) -> None:
        assert "canonical address" in " ".join(platform.problems(replace(POST, canonical_url="")))
        assert "takes 128" in " ".join(platform.problems(replace(POST, title="x" * 129)))

    def test_an_article_that_is_there_is_not_made_again(self, platform: DevTo, stub: DevToStub) -> None:
        first, second = publish(platform, POST), publish(self.open(stub), POST)
        assert first.remote_id == second.remote_id
        assert len(stub.of("publish")) == 1

    @pytest.mark.parametrize("change", [{"published": False}, {"body_markdown": "Of another"}])
    def test_an_article_of_another_at_the_same_address_is_not_taken_for_ours(
        self, platform: DevTo, stub: DevToStub, change: dict[str, object]
    ) -> None:
        publish(platform, POST)
        stub.articles[0].update(change)
        with pytest.raises(Refused, match="this canonical address already"):
            publish(self.open(stub), POST)

    def test_it_is_changed_where_nobody_else_has(self, platform: DevTo, stub: DevToStub) -> None:
        posted = publish(platform, POST)
        other = replace(POST, html="<p>Every Saturday.</p>")
        changed = platform.update(posted.remote_id, posted.version, other, {})
        assert stub.published[0]["body_markdown"] == "<p>Every Saturday.</p>"
        platform.update(posted.remote_id, posted.version, other, {})  # once more changes nothing
        stub.articles[0]["body_markdown"] = "by hand"
        with pytest.raises(Refused, match="nothing was overwritten"):
            platform.update(posted.remote_id, changed.version, POST, {})

    def test_it_becomes_a_draft_again(self, platform: DevTo, stub: DevToStub) -> None:
        posted = publish(platform, POST)
        platform.unpublish(posted.remote_id)
        platform.unpublish(posted.remote_id)
        assert stub.published == []
        with pytest.raises(Refused, match=r"not at dev\.to any more"):
            platform.unpublish("999")

    def test_numbers(self, platform: DevTo) -> None:
        posted = publish(platform, POST)
        assert platform.metrics([posted.remote_id, "9"]) == {posted.remote_id: {"likes": 5, "comments": 1, "views": 90}}
