"""Finds what contributors added: a folder is enough, there is no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def discover(package: ModuleType, wanted: str) -> dict[str, Any]:
    """Import every public child of ``package`` and collect what it exports as ``wanted``, by child's name.

    Sorted by name, so that two replicas agree on the order; names with a leading underscore are private. What
    is found is only looked up here: the caller knows its type (``CONNECTOR``: ``ports.ConnectorKind``).

    Raises:
        LookupError: a child does not export ``wanted``; the message names both.
    """
    found: dict[str, Any] = {}
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.name[0] != "_"):
        module = importlib.import_module(f"{package.__name__}.{name}")
        if not hasattr(module, wanted):
            raise LookupError(f"{module.__name__} exports no {wanted}: add it to {module.__file__}")
        found[name] = getattr(module, wanted)
    return found
