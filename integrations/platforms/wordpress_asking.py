"""Asking a WordPress site with an account's application password, and what its problems mean."""

import base64
import html
import re
from typing import Any

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.platforms.remote import Answer, Remote

# What people copy out of their browser, behind the site's address.
BEHIND_SITE = re.compile(r"/(?:wp-json|wp-admin|wp-login\.php)(?:[/?#].*)?\Z")
MADE_IN = "Users › Profile › Application Passwords"
STRIPPED = (
    "As a rule a security plugin or the web server takes the Authorization header away. Let it pass, or allow "
    "application passwords in the plugin."
)
TOO_LARGE = ("rest_upload_file_too_big", "rest_upload_limited_space")
# WordPress sends these with status 500, and will never take the file (upload_from_data in its attachments controller).
UPLOADS_REFUSED = ("rest_upload_sideload_error", "rest_upload_unknown_error")


class NotThere(Refused):
    """The post or file is deleted, or was never there."""


class NoTrash(Refused):
    """The site has no trash: what is deleted is gone."""


class TagExists(Refused):
    """There is a tag of this name already; term_id is its number."""

    def __init__(self, message: str, term_id: int) -> None:
        super().__init__(message)
        self.term_id = term_id


class WordPressAsking(Remote):
    """A site, with the name and the application password of a user."""

    label = "WordPress"

    @property
    def root(self) -> str:
        """Where the site's API is, whether its address was entered with /wp-json or without."""
        return BEHIND_SITE.sub("", self.base_url).rstrip("/") + "/wp-json/wp/v2"

    def asks(
        self, method: str, path: str, *, creates: bool = False, headers: dict[str, str] | None = None, **request: Any
    ) -> Answer:
        """Call the site as the account's user; raises InvalidKey for a name or password that cannot be one."""
        login = {"Authorization": f"Basic {self.login()}"} | (headers or {})
        return self.call(method, path, creates=creates, headers=login, **request)

    def login(self) -> str:
        """Name and password as Basic authentication writes them. WordPress itself ignores the password's spaces."""
        name, password = (self.given.get(one, "").strip() for one in ("username", "applicationPassword"))
        if not name or ":" in name or not (name + password).isprintable():
            raise InvalidKey(f"{self.label} needs the name that you log in with, and this is none. Enter it anew.")
        if not password or not password.isascii():
            raise InvalidKey(
                f"{self.label} needs an application password, and this is none. Make one under {MADE_IN}, and enter it."
            )
        return base64.b64encode(f"{name}:{password}".encode()).decode()

    # -- its problems -------------------------------------------------------------------------------------------------

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error: as everywhere, with WordPress's own codes told apart."""
        code, words = self.code(answer), self.says(self.words(answer))
        if answer.status in (401, 403) and not code:
            return self._blocked(answer)
        if answer.status == 401:
            return self._not_logged_in(code, words)
        if code == "rest_no_route" or (answer.status == 404 and not code):
            return Refused(
                f"There is no API of {self.label} at this address. {words}Enter the address of the site, and choose "
                "anything but Plain under Settings › Permalinks."
            )
        if answer.status in (404, 410):
            return NotThere(f"{self.label} has nothing there. {words}Look at the site.")
        if code == "rest_trash_not_supported":
            return NoTrash(f"{self.label} has no trash there. {words}Delete it there.")
        if code == "term_exists" and type(term_id := part(answer.data, "data").get("term_id")) is int:
            return TagExists(f"{self.label} has that tag already. {words}Use it.", term_id)
        if code in UPLOADS_REFUSED:
            return Refused(f"{self.label} does not take this file. {words}Choose another one.")
        if code in TOO_LARGE or answer.status == 413:
            return Refused(f"This is larger than the site takes. {words}Make it smaller, or raise the limit there.")
        return super().sorted_problem(answer, creates)

    def _not_logged_in(self, code: str, words: str) -> OutsideError:
        if code.startswith("rest_"):  # a wrong name or password has a code of its own
            return InvalidKey(f"{self.label} did not see the login. {words}{STRIPPED}")
        return InvalidKey(
            f"{self.label} does not accept the login. {words}Make a new application password under {MADE_IN}, and "
            "enter it with the name that you log in with."
        )

    def _blocked(self, answer: Answer) -> OutsideError:
        """A page for people instead of JSON: it was not WordPress that answered."""
        if answer.status == 401:
            return InvalidKey(f"Something in front of {self.label} does not let us in (401). {STRIPPED}")
        return Refused(f"Something in front of {self.label} stopped this (403). {STRIPPED}")

    def code(self, answer: Answer) -> str:
        """What WordPress calls the problem, "" where it was not WordPress that answered."""
        code = answer.data.get("code") if isinstance(answer.data, dict) else None
        return code if isinstance(code, str) else ""

    def words(self, answer: Answer) -> str:
        """Its own words without tags, and what it says about single fields."""
        fields = part(part(answer.data, "data"), "params").values()
        parts = [super().words(answer), *(one for one in fields if isinstance(one, str))]
        return plain(" ".join(parts))

    def says(self, words: str) -> str:
        """Its words, without the password in any form."""
        password = self.given.get("applicationPassword", "")
        pair = f"{self.given.get('username', '').strip()}:{password.strip()}"
        for secret in ("".join(password.split()), base64.b64encode(pair.encode()).decode()):
            words = words.replace(secret, "***") if len(secret) >= 4 else words
        return super().says(words)


def part(found: Any, name: str) -> dict[str, Any]:
    """The object of this name in another one; an empty one where there is none."""
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def plain(text: str) -> str:
    """HTML as words."""
    return html.unescape(re.sub(r"<[^<>]*>", "", text))
