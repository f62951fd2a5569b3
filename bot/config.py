"""``countersign.yaml``: its shape, its errors with file, line and key, and the Rulebook made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from approvals.policy import DEFAULT_RULES, NOTE_PATTERN, Match, Rule, Rulebook, unreachable
from bot.core.actions import Risk
from bot.core.errors import Misconfigured
from bot.core.foreign import thing, things
from bot.core.modes import Mode, ModeRule
from bot.core.verdicts import Asking
from bot.settings import Environment
from bot.yaml_marks import Marked

DEFAULT_FILE = "countersign.yaml"
FILE_BYTES_MAX = 1024 * 1024
"""A policy is read by people; a megabyte of it is a mistake."""
DURATION_S_MAX = 365 * 86_400
"""Nobody waits longer for an answer, and a dossier is not kept much longer."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SLACK_WHO = re.compile(r"[UWS][A-Z0-9]{2,20}")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")


def seconds(value: object) -> float:
    """Read ``30m``, ``8h``, ``2d`` or ``90s``."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    found = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not 0 < found <= DURATION_S_MAX:
        raise ValueError("write a duration such as 30m, 8h or 2d, at most 365d")
    return found


def slack_who(value: str) -> str:
    """Check a Slack user id or user-group id."""
    if not _SLACK_WHO.fullmatch(value):
        raise ValueError(f"{value!r} is not a Slack user id (U…) or user-group id (S…)")
    return value


Who = Annotated[str, AfterValidator(slack_who)]
Duration = Annotated[float, BeforeValidator(seconds)]


class Section(BaseModel):
    """Base of all sections: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackSection(Section):
    """``slack:``."""

    approvals_channel: str = ""
    """Channel id (C… or G…) where cards go; empty: to each approver directly."""

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


class EscalateSection(Section):
    """``escalate:``."""

    after: Duration
    to: Annotated[tuple[Who, ...], Field(min_length=1)]


class AskSection(Section):
    """``ask:``."""

    approvers: Annotated[tuple[Who, ...], Field(min_length=1)]
    quorum: Annotated[int, Field(ge=1)] = 1
    four_eyes: bool = True
    expires_after: Duration = 8 * 3600.0
    remind_after: Duration | None = None
    escalate: EscalateSection | None = None

    @field_validator("quorum")
    @classmethod
    def _one(cls, value: int) -> int:
        if value != 1:
            # Asking one person where two were demanded would be worse than not starting.
            raise ValueError("this version asks one approver per change: write quorum: 1")
        return value


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


class LimitsSection(Section):
    """``limits:``."""

    actions_per_ticket_per_hour: Annotated[int, Field(ge=1, le=1000)] = 10
    llm_usd_per_day: Annotated[float, Field(ge=0)] = 20.0


class ConfigFile(Section):
    """The whole file."""

    version: Literal[1]
    language: Literal["en", "fr"] = "en"
    connectors: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    slack: SlackSection = SlackSection()
    modes: tuple[ModeSection, ...] = ()
    approvals: tuple[RuleSection, ...] | None = None
    limits: LimitsSection = LimitsSection()


class Config:
    """A validated file, or what holds without one."""

    def __init__(self, file: ConfigFile, marked: Marked | None) -> None:
        self.file, self._marked = file, marked

    def at(self, *path: str | int) -> str:
        """Return where ``path`` stands, for an error."""
        return self._marked.at(path) if self._marked else "environment"

    def rulebook(
        self, *, actions: frozenset[str], connectors: frozenset[str], skills: tuple[str, ...]
    ) -> Rulebook:
        """Return what deciding needs.

        Raises:
            Misconfigured: an action, connector or skill that does not exist, or a row that can never match.
        """
        self._known("modes", self.file.modes, connectors, skills)
        rules = self._rules(actions, connectors, skills)
        return Rulebook(
            rules=rules,
            modes=tuple(
                ModeRule(mode=row.mode, connector=row.connector, queue=row.queue, skill=row.skill)
                for row in self.file.modes
            ),
            skills=skills,
            actions_per_ticket_per_hour=self.file.limits.actions_per_ticket_per_hour,
            language=self.file.language,
            approvals_channel=self.file.slack.approvals_channel,
        )

    def warnings(self) -> list[str]:
        """Return what the file asks for that this version does not do yet; logged at the start."""
        return [
            f"{self.at('approvals', number, 'ask', key)}: read, but not acted on in this version"
            for number, row in enumerate(self.file.approvals or ())
            for key in ("remind_after", "escalate")
            if row.ask is not None and getattr(row.ask, key) is not None
        ]

    def _rules(
        self, actions: frozenset[str], connectors: frozenset[str], skills: tuple[str, ...]
    ) -> tuple[Rule, ...]:
        if self.file.approvals is None:
            return DEFAULT_RULES
        self._known("approvals", [row.match for row in self.file.approvals], connectors, skills)
        rules = [_rule(number, row) for number, row in enumerate(self.file.approvals)]
        for number, row in enumerate(self.file.approvals):
            self._known_action(number, row.match.action, actions)
        for name, earlier in unreachable(rules):
            number = int(name.removeprefix("approvals[").rstrip("]"))
            raise Misconfigured(
                f"{self.at('approvals', number)} can never match: {earlier} takes everything it would. "
                "Move it up or remove it"
            )
        return tuple(rules)

    def _known(self, section: str, rows: Any, connectors: frozenset[str], skills: tuple[str, ...]) -> None:
        inner = ("match",) if section == "approvals" else ()
        for number, row in enumerate(rows):
            for key, known in (("connector", connectors), ("skill", frozenset(skills))):
                value = getattr(row, key)
                if value and value not in known:
                    where = self.at(section, number, *inner, key)
                    raise Misconfigured(f"{where}: there is no {key} {value!r}{_near(value, known)}")

    def _known_action(self, number: int, pattern: str, actions: frozenset[str]) -> None:
        if pattern and pattern != NOTE_PATTERN and not any(fnmatchcase(name, pattern) for name in actions):
            where = self.at("approvals", number, "match", "action")
            raise Misconfigured(f"{where}: no action is called {pattern!r}{_near(pattern, actions)}")


def load_config(path: Path | None, env: Environment) -> Config:
    """Read the file at ``path``; None: ``./countersign.yaml`` when it exists, else what holds without one.

    Raises:
        Misconfigured: with file, line and key, and what to write instead.
    """
    if path is None:
        path = Path(DEFAULT_FILE)
        if not path.exists():
            return Config(ConfigFile(version=1), None)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}. Check --config") from error
    if len(raw) > FILE_BYTES_MAX:
        raise Misconfigured(f"{path} is larger than {FILE_BYTES_MAX} bytes: is it the right file?")
    marked = Marked(raw.decode("utf-8", "replace"), str(path))
    if not thing(marked.data):
        raise Misconfigured(f"{path}:1: write keys and values, starting with version: 1")
    try:
        return Config(ConfigFile.model_validate(_expanded(marked.data, marked, env, ())), marked)
    except ValidationError as error:
        raise Misconfigured(_told(error, marked)) from error


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    return ConfigFile.model_json_schema()


def _rule(number: int, row: RuleSection) -> Rule:
    match = Match(**row.match.model_dump())
    asking = None
    if row.ask is not None:
        asking = Asking(
            approvers=row.ask.approvers,
            four_eyes=row.ask.four_eyes,
            expires_after_s=row.ask.expires_after,
        )
    return Rule(name=f"approvals[{number}]", match=match, allow=row.allow is True, ask=asking)


def _expanded(value: Any, marked: Marked, env: Environment, path: tuple[str | int, ...]) -> Any:
    """Replace ``${NAME}`` in every string."""
    inner, rows = thing(value), things(value)
    if inner:
        return {key: _expanded(each, marked, env, (*path, key)) for key, each in inner.items()}
    if rows:
        return [_expanded(each, marked, env, (*path, n)) for n, each in enumerate(rows)]
    if isinstance(value, str) and "${" in value:
        try:
            return env.expand(value)
        except Misconfigured as error:
            raise Misconfigured(f"{marked.at(path)}: {error}") from error
    return value


def _told(error: ValidationError, marked: Marked) -> str:
    lines: list[str] = []
    for problem in error.errors():
        path = tuple(
            step for step in problem["loc"] if not (isinstance(step, str) and step.startswith("function"))
        )
        known = _keys_at(ConfigFile, path[:-1]) if problem["type"] == "extra_forbidden" else ()
        words = (
            "unknown key" + _near(str(path[-1]), known)
            if known
            else problem["msg"].removeprefix("Value error, ")
        )
        lines.append(f"{marked.at(path)}: {words}")
    return "\n".join(lines)


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that are allowed at ``path``, by walking the schema."""
    sections: Mapping[str, type[BaseModel]] = {
        "slack": SlackSection,
        "modes": ModeSection,
        "approvals": RuleSection,
        "match": MatchSection,
        "ask": AskSection,
        "escalate": EscalateSection,
        "limits": LimitsSection,
    }
    for step in path:
        model = sections.get(str(step), model)
    return tuple(model.model_fields)


def _near(word: str, known: Any) -> str:
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(known))}"
