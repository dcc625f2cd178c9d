import pytest
from django.core.management import CommandError, call_command


def test_a_machine_that_only_accepts_jobs_starts_no_worker(settings, capsys):
    settings.ENABLE_WORKERS = False
    call_command("rqworker", skip_checks=True)
    told = capsys.readouterr().out
    assert "ENABLE_WORKERS is false" in told
    assert "only accepts jobs" in told


def test_a_worker_for_an_unknown_queue_is_refused():
    with pytest.raises(CommandError, match="There are: publish"):
        call_command("rqworker", "nowhere", skip_checks=True)
