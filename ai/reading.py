"""Reading a structured answer: the first JSON value in it, mended where that changes no meaning, then validated."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ai.models import Call
from config.logs import plain
from integrations.errors import BadOutput

Shape = TypeVar("Shape", bound=BaseModel)
# An answer full of braces must not take for ever.
MOST_VALUES = 20
SHOWN = 3


def read_call(call: Call, shape: type[Shape]) -> Shape:
    """The answer of a call as `shape`; what was mended is noted on the call. Raises BadOutput."""
    value, repairs = read(call.raw_answer, shape)
    if repairs and call.repairs != ", ".join(repairs):
        call.repairs = ", ".join(repairs)[:200]
        call.save(update_fields=["repairs"])
    return value


def read(answer: str, shape: type[Shape]) -> tuple[Shape, list[str]]:
    """The answer as `shape`, and what was mended: code fences, words around the JSON, trailing commas.

    Nothing is invented: what is missing stays missing. Raises BadOutput that says what does not fit.
    """
    problem: ValidationError | None = None
    for value, repairs in values(answer):
        try:
            return shape.model_validate(value), repairs
        except ValidationError as error:
            problem = problem or error
    raise _misfit(problem) if problem else _no_json(answer)


def values(answer: str) -> Iterator[tuple[Any, list[str]]]:
    """The whole JSON values in a text, in its order, each with what was mended to read it.

    A bracket that is never closed ends the search: what stands in a broken value is not taken for the answer.
    """
    text = answer.strip().lstrip("\ufeff")
    with suppress(ValueError, RecursionError):
        yield json.loads(text), []
        return
    start = 0
    for _try in range(MOST_VALUES):
        opening = re.compile(r"[{\[]").search(text, start)
        end = closing(text, opening.start()) if opening else None
        if opening is None or end is None:
            return
        piece, around = text[opening.start() : end], _around(text[: opening.start()], text[end:])
        for candidate, comma in ((piece, []), (without_trailing_commas(piece), ["trailing commas"])):
            with suppress(ValueError, RecursionError):
                yield json.loads(candidate), [*around, *comma]
                break
        start = end


def closing(text: str, start: int) -> int | None:
    """Where the bracket at `start` is closed, the place after it; None where the text breaks off before."""
    depth = 0
    for found in re.compile(r'"(?:[^"\\]|\\.)*"|["{}\[\]]', re.DOTALL).finditer(text, start):
        mark = found.group()
        if mark == '"':  # a string that is never closed
            return None
        depth += (mark in "{[") - (mark in "}]")
        if depth == 0:
            return found.end()
    return None


def _misfit(error: ValidationError) -> BadOutput:
    places = [f"{'.'.join(map(str, problem['loc'])) or 'answer'}: {problem['msg']}" for problem in error.errors()]
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return BadOutput(  # a place may be named by the model
        f"The answer does not have the form that was asked for ({plain('; '.join(places[:SHOWN]))}{more}). "
        "The raw answer is kept with the call. Resume asks again; if this lasts, choose another model."
    )


def _no_json(answer: str) -> BadOutput:
    return BadOutput(
        f"The answer is not JSON, or it breaks off ({len(answer)} characters). The raw answer is kept with the call. "
        "Resume asks again; if this lasts, choose another model."
    )


def _around(before: str, after: str) -> list[str]:
    repairs = []
    if "```" in before or "```" in after:
        repairs.append("code fence")
    if before.strip().strip("`").removeprefix("json").strip() or after.strip().strip("`").strip():
        repairs.append("words around the JSON")
    return repairs


def without_trailing_commas(text: str) -> str:
    """The text without commas before a closing bracket, outside of strings."""
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', text)
    return "".join(piece if n % 2 else re.sub(r",(\s*[}\]])", r"\1", piece) for n, piece in enumerate(pieces))
