"""The ground of one measurement: a Pressroom with its own database, Valkey and folder, one who orders, workers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal

from desk.trials import processes
from desk.trials.stack import ROOT, Stack
from jobs.stock import PREPARES, Stock

SETTINGS, STOCK_SETTINGS = "desk.trials.settings", "desk.trials.stock_settings"
Kind = Literal["fork", "prepared", "simple"]
STOCK_CLASSES = {"fork": "rq.worker.Worker", "prepared": "jobs.stock.Prepared", "simple": "rq.worker.SimpleWorker"}
POLL_SECONDS = 0.4
SETTLE_SECONDS = 0.7  # until workers hear of new jobs, and the cost of starting is behind them
SHUT_SECONDS = 1.5  # until workers have seen that the queue is paused and have stopped asking: an idle worker again
OPEN = "('waiting', 'active', 'delayed')"


class Spoilt(Exception):
    """A measurement cannot be made: a process did not start, or work did not end; the text says what was seen."""


class Ground:
    """Begins as a copy of a prepared Pressroom; `close` ends every process and leaves the folder to its owner."""

    def __init__(self, folder: Path, like: Stack, database: str) -> None:
        self.database = database
        self.started: list[subprocess.Popen[str]] = []
        self.logs: list[IO[str]] = []
        self.folder = folder
        self.stack = type(like)(folder / "var", like)
        try:
            self.stack.env |= {
                "DJANGO_SETTINGS_MODULE": SETTINGS,
                "OUTBOUND_ALLOW_HOSTS": "127.0.0.1",
            }
            self.stack.start_valkey()
            self.vendor = self._talk("desk.trials.slow_server")
            self.port = int(self._read(self.vendor))
            self.clerk = self._talk("desk.trials.ordering")
            self.stock = Stock(self.stack.redis_url)
        except BaseException:
            self.close()
            raise

    # -- processes ----------------------------------------------------------------------------------------------------

    def workers(
        self, count: int = 1, *, slots: int, limits: dict[str, dict[str, int]] | None = None, lease: int = 20
    ) -> list[int]:
        """Start Pressroom's workers and wait until they serve; returns their process ids.

        limits is QUEUE_LIMITS, lease is in seconds.
        """
        before = self._present()
        env = {
            "WORKER_SLOTS": str(slots),
            "QUEUE_LIMITS": json.dumps(limits or {}),
            "JOB_LEASE_SECONDS": str(lease),
        }
        pids = [self._start("rqworker", **env).pid for _each in range(count)]
        self.wait_for(lambda: self._present() >= before + count, 60, "the workers to appear")
        time.sleep(SETTLE_SECONDS)
        return pids

    def stock_workers(self, queue: str, count: int = 1, *, kind: Kind = "fork", scheduler: bool = False) -> list[int]:
        """Start stock RQ's workers, more than one as its worker-pool; returns the id of the process above them."""
        before = self.stock.workers()
        command = ["rqworker-pool", "--num-workers", str(count)] if count > 1 else ["rqworker"]
        command += ["--worker-class", STOCK_CLASSES[kind]]
        command += ["--verbosity", "0", *(["--with-scheduler"] if scheduler and count == 1 else []), queue]
        env = {"DJANGO_SETTINGS_MODULE": STOCK_SETTINGS, "WORKER_SLOTS": "1", PREPARES: "desk.trials.errands.prepare"}
        head = self._start(*command, **env)
        self.wait_for(lambda: self.stock.workers() >= before + count, 120, "stock RQ's workers to appear")
        time.sleep(SETTLE_SECONDS)
        return [head.pid]

    def kill(self, *pids: int) -> None:
        """End processes as a power cut does, with all below them."""
        for each in processes.tree(*pids):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def meter(self, workers: list[int]) -> processes.Meter:
        """Watches the workers and what they lean on, while it is entered."""
        assert self.stack.valkey
        groups = {"workers": workers, "valkey": [self.stack.valkey.pid], "vendor": [self.vendor.pid]}
        server = getattr(self.stack, "server", None)
        if server:
            groups["database"] = [server.process.pid]
        return processes.Meter(groups)

    def _start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        log = (self.stack.var_dir / f"{len(self.started)}-{args[0]}.log").open("w")
        self.logs.append(log)
        child = subprocess.Popen(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env={**self.stack.env, **env},
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self.started.append(child)
        return child

    def _talk(self, module: str) -> subprocess.Popen[str]:
        """Start a module that answers lines with lines."""
        log = (self.stack.var_dir / f"{len(self.started)}-{module}.log").open("w")
        self.logs.append(log)
        child = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=self.stack.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self.started.append(child)
        return child

    def _read(self, child: subprocess.Popen[str]) -> str:
        assert child.stdout
        if line := child.stdout.readline():
            return line
        raise Spoilt(f"{child.args!r} ended without an answer.\n{self._last_words()}")

    def close(self) -> None:
        """End every process that was started here."""
        for child in self.started:
            self.kill(child.pid)
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # what lost its parent meanwhile
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with suppress(OSError):
                    if pipe:
                        pipe.close()
        for log in self.logs:
            log.close()
        self.stack.close()

    # -- work ---------------------------------------------------------------------------------------------------------

    def ask(self, do: str, **wish: Any) -> dict[str, Any]:
        """Have one of the deeds of desk/trials/ordering.py done, and return its answer."""
        assert self.clerk.stdin
        self.clerk.stdin.write(f"{json.dumps({'do': do, **wish})}\n")
        self.clerk.stdin.flush()
        return dict(json.loads(self._read(self.clerk)))

    def fill(self, errand: str, payloads: Sequence[Mapping[str, Any]], *, shut: bool = False) -> list[str]:
        """Accept jobs; see `ordering.fill`. Returns their ids."""
        return list(self.ask("fill", errand=errand, payloads=list(payloads), shut=shut)["ids"])

    def warm_up(self, errand: str, payloads: Sequence[Mapping[str, Any]]) -> None:
        """Let workers do some jobs that are not measured: threads, connections and imports are there then."""
        ids = self.fill(errand, payloads)
        self.wait_ended(errand, len(ids), 60)

    def drain(
        self, errand: str, payloads: Sequence[Mapping[str, Any]], seconds: float, workers: list[int]
    ) -> "Drained":
        """Fill a queue that is shut, open it, and wait until all is done; `seconds` at most."""
        ids = self.fill(errand, payloads, shut=True)
        before = self.ended(errand)
        time.sleep(SHUT_SECONDS)
        with self.meter(workers) as meter:
            began = self.ask("open_queue", errand=errand)["at"]
            self.wait_for(lambda: self.ended(errand) >= before + len(ids), seconds, f"{len(ids)} jobs to end")
        jobs = self.ask("results", ids=ids)["jobs"]
        times = [job["result"] for job in jobs.values() if job["state"] == "completed"]
        once = all(job["started"] == job["ended"] == job["attempt"] == 1 for job in jobs.values())
        return Drained(began, times, meter.used, len(ids), once and len(times) == len(ids))

    def drain_stock(
        self, queue: str, function: str, arguments: list[list[Any]], seconds: float, workers: list[int]
    ) -> "Drained":
        """Fill a queue of stock RQ and wait until all is done."""
        before = self.stock.finished(queue)
        with self.meter(workers) as meter:
            began, ids = self.stock.enqueue(queue, function, arguments)
            self.wait_for(
                lambda: self.stock.finished(queue) + self.stock.failed(queue) >= before + len(ids),
                seconds,
                f"{len(ids)} jobs of stock RQ to end",
            )
        found = self.stock.results(ids)
        return Drained(began, list(found.values()), meter.used, len(ids), len(found) == len(ids))

    def wait_ended(self, errand: str, count: int, seconds: float) -> None:
        """Wait until `count` jobs of this errand have ended."""
        self.wait_for(lambda: self.ended(errand) >= count, seconds, f"{count} jobs of {errand} to end")

    def wait_for(self, condition: Any, seconds: float, what: str) -> float:
        """Wait until it holds; returns when that was seen (time.time()). Raises Spoilt with the last words of all."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise Spoilt(f"Waited {seconds:.0f} s in vain for {what}.\n{self._last_words()}")
            time.sleep(POLL_SECONDS)
        return time.time()

    def ended(self, errand: str) -> int:
        """How many jobs of this errand have ended."""
        query = f"SELECT count(*) FROM jobs_job WHERE queue = ? AND state NOT IN {OPEN}"  # noqa: S608 (a constant)
        return int(self.stack.sql(query, f"trial-{errand}")[0][0])

    def _present(self) -> int:
        return int(self.stack.sql("SELECT count(*) FROM jobs_process WHERE kind = 'worker'")[0][0])

    def _last_words(self) -> str:
        logs: Iterable[Path] = sorted(self.stack.var_dir.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


class Drained:
    """What became of a queue full of jobs."""

    def __init__(
        self, began: float, times: list[dict[str, float]], used: processes.Used, asked: int, all_once: bool
    ) -> None:
        self.times = times
        self.used = used
        self.asked = asked
        self.all_once = all_once  # every job completed, started once, ended once
        self.seconds = max(time["endedAt"] for time in times) - began if times else float("nan")

    @property
    def per_second(self) -> float:
        """Jobs a second, from the opening of the queue to the last line of the last job."""
        return len(self.times) / self.seconds

    def cpu_ms(self, group: str) -> float:
        """Processor time of a group for each job, in ms; 0 for a group that there is not."""
        return self.used.cpu.get(group, 0.0) * 1000 / max(1, len(self.times))

    def figures(self) -> dict[str, Any]:
        """For the JSON."""
        return {
            "jobs": self.asked,
            "completed": len(self.times),
            "allOnce": self.all_once,
            "seconds": round(self.seconds, 3),
            "jobsPerSecond": round(self.per_second, 2),
            "cpuMsPerJob": {group: round(self.cpu_ms(group), 3) for group in self.used.cpu},
            "memoryMb": round(self.used.memory_mb["workers"], 1),
            "foreignCores": round(self.used.foreign, 2),
        }
