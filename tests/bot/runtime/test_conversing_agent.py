"""The agent on a real provider: its prompts and the cache, Stop, and a queue that stays home."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bot.agent.run import STAYS_HOME
from bot.core.passages import Passage
from bot.core.runs import Ending, Memory
from bot.core.tickets import PastTicket
from bot.core.turns import Prompt, Reply
from bot.core.untrusted import Untrusted
from bot.runtime.conversing import Conversing
from bot.runtime.models import Endpoint, Models, Residence, Role
from bot.runtime.provider import Provider
from bot.runtime.spending import STRONG
from sandbox.anthropic import Answer, AnthropicSandbox
from tests.bot.agent.house import House
from tests.bot.runtime.speaking import KEY, provider
from tests.making import REF


@dataclass
class Counted:
    """A converser that remembers which share of each prompt was read from the cache."""

    converser: Conversing
    shares: list[float] = field(default_factory=list[float])

    async def reply(self, prompt: Prompt, hear: Callable[[str], Awaitable[None]]) -> Reply:
        reply = await self.converser.reply(prompt, hear)
        self.shares.append(reply.usage.tokens_cached / reply.usage.tokens_in)
        return reply


def reads(key: str) -> Answer:
    return Answer(tool="read_ticket", tool_input={"key": key})


async def test_from_the_second_turn_on_four_fifths_are_read_from_the_cache(vendor: AnthropicSandbox) -> None:
    """Three runs of one conversation, as far apart as people's messages are."""
    desk, house, memory = provider(vendor, model=STRONG), House(), Memory()
    counted = Counted(Conversing(desk))
    for question, answers in (
        ("What is OPS-1 about?", (reads("OPS-1"), Answer(text="A printer that is on fire."))),
        ("And OPS-2?", (reads("OPS-2"), reads("OPS-1"), Answer(text="A coffee machine. Both are wet now."))),
        ("Thank you.", (Answer(text="You are welcome."),)),
    ):
        vendor.world.script(*answers)
        result = await house.ask(counted, question, memory=memory)
        assert result.ending is Ending.ANSWERED
        memory = result.memory

    assert len(counted.shares) == 6
    assert counted.shares[0] == 0
    assert min(counted.shares[1:]) >= 0.8, counted.shares
    await desk.close()


async def test_a_person_who_presses_stop_ends_the_stream(vendor: AnthropicSandbox) -> None:
    desk, house = provider(vendor, model=STRONG), House()
    house.listener.stop_after = 2
    vendor.world.script(Answer(text="One sentence after the other, and each is whole. " * 40))

    result = await house.ask(Conversing(desk), "Tell me everything.")

    assert result.ending is Ending.STOPPED
    await desk.close()


async def test_a_ticket_that_stays_home_is_read_by_rules_alone(vendor: AnthropicSandbox) -> None:
    endpoint = Endpoint(api_key=KEY, base_url=vendor.url)
    rows = [Residence("jira", "OPS", None)]
    desk, house = Provider(Models(dict.fromkeys(Role, (STRONG, "default")), [endpoint], rows)), House()

    result = await house.ask(Conversing(desk), "status OPS-1")

    assert vendor.world.calls == [], "not even the question: it names the ticket"
    assert result.notes == (STAYS_HOME,)
    assert "Printer" in result.text.raw, "rules answer, at home"
    await desk.close()


async def test_what_a_source_says_that_stays_home_is_never_sent(vendor: AnthropicSandbox) -> None:
    """Its connector's row is about it as well; so is a row about the whole of that connector alone."""
    endpoint = Endpoint(api_key=KEY, base_url=vendor.url)
    rows = [Residence("servicenow", "", None)]
    models = Models(dict.fromkeys(Role, (STRONG, "default")), [endpoint], rows, {"wiki": "servicenow"})
    desk, house = Provider(models), House()
    house.library.passages = [Passage(Untrusted("Payroll"), Untrusted("The walrus signs every order."))]
    vendor.world.script(Answer(tool="wiki_search_articles", tool_input={"query": "orders"}))

    result = await house.ask(Conversing(desk), "Who signs, for OPS-1?")

    assert house.library.asked == ["orders"], "nobody told the agent before"
    assert "walrus" not in repr(vendor.world.calls)
    assert result.notes == (STAYS_HOME,)
    await desk.close()


async def test_a_conversation_goes_on_without_what_may_not_be_shown_beside_its_ticket(
    vendor: AnthropicSandbox,
) -> None:
    """Else one article, or one solved ticket of another queue, would end every conversation with a model."""
    endpoint = Endpoint(api_key=KEY, base_url=vendor.url)
    rows = [Residence("wiki", "", None), Residence("jira", "HR", None)]
    models = Models(dict.fromkeys(Role, (STRONG, "default")), [endpoint], rows)
    desk, house = Provider(models), House(together=partial(models.together, Role.CHAT))
    house.library.passages = [Passage(Untrusted("Payroll"), Untrusted("The walrus signs every order."))]
    mine = house.desk.tickets[REF.id].fields
    house.desk.past = tuple(
        PastTicket(key, "", queue, Untrusted(f"A {beast} signs"), Untrusted("Who?"), mine)
        for key, queue, beast in (("OPS-7", "OPS", "zebra"), ("HR-7", "HR", "giraffe"))
    )
    vendor.world.script(
        Answer(tool="wiki_search_articles", tool_input={"query": "orders"}),
        Answer(tool="search_past_tickets", tool_input={"query": "orders"}),
        Answer(text="A zebra does."),
    )

    result = await house.ask(Conversing(desk), "Who signs, for OPS-1?")

    assert (result.text.raw, result.notes) == ("A zebra does.", ())
    assert house.library.asked == [], "not even asked"
    sent = repr(vendor.world.calls)
    assert "zebra" in sent
    assert not [beast for beast in ("walrus", "giraffe") if beast in sent]
    await desk.close()
