"""Accounts on the wall, as in publishing."""

from tests.publishing.conftest import no_redis, publish, wall

__all__ = ["no_redis", "publish", "wall"]
