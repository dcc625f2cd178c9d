"""Asking a Ghost site with an Admin API key: a token of its own for each request, and what its problems mean."""

import re
import time
from typing import Any

import jwt

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.platforms.remote import Answer, Remote

VERSION = "v5.0"
TOKEN_SECONDS = 300  # Ghost refuses tokens that live longer
KEY = re.compile(r"([0-9a-f]{24}):([0-9a-f]{64})")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
# What people copy out of their browser, behind the site's address.
BEHIND_SITE = re.compile(r"/ghost(?:[/?#].*)?\Z")
MADE_IN = "Settings › Integrations › Add custom integration"


class NotThere(Refused):
    """There is no such post."""


class Collision(Refused):
    """The post was changed there in the meantime."""


class GhostAsking(Remote):
    """A site, with the key of an integration."""

    label = "Ghost"

    @property
    def root(self) -> str:
        """Where the site's API is, whether its address was entered with /ghost or without."""
        return BEHIND_SITE.sub("", self.base_url).rstrip("/") + "/ghost/api/admin"

    def asks(self, method: str, path: str, *, creates: bool = False, **request: Any) -> Answer:
        """Call the site with a new token; raises InvalidKey for a key that cannot be one."""
        headers = {"Authorization": f"Ghost {self.token()}", "Accept-Version": VERSION}
        return self.call(method, path, creates=creates, headers=headers, **request)

    def token(self) -> str:
        """A token that is good for five minutes."""
        key = KEY.fullmatch(self.given.get("adminKey", "").strip().lower())
        if key is None:
            raise InvalidKey(
                f"{self.label} needs an Admin API key, and this is none. It has 24 characters, a colon and 64 more, "
                f"all 0-9 or a-f; the Content API key is another one. Copy it from {MADE_IN}."
            )
        now = int(time.time())
        claims = {"iat": now, "exp": now + TOKEN_SECONDS, "aud": "/admin/"}
        return jwt.encode(claims, bytes.fromhex(key[2]), algorithm="HS256", headers={"kid": key[1]})

    # -- its problems -------------------------------------------------------------------------------------------------

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error: as everywhere, with Ghost's own types told apart."""
        problem, words = first_problem(answer), self.says(self.words(answer))
        kind, code = problem.get("type"), problem.get("code")
        if answer.status == 401:
            return self._not_let_in(code, words)
        if answer.status == 404:
            if kind == "NotFoundError":
                return NotThere(f"{self.label} has nothing there. {words}Look at the site.")
            return Refused(f"There is no {self.label} at this address. Enter the address of the site.")
        if kind == "UpdateCollisionError" or answer.status == 409:
            return Collision(
                f"The post was changed there since it was sent, and nothing was overwritten. {words}Look at it at "
                f"{self.label}, and change it there."
            )
        if answer.status == 413:
            return Refused(f"This is larger than the site takes. {words}Make it smaller, or raise the limit there.")
        if answer.status == 406:
            return Refused(f"This {self.label} is too old or too new for us. {words}We need 5.0 or later: update it.")
        return super().sorted_problem(answer, creates)

    def _not_let_in(self, code: Any, words: str) -> OutsideError:
        if "jwt expired" in words or "jwt not active" in words:
            return InvalidKey(
                f"{self.label} takes our tokens for outdated. {words}The clocks differ by minutes: set the one of this "
                "machine or of the site right, then check the account."
            )
        return InvalidKey(
            f"{self.label} does not accept the Admin API key{' any more' if code == 'UNKNOWN_ADMIN_API_KEY' else ''}. "
            f"{words}Copy it anew from {MADE_IN}, and enter it."
        )

    def words(self, answer: Answer) -> str:
        """Its own words: the message of the first problem, and what it says about it."""
        problem = first_problem(answer)
        parts = [problem.get(name) for name in ("message", "context")]
        return " ".join(one for one in parts if isinstance(one, str)) or super().words(answer)

    def says(self, words: str) -> str:
        """Its words, without the key's secret half and without tokens."""
        secret = self.given.get("adminKey", "").strip().rpartition(":")[2]
        words = words.replace(secret, "***") if len(secret) >= 4 else words
        return super().says(TOKEN.sub("***", words))


def first_problem(answer: Answer) -> dict[str, Any]:
    """The first of the problems in an answer; an empty one where it was not Ghost that answered."""
    found = answer.data.get("errors") if isinstance(answer.data, dict) else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
