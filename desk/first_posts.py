"""The first posts of `manage.py up --demo`: the demo workspace and five posts through the queue."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connections

from accounts.models import User
from desk import demo
from desk.logfiles import last_lines
from desk.supervising import Supervisor

LONGEST = 600.0  # seconds


class NoPosts(Exception):
    """The posts were not written; the text says why and where to look."""


def make_workspace(*, yes: bool = False) -> dict[str, Any]:
    """Make the demo workspace if it is missing; what `manage.py demo --json` prints. Raises NoPosts.

    A configured database that has people of its own needs `yes`: the demo user is a superuser.
    """
    output = io.StringIO()
    try:
        is_new = not User.objects.exclude(username=demo.USERNAME).exists()
        call_command("demo", "--json", *(["--yes"] if yes or is_new else []), stdout=output)
    except CommandError as error:
        raise NoPosts(str(error)) from None
    finally:
        connections.close_all()
    return last_object(output.getvalue())


@dataclass(frozen=True)
class Writer:
    """Has posts written through the queue, beside the supervised children.

    `manage` is the path of manage.py, `env` what its process gets on top of ours.
    """

    supervisor: Supervisor
    manage: Path
    env: dict[str, str]

    def write(self, login: dict[str, Any], count: int = 5) -> int:
        """Generate posts as the demo user with the offline model; how many were written. Raises NoPosts.

        On a terminal the command draws its progress bar, and the children's logs are silent meanwhile.
        """
        order = ["--source", "popular", "--media", "movie", "--count", str(count), "--model", "offline"]
        order += ["--catalog", "offline", "--publish"]
        person = ["--user", str(login["user"]), "--tenant", str(login["tenant"])]
        argv = [sys.executable, str(self.manage), "generate_blog", *order, *person, "--wait", "--json"]
        with self.supervisor.silence(sys.stderr.isatty()):
            code, output = self.supervisor.run_beside(argv, self.env, LONGEST)
        answer = last_object(output)
        if code != 0 or answer.get("state") != "completed":
            raise NoPosts(self._reason(code, answer))
        return len(answer.get("postIds") or [])

    def _reason(self, code: int | None, answer: dict[str, Any]) -> str:
        if child := self.supervisor.failing():
            return (
                f"The posts were not written: the {child.spec.name} keeps ending right after its start. "
                f"The last lines of {child.log}:\n{last_lines(child.log)}"
            )
        why = answer.get("failedReason") or answer.get("state") or f"`manage.py generate_blog` ended with code {code}"
        if code is None:
            why = f"they were not done after {LONGEST:.0f} s"
        log = self.supervisor.log_dir / "worker.log"
        return f"The posts were not written: {why}. The last lines of {log}:\n{last_lines(log)}"


def last_object(output: str) -> dict[str, Any]:
    """The JSON object on the last line that is not empty; {} when there is none."""
    lines = [line for line in output.splitlines() if line.strip()]
    try:
        answer = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
