"""The main job with everything real: `manage.py up` in a folder of its own, on a free port."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.journey


@dataclass
class Machine:
    """A folder, a port, and the `up` processes started there."""

    var_dir: Path
    port: int
    env: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *options: str) -> subprocess.Popen[str]:
        out, err = (self.var_dir.with_suffix(suffix).open("w+") for suffix in (".out", ".err"))
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), *options],
            cwd=ROOT,
            env=self.env,
            stdout=out,
            stderr=err,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *options: str, seconds: float = 120) -> tuple[int, str, str]:
        """Run `up` to its end: code, standard output, standard error."""
        code = self.start(*options).wait(seconds)
        return code, self.out, self.err

    @property
    def out(self) -> str:
        return self.var_dir.with_suffix(".out").read_text()

    @property
    def err(self) -> str:
        return self.var_dir.with_suffix(".err").read_text()

    def wait_for(self, text: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while text not in self.out:
            assert time.monotonic() < end, f"waited for {text!r}\n{self.out}\n{self.err}"
            assert self.started[-1].poll() is None, f"ended\n{self.out}\n{self.err}"
            time.sleep(0.1)

    def processes(self) -> dict[int, str]:
        """What runs with this folder as its VAR_DIR, from any start: pid -> command line."""
        mine = f"VAR_DIR={self.var_dir}".encode()
        found = {}
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and mine in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def health(self) -> tuple[int, dict]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", "/api/health")
            answer = connection.getresponse()
            return answer.status, json.load(answer)


@pytest.fixture
def machine() -> Iterator[Machine]:
    parent = Path(tempfile.mkdtemp(prefix="pr-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    unwanted = ("REDIS_URL", "REDIS_HOST", "DATABASE_URL", "SITE_URL", "PORT", "PRESSROOM_STARTED")
    env = {name: value for name, value in os.environ.items() if name not in unwanted}
    env |= {"VAR_DIR": str(parent / "var"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    machine = Machine(parent / "var", port, env)
    yield machine
    for process in machine.started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
    for pid in machine.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(parent, ignore_errors=True)


@pytest.mark.timeout(300)
def test_once_writes_five_posts_ends_with_the_line_and_leaves_no_process(machine):
    code, out, err = machine.run("--once")
    assert code == 0, err
    last = out.splitlines()[-1]
    assert re.fullmatch(rf"5 posts written in \d+ s: http://127\.0\.0\.1:{machine.port}/blog/", last)
    assert "Password" in out
    assert machine.processes() == {}
    assert not (machine.var_dir / "valkey" / "valkey.sock").exists()

    begun = time.monotonic()
    code, out, err = machine.run("--once")
    assert code == 0, err
    assert out.splitlines()[-1].startswith("5 posts written in ")
    assert machine.processes() == {}
    assert time.monotonic() - begun < 30  # under 10 s on an idle machine


@pytest.mark.timeout(300)
def test_it_stays_refuses_a_second_survives_kill_9_and_goes_on(machine):
    up = machine.start()
    machine.wait_for("Pressroom runs at")
    until = time.monotonic() + 30
    while machine.health()[0] != 200 and time.monotonic() < until:
        time.sleep(0.3)
    status, health = machine.health()
    assert status == 200, health
    assert health["status"] == "healthy"

    second = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(machine.port + 1)],
        cwd=ROOT,
        env=machine.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"already runs from this folder (process {up.pid}, http://127.0.0.1:{machine.port}/admin/)" in second.stderr
    assert len(second.stderr.splitlines()) == 1

    assert len(machine.processes()) == 6  # up, valkey, web and its worker, worker, scheduler
    up.kill()
    up.wait()
    until = time.monotonic() + 10
    while machine.processes() and time.monotonic() < until:
        time.sleep(0.1)
    assert machine.processes() == {}

    up = machine.start()
    machine.wait_for("Pressroom runs at")
    up.terminate()
    assert up.wait(30) == 0
    assert machine.processes() == {}


@pytest.mark.timeout(120)
def test_a_taken_port_ends_it_before_anything_starts(machine):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", machine.port))
        taken.listen()
        code, out, err = machine.run("--demo", seconds=60)
    assert code == 1
    assert f"Port {machine.port} is taken" in err
    assert "--port" in err
    assert len(err.splitlines()) == 1
    assert out == ""
    assert not (machine.var_dir / "valkey").exists()


@pytest.mark.full
@pytest.mark.timeout(120)
def test_a_half_made_database_of_another_version_is_told_and_set_aside_on_wish(machine):
    machine.var_dir.mkdir()
    database = machine.var_dir / "pressroom.sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as old:
        old.execute("CREATE TABLE accounts_user (name TEXT)")
        old.execute("INSERT INTO accounts_user VALUES ('kept')")
        old.commit()
    code, _out, err = machine.run(seconds=60)
    assert code == 1
    assert "does not fit this version" in err.splitlines()[-1]
    assert "bin/run --fresh" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert machine.processes() == {}

    up = machine.start("--fresh")
    machine.wait_for("Pressroom runs at")
    (kept,) = (machine.var_dir / "old").glob("*/pressroom.sqlite3")
    assert f"The old database is kept in {kept.parent}." in machine.err
    with contextlib.closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT name FROM accounts_user").fetchall() == [("kept",)]
    up.terminate()
    assert up.wait(30) == 0


@pytest.mark.timeout(120)
def test_a_folder_that_cannot_be_written_is_told(machine):
    machine.var_dir.write_text("a file, not a folder")
    machine.env["VAR_DIR"] = str(machine.var_dir / "below")
    process = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=machine.env, capture_output=True, text=True, timeout=60
    )
    assert process.returncode == 1
    assert "VAR_DIR" in process.stderr
    assert len(process.stderr.splitlines()) == 1
