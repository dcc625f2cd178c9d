"""`manage.py up`: everything Pressroom needs, under one supervisor."""

import os
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand

from desk import first_posts, migrating, starting
from desk.logfiles import Echo, last_lines
from desk.starting import CannotStart
from desk.supervising import Child, Supervisor
from jobs import embedded


class Command(BaseCommand):
    requires_system_checks = (Tags.security,)  # what the environment can get wrong; all others cost a second
    help = "Start Valkey, the web server, a worker and the scheduler, and keep them running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="port of the web server (PORT, 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address the web server listens on (127.0.0.1)")
        parser.add_argument("--reload", action="store_true", help="restart web and worker when a Python file changes")
        parser.add_argument("--demo", action="store_true", help="make the demo workspace and write five posts")
        parser.add_argument("--once", action="store_true", help="as --demo, then stop everything")
        parser.add_argument("--yes", action="store_true", help="the demo also on a DATABASE_URL that people use")
        parser.add_argument("--fresh", action="store_true", help="set the old database aside under VAR_DIR/old first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = Up(options).run()
        except (CannotStart, migrating.DatabaseUnusable, embedded.EmbeddedError) as error:
            self.stderr.write(str(error))
            code = 1
        sys.exit(code)


class Up:
    """One run of the command."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.host: str = options["host"]
        self.port: int = options["port"]
        self.reload: bool = options["reload"]
        self.once: bool = options["once"]
        self.demo: bool = options["demo"] or options["once"]
        self.fresh: bool = options["fresh"]
        self.yes: bool = options["yes"]
        self.worker: bool = settings.ENABLE_WORKERS
        self.started_at = _started_at()
        self.var_dir = Path(settings.VAR_DIR)
        self.manage = Path(settings.BASE_DIR) / "manage.py"
        configured = settings.SITE_URL.removeprefix(f"http://127.0.0.1:{settings.PORT}")
        if not configured:  # still the default, which knows nothing of --port
            settings.SITE_URL = f"http://{self._local_host()}:{self.port}"
        self.address: str = settings.SITE_URL
        self.closing_line = ""

    def _local_host(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"[{host}]" if ":" in host else host

    def run(self) -> int:
        """Start, work, stop; the exit code."""
        if self.demo and not self.worker:
            raise CannotStart(
                "The demo needs a worker to write its posts, and ENABLE_WORKERS is false. "
                "Set ENABLE_WORKERS=true, or start `manage.py up` without the demo."
            )
        with starting.only_one(self.var_dir, f"{self.address}/admin/"):
            starting.check_port(self.host, self.port)
            if self.fresh:
                self._set_aside()
            self.env = starting.environment(self.var_dir, self.port, self.address)
            self.supervisor = Supervisor(self.var_dir / "log", say, Echo())
            self.supervisor.listen()
            try:
                code = self._work()
            finally:
                say("Stopping.")
                self.supervisor.stop()
        if self.closing_line and code == 0:
            tell(self.closing_line)
        return code

    def _set_aside(self) -> None:
        if settings.DATABASE_IS_CONFIGURED:
            raise CannotStart(
                "--fresh only sets aside the SQLite file that Pressroom made itself, and DATABASE_URL names another "
                "database. Empty that one by hand, or unset DATABASE_URL."
            )
        folder = starting.set_aside(self.var_dir, Path(settings.DATABASES["default"]["NAME"]))
        say(f"The old database is kept in {folder}." if folder else "There was no old database to set aside.")

    def _work(self) -> int:
        if settings.REDIS_IS_EMBEDDED:
            say("Starting the embedded Valkey.")
            server = self.supervisor.start(starting.valkey(self.var_dir, self.env))
            embedded.wait_until_ready(self.var_dir, alive=lambda: server.alive)
        say("Bringing the database up to date.")
        migrating.bring_up_to_date(ours=not settings.DATABASE_IS_CONFIGURED)
        if self.worker:
            say("Starting the web server, a worker and the scheduler.")
        else:
            say(
                "Starting the web server and the scheduler. No worker: ENABLE_WORKERS is false, jobs are only accepted."
            )
        for spec in starting.python_children(
            self.manage, self.host, self.port, self.env, self.reload, worker=self.worker
        ):
            if self.supervisor.stopping:
                return 0
            self.supervisor.start(spec)
        code = self._show() if self.demo else 0
        if self.once or self.supervisor.stopping:
            return code
        self._wait_for_web()
        if not self.supervisor.stopping:
            tell(f"Pressroom runs at {self.address}/admin/. Stop it with Ctrl-C.")
        self._stay()
        return 0

    def _show(self) -> int:
        """Make the demo workspace and its posts; 1 when the posts failed."""
        writer = first_posts.Writer(self.supervisor, self.manage, self.env)
        try:
            say("Making the demo workspace.")
            login = first_posts.make_workspace(yes=self.yes)
            say("Writing five posts through the queue.")
            count = writer.write(login)
        except first_posts.NoPosts as error:
            if self.supervisor.stopping:
                return 0
            say(str(error))
            return 1
        self._wait_for_web()
        posts = "1 post" if count == 1 else f"{count} posts"
        line = f"{posts} written in {time.time() - self.started_at:.0f} s: {self.address}/blog/"
        if self.supervisor.stopping:
            return 0
        tell(
            f"\n  Admin     {self.address}/admin/\n  User      {login['user']}\n  Password  {login['password']}\n"
            f"  Blog      {self.address}/blog/\n"
        )
        if self.once:
            self.closing_line = line
        else:
            tell(line)
        return 0

    def _wait_for_web(self, seconds: float = 60.0) -> None:
        """Wait until the web server answers; raises CannotStart with its last lines."""
        web = self.supervisor.children["web"]
        end = time.monotonic() + seconds
        while not self.supervisor.stopping and not starting.answers(self.host, self.port):
            self.supervisor.watch(0.1)
            if self.supervisor.failing() is web or time.monotonic() > end:
                raise CannotStart(_gave_up(web))

    def _stay(self) -> None:
        """Watch the children until told to stop; with --reload also the Python files."""
        sources = starting.Sources(self.manage.parent, without=self.var_dir) if self.reload else None
        while not self.supervisor.stopping:
            self.supervisor.watch(1.0)
            if sources and (changed := sources.changed()):
                restarted = [name for name in ("worker", "scheduler") if name in self.supervisor.children]
                say(f"{changed[0].name} changed: restarting {' and '.join(restarted)}; the web server reloads itself.")
                for name in restarted:
                    self.supervisor.restart(name)


def _gave_up(child: Child) -> str:
    return (
        f"The {child.spec.name} server does not start. The last lines of {child.log}:\n{last_lines(child.log)}\n"
        "Mend what they say and start again."
    )


def _started_at() -> float:
    """When bin/run began (PRESSROOM_STARTED, seconds since 1970), else now."""
    now = time.time()
    with suppress(ValueError):
        began = float(os.environ.pop("PRESSROOM_STARTED", ""))
        if now - 3600 < began <= now:
            return began
    return now


def say(sentence: str) -> None:
    """A step or a problem, for the person who watches: standard error, since output is for results."""
    with suppress(OSError, ValueError):  # the terminal may be gone: stopping goes on
        print(sentence, file=sys.stderr, flush=True)


def tell(line: str) -> None:
    """A result: standard output."""
    with suppress(OSError, ValueError):
        print(line, flush=True)
