"""What a model is asked for: flat blocks, which every vendor's JSON schema can say, and how they become nodes."""

from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from lessons.documents.mending import normalise
from lessons.documents.nodes import Json

# What models call the kinds instead.
KINDS = {
    "bullet": "bullets",
    "list": "bullets",
    "unordered": "bullets",
    "bullet_list": "bullets",
    "bulletList": "bullets",
    "ordered": "numbered",
    "ordered_list": "numbered",
    "orderedList": "numbered",
    "numbered_list": "numbered",
    "code_block": "code",
    "codeBlock": "code",
    "blockquote": "quote",
    "text": "paragraph",
    "rule": "divider",
    "horizontal_rule": "divider",
    "horizontalRule": "divider",
}


class Run(BaseModel):
    """A piece of text with one look."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str | None = None


class Block(BaseModel):
    """One block: `runs` for a paragraph, heading, quote or code; `items`, each a list of runs, for lists."""

    kind: Literal["paragraph", "heading", "bullets", "numbered", "code", "quote", "divider"]
    level: int = Field(2, description="Of a heading: 2, or 3 below one.")
    language: str | None = Field(None, description="Of code, such as python.")
    runs: list[Run] = Field(default_factory=list)
    items: list[list[Run]] = Field(default_factory=list)

    @field_validator("kind", mode="before")
    @classmethod
    def _other_names(cls, kind: Any) -> Any:
        return KINDS.get(kind, kind) if isinstance(kind, str) else kind

    @field_validator("runs", mode="before")
    @classmethod
    def _bare_text(cls, runs: Any) -> Any:
        """Models write a text where a list of runs is asked for."""
        return _as_runs(runs)

    @field_validator("items", mode="before")
    @classmethod
    def _bare_items(cls, items: Any) -> Any:
        return [] if items is None else [_as_runs(item) for item in items] if isinstance(items, list) else items


class Blocks(BaseModel):
    """A section as a model answers it."""

    blocks: list[Block]


def _as_runs(runs: Any) -> Any:
    if runs is None:
        return []
    if isinstance(runs, str):
        return [{"text": runs}]
    if isinstance(runs, dict):
        return [runs]
    return [{"text": run} if isinstance(run, str) else run for run in runs] if isinstance(runs, list) else runs


def document(blocks: list[Block]) -> tuple[Json, list[str]]:
    """A valid Tiptap document of these blocks, and what had to be changed."""
    return normalise({"type": "doc", "content": [_node(block) for block in blocks]})


def _node(block: Block) -> Json:
    """A block as the node that it means; what is wrong in it is put right afterwards."""
    lines = [*([block.runs] if block.runs else []), *block.items]
    match block.kind:
        case "divider":
            return {"type": "horizontalRule"}
        case "bullets" | "numbered":
            name = "bulletList" if block.kind == "bullets" else "orderedList"
            return {"type": name, "content": [{"type": "listItem", "content": [_paragraph(line)]} for line in lines]}
        case "code":
            return {**_paragraph(_joined(lines)), "type": "codeBlock", "attrs": {"language": block.language}}
        case "heading":
            return {**_paragraph(_joined(lines)), "type": "heading", "attrs": {"level": block.level}}
        case "quote":
            return {"type": "blockquote", "content": [_paragraph(line) for line in lines]}
    return _paragraph(_joined(lines))


def _joined(lines: list[list[Run]]) -> list[Run]:
    """One text of several lines."""
    return [run for number, line in enumerate(lines) for run in ([Run(text="\n")] if number else []) + line]


def _paragraph(runs: list[Run]) -> Json:
    return {"type": "paragraph", "content": [{"type": "text", "text": run.text, "marks": _marks(run)} for run in runs]}


def _marks(run: Run) -> list[Json]:
    marks: list[Json] = [{"type": name} for name in ("bold", "italic", "code") if getattr(run, name)]
    return [*marks, {"type": "link", "attrs": {"href": run.href}}] if run.href else marks
