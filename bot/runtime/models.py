"""Which model answers what, and at which endpoint it may be shown a text. Pure; nothing is reached here."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from bot.core.errors import Misconfigured, StaysHome
from bot.core.passages import NO_QUEUE

BASE_URL: Final = "https://api.anthropic.com"
DEFAULT: Final = "default"

Place: TypeAlias = tuple[str, str]
"""Connector and queue of a text, or a source and ``NO_QUEUE``; both empty: nobody's text."""


class Role(enum.Enum):
    """What a model is wanted for."""

    TRIAGE = "triage"
    """Fields of every ticket that comes in: fast and cheap."""
    CHAT = "chat"
    """Conversations, and what skills write: strong."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somewhere a model can be reached."""

    name: str = DEFAULT
    kind: Literal["anthropic", "bedrock", "vertex"] = "anthropic"
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    """Empty: the vendor's own."""
    region: str = ""
    project: str = ""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Our name of a model to this endpoint's."""

    @property
    def is_usable(self) -> bool:
        """Whether there is anything to reach it with; clouds have credentials of their own."""
        return bool(self.api_key) or self.kind != "anthropic"


@dataclass(frozen=True, slots=True)
class Route:
    """A model and where it is."""

    model: str
    """Our name, which prices and the reader know."""
    endpoint: Endpoint

    @property
    def wire(self) -> str:
        """What the endpoint calls it."""
        return self.endpoint.names.get(self.model, self.model)


@dataclass(frozen=True, slots=True)
class Residence:
    """Where text of a place may go. Names are compared without regard to case: a slip must not let it out."""

    connector: str
    queue: str
    endpoint: str | None
    """None: nowhere."""

    def covers(self, place: Place) -> bool:
        """Whether this row is about ``place``."""
        return all(
            not mine or mine.casefold() == theirs.casefold()
            for mine, theirs in zip((self.connector, self.queue), place, strict=True)
        )


class Models:
    """The configuration's answer to "who may be shown this?"."""

    def __init__(
        self,
        roles: Mapping[Role, tuple[str, str]],
        endpoints: Iterable[Endpoint],
        where: Sequence[Residence] = (),
        owners: Mapping[str, str] | None = None,
    ) -> None:
        """``roles``: model and endpoint's name of each. ``where``: the first row that covers a place holds.

        ``owners``: which connector a source came with; rows about that one are about the source as well.

        Raises:
            Misconfigured: a row of ``where`` names an endpoint that cannot be used.
        """
        self._roles, self._where, self._owners = dict(roles), tuple(where), dict(owners or {})
        self._endpoints = {each.name: each for each in endpoints}
        asked = any(self.has(role) for role in self._roles)
        for row in self._where:
            if asked and row.endpoint is not None and not self._endpoints[row.endpoint].is_usable:
                raise Misconfigured(f"models.where names the endpoint {row.endpoint!r}, which has no key")

    def has(self, role: Role) -> bool:
        """Whether a model is set up for ``role`` at all."""
        return role in self._roles and self._endpoints[self._roles[role][1]].is_usable

    def may_leave(self, place: Place) -> bool:
        """Whether any model may be shown text of ``place``; not where only its queue would tell."""
        return None not in self._ways(place)

    def together(self, role: Role, places: Iterable[Place]) -> bool:
        """Whether text of all ``places`` may be shown to one model."""
        try:
            self.route(role, places)
        except StaysHome:
            return False
        return True

    def route(self, role: Role, places: Iterable[Place]) -> Route:
        """Return who may be shown text of all ``places`` together.

        Raises:
            StaysHome: for one of them nobody, or they may go to different endpoints only.
        """
        model, usual = self._roles[role]
        named = {place for place in places if self._is_spoken_of(place)} or {("", "")}
        ways = {usual if way == "" else way for place in named for way in self._ways(place)}
        if None in ways:
            raise StaysHome("text of this queue never leaves the house")
        if len(ways) > 1:
            raise StaysHome("texts that go to different models are never put together")
        return Route(model, self._endpoints[ways.pop() or usual])

    def _is_spoken_of(self, place: Place) -> bool:
        """Whether ``place`` says where texts go: a source that no row is about goes along with any ticket."""
        return any(place) and (place[1] != NO_QUEUE or self._ways(place) != {""})

    def _ways(self, place: Place) -> set[str | None]:
        """Return the endpoints ``place`` may go to: None nowhere, an empty name wherever the role goes.

        Where only the connector is known, every queue of it that the rows speak of is possible.
        """
        ways: set[str | None] = set()
        connector, queue = place
        owner = self._owners.get(connector, connector)
        for row in self._where:
            if row.covers(place) or row.covers((owner, queue)):
                return {*ways, row.endpoint}
            if connector and not queue and row.covers((connector, row.queue)):
                ways.add(row.endpoint)
        return {*ways, ""}


def one(model: str, endpoint: Endpoint) -> Models:
    """Return the arrangement in which ``model`` at ``endpoint`` answers everything."""
    return Models(dict.fromkeys(Role, (model, endpoint.name)), (endpoint,))
