import pytest
from django.core.exceptions import ImproperlyConfigured

from config.queues import QUEUES
from jobs import table
from jobs.declaring import Task


def test_every_task_of_the_table_is_a_task():
    for queue in QUEUES:
        for path in queue.tasks.values():
            assert isinstance(table.task(path), Task)


def test_the_table_is_in_order_of_priority():
    assert [queue.priority for queue in QUEUES] == sorted((queue.priority for queue in QUEUES), reverse=True)


def test_a_task_without_a_line_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"config/queues\.py"):
        table.line("os.system")


def test_concurrency_of_the_environment(settings):
    settings.QUEUE_VARIABLES, settings.QUEUE_LIMITS = {}, {}
    assert table.concurrency("blog-generation") == 2
    settings.QUEUE_VARIABLES = {"QUEUE_CONCURRENCY": 5}
    assert table.concurrency("blog-generation") == 5
    settings.QUEUE_VARIABLES = {"QUEUE_CONCURRENCY": 5, "WORKER_CONCURRENCY": 3}
    assert table.concurrency("blog-generation") == 3
    settings.QUEUE_LIMITS = {"blog-generation": {"concurrency": 7}}
    assert table.concurrency("blog-generation") == 7


def test_the_back_off_of_the_table_then_doubling():
    queue = table.queues()["blog-generation"]
    assert [table.retry_delay(queue, attempt, 0) for attempt in (1, 2, 3, 4)] == [5, 15, 30, 60]
    assert table.retry_delay(queue, 3, 1) == 36
