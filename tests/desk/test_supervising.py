"""The supervisor, with real processes."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desk import starting
from desk.first_posts import last_object
from desk.logfiles import Echo, last_lines, rotate
from desk.supervising import Spec, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
ROOT = Path(starting.__file__).parent.parent


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(tmp_path / "log", said.append)
    yield supervisor
    supervisor.stop()


def until(condition, supervisor=None, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        supervisor.watch(0.05) if supervisor else time.sleep(0.05)


def gone(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def test_a_child_that_dies_is_started_again(supervisor, said):
    child = supervisor.start(Spec("worker", SLEEP))
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: child.alive and child.process.pid != first, supervisor)
    assert said == ["worker ended by itself (code -9); it starts again in 0.2 s."]
    assert supervisor.failing() is None


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(supervisor, said):
    child = supervisor.start(Spec("web", [sys.executable, "-Sc", "print('no luck'); raise SystemExit(3)"]))
    until(lambda: supervisor.failing() is child, supervisor)
    assert [sentence.rsplit(" in ")[1] for sentence in said] == ["0.2 s.", "0.4 s.", "0.8 s."]
    assert last_lines(child.log).splitlines() == ["no luck"] * 3


def test_a_long_life_forgets_earlier_deaths(supervisor):
    child = supervisor.start(Spec("web", SLEEP))
    child.deaths = 4
    assert supervisor.failing() is child
    child.started_at -= 31
    assert supervisor.failing() is None
    child.process.kill()
    until(lambda: child.start_at is not None, supervisor)
    assert child.deaths == 1


def test_before_runs_at_each_start_and_its_failure_is_told_and_tried_again(supervisor, said, monkeypatch):
    monkeypatch.setattr("desk.supervising.LONGEST_PAUSE", 0.1)
    calls = []

    def before():
        calls.append(1)
        if len(calls) == 2:
            raise OSError("no room")

    child = supervisor.start(Spec("valkey", SLEEP, before=before))
    child.process.kill()
    until(lambda: len(calls) == 3 and child.alive, supervisor)
    assert said[-1] == "valkey could not be started: no room"


def test_restart_stops_and_starts_at_once(supervisor, said):
    child = supervisor.start(Spec("worker", SLEEP))
    first = child.process.pid
    supervisor.restart("worker")
    until(lambda: child.alive and child.process.pid != first, supervisor, seconds=2)
    assert said == []


def test_stop_ends_the_last_first_and_foundations_last(supervisor, tmp_path):
    script = """
import signal, sys, time
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n"); sys.exit()
signal.signal(signal.SIGTERM, end); print("up", flush=True); time.sleep(60)
"""
    order = tmp_path / "order"
    for name, foundation in (("valkey", True), ("web", False), ("worker", False)):
        supervisor.start(Spec(name, [sys.executable, "-c", script, str(order), name], foundation=foundation))
    until(lambda: all(child.log.read_text() == "up\n" for child in supervisor.children.values()))
    supervisor.stop()
    ended = order.read_text().split()
    assert sorted(ended[:2]) == ["web", "worker"]
    assert ended[2] == "valkey"


def test_stop_kills_what_does_not_listen_and_what_it_left_behind(supervisor, said, tmp_path):
    script = f"import subprocess; print(subprocess.Popen({STUBBORN!r}).pid, flush=True); {STUBBORN[2]}"
    child = supervisor.start(Spec("web", [sys.executable, "-c", script], grace=0.3))
    until(lambda: child.log.read_text().count("up") == 2)
    grandchild = int(next(line for line in child.log.read_text().splitlines() if line != "up"))
    supervisor.stop()
    assert not child.alive
    until(lambda: gone(grandchild))
    assert said == ["web did not stop within 0 s and was killed."]


def test_run_beside_returns_the_code_and_the_output(supervisor):
    code, output = supervisor.run_beside([sys.executable, "-c", "print('{}'); raise SystemExit(4)"], {}, 20)
    assert (code, output) == (4, "{}\n")
    code, output = supervisor.run_beside([sys.executable, "-c", "import os; print(os.environ['X'])"], {"X": "y"}, 20)
    assert (code, output) == (0, "y\n")


def test_run_beside_gives_up_when_the_time_is_over_or_a_child_keeps_dying(supervisor):
    assert supervisor.run_beside(SLEEP, {}, 0.3)[0] is None
    supervisor.start(Spec("worker", [sys.executable, "-Sc", "raise SystemExit(1)"]))
    assert supervisor.run_beside(SLEEP, {}, 30)[0] is None
    assert supervisor.failing().spec.name == "worker"


SUPERVISOR = f"""
import signal, sys
from pathlib import Path
from desk.supervising import Spec, Supervisor
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever started the tests, such as nohup
supervisor = Supervisor(Path(sys.argv[1]), lambda s: None)
supervisor.listen()
for name in ("valkey", "web", "worker"):
    supervisor.start(Spec(name, {SLEEP!r} if name != "web" or sys.argv[2] == "soft" else {STUBBORN!r}))
print(*(child.process.pid for child in supervisor.children.values()), flush=True)
while not supervisor.stopping:
    supervisor.watch(1)
supervisor.stop()
"""


@pytest.fixture
def supervised(tmp_path):
    """Start a supervisor in its own process: the process and its children's pids."""
    processes = []

    def start(how: str) -> tuple[subprocess.Popen[str], list[int]]:
        argv = [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log"), how]
        process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process, [int(pid) for pid in process.stdout.readline().split()]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def test_kill_9_of_the_supervisor_leaves_no_child(supervised):
    process, pids = supervised("soft")
    assert len(pids) == 3
    assert not any(gone(pid) for pid in pids)
    process.kill()
    process.wait()
    until(lambda: all(gone(pid) for pid in pids))


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_in_order(supervised, signum):
    process, pids = supervised("soft")
    process.send_signal(signum)
    assert process.wait(10) == 0
    assert all(gone(pid) for pid in pids)


def test_a_second_ctrl_c_kills_at_once(supervised, tmp_path):
    process, pids = supervised("stubborn")
    until(lambda: "up" in (tmp_path / "log" / "web.log").read_text())
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(2) == 130
    until(lambda: all(gone(pid) for pid in pids), seconds=2)


def test_logs_are_rotated_and_three_are_kept(tmp_path):
    log = tmp_path / "web.log"
    for number in range(6):
        log.write_text(f"{number}" * 11)
        rotate(log, largest=10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log.1", "web.log.2", "web.log.3"]
    assert [(tmp_path / f"web.log.{n}").read_text()[0] for n in (1, 2, 3)] == ["5", "4", "3"]
    log.write_text("small")
    rotate(log, largest=10)
    assert log.exists()


def test_the_echo_repeats_whole_lines_with_the_name_and_can_be_silent(tmp_path):
    log, out = tmp_path / "web.log", io.StringIO()
    log.write_text("before\n")
    echo = Echo(out)
    echo.follow("web", log)
    echo.start()
    with log.open("a") as file:
        file.write("one\nhal")
        file.flush()
        until(lambda: out.getvalue() == "web | one\n")
        file.write("f\n")
    until(lambda: out.getvalue().endswith("web | half\n"))
    echo.quiet = True
    with log.open("a") as file:
        file.write("unseen\n")
    time.sleep(0.3)
    echo.quiet = False
    log.write_text("anew\n")  # rotated: shorter than before
    echo.end()
    assert out.getvalue() == "web | one\nweb | half\nweb | anew\n"


def test_a_second_up_is_refused_with_the_firsts_address(tmp_path):
    with (
        starting.only_one(tmp_path, "http://127.0.0.1:8000/admin/"),
        pytest.raises(starting.CannotStart) as refused,
        starting.only_one(tmp_path, "http://127.0.0.1:8001/admin/"),
    ):
        pass
    text = str(refused.value)
    assert f"already runs from this folder (process {os.getpid()}, http://127.0.0.1:8000/admin/)" in text
    assert "VAR_DIR" in text
    with starting.only_one(tmp_path, "http://127.0.0.1:8001/admin/"):
        pass


def test_an_orphaned_child_does_not_hold_the_lock(tmp_path, supervisor):
    with starting.only_one(tmp_path, "http://127.0.0.1:8000/admin/"):
        supervisor.start(Spec("web", SLEEP))
    with starting.only_one(tmp_path, "http://127.0.0.1:8000/admin/"):
        pass


def test_a_taken_port_is_told_with_the_cure(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(starting.CannotStart, match=rf"Port {port} is taken.*--port"):
            starting.check_port("127.0.0.1", port)
    starting.check_port("127.0.0.1", port)
    with pytest.raises(starting.CannotStart, match="from 1 to 65535"):
        starting.check_port("127.0.0.1", 0)


def test_fresh_sets_the_database_and_the_queue_aside(tmp_path):
    assert starting.set_aside(tmp_path, tmp_path / "pressroom.sqlite3") is None
    (tmp_path / "pressroom.sqlite3").write_text("old")
    (tmp_path / "pressroom.sqlite3-wal").write_text("old")
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "appendonly.aof").write_text("old")
    folder = starting.set_aside(tmp_path, tmp_path / "pressroom.sqlite3")
    assert folder.is_relative_to(tmp_path / "old")
    assert {path.name for path in folder.iterdir()} == {"pressroom.sqlite3", "pressroom.sqlite3-wal", "valkey"}
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_changed_python_files_are_seen(tmp_path):
    (tmp_path / "blog").mkdir()
    (tmp_path / "var").mkdir()
    file = tmp_path / "blog" / "tasks.py"
    file.write_text("a = 1")
    sources = starting.Sources(tmp_path, without=tmp_path / "var")
    assert sources.changed() == []
    os.utime(file, (1, 1))
    (tmp_path / "var" / "x.py").write_text("")
    assert sources.changed() == [file]
    assert sources.changed() == []


@pytest.mark.parametrize(
    ("output", "expected"),
    [("", {}), ("no json\n", {}), ("[1]\n", {}), ('noise\n{"state": "completed"}\n\n', {"state": "completed"})],
)
def test_the_last_object_of_an_output(output, expected):
    assert last_object(output) == expected
