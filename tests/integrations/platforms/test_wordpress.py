"""WordPress against a site that checks what the real ones check."""

import base64
import json
from dataclasses import replace
from typing import Any

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
from integrations.platforms.base import Draft, Medium
from integrations.platforms.wordpress import WordPress
from integrations.platforms.wordpress_library import file_name
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.platforms.wordpress_stub import PASSWORD, USER, WordPressStub, problem
from tests.integrations.stub_server import answer, html, redirect

MARK = f"<!-- pressroom:{POST.key} -->"
OTHER = "silent-films-" + articles.slugs_of(POST)[1].rpartition("-")[2]
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class TestWordPress(Contract):
    case = Case(WordPress, WordPressStub, {"username": USER, "applicationPassword": PASSWORD})

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: WordPress, stub: WordPressStub) -> None:
        posted = publish(platform, POST)
        (sent,) = stub.of("publish")
        assert (sent.method, sent.path) == ("POST", "/wp-json/wp/v2/posts")
        assert sent.headers["authorization"] == f"Basic {LOGIN}"
        assert sent.headers["content-type"] == "application/json"
        assert sent.json == {
            "title": "Silent films",
            "content": f"<p>Every Friday at <strong>nine</strong>.{MARK}</p>",
            "excerpt": "Every Friday.",
            "slug": "silent-films",
            "status": "publish",
            "tags": list(stub.tags),
            "featured_media": 0,
        }
        assert list(stub.tags.values()) == ["Film", "Silent"]
        post = stub.posts[0]
        assert posted.remote_id == str(post["id"])
        assert posted.url == f"{stub.url}/silent-films/"
        assert (posted.version, posted.note) == (post["modified_gmt"], "")

    def test_a_picture_is_sent_as_it_is_and_described_after(self, platform: WordPress, stub: WordPressStub) -> None:
        prepared: dict[str, Any] = {}
        publish(platform, replace(POST, media=(PICTURE,)), prepared)
        (sent,), (described,) = stub.of("upload"), stub.of("describe")
        assert sent.path == "/wp-json/wp/v2/media"
        assert (sent.headers["content-type"], sent.body) == ("image/png", PIXEL)
        assert sent.headers["content-disposition"] == 'attachment; filename="dot.png"'
        number = next(iter(stub.files))
        assert described.path == f"/wp-json/wp/v2/media/{number}"
        assert described.json == {"alt_text": "A dot"}
        assert stub.of("publish")[0].json["featured_media"] == number
        assert json.loads(json.dumps(prepared)) == prepared

    def test_a_picture_is_uploaded_once(self, platform: WordPress, stub: WordPressStub) -> None:
        draft, prepared = replace(POST, media=(PICTURE,)), {}
        stub.fail("describe", "500")
        with pytest.raises(OutsideError):
            publish(platform, draft, prepared)
        publish(self.open(stub), draft, prepared)
        assert (len(stub.of("upload")), len(stub.published)) == (1, 1)
        assert "A dot" in str(stub.published)

    def test_a_picture_that_was_deleted_there_is_uploaded_again(self, platform: WordPress, stub: WordPressStub) -> None:
        draft, prepared = replace(POST, media=(PICTURE,)), {}
        platform.prepare(draft, prepared, prepared.update)
        stub.files.clear()
        publish(self.open(stub), draft, prepared)
        assert len(stub.of("upload")) == 2
        assert "A dot" in str(stub.published)

    @pytest.mark.parametrize(
        ("name", "mime", "sent"),
        [
            ("dot.png", "image/png", "dot.png"),
            ('a"b\r\nX: y.jpeg', "image/jpeg", "a-b-X-y.jpg"),
            ("日本.webp", "image/webp", "picture.webp"),
            ("noending", "image/gif", "noending.gif"),
        ],
    )
    def test_names_of_files(self, name: str, mime: str, sent: str) -> None:
        assert file_name(Medium(name, mime, 1)) == sent

    # -- tags ---------------------------------------------------------------------------------------------------------

    def test_tags_that_are_there_are_used(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.tags.update({3: "film", 4: "Film noir", 5: "R&B"})
        publish(platform, replace(POST, tags=("#Film", "film", "R&B", "")))
        assert stub.of("publish")[0].json["tags"] == [3, 5]
        assert [one.method for one in stub.of("tags")] == ["GET", "GET"]

    def test_a_tag_that_the_search_does_not_show(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.tags[3] = "Film-Noir"
        publish(platform, replace(POST, tags=("Film Noir",)))
        assert stub.of("publish")[0].json["tags"] == [3]

    def test_tags_that_may_not_be_made(self, platform: WordPress, stub: WordPressStub) -> None:
        stub._tags = lambda seen: (  # type: ignore[method-assign]
            answer([]) if seen.method == "GET" else problem(403, "rest_cannot_create", "Sorry, not allowed.")
        )
        with pytest.raises(Refused, match="Sorry, not allowed"):
            publish(platform, POST)
        assert stub.published == []

    # -- once ---------------------------------------------------------------------------------------------------------

    def test_it_is_looked_for_before_it_is_made(self, platform: WordPress, stub: WordPressStub) -> None:
        first = publish(platform, POST)
        assert publish(self.open(stub), POST) == first
        assert len(stub.of("publish")) == 1
        asked = stub.of("look_up")[0].path
        for part in (f"slug=silent-films%2C{OTHER}", "status=any", "context=edit", "per_page=100"):
            assert part in asked

    def test_a_taken_slug_is_told(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.add(title="Silent films", slug="silent-films", content="Somebody else's")
        posted = publish(platform, POST)
        assert stub.of("publish")[0].json["slug"] == OTHER
        assert posted.url.endswith(f"/{OTHER}/")
        assert posted.note == (
            f"Its address ends in “{OTHER}” and not in “silent-films”: another post there has that one."
        )
        assert publish(self.open(stub), POST) == posted
        assert self.open(stub).look_up(POST, {}) == posted
        assert len(stub.of("publish")) == 1

    def test_two_taken_slugs_are_refused(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.add(slug="silent-films")
        stub.add(slug=OTHER)
        with pytest.raises(Refused, match="Change the slug"):
            publish(platform, POST)
        assert stub.of("publish") == []

    def test_a_slug_that_is_changed_there_is_found_by_its_mark(self, platform: WordPress, stub: WordPressStub) -> None:
        # An author does not see the post that has the slug, and the answer with the new one is lost.
        stub.rights.discard("edit_others_posts")
        stub.add(slug="silent-films", author=2)
        stub.fail("publish", "accept_drop")
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)
        found = self.open(stub).look_up(POST, {})
        assert found is not None
        assert found.url.endswith("/silent-films-2/")
        assert found.note == "Its address ends in “silent-films-2” and not in “silent-films”."
        assert publish(self.open(stub), POST) == found
        assert len(stub.of("publish")) == 1

    def test_a_post_with_the_same_words_is_not_ours(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.add(title=POST.title, slug=POST.slug, content=POST.html)
        stub.add(title=POST.title, slug="x", content=f"{POST.html}<!-- pressroom:{POST.key}x -->")
        assert platform.look_up(POST, {}) is None

    def test_one_that_is_a_draft_there_is_ours_and_said_to_be_one(
        self, platform: WordPress, stub: WordPressStub
    ) -> None:
        publish(platform, POST)
        platform.unpublish(str(stub.posts[0]["id"]))
        found = platform.look_up(POST, {})
        assert found is not None
        assert "It is there as draft" in found.note
        publish(platform, POST)
        assert len(stub.of("publish")) == 1

    def test_one_in_the_trash_is_not_there(self, platform: WordPress, stub: WordPressStub) -> None:
        platform.delete(publish(platform, POST).remote_id)
        assert platform.look_up(POST, {}) is None
        assert publish(platform, POST).url.endswith("/silent-films/")

    def test_a_look_up_without_an_answer_publishes_nothing(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.fail("look_up", "drop")
        with pytest.raises(NoAnswer):
            publish(platform, POST)
        assert stub.of("publish") == []

    @pytest.mark.parametrize("body", [{}, ["x"], [{"id": 1}], [{"id": 1, "slug": "a", "content": {}}], None])
    def test_a_look_up_that_is_not_understood_is_no_answer(
        self, platform: WordPress, stub: WordPressStub, body: Any
    ) -> None:
        stub._list = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(BadOutput):
            platform.look_up(POST, {})

    @pytest.mark.parametrize(
        "body", [{"code": "odd", "message": "No", "data": {}}, {"id": "7"}, {"id": 7, "slug": None}, [], "ok"]
    )
    def test_an_odd_answer_to_a_post_is_ambiguous(self, platform: WordPress, stub: WordPressStub, body: Any) -> None:
        stub._publish = lambda seen: answer(body)  # type: ignore[method-assign]
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    # -- check --------------------------------------------------------------------------------------------------------

    def test_check_says_who_it_is(self, platform: WordPress, stub: WordPressStub) -> None:
        profile = platform.check()
        assert (profile.remote_id, profile.name, profile.note) == ("1", "Ann at 127.0.0.1", "")
        assert profile.url == f"{stub.url}/author/ann/"
        assert stub.seen[0].path == "/wp-json/wp/v2/users/me?context=edit"

    def test_check_says_what_the_user_may_not(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.rights = {"edit_posts"}
        assert platform.check().note == (
            "This user may not publish posts or upload pictures. Give them the role Author or Editor."
        )

    @pytest.mark.parametrize("behind", ["", "/", "/wp-json", "/wp-json/wp/v2/", "/wp-admin/profile.php?x=1#y"])
    def test_the_address_may_have_more_behind_it(self, stub: WordPressStub, behind: str) -> None:
        platform = WordPress(
            {"username": USER, "applicationPassword": PASSWORD},
            base_url=f"{stub.url}{behind}",
            allow_hosts=["127.0.0.1"],
        )
        assert platform.check().name

    def test_an_address_without_wordpress(self, platform: WordPress, stub: WordPressStub) -> None:
        platform.base_url += "/somewhere"
        with pytest.raises(Refused, match="Permalinks"):
            platform.check()

    @pytest.mark.parametrize(
        "reply", [html(), answer({}), answer([]), answer({"id": 1}), answer({"id": 0, "name": "A"})]
    )
    def test_a_server_that_is_none(self, platform: WordPress, stub: WordPressStub, reply: Any) -> None:
        stub.accept = lambda step, seen: reply  # type: ignore[method-assign]
        with pytest.raises(BadOutput, match="address"):
            platform.check()

    @pytest.mark.parametrize("url", ["", "blog.example", "ftp://blog.example", "https://", "https://a:b@blog.example"])
    def test_bad_addresses(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            WordPress({"username": USER, "applicationPassword": PASSWORD}, base_url=url).check()

    def test_a_private_address_is_refused(self, stub: WordPressStub) -> None:
        with pytest.raises(AddressRefused):
            WordPress({"username": USER, "applicationPassword": PASSWORD}, base_url=stub.url).check()
        assert stub.seen == []

    def test_we_are_not_sent_elsewhere(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.accept = lambda step, seen: redirect("https://www.blog.example")  # type: ignore[method-assign]
        with pytest.raises(Refused, match="where it really is"):
            platform.check()

    @pytest.mark.parametrize(
        "changes",
        [
            {"username": ""},
            {"username": "a:b"},
            {"username": "a\nb"},
            {"applicationPassword": ""},
            {"applicationPassword": "пароль"},
        ],
    )
    def test_credentials_that_are_none_are_not_sent(self, stub: WordPressStub, changes: dict[str, str]) -> None:
        with pytest.raises(InvalidKey):
            self.open(stub, **changes).check()
        assert stub.seen == []

    @pytest.mark.parametrize("password", [PASSWORD.replace(" ", ""), f" {PASSWORD}\n"])
    def test_spaces_in_the_password_are_normal(self, stub: WordPressStub, password: str) -> None:
        assert self.open(stub, applicationPassword=password).check().name

    # -- what it says -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("reply", "error", "words"),
        [
            (problem(401, "rest_cannot_create", "Sorry."), InvalidKey, "did not see the login.*Authorization header"),
            (problem(401, "incorrect_password", "<b>Error:</b> No &amp; no."), InvalidKey, "“Error: No & no.”"),
            (problem(403, "rest_cannot_publish", "Sorry, not allowed."), Refused, "Sorry, not allowed.*rights there"),
            (html(401), InvalidKey, "security plugin.*Authorization header"),
            (html(403), Refused, "security plugin.*Authorization header"),
            (problem(400, "rest_invalid_param", "Bad.", params={"tags": "No list."}), Refused, "Bad. No list."),
            (problem(404, "rest_no_route", "No route."), Refused, "There is no API"),
            (html(404), Refused, "There is no API"),
            (html(413), Refused, "larger than the site takes"),
            (problem(500, "db_insert_error", "No."), AmbiguousOutcome, "may be published or not"),
            (html(503), AmbiguousOutcome, "may be published or not"),
            (html(429), RateLimited, "wait"),
        ],
    )
    def test_errors_of_a_post(
        self, platform: WordPress, stub: WordPressStub, reply: Any, error: type[Exception], words: str
    ) -> None:
        stub._publish = lambda seen: reply  # type: ignore[method-assign]
        with pytest.raises(error, match=words):
            publish(platform, POST)

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (problem(500, "rest_upload_sideload_error", "File type."), "does not take this file"),
            (problem(400, "rest_upload_file_too_big", "Too big."), "larger than the site takes"),
            (problem(403, "rest_cannot_create", "Not allowed."), "Not allowed"),
            (html(413), "larger than the site takes"),
        ],
    )
    def test_errors_of_an_upload(self, platform: WordPress, stub: WordPressStub, reply: Any, words: str) -> None:
        stub._upload = lambda seen: reply  # type: ignore[method-assign]
        with pytest.raises(Refused, match=words):
            publish(platform, replace(POST, media=(PICTURE,)))
        assert stub.published == []

    @pytest.mark.parametrize("secret", [PASSWORD, PASSWORD.replace(" ", ""), LOGIN])
    def test_the_password_is_never_shown(self, platform: WordPress, stub: WordPressStub, secret: str) -> None:
        stub._publish = lambda seen: problem(400, "odd", f"You sent {secret}")  # type: ignore[method-assign]
        with pytest.raises(Refused) as caught:
            publish(platform, POST)
        assert secret not in f"{caught.value}{platform!r}"

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def test_it_is_changed(self, platform: WordPress, stub: WordPressStub) -> None:
        posted = publish(platform, replace(POST, media=(PICTURE,)))
        new = replace(POST, key="another1", title="Loud films", slug="loud-films", tags=())
        changed = platform.update(posted.remote_id, posted.version, new, {})
        (sent,) = stub.of("update")
        assert (sent.method, sent.path) == ("POST", f"/wp-json/wp/v2/posts/{posted.remote_id}")
        assert "status" not in sent.json
        assert "slug" not in sent.json
        (post,) = stub.published
        assert (post["title"], post["tags"], post["featured_media"]) == ("Loud films", [], 0)
        assert changed.version == post["modified_gmt"] != posted.version
        assert changed.url == posted.url

    def test_it_is_not_changed_where_somebody_else_did(self, platform: WordPress, stub: WordPressStub) -> None:
        posted = publish(platform, POST)
        stub.posts[0]["title"] = "By hand"
        stub.saved(stub.posts[0])
        for version in (posted.version, ""):
            with pytest.raises(Refused, match="was changed there"):
                platform.update(posted.remote_id, version, POST, {})
        assert stub.of("update") == []

    def test_a_change_whose_answer_is_lost_is_repeated(self, platform: WordPress, stub: WordPressStub) -> None:
        posted, new = publish(platform, POST), replace(POST, key="another1", title="Loud films")
        stub.fail("update", "accept_drop")
        with pytest.raises(NoAnswer):
            platform.update(posted.remote_id, posted.version, new, {})
        changed = self.open(stub).update(posted.remote_id, posted.version, new, {})
        assert changed.version == stub.posts[0]["modified_gmt"]
        assert len(stub.of("update")) == 1

    def test_it_becomes_a_draft(self, platform: WordPress, stub: WordPressStub) -> None:
        posted = publish(platform, POST)
        back = platform.unpublish(posted.remote_id)
        assert stub.of("update")[0].json == {"status": "draft"}
        assert (stub.published, back.remote_id, back.note) == ([], posted.remote_id, "")
        assert back.version == stub.posts[0]["modified_gmt"]

    def test_one_that_is_gone(self, platform: WordPress, stub: WordPressStub) -> None:
        platform.delete("999")
        with pytest.raises(Refused, match="not at WordPress any more"):
            platform.update("999", "x", POST, {})
        with pytest.raises(Refused, match="not at WordPress any more"):
            platform.unpublish("999")

    def test_one_in_the_trash_is_not_changed(self, platform: WordPress, stub: WordPressStub) -> None:
        posted = publish(platform, POST)
        platform.delete(posted.remote_id)
        for version in (posted.version, stub.posts[0]["modified_gmt"]):
            with pytest.raises(Refused, match="not at WordPress any more"):
                platform.update(posted.remote_id, version, POST, {})

    def test_a_site_without_a_trash(self, platform: WordPress, stub: WordPressStub) -> None:
        stub.has_trash = False
        posted = publish(platform, POST)
        platform.delete(posted.remote_id)
        assert [one.path.partition("?")[2] for one in stub.of("delete")] == ["", "force=true"]
        assert stub.posts == []

    def test_an_address_that_is_wrong_deletes_nothing_and_says_so(
        self, platform: WordPress, stub: WordPressStub
    ) -> None:
        stub.accept = lambda step, seen: html(404)  # type: ignore[method-assign]
        with pytest.raises(Refused, match="There is no API"):
            platform.delete("11")

    @pytest.mark.parametrize("remote_id", ["", "../users/1", "1?force=true", "١"])
    def test_something_that_is_no_post_is_not_touched(
        self, platform: WordPress, stub: WordPressStub, remote_id: str
    ) -> None:
        for act in (platform.delete, platform.unpublish, lambda one: platform.update(one, "x", POST, {})):
            with pytest.raises(Refused, match="no post of WordPress"):
                act(remote_id)
        assert stub.seen == []

    def test_what_is_told_before(self, platform: WordPress) -> None:
        assert platform.problems(POST) == []
        assert platform.problems(replace(POST, media=(PICTURE, PICTURE)))
        assert platform.problems(replace(POST, media=(replace(PICTURE, mime="video/mp4"),)))


# -- slugs and marks --------------------------------------------------------------------------------------------------


def article(**fields: Any) -> Draft:
    return replace(POST, **fields)


@pytest.mark.parametrize(
    ("slug", "title", "first"),
    [
        ("silent-films", "x", "silent-films"),
        ("", "Silent Films!", "silent-films"),
        ("", "Amélie's Élan", "amelies-elan"),
        ("Films--and_more", "", "films-and-more"),
        ("a" * 300, "", "a" * 170),
    ],
)
def test_slugs(slug: str, title: str, first: str) -> None:
    found = articles.slugs_of(article(slug=slug, title=title))
    assert found[0] == first
    assert found[1].startswith(f"{first}-")
    assert len(found[1]) == len(first) + 7


def test_a_title_without_latin_letters_has_a_slug_of_its_own() -> None:
    one, other = (articles.slugs_of(article(slug="", title="無声映画", key=key)) for key in ("01m8g0dv", "01m8g0dw"))
    assert one[0].startswith("article-")
    assert one[0] != other[0]
    assert articles.slugs_of(article(slug="", title="無声映画", key="01m8g0dv")) == one


def test_keys_that_begin_alike_have_other_slugs() -> None:
    keys = [f"01m8g0dv730b6j7sh8pbsvck{number:02}" for number in range(50)]
    assert len({articles.slugs_of(article(key=key))[1] for key in keys}) == 50


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<p>a</p>", f"<p>a{MARK}</p>"),
        ("<p>a</p>\n<ul><li>b</li></ul>\n ", f"<p>a</p>\n<ul><li>b</li>{MARK}</ul>"),
        ("words", f"words\n{MARK}"),
        ("<p>a</p><img src='x'>", f"<p>a</p><img src='x'>\n{MARK}"),
        ("<script>1</script>", f"<script>1</script>\n{MARK}"),
    ],
)
def test_where_the_mark_is(written: str, sent: str) -> None:
    assert articles.marked(article(html=written)) == sent
