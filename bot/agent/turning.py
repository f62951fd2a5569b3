"""One turn of the agent: the tools a model wants used, run or refused, and what they came to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import BaseModel, JsonValue, ValidationError

from bot.agent.boxes import boxed, placeholders
from bot.agent.offers import AssignWanted, LinkWanted, Offer, Wanted
from bot.agent.provenance import Focus, Ground, readable, typed_keys
from bot.agent.reading import KeyWanted, Reader, ReadTool, Wrong
from bot.agent.vetting import PEOPLE_MAX, Doubt, Table, Voice, labels, vet
from bot.core.actions import Proposal
from bot.core.errors import Refused, Reject, Retry
from bot.core.ids import ActionName, effect_id
from bot.core.masked import Masked
from bot.core.pseudonyms import Pseudonyms
from bot.core.redaction import PLACEHOLDER
from bot.core.runs import RunRequest, Step
from bot.core.tickets import Snapshot, Ticket, Value
from bot.core.turns import Call, Result, Turn
from bot.core.untrusted import Untrusted
from bot.creators import Creator
from bot.ports import Connector
from bot.proposing import proposed
from bot.writers import Hearing

PROPOSALS_MAX: Final = 3
"""Of one run: more than a person weighs one by one is a batch, and nobody asked for a batch."""
CALLS_MAX: Final = 8
"""Used of one turn; the rest is told to come again."""
AT_ONCE_MAX: Final = 4
"""Reads under way together: a vendor's rate limit is shared with the work on tickets."""
READ_CHARS_MAX: Final = 90_000
"""Read in one run: what a model still follows, and what a question is worth paying for."""
ME: Final = frozenset({"me", "myself", "moi", "moi-même"})
"""What people call themselves when they want a ticket."""
_MENTION: Final = re.compile(r"@[UW][A-Z0-9]{2,20}")
"""``<@U012AB>``, as :func:`bot.slack.talk_words.read` leaves it."""
WAITS: Final = "Put to people as proposal {id}: {says} It waits for their decision; nothing is changed yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What one run has at hand."""

    request: RunRequest
    ground: Ground
    reader: Reader
    names: Pseudonyms
    connectors: Mapping[str, Connector]
    reads: Mapping[str, ReadTool]
    offers: Mapping[str, Offer]
    hosts: frozenset[str]
    language: str
    """Of what is left on a ticket."""

    @property
    def verbs(self) -> frozenset[str]:
        """Every verb there is, whatever policy says of it."""
        return frozenset(name for each in self.connectors.values() for name in each.actions)


@dataclass(slots=True)
class Tally:
    """What a run has come to so far."""

    proposals: list[Proposal] = field(default_factory=list[Proposal])
    snapshot: Snapshot | None = None
    """Of the ticket the proposals are on."""
    calls: list[str] = field(default_factory=list[str])
    """Names of tools that there are, in the order they were used."""
    mistakes: int = 0
    """Calls that no tool takes."""
    left_out: bool = False
    """A change was wanted that cannot be proposed."""
    read_chars: int = 0


class Turning:
    """Runs the calls of one run, turn after turn."""

    def __init__(self, kit: Kit, hearing: Hearing) -> None:
        """Run calls with ``kit``."""
        self._kit, self._hearing = kit, hearing
        self._gate = asyncio.Semaphore(AT_ONCE_MAX)
        self.tally = Tally()

    async def take(self, calls: Sequence[Call], turns: Sequence[Turn]) -> tuple[Result, ...]:
        """Return a result for every call, in order; ``turns``: all that was said before.

        Reads go first and side by side. Proposals are made one after the other and carried out by nobody.
        """
        kit = self._kit
        used = list(calls[:CALLS_MAX])
        done: dict[int, Result] = {}
        reads = [(n, call) for n, call in enumerate(used) if call.tool in kit.reads]
        found = await asyncio.gather(*(self._read(call, kit.reads[call.tool], turns) for _, call in reads))
        done |= {n: result for (n, _), result in zip(reads, found, strict=True)}
        for n, call in enumerate(used):
            if call.tool in kit.offers:
                done[n] = await self._propose(call, kit.offers[call.tool], turns)
            elif n not in done:
                done[n] = self._mistake(call, "There is no such tool. Use the ones that are listed.")
        self.tally.calls += [call.tool for call in used if call.tool in kit.reads or call.tool in kit.offers]
        late = [
            Result(call.id, Masked(f"At most {CALLS_MAX} tools in one turn."), is_error=True)
            for call in calls[CALLS_MAX:]
        ]
        return (*(done[n] for n in range(len(used))), *late)

    def _mistake(self, call: Call, says: str) -> Result:
        self.tally.mistakes += 1
        return Result(call.id, Masked(says), is_error=True)

    # -- reading

    async def _read(self, call: Call, tool: ReadTool, turns: Sequence[Turn]) -> Result:
        if self.tally.read_chars > READ_CHARS_MAX:
            return Result(call.id, Masked("Enough was read. Answer with what you have."), is_error=True)
        arguments: object = call.arguments
        if tool.source is not None or tool.wanted is not KeyWanted:
            arguments = self._put_back(call.arguments, turns)
        try:
            wanted = tool.wanted.model_validate(arguments)
        except ValidationError as error:
            return self._mistake(call, _faults(error, tool.wanted))
        await self._hearing.step(self._step(call, tool, wanted))
        try:
            async with self._gate:
                text = await self._kit.reader.answer(tool, wanted, self._kit.ground, turns)
        except Wrong as error:
            return self._mistake(call, str(error))
        except (Reject, Retry) as error:
            return Result(call.id, self._kit.reader.refusal(error, tool), is_error=True)
        finally:
            await self._hearing.step(replace(self._step(call, tool, wanted), done=True))
        self.tally.read_chars += len(text)
        return Result(call.id, text)

    def _put_back(self, arguments: Mapping[str, JsonValue], turns: Sequence[Turn]) -> dict[str, JsonValue]:
        """Put values of this ticket and of the person's words back: our own systems know no placeholders."""
        own = self._own(turns)

        def value(text: str) -> str:
            return PLACEHOLDER.sub(
                lambda m: self._kit.names.restore(m.group()) if m.group() in own else m.group(), text
            )

        return {name: value(each) if isinstance(each, str) else each for name, each in arguments.items()}

    def _own(self, turns: Sequence[Turn]) -> frozenset[str]:
        focus = self._kit.ground.focus
        return placeholders(turns, focus.origin.name if focus is not None else "")

    def _step(self, call: Call, tool: ReadTool, wanted: BaseModel) -> Step:
        if tool.source is not None:
            return Step(call.id, "agent.step.source", {"source": tool.source.name})
        if isinstance(wanted, KeyWanted):
            # What is no key is not shown: it is a model's words, not ours.
            key = next(iter(typed_keys(wanted.key)), "…")
            return Step(call.id, f"agent.step.{tool.tool.name}", {"key": key})
        return Step(call.id, f"agent.step.{tool.tool.name}")

    # -- proposing

    async def _propose(self, call: Call, offer: Offer, turns: Sequence[Turn]) -> Result:
        if len(self.tally.proposals) >= PROPOSALS_MAX:
            self.tally.left_out = True
            return Result(call.id, Masked(f"At most {PROPOSALS_MAX} proposals at a time."), is_error=True)
        try:
            wanted = offer.wanted.model_validate(call.arguments)
        except ValidationError as error:
            self.tally.left_out = True
            return self._mistake(call, _faults(error, offer.wanted))
        await self._hearing.step(Step(call.id, "agent.step.propose"))
        try:
            made = await self._made(offer, wanted, turns)
        except Doubt as doubt:
            self.tally.left_out = True
            return Result(call.id, self._told(str(doubt)), is_error=True)
        except Wrong as wrong:
            self.tally.left_out = True
            return self._mistake(call, str(wrong))
        except Refused as no:
            self.tally.left_out = True
            self.tally.mistakes += 1
            return Result(call.id, self._told(str(no)), is_error=True)
        except (Reject, Retry) as error:
            self.tally.left_out = True
            return Result(call.id, Masked(_away(error)), is_error=True)
        finally:
            await self._hearing.step(Step(call.id, "agent.step.propose", done=True))
        self.tally.proposals.append(made)
        return Result(call.id, Masked(WAITS.format(id=made.id, says=self._told(made.says))))

    def _told(self, words: str) -> Masked:
        """Return words with a system's labels and people's names in them: outside text, of this ticket."""
        focus = self._kit.ground.focus
        masked = self._kit.names.mask(Untrusted(words), names=self._people_known)
        return boxed(focus.origin, masked) if focus is not None else masked

    async def _made(self, offer: Offer, wanted: Wanted, turns: Sequence[Turn]) -> Proposal:
        kit, focus = self._kit, self._kit.ground.focus
        connector = kit.connectors[focus.ref.connector] if focus is not None else None
        why_not = kit.ground.why_not_propose(connector.kind if connector is not None else "", offer.kind)
        if why_not or focus is None or connector is None:
            raise Wrong(why_not)
        voice = Voice(restore=kit.names.restore, own=self._own(turns), hosts=kit.hosts)
        wish = WishFor(offer, wanted, await self._linkable(wanted, focus, turns))
        made = await propose(kit, connector, wish, voice, number=len(self.tally.proposals))
        if any(each.action.digest() == made.action.digest() for each in self.tally.proposals):
            raise Wrong("That is proposed already.")
        self.tally.snapshot = await kit.reader.snapshot(focus.ref)
        return made

    async def _linkable(self, wanted: Wanted, focus: Focus, turns: Sequence[Turn]) -> frozenset[str]:
        """Return the key that a link is wanted to, if it may be."""
        key = wanted.other.upper() if isinstance(wanted, LinkWanted) else ""
        if not key or key == focus.key.upper() or key not in readable(turns):
            return frozenset()
        ref = await self._kit.reader.find(key)
        return frozenset({key}) if ref is not None and ref.connector == focus.ref.connector else frozenset()

    @property
    def _people_known(self) -> tuple[str, ...]:
        return tuple(self._kit.reader.people_met)


@dataclass(frozen=True, slots=True)
class WishFor:
    """One change, as it was asked for."""

    offer: Offer
    wanted: Wanted
    others: frozenset[str] = frozenset()
    """Tickets that it may be linked to."""
    people: tuple[Value, ...] = ()
    """Who is meant, where that is known already; else a system is asked for people of that name."""


async def propose(
    kit: Kit,
    connector: Connector,
    wish: WishFor,
    voice: Voice,
    *,
    number: int,
) -> Proposal:
    """Vet ``wish`` against the ticket as it is and make a proposal of it.

    Raises:
        Doubt, Refused: as :func:`bot.agent.vetting.vet`.
        Others as ``bot.ports.TicketReader.read``.
    """
    focus = kit.ground.focus
    assert focus is not None, "nothing is proposed without a ticket"
    offer, wanted = wish.offer, wish.wanted
    kind = connector.actions[ActionName(f"{offer.kind}.{offer.verb}")]
    snapshot, allowed = await kit.reader.snapshot(focus.ref), await kit.reader.allowed(focus.ref)
    people = wish.people
    if isinstance(wanted, AssignWanted) and wanted.to and not people:
        people = await people_called(kit, connector, snapshot.ticket, voice.value(wanted.to))
        if people and (is_asker(wanted.to) or is_mention(wanted.to)):
            wanted = wanted.model_copy(update={"to": people[0].id})
    table = Table(
        snapshot=snapshot,
        allowed=allowed,
        people=people,
        others=wish.others,
        voice=voice,
        language=kit.language,
    )
    vetted = vet(offer.verb, kind, wanted, table)
    run = effect_id(kit.request.id, 0)
    made = await proposed(connector, snapshot, run, number, vetted, by=kit.request.person)
    return replace(made, talk=kit.request.talk, labels=labels(allowed))


def is_asker(name: str) -> bool:
    """Whether ``name`` is what people call themselves."""
    return name.casefold() in ME


def is_mention(name: str) -> bool:
    """Whether ``name`` is how a mention in Slack reaches us."""
    return _MENTION.fullmatch(name) is not None


async def people_called(kit: Kit, connector: Connector, ticket: Ticket, name: str) -> tuple[Value, ...]:
    """Return whom a system finds by ``name`` of those who may have ``ticket``, to be held against the name.

    Raises:
        As ``bot.ports.Connector.people``; Retry too where Slack cannot be asked who asks.
    """
    if is_asker(name):
        return await _at(kit, connector, ticket, await kit.reader.own_address())
    if is_mention(name):
        return await _at(kit, connector, ticket, await kit.reader.address_of(name.removeprefix("@")))
    found = await connector.people(ticket, name, PEOPLE_MAX)
    kit.reader.met(found)
    return found


async def _at(kit: Kit, connector: Connector, ticket: Ticket, address: str) -> tuple[Value, ...]:
    """Return whose account has ``address``, which Slack has confirmed, if they may have the ticket.

    Never by a search for the address alone: anybody may call themselves by somebody else's.
    """
    who = await connector.requester(address) if address and isinstance(connector, Creator) else None
    if who is None:
        return ()
    found = await connector.people(ticket, who.label, PEOPLE_MAX)
    kit.reader.met(found)
    return tuple(each for each in found if each.id == who.id)


def _faults(error: ValidationError, wanted: type[BaseModel]) -> str:
    """Say where arguments are wrong, never what stood there."""
    wrong = ", ".join(".".join(str(part)[:40] for part in each["loc"]) for each in error.errors()[:5])
    return f"These arguments do not fit ({wrong}). It takes: {', '.join(wanted.model_fields) or 'none'}."


def _away(error: Reject | Retry) -> str:
    if isinstance(error, Retry):
        return "The ticket system is busy or away just now. Say so."
    return "The ticket system refuses that. Say so."
