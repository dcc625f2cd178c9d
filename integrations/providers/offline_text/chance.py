"""Choices that look random and depend on nothing but the facts."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any


class Chance:
    """Choices that look random and depend on nothing but the facts."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.seed = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str)

    def roll(self, purpose: str) -> int:
        """A large number, the same each time for the same facts and purpose."""
        return int.from_bytes(sha256(f"{purpose}\n{self.seed}".encode()).digest()[:8])

    def pick(self, purpose: str, options: Sequence[str]) -> str:
        """One of the options."""
        return options[self.roll(purpose) % len(options)]
