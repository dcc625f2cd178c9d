"""Writing a lesson in stages: each stage is a saved step, so that a retry or resume pays only for what is missing."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from django.db.models import F
from django.utils import timezone
from pydantic import BaseModel

from accounts.models import Tenant
from ai import editions
from ai.calling import Writer
from ai.languages import Language
from ai.models import Call
from ai.prompting import Prompt
from config.faultpoints import faultpoint
from jobs.running import Run
from lessons import answers, prompts
from lessons.documents import Blocks
from lessons.models import Lesson, Section
from lessons.orders import Order

T = TypeVar("T")
# How far the lesson is when a stage begins, in per cent.
OUTLINE_AT, SECTIONS_AT, QUIZ_AT, REVIEW_AT = 0, 10, 85, 93
# An answer in JSON has this many words for each one that is read.
JSON_SHARE = 1.7


def write_lesson(lesson: Lesson, writer: Writer, run: Run) -> dict[str, Any]:
    """Do what was ordered of the lesson and is not done; returns {"lessonId"}.

    Raises what `writer.write` and `run.checkpoint` raise; what is done stays done.
    """
    run.partial_result = {"lessonId": lesson.pk}
    writing = Writing(lesson, writer, run)
    if lesson.outline_done < lesson.outline_wanted:
        writing.outline()
    for pk in lesson.sections.to_write().order_by("position").values_list("pk", flat=True):
        section = Section.objects.get(pk=pk)
        if section.done < section.wanted:  # a person may have written it meanwhile
            writing.section(section)
    if lesson.quiz_done < lesson.quiz_wanted:
        writing.quiz()
    if lesson.review_done < lesson.review_wanted:
        writing.review()
    count = lesson.sections.count()
    run.checkpoint("completed", 100, f"Lesson written: {count} section{'' if count == 1 else 's'}")
    return {"lessonId": lesson.pk}


def wish_of(row: Lesson | Order) -> dict[str, Any]:
    """What the prompts need to know of a wish: topic, context, difficulty, audience, language, number of sections."""
    names = ("topic", "difficulty", "context", "audience", "language")
    wish = {name: str(getattr(row, name)) for name in names}
    return wish | {"language_name": Language(row.language).label, "sections": row.section_count}


def plan_of(lesson: Lesson) -> dict[str, Any]:
    """The plan of a lesson as the outline made it: {title, objectives, key_terms, sections: [{title, brief}]}."""
    return {
        "title": lesson.title,
        "objectives": lesson.objectives,
        "key_terms": lesson.key_terms,
        "sections": list(lesson.sections.order_by("position").values("title", "brief")),
    }


def texts_of(lesson: Lesson) -> list[dict[str, Any]]:
    """The texts of the sections that have one, as {section (its number), title, text}."""
    rows = lesson.sections.written().order_by("position").values_list("position", "title", "text")
    return [{"section": position, "title": title, "text": text} for position, title, text in rows]


class Writing:
    """One lesson in the hands of one job."""

    def __init__(self, lesson: Lesson, writer: Writer, run: Run) -> None:
        self.lesson = lesson
        self.writer = writer
        self.run = run
        self.wish = wish_of(lesson)
        self.own = {edition.name: edition for edition in lesson.editions.all()}

    def outline(self) -> None:
        """Plan the lesson. A new plan for one that has sections gives new titles to those that are not locked."""
        lesson, round_ = self.lesson, self.lesson.outline_wanted
        self.run.checkpoint("generating_outline", OUTLINE_AT, "Generating the outline...")
        prompt = prompts.outline(self.wish, self.own)
        read = partial(answers.read_outline, most_sections=lesson.section_count)
        _call, plan = self._ask(prompt, f"outline.{round_}", answers.Outline, read)
        with self.run.owned():
            for position, planned in enumerate(plan["sections"], start=1):
                self._plan_section(position, planned, round_)
            lesson.title, lesson.objectives, lesson.key_terms = plan["title"], plan["objectives"], plan["key_terms"]
            lesson.outline_done = round_
            lesson.save(update_fields=["title", "objectives", "key_terms", "outline_done"])
        faultpoint("outline.saved")
        self.run.log(f"Planned “{lesson.title}”: {len(plan['sections'])} sections")
        if len(plan["sections"]) < lesson.section_count:
            self.run.log(f"{lesson.section_count} sections were asked for, {len(plan['sections'])} came", "warning")

    def _plan_section(self, position: int, planned: dict[str, str], round_: int) -> None:
        rows = Section.objects.filter(lesson=self.lesson, position=position)
        if not rows.exists():
            Section.objects.create(
                tenant=self.lesson.tenant, lesson=self.lesson, position=position, outline=round_, **planned
            )
            return
        section = rows.filter(is_locked=False).first()
        if section and section.title != planned["title"]:
            section.keep(self.run.job.user, "A new outline named it")
        rows.filter(is_locked=False).update(edition=F("edition") + 1, **planned)

    def section(self, section: Section) -> None:
        """Write one section and save it, unless a person has locked it meanwhile: then their text stays."""
        lesson = self.lesson
        total = lesson.sections.count()
        place = {"index": section.position, "total": total, "title": section.title}
        share = (QUIZ_AT - SECTIONS_AT) * (section.position - 1) / max(1, total)
        message = f"Generating section {section.position}/{total}..."
        self.run.checkpoint("generating_sections", SECTIONS_AT + share, message, current_section=place)
        prompt = prompts.section(self.wish, plan_of(self.lesson), section.position, section.wish, self.own)
        if section.wish and lesson.key_owner == "none":
            self.run.log("The offline writer cannot follow a wish: it only puts other words together", "warning")
        step = f"section {section.position}.{section.wanted}"
        read = partial(answers.read_section, title=section.title)
        call, (document, changes) = self._ask(prompt, step, Blocks, read)
        with self.run.owned():
            now = Section.objects.select_for_update().get(pk=section.pk)
            kept = now.is_locked
            if not kept:
                now.keep(self.run.job.user, f"It was written again (call #{call.pk})")
                now.put(section.title, document)
                now.call, now.author, now.changes, now.outline = call, None, changes, self.lesson.outline_done
            now.done, now.wish = section.wanted, ""
            now.save()
        faultpoint("section.saved")
        if kept:
            self.run.log(f"“{section.title}” was edited meanwhile: that text stays, call #{call.pk} is kept", "warning")
        else:
            self.run.log(f"Wrote section {section.position}/{total}: “{section.title}”, {now.words} words")
        if changes and not kept:
            self.run.log(f"Mended in section {section.position}: {'; '.join(changes)}")

    def quiz(self) -> None:
        """Ask the questions about the texts that the sections have now."""
        lesson, round_, began = self.lesson, self.lesson.quiz_wanted, timezone.now()
        self.run.checkpoint("generating_quiz", QUIZ_AT, "Generating the quiz...")
        prompt = prompts.quiz(self.wish, plan_of(lesson), texts_of(lesson), self.own)
        call, questions = self._ask(prompt, f"quiz.{round_}", answers.Quiz, answers.read_quiz)
        with self.run.owned():
            Lesson.objects.filter(pk=lesson.pk).update(quiz=questions, quiz_done=round_, quiz_at=began)
        faultpoint("quiz.saved")
        if questions:
            self.run.log(f"Wrote a quiz of {len(questions)} question{'' if len(questions) == 1 else 's'}")
        else:
            text = f"No question of call #{call.pk} has its answer among its options: there is no quiz. Make it again."
            self.run.log(text, "warning")

    def review(self) -> None:
        """Have the whole read before people read it."""
        lesson, round_, began = self.lesson, self.lesson.review_wanted, timezone.now()
        self.run.checkpoint("reviewing", REVIEW_AT, "Reviewing the lesson...")
        plan, texts = plan_of(lesson), texts_of(lesson)
        prompt = prompts.review(self.wish, plan, texts, self.own)
        read = partial(answers.read_review, objectives=len(plan["objectives"]), sections=len(plan["sections"]))
        _call, found = self._ask(prompt, f"review.{round_}", answers.Review, read)
        for one in found["objectives"]:
            one["aim"] = plan["objectives"][one["objective"] - 1]
        found["outline"] = lesson.outline_done
        with self.run.owned():
            Lesson.objects.filter(pk=lesson.pk).update(review=found, review_done=round_, review_at=began)
        remarks = len(found["remarks"])
        self.run.log(f"Reviewed: {remarks} remark{'' if remarks == 1 else 's'}")

    def _ask(self, prompt: Prompt, step: str, shape: type[BaseModel], read: Callable[[Call], T]) -> tuple[Call, T]:
        return self.writer.write(replace(prompt, schema=shape.model_json_schema()), step, read)


def sample_calls(order: Order, tenant: Tenant) -> list[tuple[Prompt, int, int]]:
    """What an order will ask for, with a sample plan and texts: (prompt, how many such calls, words of an answer)."""
    count, words = order.section_count, prompts.WORDS[order.difficulty]
    own = {name: found for one in prompts.ALL if (found := editions.in_use(tenant, (name := one.name)))}
    wish = wish_of(order)
    planned = {"title": "A title of some words", "brief": "Two sentences that say what it covers. " * 2}
    objectives = ["Explain what the reader can do afterwards"] * 4
    plan = {"title": order.topic, "objectives": objectives, "key_terms": [], "sections": [planned] * count}
    texts = [{"section": n, "title": planned["title"], "text": "sample " * words} for n in range(1, count + 1)]
    calls: list[tuple[Prompt, int, int, type[BaseModel]]] = [
        (prompts.outline(wish, own), 1, 40 * count + 150, answers.Outline),
        (prompts.section(wish, plan, 1, "", own), count, words, Blocks),
        (prompts.quiz(wish, plan, texts, own), 1, 60 * prompts.QUESTIONS, answers.Quiz),
        (prompts.review(wish, plan, texts, own), 1, 200, answers.Review),
    ]
    return [
        (replace(prompt, schema=shape.model_json_schema()), times, int(length * JSON_SHARE))
        for prompt, times, length, shape in calls
    ]
