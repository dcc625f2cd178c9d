"""The pages for people: ordering, watching, redoing and editing, with the roles that may."""

import json

import pytest
from django.urls import reverse

from accounts import keys
from accounts.models import AuditEntry
from ai import trials
from ai.models import Call
from integrations.errors import Overloaded, Refused
from jobs.models import Job
from jobs.running import work
from lessons import editing
from lessons.models import Lesson
from tests.conftest import member

pytestmark = pytest.mark.django_db
ADD = "/admin/lessons/lesson/add/"
MINE = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Mine."}]}]}


def form(client, **changes):
    """The fields as the add page shows them, with changes."""
    fields = client.get(ADD).context["adminform"].form
    values = {field.name: field.value() for field in fields if field.value() not in (None, False)}
    return {**values, "topic": "How closures work", "sections": "3", **changes}


def page(row, name="change"):
    return reverse(f"admin:lessons_{row._meta.model_name}_{name}", args=[row.pk])


@pytest.fixture
def edda(client_for, editor):
    return client_for(editor)


@pytest.fixture
def lesson(write, writer):
    return write()[0]


@pytest.fixture
def section(lesson):
    return lesson.sections.get(position=2)


def said(response):
    return [str(message) for message in response.context["messages"]]


# -- ordering -------------------------------------------------------------------------------------


def test_a_topic_is_enough(edda, editor):
    response = edda.post(ADD, form(edda))
    lesson = Lesson.objects.get()
    assert response.headers["Location"] == page(lesson)
    assert (lesson.topic, lesson.user, lesson.trigger_source, lesson.model_id) == (
        "How closures work",
        editor,
        "manual",
        "offline",
    )
    assert lesson.job.state == "waiting"


def test_the_same_click_twice_is_one_lesson(edda):
    values = form(edda)
    assert edda.post(ADD, values).headers["Location"] == edda.post(ADD, values).headers["Location"]
    assert (Lesson.objects.count(), Job.objects.count()) == (1, 1)


def test_the_same_wish_again_finds_the_lesson_and_offers_another(edda):
    edda.post(ADD, form(edda))
    response = edda.post(ADD, form(edda), follow=True)
    assert "You ordered this very lesson on" in said(response)[-1]
    assert Lesson.objects.count() == 1
    response = edda.post(page(Lesson.objects.get(), "another"), follow=True)
    assert said(response) == ["Another one is ordered."]
    assert Lesson.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topic": ""}, "topic"),
        ({"topic": "x" * 301}, "topic"),
        ({"topic": "?!"}, "topic"),
        ({"difficulty": "hard"}, "difficulty"),
        ({"sections": "99"}, "sections"),
        ({"context": "x" * 20_001}, "context"),
        ({"model": "gpt-99"}, "model"),
        ({"model": ""}, "model"),
        ({"once": ""}, "__all__"),
    ],
)
def test_a_wish_that_cannot_be_says_why(edda, change, field):
    response = edda.post(ADD, form(edda, **change))
    assert field in response.context["adminform"].form.errors
    assert not Lesson.objects.exists()


def test_the_key_of_openrouter_preselects_its_model(edda, editor):
    keys.save_key(editor, "openrouter", "sk-or-1234567890")
    assert edda.get(ADD).context["adminform"].form["model"].value().startswith("openai/")


def test_the_estimate_counts_all_calls(edda):
    answer = edda.post("/admin/lessons/lesson/estimate/", form(edda, context="x" * 20_000))
    assert answer.json()["text"].startswith("6 calls, no cost")
    assert edda.post("/admin/lessons/lesson/estimate/", form(edda, topic="")).json() == {"text": ""}


def test_viewers_order_nothing(client_for, viewer):
    assert client_for(viewer).get(ADD).status_code == 403


# -- the list -------------------------------------------------------------------------------------


def test_the_list_shows_filters_and_searches(edda, lesson, order):
    order(topic="Something else")
    text = edda.get("/admin/lessons/lesson/").content.decode()
    assert "All of it" in text
    assert "3 of 3" in text
    assert "1 min" in text
    assert "All of it" not in edda.get("/admin/lessons/lesson/?q=something").content.decode()
    found = edda.get("/admin/lessons/lesson/?q=text+of").content.decode()
    assert "3 of 3" in found
    assert "1 min" in found
    assert "3 of 3" in edda.get("/admin/lessons/lesson/?state=completed").content.decode()
    assert "All of it" not in edda.get("/admin/lessons/lesson/?state=waiting").content.decode()


def test_an_empty_list_says_what_to_do(edda):
    assert "No lesson yet" in edda.get("/admin/lessons/lesson/").content.decode()
    assert "No section yet" in edda.get("/admin/lessons/section/").content.decode()


def test_lessons_are_stopped_and_resumed_together(edda, order, writer):
    lessons = [order(topic=f"Topic {n}")[0] for n in range(2)]
    chosen = {"_selected_action": [lesson.pk for lesson in lessons]}
    response = edda.post("/admin/lessons/lesson/", {"action": "stop_selected", **chosen}, follow=True)
    assert said(response) == ["2 lessons stopped."]
    response = edda.post("/admin/lessons/lesson/", {"action": "resume_selected", **chosen}, follow=True)
    assert said(response) == ["2 lessons on their way again."]
    assert "delete_selected" not in edda.get("/admin/lessons/lesson/").content.decode()


# -- the page of a lesson -------------------------------------------------------------------------


def test_the_page_shows_parts_quiz_review_and_cost(edda, lesson):
    text = edda.get(page(lesson)).content.decode()
    for words in ("Part 2", "Which?", "Fine.", "Short.", "function plus its scope", "Make another", "/print/"):
        assert words in text


def test_the_tree_grows(edda, order, writer):
    lesson, job = order()
    live = edda.get(page(lesson, "progress")).json()
    assert [part["key"] for part in live["parts"]] == ["outline", "quiz", "review"]
    assert live["nothing"]
    writer.instead("section", Overloaded("busy"), position=2)
    work(job.pk, worker="test")
    live = edda.get(page(lesson, "progress")).json()
    assert [(part["key"], part["label"]) for part in live["parts"]] == [
        ("outline", "Done"),
        ("1", "Done"),
        ("2", "Being made"),
        ("3", "To do"),
        ("quiz", "To do"),
        ("review", "To do"),
    ]
    assert (live["counts"], live["ended"], live["canStop"]) == ("1 of 3 sections written", False, True)


def test_a_failure_says_why_and_offers_to_go_on(edda, write, writer):
    writer.instead("section", Refused("the model refused this"), position=2)
    lesson, _job = write()
    live = edda.get(page(lesson, "progress")).json()
    assert (live["problem"], live["canResume"], live["canKeep"]) == ("The model refused this", True, False)
    response = edda.post(page(lesson, "resume"), follow=True)
    assert "goes on" in said(response)[-1]
    response = edda.post(page(lesson, "stop"), follow=True)
    assert "is stopped" in said(response)[-1]


def test_a_section_is_redone_with_a_wish_and_a_failed_redo_given_up(edda, lesson, writer):
    writer.instead("section", Refused("no"), position=2)
    response = edda.post(page(lesson, "redo"), {"stage": "2", "wish": "shorter"}, follow=True)
    assert "made again" in said(response)[-1]
    work(lesson.job.pk, worker="test")
    assert edda.get(page(lesson, "progress")).json()["canKeep"]
    response = edda.post(page(lesson, "keep"), follow=True)
    assert said(response) == ["The lesson stays as it is."]
    assert Lesson.objects.get().state == "completed"


@pytest.mark.parametrize("stage", ["", "soup", "99", "-1", "²"])
def test_a_part_that_there_is_not_is_said(edda, lesson, stage):
    assert "There is no" in said(edda.post(page(lesson, "redo"), {"stage": stage}, follow=True))[-1]


def test_a_locked_section_is_unlocked_first(edda, lesson, section, editor):
    editing.save(section, MINE, editor)
    assert "locked" in said(edda.post(page(lesson, "redo"), {"stage": "2"}, follow=True))[-1]
    assert "unlocked" in said(edda.post(page(lesson, "unlock"), {"section": "2"}, follow=True))[-1]
    assert "made again" in said(edda.post(page(lesson, "redo"), {"stage": "2"}, follow=True))[-1]


def test_what_changed_since_is_said(edda, lesson, section, editor):
    assert "changed after" not in edda.get(page(lesson)).content.decode()
    editing.save(section, MINE, editor)
    text = edda.get(page(lesson)).content.decode()
    assert "A section was changed after the quiz was made" in text
    assert "A section was changed after this review" in text


def test_only_who_may_acts(client_for, lesson, section, viewer, stranger, tenant):
    other = member(tenant, "eric", "editor")
    for name in ("redo", "another", "stop", "resume", "unlock", "keep"):
        assert client_for(viewer).post(page(lesson, name)).status_code == 403
        assert client_for(other).post(page(lesson, name)).status_code == 403
        assert client_for(stranger).post(page(lesson, name)).status_code == 404
    assert client_for(stranger).get(page(lesson)).status_code == 404
    assert client_for(stranger).get(page(section)).status_code == 302
    assert client_for(viewer).get(page(section)).status_code == 200
    assert client_for(viewer).post(page(section), {"title": "T"}).status_code == 403
    assert client_for(viewer).get(page(section)).content.decode().count('name="_next"') == 0


def test_a_lesson_of_somebody_else_is_not_deleted(client_for, tenant, lesson):
    other = client_for(member(tenant, "eric", "editor"))
    assert other.post(page(lesson, "delete"), {"post": "yes"}).status_code == 403
    assert Lesson.objects.exists()


def test_another_model_is_chosen_on_its_page(edda, lesson):
    Lesson.objects.update(model_id="gpt-4-turbo")
    assert "gpt-6.1-sol" in said(edda.post(page(lesson, "another"), follow=True))[-1]
    assert "From now on offline" in said(edda.post(page(lesson, "model"), {"model": "offline"}, follow=True))[-1]
    assert "unknown model" in said(edda.post(page(lesson, "model"), {"model": "x"}, follow=True))[-1]
    assert said(edda.post(page(lesson, "another"), follow=True))[-1] == "Another one is ordered."


def test_what_was_brought_back_is_not_said_to_be_written_by_who_did_it(edda, section):
    edda.post(page(section), posted(section))
    earlier = section.revisions.get()
    edda.post(reverse("admin:lessons_section_bring_back", args=[section.pk, earlier.pk]))
    facts = edda.get(page(section)).context["facts"]
    assert (facts["Written by"], facts["Put there by"]) == ("offline", "edda")


def test_a_form_that_lost_its_number_says_so(edda, section):
    assert "has lost the number" in edda.post(page(section), posted(section, edition="x")).content.decode()


def test_a_lesson_is_deleted_when_it_has_ended(edda, order, lesson):
    other, _job = order(topic="Other")
    assert edda.post(page(other, "delete"), {"post": "yes"}).status_code == 403
    edda.post(page(lesson, "delete"), {"post": "yes"})
    assert list(Lesson.objects.all()) == [other]
    assert AuditEntry.objects.filter(action="lesson.deleted").exists()


def test_a_job_whose_row_is_gone_takes_nothing_from_the_page(edda, lesson):
    Job.objects.all().delete()
    assert "Part 2" in edda.get(page(lesson)).content.decode()


# -- the editor -----------------------------------------------------------------------------------


def posted(section, **changes):
    return {"title": section.title, "document": json.dumps(MINE), "edition": section.edition, **changes}


def test_a_text_is_saved_and_locked(edda, section):
    response = edda.post(page(section), posted(section), follow=True)
    assert said(response) == ["“Part 2” is saved, and locked."]
    section.refresh_from_db()
    assert (section.text, section.is_locked) == ("Mine.", True)
    assert "Earlier texts" in response.content.decode()


def test_save_and_go_on_to_the_next(edda, section, lesson):
    response = edda.post(page(section), posted(section, _next="1"))
    assert response.headers["Location"] == page(lesson.sections.get(position=3))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"type": "doc", "content": [{"type": "video"}]}', "doc.content[0] has the unknown type &#x27;video&#x27;"),
        ('{"type": "doc", "content": [{"type": "text", "text": "x"}]}', "doc.content[0] may not stand there"),
        ("{", "This is no JSON"),
        ("", "required"),
        ("[" * 100_000, "This is no JSON"),
        ('"text"', "is no Tiptap document"),
    ],
)
def test_a_document_that_cannot_be_stays_in_the_form_with_its_path(edda, section, document, words):
    response = edda.post(page(section), posted(section, document=document))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert response.context["form"]["document"].value() == document
    section.refresh_from_db()
    assert section.text == "Text of 2."


def test_two_people_at_once_lose_nothing(edda, section, owner):
    values = posted(section)
    editing.save(section, {**MINE, "content": [{"type": "paragraph"}]}, owner, title="Hers")
    response = edda.post(page(section), values)
    assert "olga has changed this section" in response.content.decode()
    assert response.context["form"]["document"].value() == values["document"]
    again = {**values, "edition": response.context["form"]["edition"].value()}
    assert edda.post(page(section), again).status_code == 302
    section.refresh_from_db()
    assert section.text == "Mine."
    assert section.revisions.first().title == "Hers"


def test_an_earlier_text_is_compared_and_brought_back(edda, section):
    edda.post(page(section), posted(section))
    earlier = section.revisions.get()
    text = reverse("admin:lessons_section_text", args=[section.pk, earlier.pk])
    compared = edda.get(text).content.decode()
    assert "<del>" in compared
    assert "<ins>" in compared
    response = edda.post(f"{text}bring-back/", follow=True)
    assert "is back" in said(response)[-1]
    section.refresh_from_db()
    assert section.text == "Text of 2."
    assert "has this text already" in said(edda.post(f"{text}bring-back/", follow=True))[-1]
    assert edda.get(reverse("admin:lessons_section_text", args=[section.pk, 999])).status_code == 404


def test_the_text_of_a_replayed_call_is_taken(edda, section):
    call = section.call
    call.pk, call.raw_answer = None, '{"blocks": [{"kind": "paragraph", "runs": "Another."}]}'
    call.save()
    take = reverse("admin:lessons_section_take_text", args=[section.pk])
    assert "has the text of call" in said(edda.post(take, {"call": call.pk}, follow=True))[-1]
    outline = Call.objects.get(step="outline.1")
    assert "has no answer" in said(edda.post(take, {"call": outline.pk}, follow=True))[-1]
    assert edda.post(take, {"call": "x"}).status_code == 404


def test_a_replayed_call_names_the_section_that_can_take_its_text(client_for, owner, section, tenant, writer):
    writer.instead("section", {"blocks": [{"kind": "paragraph", "runs": "Another."}]})
    trial, job = trials.start([section.call], "offline", tenant=tenant, user=owner, words="same")
    work(job.pk, worker="test")
    text = client_for(owner).get(reverse("admin:ai_trial_change", args=[trial.pk])).content.decode()
    assert page(section) in text
    assert reverse("admin:lessons_section_take_text", args=[section.pk]) in text


def test_the_sections_are_searched_by_their_words(edda, lesson):
    text = edda.get("/admin/lessons/section/?q=text+of+3").content.decode()
    assert "3. Part 3" in text
    assert "2. Part 2" not in text


def test_the_prompts_of_lessons_can_be_put_into_own_words(client_for, owner):
    text = client_for(owner).get(reverse("ai_prompts")).content.decode()
    for words in ("Lesson: the outline", "Lesson: a section", "Lesson: the quiz", "Lesson: the review"):
        assert words in text
