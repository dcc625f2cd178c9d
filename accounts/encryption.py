"""The encrypted field. A value is bound to its row: the plaintext carries owner and purpose."""

import json
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from fernet_fields import EncryptedTextField

from integrations.errors import InvalidKey


class WrongKey(InvalidKey):
    """No key in FERNET_KEYS opens the stored value, or the value belongs to another row."""


class Secret(EncryptedTextField):
    """Text that is stored encrypted with FERNET_KEYS: the first encrypts, all decrypt."""

    @property
    def keys(self) -> list[str]:
        if not settings.FERNET_KEYS:
            raise ImproperlyConfigured("FERNET_KEYS is empty: set it, or let Pressroom keep its own under VAR_DIR.")
        return settings.FERNET_KEYS

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        # The library would encrypt the text of an SQL expression (bulk_update, update(F(...))).
        if hasattr(value, "as_sql"):
            return value
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Any:
        try:
            return super().from_db_value(value, expression, connection, *args)
        except InvalidToken:
            raise WrongKey(
                f"{self.model._meta.label}.{self.name}: no key in FERNET_KEYS opens this value. "
                "Put the key that wrote it back into FERNET_KEYS."
            ) from None


def seal(secret: str, **owner: Any) -> str:
    """Return the plaintext to store: the secret together with whom it belongs to."""
    return json.dumps({"owner": owner, "secret": secret}, sort_keys=True)


def unseal(stored: str, **owner: Any) -> str:
    """Return the secret; raises WrongKey when the stored value was sealed for somebody else."""
    content = json.loads(stored)
    if content["owner"] != owner:
        raise WrongKey("this encrypted value was copied from another row; enter the key again")
    return content["secret"]
