"""`manage.py chaos` itself: row 28 of the chaos table in its short form, and the control that must lose jobs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.journey


class Command:
    """One `manage.py chaos`, with a folder for whatever it makes and a database it must not touch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "TMPDIR": str(folder), "VAR_DIR": str(folder / "configured")}
        self.configured = folder / "operator.sqlite3"
        (folder / "database-url").write_text(f"sqlite:///{self.configured}\n")
        self.env |= {"REDIS_URL": "unix:///nowhere.sock", "ALLOWED_HOSTS": "pressroom.example"}
        self.env |= {"DATABASE_URL_FILE": str(folder / "database-url")}
        self.process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "chaos", *options],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def report(self, *options: str) -> dict[str, Any]:
        """Run it to its end; the JSON of its last line. Its words are shown when it does not hold."""
        out, err = self.start(*options, "--json").communicate()
        assert out, err
        report = json.loads(out.splitlines()[-1])
        assert report["holds"], f"{out}\n{err}"
        assert self.process
        assert self.process.returncode == 0
        return dict(report)

    def left(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.name.startswith("pressroom-")]

    def processes(self) -> list[int]:
        """What still runs in its folder."""
        mine = str(self.folder).encode()
        found = []
        for proc in Path("/proc").iterdir():
            try:
                if proc.name.isdigit() and mine in (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes():
                    found.append(int(proc.name))
            except OSError:
                continue
        return found


@pytest.fixture
def chaos() -> Iterator[Command]:
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else when we are root
        command = Command(Path(folder))
        yield command
        if command.process and command.process.poll() is None:
            command.process.terminate()
            command.process.wait(30)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.full)])
def test_row_28_nothing_is_lost_and_nothing_done_twice_under_a_random_mix_of_faults(chaos, database):
    [run] = chaos.report("--short", "--database", database)["runs"]
    assert (run["lost"], run["duplicates"], run["broken"]) == (0, 0, [])
    assert run["accepted"] == 45
    assert run["states"]["completed"] > 35
    assert {"worker killed", "worker stopped", "web killed", "redis killed", "redis flushed"} <= run["faults"].keys()
    assert ("postgres crashed" in run["faults"]) is (database == "postgres")
    assert run["figures"]["posts"] >= run["states"]["completed"]
    walls = run["figures"]["published on the wall"]
    assert all("published" in walls[name] and "3 scheduled" in walls[name] for name in walls)
    assert "unconfirmed" in walls["blind"]
    assert run["figures"]["mails"] == {"sent": 6}
    assert not chaos.configured.exists()
    assert chaos.left() == []
    assert chaos.processes() == []


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_control_loses_jobs_under_the_same_faults(chaos):
    ours, forgetful, control = chaos.report("--jobs", "80", "--control")["runs"]
    assert forgetful["duplicates"] >= 4
    assert ours["lost"] == ours["duplicates"] == 0
    assert control["engine"].startswith("Stock RQ")
    assert control["lost"] > 0


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_interrupted_it_leaves_no_process_and_no_folder(chaos, how):
    process = chaos.start("--short")
    until = time.monotonic() + 60
    while not list(chaos.folder.glob("pressroom-chaos-*/sqlite-1/worker-2.log")):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(how)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "Stopped; all processes have ended and the folder is removed."
    assert "Traceback" not in err
    assert chaos.left() == []
    assert chaos.processes() == []


def test_nonsense_is_refused_before_anything_starts(chaos):
    for options in (["--jobs", "0"], ["--workers", "0"]):
        process = chaos.start(*options)
        _out, err = process.communicate()
        assert process.returncode == 1
        assert "begin at 1" in err
    assert chaos.left() == []
