"""Reading lessons: for members only, with a quiz that works without scripts, on paper and as files."""

import re

import pytest

from lessons.models import Lesson
from lessons.quizzing import mark
from tests.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson(write, writer):
    return write()[0]


@pytest.fixture
def read(client_for, viewer):
    client = client_for(viewer)
    return lambda path: client.get(path)


def test_the_page_has_all_of_the_lesson(lesson, read):
    text = read(f"/lessons/{lesson.slug}/").content.decode()
    for words in ("All of it", "Say it", "1. Part 1", "Text of 3.", "closure", "Which?", "about 1 minute"):
        assert words in text
    assert text.count("<h1") == 1
    assert "It says so." not in text
    assert "<script" not in text
    assert "Edit</a>" not in text


def test_the_quiz_works_without_scripts(lesson, read):
    text = read(f"/lessons/{lesson.slug}/?q1=0&check=1").content.decode()
    assert "<strong>0 of 1</strong> right." in text
    assert "✗ Not right. The right one: That" in text
    assert "It says so." in text
    right = read(f"/lessons/{lesson.slug}/?q1=1&check=1").content.decode()
    assert "<strong>1 of 1</strong> right." in right
    assert re.search(r'value="1" checked', right)


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "99", "1.0", "²", "9" * 30])
def test_nonsense_is_no_answer(lesson, read, nonsense):
    text = read(f"/lessons/{lesson.slug}/?q1={nonsense}&check=1").content.decode()
    assert "– No answer. The right one: That" in text


def test_marking():
    quiz = [{"question": "Q", "options": ["a", "b"], "answer": 1, "explanation": "E"}] * 2
    first, second = mark(quiz, {"q1": "1", "q2": "0"})
    assert (first.is_right, second.is_right, second.right, second.letter) == (True, False, "b", "b")


def test_paper_and_files(lesson, read):
    paper = read(f"/lessons/{lesson.slug}/print/").content.decode()
    assert "Answers" in paper
    assert "It says so." in paper
    markdown = read(f"/lessons/{lesson.slug}/lesson.md")
    assert markdown.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "## Quiz" in markdown.content.decode()
    html = read(f"/lessons/{lesson.slug}/lesson.html").content.decode()
    assert "<style>" in html
    assert "/static/" not in html


def test_the_list_searches_in_titles_and_texts(lesson, read, order, writer):
    order(topic="Nothing yet")
    text = read("/lessons/").content.decode()
    assert "All of it" in text
    assert "Nothing yet" not in text
    assert "All of it" in read("/lessons/?q=text+of+2").content.decode()
    assert "No lesson has" in read("/lessons/?q=zebra").content.decode()
    assert read("/lessons/?q=a%00b").status_code == 200


def test_an_empty_list_says_what_to_do(read, client_for, editor):
    assert "Ask an editor" in read("/lessons/").content.decode()
    assert "Order the first one" in client_for(editor).get("/lessons/").content.decode()


def test_a_lesson_that_is_being_written_shows_what_is_there(write, writer, read):
    from integrations.errors import Overloaded

    writer.instead("section", Overloaded("busy"), position=2)
    lesson, _job = write()
    text = read(f"/lessons/{lesson.slug}/").content.decode()
    assert "This lesson is being written" in text
    assert "Text of 1." in text
    assert text.count("This section is not written yet.") == 2


def test_only_members_read(lesson, client, client_for, stranger):
    assert client.get(f"/lessons/{lesson.slug}/").status_code == 302
    assert "login" in client.get("/lessons/").headers["Location"]
    for path in ("", "print/", "lesson.md", "lesson.html"):
        assert client_for(stranger).get(f"/lessons/{lesson.slug}/{path}").status_code == 404


def test_a_member_of_two_workspaces_reads_both(lesson, client_for, stranger, other_tenant, tenant):
    from accounts.models import Membership

    Membership.objects.create(tenant=tenant, user=stranger, role="viewer")
    assert client_for(stranger).get(f"/lessons/{lesson.slug}/").status_code == 200


def test_somebody_without_a_workspace(lesson, client_for, django_user_model):
    nobody = django_user_model.objects.create_user("nobody", "n@example.com", "pw")
    assert client_for(nobody).get("/lessons/").status_code == 403


def test_editors_find_the_way_to_the_editor(lesson, client_for, editor):
    text = client_for(editor).get(f"/lessons/{lesson.slug}/").content.decode()
    assert f"/admin/lessons/lesson/{lesson.pk}/change/" in text


def test_what_a_model_wrote_is_text(write, writer, read):
    nasty = "<script>alert(1)</script>"
    writer.says = lambda request: {
        "outline": {"title": nasty, "objectives": [nasty], "key_terms": [{"term": nasty, "meaning": nasty}],
                    "sections": [{"title": nasty, "brief": nasty}]},
        "section": {"blocks": [{"kind": "paragraph", "runs": nasty},
                               {"kind": "code", "language": '"><script>', "runs": nasty}]},
        "quiz": {"questions": [{"question": nasty, "options": [nasty, "b"], "answer": "b", "explanation": nasty}]},
        "review": {"summary": nasty, "objectives": [], "remarks": [{"section": 1, "remark": nasty}]},
    }[request.facts["lesson"]["stage"]]  # fmt: skip
    lesson, _job = write(topic=nasty)
    assert Lesson.objects.get().title == nasty
    for path in ("", "?q1=0&check=1", "print/", "lesson.html"):
        text = read(f"/lessons/{lesson.slug}/{path}").content.decode()
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_a_viewer_of_another_role_reads_too(lesson, client_for, tenant):
    assert client_for(member(tenant, "rita", "reviewer")).get(f"/lessons/{lesson.slug}/").status_code == 200
