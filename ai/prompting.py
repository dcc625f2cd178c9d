"""What a prompt is: words with a name and a version, made from a template that a workspace may replace."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Protocol


class BadTemplate(ValueError):
    """The words of a template cannot be filled in; the text says what is wrong and what to write instead."""


@dataclass(frozen=True)
class Prompt:
    """The words we say to a model. `facts` is the material that stands fenced in `text`, as data.

    With a schema (JSON schema) the answer is JSON. edition is the number of the workspace's own words, None for ours;
    values is what was put into them.
    """

    name: str
    version: int
    system: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    max_output_tokens: int = 4000
    schema: dict[str, Any] | None = None
    edition: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def content_hash(self, model: str) -> str:
        """The same words to the same model have the same hash."""
        said = [self.name, self.version, model, self.system, self.text, self.facts, self.max_output_tokens]
        if self.schema is not None:  # added later: without one the hash is what it always was
            said.append(self.schema)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def schema_text(self) -> str:
        """The schema as it is sent, "" without one."""
        return "" if self.schema is None else json.dumps(self.schema)


@dataclass(frozen=True)
class Variable:
    """A gap in a template: what comes in, for people, and a sample for the preview."""

    what: str
    sample: str
    required: bool = False


class Words(Protocol):
    """A workspace's own edition of a template's words."""

    number: int
    system: str
    text: str


@dataclass(frozen=True)
class Template:
    """Our words for a prompt. The stable part is `system`, so that vendors can cache it; what varies is in `text`."""

    name: str
    version: int
    label: str
    system: str
    text: str
    variables: Mapping[str, Variable]

    def fill(self, values: Mapping[str, str], *, words: Words | None = None, **more: Any) -> Prompt:
        """The prompt with these values, in our words or in `words`; `more` are fields of Prompt."""
        source = words or self
        return Prompt(
            name=self.name,
            version=self.version,
            system=filled(source.system, values),
            text=filled(source.text, values),
            edition=words.number if words else None,
            values=dict(values),
            **more,
        )

    def check(self, system: str, text: str) -> None:
        """Raise BadTemplate where these words could not be filled in."""
        used = fields(system) | fields(text)
        unknown = sorted(used - self.variables.keys())
        there_are = ", ".join(f"{{{name}}}" for name in self.variables)
        if unknown:
            raise BadTemplate(
                f"There is no variable {', '.join(f'{{{name[:40]}}}' for name in unknown)} here. "
                f"There are {there_are}. For a brace in the text write it twice."
            )
        missing = [name for name, variable in self.variables.items() if variable.required and name not in used]
        if missing:
            raise BadTemplate(
                f"{{{missing[0]}}} is missing: without it the model does not see {self.variables[missing[0]].what}. "
                "Put it back."
            )

    @property
    def samples(self) -> dict[str, str]:
        """A sample of each variable, for the preview."""
        return {name: variable.sample for name, variable in self.variables.items()}


def fields(words: str) -> set[str]:
    """The variables in a text; raises BadTemplate for braces that do not match and for anything but {name}."""
    try:
        parts = list(Formatter().parse(words))
    except ValueError:
        raise BadTemplate("A brace is open or closed alone. For a brace in the text write it twice.") from None
    names = set()
    for _text, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise BadTemplate(f"{{{name[:40]}}} is no variable: write only a name between the braces.")
        names.add(name)
    return names


def filled(words: str, values: Mapping[str, str]) -> str:
    """The text with the variables put in; what is in a value is never read as a variable."""
    fields(words)
    return "".join(text + (str(values[name]) if name else "") for text, name, *_ in Formatter().parse(words))


def fenced(label: str, data: Any) -> str:
    """Material from outside between markers, so that it reads as data and never as an instruction."""
    body = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    body = body.replace("<<<", "‹‹‹").replace(">>>", "›››")
    return f"<<<{label}\n{body}\n{label}>>>"
