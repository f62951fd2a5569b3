"""``models:`` and ``limits.llm_*``: which model answers what, where ticket text may go, what it may cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from bot.settings import loopback

DEFAULT: Final = "default"
"""The endpoint of ``ANTHROPIC_API_KEY`` and ``ANTHROPIC_BASE_URL``."""
NONE: Final = "none"
"""No endpoint: the text never leaves the house."""

Kind = Literal["anthropic", "bedrock", "vertex"]
Variable = Annotated[str, StringConstraints(pattern=r"^([A-Z_][A-Z0-9_]{0,80})?$")]
Named = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
Model = Annotated[str, StringConstraints(max_length=200, pattern=r"^\S*$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,40}$")]
"""It becomes part of a host's name."""
Host = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?$", to_lower=True)
]
Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0)] | None


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_plain = parts.username is None and parts.password is None and (parts.port or 1) > 0
    except ValueError:
        parts, is_plain = urlsplit(""), False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and loopback(value))
    if value and not (parts.hostname and is_safe and is_plain):
        # Not what was written: it may hold a password.
        raise ValueError("write an https:// address without a login (http:// only for this machine)")
    return value


def _none(value: object) -> object:
    """Take an empty value for ``none``: whoever wrote either wants the text to stay."""
    return NONE if value is None else value


class _Part(BaseModel):
    """Base of what follows: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LlmLimits(_Part):
    """The part of ``limits:`` that is about models. 0 pays for nothing; tokens left out: no such limit."""

    llm_usd_per_day: Usd = 20.0
    llm_usd_per_person_per_day: Usd = 5.0
    llm_usd_per_ticket_per_day: Usd = 2.0
    llm_usd_per_run: Usd = 1.0
    """Of one answer in a conversation, all its steps together."""
    llm_tokens_per_day: Tokens = None
    llm_tokens_per_person_per_day: Tokens = None
    llm_tokens_per_ticket_per_day: Tokens = None
    llm_tokens_per_run: Tokens = 1_000_000


class EndpointSection(_Part):
    """One row of ``models.endpoints:``: somewhere that speaks the Messages API."""

    kind: Kind = "anthropic"
    base_url: Annotated[str, AfterValidator(_address)] = ""
    """Empty: the vendor's own."""
    region: Region = ""
    project: Annotated[str, StringConstraints(pattern=r"^[a-z0-9:.-]{0,60}$")] = ""
    key: Variable = ""
    """Name of the environment variable that holds the key, never the key."""
    names: dict[Model, Model] = Field(default_factory=dict[str, str])
    """Our name of a model to this endpoint's."""

    @model_validator(mode="after")
    def _whole(self) -> EndpointSection:
        if self.kind == "anthropic" and not self.key:
            raise ValueError("key is missing: the name of the environment variable that holds the key")
        if self.kind == "anthropic" and (self.region or self.project):
            raise ValueError("region and project are for bedrock and vertex")
        if self.kind != "anthropic" and not self.region:
            raise ValueError("region is missing: where the model runs")
        if self.kind == "bedrock" and self.project:
            raise ValueError("project is for vertex")
        if self.kind == "vertex" and (not self.project or self.key):
            raise ValueError("vertex takes a project and no key: it uses Google's own credentials")
        return self


class RoleSection(_Part):
    """``models.triage:`` or ``models.chat:``."""

    model: Model = ""
    """Empty: the usual one, see ``bot/runtime/prices.toml``; for triage ``COUNTERSIGN_MODEL`` goes first."""
    endpoint: str = DEFAULT


class PlaceSection(_Part):
    """One row of ``models.where:``: where text of a connector and a queue may go; the first that fits."""

    connector: str = ""
    queue: str = ""
    endpoint: Annotated[str, BeforeValidator(_none)]
    """The name of one, ``default``, or ``none``: no model outside ever sees it."""


class ModelsSection(_Part):
    """``models:``."""

    triage: RoleSection = RoleSection()
    chat: RoleSection = RoleSection()
    endpoints: dict[Named, EndpointSection] = Field(default_factory=dict[str, EndpointSection])
    where: tuple[PlaceSection, ...] = ()
    links: tuple[Host, ...] = ()
    """Hosts that links in a model's words may lead to, beside those of the systems set up here."""

    @model_validator(mode="after")
    def _known(self) -> ModelsSection:
        taken = self.endpoints.keys() & {DEFAULT, NONE}
        if taken:
            raise ValueError(f"an endpoint cannot be called {min(taken)}")
        there = {DEFAULT, *self.endpoints}
        named = [("triage", self.triage.endpoint), ("chat", self.chat.endpoint)]
        named += [(f"where[{n}]", row.endpoint) for n, row in enumerate(self.where) if row.endpoint != NONE]
        for place, endpoint in named:
            if endpoint not in there:
                known = ", ".join(sorted(there))
                raise ValueError(f"{place}.endpoint: there is no endpoint {endpoint!r}; known are {known}")
        return self

    def variables(self) -> Iterator[tuple[str, str]]:
        """Return each endpoint's name and the environment variable its key is in."""
        for name, endpoint in self.endpoints.items():
            if endpoint.key:
                yield name, endpoint.key


SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "models": ModelsSection,
    "triage": RoleSection,
    "chat": RoleSection,
    "endpoints": EndpointSection,
    "where": PlaceSection,
}
"""By key, for the hint after a misspelt one."""


def strangers(models: ModelsSection, connectors: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Return each row of ``where`` whose connector does not exist: it would guard nothing."""
    for number, row in enumerate(models.where):
        if row.connector and row.connector not in connectors:
            yield number, row.connector
