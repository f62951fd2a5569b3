"""Finds what contributors added: a folder is enough, there is no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

INSTEAD: Final[Mapping[str, str]] = {"CONNECTOR": "SOURCE", "WEBHOOK": "SOURCE", "SOURCE": "CONNECTOR"}
"""What a child may export in place of what is wanted: a folder of connectors holds a system of tickets, or a
source of context."""


def discover(package: ModuleType, wanted: str) -> dict[str, Any]:
    """Import every public child of ``package`` and collect what it exports as ``wanted``, by child's name.

    Sorted by name, so that two replicas agree on the order; names with a leading underscore are private. What
    is found is only looked up here: the caller knows its type (``CONNECTOR``: a ``kinds.Kind``). One
    of the other kind (``INSTEAD``) is passed over.

    Raises:
        LookupError: a child exports neither; the message names it and ``wanted``.
    """
    found: dict[str, Any] = {}
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.name[0] != "_"):
        module = importlib.import_module(f"{package.__name__}.{name}")
        if hasattr(module, wanted):
            found[name] = getattr(module, wanted)
        elif not hasattr(module, INSTEAD.get(wanted, wanted)):
            raise LookupError(f"{module.__name__} exports no {wanted}: add it to {module.__file__}")
    return found
