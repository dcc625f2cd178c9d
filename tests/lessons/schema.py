"""The real editor's schema, dumped from StarterKit 3.31.3 into starterkit.json, to judge our documents with."""

import json
from pathlib import Path
from typing import Any

from prosemirror.model import Node, Schema

DUMP = json.loads((Path(__file__).parent / "starterkit.json").read_text())


def _node(dumped: dict[str, Any]) -> Any:
    spec = {key: dumped[key] for key in ("content", "group", "marks") if dumped[key] is not None}
    return {**spec, "inline": dumped["inline"], "attrs": _attrs(dumped)}


def _mark(dumped: dict[str, Any]) -> Any:
    excludes = {} if dumped["excludes"] is None else {"excludes": dumped["excludes"]}
    return {**excludes, "attrs": _attrs(dumped)}


def _attrs(dumped: dict[str, Any]) -> dict[str, Any]:
    return {name: {"default": None} for name in dumped["attrs"]}


SCHEMA: Schema[Any, Any] = Schema(
    {
        "nodes": {name: _node(dumped) for name, dumped in DUMP["nodes"].items()},
        "marks": {name: _mark(dumped) for name, dumped in DUMP["marks"].items()},
        "topNode": "doc",
    }
)


def judge(document: Any) -> None:
    """Raises ValueError for what the editor would not open."""
    node = Node.from_json(SCHEMA, document)
    node.check()
    if node.type.name != "doc":
        raise ValueError(f"The top is a {node.type.name}.")
