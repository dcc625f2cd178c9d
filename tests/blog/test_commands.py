import json

import pytest
from django.core.management import CommandError, call_command

from blog.models import Batch
from jobs import running
from jobs.models import Job

pytestmark = pytest.mark.django_db


def test_an_order_from_the_command_line(editor, tenant, capsys):
    call_command("generate_blog", "--count", "2", "--media", "tv", "--user", "edda", "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["jobId"] == Job.objects.get().pk
    assert answer["state"] == "waiting"
    batch = Batch.objects.get()
    assert (batch.count, batch.media_type, batch.user, batch.tenant) == (2, "tv", editor, tenant)


def test_wait_prints_what_was_made(editor, capsys, monkeypatch):
    def watch(self, job):
        running.work(job.pk, worker="test")
        job.refresh_from_db()

    monkeypatch.setattr("blog.management.commands.generate_blog.Command._watch", watch)
    call_command("generate_blog", "--count", "2", "--wait", "--json", "--user", "edda")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["state"], len(answer["postIds"])) == ("completed", 2)
    assert answer["seconds"] >= 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--count", "0"], "count"),
        (["--count", "51"], "count"),
        (["--source", "nowhere"], "source"),
        (["--model", "gpt-99"], "choose one of the list"),
        (["--year-from", "2000", "--year-to", "1990"], "swap them"),
        (["--user", "nobody"], "Users: edda"),
        (["--tenant", "elsewhere"], "Theirs: studio"),
    ],
)
def test_what_cannot_be_ordered_is_said_with_the_next_step(editor, args, words):
    with pytest.raises(CommandError, match=words):
        call_command("generate_blog", *args)
    assert not Batch.objects.exists()
