"""What kind of Redis is there and what it holds of ours, for `manage.py doctor`; asked once, and never with KEYS."""

import time
from dataclasses import dataclass
from socket import gaierror
from typing import Any

from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

from jobs import carrying

OURS = (b"rq:", b"pressroom:")
SCAN_SECONDS, SCAN_ROUNDS, SCAN_COUNT = 1.5, 200, 1000


@dataclass(frozen=True)
class Server:
    """A Redis as it describes itself; what it does not tell is empty, 0 or None. Memory is in bytes.

    trouble    why it does not answer, in words; all else is unknown then
    keys       how many of its keys are ours; with all_counted False there are more
    """

    place: str
    trouble: str = ""
    name: str = "Redis"
    version: str = ""
    policy: str | None = None
    appends: bool | None = None
    append_broken: bool = False
    memory: int = 0
    memory_limit: int = 0
    keys: int = 0
    all_counted: bool = True


def server() -> Server:
    """Ask the server that carries our jobs; never raises for one that is away, and takes a few seconds at most."""
    try:
        client = carrying.client()
    except ValueError:  # whose text may hold a part of the password
        return Server("its address", trouble="REDIS_URL is no address (in a password write %2F for /, %40 for @)")
    place = _place(client)
    try:
        client.ping()
    except RedisError as error:
        return Server(place, trouble=_trouble(error))
    try:
        told = client.info()
    except RedisError:  # a server that lets nobody ask
        told = {}
    keys, all_counted = _count(client)
    return Server(
        place,
        name="Valkey" if "valkey" in f"{told.get('server_name', '')} {' '.join(told)}" else "Redis",
        version=str(told.get("valkey_version") or told.get("redis_version") or ""),
        policy=told.get("maxmemory_policy") or None,
        appends=bool(told["aof_enabled"]) if "aof_enabled" in told else None,
        append_broken=told.get("aof_last_write_status", "ok") != "ok",
        memory=int(told.get("used_memory") or 0),
        memory_limit=int(told.get("maxmemory") or 0),
        keys=keys,
        all_counted=all_counted,
    )


def _place(client: Any) -> str:
    """Where it is, without its password."""
    known = client.connection_pool.connection_kwargs
    return str(known.get("path") or f"{known.get('host', 'localhost')}:{known.get('port', 6379)}")


def _trouble(error: RedisError) -> str:
    match error:
        case BusyLoadingError():
            return "it still reads its data from the disk"
        case AuthenticationError():
            return "it refuses the password"
        case RedisTimeout():
            return "it gives no answer"
    match error.__context__:
        case gaierror():
            return "nobody knows its name"
        case ConnectionRefusedError() | FileNotFoundError():
            return "nothing listens there"
    broken = isinstance(error, RedisConnectionError)
    return "the connection breaks off" if broken else "it refuses to answer, or is no Redis"


def _count(client: Any) -> tuple[int, bool]:
    """How many keys are ours, and whether that is all: a large server is not read to its end."""
    found, cursor, until = 0, 0, time.monotonic() + SCAN_SECONDS
    try:
        for _round in range(SCAN_ROUNDS):
            cursor, keys = client.scan(cursor, count=SCAN_COUNT)
            found += sum(key.startswith(OURS) for key in keys)
            if cursor == 0:
                return found, True
            if time.monotonic() > until:
                break
    except RedisError:
        return found, False
    return found, False
