"""In a thread that others read, nothing is told of a ticket that is kept from some of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.runs import Ending
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted
from tests.bot.agent.house import Blind, House, Scripted, calls, priority, read, results
from tests.making import REF

CHANNEL, GROUP = "talk:T1:C0GENERAL:1.0", "talk:T1:G0TEAM:1.0"
SECRET_WORDS = "Payroll server is open"


def kept() -> House:
    """A desk whose ticket is kept from some, though the person who asks may read it."""
    house = House(sight=Blind(frozenset({"OPS-1", "OPS-2"})))
    ticket = house.desk.tickets[REF.id]
    house.desk.tickets[REF.id] = replace(ticket, restricted=True, summary=Untrusted(SECRET_WORDS))
    return house


@pytest.mark.parametrize("talk", [CHANNEL, GROUP])
async def test_a_ticket_kept_from_some_is_not_there_in_a_channel(talk: str) -> None:
    house, model = kept(), Scripted([[read()], [priority()], "There is none."])

    result = await house.ask(model, "What is OPS-1 about? Set it to high.", talk=talk)

    assert result.ending is Ending.ANSWERED
    assert result.proposals == ()
    assert result.memory.focus is None
    assert not any(SECRET_WORDS in str(prompt) for prompt in model.prompts)


async def test_without_a_model_it_is_not_there_either() -> None:
    result = await kept().ask(None, "status OPS-1", talk=CHANNEL)

    assert SECRET_WORDS not in result.text.raw
    assert "OPS-1" in result.text.raw, "it says which one it did not find"


async def test_a_search_in_a_channel_leaves_it_out() -> None:
    house = kept()
    house.desk.past = tuple(
        PastTicket(key, "", "OPS", Untrusted(f"{key} {SECRET_WORDS}"), Untrusted(""), {})
        for key in ("OPS-1", "OPS-2")
    )
    model = Scripted([[("search_past_tickets", {"query": "payroll"})], "So."])

    await house.ask(model, "Anything like OPS-2?", talk=CHANNEL)

    (found,) = results(model.prompts[-1])
    assert "OPS-2" in found.text
    assert "OPS-1" not in found.text


async def test_alone_with_the_bot_it_is_told() -> None:
    model = Scripted([calls(read()), "About payroll."])

    result = await kept().ask(model, "What is OPS-1 about?")

    assert result.memory.focus == REF
    assert SECRET_WORDS in results(model.prompts[-1])[0].text


async def test_what_is_kept_from_nobody_is_told_in_a_channel() -> None:
    house, model = House(), Scripted([[read()], "A printer."])

    result = await house.ask(model, "What is OPS-1 about?", talk=CHANNEL)

    assert result.memory.focus == REF
    assert "Printer on fire" in results(model.prompts[-1])[0].text
