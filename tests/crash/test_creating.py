"""Killed with -9 anywhere between a sent form and its end, the bot makes one ticket, and says so once.

Seven places to die at, in both systems: a bot that came back from one death is the victim of the next. With
the default of ``COUNTERSIGN_CRASH_REPEATS`` each place is met once per system, which is fourteen kills.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import Final

from bot.core.audit import Record
from sandbox.slack import Submitted
from tests.crash.conftest import REPEATS
from tests.crash.ground import SETTLED_S, Ground
from tests.crash.hold import CREATES
from tests.crash.picture import straight, trail_of
from tests.crash.victim import Victim
from tests.stories.desks import Desk

WHO: Final = "U0CAROL"
ROUNDS: Final = max(1, REPEATS // 20)
QUEUES: Final = {"jira": "=jira|OPS", "servicenow": "=servicenow|incident"}
COMMITTED: Final = "committed"
"""The system has made it and keeps its answer to itself."""
PLACES: Final = (
    "form-stored",
    "form-decided",
    "fields-not-sent",
    COMMITTED,
    "fields-answered",
    "write-read-back",
    "end-told",
)
TWICE: Final = frozenset({"end-told"})
"""Nobody had written down that it was said: saying it again is better than never."""
TRAIL: Final = ("verdict.allow", "proposal.executing", "write.started", "proposal.executed")
"""What the audit says of it, without detours."""


@dataclass
class Form:
    """One form, from its opening to the ticket it makes."""

    ground: Ground
    desk: Desk
    summary: str
    known: frozenset[str]
    """Proposals of the forms before."""
    view: str = ""

    def __post_init__(self) -> None:
        self.before = self.desk.tickets()
        self.posts = len(self._posts())

    async def opens(self) -> None:
        """Use the shortcut, let the form be filled in, and choose where the ticket is to be made."""
        people = self.ground.slack.world
        assert (await people.shortcut(WHO, "ticket_new")).ok
        await self.ground.settles()
        self.view, queue = people.open_views(WHO)[-1].id, QUEUES[self.desk.name]
        chosen = {"create:queue": {"create:queue": queue}}
        await people.click_in_view(WHO, self.view, "create:queue", queue, values=chosen)
        await self.ground.settles()

    async def sends(self) -> Submitted:
        typed = {"summary": {"summary": self.summary}}
        return await self.ground.slack.world.submit_view(WHO, self.view, typed)

    def made(self) -> list[str]:
        """Return the keys of the tickets that came of it."""
        return [key for key in self.desk.tickets() if key not in self.before]

    def sent(self) -> int:
        """Return how many requests have asked the system for it."""
        return len(self._posts()) - self.posts

    def told(self) -> list[str]:
        """Return what only whoever sent it was told of it."""
        direct = self.ground.slack.world.messages(f"D{WHO[1:]}")
        return [each.text for each in direct if self.summary in each.text]

    def _posts(self) -> list[str]:
        return [each.path for each in self.desk.writes() if re.search(CREATES, each.path)]

    def notes(self, key: str) -> list[str]:
        """Return the notes on the ticket that was made."""
        return [note for note in self.desk.notes(key) if "Triage by Countersign" in note]

    async def records(self) -> list[Record]:
        """Return what the audit says about the proposal of this form."""
        found = [each for each in await self.ground.audit() if "new:" in each.ticket and each.proposal]
        return [each for each in found if each.proposal not in self.known]


async def _dies(form: Form, bot: Victim, place: str) -> Victim:
    """Send the form, let the bot die at ``place``, and start the next one."""
    ground, hold = form.ground, form.ground.holds[form.desk.name]
    if place == COMMITTED:
        hold.next("ticket")
        assert (await form.sends()).ok
        await ground.until(hold.committed.is_set)
        await bot.killed()
        hold.let_go.set()
    else:
        bot.dies_at(place)
        answered = (await form.sends()).ok
        await bot.died_at(place)
        assert answered is (place != "form-stored"), "the person saw Slack's warning, or did not"
    made = len(form.made())
    assert made == (place not in {"form-stored", "form-decided", "fields-not-sent"}), "where it died"
    return await ground.bot()


async def _check(form: Form, place: str) -> None:
    ground = form.ground
    (key,) = form.made()
    assert form.sent() == 1, f"asked for {form.sent()} times"
    told = form.told()
    assert len(told) in ({1, 2} if place in TWICE else {1}), told
    assert all(key in each for each in told), told
    assert len(form.notes(key)) == 1, "it is read like any other ticket, once"
    records = await form.records()
    assert len({each.proposal for each in records}) == 1
    assert straight(trail_of(records, records[0].proposal)) == TRAIL
    assert await ground.dead() == []


async def test_a_form_makes_one_ticket_wherever_the_bot_is_killed(ground: Ground) -> None:
    bot, known = await ground.bot(), frozenset[str]()
    for number, (place, desk, _) in enumerate(product(PLACES, ground.desks, range(ROUNDS))):
        form = Form(ground, desk, f"Badge printer {number} is out", known)
        await form.opens()
        bot = await _dies(form, bot, place)
        if place == "form-stored":
            # The form is still open, and whoever saw a warning sends it again.
            assert not (await form.sends()).errors
        await ground.settles(within_s=SETTLED_S)
        await _check(form, place)
        known |= {each.proposal for each in await form.records()}
        await ground.forget_limits()
    await ground.check_audit()
