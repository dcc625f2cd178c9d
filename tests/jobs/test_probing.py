"""What a real Valkey, and one that is away, tell of themselves."""

import pytest

from jobs import carrying, probing


def test_a_valkey_describes_itself(valkey):
    valkey.set("rq:queue:x", 1)
    valkey.set("pressroom:wake:x", 1)
    valkey.set("of somebody else", 1)
    told = probing.server()
    assert (told.trouble, told.name, told.policy, told.appends) == ("", "Valkey", "noeviction", False)
    assert told.version[0].isdigit()
    assert told.memory > 0
    assert (told.keys, told.all_counted) == (2, True)


def test_a_large_server_is_not_counted_to_its_end(valkey, monkeypatch):
    monkeypatch.setattr(probing, "SCAN_ROUNDS", 1)
    monkeypatch.setattr(probing, "SCAN_COUNT", 10)
    valkey.mset({f"rq:job:{number}": 1 for number in range(500)})
    told = probing.server()
    assert 0 < told.keys < 500
    assert not told.all_counted


@pytest.fixture
def at(valkey_server, settings):
    def go(url):
        settings.REDIS_URL = url
        carrying.client.cache_clear()
        return probing.server()

    yield go
    carrying.client.cache_clear()


def test_why_it_does_not_answer(at, valkey_server):
    away = at("redis://:canary@127.0.0.1:1/0")
    assert (away.place, away.trouble) == ("127.0.0.1:1", "nothing listens there")
    assert at(valkey_server.replace("unix://", "unix://nobody:canary@")).trouble == "it refuses the password"
    assert "canary" not in repr(away)
    assert at("redis://:canary/x@host:6379").trouble.startswith("REDIS_URL is no address")
    assert at("redis://:canary@no-such-host.invalid:6379/0").trouble == "nobody knows its name"
