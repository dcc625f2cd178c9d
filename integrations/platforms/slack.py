"""Slack by an incoming webhook: one text in one channel. Slack tells no id, so nothing can be looked up or deleted."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from integrations.errors import AmbiguousOutcome, BadOutput, InvalidKey, OutsideError, Refused
from integrations.http import Guard
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.remote import MAYBE, Answer, Remote
from integrations.platforms.secret_addresses import checked, hidden

HOSTS = ("hooks.slack.com",)
PATH = re.compile(r"/services/\w{1,40}/\w{1,40}/\w{8,100}", re.ASCII)
NO_HOOK = "This is no webhook of Slack: it reads https://hooks.slack.com/services/ and three more parts. Copy it again."
GONE = "Slack knows this webhook no more. Make a new one there, and enter its address."
# What Slack answers to an empty message of a webhook that works.
ALIVE = ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")
DEAD = ("no_service", "no_service_id", "invalid_token", "no_team", "no_active_hooks", "channel_not_found")
LONGEST_WORD = 100


class NothingInIt(Refused):
    """The webhook works, and there was nothing to post."""


class Slack(Remote):
    """A channel in Slack."""

    name: ClassVar[str] = "slack"
    label: ClassVar[str] = "Slack"
    delivery = Delivery.BLIND
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("webhookUrl", "Webhook", "https://hooks.slack.com/services/…, from Incoming Webhooks of your app."),
    )
    limits: ClassVar[Limits] = Limits(text=40_000)  # Slack cuts what is longer

    def check(self) -> Profile:
        """Whether the webhook works: an empty message is refused by one that does, and publishes nothing."""
        try:
            self._post({}, creates=False)
        except NothingInIt:
            return Profile("", "A channel in Slack", note="Slack does not say which channel it is.", limits=self.limits)
        raise BadOutput("Slack took an empty message, which Slack never does. Check the address.")

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post it. Only the word ok says that it is there."""
        answer = self._post({"text": escaped(draft.text)}, creates=True)
        if answer.status != 200 or answer.text.strip() != "ok":
            raise AmbiguousOutcome(f"Slack answered with something else than ok. {MAYBE}")
        return Posted(remote_id="")

    def count(self, text: str) -> int:
        """As it is sent: & < > are longer then."""
        return len(escaped(text))

    def _post(self, content: dict[str, str], *, creates: bool) -> Answer:
        guard = Guard(allow_hosts=self.allow_hosts, trusted_urls=self.trusted_urls)
        url = checked(self.given.get("webhookUrl", ""), HOSTS, PATH, guard, NO_HOOK)
        return self.call("POST", url, creates=creates, wants_json=False, json=content)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """By the word that is the body; a webhook that is gone is one more kind of credentials that do not hold."""
        word = self.words(answer)
        if not 400 <= answer.status < 500 or answer.status in (408, 429):
            return super().sorted_problem(answer, creates)
        if word == "channel_is_archived":
            return InvalidKey("The webhook's channel is in Slack's archive. Bring it back, or enter another webhook.")
        if answer.status in (401, 404, 410) or word in DEAD:
            return InvalidKey(GONE)
        if word == "action_prohibited":
            return Refused("Slack does not let this webhook post. An administrator of the workspace has to allow it.")
        if answer.status == 400 and word in ALIVE:
            return NothingInIt(f"Slack finds nothing to post in this. {self.says(word)}Change the text.")
        return super().sorted_problem(answer, creates)

    def words(self, answer: Answer) -> str:
        """Slack's words are the body itself; a page for people is none."""
        word = answer.text.strip()
        return word if len(word) < LONGEST_WORD and "<" not in word else ""

    def says(self, words: str) -> str:
        """Its words, without the webhook's address and the token in it."""
        url = self.given.get("webhookUrl", "").strip().rstrip("/")
        return super().says(hidden(words, url, url.partition("/services/")[2], url.rpartition("/")[2]))


def escaped(text: str) -> str:
    """The text as Slack shows it; without < and > nobody is mentioned."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
