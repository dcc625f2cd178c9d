"""Lessons for tests: ordered and written in this process, and a writer that says what it is told."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Tenant, User
from integrations.providers.base import Completion, Request, Usage
from integrations.providers.offline import Offline
from jobs import accepting
from jobs.models import Job
from jobs.running import work
from lessons import ordering
from lessons.models import Lesson
from lessons.orders import Order


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


def sound(request: Request) -> Any:
    """A sound answer for each stage, about three sections unless more are wanted."""
    lesson = request.facts["lesson"]
    match lesson["stage"]:
        case "outline":
            sections = [{"title": f"Part {n}", "brief": f"It covers {n}."} for n in range(1, lesson["sections"] + 1)]
            terms = [{"term": "closure", "meaning": "a function plus its scope"}]
            return {"title": "All of it", "objectives": ["Say it", "Do it"], "key_terms": terms, "sections": sections}
        case "section":
            return {"blocks": [{"kind": "paragraph", "runs": [{"text": f"Text of {lesson['position']}."}]}]}
        case "quiz":
            one = {"question": "Which?", "options": ["This", "That"], "answer": "That", "explanation": "It says so."}
            return {"questions": [one]}
        case _:
            found = [{"objective": 1, "section": 2, "comment": "there"}]
            return {"summary": "Fine.", "objectives": found, "remarks": [{"section": 1, "remark": "Short."}]}


class Writer:
    """Stands in for the offline writer: `says` makes the answer of a request, `asked` are the requests so far."""

    def __init__(self) -> None:
        self.says: Callable[[Request], Any] = sound
        self.asked: list[Request] = []

    def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        answer = self.says(request)
        if isinstance(answer, BaseException):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Completion(text, request.model, "offline", "stop", Usage(0, 0), Decimal(0))

    def instead(self, stage: str, answer: Any, position: int | None = None) -> None:
        """Say this for one stage (and position), else what is sound."""

        def says(request: Request) -> Any:
            lesson = request.facts["lesson"]
            is_meant = lesson["stage"] == stage and position in (None, lesson.get("position"))
            return answer if is_meant else sound(request)

        self.says = says

    def stages(self) -> list[str]:
        """What was asked for, as "outline", "section 2" ..."""
        about = [request.facts["lesson"] for request in self.asked]
        return [f"{one['stage']} {one['position']}" if "position" in one else one["stage"] for one in about]


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    """A writer that says what it is told."""
    made = Writer()
    monkeypatch.setattr(Offline, "complete", lambda self, request: made.complete(request))
    return made


@pytest.fixture
def order(tenant: Tenant, editor: User) -> Callable[..., tuple[Lesson, Job]]:
    """Order a lesson as the editor."""

    def make(**values: Any) -> tuple[Lesson, Job]:
        how = {name: values.pop(name) for name in ("key", "another") if name in values}
        user = values.pop("user", editor)
        wish = {"topic": "How closures work", "difficulty": "standard", "sections": 3, **values}
        found = ordering.start(Order(**wish), tenant=tenant, user=user, **how)
        assert found.job
        return found.lesson, found.job

    return make


def run(job: Job, *rows: Any) -> None:
    """Run a job here, and read rows again."""
    work(job.pk, worker="test")
    for row in (job, *rows):
        row.refresh_from_db()


@pytest.fixture
def write(order: Callable[..., tuple[Lesson, Job]]) -> Callable[..., tuple[Lesson, Job]]:
    """Order a lesson and run its job."""

    def make(**values: Any) -> tuple[Lesson, Job]:
        lesson, job = order(**values)
        run(job, lesson)
        return lesson, job

    return make
