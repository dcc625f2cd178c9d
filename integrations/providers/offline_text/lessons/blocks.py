"""The blocks that a section is answered in; a key that has its usual value is left out."""

from typing import Any, Literal

from integrations.providers.offline_text.lessons.words import sameness

Run = dict[str, Any]
Block = dict[str, Any]
Text = str | Run


def italic(text: str) -> Run:
    """A run in italics."""
    return {"text": text, "italic": True}


def bold(text: str) -> Run:
    """A run in bold."""
    return {"text": text, "bold": True}


def paragraph(*runs: Text) -> Block:
    """A paragraph of these runs."""
    return {"kind": "paragraph", "runs": _runs(runs)}


def quote(text: str) -> Block:
    """A quotation, word for word."""
    return {"kind": "quote", "runs": _runs((text,))}


def heading(text: str) -> Block:
    """A heading within a section; its level is said aloud, because readers of blocks differ in the usual one."""
    return {"kind": "heading", "level": 2, "runs": _runs((text,))}


def listed(kind: Literal["bullets", "numbered"], items: list[tuple[Text, ...]]) -> Block:
    """A list, each item of these runs."""
    return {"kind": kind, "items": [_runs(item) for item in items]}


def bullets(*items: str) -> Block:
    """A list without an order."""
    return listed("bullets", [(item,) for item in items])


def numbered(*items: str) -> Block:
    """A list in an order."""
    return listed("numbered", [(item,) for item in items])


def _runs(texts: tuple[Text, ...]) -> list[Run]:
    return [{"text": text} if isinstance(text, str) else text for text in texts]


def lines(blocks: list[Block]) -> list[str]:
    """The plain text of blocks: a line for each block and each item."""
    found = []
    for block in blocks:
        for runs in [block["runs"]] if "runs" in block else block["items"]:
            found.append("".join(run["text"] for run in runs))
    return found


def trace(text: str) -> str:
    """A text as it is looked for in others: letters and digits only, however it was set."""
    return sameness(" ".join(text.split()))
