"""The API of a Pressroom on a port of this machine, asked as a client asks it."""

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk import starting
from desk.trials.stack import ROOT, Stack, free_port

BROKEN = (OSError, http.client.HTTPException)  # the server died, is not there, or does not answer in time
ORDER = "/api/admin/blog/auto-generate"


@dataclass(frozen=True)
class Answer:
    """A status and what came with it: JSON as data, anything else as text."""

    status: int
    data: Any


@dataclass
class Door:
    """The way in for one person: `token` of their workspace. `heard` gets every body that comes back."""

    port: int
    token: str
    heard: Callable[[str, bytes], object] = field(default=lambda path, body: None)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "", seconds: float = 30.0) -> Answer:
        """One request; key is its Idempotency-Key. Raises one of BROKEN when no whole answer comes."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            said = response.read()
        self.heard(path, said)
        try:
            return Answer(response.status, json.loads(said))
        except ValueError:
            return Answer(response.status, said.decode(errors="replace"))

    def order(self, key: str = "", count: int = 1, **wishes: Any) -> Answer:
        """Order posts by the writer that needs no vendor."""
        body = {"source": "popular", "count": count, "length": "short", "model": "offline", **wishes}
        return self.ask("POST", ORDER, body, key=key)


class Ear:
    """Remembers where one of `secrets` was heard."""

    def __init__(self, secrets: list[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._lock = threading.Lock()
        self.found: set[str] = set()

    def listen(self, where: str, said: bytes) -> None:
        """Look at what was said."""
        if any(secret in said for secret in self._secrets):
            with self._lock:
                self.found.add(where)


def web_command(port: int, env: Mapping[str, str]) -> list[str]:
    """The command line of the web server, the one of `manage.py up`, on a port of 127.0.0.1."""
    scratch = Path(env["VAR_DIR"]) / "tmp"
    scratch.mkdir(mode=0o700, exist_ok=True)
    needs = {"TMPDIR": str(scratch), "WORKER_GRACE_SECONDS": "1"}
    specs = starting.python_children(ROOT / "manage.py", "127.0.0.1", port, needs, reload=False, worker=False)
    return list(specs[0].argv)


class Web:
    """A web server beside a stack, with `env` on top of its variables; ready when this returns."""

    def __init__(self, stack: Stack, **env: str) -> None:
        self.port = free_port()
        everything = {**stack.env, "PORT": str(self.port), **env}
        with (stack.var_dir / f"web-{self.port}.log").open("wb") as log:
            self.process = subprocess.Popen(
                web_command(self.port, everything),
                cwd=ROOT,
                env=everything,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        stack.children.append(self.process)
        stack.wait_for(lambda: starting.answers("127.0.0.1", self.port), 30)

    def demo(self, stack: Stack) -> Door:
        """The door of the demo workspace."""
        return Door(self.port, json.loads((stack.var_dir / "demo.json").read_text())["token"])

    def kill(self) -> None:
        """End it as a power cut does, with its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
