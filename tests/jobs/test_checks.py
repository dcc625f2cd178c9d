import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

from config.schedule import Clock
from jobs import checks


def ids(messages):
    return [message.id for message in messages]


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"blog-generation": {"concurrency": 3, "per_minute": 0}},
        {"research": {"max": 5, "duration": 30}, "webhooks": {"global_concurrency": 8}},
    ],
)
def test_good_limits_are_passed(settings, limits):
    settings.QUEUE_LIMITS = limits
    assert checks.queue_limits() == []


@pytest.mark.parametrize(
    ("limits", "found", "told", "hint"),
    [
        ([1], "jobs.E001", "[1], not a JSON object", "Write QUEUE_LIMITS={"),
        ("blog", "jobs.E001", "'blog', not a JSON object", "Write QUEUE_LIMITS={"),
        ({"blog-generaton": {}}, "jobs.E002", "'blog-generaton'", "Do you mean blog-generation? There are publish"),
        ({"research": 3}, "jobs.E003", "gives research 3, not limits", '{"research": {"concurrency": 3}}'),
        ({"research": {"rate": 3}}, "jobs.E003", "no limit 'rate'", "concurrency, per_minute, max, duration, global"),
        ({"research": {"duration": 3}}, "jobs.E003", "a duration without a max", '"max": 10'),
        (
            {"research": {"concurrency": 0}},
            "jobs.E004",
            "to 0: it must be a whole number from 1 up",
            '"concurrency": 3',
        ),
        ({"research": {"per_minute": "9"}}, "jobs.E004", "per_minute of research to '9'", "without quotes"),
        ({"research": {"per_minute": -1}}, "jobs.E004", "from 0 up", "leave it out"),
        ({"research": {"max": 1.5}}, "jobs.E004", "to 1.5", "leave it out"),
        ({"research": {"global_concurrency": True}}, "jobs.E004", "to True", "leave it out"),
        ({"research": {"max": 5, "duration": 60000}}, "jobs.W001", "1000 minutes", "write seconds"),
    ],
)
def test_bad_limits_are_named_with_what_to_write(settings, limits, found, told, hint):
    settings.QUEUE_LIMITS = limits
    messages = checks.queue_limits()
    assert ids(messages) == [found]
    assert told in messages[0].msg
    assert hint in messages[0].hint


def test_all_mistakes_are_told_at_once(settings):
    settings.QUEUE_LIMITS = {"nowhere": {}, "research": {"concurrency": 0, "speed": 1}}
    assert ids(checks.queue_limits()) == ["jobs.E002", "jobs.E004", "jobs.E003"]


def test_the_concurrency_variables_are_at_least_one(settings):
    settings.QUEUE_VARIABLES, settings.WORKER_SLOTS = {"WORKER_CONCURRENCY": 2}, 32
    assert checks.concurrency_variables() == []
    settings.QUEUE_VARIABLES, settings.WORKER_SLOTS = {"WORKER_CONCURRENCY": 0}, -1
    messages = checks.concurrency_variables()
    assert ids(messages) == ["jobs.E005", "jobs.E005"]
    assert "WORKER_CONCURRENCY is 0" in messages[0].msg
    assert "ENABLE_WORKERS=false" in messages[0].hint


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("QUEUE_LIMITS", "{concurrency: 3}", "QUEUE_LIMITS is not JSON"),
        ("QUEUE_LIMITS", '{"nowhere": {}}', "there is no such queue"),
        ("WORKER_CONCURRENCY", "two", "WORKER_CONCURRENCY is not a whole number"),
        ("QUEUE_CONCURRENCY", "0", "QUEUE_CONCURRENCY is 0"),
    ],
)
def test_no_worker_starts_with_a_mistake(tmp_path, variable, value, told):
    env = {**os.environ, "VAR_DIR": str(tmp_path), variable: value}
    done = subprocess.run(
        [sys.executable, "manage.py", "rqworker"], cwd=django_settings.BASE_DIR, env=env, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_every_clock_rings_a_task_of_the_table(monkeypatch):
    assert checks.clocks() == []
    monkeypatch.setattr(checks, "CLOCKS", (Clock("gone", "0 2 * * *", "nobody.tasks.here"),))
    [message] = checks.clocks()
    assert (message.id, message.msg) == ("jobs.E006", "The clock gone rings nobody.tasks.here, which is in no queue.")
