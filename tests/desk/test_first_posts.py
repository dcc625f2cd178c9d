"""The five posts of `up --demo`, with a supervisor that only answers."""

import contextlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from accounts.models import User
from desk import first_posts
from desk.first_posts import NoPosts, Writer

LOGIN = {"user": "demo", "tenant": "demo"}


@pytest.fixture
def writer_with(tmp_path):
    """A writer whose command ends with this code and output."""

    def make(code, output, failing=None):
        calls = []

        def run_beside(argv, env, seconds):
            calls.append(argv)
            return code, output

        supervisor = SimpleNamespace(
            run_beside=run_beside,
            failing=lambda: failing,
            silence=lambda wanted: contextlib.nullcontext(),
            log_dir=tmp_path,
        )
        (tmp_path / "worker.log").write_text("first line\nthe catalog burned down\n")
        writer = Writer(supervisor, Path("/somewhere/manage.py"), {})
        return writer, calls

    return make


def test_it_counts_the_posts_and_uses_only_the_offline_model(writer_with):
    writer, calls = writer_with(0, 'noise\n{"state": "completed", "postIds": [4, 5, 6]}\n')
    assert writer.write(LOGIN, count=3) == 3
    command = " ".join(calls[0])
    assert command.startswith(f"{sys.executable} /somewhere/manage.py generate_blog --source popular --media movie")
    assert "--count 3 --model offline --catalog offline --publish --user demo --tenant demo --wait --json" in command


def test_a_failed_job_gives_its_reason_and_the_workers_last_lines(writer_with):
    writer, _calls = writer_with(1, '{"state": "failed", "postIds": [4], "failedReason": "no room on the disk"}')
    with pytest.raises(NoPosts) as failed:
        writer.write(LOGIN)
    assert "no room on the disk" in str(failed.value)
    assert "the catalog burned down" in str(failed.value)


@pytest.mark.parametrize(
    ("code", "reason"), [(2, "`manage.py generate_blog` ended with code 2"), (None, "not done after 600 s")]
)
def test_a_command_without_an_answer_is_named(writer_with, code, reason):
    writer, _calls = writer_with(code, "")
    with pytest.raises(NoPosts, match=reason):
        writer.write(LOGIN)


def test_a_worker_that_keeps_dying_is_blamed(writer_with, tmp_path):
    child = SimpleNamespace(spec=SimpleNamespace(name="worker"), log=tmp_path / "worker.log")
    writer, _calls = writer_with(None, "", failing=child)
    with pytest.raises(NoPosts, match=r"the worker keeps ending right after its start(.|\n)*burned down"):
        writer.write(LOGIN)


@pytest.mark.django_db
def test_on_a_configured_database_the_demo_is_made_when_nobody_uses_it_yet_else_it_needs_yes(
    settings, tmp_path, monkeypatch
):
    settings.DATABASE_IS_CONFIGURED, settings.VAR_DIR = True, tmp_path
    monkeypatch.setattr(first_posts.connections, "close_all", lambda: None)
    assert first_posts.make_workspace()["user"] == "demo"
    User.objects.create_user("olga")
    with pytest.raises(first_posts.NoPosts, match="--yes"):
        first_posts.make_workspace()
    assert first_posts.make_workspace(yes=True)["user"] == "demo"
