"""`manage.py bench jobs`: that it measures rightly and leaves nothing behind; how fast things are is not a test."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from desk.trials import processes
from desk.trials.benching.findings import Finding, most_in_window, percentile, table, verdict
from desk.trials.stack import ROOT


def bench(folder: Path, *args: str) -> subprocess.Popen[str]:
    """Start it with a folder of its own for everything temporary, and with settings that it must not touch."""
    env = {**os.environ, "DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3", "TMPDIR": str(folder)}
    env |= {"REDIS_URL": "redis://127.0.0.1:1/0", "QUEUE_LIMITS": "{}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "bench", "jobs", "--quick", *args],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder():
    """A short one: the path of a socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="pressroom-t-") as name:
        yield Path(name)


@pytest.mark.full
@pytest.mark.journey
def test_a_quick_run_measures_on_a_ground_of_its_own(folder):
    run = bench(folder, "--json", "--only", "rate", "--only", "scheduled")
    out, err = run.communicate(timeout=110)
    assert run.returncode == 0, err
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    rate, scheduled = found["findings"]
    assert (found["quick"], found["databases"], found["holds"]) == (True, ["sqlite"], True)
    assert (rate["name"], rate["database"], rate["holds"]) == ("rate", "sqlite", None)
    figures = rate["figures"]
    assert (figures["limit"], figures["seconds"], figures["jobs"], figures["allOnce"]) == (10, 1, 25, True)
    assert 0 < figures["mostInWindow"] <= 10
    assert 0 < figures["mostInWindowOfBurst"] <= 10
    assert (scheduled["name"], scheduled["holds"]) == ("scheduled", True)
    assert (scheduled["figures"]["jobs"], scheduled["figures"]["early"]) == (20, 0)
    assert scheduled["figures"]["lateMs"]["min"] >= 0
    assert set(scheduled["figures"]["stockLateMs"]) == {"min", "p50", "p99", "max", "early"}
    assert "target: never early, at most 1000 ms late: holds" in out
    assert err.splitlines()[:2] == ["Preparing a Pressroom on sqlite.", "Measuring rate on sqlite."]
    assert list(folder.iterdir()) == []


@pytest.mark.journey
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_a_run_that_is_stopped_leaves_nothing_behind(folder, number):
    run = bench(folder, "--only", "calls")
    until = time.monotonic() + 60
    while not any(_is_worker(pid) for pid in processes.tree(run.pid)):
        assert run.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    below = processes.tree(run.pid)[1:]
    run.send_signal(number)
    _out, err = run.communicate(timeout=20)
    assert run.returncode == 130, err
    assert err.splitlines()[-1] == "Stopped; all processes have ended and the folder is removed."
    assert [pid for pid in below if Path(f"/proc/{pid}/cwd").exists() and _is_ours(pid, folder)] == []
    assert list(folder.iterdir()) == []


def _is_worker(pid: int) -> bool:
    return b"rqworker" in _read(pid, "cmdline")


def _is_ours(pid: int, folder: Path) -> bool:
    return str(folder).encode() in _read(pid, "environ")


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def test_a_folder_whose_path_is_too_long_is_told(tmp_path):
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    run = bench(folder, "--only", "rate")
    _out, err = run.communicate(timeout=30)
    assert run.returncode == 1
    assert err.splitlines()[-1].endswith("is too long for a socket. Set TMPDIR to a shorter folder.")


def test_the_most_in_a_window():
    assert most_in_window([0.0, 9.0, 9.5, 10.0, 10.1], 10) == 4
    assert most_in_window([5.0], 10) == 1
    assert most_in_window([], 10) == 0


def test_percentiles_are_values_that_were_measured():
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 51.0, 100.0, 100.0]


def test_what_is_not_exact_never_holds():
    assert verdict(exact=False, fast=True, quick=True) is False
    assert verdict(exact=True, fast=False, quick=True) is None
    assert verdict(exact=True, fast=False, quick=False) is False
    assert verdict(exact=True, fast=True, quick=False) is True


def test_a_finding_reads_well():
    lines = table(["", "jobs/s"], [("ours", 123.4), ("theirs", 5)])
    assert lines == ["        jobs/s", "ours       123", "theirs       5"]
    text = Finding("rows", "sqlite", "five times", False, lines).as_text()
    assert text.splitlines()[0] == "rows (sqlite)"
    assert text.splitlines()[-1] == "  target: five times: DOES NOT HOLD"


def test_the_meter_counts_children_that_have_ended():
    busy = "import os, time; [os.getppid() for _ in range(300_000)]"
    with processes.Meter({"workers": [os.getpid()]}) as meter:
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert meter.used.cpu["workers"] > 0
    assert meter.used.memory_mb["workers"] > 5
