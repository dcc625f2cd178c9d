"""Row 28 of the chaos table: orders over HTTP while everything is killed at random; then all must end well."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from desk import starting
from desk.trials.chaos import canary, faults, invariants, leaving, vendor
from desk.trials.chaos.door import Door, Ear, web_command
from desk.trials.chaos.fleet import Fleet
from desk.trials.chaos.producing import Producer, publications
from desk.trials.chaos.reporting import Report
from desk.trials.stack import ROOT, Installed, Stack, free_port

KINDS: dict[str, type[Stack]] = {"sqlite": Stack, "postgres": Installed}
EVERY_SECONDS = 0.3  # between two orders
DRAIN_SECONDS = 120.0
LEASE_SECONDS = 3.0  # as desk/trials/stack.py sets it
POSTS_A_WORKSPACE = 100  # of 320 films
CALL_SECONDS = 0.3  # how long a call is in flight
WALL_SECONDS = 0.15  # how long the wall takes before and after it has a post
SETTLE_SECONDS = 10  # longer than any worker is stopped: what a stopped one sends late is not sent again before
LIMITS = {
    "blog-generation": {"per_minute": 0, "concurrency": 4},
    "social-posting": {"per_minute": 0, "concurrency": 4},
}
OPEN = "SELECT count(*) FROM jobs_job WHERE state IN ('waiting', 'active', 'delayed')"
Say = Callable[[str], object]


class Spoilt(Exception):
    """A run could not even begin; the text says why."""


@contextmanager
def prepared(database: str, folder: Path) -> Iterator[Stack]:
    """A migrated Pressroom at rest, for the runs to begin as copies of."""
    stack = own(KINDS[database](folder / f"{database}-new"))
    try:
        stack.prepare()
        stack.rest()
        yield stack
    finally:
        stack.close()


def own(stack: Stack) -> Stack:
    """The stack, its doors open to this machine whatever is configured here."""
    stack.env["ALLOWED_HOSTS"] = "127.0.0.1"
    return stack


def run(like: Stack, folder: Path, *, database: str, seed: int, jobs: int, workers: int, say: Say) -> Report:
    """One run in `folder`, which its caller removes."""
    begun = time.monotonic()
    report = Report("Pressroom", database, seed, workers)
    stack = own(type(like)(folder / f"{database}-{seed}", like))
    fleet = Fleet(stack.var_dir)
    with vendor.serving() as vendor_port:
        try:
            _run(stack, fleet, vendor_port, jobs, report, say)
        finally:
            fleet.close()
            stack.close()
            if report.broken:
                say(f"The logs of this run are kept in {_keep_logs(stack.var_dir, database, seed)}.")
    report.seconds = time.monotonic() - begun
    return report


def _run(stack: Stack, fleet: Fleet, vendor_port: int, jobs: int, report: Report, say: Say) -> None:
    port, needles = free_port(), [canary.openai_key(), canary.tmdb_key()]
    stack.env |= {
        "PORT": str(port),
        "QUEUE_LIMITS": json.dumps(LIMITS),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{vendor_port}/v1",
        "TMDB_BASE_URL": f"http://127.0.0.1:{vendor_port}/3",
        "PUBLISH_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "PYTHONUNBUFFERED": "1",
    }
    people = _prepare(stack, max(3, -(-jobs // POSTS_A_WORKSPACE)), needles[0])
    _launch(stack, fleet, report.workers, port, tmdb_key=needles[1])
    ear = Ear(needles)
    doors = [Door(port, token, ear.listen) for token in people["tokens"]]
    producer = Producer(doors, jobs, EVERY_SECONDS, report.seed, stack.var_dir / "accepted")
    wish = publications(people["accounts"])
    writer = Producer(doors, jobs, EVERY_SECONDS, report.seed, stack.var_dir / "publications", wish)
    server = getattr(stack, "server", None)
    fire = faults.Fire(fleet, _flush(stack), server)
    kinds = set(faults.BAG) - (set() if server else {"postgres crashed"})
    say(f"Seed {report.seed} on {report.database}: {2 * jobs} orders, faults until all are accepted.")
    producer.start()
    writer.start()
    try:
        fire.burn(
            faults.plan(report.seed, kinds=kinds, workers=report.workers, lease=LEASE_SECONDS),
            lambda: producer.is_done and writer.is_done,
        )
    finally:
        producer.stop()
        writer.stop()
    say(f"{sum(fire.done.values())} faults. Waiting for everything to end.")
    fire.pass_time(DRAIN_SECONDS, lambda: stack.sql(OPEN)[0][0] == 0 and stack.sql(leaving.PENDING)[0][0] == 0)
    report.drain_seconds = time.monotonic() - fire.last_at
    fire.pass_time(DRAIN_SECONDS, lambda: starting.answers("127.0.0.1", port))

    accepted = [*people["jobs"], *producer.accepted()]
    facts = invariants.read(stack, accepted)
    read = canary.read_all([*doors, Door(port, people["boss"], ear.listen)], people["jobs"])
    left = leaving.read(stack, [*people["planned"], *writer.accepted()], people["held"], fire.done)
    _take_over(report, facts, left, fire.done)
    seen = [*sorted(ear.found), *canary.in_stack(stack, needles)]
    report.broken = [*producer.problems, *writer.problems, *invariants.broken(facts), *leaving.broken(left)]
    if len(accepted) != len(facts.states):
        report.broken.append(f"I1: {len(accepted)} jobs were accepted, and {len(facts.states)} are there.")
    if read < len(canary.READ):
        report.broken.append(f"I6: only {read} answers of the API could be read.")
    if seen:
        report.broken.append(f"I6: a key is to be read in {', '.join(seen[:10])}")


def _take_over(report: Report, facts: invariants.Facts, left: leaving.Facts, done: Counter[str]) -> None:
    report.accepted = len(facts.accepted)
    report.faults = dict(done)
    report.states = dict(Counter(facts.states.get(job, "missing") for job in facts.accepted))
    report.lost, report.duplicates = len(facts.lost), facts.duplicates + left.duplicates
    report.latency_max_seconds = round(max(facts.seconds.values(), default=0.0), 1)
    report.drain_seconds = round(report.drain_seconds, 1)
    mails = Counter(state for state, _count in left.mails.values())
    report.figures = {"posts": len(facts.posts), "calls": dict(facts.calls), "published on the wall": left.per_class()}
    report.figures |= {"mails": dict(mails)}


def _prepare(stack: Stack, workspaces: int, secret: str) -> dict[str, Any]:
    wish = json.dumps({"workspaces": workspaces, "secret": secret})
    command = [sys.executable, "-m", "desk.trials.chaos.preparing", wish]
    env = {**stack.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise Spoilt(f"The workspaces could not be made:\n{done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _launch(stack: Stack, fleet: Fleet, workers: int, port: int, *, tmdb_key: str) -> None:
    fleet.launch("redis", stack.valkey_command(), stack.env)
    manage = [sys.executable, str(ROOT / "manage.py")]
    env = {**stack.env, "TMDB_API_KEY": tmdb_key, "PRESSROOM_FAULT": _slow()}
    fleet.launch("web", web_command(port, stack.env), stack.env)
    fleet.launch("scheduler", [*manage, "rqscheduler"], stack.env)
    for number in range(workers):
        fleet.launch(f"worker-{number}", [*manage, "rqworker"], env)


def _slow() -> str:
    """Calls and the wall take their time, so that a kill meets them."""
    seconds = {"call.sent": CALL_SECONDS, "wall.asked": WALL_SECONDS, "wall.taken": WALL_SECONDS, "mail.armed": 0.1}
    return ",".join(f"{place}:*:sleep={time}" for place, time in seconds.items())


def _flush(stack: Stack) -> Callable[[], object]:
    def flush() -> bool:
        client = stack.redis()
        if client is None:
            return False
        with suppress(Exception):  # those of redis, which only jobs/ may know
            client.flushall()
        return True

    return flush


def _keep_logs(var_dir: Path, database: str, seed: int) -> Path:
    """Copy the logs of a run that broke an invariant to where they outlive it: its folder is removed."""
    kept = Path(tempfile.mkdtemp(prefix=f"pressroom-chaos-logs-{database}-{seed}-"))
    for log in var_dir.glob("*.log"):
        shutil.copy(log, kept)
    return kept
