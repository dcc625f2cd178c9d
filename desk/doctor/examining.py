"""The examination: every check in its order, each with a time limit; none can raise or hold up the others."""

import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue
from urllib.parse import unquote

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connections

from config.logs import hide_secrets
from desk.doctor import leaving, stores, surroundings, work
from desk.doctor.findings import FAIL, Finding, Seen, fail, note
from jobs import probing

SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Check:
    """One check.

    needs    what it cannot look without; where that is away, its answer is unknown
    gives    what is away when it fails
    seconds  how long it may take
    """

    name: str
    look: Callable[[Seen], Finding]
    needs: tuple[str, ...] = ()
    gives: str = ""
    seconds: float = 8.0


def ask_redis(seen: Seen) -> Finding:
    """Redis answers; what it tells is there for the checks after this one."""
    seen.server = probing.server()
    return stores.redis(seen)


DATABASE, TABLES, REDIS, WORKER = "the database", "the tables", "Redis", "a worker"
CHECKS = (
    Check("settings", surroundings.system_checks),
    Check("secrets", surroundings.secrets),
    Check("disk", surroundings.disk),
    Check("database", stores.database, gives=DATABASE),
    Check("migrations", stores.migrations, (DATABASE,), gives=TABLES),
    Check("redis", ask_redis, gives=REDIS),
    Check("redis version", stores.redis_version, (REDIS,)),
    Check("redis eviction", stores.redis_eviction, (REDIS,)),
    Check("redis persistence", stores.redis_persistence, (REDIS,)),
    Check("redis memory", stores.redis_memory, (REDIS,)),
    Check("hosts", stores.hosts),
    Check("worker", work.worker, (TABLES,), gives=WORKER),
    Check("workers here", work.workers_here),
    Check("queues served", work.queues_served, (TABLES, WORKER)),
    Check("scheduler", work.scheduler, (TABLES,)),
    Check("clocks", work.clocks, (TABLES,)),
    Check("waiting jobs", work.waiting, (TABLES,)),
    Check("leases", work.leases, (TABLES,)),
    Check("failed jobs", work.failures, (TABLES,)),
    Check("publications", leaving.publications, (TABLES,)),
    Check("accounts", leaving.accounts, (TABLES,)),
    Check("messages", leaving.messages, (TABLES,)),
    Check("stored keys", surroundings.stored_keys, (TABLES,)),
    Check("preferred models", surroundings.preferred_models, (TABLES,)),
    Check("mail", surroundings.mail),
    Check("speech", surroundings.speech),
    Check("vendor keys", surroundings.vendor_keys),
)
ONLINE = (Check("vendors answer", surroundings.vendors_answer, seconds=60.0),)


def examine(*, online: bool = False) -> list[dict[str, str]]:
    """All checks in their order: {check, status, sentence, cure}; `online` also asks the vendors. Never raises."""
    seen, away, found = Seen(), dict[str, str](), []
    for check in (*CHECKS, *(ONLINE if online else ())):
        missing = next((need for need in check.needs if need in away), None)
        if missing:
            finding = note(f"Unknown: it needs {missing}.", f"Mend the check '{away[missing]}' first.")
            culprit = away[missing]
        else:
            finding, hangs = within(check, seen)
            culprit = check.name
            if hangs:  # whatever it waited for, nobody waits for it again
                away.update(dict.fromkeys(check.needs, check.name))
        if check.gives and (missing or finding.status == FAIL):
            away[check.gives] = culprit
        found.append({"check": check.name, **{name: _clean(text) for name, text in asdict(finding).items()}})
    return found


def within(check: Check, seen: Seen) -> tuple[Finding, bool]:
    """What a check finds within its time, and whether that was over; the thread of one that hangs is left behind."""
    answers: SimpleQueue[Finding] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(guarded(check, seen))
        finally:
            connections.close_all()  # this thread's own

    threading.Thread(target=run, name=check.name, daemon=True).start()
    try:
        return answers.get(timeout=check.seconds), False
    except Empty:
        needs = " or ".join(check.needs) or "what it looks at"
        return fail(f"No answer within {check.seconds:.0f} s.", f"See why {needs} hangs, and restart that."), True


def guarded(check: Check, seen: Seen) -> Finding:
    """What a check finds; one that raises has failed."""
    try:
        return check.look(seen)
    except DatabaseError as error:
        return fail(
            f"The database did not answer the question: {type(error).__name__}.",
            "Run `manage.py migrate`, and look into the log of the database server.",
        )
    except Exception as error:
        return fail(
            f"The check itself broke: {type(error).__name__}.",
            "Run it again; if it stays, report it with this line and the version of Pressroom.",
        )


def _clean(text: str) -> str:
    """One line without control characters and without any secret we know of."""
    line = "".join(letter if letter.isprintable() else " " for letter in hide_secrets(text))
    for secret in sorted(_secrets(), key=len, reverse=True):
        line = line.replace(secret, "***")
    return re.sub(" {2,}", " ", line).strip()


def _secrets() -> set[str]:
    known = [settings.SECRET_KEY, *settings.FERNET_KEYS, *settings.SERVER_KEYS.values(), settings.TMDB_API_KEY]
    known += [settings.EMAIL_HOST_PASSWORD, settings.DATABASES["default"].get("PASSWORD", "")]
    for password in re.findall(r"://[^/@]*:([^/@]+)@", settings.REDIS_URL):
        known += [password, unquote(password)]
    return {secret for secret in known if secret and len(secret) >= SHORTEST_SECRET}
