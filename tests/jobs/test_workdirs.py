"""A run's own folder is gone when it has ended, however it ended."""

import pytest

from jobs import workdirs
from jobs.models import Job, State
from jobs.running import Run, carry_out
from tests.ai.conftest import new_run, run  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def test_a_folder_is_made_when_asked_for_and_for_nobody_else(run, here):  # noqa: F811
    assert not workdirs.root().exists()
    (run.folder / "file").write_text("x")
    assert run.folder.stat().st_mode & 0o777 == 0o700
    assert run.folder.name == f"{run.id}.{run.fence}"


def test_it_is_gone_when_the_run_has_ended(run, monkeypatch):  # noqa: F811
    def stumble(this):
        (this.folder / "file").write_text("x")
        raise KeyboardInterrupt

    monkeypatch.setattr("jobs.running._call", stumble)
    with pytest.raises(KeyboardInterrupt):
        carry_out(run)
    assert list(workdirs.root().iterdir()) == []


def test_folders_of_killed_workers_are_swept_and_others_stay(new_run):  # noqa: F811
    alive, dead, over = new_run(), new_run(), new_run()
    for one in (alive, dead, over):
        (one.folder / "file").write_text("x")
    Job.objects.filter(pk=dead.id).update(fence=99)
    Job.objects.filter(pk=over.id).update(state=State.COMPLETED)
    (workdirs.root() / "nonsense").mkdir()
    assert workdirs.sweep() == 3
    assert [folder.name for folder in workdirs.root().iterdir()] == [alive.folder.name]
    assert isinstance(alive, Run)
