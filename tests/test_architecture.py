"""The house of DESIGN.md section 2: imports only point down, and only some rooms may do some things."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOORS = [
    {"config"},
    {"integrations"},
    {"accounts"},
    {"jobs"},
    {"ai"},
    {"media"},
    {"publishing"},
    {"blog", "lessons", "content"},
    {"desk"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# Work modules are 1. `encryption` is a kind of field and `documents` a kind of value: the models stand on them.
SHELVES = dict(  # noqa: C408
    urls=4, admin=3, api=3, views=3, management=3, tasks=2, forms=2, models=0, prompts=0, encryption=-1, documents=-1
)
FORBIDDEN_NAMES = {"services", "utils", "helpers", "managers", "constants", "signals"}


def modules(root: Path = ROOT) -> Iterator[tuple[str, Path, ast.Module]]:
    for room in FLOOR:
        for path in (root / room).rglob("*.py"):
            if "migrations" not in path.parts:
                yield room, path, ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    """The full dotted names a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def problem(room: str, path: Path, name: str) -> str | None:
    """What is wrong with one import, if anything."""
    there, *rest = name.split(".")
    if there not in FLOOR:
        return None
    if there != room:
        return f"{path}: {room} imports {name}" if FLOOR[there] >= FLOOR[room] else None
    shelf = path.relative_to(ROOT / room).parts[0].removesuffix(".py")
    here, other = SHELVES.get(shelf, 1), SHELVES.get(rest[0] if rest else "", 1)
    return f"{path}: the shelf {shelf} imports {name}" if other > here else None


def test_imports_only_point_down():
    found = [p for room, path, tree in modules() for name in imports(tree) if (p := problem(room, path, name))]
    assert found == []


def test_the_rule_can_fail():
    assert problem("jobs", ROOT / "jobs/models.py", "blog.models.Batch")
    assert problem("blog", ROOT / "blog/models.py", "lessons.models.Lesson")
    assert problem("blog", ROOT / "blog/generation.py", "blog.admin.BatchAdmin")
    assert not problem("desk", ROOT / "desk/demo.py", "accounts.models.User")


def test_no_module_is_named_after_a_kind_of_code():
    assert [path for _room, path, _tree in modules() if path.stem in FORBIDDEN_NAMES] == []


def test_only_jobs_touches_rq():
    rq = {"rq", "rq_scheduler", "django_rq", "redis"}
    found = [(p, n) for room, p, tree in modules() for n in imports(tree) if room != "jobs" and n.split(".")[0] in rq]
    assert found == []


def test_models_and_signals_do_not_enqueue():
    for _room, path, tree in modules():
        names = set(imports(tree))
        assert not any(name.startswith("django.db.models.signals") for name in names), path
        if path.stem == "models":
            assert not any(name.startswith("jobs.accepting") for name in names), path


def test_integrations_know_no_database():
    found = [(path, n) for room, path, tree in modules() if room == "integrations" for n in imports(tree)]
    assert [place for place in found if place[1].split(".")[0] == "django"] == []


def test_nothing_dangerous_is_called():
    """No pickle, no shell, no unchecked HTML, no HTTP outside integrations/http.py."""
    banned = {
        "pickle",
        "marshal",
        "shelve",
        "requests",
        "httpx",
        "httpx2",
        "httpcore2",
        "urllib3",
        "urllib.request",
        "yaml",
    }
    network = {ROOT / "integrations/http.py", ROOT / "integrations/failures.py"}  # the second only names its errors
    for _room, path, tree in modules():
        if path in network:
            continue
        assert not {n for n in imports(tree) for b in banned if n == b or n.startswith(f"{b}.")}, path
        source = path.read_text()
        assert "mark_safe(" not in source, path
        assert "shell=True" not in source, path
