"""The agent on fake servers that speak as the vendors do: what they allow is what can be proposed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.agent.reading import Reach
from bot.agent.run import Mind, Runner
from bot.core.ids import EventId
from bot.core.runs import Ending, Memory, RunRequest, RunResult, Said
from bot.core.untrusted import Untrusted
from bot.ports import Connector
from sandbox.jira import JiraSandbox
from sandbox.servicenow import ServiceNowSandbox
from tests.bot.agent.house import TALK, Listener, Scripted, Ticking, read, results
from tests.connectors.jira.building import connect as connect_jira
from tests.connectors.servicenow.building import connect as connect_servicenow
from tests.making import ALICE, rulebook


@dataclass
class Place:
    """A connector, and the key of a ticket it has."""

    connector: Connector
    key: str

    async def ask(self, model: Scripted | None, words: str) -> RunResult:
        """Let Alice say ``words``."""
        reach = Reach(connectors={self.connector.name: self.connector}, clock=Ticking())
        mind = Mind(converser=model, book=rulebook, hosts=frozenset(), secret=b"hush")
        said = (Said(Untrusted(words)),)
        request = RunRequest(EventId("slack:m1"), TALK, ALICE, "en", Memory(), said)
        return await Runner(reach, mind).run(request, Listener())


@pytest.fixture
async def jira() -> AsyncIterator[Place]:
    site = JiraSandbox(flavour="cloud")
    await site.start()
    connector = connect_jira(site)
    yield Place(connector, site.world.create_issue("VPN drops", description="Since Monday, from home."))
    await connector.close()
    await site.stop()


@pytest.fixture
async def servicenow() -> AsyncIterator[Place]:
    vendor = ServiceNowSandbox()
    await vendor.start()
    connector = connect_servicenow(vendor.url)
    yield Place(connector, vendor.world.create_incident("VPN drops", "Since Monday.", category="inquiry"))
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


async def test_an_unknown_key_is_said_in_both(jira: Place, servicenow: Place) -> None:
    assert "do not find OPS-999" in (await jira.ask(None, "status OPS-999")).text.raw
    assert "do not find INC9999999" in (await servicenow.ask(None, "status INC9999999")).text.raw
