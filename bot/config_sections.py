"""The sections of ``countersign.yaml``: each key, what it may hold, and what is said about a wrong value."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from approvals.hours import WorkingHours, calendar, zone
from bot.audit.settings import AuditSection
from bot.config_access import AccessRows
from bot.config_agent import AgentSection
from bot.config_models import LlmLimits, ModelsSection
from bot.config_sources import SourcesSection
from bot.config_unfurl import Queues
from bot.core.actions import Risk
from bot.core.foreign import thing
from bot.core.modes import Mode
from bot.core.rungs import LadderRules
from bot.core.verdicts import EXPIRES_AFTER_S

DURATION_S_MAX: Final = 365 * 86_400
"""Nobody waits longer for an answer, and a dossier is not kept much longer."""
DAYS_OFF_MAX: Final = 366
"""A year of them; a deadline is looked for over three (``approvals.hours.DAYS_MAX``)."""
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PERSON: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
_SLACK_GROUP: Final = re.compile(r"S[A-Z0-9]{2,20}")
_DESK_GROUP: Final = re.compile(r"[A-Za-z0-9_-]{1,60}/\S(.{0,198}\S)?")
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,20}")
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_HOURS_A_DAY: Final = 24


def seconds(value: object) -> float:
    """Read ``30m``, ``8h``, ``2d`` or ``90s``."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    found = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not 0 < found <= DURATION_S_MAX:
        raise ValueError("write a duration such as 30m, 8h or 2d, at most 365d")
    return found


def is_person(who: str) -> bool:
    """Whether ``who`` is one person's Slack id, and not a group."""
    return bool(_PERSON.fullmatch(who))


def desk_of(who: str) -> str:
    """Return the connector of ``<connector>/<group>``, or an empty string for a Slack id."""
    return who.partition("/")[0] if "/" in who else ""


def _who(value: str) -> str:
    if is_person(value) or _SLACK_GROUP.fullmatch(value) or _DESK_GROUP.fullmatch(value):
        return value
    raise ValueError(
        f"{value!r} is not a Slack user id (U… or W…), a user-group id (S…), "
        "or a group of a ticket system such as jira/Managers"
    )


def _person(value: str) -> str:
    if not is_person(value):
        raise ValueError(f"{value!r} is not a Slack user id (U… or W…): copy it from the person's profile")
    return value


def _clock(value: object) -> object:
    """Read ``09:00``. YAML takes an unquoted 17:00 for a number to the base of 60: minutes, here."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _HOURS_A_DAY * 60:
        return time(*divmod(value, 60))
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('write a time of day such as "09:00", from 00:00 to 23:59')
    return time(int(match[1]), int(match[2]))


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
Who = Annotated[str, AfterValidator(_who)]
Person = Annotated[str, AfterValidator(_person)]
Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*[smhd]\s*$", "examples": ["8h"]}),
]
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": r"^\d?\d:\d\d$", "examples": ["09:00"]}),
]


class Section(BaseModel):
    """Base of all sections: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackSection(Section):
    """``slack:``."""

    approvals_channel: str = ""
    """Channel id (C… or G…) where cards go; empty: to each approver directly."""
    match_by_email: bool = False
    """Whether people of a ticket system's group are found in Slack by their e-mail address."""
    unfurl: Queues = ()
    """Queues whose tickets are previewed for everybody who sees a link to one."""

    @field_validator("approvals_channel")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError(f"{value!r} is not a channel id (C… or G…): copy it from the channel's details")
        return value


class ModeSection(Section):
    """One row of ``modes:``."""

    connector: str = ""
    queue: str = ""
    skill: str = ""
    mode: Mode

    @field_validator("mode", mode="before")
    @classmethod
    def _off(cls, mode: object) -> object:
        """Take ``off`` without quotes, which YAML reads as false."""
        return Mode.OFF.value if mode is False else mode


class MatchSection(Section):
    """The left side of a rule."""

    action: str = ""
    connector: str = ""
    queue: str = ""
    skill: str = ""
    risk: Risk | None = None
    to: str = ""
    field: str = ""
    by: Person = ""
    """Who asks: a Slack user id."""
    undo: bool | None = None
    """Whether it sets back what was executed before; left out: both."""


class EscalateSection(Section):
    """``escalate:``."""

    after: Duration
    to: Annotated[tuple[Who, ...], Field(min_length=1)]


class AskSection(Section):
    """``ask:``."""

    approvers: Annotated[tuple[Who, ...], Field(min_length=1)]
    quorum: Annotated[int, Field(ge=1)] = 1
    """How many people have to agree."""
    four_eyes: bool = True
    """Who asked for it may not approve it."""
    expires_after: Duration = EXPIRES_AFTER_S
    remind_after: Duration | None = None
    escalate: EscalateSection | None = None
    business_hours: bool = False
    """The durations of this rule count working hours only, as ``hours:`` has them."""
    stand_ins: bool = True
    """Whom an approver named in the App Home may agree in their place."""
    on_duty: tuple[Who, ...] = ()
    """Who gets a direct message."""
    always_after: Annotated[int, Field(ge=2)] | None = None
    """After so many equal approvals an approver may allow exactly this for good."""


class RuleSection(Section):
    """One row of ``approvals:``: exactly one of allow, deny and ask."""

    match: MatchSection
    allow: Literal[True] | None = None
    deny: Literal[True] | None = None
    ask: AskSection | None = None

    @model_validator(mode="after")
    def _one_of(self) -> RuleSection:
        if sum(part is not None for part in (self.allow, self.deny, self.ask)) != 1:
            raise ValueError("write exactly one of allow: true, deny: true and ask: {…}")
        return self


class HoursSection(Section):
    """``hours:`` when people work."""

    timezone: str
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS[:5]
    opens: Annotated[Clock, Field(alias="from")] = time(9)
    closes: Annotated[Clock, Field(alias="to")] = time(17)
    holidays: str = ""
    """Country, or country and subdivision: ``CH-ZH``."""
    days_off: Annotated[tuple[date, ...], Field(max_length=DAYS_OFF_MAX)] = ()

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        zone(value)
        return value

    @field_validator("holidays", mode="before")
    @classmethod
    def _norway(cls, value: object) -> object:
        """Take Norway's NO without quotes, which YAML reads as false."""
        return "NO" if value is False else value

    @field_validator("holidays")
    @classmethod
    def _calendar(cls, value: str) -> str:
        if value:
            calendar(value)
        return value

    @model_validator(mode="after")
    def _usable(self) -> HoursSection:
        self.calendar()
        return self

    def calendar(self) -> WorkingHours:
        """Return what counts them."""
        return WorkingHours(
            timezone=self.timezone,
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.weekdays),
            opens=self.opens,
            closes=self.closes,
            country=self.holidays,
            days_off=frozenset(self.days_off),
        )


class LimitsSection(LlmLimits, Section):
    """``limits:``."""

    actions_per_ticket_per_hour: Annotated[int, Field(ge=1, le=1000)] = 10
    actions_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Of one connector, notes not counted."""


class OutbreakSection(Section):
    """``brain.outbreak:`` when alike tickets are called out as what may be one incident."""

    tickets: Annotated[int, Field(ge=3, le=100)] = 5
    """From so many different people, and more than usual."""
    minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 30


def _outbreak(value: object) -> object:
    """Take ``off``, which YAML reads as false."""
    if value is False or value == "off":
        return None
    if thing(value) or isinstance(value, OutbreakSection):
        return value
    raise ValueError("write off, or when to call it out: {tickets: 5, minutes: 30}")


Outbreak = Annotated[
    OutbreakSection | None,
    BeforeValidator(_outbreak),
    WithJsonSchema({"anyOf": [OutbreakSection.model_json_schema(), {"enum": ["off", False]}]}),
]


def _priorities(value: object) -> object:
    """Take ``off``, which YAML reads as false, and figures without quotes."""
    if value is False or value == "off":
        return {}
    rows = {str(impact): thing(row) for impact, row in thing(value).items()}
    columns = {frozenset(map(str, row)) for row in rows.values()}
    if len(columns) != 1 or not min(columns):
        raise ValueError(
            "write off, or a priority for each impact and urgency: "
            '{"1": {"1": P1, "2": P2}, "2": {"1": P2, "2": P3}}'
        )
    return {impact: {str(name): str(cell) for name, cell in row.items()} for impact, row in rows.items()}


_ROW: Final = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
Priorities = Annotated[
    dict[str, dict[str, str]],
    BeforeValidator(_priorities),
    WithJsonSchema({"anyOf": [{"type": "object", "additionalProperties": _ROW}, {"enum": ["off", False]}]}),
]


class BrainSection(Section):
    """``brain:``."""

    learn_from_people: bool = True
    """Whether what people decide, and how tickets are closed, teaches the local brain."""
    ask: Literal["always", "unsure", "fields", "never"] = "unsure"
    """What the model is asked for: everything; what the local brain is not sure of and drafts it lacks; such
    fields alone; nothing."""
    knowledge: Annotated[str, Field(max_length=4096)] = ""
    """A folder of Markdown articles that may be quoted to whoever asks; empty: none."""
    priority: Priorities | None = None
    """Impact to urgency to priority, by id or label; left out: ServiceNow's own table; empty: no table."""
    outbreak: Outbreak = OutbreakSection()
    """When alike tickets from many people are called out; None: never."""


class LadderSection(Section):
    """``ladder:`` when a mode moves by what came true."""

    enabled: bool = True
    highest: Literal["suggest", "approve", "auto"] = "approve"
    """Nothing is raised above it."""
    managers: tuple[Who, ...] = ()
    """Who may move a mode; left out: whom the policy asks about such a change."""
    target: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95
    """How often suggestions have to be right, at the least, before a raise is offered."""
    floor: Annotated[float, Field(ge=0.3, le=0.999)] = 0.93
    """Below it a mode is lowered without asking."""

    @model_validator(mode="after")
    def _apart(self) -> LadderSection:
        if self.floor > self.target:
            raise ValueError("floor must not be above target: a mode would fall as soon as it was raised")
        return self

    def rules(self) -> LadderRules:
        """Return what deciding needs."""
        return LadderRules(
            enabled=self.enabled,
            highest=Mode(self.highest),
            managers=self.managers,
            target=self.target,
            floor=self.floor,
        )


class ConfigFile(Section):
    """The whole file."""

    version: Literal[1]
    language: Literal["en", "fr"] = "en"
    connectors: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    sources: SourcesSection = Field(default_factory=dict[str, dict[str, Any]])
    slack: SlackSection = SlackSection()
    modes: tuple[ModeSection, ...] = ()
    approvals: tuple[RuleSection, ...] | None = None
    hours: HoursSection | None = None
    operators: dict[Annotated[str, Field(min_length=1)], Person] = Field(default_factory=dict[str, str])
    """Login name on the command line to Slack user id."""
    limits: LimitsSection = LimitsSection()
    brain: BrainSection = BrainSection()
    models: ModelsSection = ModelsSection()
    ladder: LadderSection = LadderSection()
    agent: AgentSection = AgentSection()
    access: AccessRows | None = None
    audit: AuditSection = AuditSection()
