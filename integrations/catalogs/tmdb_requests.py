"""Asking TMDb: the key, the pace, and every answer that is not one sorted into integrations/errors.py."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, NoReturn

from integrations import http
from integrations.catalogs.tmdb_records import text
from integrations.errors import BadOutput, InvalidKey, Overloaded, PermanentError, RateLimited

BASE_URL = "https://api.themoviedb.org/3"
KEY_PAGE = "themoviedb.org/settings/api"
KEY_CURE = f"Check TMDB_API_KEY: copy the API Read Access Token from {KEY_PAGE} again, restart, then resume."
TIMEOUT = 20.0  # seconds for a whole request
DEFAULT_RETRY_AFTER = 2.0  # seconds, where a 429 names none
LONGEST_PAUSE = 24 * 3600.0  # seconds; longer than that no job is patient
LONGEST_QUEUE = 0.9  # seconds; whoever would have to wait longer for a turn comes back later
KEY_PROBLEMS = {
    10: "TMDb has suspended the account of this key. Write to TMDb, or set another TMDB_API_KEY.",
    32: "The e-mail address of this key's account is not confirmed. Confirm it at themoviedb.org, then resume.",
    45: "TMDb has suspended the account of this key. Write to TMDb, or set another TMDB_API_KEY.",
}
KEY_CODES = {3, 7, 14, 16, 17, 33, 35, *KEY_PROBLEMS}


class Pace:
    """Turns for all threads of a process, evenly spaced, so that no second has more than `per_second`."""

    def __init__(self, per_second: float) -> None:
        self.gap = 1 / per_second
        self.next_turn = 0.0
        self.lock = threading.Lock()

    def wait(self) -> None:
        """Wait for a turn, less than a second; raises RateLimited where too many others wait already."""
        with self.lock:
            now = time.monotonic()
            turn = max(now, self.next_turn)
            if turn - now > LONGEST_QUEUE:
                raise RateLimited("Too many jobs ask TMDb at once; this one comes back in a second.", 1.0)
            self.next_turn = turn + self.gap
        if turn > now:
            time.sleep(turn - now)


PACE = Pace(per_second=5)


class Asking:
    """GET requests with one key. The key leaves this object in requests only, never in an error."""

    def __init__(
        self, key: str, base_url: str, allow_hosts: Iterable[str], before_request: Callable[[], None] | None
    ) -> None:
        # A token copied from a page comes with spaces, line breaks or its header's first word.
        self._key = "".join(key.strip().removeprefix("Bearer ").split())
        self.base_url = base_url.rstrip("/")
        self.allow_hosts = tuple(allow_hosts)
        self.before_request = before_request
        self._session: Any = None

    def __repr__(self) -> str:
        return f"<Asking {self.base_url}>"

    def page(self, path: str, wishes: dict[str, str]) -> dict[str, Any]:
        """One page of a list: {"results": [...], "total_pages": number, ...}. Raises Overloaded for any other shape."""
        answer = self._get(path, wishes)
        if answer is None:
            raise PermanentError(f"TMDb has no list {path} at {self.base_url}. Check TMDB_BASE_URL: it ends in /3.")
        if not isinstance(answer.get("results"), list) or type(answer.get("total_pages")) is not int:
            raise Overloaded("TMDb answered with something that is not a list of titles. It is asked again later.")
        return answer

    def details(self, path: str, wishes: dict[str, str]) -> dict[str, Any] | None:
        """One record; None where TMDb no longer has it (titles are merged and deleted)."""
        return self._get(path, wishes)

    def check_key(self) -> None:
        """Ask whether the key works. Raises InvalidKey."""
        if self._get("/authentication", {}) is None:
            raise PermanentError(f"There is no TMDb at {self.base_url}. Check TMDB_BASE_URL: it ends in /3.")

    def _get(self, path: str, wishes: dict[str, str]) -> dict[str, Any] | None:
        """The answer's JSON object; None for a 404. Raises InvalidKey, RateLimited, Overloaded, PermanentError."""
        secret = self._credentials()
        if self.before_request:
            self.before_request()
        PACE.wait()
        status, headers, body = self._send(path, wishes, secret)
        answer = read_object(body)
        if status == 200 and answer is not None and answer.get("success") is not False:
            return answer
        if status != 404:
            self._fail(status, headers, answer)
        return None

    def _credentials(self) -> dict[str, dict[str, str]]:
        """How the key is sent: a v4 token as a header, a v3 key as a parameter. Raises InvalidKey where none can be."""
        key = self._key
        if not key:
            raise InvalidKey(f"TMDb needs a key and none is set. Set TMDB_API_KEY: {KEY_PAGE} gives one for free.")
        if not (key.isascii() and key.isprintable()):
            raise InvalidKey(f"The TMDb key has characters that no key has. {KEY_CURE}")
        if key.startswith("eyJ") or key.count(".") == 2:
            return {"headers": {"Authorization": f"Bearer {key}"}, "params": {}}
        return {"headers": {}, "params": {"api_key": key}}

    def _send(
        self, path: str, wishes: dict[str, str], secret: dict[str, dict[str, str]]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body. Raises Overloaded where no whole answer comes."""
        if self._session is None:
            self._session = http.session(http.Guard(allow_hosts=self.allow_hosts, trusted_urls=[self.base_url]))
        try:
            answer = self._session.get(
                self.base_url + path,
                params=wishes | secret["params"],
                headers=secret["headers"] | {"Accept": "application/json"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except BadOutput:  # endless or badly packed: no fault of the title that was asked for
            raise Overloaded("TMDb sent an answer that cannot be unpacked. It is asked again later.") from None
        return answer.status_code, answer.headers, answer.content

    def _fail(self, status: int, headers: Mapping[str, str], answer: dict[str, Any] | None) -> NoReturn:
        answer = answer or {}
        code = answer["status_code"] if type(answer.get("status_code")) is int else 0
        if status == 429 or code == 25:
            wait = retry_after(headers.get("Retry-After", ""))
            raise RateLimited(f"TMDb wants a pause of {wait:g} s: too many requests with this key.", wait)
        if status == 401 or code in KEY_CODES:
            raise InvalidKey(KEY_PROBLEMS.get(code, f"TMDb does not accept the key. {KEY_CURE}"))
        if status >= 500 or status < 300 or status == 408:
            problem = f"HTTP {status}" if status != 200 else "an error inside its answer" if answer else "no data"
            raise Overloaded(f"TMDb is out of order for now ({problem}). It is asked again later.")
        if status < 400:
            raise PermanentError(f"{self.base_url} sends elsewhere (HTTP {status}). Check TMDB_BASE_URL.")
        said = text(str(answer.get("status_message", "no reason given")).replace(self._key, "…"), 200)
        raise PermanentError(
            f"TMDb refused the request (HTTP {status}: {said}). Check TMDB_BASE_URL; else report this as a fault."
        )


def read_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body; None for HTML, half a body and everything else."""
    try:
        found = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def retry_after(value: str) -> float:
    """Seconds of a Retry-After header, which is a number or a date; from one second to a day."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            seconds = DEFAULT_RETRY_AFTER
    return min(max(1.0, seconds), LONGEST_PAUSE) if isfinite(seconds) else DEFAULT_RETRY_AFTER
