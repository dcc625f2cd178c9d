"""The visible table of a vendor folder: name -> dotted path, imported at first use."""

from importlib import import_module
from typing import Any

from integrations.errors import Unsupported


class Registry:
    """Vendors by name. A class is imported when it is first asked for, never at start."""

    def __init__(self, **paths: str) -> None:
        self.paths = paths

    def __iter__(self):
        return iter(self.paths)

    def __contains__(self, name: object) -> bool:
        return name in self.paths

    def get(self, name: str) -> type[Any]:
        """Return the class of `name`; raises Unsupported with the names there are."""
        if name not in self.paths:
            raise Unsupported(f"there is no {name!r} here; choose one of {', '.join(self.paths)}")
        module, _, attribute = self.paths[name].rpartition(".")
        return getattr(import_module(module), attribute)
