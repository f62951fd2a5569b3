"""``countersign.yaml``: its errors with file, line and key, and the Rulebook made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from approvals.policy import DEFAULT_RULES, Match, Rule, Rulebook
from bot.audit.settings import AuditSection, ForwardSection
from bot.config_agent import AgentSection
from bot.config_faults import Faults, near
from bot.config_kept import kept
from bot.config_models import SECTIONS, strangers
from bot.config_reach import Reach, Verb
from bot.config_sections import (
    AskSection,
    BrainSection,
    ConfigFile,
    EscalateSection,
    HoursSection,
    LimitsSection,
    MatchSection,
    ModeSection,
    OutbreakSection,
    RuleSection,
    SlackSection,
)
from bot.core.actions import Risk
from bot.core.errors import Misconfigured
from bot.core.foreign import thing, things
from bot.core.modes import Mode, ModeRule
from bot.core.verdicts import Asking
from bot.ports import ActionType
from bot.settings import Environment
from bot.yaml_marks import Marked

DEFAULT_FILE = "countersign.yaml"
FILE_BYTES_MAX = 1024 * 1024
"""A policy is read by people; a megabyte of it is a mistake."""


class Config:
    """A validated file, or what holds without one."""

    def __init__(
        self,
        file: ConfigFile,
        marked: Marked | None,
        text: str = "",
        keys: Mapping[str, SecretStr] | None = None,
    ) -> None:
        self.file, self._marked = file, marked
        self.keys = dict(keys or {})
        """Of the endpoints of models, by name."""
        self.text = text
        """The policy as it was written, before ``${NAME}`` was replaced, without the sections that may hold
        secrets: for the history of policies. Empty where there is no file."""

    def at(self, *path: str | int) -> str:
        """Return where ``path`` stands, for an error."""
        return self._marked.at(path) if self._marked else "environment"

    def rulebook(
        self,
        *,
        actions: frozenset[str],
        connectors: frozenset[str],
        skills: tuple[str, ...],
        on_request: frozenset[str] = frozenset(),
        verbs: Iterable[ActionType] = (),
        sources: frozenset[str] = frozenset(),
    ) -> Rulebook:
        """Return what deciding needs. ``verbs``: what each of ``actions`` is, as far as that is known.

        ``on_request``: which of ``skills`` run only where a person asks. ``sources``: names that sources of
        context may have without being written down.

        Raises:
            Misconfigured: every name that does not exist, and every row that can never match or never be
                decided, a line each.
        """
        known = {str(verb.name): Verb.of(verb) for verb in verbs}
        reach = Reach(
            verbs=tuple(known.get(name, Verb(name=name)) for name in sorted(actions)),
            kinds={name: str(each.get("kind", name)) for name, each in self.file.connectors.items()}
            | {name: name for name in connectors - self.file.connectors.keys()},
        )
        book, faults = self.book(skills, on_request), Faults(self.file, self.at, reach)
        found = [
            *faults.of_names(connectors, frozenset(skills)),
            *self._folders(),
            *self._places(connectors, sources),
        ]
        if self.file.approvals is not None:
            found += [*faults.of_reach(book.rules), *faults.of_asking(book.rules)]
        if found:
            raise Misconfigured("\n".join(found))
        return book

    def _folders(self) -> Iterator[str]:
        folder = self.file.brain.knowledge
        if folder and not Path(folder).is_dir():
            where = self.at("brain", "knowledge")
            yield f"{where}: there is no folder {folder!r}: create it, or correct the path"

    def _places(self, connectors: frozenset[str], sources: frozenset[str]) -> Iterator[str]:
        tickets = connectors | self.file.connectors.keys()
        known = tickets | self.file.sources.keys() | sources
        for number, name in strangers(self.file.models, known):
            where = self.at("models", "where", number, "connector")
            yield f"{where}: no connector is called {name!r}; known are {', '.join(sorted(known))}"
        for number, row in enumerate(self.file.models.where):
            if row.queue and row.connector in known - tickets:
                where = self.at("models", "where", number, "queue")
                yield f"{where}: the source {row.connector!r} has no queues: leave queue out"

    def book(self, skills: tuple[str, ...], on_request: frozenset[str] = frozenset()) -> Rulebook:
        """Return what deciding needs, without asking whether it makes sense: for a policy of the past."""
        file = self.file
        rules: tuple[Rule, ...] = DEFAULT_RULES
        if file.approvals is not None:
            rules = tuple(_rule(number, row) for number, row in enumerate(file.approvals))
        return Rulebook(
            rules=rules,
            modes=tuple(
                ModeRule(mode=row.mode, connector=row.connector, queue=row.queue, skill=row.skill)
                for row in file.modes
            ),
            skills=skills,
            on_request=on_request,
            actions_per_ticket_per_hour=file.limits.actions_per_ticket_per_hour,
            actions_per_hour=file.limits.actions_per_hour,
            hours=file.hours.calendar() if file.hours else None,
            operators=file.operators,
            language=file.language,
            approvals_channel=file.slack.approvals_channel,
            ladder=file.ladder.rules(),
        )

    def warnings(self) -> list[str]:
        """Return what is allowed to stand but probably not meant; logged at the start."""
        return [*self._warnings()]

    def _warnings(self) -> Iterator[str]:
        auto = any(row.mode is Mode.AUTO for row in self.file.modes)
        for number, row in enumerate(self.file.approvals or ()):
            match = row.match
            # A note needs nobody's yes in any mode, and a new ticket's form is its own.
            by_itself = match.risk is Risk.NOTE or match.action.endswith(("_note", ".create"))
            if row.allow and not by_itself and not auto:
                yield (
                    f"{self.at('approvals', number, 'allow')}: allows more than notes in mode auto only, "
                    "and no row of modes says auto"
                )
            elif row.allow and (match.by or match.undo):
                yield (
                    f"{self.at('approvals', number, 'allow')}: what a person asks for is not allowed "
                    "without a yes, so this row is passed over"
                )
        if self.file.hours and not any(
            row.ask and row.ask.business_hours for row in self.file.approvals or ()
        ):
            yield f"{self.at('hours')}: no rule says business_hours: true, so nobody counts them"


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
    return read_config(raw.decode("utf-8", "replace"), str(path), env)


def read_config(text: str, name: str, env: Environment) -> Config:
    """Read the ``text`` of a file called ``name``. Raises as :func:`load_config`."""
    marked = Marked(text, name)
    if not thing(marked.data):
        raise Misconfigured(f"{name}:1: write keys and values, starting with version: 1")
    missing: list[str] = []
    data = _expanded(marked.data, marked, env, (), missing)
    if missing:
        raise Misconfigured("\n".join(missing))
    try:
        file = ConfigFile.model_validate(data)
    except ValidationError as error:
        raise Misconfigured(_told(error, marked)) from error
    return Config(file, marked, kept(text, marked.data), _keys(file, marked, env))


def _keys(file: ConfigFile, marked: Marked, env: Environment) -> dict[str, SecretStr]:
    keys = {name: (variable, env.get(variable)) for name, variable in file.models.variables()}
    missing = [
        f"{marked.at(('models', 'endpoints', name, 'key'))}: {variable} is not set: it has to hold the key"
        for name, (variable, key) in keys.items()
        if not key
    ]
    if missing:
        raise Misconfigured("\n".join(missing))
    return {name: SecretStr(key) for name, (_, key) in keys.items()}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    return ConfigFile.model_json_schema()


def _rule(number: int, row: RuleSection) -> Rule:
    return Rule(
        name=f"approvals[{number}]",
        match=Match(**row.match.model_dump()),
        allow=row.allow is True,
        ask=_asking(row.ask) if row.ask is not None else None,
    )


def _asking(ask: AskSection) -> Asking:
    return Asking(
        approvers=tuple(dict.fromkeys(ask.approvers)),
        quorum=ask.quorum,
        four_eyes=ask.four_eyes,
        expires_after_s=ask.expires_after,
        remind_after_s=ask.remind_after,
        escalate_after_s=ask.escalate.after if ask.escalate else None,
        escalate_to=tuple(dict.fromkeys(ask.escalate.to)) if ask.escalate else (),
        business_hours=ask.business_hours,
        stand_ins=ask.stand_ins,
        on_duty=tuple(dict.fromkeys(ask.on_duty)),
        always_after=ask.always_after,
    )


def _expanded(
    value: Any, marked: Marked, env: Environment, path: tuple[str | int, ...], missing: list[str]
) -> Any:
    """Replace ``${NAME}`` in every string; what cannot be replaced is added to ``missing``."""
    inner, rows = thing(value), things(value)
    if inner:
        return {key: _expanded(each, marked, env, (*path, key), missing) for key, each in inner.items()}
    if rows:
        return [_expanded(each, marked, env, (*path, n), missing) for n, each in enumerate(rows)]
    if isinstance(value, str) and "${" in value:
        try:
            return env.expand(value)
        except Misconfigured as error:
            missing.append(f"{marked.at(path)}: {error}")
    return value


def _told(error: ValidationError, marked: Marked) -> str:
    lines: list[str] = []
    for problem in error.errors():
        path = tuple(
            step for step in problem["loc"] if not (isinstance(step, str) and step.startswith("function"))
        )
        known = _keys_at(ConfigFile, path[:-1]) if problem["type"] == "extra_forbidden" else ()
        words = (
            "unknown key" + near(str(path[-1]), known)
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
        "hours": HoursSection,
        "limits": LimitsSection,
        "brain": BrainSection,
        "outbreak": OutbreakSection,
        "audit": AuditSection,
        "forward": ForwardSection,
        "agent": AgentSection,
        **SECTIONS,
    }
    for step in path:
        model = sections.get(str(step), model)
    return tuple(field.alias or name for name, field in model.model_fields.items())
