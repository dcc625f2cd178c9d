from cryptography.fernet import Fernet

from accounts import checks


def ids(messages):
    return [message.id for message in messages]


def test_fernet_keys(settings):
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    assert ids(checks.fernet_keys(None)) == []
    settings.FERNET_KEYS = [*settings.FERNET_KEYS, "short"]
    found = checks.fernet_keys(None)
    assert ids(found) == ["accounts.E001"]
    assert "Entry 2" in found[0].msg
    assert "short" not in found[0].msg
    settings.FERNET_KEYS = []
    assert ids(checks.fernet_keys(None)) == ["accounts.E002"]


def test_debug_in_public(settings):
    settings.DEBUG, settings.SITE_URL = True, "https://press.example"
    assert ids(checks.debug_in_public(None)) == ["accounts.W001"]
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert ids(checks.debug_in_public(None)) == []
    settings.DEBUG, settings.SITE_URL = False, "https://press.example"
    assert ids(checks.debug_in_public(None)) == []


def test_site_url(settings):
    for url in ("press.example", "ftp://x", "https://"):
        settings.SITE_URL = url
        assert ids(checks.site_url(None)) == ["accounts.E003"]
    settings.SITE_URL = "https://press.example"
    assert ids(checks.site_url(None)) == []
