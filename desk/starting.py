"""What has to be true before `manage.py up` starts anything, and which processes it starts."""

import contextlib
import errno
import fcntl
import http.client
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from desk.supervising import Spec
from jobs import embedded

WORKER_GRACE = 8  # seconds a worker may finish its jobs under `up`, unless WORKER_GRACE_SECONDS says otherwise


class CannotStart(Exception):
    """Pressroom cannot start; the text says what happened, why, and the next step."""


@contextlib.contextmanager
def only_one(var_dir: Path, address: str) -> Iterator[None]:
    """Hold the folder's lock, with our pid and address in it; raises CannotStart when another `up` holds it.

    The lock dies with this process, and children do not inherit it: no orphan ever blocks a start.
    """
    with (var_dir / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(_already_runs(file.name)) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        yield


def _already_runs(lock: str) -> str:
    try:
        holder = json.loads(Path(lock).read_text())
        who, stop = f"process {holder['pid']}, {holder['address']}", f"kill {holder['pid']}"
    except (ValueError, KeyError):
        who, stop = "it is just starting", "Ctrl-C"
    return (
        f"Pressroom already runs from this folder ({who}). "
        f"Stop it with `{stop}`, or choose another folder for this one: VAR_DIR=/some/folder."
    )


def check_port(host: str, port: int) -> None:
    """Make sure that the web server can listen there; raises CannotStart."""
    if not 1 <= port <= 65535:
        raise CannotStart(f"There is no port {port}: ports go from 1 to 65535. Try --port 8010.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            raise CannotStart(_no_port(host, port, error)) from None


def _no_port(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken: another program listens on {host}:{port}. "
            f"Stop it, or choose another port: --port {port + 10 if port < 65000 else 8010} (or PORT=...)."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose a port above 1023, such as --port 8000."
    return f"The web server cannot listen on {host}:{port} ({error.strerror}). Check --host and --port."


def set_aside(var_dir: Path, database: Path) -> Path | None:
    """Move the SQLite database, the demo's secrets and the Valkey folder to `VAR_DIR/old/<time>/`.

    Returns that folder, or None when there was nothing to move. A Valkey left running is shut down first.
    """
    embedded.end_orphan(var_dir)
    candidates = [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]
    candidates += [var_dir / "valkey", var_dir / "demo.json"]
    found = [path for path in candidates if path.exists()]
    if not found:
        return None
    folder = var_dir / "old" / datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S-%f")
    folder.mkdir(mode=0o700, parents=True)
    for path in found:
        path.rename(folder / path.name)
    return folder


def environment(var_dir: Path, port: int, address: str) -> dict[str, str]:
    """The variables that every child gets on top of ours; its temporary files stay under VAR_DIR too."""
    scratch = var_dir / "tmp"
    scratch.mkdir(mode=0o700, exist_ok=True)
    return {
        "VAR_DIR": str(var_dir),
        "PORT": str(port),
        "SITE_URL": address,
        "TMPDIR": str(scratch),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # compiled files save a second at each start
        "WORKER_GRACE_SECONDS": os.environ.get("WORKER_GRACE_SECONDS", str(WORKER_GRACE)),
    }


def valkey(var_dir: Path, env: dict[str, str]) -> Spec:
    """The embedded Valkey; the others need it."""
    argv = embedded.command(var_dir)
    return Spec("valkey", argv, env, before=lambda: embedded.prepare(var_dir), foundation=True, grace=20)


def python_children(
    manage: Path, host: str, port: int, env: dict[str, str], reload: bool, *, worker: bool = True
) -> list[Spec]:
    """Web server, worker (if wanted) and scheduler; they run in the folder of `manage`, the path of manage.py."""
    scratch = env["TMPDIR"]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--chdir", str(manage.parent), "--no-control-socket"]
    web += ["--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "--worker-tmp-dir", scratch]
    web += ["--workers", "1", "--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "5"]
    if reload:
        web.append("--reload")
    grace = float(env["WORKER_GRACE_SECONDS"]) + 5
    specs = [
        Spec("web", web, env, grace=8),
        Spec("worker", [sys.executable, str(manage), "rqworker"], env, grace=grace),
        Spec("scheduler", [sys.executable, str(manage), "rqscheduler"], env, grace=8),
    ]
    return [spec for spec in specs if worker or spec.name != "worker"]


def answers(host: str, port: int) -> bool:
    """Whether the web server answers, with whatever status; the login page warms it up for the first visitor."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)  # noqa: S104
    try:
        connection.request("GET", "/admin/login/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


class Sources:
    """The project's own Python files, to see when one of them changes."""

    def __init__(self, base: Path, *, without: Path) -> None:
        self._folders = [
            folder
            for folder in base.iterdir()
            if folder.is_dir() and not folder.name.startswith(".") and folder.resolve() != without.resolve()
        ]
        self._seen = self._times()

    def _times(self) -> dict[Path, int]:
        times = {}
        for folder in self._folders:
            for file in folder.rglob("*.py"):
                with contextlib.suppress(FileNotFoundError):
                    times[file] = file.stat().st_mtime_ns
        return times

    def changed(self) -> list[Path]:
        """The files that were added, changed or removed since the last call."""
        before, self._seen = self._seen, self._times()
        return [file for file in {**before, **self._seen} if before.get(file) != self._seen.get(file)]
