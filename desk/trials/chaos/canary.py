"""Invariant I6: a key that was used in a run is in no log, no answer and nothing in Redis; in the database, sealed."""

import secrets
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from desk.trials.chaos.door import BROKEN, Door
from desk.trials.stack import Stack

READ = [
    "/api/user/ai-settings",
    "/api/tenant/ai-settings",
    "/api/jobs/user?pageSize=100",
    "/api/health",
    "/api/queue/health",
    "/api/queue/stats",
    "/api/jobs/dashboard",
    "/api/jobs/dashboard/stats",
    "/api/jobs/dashboard/jobs/blog-generation",
    "/api/openapi.json",
]


def openai_key() -> str:
    """A key that nobody else has, in OpenAI's form."""
    return f"sk-CANARY{secrets.token_hex(16)}"


def tmdb_key() -> str:
    """A key that nobody else has; no pattern tells that it is one."""
    return f"CANARY{secrets.token_hex(16)}"


def in_redis(client: Any, needles: list[str]) -> list[str]:
    """The keys whose name or value holds one of `needles`, packed or not."""
    found = []
    for key in client.scan_iter(count=1000):
        if any(_holds(value, needles) for value in [key, *_values(client, key)]):
            found.append(f"Redis key {key.decode(errors='replace')}")
    return found


def in_files(folder: Path, needles: list[str]) -> list[str]:
    """The files below a folder that hold one of `needles`: logs, mails, the database, Redis' append-only file."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and _holds(path.read_bytes(), needles):
            found.append(str(path.relative_to(folder)))
    return found


def in_stack(stack: Stack, needles: list[str]) -> list[str]:
    """All places of a Pressroom at rest where one of `needles` is to be read."""
    found = in_files(stack.var_dir, needles)
    if server := getattr(stack, "server", None):
        found += in_files(server.folder, needles)
    if client := stack.redis():
        found += in_redis(client, needles)
    return found


def read_all(doors: list[Door], jobs: list[str]) -> int:
    """Read through the API whatever there is to read of these jobs and the settings; the doors' ears listen.

    Returns how many answers were good ones.
    """
    good = 0
    for door in doors:
        for path in [*READ, *(f"/api/jobs/user/{job}" for job in jobs)]:
            try:
                good += door.ask("GET", path).status == 200
            except BROKEN:
                continue
    return good


def _values(client: Any, key: bytes) -> Iterator[bytes]:
    match client.type(key):
        case b"string":
            yield client.get(key) or b""
        case b"hash":
            for field, value in client.hgetall(key).items():
                yield from (field, value)
        case b"list":
            yield from client.lrange(key, 0, -1)
        case b"set":
            yield from client.smembers(key)
        case b"zset":
            yield from client.zrange(key, 0, -1)
        case b"stream":
            for _id, fields in client.xrange(key):
                for field, value in fields.items():
                    yield from (field, value)


def _holds(value: bytes, needles: list[str]) -> bool:
    with suppress(zlib.error):  # most values are not packed
        value += zlib.decompress(value)
    return any(needle.encode() in value for needle in needles)
