"""The papers mention what is there."""

import re
from pathlib import Path

from django.core.management import get_commands

from config.queues import QUEUES
from integrations.catalogs import catalogs
from integrations.providers import providers

ROOT = Path(__file__).resolve().parents[1]
OURS = {"accounts", "jobs", "ai", "media", "publishing", "blog", "lessons", "content", "desk"}
README = (ROOT / "README.md").read_text()


def test_every_variable_of_the_settings_is_in_the_example():
    settings = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings)) | {v for q in QUEUES for v in q.variables}
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read - example == set()
    assert example - read - {"QUEUE_CONCURRENCY"} == set()


def test_every_command_is_in_the_readme():
    commands = {name for name, app in get_commands().items() if app in OURS}
    assert {name for name in commands if f"manage.py {name}" not in README} == set()


def test_every_vendor_is_in_the_readme():
    assert [name for name in (*providers, *catalogs) if f"**{name}" not in README.lower()] == []


def test_the_pictures_of_the_readme_are_there():
    pictures = re.findall(r"\]\((docs/images/[\w-]+\.png)\)", README)
    assert len(pictures) >= 5
    assert [name for name in pictures if not (ROOT / name).exists()] == []
