"""What signing in at a platform promises: an address to go to, tokens for the code that comes back, and new tokens.

A code is good once, and so is a refresh token where the platform rotates them: whoever renews must be alone, and must
store what it got. OAuth 2 is RFC 6749, PKCE is RFC 7636.
"""

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.platforms.base import Platform
from integrations.platforms.remote import Answer, Caller


@dataclass(frozen=True)
class Scope:
    """One right that is asked for: its name there, and what it lets us do, for people."""

    name: str
    words: str
    needed: bool = True


@dataclass(frozen=True)
class Client:
    """The app by which people sign in: its id, and its secret ("" for one that has none)."""

    id: str
    secret: str = ""


@dataclass(frozen=True)
class Tokens:
    """What came for a code. expires_at is None for a token without an end; scopes is None where it is not told."""

    access: str
    refresh: str = ""
    expires_at: datetime | None = None
    scopes: frozenset[str] | None = None

    def credentials(self, **more: str) -> dict[str, str]:
        """As an account stores them."""
        ends = self.expires_at.isoformat(timespec="seconds") if self.expires_at else ""
        found = {"accessToken": self.access, "refreshToken": self.refresh, "expiresAt": ends, **more}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Candidate:
    """An account that may be connected with what was granted: oneself, or a page. kind says which, for people."""

    remote_id: str
    name: str
    kind: str
    credentials: dict[str, str]


class Grant(Caller):
    """Signing in at one platform."""

    kind: ClassVar[type[Platform]]  # what is connected
    scopes: ClassVar[tuple[Scope, ...]]
    separator: ClassVar[str] = " "  # between scopes in the address
    uses_pkce: ClassVar[bool] = True
    needs_base_url: ClassVar[bool] = False  # each instance has an app of its own: `register` makes it
    can_revoke: ClassVar[bool] = True
    made_at: ClassVar[str] = ""  # where an operator makes the app, for people
    authorise_url = ""
    token_url = ""

    def __init__(
        self,
        client: Client,
        *,
        redirect_uri: str = "",
        base_url: str = "",
        authorise_url: str = "",
        token_url: str = "",
        allow_hosts: Collection[str] = (),
        trusted_urls: Collection[str] = (),
        version: str = "",
    ) -> None:
        """redirect_uri is where people come back to. The addresses are an operator's other ones, "" for the usual."""
        self.client = client
        self.redirect_uri = redirect_uri
        self.base_url = base_url.strip().rstrip("/")
        self.authorise_url = authorise_url or self.usual_authorise_url()
        self.token_url = token_url or self.usual_token_url()
        self.allow_hosts = tuple(allow_hosts)
        self.trusted_urls = tuple(trusted_urls)
        self.version = version
        self.given = {"secret": client.secret}

    def usual_authorise_url(self) -> str:
        """Where people sign in."""
        return self.authorise_url

    def usual_token_url(self) -> str:
        """Where codes become tokens."""
        return self.token_url

    # -- the way there and back ---------------------------------------------------------------------------------------

    def address(self, state: str, verifier: str) -> str:
        """Where to send a person's browser. state comes back with it; verifier is kept here until then."""
        wanted = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.redirect_uri,
            "scope": self.separator.join(one.name for one in self.scopes),
            "state": state,
        }
        if self.uses_pkce:
            wanted |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
        return f"{self.authorise_url}?{urlencode(wanted)}"

    def exchange(self, code: str, verifier: str) -> Tokens:
        """Tokens for the code that came back; it is good once. Raises the errors of integrations/errors.py."""
        wanted = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.tokens_of(self.ask_for_tokens(wanted | ({"code_verifier": verifier} if self.uses_pkce else {})))

    def candidates(self, tokens: Tokens) -> list[Candidate]:
        """The accounts that may be connected with these tokens: as a rule oneself."""
        return [self.oneself(tokens)]

    def oneself(self, tokens: Tokens) -> Candidate:
        """The account of whoever signed in; the platform is asked."""
        known = {one.name for one in self.kind.credentials}
        credentials = {name: value for name, value in tokens.credentials().items() if name in known}
        profile = self.opened(credentials).check()
        return Candidate(profile.remote_id, profile.name, "your account", credentials)

    def opened(self, credentials: Mapping[str, str]) -> Any:
        """The platform, with credentials that were granted."""
        return self.kind(
            credentials,
            base_url=self.base_url,
            allow_hosts=self.allow_hosts,
            trusted_urls=self.trusted_urls,
            version=self.version,
        )

    def missing(self, tokens: Tokens) -> list[Scope]:
        """What was asked for and not granted; nothing where the platform does not say."""
        return [one for one in self.scopes if tokens.scopes is not None and one.name not in tokens.scopes]

    # -- later --------------------------------------------------------------------------------------------------------

    def can_renew(self, credentials: Mapping[str, str]) -> bool:
        """Whether these credentials can be renewed without the person."""
        return bool(credentials.get("refreshToken"))

    def renew(self, credentials: Mapping[str, str]) -> dict[str, str]:
        """New credentials for old ones, which may be worth nothing after this. Raises InvalidKey where it is over."""
        wanted = {"grant_type": "refresh_token", "refresh_token": credentials["refreshToken"]}
        tokens = self.tokens_of(self.ask_for_tokens(wanted))
        kept = {name: value for name, value in credentials.items() if name not in ("accessToken", "expiresAt")}
        return kept | tokens.credentials()

    def revoke(self, credentials: Mapping[str, str]) -> None:
        """Tell the platform that these tokens are not used any more."""
        raise Refused(f"{self.label} offers no way to do so from here. Remove the app in the settings there.")

    # -- asking -------------------------------------------------------------------------------------------------------

    def ask_for_tokens(self, wanted: Mapping[str, str]) -> Answer:
        """Ask where codes become tokens, as the app."""
        as_app = {"client_id": self.client.id} | ({"client_secret": self.client.secret} if self.client.secret else {})
        return self.call("POST", self.token_url, data={**wanted, **as_app})

    def tokens_of(self, answer: Answer) -> Tokens:
        """The tokens of an answer."""
        data = answer.data if isinstance(answer.data, dict) else {}
        access = data.get("access_token")
        if not isinstance(access, str) or not access:
            raise self.unreadable()
        refresh, told = data.get("refresh_token"), data.get("scope")
        return Tokens(
            access=access,
            refresh=refresh if isinstance(refresh, str) else "",
            expires_at=ends_at(data.get("expires_in")),
            scopes=frozenset(told.replace(",", " ").split()) if isinstance(told, str) else None,
        )

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error, by the codes of RFC 6749, 5.2."""
        code = answer.data.get("error") if isinstance(answer.data, dict) else None
        words = self.says(self.words(answer))
        if code == "invalid_client" or code == "unauthorized_client":
            return Refused(
                f"{self.label} does not know the app that Pressroom signs in by. {words}Compare its id and secret with "
                f"those in {self.made_at or 'its settings'}."
            )
        if code in ("invalid_grant", "invalid_token", "invalid_request") and answer.status in (400, 401, 403):
            return InvalidKey(f"{self.label} does not accept this sign-in any more. {words}Connect the account anew.")
        return super().sorted_problem(answer, creates)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def ends_at(seconds: Any) -> datetime | None:
    """When a token ends that is good for so many seconds."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit() and len(seconds) < 12:
        seconds = int(seconds)
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 10 * 365 * 86_400
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0) if known else None
