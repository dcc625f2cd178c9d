"""Slack by an incoming webhook: one text in one channel. Slack tells no id, so nothing can be looked up or deleted."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import AmbiguousOutcome, BadOutput, InvalidKey, OutsideError, Refused
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.remote import MAYBE, Answer, Remote

HOST = "hooks.slack.com"
# What Slack answers to an empty message of a webhook that works.
ALIVE = ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")
DEAD = ("no_service", "invalid_token", "no_team", "channel_not_found", "channel_is_archived", "no_active_hooks")


class Slack(Remote):
    """A channel in Slack."""

    name: ClassVar[str] = "slack"
    label: ClassVar[str] = "Slack"
    delivery = Delivery.BLIND
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("webhookUrl", "Webhook", "https://hooks.slack.com/services/…, from Incoming Webhooks of your app."),
    )
    limits: ClassVar[Limits] = Limits(text=40_000)

    def check(self) -> Profile:
        """Whether the webhook works: an empty message is refused by one that does, and publishes nothing."""
        try:
            self._post({}, creates=False)
        except Refused as error:
            if any(word in str(error) for word in ALIVE):
                return Profile(remote_id="", name="A channel in Slack", note="Slack does not say which channel it is.")
            if any(word in str(error) for word in DEAD):
                raise InvalidKey("Slack knows this webhook no more. Make a new one there, and enter it.") from None
            raise
        raise BadOutput("Slack took an empty message, which Slack never does. Check the address.")

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post it. Only the word ok says that it is there."""
        answer = self._post({"text": _escaped(draft.text)}, creates=True)
        if answer.text.strip() != "ok":
            raise AmbiguousOutcome(f"Slack answered with something else than ok. {MAYBE}")
        return Posted(remote_id="")

    def count(self, text: str) -> int:
        """As it is sent: & < > are longer then."""
        return len(_escaped(text))

    def _post(self, content: dict[str, str], *, creates: bool) -> Answer:
        url = _checked(self.given.get("webhookUrl", ""), bool(self.allow_hosts))
        headers = {"Content-Type": "application/json"}
        return self.call(
            "POST", url, creates=creates, wants_json=False, data=json.dumps(content).encode(), headers=headers
        )

    def words(self, answer: Answer) -> str:
        """Slack's words are the body itself."""
        return answer.text if len(answer.text) < 100 and "<" not in answer.text else ""

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """A webhook that is gone is one more kind of credentials that do not hold."""
        if answer.status in (401, 404, 410) or (answer.status == 403 and answer.text.strip() in DEAD):
            return InvalidKey("Slack knows this webhook no more. Make a new one there, and enter it.")
        return super().sorted_problem(answer, creates)


def _checked(url: str, may_be_elsewhere: bool) -> str:
    """The address of the webhook; raises InvalidKey, without repeating it, where it is none of Slack's."""
    if urlsplit(url).hostname != HOST and not may_be_elsewhere:
        raise InvalidKey(f"This is no webhook of Slack: it begins with https://{HOST}/. Copy it again.")
    return url


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
