"""What a prompt is: words with a name and a version."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Prompt:
    """The words we say to a model. `facts` is the material that stands fenced in `text`, as data."""

    name: str
    version: int
    system: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    max_output_tokens: int = 4000

    def content_hash(self, model: str) -> str:
        """The same words to the same model have the same hash."""
        said = [self.name, self.version, model, self.system, self.text, self.facts, self.max_output_tokens]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def fenced(label: str, data: Any) -> str:
    """Material from outside between markers, so that it reads as data and never as an instruction."""
    body = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    body = body.replace("<<<", "‹‹‹").replace(">>>", "›››")
    return f"<<<{label}\n{body}\n{label}>>>"
