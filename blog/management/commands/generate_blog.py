import json
import sys
import time
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from accounts import workspaces
from accounts.models import Tenant, User
from blog import batches
from blog.orders import Order
from integrations.errors import InvalidKey, ModelGone
from jobs import health
from jobs.models import Job, State

BAR = 30


class Command(BaseCommand):
    help = "Order blog posts; the workers write them. With --wait, show the progress and the result."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", default="popular", help="popular, top_rated, trending, discover ...")
        parser.add_argument("--media", default="movie", help="movie or tv")
        parser.add_argument("--count", type=int, default=5, help="new posts, 1 to 50")
        parser.add_argument("--model", help="default: the user's preference, else the workspace's, else offline")
        parser.add_argument("--mode", default="batch", help="batch or continuous")
        parser.add_argument("--min-rating", type=float)
        parser.add_argument("--year-from", type=int)
        parser.add_argument("--year-to", type=int)
        parser.add_argument("--language")
        parser.add_argument("--length")
        parser.add_argument("--tone")
        parser.add_argument("--publish", action="store_true", help="publish the posts; else they are drafts")
        parser.add_argument("--max-usd", type=Decimal, help="ceiling for all calls of the batch together, in USD")
        parser.add_argument("--catalog", choices=["offline", "tmdb"], help="default: tmdb when its key is set")
        parser.add_argument("--user", help="who orders; default: the only user there is, else the demo user")
        parser.add_argument("--tenant", help="slug or id of the workspace; default: the user's first")
        parser.add_argument("--wait", action="store_true", help="stay until the job has ended")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = self._user(options["user"])
        tenant = self._tenant(user, options["tenant"])
        started = time.monotonic()
        try:
            batch, job = batches.start(self._order(options), tenant=tenant, user=user, catalog=options["catalog"] or "")
        except (ModelGone, InvalidKey) as error:
            raise CommandError(str(error)) from None
        if not options["json"]:
            self.stdout.write(f"Accepted as {job.pk}: {batch}")
        if options["wait"]:
            self._watch(job)
        self._report(job, time.monotonic() - started, options)
        if options["wait"] and job.state != State.COMPLETED:
            sys.exit(1)

    def _order(self, options: dict[str, Any]) -> Order:
        names = {"media": "media_type"}
        wanted = (*names, *Order.model_fields)
        values = {names.get(name, name): options[name] for name in wanted if options.get(name) is not None}
        try:
            return Order(**values)
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, e['loc'])) or 'order'}: {e['msg'].removeprefix('Value error, ')}"
                for e in error.errors()
            ]
            raise CommandError("This cannot be ordered. " + "; ".join(problems)) from None

    def _user(self, name: str | None) -> User:
        users = User.objects.filter(is_active=True)
        if name:
            found = users.filter(username=name).first()
        else:
            found = users.first() if users.count() == 1 else users.filter(username="demo").first()
        if found is None:
            names = ", ".join(users.values_list("username", flat=True)[:10]) or "none; make one with `manage.py demo`"
            raise CommandError(
                f"{f'There is no user {name!r}' if name else 'Say who orders with --user'}. Users: {names}."
            )
        return found

    def _tenant(self, user: User, name: str | None) -> Tenant:
        tenant = workspaces.named(user, name) if name else workspaces.choose(user)[0]
        if tenant is None:
            names = ", ".join(Tenant.objects.for_user(user).values_list("slug", flat=True)) or "none"
            raise CommandError(f"{user} has no workspace {name or ''}. Theirs: {names}.".replace("  ", " "))
        return tenant

    def _watch(self, job: Job) -> None:
        """Follow the job: a bar on a terminal, a line for each new message elsewhere."""
        shown, terminal = "", self.stderr.isatty()
        try:
            while True:
                job.refresh_from_db()
                text = f"{job.percentage:3d} % {job.message}"
                if reason := health.waiting_for(job):
                    text = f"{job.state}: {reason}"
                if terminal:
                    filled = BAR * job.percentage // 100
                    line = f"[{'█' * filled}{'░' * (BAR - filled)}] {text}"
                    self.stderr.write(f"\r\033[K{line[:150]}", ending="")
                elif text != shown:
                    self.stderr.write(text)
                shown = text
                if job.ended:
                    break
                time.sleep(0.25)
        except KeyboardInterrupt:
            self.stderr.write(f"\nNot waiting any longer; {job.pk} goes on. Look at it under Jobs in the admin.")
            sys.exit(130)
        finally:
            if terminal:
                self.stderr.write("")

    def _report(self, job: Job, seconds: float, options: dict[str, Any]) -> None:
        result = job.result or {}
        if options["json"]:
            answer = {"jobId": job.pk, "state": job.state, "seconds": round(seconds, 1), **result}
            if job.failed_reason:
                answer["failedReason"] = job.failed_reason
            self.stdout.write(json.dumps(answer))
        elif options["wait"]:
            made = len(result.get("postIds", []))
            reason = f" Why: {job.failed_reason}" if job.failed_reason else ""
            self.stdout.write(f"{job.state}: {made} posts in {seconds:.0f} s.{reason}")
