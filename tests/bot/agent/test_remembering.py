"""What a conversation remembers of a ticket goes when the person may not see that ticket any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.agent.remembering import FORGOTTEN
from bot.core.errors import Retry
from bot.core.memories import before
from bot.core.runs import RunResult, Said
from bot.core.untrusted import Untrusted
from bot.core.words import say
from tests.bot.agent.house import Blind, House, Scripted, read, results
from tests.making import REF

ABOUT = "What is OPS-1 about?"
AGAIN = "And what did you read before?"
WORDS = "Printer on fire"


async def has_read() -> RunResult:
    """Return how a conversation about OPS-1 went."""
    model = Scripted([[read()], f"{WORDS}, it says."])
    result = await House().ask(model, ABOUT)
    assert WORDS in results(model.prompts[-1])[0].text
    return result


async def test_who_loses_the_right_to_a_ticket_is_not_answered_out_of_memory() -> None:
    first, model = await has_read(), Scripted(["Nothing."])
    house = House(sight=Blind(frozenset({"OPS-2"})))

    second = await house.ask(model, AGAIN, memory=first.memory)

    assert WORDS not in repr(model.prompts)
    assert ABOUT not in repr(model.prompts), "our own answers told of it, too"
    assert second.notes == (FORGOTTEN,)
    assert (second.memory.focus, second.memory.read) == (None, ())
    assert WORDS not in repr(second.memory)
    third = await house.ask(Scripted(["Still nothing."]), AGAIN, memory=second.memory)
    assert third.notes == (), "it is said once"


async def test_who_may_still_see_it_is_reminded_of_it() -> None:
    first, model = await has_read(), Scripted(["The printer."])

    second = await House(sight=Blind(frozenset({"OPS-1"}))).ask(model, AGAIN, memory=first.memory)

    assert WORDS in repr(model.prompts)
    assert second.notes == ()
    assert (second.memory.focus, second.memory.read) == (REF, first.memory.read)


async def test_another_ticket_than_the_one_it_is_about_counts_as_well() -> None:
    first = await has_read()
    elsewhere = replace(first.memory, focus=None)
    model = Scripted(["Nothing."])

    await House(sight=Blind(frozenset({"OPS-2"}))).ask(model, AGAIN, memory=elsewhere)

    assert WORDS not in repr(model.prompts)


async def test_without_a_model_nothing_of_it_is_kept_either() -> None:
    first = await has_read()
    house = House(sight=Blind(frozenset()))
    assert WORDS not in repr((await house.ask(None, AGAIN, memory=first.memory)).memory)


async def test_what_is_gone_or_of_a_system_that_is_gone_is_forgotten() -> None:
    first, model = await has_read(), Scripted(["Nothing."])
    house = House()
    del house.desk.tickets[REF.id]

    second = await house.ask(model, AGAIN, memory=first.memory)

    assert WORDS not in repr(model.prompts)
    assert second.notes == (FORGOTTEN,)


async def test_while_nobody_can_tell_nothing_is_answered() -> None:
    first = await has_read()
    house = House()
    house.desk.unreadable = [Retry("away", after_s=1)]
    with pytest.raises(Retry):
        await house.ask(Scripted(["Well."]), AGAIN, memory=first.memory)


async def test_a_deleted_question_leaves_what_was_said_before_it() -> None:
    house = House()
    first = await house.ask(Scripted([[read()], f"{WORDS}, it says."]), Said(Untrusted(ABOUT), "1.1"))
    second = await house.ask(
        Scripted(["A@example.org, then."]),
        Said(Untrusted("My password is hunter2 and I am Zoe, zoe@example.org."), "1.2"),
        memory=first.memory,
    )

    left = before(second.memory, "1.2")

    assert left is not None
    assert (left.turns, left.focus) == (first.memory.turns, REF)
    assert "zoe@example.org" in repr(second.memory)
    assert "zoe@example.org" not in repr(left)
    model = Scripted(["The printer."])
    await house.ask(model, AGAIN, memory=left)
    assert WORDS in repr(model.prompts)
    assert "Zoe" not in repr(model.prompts)


def test_it_is_said_in_both_languages() -> None:
    assert say("en", FORGOTTEN) != say("fr", FORGOTTEN)
