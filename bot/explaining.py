"""``policy explain``: who must agree to a change and why, by the policy of now or of a moment in the past."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue
from redis.asyncio import Redis

from approvals.explain import Around, Branch, Explanation, Json, explain, lines
from approvals.policy import Rulebook, Where
from bot.app import PREFIX
from bot.clock import SystemClock
from bot.config import DEFAULT_FILE, Config, load_config, read_config
from bot.config_sections import ConfigFile, is_person
from bot.core.actions import Action, Args
from bot.core.dossier import Tracked
from bot.core.errors import Misconfigured
from bot.core.grants import Grant, shape
from bot.core.ids import ActionName, ProposalId
from bot.core.modes import Mode
from bot.core.words import say
from bot.decide.transition import where
from bot.explaining_arguments import arguments
from bot.explaining_tickets import ticket
from bot.opening import known_verbs, open_connectors, rulebook
from bot.operating import reached
from bot.ports import ActionType
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.grants import Grants
from bot.runtime.journal import Journal
from bot.runtime.lanes import Lanes
from bot.runtime.meters import Meters
from bot.runtime.policies import Kept, Policies
from bot.runtime.stops import Stops
from bot.settings import Environment

SKILL = "skill:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be explained: a proposal, or an action on a ticket."""

    proposal: str = ""
    ticket: str = ""
    """Its key."""
    connector: str = ""
    """Where two systems have a ticket of that key."""
    action: str = ""
    args: tuple[str, ...] = ()
    """``name=value`` each."""
    by: str = ""
    """``skill:<name>`` or a Slack user id; empty: the only skill there is."""
    undo: bool = False
    at: datetime | None = None
    """None: now, by the policy that the file has now."""


@dataclass(frozen=True, slots=True)
class Told:
    """The answer, for people and for programs."""

    tree: Branch
    json: Json

    @property
    def text(self) -> str:
        """The answer, indented."""
        return "\n".join(lines(self.tree))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One action on one ticket, as rules see it."""

    key: str
    action: Action
    where: Where
    sentence: str
    """What the action says it does, as a standing permission has it. Empty: nobody gave its arguments."""
    tracked: Tracked | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """Which policy is asked."""

    book: Rulebook
    says: str
    fingerprint: str
    loaded_at: datetime | None
    notes: tuple[str, ...] = ()


class Explainer:
    """Answers one question. Making one reads files: not for the event loop."""

    def __init__(self, environ: Mapping[str, str], path: Path | None) -> None:
        """Raises as :func:`bot.checking.check`."""
        self._environ, self._env, self._path = environ, Environment(environ), path
        self._config = load_config(path, self._env)
        self._connectors = open_connectors(self._config, self._env)
        self._book = rulebook(self._config, frozenset(self._connectors))
        self._verbs = known_verbs()

    async def explain(self, wanted: Wanted) -> Told:
        """Answer ``wanted``.

        Raises:
            Misconfigured: what is asked about does not exist, or no policy is known of that time.
            Unavailable: Redis does not answer.
            Retry, Forbidden: a ticket the bot has not seen has to be read, and cannot be.
        """
        try:
            async with reached(self._environ) as redis:
                return await self._answer(redis, wanted)
        finally:
            for connector in self._connectors.values():
                await connector.close()

    async def _answer(self, redis: Redis, wanted: Wanted) -> Told:
        now = SystemClock().now()
        case = await (self._proposal(redis, wanted) if wanted.proposal else self._change(redis, wanted))
        version = await self._version(Policies(redis, PREFIX), wanted.at, now)
        place, book = case.where, version.book
        found = explain(
            book,
            case.action,
            place,
            wanted.at or now,
            # As bot/decide/proposing.py has it: only a skill, and only in mode auto, goes ahead unasked.
            human=not (place.skill and book.mode(place) is Mode.AUTO),
            around=await self._around(redis, case),
        )
        return _told(case, version, found)

    # -- what is asked about -------------------------------------------------------------------------------

    async def _proposal(self, redis: Redis, wanted: Wanted) -> _Case:
        lanes = Lanes(redis, PREFIX, pools=ALL_POOLS)
        held = await Journal(lanes, self._book, SystemClock(), Meters()).find(ProposalId(wanted.proposal))
        if held is None:
            raise Misconfigured(
                f"no proposal is called {wanted.proposal}: its id stands on the card's details page"
            )
        dossier, tracked = held
        return _Case(
            key=dossier.key,
            action=tracked.proposal.action,
            where=where(dossier, tracked.proposal),
            sentence=tracked.proposal.says,
            tracked=tracked,
        )

    async def _change(self, redis: Redis, wanted: Wanted) -> _Case:
        by = self._asker(wanted)
        if wanted.connector and wanted.connector not in self._connectors:
            known = ", ".join(sorted(self._connectors)) or "none"
            raise Misconfigured(f"there is no connector {wanted.connector!r}; known are {known}")
        dossier = await ticket(redis, PREFIX, self._connectors, wanted.ticket, wanted.connector)
        verb = self._verb(wanted.action, dossier.ref.connector)
        args: Args = arguments(verb, wanted.args) if wanted.args else {}
        notes = () if wanted.args else ("No --arg was given, so no rule on to or field matches.",)
        return _Case(
            key=dossier.key,
            action=Action(verb.name, dossier.ref, args, verb.risk),
            where=Where(connector=dossier.ref.connector, queue=dossier.queue, by=by, undo=wanted.undo),
            sentence=verb.describe(args) if args else "",
            notes=notes,
        )

    def _asker(self, wanted: Wanted) -> str:
        skills = self._book.skills
        reading = self._book.reading
        by = wanted.by or (f"{SKILL}{reading[0]}" if len(reading) == 1 and not wanted.undo else "")
        if is_person(by) or (by.removeprefix(SKILL) in skills and by.startswith(SKILL) and not wanted.undo):
            return by
        if wanted.undo:
            raise Misconfigured("only a person asks for an undo: add --by with a Slack user id (U…)")
        known = ", ".join(f"{SKILL}{skill}" for skill in skills)
        raise Misconfigured(f"--by {by!r}: write who asks, a Slack user id (U…) or one of {known}")

    def _verb(self, name: str, connector: str) -> ActionType:
        opened = self._connectors.get(connector)
        if opened is None:
            raise Misconfigured(f"the ticket is in {connector}, which is not set up here any more")
        found = opened.actions.get(ActionName(name))
        if found is None:
            raise Misconfigured(
                f"{connector} has no action {name!r}; known are {', '.join(sorted(opened.actions))}"
            )
        return found

    # -- which policy --------------------------------------------------------------------------------------

    async def _version(self, policies: Policies, at: datetime | None, now: datetime) -> _Version:
        if at is None:
            return self._of_file(await policies.in_force(now))
        kept = await policies.in_force(at)
        if kept is None:
            first = await policies.first()
            since = f"the oldest known was loaded at {_minute(first.loaded_at)}" if first else "none is"
            raise Misconfigured(
                f"what the policy was at {_minute(at)} is not recorded: {since}. "
                "Without --at it is explained by the policy of now"
            )
        notes = ["The kill switch and standing permissions are those of now."]
        if "${" in kept.text:
            notes.append("The policy uses ${…}, which is filled in from today's environment.")
        return _Version(
            book=(await asyncio.to_thread(self._as_of, kept)).book(self._book.skills, self._book.on_request),
            says=f"in force at {_minute(at)}, {kept.fingerprint}, loaded at {_minute(kept.loaded_at)}",
            fingerprint=kept.fingerprint,
            loaded_at=kept.loaded_at,
            notes=tuple(notes),
        )

    def _of_file(self, running: Kept | None) -> _Version:
        """Return the policy of the file, and say so when the bot runs with another one."""
        file = Kept(text=self._config.text, loaded_at=SystemClock().now())
        same = running is not None and running.text == file.text
        name = str(self._path or DEFAULT_FILE) if file.text else "the built-in rules, since there is no file"
        notes: list[str] = []
        if running is not None and not same:
            loaded = f"{running.fingerprint}, loaded at {_minute(running.loaded_at)}"
            notes.append(f"The bot runs with another policy, {loaded}: restart it to put this one in force.")
        return _Version(
            book=self._book,
            says=f"{name}, {file.fingerprint}"
            + (f", loaded at {_minute(running.loaded_at)}" if running is not None and same else ""),
            fingerprint=file.fingerprint,
            loaded_at=running.loaded_at if running is not None and same else None,
            notes=tuple(notes),
        )

    def _as_of(self, kept: Kept) -> Config:
        """Read a policy of the past. What it names need not exist any more."""
        if not kept.text:
            return Config(ConfigFile(version=1), None)
        return read_config(kept.text, f"policy {kept.fingerprint}", self._env)

    # -- what else matters ---------------------------------------------------------------------------------

    async def _around(self, redis: Redis, case: _Case) -> Around:
        place, verb = case.where, self._verbs.get(case.action.name)
        return Around(
            stopped=await Stops(redis, PREFIX).why(connector=place.connector, skill=place.skill),
            grant=await _grant(Grants(redis, PREFIX), case),
            undo=say("en", verb.undo) if verb else "",
        )


async def _grant(grants: Grants, case: _Case) -> Grant | None:
    """Return the permission for exactly this; for words typed by hand, the one that says the same."""
    exact = await grants.get(shape(case.action, case.where.queue))
    if exact is not None or not case.sentence or case.tracked is not None:
        return exact
    place = (case.action.name, case.where.connector, case.where.queue, case.sentence)
    return next((g for g in await grants.all() if (g.action, g.connector, g.queue, g.says) == place), None)


def _told(case: _Case, version: _Version, found: Explanation) -> Told:
    recorded, notes = case.tracked, (*case.notes, *version.notes)
    tree = found.tree()
    under = [*tree.under, f"Policy: {version.says}", *(f"Note: {note}" for note in notes)]
    if recorded is not None:
        under.append(Branch("Recorded when it was asked:", tuple(_recorded(recorded))))
    loaded = version.loaded_at
    said: Json = {
        "ticket": case.key,
        "says": case.sentence,
        "policy": {
            "fingerprint": version.fingerprint,
            "loaded_at": loaded.isoformat() if loaded else None,
        },
        "notes": list(notes),
        **found.json(),
        "recorded": None if recorded is None else _recorded_json(recorded),
    }
    head = f"{case.key}: {case.sentence} {tree.says}" if case.sentence else f"{case.key}: {tree.says}"
    return Told(Branch(head, tuple(under)), said)


def _recorded(tracked: Tracked) -> list[str]:
    said = [f"Rule: {tracked.rule or '(none)'}, because {tracked.because}"]
    if tracked.ask is not None:
        said.append(f"Who: {tracked.ask.quorum} of {', '.join(tracked.ask.approvers)}")
    if tracked.escalated_at is not None and tracked.ask is not None:
        to = ", ".join(tracked.ask.escalate_to)
        said.append(f"Escalated: {_minute(tracked.escalated_at)}, to {to} as well")
    if tracked.asked_at is not None:
        said.append(f"Asked at: {_minute(tracked.asked_at)}")
    if tracked.votes:
        said.append(f"Agreed: {', '.join(vote.by for vote in tracked.votes)}")
    by = f", by {tracked.decided_by}" if tracked.decided_by else ""
    when = f" at {_minute(tracked.decided_at)}" if tracked.decided_at else ""
    return [*said, f"Status: {tracked.status.value}{by}{when}"]


def _recorded_json(tracked: Tracked) -> dict[str, JsonValue]:
    return {
        "proposal": tracked.proposal.id,
        "rule": tracked.rule,
        "because": tracked.because,
        "approvers": list(tracked.approvers),
        "quorum": tracked.ask.quorum if tracked.ask else None,
        "asked_at": tracked.asked_at.isoformat() if tracked.asked_at else None,
        "escalated_at": tracked.escalated_at.isoformat() if tracked.escalated_at else None,
        "agreed": [vote.by for vote in tracked.votes],
        "status": tracked.status.value,
        "decided_by": tracked.decided_by,
        "decided_at": tracked.decided_at.isoformat() if tracked.decided_at else None,
    }


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
