"""Tickets on which people have shown what is right are read again, once, and learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.core.effects import Learn
from bot.core.errors import Misconfigured, Retry
from bot.core.ids import EffectId
from bot.core.outcomes import Guess, How, Outcome
from bot.core.tickets import PastTicket, TicketRef
from bot.core.untrusted import Untrusted
from bot.learning import Pupil
from bot.runtime.outcomes import Outcomes
from tests.bot.workbench import Workbench
from tests.making import HIGH, REF, REPORTER, T0, comment, ticket

OTHER = TicketRef("jira", "10043")


class School:
    """A pupil, and all it was taught."""

    def __init__(self, redis: Redis, prefix: str, folder: Path) -> None:
        self.bench = Workbench(redis, prefix)
        self.bench.records.tickets[REF.id] = ticket(priority=HIGH, component=HIGH, closed=True)
        self.outcomes, self.folder = Outcomes(redis, prefix), folder
        self.lessons: list[PastTicket] = []
        self.pupil = self.another(folder)

    def another(self, folder: Path) -> Pupil:
        return Pupil(self.outcomes, {"jira": self.bench.records}, self._learn, self.bench.clock, folder)

    async def _learn(self, connector: str, past: Sequence[PastTicket]) -> None:
        assert connector == "jira"
        self.lessons += past

    async def teach(self, ref: TicketRef = REF, *, whole: bool = True, field: str = "priority") -> None:
        guess = Guess("triage", field, HIGH[0], 0.9)
        outcome = Outcome(guess=guess, queue="OPS", how=How.APPROVED, actual=HIGH[0], at=T0)
        found = () if whole else (outcome,)
        await self.outcomes.remember(Learn(EffectId("e#0"), ref, found, whole=whole))


@pytest.fixture
async def school(redis: Redis, prefix: str, tmp_path: Path) -> School:
    made = School(redis, prefix, tmp_path / "history")
    assert await made.pupil.step() == 0
    return made


async def test_a_closed_ticket_teaches_what_may_be_suggested_and_its_last_answer(school: School) -> None:
    school.bench.records.comments = [
        replace(comment(), body=Untrusted("We put it out.")),
        replace(comment(REPORTER), body=Untrusted("Thanks!")),
        replace(
            comment(replace(REPORTER, id="u-77", is_customer=True)), body=Untrusted("Thanks from me, too!")
        ),
        replace(comment(public=False), body=Untrusted("Nobody may read this.")),
    ]
    await school.teach()
    assert await school.pupil.step() == 1
    (past,) = school.lessons
    assert (past.key, past.fields) == ("OPS-1", {"priority": HIGH})
    assert past.answer is not None
    assert past.answer.raw == "We put it out."


async def test_an_open_ticket_teaches_only_what_people_have_judged(school: School) -> None:
    school.bench.records.tickets[REF.id] = ticket(priority=HIGH, component=HIGH)
    await school.teach(whole=False, field="component")
    await school.pupil.step()
    (past,) = school.lessons
    assert past.fields == {"component": HIGH}
    assert past.answer is None, "it may not be the last word"


async def test_what_was_learned_is_not_read_again_also_not_after_a_restart(school: School) -> None:
    await school.teach()
    assert await school.pupil.step() == 1
    assert await school.pupil.step() == 0
    assert await school.another(school.folder).step() == 0
    await school.teach()
    assert await school.another(school.folder).step() == 1


async def test_a_new_directory_begins_with_what_comes(school: School, tmp_path: Path) -> None:
    await school.teach()
    newcomer = school.another(tmp_path / "new")
    assert await newcomer.step() == 0
    await school.teach(OTHER)
    school.bench.records.tickets[OTHER.id] = replace(ticket(), ref=OTHER)
    assert await newcomer.step() == 1


async def test_a_ticket_that_is_gone_teaches_nothing_and_holds_up_nobody(school: School) -> None:
    await school.teach(OTHER)
    await school.teach(TicketRef("jura", "1"))
    await school.teach()
    assert await school.pupil.step() == 1


async def test_a_ticket_that_few_may_read_teaches_nothing(school: School) -> None:
    """What is learned is shown beside tickets that others read."""
    school.bench.records.tickets[REF.id] = replace(ticket(priority=HIGH, closed=True), restricted=True)
    await school.teach()
    assert await school.pupil.step() == 0
    assert school.lessons == []


async def test_a_system_that_is_away_is_asked_again_and_nothing_is_lost(school: School) -> None:
    await school.teach()
    school.bench.records.unreadable = [Retry("away", after_s=1)]
    with pytest.raises(Retry):
        await school.pupil.step()
    assert await school.pupil.step() == 1


@pytest.mark.parametrize("damage", ["", "{}", '{"mark": "x"}', "[1]"])
async def test_a_damaged_mark_says_what_to_do(school: School, damage: str) -> None:
    (school.folder / "taught.json").write_text(damage)
    with pytest.raises(Misconfigured, match="delete it"):
        await school.pupil.step()
