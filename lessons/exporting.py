"""A whole lesson for taking away: Markdown, and one HTML file that needs nothing else."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from lessons.documents import EMPTY, to_markdown
from lessons.models import Lesson, Section
from lessons.quizzing import mark

STYLES = ("desk/paper.css", "lessons/lessons.css")


def contents(lesson: Lesson) -> dict[str, Any]:
    """What every page of a lesson shows: the lesson and its sections in order."""
    return {"lesson": lesson, "sections": list(lesson.sections.order_by("position"))}


def as_markdown(lesson: Lesson) -> str:
    """The lesson as CommonMark, with the answers of its quiz at the end."""
    shown = contents(lesson)
    parts = [f"# {_plain(str(lesson))}", f"*{_plain(about(lesson))}*"]
    if lesson.objectives:
        parts += ["## What you will learn", _list(lesson.objectives)]
    parts += [part for section in shown["sections"] for part in _section(section)]
    if lesson.key_terms:
        parts += [
            "## Key terms",
            "\n".join(f"- **{_plain(t['term'])}**: {_plain(t['meaning'])}" for t in lesson.key_terms),
        ]
    questions = mark(lesson.quiz, {})
    if questions:
        parts.append("## Quiz")
        for one in questions:
            options = "\n".join(f"   - {chr(ord('a') + n)}) {_plain(text)}" for n, text in enumerate(one.options))
            parts.append(f"{one.number}. {_plain(one.question)}\n\n{options}")
        answers = [f"{one.number}. {one.letter}) {_plain(one.right)}. {_plain(one.explanation)}" for one in questions]
        parts += ["## Answers", "\n".join(line.rstrip() for line in answers)]
    return "\n\n".join(parts) + "\n"


def as_fragment(lesson: Lesson) -> str:
    """The lesson as HTML to put into a page."""
    return render_to_string("lessons/body.html", _shown(lesson))


def as_html(lesson: Lesson) -> str:
    """The lesson as one HTML file with its style inside."""
    folder = Path(settings.BASE_DIR) / "static"
    style = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    return render_to_string("lessons/file.html", {**_shown(lesson), "style": style})


def as_page(lesson: Lesson) -> str:
    """The lesson as a page for paper, with the answers at the end."""
    return render_to_string("lessons/print.html", {**_shown(lesson), "tenant": lesson.tenant})


def _shown(lesson: Lesson) -> dict[str, Any]:
    return {**contents(lesson), "questions": mark(lesson.quiz, {}), "about": about(lesson)}


def about(lesson: Lesson) -> str:
    """Level and length in one line: "Standard, 6 sections, about 8 minutes"."""
    count = lesson.sections.count()
    minutes = lesson.minutes
    takes = f", about {minutes} minute{'' if minutes == 1 else 's'} to read" if minutes else ""
    return f"{lesson.get_difficulty_display()}, {count} section{'' if count == 1 else 's'}{takes}"


def _section(section: Section) -> list[str]:
    text = to_markdown(section.document or EMPTY, below=1)
    return [f"## {section.position}. {_plain(section.title)}", *([text] if text else [])]


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """A line of text with its signs of Markdown escaped."""
    node = {"type": "paragraph", "content": [{"type": "text", "text": " ".join(text.split()) or "-"}]}
    return to_markdown({"type": "doc", "content": [node]})
