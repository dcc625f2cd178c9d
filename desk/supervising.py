"""Keeps processes running: restarts what dies, stops all in order, and takes all along when it is killed itself."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from desk.logfiles import Echo, rotate

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds before a restart
SETTLED = 30.0  # seconds alive after which earlier deaths are forgotten
TICK = 0.1  # seconds
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Spec:
    """One child.

    argv        the command line
    env         variables on top of the supervisor's own
    grace       seconds between SIGTERM and SIGKILL
    foundation  the others need it: it stops after them
    before      called before each start, restarts too; an exception counts as a death
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    grace: float = 10.0
    foundation: bool = False
    before: Callable[[], object] | None = None


class Child:
    """A Spec and the process that runs it now."""

    def __init__(self, spec: Spec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_at: float | None = None
        self.kill_at: float | None = None
        self.deaths = 0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def settled(self) -> bool:
        """Whether the newest process has lived so long that earlier deaths are forgotten."""
        return time.monotonic() - self.started_at >= SETTLED

    def spawn(self) -> None:
        """Start the process in its own group, its output added to the log."""
        self.start_at = self.kill_at = None
        self.started_at = time.monotonic()
        if self.spec.before:
            self.spec.before()
        rotate(self.log)
        with self.log.open("ab") as out:
            self.process = spawn(self.spec.argv, self.spec.env, stdout=out, stderr=out)

    def tell(self, signum: int) -> None:
        """Send a signal to the process if it runs."""
        if self.process is not None and self.alive:
            self.process.send_signal(signum)

    def kill(self) -> None:
        """SIGKILL for whatever is left of its group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def spawn(
    argv: Sequence[str], env: Mapping[str, str], stdout: IO[bytes], stderr: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that gets SIGTERM when this process dies, however that happens.

    Call it from the main thread: Linux sends the signal when the *thread* that started the child ends.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if _libc:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(  # noqa: S603 (our own command lines)
        list(argv),
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=before_exec,
        stdout=stdout,
        stderr=stderr,
    )


class Supervisor:
    """Runs children until it is told to stop; `say` gets a sentence for a person, `log_dir` the children's logs."""

    def __init__(self, log_dir: Path, say: Callable[[str], object], echo: Echo | None = None) -> None:
        self.children: dict[str, Child] = {}
        self.stopping = False
        self.log_dir = log_dir
        self._say = say
        self._echo = echo
        self._interrupts = 0
        log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if echo:
            echo.start()

    def listen(self) -> None:
        """Let SIGTERM, SIGINT and SIGHUP end this process in order, and a second Ctrl-C at once."""
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(signum) is not signal.SIG_IGN:  # as nohup leaves it
                signal.signal(signum, self._told)

    def _told(self, signum: int, _frame: object) -> None:
        self._interrupts += signum == signal.SIGINT
        if self.stopping and self._interrupts > 1:
            for child in self.children.values():
                if child.alive and child.process:
                    os.killpg(child.process.pid, signal.SIGKILL)
            os._exit(130)
        self.stopping = True

    def start(self, spec: Spec) -> Child:
        """Start one more child and keep it running; raises what its `before` raises, OSError when it cannot run."""
        child = self.children[spec.name] = Child(spec, self.log_dir / f"{spec.name}.log")
        if self._echo:
            self._echo.follow(spec.name, child.log)
        child.spawn()
        return child

    def restart(self, name: str) -> None:
        """Stop a child; the watch starts it again at once."""
        child = self.children[name]
        if child.alive and child.kill_at is None:
            child.kill_at = time.monotonic() + child.spec.grace
            child.tell(signal.SIGTERM)

    def watch(self, seconds: float = 0.0) -> None:
        """Restart what has died, for so long or until told to stop."""
        end = time.monotonic() + seconds
        while not self.stopping:
            for child in list(self.children.values()):
                self._look_after(child)
            if time.monotonic() >= end:
                return
            time.sleep(TICK)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.start_at is not None:
            if now >= child.start_at:
                self._start_again(child)
        elif child.alive:
            if child.kill_at is not None and now >= child.kill_at:
                child.kill()
        elif child.process is not None:
            self._bury(child, wanted=child.kill_at is not None)

    def _bury(self, child: Child, wanted: bool) -> None:
        """Clear up after a death and set the time of the next start."""
        child.kill()
        if wanted:
            child.deaths, pause = 0, 0.0
        else:
            child.deaths = 1 if child.settled else child.deaths + 1
            pause = min(FIRST_PAUSE * 2 ** (child.deaths - 1), LONGEST_PAUSE)
            code = child.process.returncode if child.process else "?"
            self._say(f"{child.spec.name} ended by itself (code {code}); it starts again in {pause:.1f} s.")
        child.start_at = time.monotonic() + pause

    def _start_again(self, child: Child) -> None:
        try:
            child.spawn()
        except Exception as error:
            self._say(f"{child.spec.name} could not be started: {error}")
            child.deaths += 1
            child.start_at = time.monotonic() + LONGEST_PAUSE

    def failing(self, deaths: int = 3) -> Child | None:
        """The first child that has died so often in a row, each time soon after its start."""
        return next((c for c in self.children.values() if c.deaths >= deaths and not (c.alive and c.settled)), None)

    def run_beside(self, argv: Sequence[str], env: Mapping[str, str], seconds: float) -> tuple[int | None, str]:
        """Run a command to its end while watching the others: its exit code and standard output.

        Its errors and its progress bar go to our standard error. The code is None when the time was over,
        a child kept dying, or we were told to stop; the command has then been ended.
        """
        with tempfile.TemporaryFile(dir=self.log_dir) as out:
            process = spawn(argv, env, stdout=out)
            end = time.monotonic() + seconds
            while process.poll() is None and not self.stopping and not self.failing() and time.monotonic() < end:
                self.watch(TICK)
            code = process.poll()
            if code is None:
                end_process(process, grace=5)
            out.seek(0)
            return code, out.read().decode(errors="replace")

    @contextlib.contextmanager
    def silence(self, wanted: bool) -> Iterator[None]:
        """Do not repeat the logs meanwhile: they would tear a progress bar."""
        if self._echo:
            self._echo.quiet = wanted
        try:
            yield
        finally:
            if self._echo:
                self._echo.quiet = False

    def stop(self) -> None:
        """End all children, the last started first, foundations after all others; what stays is killed."""
        self.stopping = True
        for foundation in (False, True):
            group = [child for child in reversed(self.children.values()) if child.spec.foundation is foundation]
            for child in group:
                child.tell(signal.SIGTERM)
            begun = time.monotonic()
            for child in group:
                while child.alive and time.monotonic() - begun < child.spec.grace:
                    time.sleep(0.02)
                if child.alive:
                    self._say(f"{child.spec.name} did not stop within {child.spec.grace:.0f} s and was killed.")
                child.kill()
        if self._echo:
            self._echo.end()


def end_process(process: subprocess.Popen[bytes], grace: float) -> None:
    """SIGTERM, and after `grace` seconds SIGKILL to its whole group."""
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
