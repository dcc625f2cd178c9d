"""Row 24 of the chaos table, for every provider: each fault at each step; a stored answer is never asked for again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keys
from ai import calling, syncing
from ai.models import Call, Cooldown
from blog.models import Post
from jobs.models import Job, State
from jobs.running import work
from tests.ai.conftest import vendors  # noqa: F401
from tests.integrations.conftest import clean_environment, stub  # noqa: F401
from tests.integrations.vendor_stub import EVERYONE, THEIR_MODELS, cut, drip, drop, hang, html, problem, text

pytestmark = pytest.mark.django_db
ARTICLE = "# A film worth the evening\n\n" + "Words that make a post. " * 40
FAULTS = {
    "accept then hang": lambda vendor: hang,
    "slow drip": lambda vendor: drip(b"x", 0.05),
    "429 with Retry-After": lambda vendor: problem(vendor, 429, **{"Retry-After": "7"}),
    "500": lambda vendor: problem(vendor, 500),
    "accept then drop": lambda vendor: drop,
    "cut body": lambda vendor: cut(),
    "HTML": lambda vendor: html(),
}
# Whether the vendor may have billed the call that failed.
MAY_BE_BILLED = {"accept then hang", "slow drip", "accept then drop", "cut body"}


@pytest.fixture(params=EVERYONE)
def vendor(request, vendors, settings, editor, monkeypatch):  # noqa: F811
    settings.OUTBOUND_ALLOW_HOSTS = [vendors.base_url("compatible").split("/")[2]]
    keys.save_server(editor, vendors.base_url("compatible"), "good-key", "prompt")
    if request.param == "compatible":
        syncing.sync("compatible")
    monkeypatch.setattr(calling, "CALL_SECONDS", 0.6)
    return request.param


def model_of(vendor):
    return f"compatible/{THEIR_MODELS[vendor]}" if vendor == "compatible" else THEIR_MODELS[vendor]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_outlived_and_a_stored_answer_never_asked_for_again(vendors, write, vendor, fault):  # noqa: F811
    before = len(vendors.seen)
    vendors.then(text(vendor, ARTICLE), FAULTS[fault](vendor))
    _batch, job = write(count=2, model=model_of(vendor))
    assert job.state == State.DELAYED
    assert len(vendors.seen) - before == 2
    waits = (job.run_at - timezone.now()).total_seconds()
    assert waits > (6 if fault.startswith("429") else 1)
    assert job.attempt == (0 if fault.startswith("429") else 1)
    failed = Call.objects.exclude(state="answered").get()
    assert failed.state == ("lost" if fault in MAY_BE_BILLED else "failed")
    assert failed.cost_usd == (failed.reserved_usd if fault in MAY_BE_BILLED else 0)

    Job.objects.update(run_at=timezone.now() - timedelta(seconds=1))
    Cooldown.objects.update(until=timezone.now())
    vendors.then(text(vendor, ARTICLE))
    work(job.pk, worker="test")
    job.refresh_from_db()
    assert (job.state, Post.objects.count()) == (State.COMPLETED, 2)
    assert len(vendors.seen) - before == 3
    assert Call.objects.filter(state="answered").count() == 2
