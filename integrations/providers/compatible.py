"""Any server that copies OpenAI's Chat Completions (Ollama, vLLM, LM Studio), at an address that a user gives."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from integrations.errors import InvalidKey, ModelGone, OutsideError, PermanentError
from integrations.providers.base import MOST_TOKENS, Model, Request
from integrations.providers.chat import Chat
from integrations.providers.remote import Problem

OLDER_WORD = "max_tokens"
# Ends of a URL that people copy along.
PASTED = re.compile(r"(/chat/completions|/)+$")
THOUGHT = re.compile(r"\A\s*<think>.*?(</think>\s*|\Z)", re.DOTALL)
# What servers say to a path that they do not know; LM Studio says it with a 200.
NOBODY_THERE = re.compile(
    r"\A\W*((file|page) )?not found\W*\Z|method not allowed|unexpected endpoint|invalid url|no route", re.IGNORECASE
)
NO_WRITERS = re.compile(r"embed|rerank|whisper|tts", re.IGNORECASE)
# The models of a client whose server does not know the newer word for the length of an answer.
old_fashioned: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Compatible(Chat):
    """A server of the user's own or of somebody they trust; a key is only sent where there is one."""

    name: ClassVar[str] = "compatible"
    label: ClassVar[str] = "Compatible AI server"
    needs_key: ClassVar[bool] = False
    needs_base_url: ClassVar[bool] = True
    base_url_variable: ClassVar[str] = "the server's address in the AI settings"

    def __init__(self, key: str = "", **options: Any) -> None:
        """A server at `base_url`, which must be given before it is asked; see `Provider` for the options."""
        super().__init__(key, **options)
        self.base_url = PASTED.sub("", self.base_url)

    def check_form_of_key(self) -> None:
        """Raise InvalidKey where there is no address, or a key that cannot be one; no key is fine."""
        if not self.base_url:
            raise InvalidKey(
                "There is no address for the compatible AI server. Enter it in the AI settings, "
                "for example https://ai.example.com/v1."
            )
        if "?" in self.base_url or "#" in self.base_url:
            raise InvalidKey(
                'The address of the compatible AI server has a "?" or "#" in it, so nothing was sent. It ends with '
                "/v1 as a rule; correct it in the AI settings."
            )
        if self.key:
            super().check_form_of_key()

    def way_to_json(self, request: Request) -> str:
        """As its owner has set it."""
        return self.json_mode

    def send(self, sdk: Any, body: dict[str, Any], request: Request) -> Any:
        """Send the body; once more, and from then on, with the older word where the newer one is not known."""
        if request.model in old_fashioned.get(sdk, ()):
            return super().send(sdk, older(body), request)
        try:
            return super().send(sdk, body, request)
        except Exception as error:
            problem = self.problem(error)
            if problem is None or not self.is_new_to_it(problem):
                raise
        answer = super().send(sdk, older(body), request)
        old_fashioned.setdefault(sdk, set()).add(request.model)
        return answer

    def is_new_to_it(self, problem: Problem) -> bool:
        """Whether the server complains about the newer word, and not about how much was asked for."""
        too_much = problem.shows(("too large", "context length", "context window"))
        return problem.status in (400, 422) and problem.shows((self.length_word,)) and not too_much

    def text(self, content: Any) -> str:
        """What was written, without what the model was thinking: some servers leave that in the text."""
        return THOUGHT.sub("", super().text(content))

    # -- the list -----------------------------------------------------------------------------------------------------

    def models(self) -> list[Model]:
        """The models that the server has; it says no prices."""
        return self.asked(
            lambda sdk: [listed(row) for row in self.list_models(sdk) if not NO_WRITERS.search(str(row.id))]
        )

    def check_key(self) -> None:
        """List the models; raises InvalidKey and its relatives, also for an address that is none."""
        self.asked(self.list_models)

    # -- errors -------------------------------------------------------------------------------------------------------

    def reported(self, error: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> Problem:
        """What an error says; FastAPI, which many of these servers are made with, says it under "detail"."""
        problem = super().reported(error, status, headers)
        detail = error.get("detail") if isinstance(error, dict) else None
        if problem.words or not detail:
            return problem
        return replace(problem, words=detail if isinstance(detail, str) else json.dumps(detail))

    def sorted_problem(self, problem: Problem, model: str = "") -> OutsideError:
        """Our error: not every 404 is about a model, and not every answer to a wrong address is a 404."""
        lost = problem.status in (404, 405, 410)
        nobody = not problem.words or bool(NOBODY_THERE.search(problem.words))
        if lost and model and not nobody:
            return ModelGone(
                f'The compatible AI server has no model "{model}". Pull or load it there first (with Ollama: '
                f"ollama pull {model}), then resume. Choose another model in the AI settings if it is not to be had."
            )
        if lost or (problem.words and nobody and problem.status < 500):
            return self._nothing_there(problem)
        return super().sorted_problem(problem, model)

    def _nothing_there(self, problem: Problem) -> PermanentError:
        hint = "" if "/v1" in self.base_url else f'As a rule it ends with /v1: try "{self.base_url}/v1". '
        return PermanentError(
            f'Nothing at "{self.base_url}" answers as OpenAI does (status {problem.status or 200}). {hint}'
            f"Correct {self.base_url_variable}."
        )


def older(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the older word for the length of an answer."""
    return {OLDER_WORD if word == Chat.length_word else word: what for word, what in body.items()}


def listed(row: Any) -> Model:
    """A model as the list has it; vLLM and a few others say how much it can read."""
    room = getattr(row, "max_model_len", None) or getattr(row, "context_length", None) or 0
    known = type(room) is int and 0 < room <= MOST_TOKENS
    return Model(id=str(row.id), label=str(row.id), context_tokens=room if known else 0)
