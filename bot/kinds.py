"""How one kind of ticket system or source is told apart, configured and opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from pydantic import BaseModel

Opened_co = TypeVar("Opened_co", covariant=True)
Settings = TypeVar("Settings", bound=BaseModel)


class Kind(Generic[Opened_co]):
    """What a folder under ``connectors/`` exports, as ``CONNECTOR`` or as ``SOURCE``."""

    def __init__(
        self,
        kind: str,
        settings: type[Settings],
        environment: Mapping[str, str],
        opened: Callable[[str, Settings], Opened_co],
    ) -> None:
        """Say what there is to know.

        ``kind``: the folder's name. ``settings``: what it has to be told; secrets are ``SecretStr``, and
        validation errors say what to write. ``environment``: settings field to the environment variable that
        fills it (``url``: ``JIRA_URL``). ``opened``: makes an instance of a name and settings, without I/O.
        """

        def made(name: str, told: BaseModel) -> Opened_co:
            assert isinstance(told, settings), "settings are made by this kind's own model"
            return opened(name, told)

        self.kind, self.environment = kind, environment
        self.settings: type[BaseModel] = settings
        self._made = made

    def open(self, name: str, settings: BaseModel) -> Opened_co:
        """Make an instance called ``name``, of what :attr:`settings` has validated. Does no I/O."""
        return self._made(name, settings)
