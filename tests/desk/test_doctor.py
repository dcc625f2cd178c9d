"""`manage.py doctor`."""

import io
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts import keys
from ai.models import ListedModel, Preference
from config.queues import QUEUES
from desk.doctor import examining, stores, surroundings, work
from desk.doctor.examining import Check
from desk.doctor.findings import FAIL, NOTE, OK, Seen, fail, ok
from integrations.errors import InvalidKey
from integrations.transcribers import whisper
from jobs import limits, presence
from jobs.models import ClockState, Job, State
from jobs.probing import Server
from tests.accounts.test_encryption import own_keys  # noqa: F401

FACTS = {"busy": 1, "slots": 32, "connected": True}
CANARIES = (
    "sk-canary-0123456789",
    "canarytmdbkey",
    "canaryredis pw",
    "canarymailpw",
    "canarydjangokey",
    "prt_canary1234",
)


@pytest.fixture
def direct(monkeypatch):
    """The checks in this thread, which has the test's transaction."""
    monkeypatch.setattr(examining, "within", lambda check, seen: (examining.guarded(check, seen), False))


@pytest.fixture
def seen():
    """As after the first checks on a healthy machine."""
    presence.seen("w1", "worker", [queue.name for queue in QUEUES], FACTS)
    return Seen(server=Server("here:6379", version="8.1"), workers=presence.alive("worker"))


def job(queue="research", state=State.WAITING, age=0.0, **columns):
    at = timezone.now() - timedelta(seconds=age)
    return Job.objects.create(
        id=f"test-{Job.objects.count()}", queue=queue, state=state, run_at=at, task="t", **columns
    )


# -- the whole ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_secret_comes_out(direct, settings, owner, monkeypatch):
    settings.SERVER_KEYS = {"openai": CANARIES[0], "gemini": "", "anthropic": "", "openrouter": ""}
    settings.TMDB_API_KEY, settings.EMAIL_HOST_PASSWORD, settings.SECRET_KEY = CANARIES[1], CANARIES[3], CANARIES[4]
    settings.REDIS_URL, settings.EMAIL_HOST = "redis://:canaryredis%20pw@127.0.0.1:1/0", "mail.example"
    keys.save_key(owner, "openai", CANARIES[0])
    reason = f"\x1b[2Jrefused\n{' '.join(CANARIES)} canaryredis%20pw {settings.FERNET_KEYS[0]}"
    job(state=State.FAILED, finished_at=timezone.now(), failed_reason=reason)

    def refuse(name, key):
        raise InvalidKey(f"{name} does not know {getattr(key, 'secret', key)}")

    monkeypatch.setattr(surroundings.vendors, "open_provider", refuse)
    monkeypatch.setattr(surroundings.sources, "open_catalog", lambda name: refuse(name, CANARIES[1]))
    for args in ([], ["--json"], ["--online"]):
        out = io.StringIO()
        with pytest.raises(SystemExit):
            call_command("doctor", *args, stdout=out)
        text = out.getvalue()
        assert "refused ***" in text
        assert "canary" not in text
        assert settings.FERNET_KEYS[0] not in text
        assert "\x1b[2J" not in text
    assert "OpenAI: openai does not know ***" in text


@pytest.mark.django_db
def test_a_healthy_machine_has_notes_only_and_exits_with_0(direct, settings, monkeypatch, seen, capsys):
    monkeypatch.setattr(examining.probing, "server", lambda: seen.server)
    monkeypatch.setattr(whisper, "importlib", SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None)))
    call_command("doctor", "--json")
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [finding["check"] for finding in found] == [check.name for check in examining.CHECKS]
    assert {frozenset(finding) for finding in found} == {frozenset({"check", "status", "sentence", "cure"})}
    told = {finding["check"]: finding for finding in found}
    assert {name for name, finding in told.items() if finding["status"] == FAIL} == set()
    assert {"secrets", "scheduler", "mail", "speech", "vendor keys"} <= {
        name for name, finding in told.items() if finding["status"] == NOTE
    }
    assert "bin/run --speech" in told["speech"]["sentence"]
    assert all(bool(finding["cure"]) == (finding["status"] != OK) for finding in found)
    call_command("doctor")
    text = capsys.readouterr().out
    assert "note  scheduler           No scheduler is running" in text
    assert " " * 26 + "-> Start `manage.py rqscheduler`." in text
    assert "Nothing is broken;" in text
    assert max(map(len, text.splitlines())) <= 120


def test_a_fresh_folder_fails_and_nothing_is_made_there(tmp_path):
    env = {**os.environ, "VAR_DIR": str(tmp_path), "WORKER_CONCURRENCY": "0"}
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        cwd=django_settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    told = {finding["check"]: finding for finding in json.loads(done.stdout.splitlines()[-1])}
    if "DATABASE_URL" not in os.environ:
        assert "no database yet" in told["database"]["sentence"]
        assert told["leases"]["sentence"] == "Unknown: it needs the tables."
        assert told["leases"]["cure"] == "Mend the check 'database' first."
        assert not list(tmp_path.glob("*.sqlite3*"))
    assert told["redis"]["status"] == FAIL
    assert "manage.py up" in told["redis"]["cure"]
    assert {told[name]["sentence"] for name in told if name.startswith("redis ")} == {"Unknown: it needs Redis."}
    assert "WORKER_CONCURRENCY is 0" in told["settings"]["sentence"]


def test_a_check_that_breaks_or_hangs_holds_up_no_other(monkeypatch):
    def breaks(seen):
        raise ZeroDivisionError("sk-canary-0123456789")

    def asks(seen):
        raise OperationalError("the server closed the connection")

    checks = (
        Check("breaks", breaks, gives="a thing"),
        Check("asks", asks),
        Check("hangs", lambda seen: time.sleep(20), ("the database",), seconds=0.2),
        Check("asks too", lambda seen: ok("never"), ("the database",), gives="the tables"),
        Check("needs tables", lambda seen: ok("never"), ("the tables",)),
        Check("needs the thing", lambda seen: ok("never"), ("a thing",)),
        Check("other", lambda seen: ok("still looked")),
    )
    monkeypatch.setattr(examining, "CHECKS", checks)
    begun = time.monotonic()
    found = {finding.pop("check"): finding for finding in examining.examine()}
    assert time.monotonic() - begun < 5
    assert found["breaks"]["sentence"] == "The check itself broke: ZeroDivisionError."
    assert "OperationalError" in found["asks"]["sentence"]
    assert "manage.py migrate" in found["asks"]["cure"]
    assert found["hangs"]["status"] == FAIL
    assert "the database hangs" in found["hangs"]["cure"]
    assert found["asks too"] == {
        "status": NOTE,
        "sentence": "Unknown: it needs the database.",
        "cure": "Mend the check 'hangs' first.",
    }
    assert found["needs tables"]["cure"] == "Mend the check 'hangs' first."
    assert found["needs the thing"]["cure"] == "Mend the check 'breaks' first."
    assert found["other"]["status"] == OK


# -- database and Redis -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_database_and_its_migrations(seen):
    assert stores.database(seen).status == OK
    assert stores.migrations(seen).status == OK
    recorder = MigrationRecorder(connection)
    recorder.record_applied("jobs", "9999_of_tomorrow")
    assert "does not know jobs.9999_of_tomorrow" in stores.migrations(seen).sentence
    recorder.record_unapplied("jobs", "0002_engine")
    finding = stores.migrations(seen)
    assert finding.status == FAIL
    assert "lacks 1 migration (jobs.0002_engine)" in finding.sentence
    assert "manage.py migrate" in finding.cure


def test_one_machine_or_several(settings, monkeypatch):
    settings.REDIS_IS_EMBEDDED = True
    monkeypatch.setattr(stores, "connection", SimpleNamespace(vendor="sqlite"))
    assert "DATABASE_URL and REDIS_URL" in stores.hosts(Seen()).cure
    settings.REDIS_IS_EMBEDDED = False
    assert stores.hosts(Seen()).sentence == "Only this machine can use its SQLite."
    monkeypatch.setattr(stores, "connection", SimpleNamespace(vendor="postgresql"))
    assert stores.hosts(Seen()).status == OK


@pytest.mark.parametrize(
    ("check", "facts", "status", "told"),
    [
        (stores.redis, {"trouble": "it refuses the password"}, FAIL, "it refuses the password. Accepted jobs are safe"),
        (stores.redis_version, {"version": "5.0.14"}, FAIL, "needs 6.2"),
        (stores.redis_version, {"version": "6.2.0"}, OK, "Redis 6.2.0"),
        (stores.redis_version, {"version": "5.0", "name": "Valkey"}, OK, "Valkey"),
        (stores.redis_version, {}, OK, "does not tell"),
        (stores.redis_eviction, {"policy": "volatile-lru"}, FAIL, "maxmemory-policy is volatile-lru"),
        (stores.redis_eviction, {"policy": "noeviction"}, OK, "noeviction"),
        (stores.redis_eviction, {}, OK, "does not tell"),
        (stores.redis_persistence, {"appends": False}, NOTE, "delivered again from the database"),
        (stores.redis_persistence, {"appends": True}, OK, "append-only"),
        (stores.redis_persistence, {"appends": True, "append_broken": True}, FAIL, "cannot write"),
        (stores.redis_memory, {"memory": 3 * 2**20, "keys": 1}, OK, "3.0 MB used; 1 key of Pressroom."),
        (stores.redis_memory, {"memory": 99, "memory_limit": 100, "all_counted": False}, NOTE, "nearly full"),
    ],
)
def test_what_redis_tells(settings, check, facts, status, told):
    settings.REDIS_IS_EMBEDDED = False
    finding = check(Seen(server=Server("here:6379", **facts)))
    assert (finding.status, told in finding.sentence) == (status, True), finding


# -- work -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_workers(settings, seen):
    assert work.worker(seen).sentence == "1 worker on 1 machine, 1 of 32 slots busy."
    presence.seen("w2", "worker", [], FACTS | {"connected": False})
    assert work.worker(seen).status == NOTE
    presence.gone("w1")
    assert work.worker(seen).status == FAIL
    assert "cannot reach Redis" in work.worker(seen).sentence
    presence.gone("w2")
    assert "manage.py rqworker" in work.worker(seen).cure
    assert work.workers_here(seen).status == OK
    settings.ENABLE_WORKERS = False
    assert "another machine" in work.worker(seen).cure
    assert work.workers_here(seen).status == NOTE


@pytest.mark.django_db
def test_every_queue_needs_a_worker_at_the_latest_when_jobs_wait_in_it(seen):
    assert work.queues_served(seen).status == OK
    presence.seen("w1", "worker", ["research"], FACTS)
    seen.workers = presence.alive("worker")
    assert work.queues_served(seen).status == NOTE
    job(queue="webhooks")
    assert work.queues_served(seen) == fail(
        "Jobs wait in queues that no worker serves: webhooks.",
        "Start `manage.py rqworker` for all queues, or name these on its command line.",
    )


@pytest.mark.django_db
def test_scheduler_and_clocks(settings, seen):
    assert work.scheduler(seen).status == NOTE
    presence.seen("s", "scheduler", [])
    assert work.scheduler(seen).status == OK
    assert work.clocks(seen).status == NOTE
    settings.TIME_ZONE = "Europe/Vienna"
    for clock in work.CLOCKS:
        at = timezone.now().replace(year=2030, month=7, day=1, hour=0, minute=0)
        ClockState.objects.create(name=clock.name, cron=clock.cron, next_at=at)
    assert work.clocks(seen).status == OK
    assert "Next (Europe/Vienna): " in work.clocks(seen).sentence
    assert f"{work.CLOCKS[0].name} 2030-07-01 02:00" in work.clocks(seen).sentence
    ClockState.objects.update(next_at=timezone.now() - timedelta(minutes=5))
    assert work.clocks(seen).status == FAIL
    assert work.clocks(Seen()).status == NOTE


@pytest.mark.django_db
def test_jobs_that_wait_long_are_explained(seen):
    assert work.waiting(seen).sentence == "No job waits."
    one = job(age=30)
    assert work.waiting(seen).status == OK
    Job.objects.filter(pk=one.pk).update(run_at=timezone.now() - timedelta(seconds=90))
    assert work.waiting(seen).status == NOTE
    assert "research for 90 s: Nothing holds it back" in work.waiting(seen).sentence
    Job.objects.filter(pk=one.pk).update(run_at=timezone.now() - timedelta(minutes=20))
    assert work.waiting(seen).status == FAIL
    seen.server = Server("here", trouble="it is away")
    assert "research for 20 min: Redis cannot be reached" in work.waiting(seen).sentence
    limits.pause("research", "olga")
    assert work.waiting(seen).status == NOTE
    assert "paused by olga" in work.waiting(seen).sentence
    Job.objects.filter(pk=one.pk).update(run_at=timezone.now() - timedelta(minutes=2))
    assert work.waiting(seen).status == OK
    job(queue="of-yesterday", age=120)
    assert work.waiting(seen).status == FAIL
    assert "no such queue" in work.waiting(seen).sentence


@pytest.mark.django_db
def test_running_jobs_have_a_live_worker(seen):
    assert work.leases(seen).sentence == "No job runs now."
    one = job(state=State.ACTIVE, lease_until=timezone.now() + timedelta(seconds=20))
    assert work.leases(seen).status == OK
    Job.objects.filter(pk=one.pk).update(lease_until=timezone.now() - timedelta(seconds=5))
    assert work.leases(seen).status == NOTE
    Job.objects.filter(pk=one.pk).update(lease_until=timezone.now() - timedelta(minutes=5))
    assert work.leases(seen).status == FAIL
    assert work.leases(Seen()).status == NOTE


@pytest.mark.django_db
def test_failed_jobs_of_a_day(seen):
    job(state=State.FAILED, finished_at=timezone.now() - timedelta(days=2), failed_reason="long ago")
    assert work.failures(seen).status == OK
    job(state=State.FAILED, finished_at=timezone.now() - timedelta(hours=2), failed_reason="older")
    newest = job(state=State.FAILED, finished_at=timezone.now(), failed_reason="the vendor\nis broke " + "x" * 500)
    finding = work.failures(seen)
    assert finding.status == NOTE
    assert f"2 jobs failed in the last 24 hours. The newest is {newest.pk}: the vendor is broke" in finding.sentence
    assert len(finding.sentence) < 400


# -- what it stands on ----------------------------------------------------------------------------------------------


def test_the_settings(settings):
    settings.QUEUE_LIMITS = {"research": {"concurrency": 1}}
    assert "QUEUE_LIMITS changes research." in surroundings.system_checks(Seen()).sentence
    settings.QUEUE_LIMITS = {"nowhere": {}}
    finding = surroundings.system_checks(Seen())
    assert (finding.status, "no such queue" in finding.sentence) == (FAIL, True)
    assert "There are publish.dispatch" in finding.cure


def test_where_the_secrets_come_from(monkeypatch):
    finding = surroundings.secrets(Seen())
    assert finding.status == NOTE
    assert "SECRET_KEY_FILE and FERNET_KEYS_FILE" in finding.cure
    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setenv("FERNET_KEYS_FILE", "/run/secrets/fernet")
    assert surroundings.secrets(Seen()).status == OK


@pytest.mark.parametrize(("free_mb", "status"), [(80_000, OK), (400, NOTE), (40, FAIL)])
def test_the_disk(settings, tmp_path, monkeypatch, free_mb, status):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free_mb * 2**20))
    assert surroundings.disk(Seen()).status == status


def test_a_folder_that_cannot_be_written(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "missing"
    assert "cannot be written" in surroundings.disk(Seen()).sentence


@pytest.mark.django_db
def test_stored_keys_are_opened_and_never_shown(settings, owner, tenant, own_keys):  # noqa: F811
    assert surroundings.stored_keys(Seen()).sentence == "No keys are stored."
    keys.save_key(owner, "openai", CANARIES[0])
    assert surroundings.stored_keys(Seen()).sentence == "FERNET_KEYS open all 1 stored key."
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    own_keys()
    keys.save_key(tenant, "openai", CANARIES[0])
    finding = surroundings.stored_keys(Seen())
    assert finding.status == FAIL
    assert finding.sentence == "1 stored key of 2 cannot be opened with FERNET_KEYS."


@pytest.mark.django_db
def test_preferred_models_that_are_gone(owner, tenant):
    assert surroundings.preferred_models(Seen()).status == OK
    retired = ListedModel.objects.for_text().filter(status=ListedModel.Status.RETIRED).first()
    Preference.objects.create(user=owner, model=retired)
    Preference.objects.create(tenant=tenant, model=retired)
    finding = surroundings.preferred_models(Seen())
    assert finding.status == NOTE
    assert f"{retired.model_id} is retired" in finding.sentence
    assert "(2 people or workspaces)" in finding.sentence


def test_mail_and_vendor_keys(settings):
    settings.EMAIL_HOST = ""
    assert surroundings.mail(Seen()).status == NOTE
    settings.EMAIL_HOST = "mail.example"
    assert surroundings.mail(Seen()).status == OK
    settings.SERVER_KEYS, settings.TMDB_API_KEY = dict.fromkeys(settings.SERVER_KEYS, ""), ""
    assert "GEMINI_API_KEY, OPENAI_API_KEY" in surroundings.vendor_keys(Seen()).sentence
    assert surroundings.vendors_answer(Seen()).sentence == "The server has no keys to try."
    settings.SERVER_KEYS, settings.TMDB_API_KEY = dict.fromkeys(settings.SERVER_KEYS, "x"), "x"
    assert surroundings.vendor_keys(Seen()).status == OK
