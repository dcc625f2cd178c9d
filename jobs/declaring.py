"""Declaring a task: a function with a payload of its own kind. Its queue and limits stand in config/queues.py.

class Words(Payload):
    text_id: int

@task
def count(run: Run, words: Words) -> dict[str, object]: ...

count.enqueue(Words(text_id=7), tenant=tenant, user=user)
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError


class Payload(BaseModel):
    """What a job carries: ids and numbers, never texts that are long or secret.

    A field that comes later needs a default, and a renamed one a `model_validator(mode="before")` that understands the
    old name: jobs accepted before an upgrade run after it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Payload):
    """The payload of a task that needs none."""


class Unrunnable(Exception):
    """A job that no attempt of this worker can carry out; the text says why and what to do.

    may_be_newer: a worker of a newer version may well run it, as in a rolling restart: it waits for one first.
    """

    may_be_newer = False


class BadPayload(Unrunnable):
    """A job's payload is not what its task expects: it was accepted by another version, or written by hand."""


P = TypeVar("P", bound=Payload)


class Task(Generic[P]):
    """A function that runs in the background."""

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.path = f"{function.__module__}.{function.__qualname__}"

    def __call__(self, run: Any, payload: Any = None) -> Any:
        """Run it here and now; `payload` is the model or its data as stored."""
        if not isinstance(payload, Payload):
            payload = self.read(payload or {})
        return self.function(run) if self.payload is Nothing else self.function(run, payload)

    @cached_property
    def payload(self) -> type[Payload]:
        """The pydantic model of the second argument."""
        hints = [hint for name, hint in get_type_hints(self.function).items() if name not in ("run", "return")]
        return hints[0] if hints else Nothing

    def read(self, data: dict[str, Any]) -> Payload:
        """A stored payload; raises BadPayload with the fields that do not fit."""
        try:
            return self.payload.model_validate(data)
        except ValidationError as error:
            fields = ", ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
            bad = BadPayload(
                f"the payload does not fit {self.path} ({fields}). It was accepted by another version of Pressroom: "
                "start the work anew."
            )
            bad.may_be_newer = all(problem["type"] == "extra_forbidden" for problem in error.errors())
            raise bad from None

    def enqueue(self, payload: P | None = None, **how: Any) -> Any:
        """Accept a job of this task; `how` is that of jobs.accepting.enqueue. Returns the jobs.Job."""
        from jobs.accepting import enqueue

        return enqueue(self.path, payload=payload, **how)


def task(function: Callable[..., Any]) -> Task[Any]:
    """Mark a function as a task: `def generate(run, order: Order)`, or with `run` alone."""
    return Task(function)
