"""The agent on fake servers that speak as the vendors do: what they allow is what can be proposed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.agent.reading import Reach
from bot.agent.run import Mind, Runner
from bot.core.ids import EventId, SlackUserId
from bot.core.runs import Ending, Memory, RunRequest, RunResult, Said
from bot.core.tickets import Ticket
from bot.core.untrusted import Untrusted
from bot.ports import Connector
from sandbox.jira import JiraSandbox
from sandbox.jira.records import Flavour
from sandbox.servicenow import ServiceNowSandbox
from sandbox.servicenow.world import ServiceNowWorld
from tests.bot.agent.house import TALK, Listener, Scripted, Ticking, read, results
from tests.connectors.jira.building import connect as connect_jira
from tests.connectors.servicenow.building import connect as connect_servicenow
from tests.making import ALICE, rulebook


@dataclass
class Everything:
    """Fills ``Sight``: everybody sees everything, and goes by one address."""

    known: str

    async def sees(self, person: SlackUserId, ticket: Ticket) -> bool:
        """Return True."""
        del person, ticket
        return True

    async def address(self, person: SlackUserId) -> str:
        """Return it."""
        del person
        return self.known


@dataclass
class Place:
    """A connector, and the key of a ticket it has."""

    connector: Connector
    key: str

    async def ask(
        self, model: Scripted | None, words: str, address: str = "", memory: Memory | None = None
    ) -> RunResult:
        """Let Alice say ``words``, who goes by ``address``; ``memory``: of what was said before."""
        reach = Reach(
            connectors={self.connector.name: self.connector}, sight=Everything(address), clock=Ticking()
        )
        mind = Mind(converser=model, book=rulebook, hosts=frozenset(), secret=b"hush")
        said = (Said(Untrusted(words)),)
        request = RunRequest(EventId("slack:m1"), TALK, ALICE, "en", memory or Memory(), said)
        return await Runner(reach, mind).run(request, Listener())


@asynccontextmanager
async def a_jira(flavour: Flavour) -> AsyncGenerator[tuple[Place, JiraSandbox]]:
    site = JiraSandbox(flavour=flavour)
    await site.start()
    connector = connect_jira(site)
    key = site.world.create_issue("VPN drops", description="Since Monday, from home.")
    yield Place(connector, key), site
    await connector.close()
    await site.stop()


@pytest.fixture
async def jira() -> AsyncIterator[Place]:
    async with a_jira("cloud") as (place, _):
        yield place


@dataclass
class Instance(Place):
    """A ServiceNow, and what happens there."""

    world: ServiceNowWorld


@pytest.fixture
async def servicenow() -> AsyncIterator[Instance]:
    vendor = ServiceNowSandbox()
    await vendor.start()
    connector = connect_servicenow(vendor.url)
    number = vendor.world.create_incident("VPN drops", "Since Monday.", category="inquiry")
    yield Instance(connector, number, vendor.world)
    await connector.close()
    await vendor.stop()


async def test_in_jira_what_was_read_can_be_proposed(jira: Place) -> None:
    model = Scripted([[read(jira.key)], [("propose_jira_set_priority", {"to": "High", "why": "Asked."})]])
    result = await jira.ask(model, f"Set {jira.key} to high")
    (found,) = results(model.prompts[1])
    assert "VPN drops" in found.text
    assert "May be set: Priority (priority): " in found.text
    assert "Next statuses: " in found.text
    assert "countersign." not in found.text, "what a connector keeps for itself is shown to nobody"
    assert result.ending is Ending.ASKED
    assert [made.says for made in result.proposals] == ["Set Priority to High."]
    plain = await jira.ask(None, f"set {jira.key} to high")
    assert [made.action.args for made in plain.proposals] == [made.action.args for made in result.proposals]


async def test_in_servicenow_values_have_numbers_and_people_names(servicenow: Place) -> None:
    model = Scripted([[read(servicenow.key)], "It is about the VPN."])
    await servicenow.ask(model, f"What is {servicenow.key} about?")
    (found,) = results(model.prompts[1])
    assert "Impact (impact): " in found.text
    result = await servicenow.ask(None, f"set the impact of {servicenow.key} to high")
    assert result.ending is Ending.ASKED, result.text.raw
    (made,) = result.proposals
    assert made.action.name == "servicenow.set_fields"
    assert made.action.args == {"fields": {"impact": [{"id": "1", "label": "1 - High"}]}}


async def test_in_servicenow_a_ticket_becomes_the_child_of_one_that_was_named(servicenow: Instance) -> None:
    key = servicenow.key
    parent = servicenow.world.create_incident("VPN is down for the whole office")
    wanted = [("propose_servicenow_link", {"other": parent, "why": "They say the same."})]
    before = (await servicenow.ask(Scripted(["It is down."]), f"How is {parent}?")).memory
    result = await servicenow.ask(Scripted([wanted]), f"It causes {key} too: link that to it", memory=before)
    assert result.ending is Ending.ASKED, result.text.raw
    (made,) = result.proposals
    assert made.says == f"Link the ticket to {parent} as its child."
    sys_id = servicenow.world.sys_id(parent)
    assert made.action.args["parent"] == {"id": sys_id, "label": parent}
    assert made.can_undo
    unasked = await servicenow.ask(Scripted([[read(key)], wanted, "I cannot."]), f"What is {key} about?")
    assert unasked.proposals == (), "nobody has named it"
    servicenow.world.edit(parent, "alice", state="8")
    closed = Scripted([wanted, "It is closed."])
    assert (await servicenow.ask(closed, f"And {key}?", memory=before)).proposals == ()
    assert f"{parent} is Canceled" in results(closed.prompts[1])[0].text


async def test_people_are_found_by_the_names_they_go_by(jira: Place, servicenow: Place) -> None:
    for place, verb in ((jira, "jira.assign"), (servicenow, "servicenow.assign")):
        ticket = (await place.connector.read(await place.connector.find(place.key))).ticket
        someone = (await place.connector.people(ticket, "a", 1))[0]
        result = await place.ask(None, f"give {place.key} to {someone.label}")
        assert result.ending is Ending.ASKED, result.text.raw
        (made,) = result.proposals
        assert (made.action.name, made.action.args) == (
            verb,
            {"to": {"id": someone.id, "label": someone.label}},
        )


@pytest.mark.parametrize("flavour", ["cloud", "dc"])
@pytest.mark.parametrize("words", ["give {key} to me", "donne {key} à moi"])
async def test_me_is_whoever_asks_by_the_address_of_their_slack(flavour: Flavour, words: str) -> None:
    async with a_jira(flavour) as (place, site):
        site.world.add_person("mallory", "bob@example.com", email="mallory@example.com")
        said = words.format(key=place.key)
        propose = [("propose_jira_assign", {"to": "me", "why": "Asked."})]
        for model in (None, Scripted([[read(place.key)], propose])):
            (made,) = (await place.ask(model, said, "bob@example.com")).proposals
            assert made.says == "Assign the ticket to Bob Okafor."
        for address in ("", "nobody@example.com", "b", "erin@example.com"):
            result = await place.ask(None, said, address)
            assert (result.proposals, "your Slack address" in result.text.raw) == ((), True), address
            shy = await place.ask(Scripted([[read(place.key)], propose, "I cannot."]), said, address)
            assert shy.proposals == ()


async def test_me_in_servicenow(servicenow: Place) -> None:
    said = f"give {servicenow.key} to me"
    (made,) = (await servicenow.ask(None, said, "bob@example.com")).proposals
    assert made.action.name == "servicenow.assign"
    assert "Bob" in made.says
    assert (await servicenow.ask(None, said, "nobody@example.com")).proposals == ()


async def test_an_unknown_key_is_said_in_both(jira: Place, servicenow: Place) -> None:
    assert "do not find OPS-999" in (await jira.ask(None, "status OPS-999")).text.raw
    assert "do not find INC9999999" in (await servicenow.ask(None, "status INC9999999")).text.raw
