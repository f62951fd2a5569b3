"""What arguments only name is looked up before anybody is asked, and once more before anything is sent."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.core.actions import Args, Proposal
from bot.core.errors import Refused, Reject, Retry
from bot.core.events import Executed, Failed
from bot.core.ids import ActionName, EffectId
from bot.core.reports import Wish
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from bot.proposing import proposed
from tests.bot.records import Records
from tests.bot.workbench import Workbench
from tests.making import REF, proposal

NAMED: Args = {"fields": {"priority": [{"id": "?", "label": "High"}]}}
FOUND: Args = {"fields": {"priority": [{"id": "2", "label": "High"}]}}


class Knowing(Records):
    """A system that knows which id a name stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[ActionName, Args, str]] = []
        self.no: Reject | Retry | None = None

    @override
    async def looked_up(self, action: ActionName, args: Args, ticket: Ticket) -> Args:
        self.asked.append((action, args, ticket.key))
        if self.no is not None:
            raise self.no
        return FOUND if args == NAMED else args


async def makes(system: Knowing) -> Proposal:
    wish = Wish(verb="set_fields", args=NAMED, why=Untrusted("It is down for all."))
    return await proposed(system, await system.read(REF), EffectId("e#0"), 0, wish, by="U0BOB")


async def test_people_are_asked_about_what_was_found_not_about_its_name() -> None:
    system = Knowing()
    made = await makes(system)
    assert made.action.args == FOUND
    assert made.says == "Set priority to High."
    assert system.asked == [(ActionName("jira.set_fields"), NAMED, "OPS-1")]
    assert (await makes(system)).id == made.id, "asked for twice it is one proposal"


@pytest.mark.parametrize("no", [Refused("there is no High"), Retry("away", after_s=5)])
async def test_what_cannot_be_found_is_no_proposal(no: Reject | Retry) -> None:
    system = Knowing()
    system.no = no
    with pytest.raises(type(no), match=str(no)):
        await makes(system)


@pytest.fixture
def bench(redis: Redis, prefix: str) -> Workbench:
    bench = Workbench(redis, prefix)
    bench.records = Knowing()
    bench.executor = bench.another()
    return bench


async def test_it_is_asked_again_before_the_change_and_the_change_is_what_was_shown(bench: Workbench) -> None:
    system = bench.records
    assert isinstance(system, Knowing)
    order = await bench.approved()
    assert system.asked == []
    (event,) = await bench.runs(order)
    assert isinstance(event, Executed)
    action = proposal().action
    assert system.asked == [(action.name, action.args, "OPS-1")]


async def test_what_does_not_fit_any_more_fails_in_words_and_nothing_is_sent(bench: Workbench) -> None:
    system = bench.records
    assert isinstance(system, Knowing)
    order = await bench.approved()
    system.no = Refused("INC0010002 is Closed: a ticket becomes the child of an open incident only")
    (event,) = await bench.runs(order)
    assert isinstance(event, Failed)
    assert event.why == str(system.no)
    assert not event.gone, "the ticket itself is still there"
    assert not system.sent


async def test_a_system_that_is_away_then_keeps_the_order_for_later(bench: Workbench) -> None:
    system = bench.records
    assert isinstance(system, Knowing)
    order = await bench.approved()
    system.no = Retry("away", after_s=5)
    with pytest.raises(Retry):
        await bench.runs(order)
    assert not system.sent
    system.no = None
    (event,) = await bench.runs(bench.order(proposal(), fence=2))
    assert isinstance(event, Executed)
    assert len(system.sent) == 1
