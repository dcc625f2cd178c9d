"""A lesson by each vendor, through its official SDK, with the person's own key."""

import json

import pytest

from accounts import keys
from ai import syncing
from ai.models import Call, ListedModel
from jobs.models import State
from lessons.documents import problems
from tests.ai.conftest import vendors  # noqa: F401
from tests.integrations.conftest import clean_environment, stub  # noqa: F401
from tests.integrations.vendor_stub import EVERYONE, THEIR_MODELS, text
from tests.lessons.schema import judge

pytestmark = pytest.mark.django_db
SECTIONS = [{"title": "What it keeps", "brief": "The scope."}, {"title": "Where it helps", "brief": "Callbacks."}]
TERMS = [{"term": "closure", "meaning": "a function plus its scope"}]
ANSWERS = [
    {"title": "Closures", "objectives": ["Explain it"], "key_terms": TERMS, "sections": SECTIONS},
    {"blocks": [
        {"kind": "paragraph", "level": 2, "language": None, "items": [], "runs": [
            {"text": "It keeps its ", "bold": False, "italic": False, "code": False, "href": None},
            {"text": "scope", "bold": True, "italic": False, "code": False, "href": "https://example.org/a"}]},
        {"kind": "bullets", "items": [[{"text": "by reference"}], [{"text": "x", "code": True, "bold": True}]]}]},
    {"blocks": [
        {"kind": "heading", "level": 7, "runs": [{"text": "In callbacks"}]},
        {"kind": "code", "language": "JavaScript", "runs": [{"text": "const f = () => n\nf()", "bold": True}]},
        {"kind": "quote", "runs": [{"text": "So it does.", "href": "javascript:alert(1)"}]}]},
    {"questions": [
        {"question": "What does it keep?", "options": ["Time", "Scope"], "answer": "Scope", "explanation": "See 1."}]},
    {"summary": "Sound.", "objectives": [{"objective": 1, "section": 1, "comment": ""}], "remarks": []},
]  # fmt: skip


@pytest.fixture(params=EVERYONE)
def vendor(request, vendors, settings, editor):  # noqa: F811
    settings.OUTBOUND_ALLOW_HOSTS = [vendors.base_url("compatible").split("/")[2]]
    if request.param == "compatible":
        keys.save_server(editor, vendors.base_url("compatible"), "good-key", "schema")
        syncing.sync("compatible")
    return request.param


def model_of(vendor):
    return f"compatible/{THEIR_MODELS[vendor]}" if vendor == "compatible" else THEIR_MODELS[vendor]


def test_a_lesson_by_each_vendor(vendors, write, vendor):  # noqa: F811
    before = len(vendors.seen)
    vendors.then(*(text(vendor, json.dumps(answer)) for answer in ANSWERS))
    lesson, job = write(model=model_of(vendor), sections=2)
    assert (job.state, job.failed_reason, lesson.title) == (State.COMPLETED, "", "Closures")
    assert lesson.key_owner == "user"
    assert len(vendors.seen) - before == len(ANSWERS)
    for section in lesson.sections.all():
        judge(section.document)
        assert list(problems(section.document)) == []
        assert section.call.provider == vendor
    assert "javascript:" not in json.dumps([section.document for section in lesson.sections.all()])
    calls = Call.objects.filter(origin=lesson.origin)
    assert {call.prompt_name for call in calls} == {"lesson.outline", "lesson.section", "lesson.quiz", "lesson.review"}
    assert all(call.inputs["schema"]["type"] == "object" for call in calls)
    assert lesson.spent_usd() == sum(call.cost_usd for call in calls)


def test_openrouter_is_asked_when_its_key_is_set_and_nothing_is_chosen(vendors, write):  # noqa: F811
    vendors.then(*(text("openrouter", json.dumps(answer)) for answer in ANSWERS))
    lesson, job = write(sections=2)
    assert job.state == State.COMPLETED
    assert ListedModel.objects.get(model_id=lesson.model_id).provider == "openrouter"


def test_an_answer_that_is_cut_off_is_asked_for_with_more_room(vendors, write):  # noqa: F811
    cut = json.dumps(ANSWERS[1])[:40]
    vendors.then(
        text("openai", json.dumps(ANSWERS[0])),
        text("openai", cut, ending="length"),
        *(text("openai", json.dumps(answer)) for answer in ANSWERS[1:]),
    )
    _lesson, job = write(model=THEIR_MODELS["openai"], sections=2)
    assert job.state == State.COMPLETED
    first, second = Call.objects.filter(step="section 1.1").order_by("pk")
    assert first.rejected.startswith("cut off")
    assert second.parameters["max_output_tokens"] > first.parameters["max_output_tokens"]
