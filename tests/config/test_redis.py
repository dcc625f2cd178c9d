import pytest
from django.core.exceptions import ImproperlyConfigured

from config import redis


@pytest.mark.parametrize(
    "url",
    ["redis://localhost:6379/0", "redis://:p%2Fw@host", "rediss://u:p@host:1/2", "unix:///run/redis.sock?db=0"],
)
def test_addresses_of_a_redis(url):
    assert redis.checked(url) == url


@pytest.mark.parametrize(
    "url", ["redis://:canary/x@host:6379/0", "localhost:6379", "http://host", "redis://", "redis://host:canary", "x"]
)
def test_what_is_no_address_is_told_without_its_password(url):
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL is no address") as told:
        redis.checked(url)
    assert "canary" not in str(told.value)
