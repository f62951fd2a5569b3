"""One file per verb, found by being here. Pure: they say what to send and judge what a fresh read shows."""

from __future__ import annotations

import importlib
import pkgutil

from bot.core.ids import ActionName
from bot.ports import ActionType


def verbs() -> dict[ActionName, ActionType]:
    """Return every verb by its full name, in the order of the files' names."""
    names = sorted(each.name for each in pkgutil.iter_modules(__path__) if each.name[0] != "_")
    found: list[ActionType] = [importlib.import_module(f"{__name__}.{name}").ACTION for name in names]
    return {each.name: each for each in found}
