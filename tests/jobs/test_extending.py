"""docs/extending.md, followed to the letter."""

import re
import sys
import types
from pathlib import Path

import pytest

from config.queues import Queue
from config.schedule import Clock
from jobs import table
from jobs.declaring import BadPayload
from jobs.models import State
from jobs.running import work

TEXT = Path(__file__).parents[2].joinpath("docs/extending.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def followed(monkeypatch):
    """The example's module, with its queue in the table."""
    function, line, call, clock = BLOCKS
    module = types.ModuleType("example_tasks")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(function.replace("blog.tasks", module.__name__), module.__dict__)  # noqa: S102
    queue = eval(line.strip().rstrip(",").replace("blog.tasks", module.__name__), {"Queue": Queue})  # noqa: S307
    lines, queues = dict(table._lines()), {**table.queues(), queue.name: queue}
    for kind, path in queue.tasks.items():
        lines[path] = table.TaskLine(path, kind, queue)
    monkeypatch.setattr(table, "_lines", lambda: lines)
    monkeypatch.setattr(table, "queues", lambda: queues)
    assert isinstance(eval(clock, {"Clock": Clock}), Clock)  # noqa: S307
    return module, call


@pytest.mark.django_db
def test_the_example_of_the_docs_works(
    followed, pushed, tenant, editor, client_for, django_capture_on_commit_callbacks
):
    module, call = followed
    names = {**module.__dict__, "tenant": tenant, "user": editor}
    with django_capture_on_commit_callbacks(execute=True):
        exec(call, names)  # noqa: S102
    job = names["job"]
    assert re.fullmatch(r"count-edda-[0-9a-z]{26}", job.pk)
    assert pushed == [job.pk]
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.queue, job.percentage) == (State.COMPLETED, "word-count", 100)
    assert job.result == {"success": True, "words": 7}
    lines = client_for(editor).get("/api/queue/stats").json()
    assert {"name": "word-count", "completed": 1}.items() <= lines[-1].items()
    with pytest.raises(BadPayload):
        module.count_words.read({"words": "seven"})
