"""What the vendors that are asked over the network share: clean keys, one client, and errors sorted by their cure."""

import json
import os
import re
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from threading import Lock
from typing import Any, ClassVar, TypeVar

from integrations.errors import (
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoAnswer,
    NoCredit,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
)
from integrations.http import Guard, client, retry_after
from integrations.providers import schemas
from integrations.providers.base import Completion, Provider, Request

T = TypeVar("T")
LIST_SECONDS = 20.0
LOT_SECONDS = 180.0
CLIENTS = 64
HEADROOM = 2
MOST_OUTPUT = 64_000
# Signs that all vendors use alike, looked for in their codes and, where they have no code, in their sentence.
NO_CREDIT = (
    "insufficient_quota",
    "credit_balance",
    "credit balance is too low",
    "spend_limit",
    "billing_hard_limit",
    "usage_limit_exceeded",
    "key limit exceeded",
    "payment_required",
    "billing_error",
)
TOO_LONG = (
    "context_length_exceeded",
    "prompt is too long",
    "exceeds the maximum number of tokens",
    "maximum context length",
    "context window",
    "available context size",
)
REFUSED = ("content_policy", "content_filter", "invalid_prompt", "moderation_blocked", "policy_violation", "bio_policy")
GONE = ("model_not_found", "model_deprecated", "model_retired")
BAD_KEY = ("invalid_api_key", "api_key_invalid", "authentication_error", "unauthenticated")
# Only asked of codes: in a sentence they may mean anything.
TOO_MANY = ("rate_limit",)
BUSY = ("server_error", "overloaded", "api_error", "timeout_error", "provider_unavailable")
# No vendor has a blank or a foreign letter in a model's id, and it may become part of a URL.
MODEL_FORM = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True)
class Problem:
    """What a vendor answered instead of a text; status is the one of HTTP, 0 for a problem inside a 200.

    codes are the vendor's machine words, in lower case; words is its sentence; wait is in seconds where it names one
    elsewhere than in the headers.
    """

    status: int
    codes: str = ""
    words: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float | None = None

    def shows(self, signs: tuple[str, ...]) -> bool:
        """Whether one of these signs is in it."""
        text = f"{self.codes} {self.words.lower()}"
        return any(sign in text for sign in signs)

    def has_code(self, signs: tuple[str, ...]) -> bool:
        """Whether one of these signs is in its codes."""
        return any(sign in self.codes for sign in signs)


class Clients:
    """The clients of this process, one for each (provider, key, base URL); the one used longest ago goes first."""

    def __init__(self, most: int = CLIENTS) -> None:
        self.most = most
        self.kept: OrderedDict[str, Any] = OrderedDict()
        self.lock = Lock()

    def get(self, parts: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """The client for these parts, made at first use. Parts are kept as a hash: one of them is a key."""
        name = sha256("\0".join((str(os.getpid()), *parts)).encode()).hexdigest()
        with self.lock:
            if name not in self.kept:
                self.kept[name] = make()
            self.kept.move_to_end(name)
            while len(self.kept) > self.most:  # not closed: another thread may be using it
                self.kept.popitem(last=False)
            return self.kept[name]


clients = Clients()


class Remote(Provider):
    """A vendor behind a key. The file of a vendor says how to connect, how to ask, and how to read its errors."""

    needs_key: ClassVar[bool] = True
    is_language_model: ClassVar[bool] = True
    home: ClassVar[str] = ""
    base_url_variable: ClassVar[str]
    model_form: ClassVar[re.Pattern[str]] = MODEL_FORM

    @abstractmethod
    def connect(self, http_client: Any) -> Any:
        """The SDK's client: this key, this base URL, no retries."""

    @abstractmethod
    def problem(self, error: Exception) -> Problem | None:
        """What the SDK's error says, or None where it is none of the SDK's."""

    @classmethod
    def thinks(cls, model: str) -> bool:
        """Whether the model spends output tokens on thinking before it writes."""
        return True

    @classmethod
    def most_output_tokens(cls, request: Request) -> int:
        """What we allow the model: thinking counts as output, so a model that thinks gets twice the text's length."""
        wanted = request.max_output_tokens
        return max(wanted, min(wanted * HEADROOM, MOST_OUTPUT)) if cls.thinks(request.model) else wanted

    def asked(self, ask: Callable[[Any], T], model: str | None = None) -> T:
        """What the vendor answers; `ask` gets the SDK's client. Raises only the errors of integrations/errors.py."""
        self.check_form_of_key()
        if model is not None:
            self.check_form_of_model(model)
        try:
            sdk = clients.get((self.name, self.key, self.base_url, self.api_version, *self.allow_hosts), self._make)
            return ask(sdk)
        except Exception as error:
            failure = self.failure(error, model or "")
        # Outside the except block, so that the vendor's error, which holds keys and bodies, is not chained to ours.
        raise failure

    def _make(self) -> Any:
        guard = Guard(self.allow_hosts, [] if self.needs_base_url else [self.base_url])
        guard.read(self.base_url or self.home)
        return self.connect(client(guard))

    def check_form_of_key(self) -> None:
        """Raise InvalidKey for a key that cannot be one, before anything is sent."""
        if not self.key:
            raise InvalidKey(
                f"There is no {self.label} key. Get one at {self.key_url} and enter it in the AI settings."
            )
        if not re.fullmatch(r"[!-~]+", self.key):
            raise InvalidKey(
                f"The {self.label} key has a space, a line break or a foreign character in it, so nothing was sent. "
                "Copy it again in one piece and enter it in the AI settings."
            )

    def check_form_of_model(self, model: str) -> None:
        """Raise ModelGone for an id that no model can have, before anything is sent."""
        if not self.model_form.fullmatch(model) or ".." in model:
            shown = "".join(c if c.isprintable() else "?" for c in model[:80])
            raise ModelGone(
                f'"{shown}" is no name of a model: it is empty, too long, or has a space or another odd character in '
                "it. Nothing was sent. Choose a model in the AI settings."
            )

    def instructions(self, request: Request, enforced: bool) -> str:
        """What is said before the prompt: the part that stays the same; a schema in words where nothing enforces it."""
        wish = schemas.in_words(request.schema) if request.schema is not None and not enforced else ""
        return "\n\n".join(filter(None, [request.system, wish]))

    def one_of_many(self, read: Callable[[], Completion | OutsideError], model: str) -> Completion | OutsideError:
        """One answer of a lot, or why there is none: sorted like the answer to a single request."""
        try:
            return read()
        except Exception as error:
            return self.failure(error, model)

    # -- sorting ------------------------------------------------------------------------------------------------------

    def failure(self, error: Exception, model: str = "") -> OutsideError:
        """Our error for one of the SDK, of the network, or of an answer that cannot be read."""
        inner: BaseException | None = error
        while inner is not None:
            if isinstance(inner, OutsideError):
                return inner
            inner = inner.__cause__ or inner.__context__
        if problem := self.problem(error):
            return self.sorted_problem(problem, model)
        if isinstance(error, json.JSONDecodeError):
            return self.no_json()
        if isinstance(error, ValueError | TypeError | AttributeError | LookupError | RecursionError):
            return BadOutput(
                f"{self.label} answered in a form that we do not know ({type(error).__name__}). "
                f"Resume asks again. {self.base_url_hint()}".strip()
            )
        return NoAnswer(f"{self.label} could not be asked ({type(error).__name__}). It is tried again.")

    def sorted_problem(self, problem: Problem, model: str = "") -> OutsideError:
        """Our error for what the vendor answered: see errors.py for what each one means."""
        status, label = problem.status, self.label
        if status == 402 or problem.shows(NO_CREDIT):
            return NoCredit(
                f"{label} does not work for this key until somebody pays: its credit or its spending limit is used up. "
                f"Add credit or raise the limit at {label} ({self._desk('start at')}), then resume."
            )
        if status == 401 or problem.shows(BAD_KEY):
            return InvalidKey(
                f"{label} does not accept the key: it is wrong, revoked or cut off. "
                f"Enter a working one in the AI settings ({self._desk('get one at')}), then resume."
            )
        if status == 429 or problem.has_code(TOO_MANY):
            seconds = retry_after(problem.headers) if problem.wait is None else problem.wait
            return RateLimited(f"{label} asks us to wait: too many requests with this key for now.", seconds)
        if status in (408, 409) or status >= 500 or problem.has_code(BUSY):
            busy = Overloaded(
                f"{label} is overloaded or broken for now (status {status or 200}). It is tried again. "
                "If this lasts, look at the vendor's status page or choose another model."
            )
            busy.retry_after = retry_after(problem.headers, default=0.0)
            return busy
        if problem.shows(REFUSED):
            return self.refusal(problem.codes)
        if status == 413 or problem.shows(TOO_LONG):
            return ContextTooLong(
                f"The text is longer than {model or 'the model'} can read. Choose a model with a larger context."
            )
        return self.mistake(problem, model)

    def mistake(self, problem: Problem, model: str) -> PermanentError:
        """Our error for what was wrong with the request itself: the model, the address, or what was asked."""
        status, label, says = problem.status, self.label, self.says(problem.words)
        spoke = bool(problem.codes or problem.words)
        if problem.shows(GONE) or (model and status in (404, 410) and spoke):
            return ModelGone(
                f'{label} does not offer the model "{model}" (any more), or not to this key. '
                "Choose another model in the AI settings."
            )
        if status == 403:
            return PermanentError(
                f"{label} knows the key but does not allow this: the model, the region or the key's permissions. "
                f"{says}Change the key's permissions ({self._desk('start at')}) or choose another model."
            )
        if status in (404, 410) and spoke:
            return PermanentError(
                f"{label} does not know what we asked about. {says}If that was a lot, it is too old there: order its "
                f"texts again. {self.base_url_hint()}".strip()
            )
        if status in (404, 410) or 300 <= status < 400:
            return PermanentError(
                f"There is no {label} at this address (status {status}). Correct {self.base_url_variable}: "
                f'it is "{self.base_url or self.home}".'
            )
        return PermanentError(
            f"{label} cannot do what was asked (status {status or 200}). {says}"
            "Choose another model, or report this if it happens with every model."
        )

    def refusal(self, reason: str, completion: Completion | None = None) -> Refused:
        """The vendor will not do this; the answer, if there is one, is paid all the same."""
        because = re.sub(r"[^a-z0-9_. -]", "", reason.lower()).strip()[:60]
        return Refused(
            f"{self.label} refused this{f' ({because})' if because else ''}. "
            "Another try would be refused too: change the topic or choose another model.",
            completion=completion and replace(completion, finish="refused"),
        )

    def no_json(self) -> Overloaded:
        """The answer is no JSON: a page of a proxy, of a log-in or of an outage."""
        return Overloaded(
            f"{self.label} answered with something that is not JSON, for example a web page of a proxy or an outage. "
            f"It is tried again. {self.base_url_hint()}".strip()
        )

    def usable(self, completion: Completion, request: Request) -> Completion:
        """The completion with its JSON, if there is a text in it; a cut one may be empty. Raises BadOutput."""
        if completion.finish == "stop" and not completion.text.strip():
            raise BadOutput(
                f"{self.label} answered without a text. Resume asks again; if this lasts, choose another model.",
                completion=completion,
            )
        if request.schema is not None and completion.finish == "stop":
            return replace(completion, parsed=schemas.value(completion.text))
        return completion

    def no_picture(self, why: str, completion: Completion) -> BadOutput:
        """The answer has no picture in it."""
        return BadOutput(
            f"{self.label} answered without a picture{f' ({why.lower()})' if why else ''}. "
            "Try again; if this lasts, change the wording or choose another model.",
            completion=completion if completion.usage.reported else None,
        )

    def _desk(self, verb: str) -> str:
        """Where keys and money are looked after."""
        return f"{verb} {self.key_url}" if self.key_url else "ask whoever runs it"

    def base_url_hint(self) -> str:
        return f"If this lasts, check {self.base_url_variable}." if self.base_url else ""

    def says(self, words: str) -> str:
        """The vendor's sentence, quoted without anything that shares six characters with the key."""
        pieces = {self.key[start : start + 6] for start in range(max(1, len(self.key) - 5))} - {""}
        kept = ["***" if any(piece in word for piece in pieces) else word for word in words.split()]
        text = "".join(c for c in " ".join(kept) if c.isprintable())
        return f'It says: "{text[:200]}". ' if text else ""


def lot_answers(
    rows: list[dict[str, Any]],
    requests: Mapping[str, Request],
    was_left: Callable[[dict[str, Any]], bool],
    read: Callable[[dict[str, Any], Request], T],
) -> dict[str, T]:
    """The lines of a lot by our ids, each as `read` has it; without those that nobody asked for or worked on."""
    found = {str(row.get("custom_id")): row for row in rows}
    return {
        name: read(found[name], request)
        for name, request in requests.items()
        if name in found and not was_left(found[name])
    }


def lines(data: bytes) -> list[dict[str, Any]]:
    """The answers in the JSONL file of a lot; raises JSONDecodeError for a line that is none, ValueError for no lot."""
    rows = [json.loads(line) for line in data.split(b"\n") if line.strip()]  # not splitlines: U+2028 may be in a text
    found = [row for row in rows if isinstance(row, dict) and "custom_id" in row]
    if rows and not found:
        raise ValueError("no line of a lot")
    return found
