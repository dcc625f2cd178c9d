"""Being signed in at a server of Bluesky (a PDS).

Signing in is scarce (300 times a day, 30 times in 5 minutes): its tokens are kept in `session`, and renewed when the
server says that they are over. Renewing gives a new refresh token too. Only where that is refused, or nothing is kept,
the app password is used.
"""

import json
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.http import bounded
from integrations.platforms.remote import Answer, Remote

TOKENS = ("accessJwt", "refreshJwt")
OVER = {"ExpiredToken", "InvalidToken"}
SHUT = {"AccountTakedown", "AccountSuspended", "AccountDeactivated"}


class TokenOver(InvalidKey):
    """The access token does not hold any more, so nothing was done."""


class PlaceTaken(Refused):
    """There is another record under this key (InvalidSwap), so nothing was done."""


class NotThere(Refused):
    """There is no such record."""


class BlueskySession(Remote):
    """An account at a server, signed in when it first has to be."""

    def asks(
        self,
        method: str,
        name: str,
        *,
        creates: bool = False,
        headers: dict[str, str] | None = None,
        **request: Any,
    ) -> Answer:
        """Call a method of the account's server by its name, with the account's token.

        Where the token is over the server did nothing, so it is sent once more with a new one.
        """

        def send() -> Answer:
            bearer = {"Authorization": f"Bearer {self.signed_in()['accessJwt']}"} | (headers or {})
            return self.call(method, f"/xrpc/{name}", creates=creates, headers=bearer, **request)

        try:
            return send()
        except TokenOver:
            self._renew()
        return send()

    def signed_in(self) -> dict[str, str]:
        """did, handle, accessJwt, refreshJwt and host of the account; signs in where nothing is kept."""
        return self._kept() or self._sign_in()

    # -- tokens -------------------------------------------------------------------------------------------------------

    def _kept(self) -> dict[str, str] | None:
        try:
            kept = json.loads(self.session or "null")
        except ValueError:
            return None
        return kept if isinstance(kept, dict) and kept.get("of") == self._mark() and kept.get("accessJwt") else None

    def _mark(self) -> str:
        """Tokens of other credentials or another server are not used."""
        return sha256("\n".join((self.root, self._handle(), self._password())).encode()).hexdigest()[:16]

    def _handle(self) -> str:
        return self.given.get("handle", "").strip().removeprefix("@")

    def _password(self) -> str:
        return self.given.get("appPassword", "").strip()

    def _sign_in(self) -> dict[str, str]:
        self.session = ""
        if not self._handle() or not self._password():
            raise InvalidKey(f"{self.label} needs a handle and an app password. Enter both.")
        body = {"identifier": self._handle(), "password": self._password()}
        answer = self.call("POST", "/xrpc/com.atproto.server.createSession", json=body)
        return self._keep(answer, {})

    def _renew(self) -> None:
        before = self._kept()
        if before is None:
            self._sign_in()
            return
        try:
            answer = self.call(
                "POST",
                "/xrpc/com.atproto.server.refreshSession",
                headers={"Authorization": f"Bearer {before['refreshJwt']}"},
            )
        except (InvalidKey, Refused):
            self._sign_in()
        else:
            self._keep(answer, before)

    def _keep(self, answer: Answer, before: dict[str, str]) -> dict[str, str]:
        data = answer.data if isinstance(answer.data, dict) else {}
        kept = {name: data.get(name) for name in ("did", "handle", *TOKENS)}
        if not all(isinstance(value, str) and value for value in kept.values()):
            raise self.unreadable()
        kept |= {"of": self._mark(), "host": host_of(data.get("didDoc")) or before.get("host", "")}
        self.session = json.dumps(kept)
        return {name: str(value) for name, value in kept.items()}

    # -- what it says -------------------------------------------------------------------------------------------------

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error, by the name that atproto gives an error."""
        code = answer.data.get("error") if isinstance(answer.data, dict) else None
        if code in OVER:
            return TokenOver(f"{self.label} has ended this session. It is opened again; if this lasts, enter a new app "
                             "password.")  # fmt: skip
        if code == "AuthFactorTokenRequired":
            return InvalidKey(
                f"{self.label} wants a second factor with this password. Make an app password under Settings › "
                "Privacy and security › App passwords, and enter that one."
            )
        if code in SHUT:
            return InvalidKey(f"{self.label} has shut this account ({code}). Clear that up there, then check again.")
        if code == "InvalidSwap":
            return PlaceTaken(f"Another post has the place of this one at {self.label}. Make a new publication of it.")
        if code == "RecordNotFound" or self.words(answer).startswith("Could not locate record"):
            return NotThere(f"{self.label} has no such post.")
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """Until its limit begins anew, as the header ratelimit-reset says (seconds since 1970)."""
        try:
            return bounded(float(answer.headers["ratelimit-reset"]) - time.time())
        except (KeyError, ValueError):
            return super().waiting_time(answer)

    def says(self, words: str) -> str:
        """Its words, without the account's tokens too."""
        for name in TOKENS:
            if token := (self._kept() or {}).get(name):
                words = words.replace(token, "***")
        return super().says(words)


def host_of(document: Any) -> str:
    """The host of an account's server, out of its DID document; "" where that does not say."""
    services = document.get("service") if isinstance(document, dict) else None
    for one in services if isinstance(services, list) else []:
        if isinstance(one, dict) and str(one.get("id", "")).endswith("#atproto_pds"):
            return urlsplit(str(one.get("serviceEndpoint", ""))).netloc
    return ""
