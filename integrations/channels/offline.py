"""The offline channel: what is sent stays here, and is read in the admin. It reaches nobody's phone, and says so."""

from integrations.channels.base import Sent, Words


class OfflineChannel:
    """A channel without an account."""

    def send(self, words: Words) -> Sent:
        """Keep it."""
        note = "Kept here, sent to nobody: no WhatsApp account is connected."
        return Sent(remote_id=f"offline-{words.reference}", note=note)
