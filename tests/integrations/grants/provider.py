"""A platform where people sign in: it asks, gives a code once, checks PKCE, and rotates refresh tokens where X does.

It stands before a stub of the platform's API, whose valid tokens are those that it gave. A refresh token that is used
a second time is worth nothing, and ends what was given for it: that is how a lost rotation shows.
"""

import base64
import hashlib
import http.client
import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.integrations.platforms.graph_stub import FacebookStub, InstagramStub, ThreadsStub
from tests.integrations.platforms.linkedin_stub import LinkedInStub
from tests.integrations.platforms.mastodon_stub import MastodonStub
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.platforms.x_stub import XStub
from tests.integrations.stub_server import answer, redirect, send

CLIENT, SECRET = "client-1", "client-secret-0001"
AUTHORISE = {"/i/oauth2/authorize", "/oauth/v2/authorization", "/dialog/oauth", "/oauth/authorize"}
TOKEN_PATHS = {"/oauth2/token", "/oauth/v2/accessToken", "/oauth/access_token", "/oauth/token"}
LONGER = {"/access_token", "/refresh_access_token"}


@dataclass
class Provider(PlatformStub):
    """One platform: its sign-in, and its API behind."""

    api: Any = None
    has_pkce: bool = False
    rotates: bool = False
    refresh_tokens: bool = False
    refused_scopes: set[str] = field(default_factory=set)
    clients: dict[str, tuple[str, str]] = field(default_factory=lambda: {CLIENT: (SECRET, "")})  # secret, redirect
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    refreshes: dict[str, bool] = field(default_factory=dict)  # a refresh token, and whether it is good
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    pages: list[dict[str, str]] = field(default_factory=list)
    granted: str = ""
    lifetime: int = 7200
    slow: float = 0.0

    def step_of(self, seen: Seen) -> str:
        path = urlsplit(seen.path).path
        if path in AUTHORISE:
            return "authorise"
        if path in TOKEN_PATHS or path in LONGER:
            return "token"
        if path.endswith("/revoke"):
            return "revoke"
        known = {"/api/v1/apps": "register", "/me/permissions": "permissions", "/me/accounts": "accounts",
                 "/rest/organizationAcls": "accounts"}  # fmt: skip
        return known.get(path) or self.api.step_of(seen)

    def limited(self) -> Reply:
        return self.api.limited()

    def expired(self) -> Reply:
        return self.api.expired()

    def refused(self) -> Reply:
        return answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)

    def accept(self, step: str, seen: Seen) -> Reply:
        path = urlsplit(seen.path).path
        if path == "/favicon.ico":
            return send(204, b"")
        if step == "authorise":
            return self._ask(seen)
        if step == "token":
            return self._longer(seen) if path in LONGER else self._token(seen)
        if step == "revoke":
            form = dict(parse_qsl(seen.body.decode()))
            self.api.tokens.discard(form["token"])
            self.refreshes[form["token"]] = False
            return send(200, b"")
        if step == "register":
            return self._register(dict(parse_qsl(seen.body.decode())))
        if step in ("permissions", "accounts"):
            return self._of_the_person(step, seen)
        self.api.url = self.url
        return self.api.accept(step, seen)

    # -- the person ---------------------------------------------------------------------------------------------------

    def _ask(self, seen: Seen) -> Reply:
        """The page that asks; with `agree` it sends the person back, as does a click on it."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
        known = self.clients.get(query.get("client_id", ""))
        if known is None or query["response_type"] != "code" or (known[1] and known[1] != query["redirect_uri"]):
            return send(400, b"unknown app, or another callback address")
        if self.has_pkce and not (query.get("code_challenge") and query.get("code_challenge_method") == "S256"):
            return send(400, b"PKCE is missing")
        agree = query.pop("agree", "")
        if not agree:
            links = [f'<a href="{urlsplit(seen.path).path}?{urlencode({**query, "agree": one})}">{one}</a>'
                     for one in ("yes", "no")]  # fmt: skip
            return send(
                200, f"<!doctype html><title>Sign in</title>{' '.join(links)}".encode(), **{"Content-Type": "text/html"}
            )
        if agree == "no":
            return redirect(f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}")
        code = secrets.token_urlsafe(12)
        self.codes[code] = query
        return redirect(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")

    def agree(self, address: str, agree: str = "yes") -> str:
        """What a browser does with an address of ours: go there, agree, and come back; where to."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        connection.request("GET", f"{parts.path}?{parts.query}&agree={agree}")
        got = connection.getresponse()
        got.read()
        connection.close()
        assert got.status == 302, got.status
        return got.headers["Location"]

    # -- the app ------------------------------------------------------------------------------------------------------

    def _token(self, seen: Seen) -> Reply:
        form = dict(parse_qsl(seen.body.decode()))
        if not self._knows(seen, form):
            return self.refused()
        kind = form.get("grant_type")
        if kind == "fb_exchange_token":
            assert form["fb_exchange_token"] in self.api.tokens
            return self._given()
        if kind == "refresh_token":
            return self._refresh(form["refresh_token"])
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        wrong = asked is None or asked["redirect_uri"] != form["redirect_uri"]
        if not wrong and self.has_pkce:
            wrong = asked["code_challenge"] != challenge.decode().rstrip("=")  # type: ignore[index]
        if wrong or asked is None:
            return answer({"error": "invalid_grant", "error_description": "Value passed for the code is invalid"}, 400)
        scopes = [one for one in asked["scope"].replace(",", " ").split() if one not in self.refused_scopes]
        self.granted = " ".join(scopes)
        return self._given()

    def _knows(self, seen: Seen, form: dict[str, str]) -> bool:
        basic = seen.headers.get("authorization", "")
        if basic.startswith("Basic "):
            client, _, secret = base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        else:
            client, secret = form.get("client_id", ""), form.get("client_secret", "")
        return client in self.clients and self.clients[client][0] == secret

    def _given(self) -> Reply:
        number = next(self.numbers)
        access = f"given-access-{number}"
        self.api.tokens.add(access)
        body: dict[str, Any] = {"access_token": access, "token_type": "bearer", "expires_in": self.lifetime}
        if self.refresh_tokens:
            body["refresh_token"] = f"given-refresh-{number}"
            self.refreshes[body["refresh_token"]] = True
        return answer(body | {"scope": self.granted})

    def _refresh(self, token: str) -> Reply:
        if not self.refreshes.get(token):
            for one in self.refreshes:  # somebody has stolen it: everything of this sign-in ends
                self.refreshes[one] = False
            self.api.tokens.clear()
            return answer(
                {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}, 400
            )
        if self.rotates:
            self.refreshes[token] = False
        return self._given()

    def _longer(self, seen: Seen) -> Reply:
        """Meta: a short token becomes a long one, and a long one a longer one."""
        query = dict(parse_qsl(urlsplit(seen.path).query))
        if query["access_token"] not in self.api.tokens:
            return answer({"error": {"code": 190, "message": "Invalid OAuth access token"}}, 400)
        self.lifetime = 60 * 86_400
        return self._given()

    def _register(self, form: dict[str, str]) -> Reply:
        assert set(form) == {"client_name", "redirect_uris", "scopes", "website"}
        self.clients["instance-app"] = ("instance-secret", form["redirect_uris"])
        body = {"id": "1", "name": form["client_name"], "client_id": "instance-app", "client_secret": "instance-secret"}
        return answer(body)

    def _of_the_person(self, step: str, seen: Seen) -> Reply:
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        assert token in self.api.tokens
        if step == "permissions":
            rows = [{"permission": one, "status": "granted"} for one in self.granted.split()]
            return answer({"data": rows + [{"permission": one, "status": "declined"} for one in self.refused_scopes]})
        if seen.path.startswith("/rest/"):
            return answer({"elements": [{"organization": "urn:li:organization:42", "role": "ADMINISTRATOR"}]})
        for page in self.pages:
            self.api.tokens.add(page["access_token"])
        return answer({"data": self.pages})


def provider_of(platform: str) -> Provider:
    """The sign-in of a platform with its API."""
    apis = {"x": XStub, "linkedin": LinkedInStub, "facebook": FacebookStub, "instagram": InstagramStub,
            "threads": ThreadsStub, "mastodon": MastodonStub}  # fmt: skip
    api = apis[platform]()
    api.tokens.clear()
    pages = [
        {"id": "17", "name": "Films", "access_token": "page-token-1"},
        {"id": "18", "name": "Books", "access_token": "page-token-2"},
    ]
    return Provider(
        api=api,
        has_pkce=platform in ("x", "mastodon"),
        rotates=platform == "x",
        refresh_tokens=platform in ("x", "linkedin"),
        pages=pages,
    )


def settings_for(provider: Provider, platform: str, settings: Any) -> None:
    """Let Pressroom sign in there."""
    authorise = {"x": "/i/oauth2/authorize", "linkedin": "/oauth/v2/authorization", "facebook": "/dialog/oauth"}
    token = {"x": "/oauth2/token", "linkedin": "/oauth/v2/accessToken"}
    settings.PLATFORM_BASE_URLS = {**settings.PLATFORM_BASE_URLS, platform: provider.url}
    settings.PLATFORM_CLIENTS = {platform: (CLIENT, SECRET)}
    urls = (authorise.get(platform, "/oauth/authorize"), token.get(platform, "/oauth/access_token"))
    settings.PLATFORM_SIGN_IN_URLS = {platform: (provider.url + urls[0], provider.url + urls[1])}


def body_of(seen: Seen) -> Any:
    """What was sent, as JSON or as a form."""
    kind = seen.headers.get("content-type", "")
    return json.loads(seen.body) if "json" in kind else dict(parse_qsl(seen.body.decode()))
