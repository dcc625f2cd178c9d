"""`manage.py up` on a machine that only accepts jobs."""

from pathlib import Path

import pytest
from django.core.management import call_command

from desk import starting
from desk.management.commands import up

MANAGE = Path("/somewhere/manage.py")


class Supervisor:
    """Takes note of what would be started."""

    def __init__(self, *args):
        self.children, self.stopping = {}, False

    def start(self, spec):
        self.children[spec.name] = spec

    def listen(self):
        pass

    def stop(self):
        pass


@pytest.fixture
def started(monkeypatch, settings, tmp_path):
    """Runs the command without starting anything; returns the names of what it would start."""
    settings.VAR_DIR, settings.REDIS_IS_EMBEDDED = tmp_path, False
    monkeypatch.setattr(up, "Supervisor", lambda *args: started.append(Supervisor()) or started[-1])
    monkeypatch.setattr(up.migrating, "bring_up_to_date", lambda ours: None)
    monkeypatch.setattr(up.starting, "check_port", lambda host, port: None)
    monkeypatch.setattr(up.Up, "_wait_for_web", lambda self: None)
    monkeypatch.setattr(up.Up, "_stay", lambda self: None)
    started: list[Supervisor] = []

    def run(*args):
        with pytest.raises(SystemExit) as ended:
            call_command("up", *args, skip_checks=True)
        return ended.value.code, [name for supervisor in started for name in supervisor.children]

    return run


def test_it_starts_no_worker_and_says_so(started, settings, capsys):
    assert started() == (0, ["web", "worker", "scheduler"])
    settings.ENABLE_WORKERS = False
    assert started()[1][3:] == ["web", "scheduler"]
    assert "No worker: ENABLE_WORKERS is false" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--demo", "--once"])
def test_the_demo_needs_a_worker(started, settings, capsys, option):
    settings.ENABLE_WORKERS = False
    assert started(option) == (1, [])
    assert "Set ENABLE_WORKERS=true" in capsys.readouterr().err


def test_the_other_children_are_the_same_without_a_worker(tmp_path):
    env = {"TMPDIR": str(tmp_path), "WORKER_GRACE_SECONDS": "8"}
    names = [spec.name for spec in starting.python_children(MANAGE, "::1", 1, env, False, worker=False)]
    assert names == ["web", "scheduler"]
