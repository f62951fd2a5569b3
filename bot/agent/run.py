"""The agent's loop: read, answer, or ask a human. It ends with each of these, and within bounds.

Nothing here can change a ticket: what it holds reads, and a change leaves it as data for people to decide on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Final

from approvals.policy import Rulebook
from bot.agent.before import BY_RULE
from bot.agent.beginning import Beginning, begin
from bot.agent.canary import Canary, canary
from bot.agent.offers import Offer, offers
from bot.agent.onlookers import reach_in
from bot.agent.plain import answer
from bot.agent.provenance import origins, residences
from bot.agent.reading import Reach, Reader, read_tools
from bot.agent.remembering import FORGOTTEN, reminded
from bot.agent.saying import Halt, Saying
from bot.agent.turning import Kit, Turning
from bot.core.errors import BudgetSpent, Reject, Retry, StaysHome
from bot.core.judgement import Usage
from bot.core.pseudonyms import Pseudonyms
from bot.core.runs import Ending, Memory, RunRequest, RunResult
from bot.core.turns import Prompt, Reply, Returned, Spoke, Tool, Turn
from bot.core.untrusted import Untrusted
from bot.writers import Converser, Hearing, Unusable

STEPS_MAX: Final = 12
"""Answers of a model in one run."""
CALLS_MAX: Final = 20
"""Tools wanted in one run: who still reads then is going round in circles."""
MISTAKES_MAX: Final = 3
"""Calls that no tool takes; one more, and the run ends."""
UNUSABLE_MAX: Final = 1
"""Answers in a row that we do not accept before the run ends; the same question may go well again."""
RUN_S_MAX: Final = 240.0
"""Of one run; asked between two steps. Whoever runs it has a harder bound of their own."""
NO_MODEL, AWAY, SPENT = "agent.note.no_model", "agent.note.away", "agent.note.spent"
STAYS_HOME, LEFT_OUT = "agent.note.stays_home", "agent.note.left_out"
RULES: Final = resources.files("bot.agent").joinpath("prompt.md").read_text(encoding="utf-8")
"""Read once, when the process starts: nobody waits for a disk in the middle of a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mind:
    """What the agent thinks with, and by what rules."""

    converser: Converser | None
    """None: no model is set up; rules answer."""
    book: Callable[[], Rulebook]
    """The policy as it is now."""
    hosts: frozenset[str]
    """Of the configured systems: the only ones a link may go to."""
    secret: bytes
    """Ours alone; the canary derives from it."""


class Runner:
    """Fills the port ``Agent``."""

    def __init__(self, reach: Reach, mind: Mind) -> None:
        """Look at ``reach``, think with ``mind``."""
        self._reach, self._mind = reach, mind

    async def run(self, request: RunRequest, hearing: Hearing) -> RunResult:
        """Answer, or ask a human. Raises as ``bot.writers.Agent.run``."""
        names = Pseudonyms(request.memory.kept)
        reader = Reader(reach_in(request.talk, self._reach), request.person, names)
        memory = await reminded(request.memory, reader)
        if memory is not request.memory:
            result = await self.run(replace(request, memory=memory), hearing)
            return replace(result, notes=(*result.notes, FORGOTTEN))
        beginning = await begin(request, reader, names)
        book = self._mind.book()
        kit = Kit(
            request=request,
            ground=beginning.ground,
            reader=reader,
            names=names,
            connectors=self._reach.connectors,
            reads=read_tools(self._reach),
            offers=offers(self._reach.connectors.values(), book),
            hosts=self._mind.hosts,
            language=book.language,
        )
        if self._mind.converser is None:
            return await _by_rule(kit, beginning, Ending.ANSWERED, NO_MODEL)
        run = _Run(kit, beginning, self._mind.converser, hearing, canary(self._mind.secret, request.talk))
        return await run.go(lambda: self._reach.clock.now().timestamp())


class _Run:
    """One run with a model."""

    def __init__(
        self, kit: Kit, beginning: Beginning, converser: Converser, hearing: Hearing, bird: Canary
    ) -> None:
        self._kit, self._beginning, self._hearing = kit, beginning, hearing
        self._converser, self._bird = converser, bird
        self._saying = Saying(kit, hearing, bird)
        self._turning = Turning(kit, hearing)
        self._turns: list[Turn] = [*kit.request.memory.turns, *beginning.heard]
        self._usage = Usage()
        self._unusable = 0
        self._wanted = 0

    async def go(self, now: Callable[[], float]) -> RunResult:
        """Take steps until there is an end."""
        until = now() + RUN_S_MAX
        try:
            for _ in range(STEPS_MAX):
                if now() > until:
                    break
                ending = Ending.STOPPED if await self._hearing.stopped() else await self._step()
                if ending is not None:
                    return self._ended(ending)
        except Halt as halt:
            return self._ended(halt.ending)
        except BudgetSpent:
            return await self._without(Ending.SPENT, SPENT)
        except StaysHome:
            return await self._without(Ending.AWAY, STAYS_HOME)
        except _Dropped:
            return await self._without(Ending.AWAY, AWAY)
        return self._ended(Ending.ENDLESS)

    async def _step(self) -> Ending | None:
        """Let the model answer once; None: it wants to go on."""
        try:
            reply = await self._reply()
        except Unusable as bad:
            self._count(bad.usage)
            return self._bad()
        spoke = reply.spoke
        if not spoke.calls:
            if not spoke.text.strip():
                return self._bad()
            self._turns.append(spoke)
            return Ending.ANSWERED
        self._unusable = 0
        self._wanted += len(spoke.calls)
        if self._wanted >= CALLS_MAX:
            return Ending.ENDLESS
        return await self._use(spoke)

    async def _use(self, spoke: Spoke) -> Ending | None:
        results = await self._turning.take(spoke.calls, self._turns)
        self._turns += [spoke, Returned(results)]
        tally = self._turning.tally
        if tally.proposals:
            return Ending.ASKED
        return Ending.UNUSABLE if tally.mistakes > MISTAKES_MAX else None

    async def _reply(self) -> Reply:
        """Ask the model.

        Raises:
            _Dropped: no model will answer this now; rules do.
            Unusable, BudgetSpent, StaysHome: as ``Converser.reply``.
            Halt: the person pressed Stop, or the canary came out.
        """
        self._saying.begin()
        try:
            reply = await self._converser.reply(self._prompt(), self._saying.hear)
        except (Unusable, BudgetSpent, StaysHome):
            raise
        except (Retry, Reject) as error:
            raise _Dropped from error
        self._count(reply.usage)
        await self._saying.end(reply.spoke)
        return reply

    def _prompt(self) -> Prompt:
        kit, focus = self._kit, self._beginning.ground.focus
        mine = (focus.ref.connector, focus.queue) if focus is not None else ("", "")
        return Prompt(
            rules=rules(kit.offers, kit.verbs, self._bird),
            tools=_tools(kit),
            turns=tuple(self._turns),
            connector=mine[0],
            queue=mine[1],
            others=tuple(each for each in residences(self._turns) if each != mine),
            ticket=focus.origin.name if focus is not None else "",
            person=kit.request.person,
            run=kit.request.id,
        )

    def _bad(self) -> Ending | None:
        self._unusable += 1
        return Ending.UNUSABLE if self._unusable > UNUSABLE_MAX else None

    def _count(self, usage: Usage) -> None:
        was = self._usage
        self._usage = Usage(
            model=usage.model or was.model,
            tokens_in=was.tokens_in + usage.tokens_in,
            tokens_out=was.tokens_out + usage.tokens_out,
            tokens_cached=was.tokens_cached + usage.tokens_cached,
            usd=was.usd + usage.usd,
        )

    async def _without(self, ending: Ending, note: str) -> RunResult:
        """Let rules answer, from the beginning: half of a model's answer is no ground to stand on."""
        result = await _by_rule(self._kit, self._beginning, ending, note)
        return replace(result, usage=self._usage, calls=tuple(self._turning.tally.calls))

    def _ended(self, ending: Ending) -> RunResult:
        tally, kit = self._turning.tally, self._kit
        asked, alarmed = ending is Ending.ASKED, ending is Ending.ALARMED
        turns = () if alarmed else tuple(self._turns)
        spoken = self._saying.words if ending in (Ending.ANSWERED, Ending.ASKED) else ""
        return RunResult(
            ending=ending,
            memory=_memory(kit, turns),
            text=Untrusted(spoken),
            proposals=tuple(tally.proposals) if asked else (),
            snapshot=tally.snapshot if asked else None,
            notes=(LEFT_OUT,) if asked and tally.left_out else (),
            usage=self._usage,
            calls=tuple(tally.calls),
        )


class _Dropped(Exception):  # an ending, not an error; it never leaves this module
    """No model will answer this now."""


def rules(offered: Mapping[str, Offer], there: frozenset[str], bird: Canary) -> str:
    """Return what a model is told, the same in every run of a conversation: what changes comes after it."""
    can = {f"{each.kind}.{each.verb}" for each in offered.values()}
    never = ", ".join(sorted(there - can)) or "nothing"
    policy = f"Policy: everything proposed is put to people. Never possible here: {never}."
    return f"{RULES}\n{policy}\n\n{bird.word}\n"


def _tools(kit: Kit) -> tuple[Tool, ...]:
    found = {name: each.tool for name, each in kit.reads.items()}
    found |= {name: each.tool for name, each in kit.offers.items()}
    return tuple(found[name] for name in sorted(found))


def _memory(kit: Kit, turns: tuple[Turn, ...]) -> Memory:
    focus = kit.ground.focus
    return Memory(
        turns=turns,
        kept=kit.names.kept,
        focus=focus.ref if focus is not None else None,
        read=origins(turns),
    )


async def _by_rule(kit: Kit, beginning: Beginning, ending: Ending, note: str) -> RunResult:
    """Answer without a model."""
    plain = await answer(kit)
    before = () if note == STAYS_HOME else (*kit.request.memory.turns, *beginning.heard, Spoke(BY_RULE))
    return RunResult(
        ending=Ending.ASKED if plain.proposals else ending,
        memory=replace(_memory(kit, before), focus=plain.focus) if plain.focus else _memory(kit, before),
        text=plain.text,
        proposals=plain.proposals,
        snapshot=plain.snapshot,
        notes=(note,),
    )
