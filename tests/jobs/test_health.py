"""What /api/health says of Redis."""

import pytest

from jobs import carrying, health, presence, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture
def evicting(valkey):
    valkey.config_set("maxmemory-policy", "allkeys-lru")
    yield valkey
    valkey.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_throws_entries_away_is_unhealthy(client, evicting):
    presence.seen("w1", "worker", ["blog-generation"])
    answer = client.get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    why = answer.json()["checks"]["redis"]
    assert "maxmemory-policy is allkeys-lru" in why
    assert "noeviction in redis.conf" in why


def test_a_redis_that_keeps_all_is_healthy(client, valkey):
    presence.seen("w1", "worker", ["blog-generation"])
    answer = client.get("/api/health")
    assert (answer.status_code, answer.json()["checks"]["redis"]) == (200, "ok")


def test_a_redis_that_does_not_tell_counts_as_ok(valkey, settings):
    valkey.acl_setuser("quiet", enabled=True, passwords=["+pw"], keys="*", commands=["+@all", "-info"])
    settings.REDIS_URL = settings.REDIS_URL.replace("unix://", "unix://quiet:pw@")
    carrying.client.cache_clear()
    assert carrying.memory() is None
    assert not carrying.breaker.is_open
    assert health.redis() == health.HEALTHY


def test_a_redis_that_is_away_is_waited_for_once(settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    carrying.client.cache_clear()
    assert health.redis() == health.NO_REDIS
    assert carrying.breaker.is_open
    monkeypatch.setattr(carrying, "client", lambda: pytest.fail("it was asked again"))
    assert health.redis() == health.NO_REDIS
    monkeypatch.undo()
    carrying.client.cache_clear()


def test_a_worker_that_cannot_use_redis_is_no_worker(client, valkey, enqueue):
    presence.seen("w1", "worker", ["testing"], {"connected": False})
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert "The workers cannot use Redis" in answer.json()["checks"]["worker"]
    presence.seen("w2", "worker", ["testing"], {"connected": True})
    assert client.get("/api/health").status_code == 200


@pytest.fixture
def full(valkey):
    valkey.config_set("maxmemory", 1)
    yield valkey
    valkey.config_set("maxmemory", 0)


def test_a_full_redis_is_told_as_such_before_and_after_a_push(client, enqueue, full):
    job = enqueue()
    presence.seen("w1", "worker", ["testing"], {"connected": False})
    for _time in range(2):
        answer = client.get("/api/health")
        assert answer.status_code == 503
        assert answer.json()["checks"]["redis"] == health.REDIS_FULL
        assert carrying.push([job]) == []
        assert carrying.breaker.is_open
    assert carrying.is_reachable()
    why = reasons.of_queue("testing", 0, presence.alive("worker"), carrying.is_reachable())
    assert why.sentence == reasons.NOT_CONNECTED
    full.config_set("maxmemory", 0)
    assert carrying.push([job], patient=True) == [job.pk]
    assert health.redis() == health.HEALTHY
