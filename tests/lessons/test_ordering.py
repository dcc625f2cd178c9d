"""The same wish is the same lesson; another one is an explicit choice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from pydantic import ValidationError

from accounts import keys
from ai import preferences
from ai.models import ListedModel, PromptEdition
from integrations.errors import InvalidKey, ModelGone, Refused
from jobs import accepting, ending
from jobs.accepting import KeyReused, NotRetryable
from jobs.models import Job, State
from lessons import ordering, redoing
from lessons.models import Lesson
from lessons.orders import Order
from tests.conftest import member
from tests.lessons.conftest import run, sound

pytestmark = pytest.mark.django_db


def test_the_same_wish_within_ten_minutes_is_the_same_lesson(order, writer):
    lesson, job = order(trigger_source="chat")
    again, its_job = order(trigger_source="api", topic="  how CLOSURES\twork ")
    assert (again, its_job) == (lesson, job)
    run(job, lesson)
    assert order()[0] == lesson
    Lesson.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert order()[0] != lesson


def test_while_its_job_is_open_it_is_the_same_however_old(order):
    lesson, _job = order()
    Lesson.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert order()[0] == lesson


@pytest.mark.parametrize(
    "change",
    [{"topic": "Other"}, {"difficulty": "advanced"}, {"context": "C"}, {"language": "de"}, {"audience": "Cooks"},
     {"sections": 4}],
)  # fmt: skip
def test_another_wish_is_another_lesson(order, change):
    assert order()[0] != order(**change)[0]


def test_another_person_has_a_lesson_of_their_own(order, owner):
    assert order()[0] != order(user=owner)[0]


def test_another_is_an_explicit_choice(order, writer, editor):
    lesson, job = order()
    second, _job = order(another=True)
    assert second != lesson
    assert second.slug == f"{lesson.slug}-2"
    run(job, lesson)
    third = ordering.another(lesson, editor).lesson
    assert third.slug == f"{lesson.slug}-3"
    assert (third.topic, third.section_count, third.trigger_source) == (lesson.topic, 3, "manual")


def test_an_idempotency_key_is_one_lesson_and_refuses_another_wish(order):
    lesson, job = order(key="k", another=True)
    assert order(key="k", another=True) == (lesson, job)
    with pytest.raises(KeyReused):
        order(key="k", topic="Something else", another=True)
    assert Lesson.objects.count() == 1


def test_the_same_wish_after_a_failure_goes_on_with_it(order, write, writer):
    writer.instead("quiz", Refused("no"))
    lesson, failed = write()
    writer.says = sound
    again, job = order()
    assert (again, job.retry_of) == (lesson, failed)
    run(job, lesson)
    assert lesson.state == "completed"
    assert writer.stages().count("section 1") == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_make_one_lesson(tenant, editor):
    def send(number):
        try:
            wish = Order(topic="At once", trigger_source="api" if number else "chat")
            return ordering.start(wish, tenant=tenant, user=editor)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, range(4)))
    assert len({one.lesson.pk for one in found}) == 1
    assert sum(one.is_new for one in found) == 1
    assert (Lesson.objects.count(), Job.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_get_two_addresses(tenant, editor, owner):
    def send(user):
        try:
            return ordering.start(Order(topic="At once"), tenant=tenant, user=user).lesson.slug
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, [editor, owner])) == ["at-once", "at-once-2"]


def test_stop_and_resume(order, writer, editor):
    lesson, job = order()
    ordering.stop(lesson, by="edda")
    lesson.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, lesson.state) == ("cancelled", "cancelled")
    assert ordering.stop(lesson, by="edda") is None
    again = ordering.resume(lesson, editor)
    run(again, lesson)
    assert lesson.state == "completed"
    with pytest.raises(NotRetryable):
        ordering.resume(lesson, editor)


def test_resume_when_the_job_row_is_gone(order, writer, editor):
    lesson, job = order()
    ending.request_cancel(job, by="edda")
    Job.objects.all().delete()
    lesson.refresh_from_db()
    run(ordering.resume(lesson, editor), lesson)
    assert lesson.state == "completed"


@pytest.mark.parametrize("topic", ["", "   ", "!?…", "x" * 301, "x" * 10_000, "a\x00b"])
def test_a_topic_that_cannot_be(topic):
    with pytest.raises(ValidationError):
        Order(topic=topic)


@pytest.mark.parametrize(
    "change",
    [{"difficulty": "hard"}, {"trigger_source": "radio"}, {"language": "xx"}, {"sections": 1}, {"sections": 13},
     {"sections": "3"}, {"context": "x" * 20_001}, {"model": "gpt-99"}, {"audience": "x" * 201}],
)  # fmt: skip
def test_a_wish_that_cannot_be(listed_models, change):
    with pytest.raises(ValidationError):
        Order(topic="T", **change)


def test_an_address_is_made_of_any_topic(order):
    assert order(topic="Ünïcode & more")[0].slug == "unicode-more"
    assert order(topic="日本語")[0].slug == "lesson"
    assert order(topic="日本")[0].slug == "lesson-2"
    assert len(order(topic="word " * 60)[0].slug) <= 100


def test_openrouter_is_preselected_when_its_key_is_set_and_offline_without(tenant, editor):
    assert ordering.choose_model("", editor, tenant) == "offline"
    keys.save_key(editor, "openrouter", "sk-or-1234567890")
    chosen = ListedModel.objects.get(model_id=ordering.choose_model("", editor, tenant))
    assert chosen.provider == "openrouter"
    assert ordering.choose_model("offline", editor, tenant) == "offline"
    preferences.change(editor, {}, "offline", by=editor, tenant=tenant)
    assert ordering.choose_model("", editor, tenant) == "offline"


def test_without_a_key_nothing_is_started(order):
    model = ListedModel.objects.filter(provider="openai").exclude(status="retired").first()
    with pytest.raises(InvalidKey):
        order(model=model.model_id)
    assert not Lesson.objects.exists()


def test_a_retired_model_is_refused_with_its_successor(tenant, editor):
    retired = ListedModel.objects.exclude(successor="").filter(status="retired").first()
    with pytest.raises(ModelGone, match=retired.successor):
        ordering.choose_model(retired.model_id, editor, tenant)


def test_the_words_in_use_when_it_was_accepted_are_used(order, writer, tenant, editor):
    words = {"tenant": tenant, "name": "lesson.quiz", "based_on": 1, "author": editor}
    old = PromptEdition.objects.create(**words, number=1, system="Old rules", text="{lesson}")
    lesson, job = order()
    PromptEdition.objects.filter(pk=old.pk).update(is_active=False)
    PromptEdition.objects.create(**words, number=2, system="New rules", text="{lesson}")
    run(job, lesson)
    assert [one.system for one in writer.asked if one.facts["lesson"]["stage"] == "quiz"] == ["Old rules"]


def test_a_lesson_of_another_workspace_is_not_found_by_the_same_wish(order, other_tenant):
    lesson, _job = order()
    stranger = member(other_tenant, "sue", "editor")
    found = ordering.start(Order(topic=lesson.topic, sections=3), tenant=other_tenant, user=stranger)
    assert (found.is_new, found.lesson.tenant) == (True, other_tenant)
    assert found.lesson.slug == lesson.slug


def test_an_old_job_is_not_retried_while_another_is_at_work(order, writer, editor):
    lesson, old = order()
    ordering.stop(lesson, by="edda")
    old.refresh_from_db()
    lesson.refresh_from_db()
    newer = redoing.redo(lesson, "quiz", editor)
    with pytest.raises(NotRetryable, match=newer.pk):
        accepting.retry(old, editor)
    assert Job.objects.open().count() == 1
    run(newer, lesson)
    again = accepting.retry(Job.objects.get(pk=old.pk), editor)
    lesson.refresh_from_db()
    with pytest.raises(redoing.Busy):
        redoing.redo(lesson, "quiz", editor)
    run(again, lesson)
    assert lesson.state == "completed"


def test_the_job_of_a_lesson_that_was_deleted(order, editor):
    lesson, job = order(key="k")
    ordering.stop(lesson, by="edda")
    job.refresh_from_db()
    lesson.delete()
    with pytest.raises(NotRetryable, match="deleted"):
        accepting.retry(job, editor)
    with pytest.raises(KeyReused, match="deleted"):
        order(key="k")
    assert order()[0].slug == "how-closures-work"


def test_the_same_wish_while_somebody_else_resumes_it(order, writer, monkeypatch):
    lesson, job = order()
    ordering.stop(lesson, by="edda")

    def taken(*_args):
        raise NotRetryable("somebody was faster")

    monkeypatch.setattr(accepting, "retry", taken)
    assert order() == (lesson, job)


@pytest.mark.parametrize("topic", ["a\x1bb", "a\u202eb", "a\r\nb"])
def test_a_topic_is_one_line_that_turns_nothing_around(topic):
    assert Order(topic=topic).topic == "a b"


def test_the_end_of_a_job_is_the_end_of_its_lesson_alone(order, writer):
    one, job = order()
    other, _job = order(topic="Other")
    run(job, one, other)
    assert (one.state, other.state) == (State.COMPLETED, State.WAITING)
