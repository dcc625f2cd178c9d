import re

import pytest

from accounts import tokens
from jobs import counting
from jobs.models import Job
from jobs.running import work
from lessons.models import Lesson

pytestmark = pytest.mark.django_db
DOOR = "/api/lessons/generate"
SEED = {
    "topic": "JavaScript Closures",
    "difficulty": "standard",
    "triggerSource": "chat",
    "context": 'User asked: "Explain closures in detail"',
}
MINE = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Mine."}]}]}


@pytest.fixture
def lesson(call, writer):
    job = Job.objects.get(pk=call("POST", DOOR, SEED | {"sections": 3}).json()["jobId"])
    work(job.pk, worker="test")
    return Lesson.objects.get()


def test_the_order_of_the_seed_is_accepted(call, editor):
    answer = call("POST", DOOR, SEED | {"userId": editor.pk})
    assert answer.status_code == 202
    assert re.fullmatch(r"lesson-edda-[0-9a-z]{26}", answer.json()["jobId"])
    lesson = Lesson.objects.get()
    assert (lesson.trigger_source, lesson.difficulty, lesson.section_count) == ("chat", "standard", 6)
    assert answer.json()["lessonId"] == lesson.pk


def test_the_same_order_again_is_the_same_job(call):
    first, second = call("POST", DOOR, SEED).json(), call("POST", DOOR, SEED).json()
    assert first == second
    assert call("POST", DOOR, SEED | {"another": True}).json()["lessonId"] != first["lessonId"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topic": ""}, "topic"),
        ({"topic": "x" * 10_240}, "topic"),
        ({"topic": None}, "topic"),
        ({"topic": "a\u0000b"}, ""),
        ({"difficulty": "impossible"}, "difficulty"),
        ({"triggerSource": "fax"}, "triggerSource"),
        ({"language": "klingon"}, "language"),
        ({"context": "x" * 20_001}, "context"),
        ({"model": "gpt-99"}, "model"),
        ({"model": "gpt-6-luna"}, "model"),
        ({"sections": 0}, "sections"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_orders_name_the_field(call, change, field):
    answer = call("POST", DOOR, SEED | change)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == field
    assert not Lesson.objects.exists()


def test_the_status_of_the_seed(call, writer):
    job = call("POST", DOOR, SEED).json()["jobId"]
    waiting = call("GET", f"/api/lessons/jobs/{job}").json()
    assert (waiting["state"], waiting["result"]) == ("waiting", None)
    work(job, worker="test")
    done = call("GET", f"/api/lessons/jobs/{job}").json()
    assert (done["state"], done["result"]) == ("completed", {"lessonId": Lesson.objects.get().pk})
    assert done["progress"]["percentage"] == 100
    assert set(done["progress"]) >= {"step", "percentage", "message"}


def test_metrics_have_the_shape_of_the_seed(call, lesson, tenant):
    call("POST", DOOR, SEED | {"topic": "Other"})
    assert call("GET", "/api/lessons/metrics").json() == {
        "counts": {"waiting": 1, "active": 0, "completed": 1, "failed": 0}
    }
    assert counting.stats_of("lesson-generation", tenant)["total"] == 2


def test_a_lesson_is_read_whole(call, lesson):
    found = call("GET", f"/api/lessons/{lesson.pk}").json()
    assert [one["title"] for one in found["sections"]] == ["Part 1", "Part 2", "Part 3"]
    assert found["sections"][0]["document"]["type"] == "doc"
    assert found["sections"][0]["html"] == "<p>Text of 1.</p>"
    assert found["sections"][0]["markdown"] == "Text of 1."
    assert found["markdown"].startswith("# All of it\n")
    assert "<h1>All of it</h1>" in found["html"]
    assert found["quiz"][0]["answer"] == 1
    assert found["keyTerms"] == [{"term": "closure", "meaning": "a function plus its scope"}]
    assert (found["state"], found["jobId"]) == ("completed", Job.objects.get().pk)


def test_the_list_has_pages_states_and_search(call, lesson):
    call("POST", DOOR, SEED | {"topic": "Other"})
    found = call("GET", "/api/lessons?pageSize=1").json()
    assert (found["total"], found["page"], found["pageSize"], len(found["items"])) == (2, 1, 1, 1)
    assert call("GET", "/api/lessons?state=completed").json()["items"][0]["id"] == lesson.pk
    assert call("GET", "/api/lessons?q=closures").json()["total"] == 1
    line = call("GET", "/api/lessons?q=closures").json()["items"][0]
    assert (line["sections"], line["written"], line["words"], line["minutes"]) == (3, 3, 9, 1)
    assert call("GET", "/api/lessons?pageSize=101").status_code == 422


def test_exports_are_files(call, lesson):
    markdown = call("GET", f"/api/lessons/{lesson.pk}/export")
    assert markdown.headers["Content-Disposition"] == 'attachment; filename="javascript-closures.md"'
    assert b"## 1. Part 1" in markdown.content
    html = call("GET", f"/api/lessons/{lesson.pk}/export?format=html")
    assert html.content.startswith(b"<!DOCTYPE html>")
    assert b"<style>" in html.content
    assert call("GET", f"/api/lessons/{lesson.pk}/export?format=pdf").status_code == 422


def test_a_section_is_written_through_the_api(call, lesson):
    path = f"/api/lessons/{lesson.pk}/sections/2"
    answer = call("PUT", path, {"document": MINE, "title": "New", "edition": 1})
    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["locked"], answer.json()["edition"]) == ("New", True, 2)
    assert call("PUT", path, {"document": MINE, "title": "Newer", "edition": 1}).status_code == 409
    assert call("PUT", f"/api/lessons/{lesson.pk}/sections/9", {"document": MINE}).status_code == 404


def test_an_unknown_node_is_refused_with_its_path(call, lesson):
    bad = {"type": "doc", "content": [{"type": "paragraph"}, {"type": "iframe"}]}
    answer = call("PUT", f"/api/lessons/{lesson.pk}/sections/2", {"document": bad})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == [
        {"field": "document.content[1]", "problem": "has the unknown type 'iframe'"}
    ]


def test_a_stage_is_redone(call, lesson):
    path = f"/api/lessons/{lesson.pk}/redo"
    answer = call("POST", path, {"stage": "section", "position": 2, "wish": "shorter"})
    assert answer.status_code == 202
    assert call("POST", path, {"stage": "quiz"}).status_code == 409
    work(answer.json()["jobId"], worker="test")
    assert call("POST", path, {"stage": "section", "position": 8}).status_code == 404
    assert call("POST", path, {"stage": "soup"}).status_code == 422


def test_viewers_read_and_strangers_find_nothing(call, client, tenant, other_tenant, viewer, stranger, lesson):
    reader = tokens.issue(viewer, tenant, "t")[1]
    other = tokens.issue(stranger, other_tenant, "t")[1]
    path = f"/api/lessons/{lesson.pk}"
    assert call("GET", path, token=reader).status_code == 200
    assert call("POST", DOOR, SEED, token=reader).status_code == 403
    assert call("PUT", f"{path}/sections/1", {"document": MINE}, token=reader).status_code == 403
    assert call("POST", f"{path}/redo", {"stage": "quiz"}, token=reader).status_code == 403
    for method, place in [("GET", ""), ("GET", "/export"), ("POST", "/redo"), ("PUT", "/sections/1")]:
        body = {"POST": {"stage": "quiz"}, "PUT": {"document": MINE}}.get(method)
        assert call(method, path + place, body, token=other).status_code == 404
    assert call("GET", "/api/lessons", token=other).json()["total"] == 0
    assert call("GET", f"/api/lessons/jobs/{Job.objects.get().pk}", token=other).status_code == 404
    assert call("GET", f"/api/lessons/{10**30}").status_code == 404


def test_a_job_of_another_kind_is_no_lesson(call, editor):
    job = call("POST", "/api/admin/blog/auto-generate", {"source": "popular"}).json()["jobId"]
    assert call("GET", f"/api/lessons/jobs/{job}").status_code == 404
