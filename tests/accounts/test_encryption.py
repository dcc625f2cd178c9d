import pytest
from cryptography.fernet import Fernet
from django.db import connection

from accounts import keys
from accounts.encryption import WrongKey
from accounts.models import ProviderKey

SECRET = "sk-verysecretvalue-9876"


def raw(pk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM accounts_providerkey WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


@pytest.fixture
def own_keys():
    """The field keeps the keys it has seen: forget them when FERNET_KEYS changes."""
    field = ProviderKey._meta.get_field("sealed")

    def forget():
        for name in ("keys", "fernet_keys", "fernet"):
            field.__dict__.pop(name, None)

    yield forget
    forget()


def test_the_key_is_not_in_the_database_in_clear(owner):
    key = keys.save_key(owner, "openai", SECRET)
    assert SECRET.encode() not in raw(key.pk)
    assert b"verysecret" not in raw(key.pk)
    assert ProviderKey.objects.get().reveal() == SECRET


def test_a_ciphertext_pasted_to_another_row_does_not_open(owner, editor):
    mine, theirs = keys.save_key(owner, "openai", SECRET), keys.save_key(editor, "openai", "sk-mine-00001111")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_providerkey SET sealed = %s WHERE id = %s", [raw(mine.pk), theirs.pk])
    with pytest.raises(WrongKey):
        ProviderKey.objects.get(pk=theirs.pk).reveal()
    with pytest.raises(WrongKey):
        keys.find(editor, None, "openai")


def test_another_fernet_key_does_not_open_it(owner, settings, own_keys):
    keys.save_key(owner, "openai", SECRET)
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    own_keys()
    with pytest.raises(WrongKey, match="FERNET_KEYS"):
        keys.find(owner, None, "openai")
    assert keys.read_state(owner)["openai"] == {"set": True, "last4": "9876"}


def test_bulk_update_keeps_the_value(owner):
    key = keys.save_key(owner, "openai", SECRET)
    key.set_secret("sk-another-4444")
    ProviderKey.objects.bulk_update([key], ["sealed"])
    assert ProviderKey.objects.get().reveal() == "sk-another-4444"
