"""A vendor that takes its time: answers each POST with 2 KB of JSON after `?ms=` milliseconds; GET says how many came.

`python -m desk.trials.slow_server` writes its port to stdout and ends when its stdin is closed. It needs no Django.
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

BODY = json.dumps({"text": "y" * 2000}).encode()


class SlowServer:
    """Counts the calls it has answered, and the most it had in hand at once."""

    def __init__(self) -> None:
        self.answered = self.at_once = self.most = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until the other side closes it."""
        try:
            while request := await self._read(reader):
                method, target = request
                body = await self._answer(target) if method == "POST" else self._counts()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, str] | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        method, target, _version = head.split("\r\n", 1)[0].split(" ")
        for line in head.split("\r\n")[1:]:
            name, _colon, value = line.partition(":")
            if name.lower() == "content-length":
                await reader.readexactly(int(value))
        return method, target

    async def _answer(self, target: str) -> bytes:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(int(parse_qs(urlsplit(target).query)["ms"][0]) / 1000)
            self.answered += 1
        finally:
            self.at_once -= 1
        return BODY

    def _counts(self) -> bytes:
        return json.dumps({"answered": self.answered, "most": self.most}).encode()


async def _run() -> None:
    counting = SlowServer()
    server = await asyncio.start_server(counting.serve, "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    closed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), closed.cancel)
    with suppress(asyncio.CancelledError):
        await closed


if __name__ == "__main__":
    asyncio.run(_run())
