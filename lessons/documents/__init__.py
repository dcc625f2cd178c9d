"""Tiptap documents: what they may hold, how they are checked, mended, made of a model's blocks, and read."""

from lessons.documents.blocks import Blocks, document
from lessons.documents.checking import BadDocument, checked, problems
from lessons.documents.mending import normalise
from lessons.documents.nodes import EMPTY, SCHEMA_VERSION, Json
from lessons.documents.rendering import to_html
from lessons.documents.walking import plain_text
from lessons.documents.writing import to_markdown

__all__ = [
    "EMPTY",
    "SCHEMA_VERSION",
    "BadDocument",
    "Blocks",
    "Json",
    "checked",
    "document",
    "normalise",
    "plain_text",
    "problems",
    "to_html",
    "to_markdown",
]
