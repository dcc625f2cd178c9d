import pytest

from accounts import keys
from accounts.models import ProviderKey


def test_a_key_is_stored_trimmed_with_its_last_four(owner):
    keys.save_key(owner, "gemini", "  AIzaSy-abcd1234\n")
    assert keys.find(owner, None, "gemini") == keys.Found("AIzaSy-abcd1234", "user")
    state = keys.read_state(owner)
    assert state["gemini"] == {"set": True, "last4": "1234"}
    assert state["openai"] == {"set": False, "last4": None}
    assert list(state) == ["gemini", "openai", "anthropic", "openrouter"]


def test_saving_again_replaces(tenant):
    keys.save_key(tenant, "openai", "sk-first-1111")
    keys.save_key(tenant, "openai", "sk-second-2222")
    assert ProviderKey.objects.count() == 1
    assert keys.find(None, tenant, "openai") == keys.Found("sk-second-2222", "tenant")


def test_ones_own_key_goes_before_the_workspaces(owner, editor, tenant):
    keys.save_key(tenant, "openai", "sk-tenant-1111")
    keys.save_key(owner, "openai", "sk-own-2222")
    assert keys.find(owner, tenant, "openai") == keys.Found("sk-own-2222", "user")
    assert keys.find(editor, tenant, "openai") == keys.Found("sk-tenant-1111", "tenant")
    assert keys.find(editor, None, "openai") is None


def test_remove(owner):
    keys.save_key(owner, "openai", "sk-own-2222")
    assert keys.remove_key(owner, "openai")
    assert not keys.remove_key(owner, "openai")
    assert keys.find(owner, None, "openai") is None


@pytest.mark.parametrize("value", ["sk with space", "sk-a\tb", "sk-a\x00b", "sk-a\nb", "sk-ä", "", "   ", "x" * 501])
def test_what_cannot_be_a_key_is_refused(owner, value):
    with pytest.raises(keys.BadKey):
        keys.save_key(owner, "openai", value)
    assert not ProviderKey.objects.exists()


def test_an_unknown_provider_is_refused_with_the_known_ones(owner):
    with pytest.raises(KeyError, match="openrouter"):
        keys.save_key(owner, "acme", "sk-1")
