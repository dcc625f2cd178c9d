"""Ghost against a site that checks what the real ones check."""

import json
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest

from integrations.errors import (
    AddressRefused,
    AmbiguousOutcome,
    BadOutput,
    InvalidKey,
    NoAnswer,
    OutsideError,
    RateLimited,
    Refused,
)
from integrations.platforms import articles
from integrations.platforms.ghost import Ghost
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.ghost_stub import KEY, KEY_ID, SECRET, GhostStub, problem
from tests.integrations.stub_server import answer, html, redirect

MARK = f"<!-- pressroom:{POST.key} -->"
CARD = f"<div>{MARK}<p>Every Friday at <strong>nine</strong>.</p></div>"
OTHER = articles.slugs_of(POST)[1]
API = "/ghost/api/admin"


class TestGhost(Contract):
    case = Case(Ghost, GhostStub, {"adminKey": KEY})

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: Ghost, stub: GhostStub) -> None:
        posted = publish(platform, POST)
        (sent,) = stub.of("publish")
        assert (sent.method, sent.path) == ("POST", f"{API}/posts/?source=html")
        assert sent.headers["accept-version"] == "v5.0"
        assert sent.headers["content-type"] == "application/json"
        assert sent.json == {
            "posts": [
                {
                    "title": "Silent films",
                    "html": f"<!--kg-card-begin: html-->{CARD}<!--kg-card-end: html-->",
                    "slug": "silent-films",
                    "status": "published",
                    "tags": ["Film", "Silent"],
                    "custom_excerpt": "Every Friday.",
                    "canonical_url": "https://blog.example/silent-films",
                    "feature_image": None,
                    "feature_image_alt": None,
                }
            ]
        }
        (post,) = stub.published
        assert CARD in post["html"]
        assert (posted.remote_id, posted.url) == (post["id"], f"{stub.url}/silent-films/")
        assert (posted.version, posted.note) == (post["updated_at"], "")

    def test_each_request_has_a_token_of_its_own(
        self, platform: Ghost, stub: GhostStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = int(time.time())
        ticks = iter(range(now, now + 100))
        monkeypatch.setattr("integrations.platforms.ghost_asking.time.time", lambda: next(ticks))
        publish(platform, POST)
        assert len(stub.tokens) == len(set(stub.tokens)) == len(stub.seen)
        token = stub.tokens[0]
        assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": KEY_ID, "typ": "JWT"}
        claims = jwt.decode(token, bytes.fromhex(SECRET), algorithms=["HS256"], audience="/admin/")
        assert claims == {"iat": now, "exp": now + 300, "aud": "/admin/"}
        assert stub.seen[0].headers["authorization"] == f"Ghost {token}"

    def test_a_picture_is_a_form(self, platform: Ghost, stub: GhostStub) -> None:
        prepared: dict[str, Any] = {}
        publish(platform, replace(POST, media=(PICTURE,)), prepared)
        (sent,) = stub.of("upload")
        fields, files = form_of(sent)
        assert fields == {"purpose": "image", "ref": "dot.png"}
        assert files == {"file": {"name": "dot.png", "mime": "image/png", "content": PIXEL}}
        (post,) = stub.published
        assert post["feature_image"] == f"{stub.url}/content/images/2026/11/dot.png"
        assert post["feature_image_alt"] == "A dot"
        assert json.loads(json.dumps(prepared)) == prepared

    def test_a_picture_is_uploaded_once(self, platform: Ghost, stub: GhostStub) -> None:
        draft, prepared = replace(POST, media=(PICTURE,)), {}
        stub.fail("publish", "500")
        with pytest.raises(AmbiguousOutcome):
            publish(platform, draft, prepared)
        publish(self.open(stub), draft, prepared)
        assert (len(stub.of("upload")), len(stub.published)) == (1, 1)

    def test_what_is_not_there_is_null(self, platform: Ghost, stub: GhostStub) -> None:
        publish(platform, replace(POST, excerpt="", canonical_url="", tags=(), media=(replace(PICTURE, alt=""),)))
        (sent,) = stub.of("publish")[0].json["posts"]
        assert (sent["custom_excerpt"], sent["canonical_url"], sent["tags"]) == (None, None, [])
        assert sent["feature_image_alt"] is None

    @pytest.mark.parametrize(
        "text", ["words alone", "<p>a</p> and <p>b</p>", "<p>a</p><!--kg-card-end: html--><p>b</p>"]
    )
    def test_any_html_keeps_its_mark(self, platform: Ghost, stub: GhostStub, text: str) -> None:
        draft = replace(POST, html=text)
        posted = publish(platform, draft)
        assert self.open(stub).look_up(draft, {}) == posted

    # -- once ---------------------------------------------------------------------------------------------------------

    def test_it_is_looked_for_before_it_is_made(self, platform: Ghost, stub: GhostStub) -> None:
        first = publish(platform, POST)
        assert [one.path for one in stub.of("look_up")][:2] == [
            f"{API}/posts/slug/silent-films/?formats=html",
            f"{API}/posts/slug/{OTHER}/?formats=html",
        ]
        assert publish(self.open(stub), POST) == first
        assert len(stub.of("publish")) == 1

    def test_a_taken_slug_is_told(self, platform: Ghost, stub: GhostStub) -> None:
        stub.add(title="Silent films", slug="silent-films", html="<p>Somebody else's</p>")
        posted = publish(platform, POST)
        assert stub.of("publish")[0].json["posts"][0]["slug"] == OTHER
        assert posted.url.endswith(f"/{OTHER}/")
        assert posted.note == (
            f"Its address ends in “{OTHER}” and not in “silent-films”: another post there has that one."
        )
        assert publish(self.open(stub), POST) == posted
        assert self.open(stub).look_up(POST, {}) == posted
        assert len(stub.of("publish")) == 1

    def test_two_taken_slugs_are_refused(self, platform: Ghost, stub: GhostStub) -> None:
        stub.add(slug="silent-films")
        stub.add(slug=OTHER)
        with pytest.raises(Refused, match="Change the slug"):
            publish(platform, POST)
        assert stub.of("publish") == []

    def test_a_slug_that_is_changed_there_is_told_and_found(self, platform: Ghost, stub: GhostStub) -> None:
        draft = replace(POST, slug="rss")  # reserved, and changed without a word
        stub.fail("publish", "accept_drop")
        with pytest.raises(AmbiguousOutcome):
            publish(platform, draft)
        found = self.open(stub).look_up(draft, {})
        assert found is not None
        assert found.note == "Its address ends in “rss-post” and not in “rss”."
        assert publish(self.open(stub), draft) == found
        assert len(stub.of("publish")) == 1

    def test_a_post_with_the_same_words_is_not_ours(self, platform: Ghost, stub: GhostStub) -> None:
        stub.add(title=POST.title, slug=POST.slug, html=POST.html)
        stub.add(title=POST.title, slug="silent-films-2", html=f"<div><!-- pressroom:{POST.key}x --></div>")
        assert platform.look_up(POST, {}) is None

    def test_one_that_is_a_draft_there_is_ours_and_said_to_be_one(self, platform: Ghost, stub: GhostStub) -> None:
        posted = publish(platform, POST)
        platform.unpublish(posted.remote_id)
        found = platform.look_up(POST, {})
        assert found is not None
        assert "It is there as draft" in found.note
        publish(platform, POST)
        assert len(stub.of("publish")) == 1

    @pytest.mark.parametrize("kind", ["drop", "500", "expired", "limited"])
    def test_a_look_up_without_an_answer_publishes_nothing(self, platform: Ghost, stub: GhostStub, kind: str) -> None:
        stub.fail("look_up", kind)
        with pytest.raises(OutsideError) as caught:
            publish(platform, POST)
        assert not isinstance(caught.value, AmbiguousOutcome)
        assert stub.of("publish") == []

    @pytest.mark.parametrize("body", [{}, {"posts": None}, {"posts": []}, {"posts": [{"id": "1"}]}, [], None])
    def test_a_look_up_that_is_not_understood_is_no_answer(self, platform: Ghost, stub: GhostStub, body: Any) -> None:
        stub._list = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(BadOutput):
            platform.look_up(POST, {})

    @pytest.mark.parametrize("body", [{"errors": [{"message": "No"}]}, {"posts": []}, {"posts": [{"id": 7}]}, [], "ok"])
    def test_an_odd_answer_to_a_post_is_ambiguous(self, platform: Ghost, stub: GhostStub, body: Any) -> None:
        stub._publish = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    # -- check --------------------------------------------------------------------------------------------------------

    def test_check_says_which_site_it_is(self, platform: Ghost, stub: GhostStub) -> None:
        profile = platform.check()
        assert (profile.remote_id, profile.name, profile.url) == ("127.0.0.1", "Ann's films", f"{stub.url}/")

    @pytest.mark.parametrize("behind", ["", "/", "/ghost", "/ghost/#/settings/integrations", "/ghost/api/admin/"])
    def test_the_address_may_have_more_behind_it(self, stub: GhostStub, behind: str) -> None:
        platform = Ghost({"adminKey": KEY}, base_url=f"{stub.url}{behind}", allow_hosts=["127.0.0.1"])
        assert platform.check().name
        assert stub.seen[0].path == f"{API}/site/"

    def test_an_address_without_ghost(self, platform: Ghost, stub: GhostStub) -> None:
        stub.accept = lambda step, seen: html(404)  # type: ignore[method-assign]
        with pytest.raises(Refused, match="There is no Ghost at this address"):
            platform.check()

    @pytest.mark.parametrize("reply", [html(), answer({}), answer([]), answer({"site": {}}), answer({"error": "no"})])
    def test_a_server_that_is_none(self, platform: Ghost, stub: GhostStub, reply: Any) -> None:
        stub.accept = lambda step, seen: reply  # type: ignore[method-assign]
        with pytest.raises(BadOutput, match="address"):
            platform.check()

    @pytest.mark.parametrize("url", ["", "blog.example", "ftp://blog.example", "https://", "https://a:b@blog.example"])
    def test_bad_addresses(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            Ghost({"adminKey": KEY}, base_url=url).check()

    def test_a_private_address_is_refused(self, stub: GhostStub) -> None:
        with pytest.raises(AddressRefused):
            Ghost({"adminKey": KEY}, base_url=stub.url).check()
        assert stub.seen == []

    def test_we_are_not_sent_elsewhere(self, platform: Ghost, stub: GhostStub) -> None:
        stub.accept = lambda step, seen: redirect("https://admin.blog.example")  # type: ignore[method-assign]
        with pytest.raises(Refused, match="where it really is"):
            platform.check()

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "c95b7b0b1d8774ed773da4ed82",
            f"{KEY_ID}:",
            f":{SECRET}",
            f"{KEY_ID}:{SECRET}0",
            f"{KEY_ID}:{SECRET[:-1]}z",
        ],
    )
    def test_a_key_that_is_none_is_not_sent_and_not_shown(self, stub: GhostStub, key: str) -> None:
        with pytest.raises(InvalidKey, match="24 characters, a colon and 64 more") as caught:
            self.open(stub, adminKey=key).check()
        assert not key or key not in str(caught.value)
        assert stub.seen == []

    @pytest.mark.parametrize("key", [f" {KEY}\n", KEY.upper()])
    def test_a_key_may_be_pasted_with_spaces(self, stub: GhostStub, key: str) -> None:
        assert self.open(stub, adminKey=key).check().name

    # -- what it says -------------------------------------------------------------------------------------------------

    def test_another_secret(self, stub: GhostStub) -> None:
        with pytest.raises(InvalidKey, match=r"invalid signature.*custom integration"):
            self.open(stub, adminKey=f"{KEY_ID}:{'f' * 64}").check()

    def test_another_key(self, stub: GhostStub) -> None:
        with pytest.raises(InvalidKey, match=r"any more.*Unknown Admin API Key"):
            self.open(stub, adminKey=f"{'0' * 24}:{SECRET}").check()

    def test_clocks_that_differ(self, platform: Ghost, stub: GhostStub) -> None:
        stub.clock = 400
        with pytest.raises(InvalidKey, match="clocks differ"):
            platform.check()

    @pytest.mark.parametrize(
        ("reply", "error", "words"),
        [
            (
                problem(422, "ValidationError", "Cannot save.", "Title too long."),
                Refused,
                "Cannot save. Title too long.",
            ),
            (problem(403, "NoPermissionError", "No permission."), Refused, "No permission.*rights there"),
            (problem(403, "HostLimitError", "Your plan has no posts left."), Refused, "no posts left"),
            (problem(406, "RequestNotAcceptableError", "v5.0 is unknown."), Refused, "We need 5.0 or later"),
            (problem(404, "NotFoundError", "Resource not found."), Refused, "Resource not found"),
            (problem(413, "RequestEntityTooLargeError", "Too large."), Refused, "larger than the site takes"),
            (problem(500, "InternalServerError", "Oops."), AmbiguousOutcome, "may be published or not"),
            (problem(503, "MaintenanceError", "Be back."), AmbiguousOutcome, "may be published or not"),
            (html(502), AmbiguousOutcome, "may be published or not"),
            (html(404), Refused, "There is no Ghost"),
            (html(429), RateLimited, "wait"),
            (answer({"errors": "odd"}, 400), Refused, "status 400"),
        ],
    )
    def test_errors_of_a_post(
        self, platform: Ghost, stub: GhostStub, reply: Any, error: type[Exception], words: str
    ) -> None:
        stub._publish = lambda seen: reply  # type: ignore[method-assign]
        with pytest.raises(error, match=words):
            publish(platform, POST)

    @pytest.mark.parametrize(
        ("reply", "error", "words"),
        [
            (problem(415, "UnsupportedMediaTypeError", "Please select a valid image."), Refused, "a valid image"),
            (problem(422, "ValidationError", "Please select an image."), Refused, "select an image"),
            (html(413), Refused, "larger than the site takes"),
            (answer({"images": []}, 201), BadOutput, "no answer"),
            (answer({"images": [{"url": None}]}, 201), BadOutput, "no answer"),
        ],
    )
    def test_errors_of_an_upload(
        self, platform: Ghost, stub: GhostStub, reply: Any, error: type[Exception], words: str
    ) -> None:
        stub._upload = lambda seen: reply  # type: ignore[method-assign]
        with pytest.raises(error, match=words):
            publish(platform, replace(POST, media=(PICTURE,)))
        assert stub.published == []

    def test_the_key_is_never_shown(self, platform: Ghost, stub: GhostStub) -> None:
        for leak in (lambda seen: KEY, lambda seen: SECRET, lambda seen: seen.headers["authorization"][6:]):
            stub._publish = lambda seen, leak=leak: problem(400, "BadRequestError", leak(seen))  # type: ignore[misc]
            with pytest.raises(Refused) as caught:
                publish(platform, POST)
            assert SECRET not in f"{caught.value}{platform!r}"
            assert "eyJ" not in str(caught.value)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def test_it_is_changed(self, platform: Ghost, stub: GhostStub) -> None:
        posted = publish(platform, replace(POST, media=(PICTURE,)))
        new = replace(POST, key="another1", title="Loud films", slug="loud-films", tags=())
        changed = platform.update(posted.remote_id, posted.version, new, {})
        (sent,) = stub.of("update")
        assert (sent.method, sent.path) == ("PUT", f"{API}/posts/{posted.remote_id}/?source=html")
        (fields,) = sent.json["posts"]
        assert fields["updated_at"] == posted.version
        assert not {"slug", "status"} & set(fields)
        (post,) = stub.published
        assert (post["title"], post["tags"], post["feature_image"]) == ("Loud films", [], None)
        assert "pressroom:another1" in post["html"]
        assert changed.version == post["updated_at"] != posted.version
        assert changed.url == posted.url

    def test_it_is_not_changed_where_somebody_else_did(self, platform: Ghost, stub: GhostStub) -> None:
        posted = publish(platform, POST)
        stub.posts[0]["title"] = "By hand"
        stub.saved(stub.posts[0])
        with pytest.raises(Refused, match=r"was changed there.*Someone else is editing"):
            platform.update(posted.remote_id, posted.version, POST, {})
        with pytest.raises(Refused, match="Nobody knows"):
            platform.update(posted.remote_id, "", POST, {})
        assert stub.posts[0]["title"] == "By hand"

    def test_a_change_whose_answer_is_lost_is_repeated(self, platform: Ghost, stub: GhostStub) -> None:
        posted, new = publish(platform, POST), replace(POST, key="another1", title="Loud films")
        stub.fail("update", "accept_drop")
        with pytest.raises(NoAnswer):
            platform.update(posted.remote_id, posted.version, new, {})
        changed = self.open(stub).update(posted.remote_id, posted.version, new, {})
        assert changed.version == stub.posts[0]["updated_at"]

    def test_it_becomes_a_draft(self, platform: Ghost, stub: GhostStub) -> None:
        posted = publish(platform, POST)
        back = platform.unpublish(posted.remote_id)
        assert stub.of("update")[0].json == {"posts": [{"status": "draft", "updated_at": posted.version}]}
        assert (stub.published, back.remote_id, back.note) == ([], posted.remote_id, "")
        assert back.version == stub.posts[0]["updated_at"]
        assert MARK in stub.posts[0]["html"]

    def test_one_that_is_gone(self, platform: Ghost, stub: GhostStub) -> None:
        gone = "f" * 24
        platform.delete(gone)
        for act in (platform.unpublish, lambda one: platform.update(one, "x", POST, {})):
            with pytest.raises(Refused, match="not at Ghost any more"):
                act(gone)

    def test_an_address_that_is_wrong_deletes_nothing_and_says_so(self, platform: Ghost, stub: GhostStub) -> None:
        stub.accept = lambda step, seen: html(404)  # type: ignore[method-assign]
        with pytest.raises(Refused, match="There is no Ghost"):
            platform.delete("f" * 24)

    @pytest.mark.parametrize("remote_id", ["", "../users/1", "slug/silent-films", "f" * 23])
    def test_something_that_is_no_post_is_not_touched(self, platform: Ghost, stub: GhostStub, remote_id: str) -> None:
        for act in (platform.delete, platform.unpublish, lambda one: platform.update(one, "x", POST, {})):
            with pytest.raises(Refused, match="no post of Ghost"):
                act(remote_id)
        assert stub.seen == []

    @pytest.mark.parametrize(("name", "most"), [("title", 255), ("excerpt", 300)])
    def test_limits_are_told_before(self, platform: Ghost, name: str, most: int) -> None:
        assert platform.problems(replace(POST, **{name: "a" * most})) == []
        (found,) = platform.problems(replace(POST, **{name: "a" * (most + 1)}))
        assert found == f"The {name} has {most + 1} characters; Ghost takes {most}."

    def test_files_are_told_before(self, platform: Ghost) -> None:
        assert platform.problems(replace(POST, media=(replace(PICTURE, alt="a" * 191),))) == []
        assert platform.problems(replace(POST, media=(replace(PICTURE, alt="a" * 192),)))
        assert platform.problems(replace(POST, media=(PICTURE, PICTURE)))
        assert platform.problems(replace(POST, media=(replace(PICTURE, mime="video/mp4"),)))
