"""A real Pressroom in a folder of its own: embedded Valkey, workers, the database; every process by hand."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import redis

ROOT = Path(__file__).resolve().parents[2]


class Stack:
    """Starts and kills the processes; asks the database through manage.py or SQL."""

    def __init__(self, var_dir: Path, **env: str) -> None:
        self.var_dir = var_dir
        self.env = {
            **os.environ,
            "VAR_DIR": str(var_dir),
            "JOB_LEASE_SECONDS": "3",
            "PYTHONDONTWRITEBYTECODE": "",
            **env,
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

    def prepare(self) -> dict[str, str]:
        """Migrate and make the demo workspace; returns its login."""
        self.manage("migrate", "-v", "0")
        return json.loads(self.manage("demo", "--json").splitlines()[-1])

    def start_valkey(self) -> None:
        from jobs import embedded

        embedded.prepare(self.var_dir)
        log = (self.var_dir / "valkey.log").open("ab")
        self.valkey = subprocess.Popen(embedded.command(self.var_dir), stdout=log, stderr=log)
        self.wait_for(lambda: self.redis() is not None, 10)

    def stop_valkey(self, sig: signal.Signals = signal.SIGTERM) -> None:
        assert self.valkey
        self.valkey.send_signal(sig)
        self.valkey.wait(10)

    def redis(self) -> Any:
        """A client, or None while the server is away."""
        client = redis.Redis(
            unix_socket_path=str(self.var_dir / "valkey" / "valkey.sock"), socket_timeout=2, retry=None
        )
        try:
            client.ping()
        except redis.RedisError:
            return None
        return client

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
        import sqlite3

        with closing(sqlite3.connect(self.var_dir / "pressroom.sqlite3", timeout=20)) as database:
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
