"""WhatsApp by its Cloud API: text while a person's 24-hour window is open, else a template of one's own.

There is no key that would make a call repeatable: what became of one without an answer is told by a webhook, which
names our reference (`biz_opaque_callback_data`).
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from integrations.channels.base import Sent, Words
from integrations.errors import InvalidKey, OutsideError, Overloaded, RateLimited, Refused, Unsupported
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.remote import Answer, Remote

MOST_TEXT, MOST_BODY, MOST_VALUE, MOST_TITLE = 4096, 1024, 1024, 20
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
# What a code means for us: reference/whatsapp-and-email.md 1.5.
KEYS = {0, 3, 10, 190, 368, 131005, 131031, 131042, 131045, *range(200, 300)}
WAITING = {4, 80007, 130429, 131048, 131056}
TROUBLE = {131000, 131016, 131057, 133016}
OUTSIDE_WINDOW = 131047
WAIT_SECONDS = 60.0


class WindowClosed(Refused):
    """The person has not written for 24 hours: only a template may be sent."""


class WhatsApp(Remote):
    """A phone number of a WhatsApp business account."""

    name: ClassVar[str] = "whatsapp"
    label: ClassVar[str] = "WhatsApp"
    delivery = Delivery.BLIND
    takes_posts: ClassVar[bool] = False
    default_url = "https://graph.facebook.com/v25.0"
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("accessToken", "Access token", "Of a system user, with whatsapp_business_messaging."),
        Credential("phoneNumberId", "Phone number ID", "Of the sender; not the number itself.", secret=False),
        Credential("appSecret", "App secret", "App settings › Basic: it signs what WhatsApp tells us."),
        Credential("verifyToken", "Verify token", "Words of your own: enter the same ones at Meta's webhook."),
        Credential(
            "template", "Template for messages", "Its name; its body has one variable.", secret=False, required=False
        ),
        Credential(
            "approvalTemplate",
            "Template for approvals",
            "Its name; three variables (account, text, time) and two quick replies.",
            secret=False,
            required=False,
        ),
        Credential("language", "Language of the templates", "As en_US. Empty: en.", secret=False, required=False),
    )
    limits: ClassVar[Limits] = Limits(text=MOST_TEXT)

    def __init__(self, credentials: Mapping[str, str], **options: Any) -> None:
        super().__init__(credentials, **options)
        number = self.given.get("phoneNumberId", "")
        if not (number.isascii() and number.isdecimal()):
            raise InvalidKey("The phone number ID is a number that Meta shows beside the phone number. Copy it again.")
        if self.given.get("language") and not LANGUAGE.fullmatch(self.given["language"]):
            raise InvalidKey("The language reads as en or en_US. Correct it.")

    def check(self) -> Profile:
        """Which number it is, and what WhatsApp thinks of it."""
        fields = "display_phone_number,verified_name,quality_rating"
        data = self._ask("GET", f"/{self.given['phoneNumberId']}", params={"fields": fields}).data
        number = data.get("display_phone_number") if isinstance(data, dict) else None
        if not isinstance(number, str):
            raise self.unreadable()
        rating = str(data.get("quality_rating") or "")
        note = "WhatsApp rates this number low: send less." if rating == "RED" else ""
        return Profile(self.given["phoneNumberId"], f"{data.get('verified_name') or ''} {number}".strip(), note=note)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Nothing is published here."""
        raise Unsupported("WhatsApp reaches single people. Choose a platform that takes posts.")

    def send(self, words: Words) -> Sent:
        """Send text while the window is open, else the template; the template too where WhatsApp says it is closed."""
        if words.is_open:
            try:
                return self._post(words, self._free(words))
            except WindowClosed:
                pass  # nothing was sent
        return self._post(words, self._template(words))

    def _post(self, words: Words, message: dict[str, Any]) -> Sent:
        to = {"to": words.to.removeprefix("+")} if words.to.startswith("+") else {"recipient": words.to}
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "biz_opaque_callback_data": words.reference,
            **to,
            **message,
        }
        data = self._ask("POST", f"/{self.given['phoneNumberId']}/messages", creates=True, json=body).data
        found = data.get("messages") if isinstance(data, dict) else None
        first = found[0] if isinstance(found, list) and found else None
        remote_id = first.get("id") if isinstance(first, dict) else None
        if not isinstance(remote_id, str) or not remote_id:
            raise self.unreadable(creates=True)
        return Sent(remote_id)

    def _free(self, words: Words) -> dict[str, Any]:
        if not words.buttons:
            return {"type": "text", "text": {"body": words.text[:MOST_TEXT], "preview_url": False}}
        buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title[:MOST_TITLE]}} for one in words.buttons]
        body = {"type": "button", "body": {"text": words.text[:MOST_BODY]}, "action": {"buttons": buttons}}
        return {"type": "interactive", "interactive": body}

    def _template(self, words: Words) -> dict[str, Any]:
        kind = "approvalTemplate" if words.buttons else "template"
        name = self.given.get(kind, "")
        if not name:
            raise Refused(
                "This person has not written to us for 24 hours, so WhatsApp takes a template alone, and the account "
                "names none. Make one at Meta, and enter its name in the account."
            )
        values = words.values if words.buttons else (words.text,)
        parameters = [{"type": "text", "text": one_line(value)} for value in values]
        components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
        for place, one in enumerate(words.buttons):
            payload = [{"type": "payload", "payload": one.id}]
            components.append({"type": "button", "sub_type": "quick_reply", "index": str(place), "parameters": payload})
        language = {"code": self.given.get("language") or "en"}
        return {"type": "template", "template": {"name": name, "language": language, "components": components}}

    def _ask(self, method: str, path: str, *, creates: bool = False, **request: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.given.get('accessToken', '')}"}
        return self.call(method, path, creates=creates, headers=headers, **request)

    # -- its problems -------------------------------------------------------------------------------------------------

    def words(self, answer: Answer) -> str:
        """Message and details of its error."""
        error = _error(answer)
        details = error.get("error_data")
        more = details.get("details") if isinstance(details, dict) else None
        parts = [error.get("message"), more]
        return " ".join(str(part) for part in parts if isinstance(part, str))

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """By WhatsApp's own code, where there is one; it says what happened better than the status."""
        code, says = _error(answer).get("code"), self.says(self.words(answer))
        if type(code) is not int:
            return super().sorted_problem(answer, creates)
        if code == OUTSIDE_WINDOW:
            return WindowClosed(f"The 24 hours are over. {says}Send a template.")
        if code in WAITING:
            return RateLimited(f"WhatsApp wants us to wait ({code}). {says}".strip(), WAIT_SECONDS)
        if code in KEYS:
            return InvalidKey(f"WhatsApp does not let the account send ({code}). {says}Look at it at Meta.")
        if code in TROUBLE or answer.status >= 500:
            return Overloaded(f"WhatsApp is in trouble ({code}). {says}It is tried again.")
        return Refused(f"WhatsApp does not send this ({code}). {says}Check the number and the template.")


def _error(answer: Answer) -> dict[str, Any]:
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    return error if isinstance(error, dict) else {}


def one_line(value: str) -> str:
    """A value for a template: WhatsApp takes no line breaks, tabs or many spaces in one, and none that is empty."""
    return " ".join(value.split())[:MOST_VALUE] or "-"
