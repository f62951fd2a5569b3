"""Jira for the shared suites: Cloud and Data Center, each with a request in a service project."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from bot.core.actions import Args
from bot.core.creation import new_ref
from bot.kinds import Kind
from bot.ports import Connector
from connectors.jira import CONNECTOR
from sandbox.jira import JiraSandbox
from sandbox.jira.records import Flavour
from tests.connectors.conformance import Case, Running
from tests.connectors.jira.building import NOW, SECRET, US, connect, line, payload, pick, signed

NOW_MADE = datetime.now(UTC)
"""When the form of a new ticket was opened: the fake vendor's own clock is the machine's."""
KIND: Kind[Connector] = CONNECTOR


@asynccontextmanager
async def _running(flavour: Flavour) -> AsyncGenerator[Running]:
    site = JiraSandbox(flavour=flavour, webhook_secret=SECRET)
    await site.start()
    connector = connect(site)
    key = site.world.create_issue("VPN drops every ten minutes", description="Since Monday, from home only.")
    ref = await connector.find(key)
    site.world.set_group("Approvers of change", ["alice", "bob", "carol", "erin"])
    site.world.administers = flavour == "dc"  # its group/member is for administrators only
    site.world.create_issue("VPN drops for all of us")
    yield Running(
        site,
        connector,
        ref,
        key,
        _args(site),
        refs={"create": new_ref("jira", "OPS", NOW_MADE, "V1")},
        group="Approvers of change",
        regroup=site.world.set_group,
    )
    await connector.close()
    await site.stop()


def _args(site: JiraSandbox) -> Mapping[str, Args]:
    alice = site.world.user("alice")
    return {
        "add_internal_note": {"lines": [line("Triage", "title"), line("Looks like the [gateway].")]},
        "reply_publicly": {"text": "We are looking into it."},
        "set_fields": {"fields": {"priority": [pick("2", "High")], "components": [pick("10302", "VPN")]}},
        "set_priority": {"to": pick("1", "Highest")},
        "assign": {"to": pick(alice.account_id if site.flavour == "cloud" else alice.name, "Alice Moreau")},
        "link": {"others": ["OPS-2"]},
        "create": {
            "type": pick("10101", "Incident"),
            "summary": "Printer on floor 3 is out",
            "description": "Since this morning.",
            "fields": {"priority": [pick("2", "High")], "components": [pick("10302", "VPN")]},
        },
        "transition": {"id": "11", "name": "Start work", "to": pick("3", "In Progress")},
    }


def _case(flavour: Flavour, account: str) -> Case:
    def running() -> AbstractAsyncContextManager[Running]:
        return _running(flavour)

    def unconnected(url: str) -> Connector:
        way_in = {"email": "bot@example.com", "api_token": "t"} if flavour == "cloud" else {"pat": "t"}
        return KIND.open("jira", KIND.settings.model_validate({"url": url, **way_in}))

    return Case(
        secret=SECRET,
        now=NOW,
        us=US,
        sign=lambda body: signed(body, delivery="d-1" if flavour == "cloud" else ""),
        changed=payload(user={account: "712020:dan"}),
        echo=payload(user={account: US.id}),
        deleted=payload(webhookEvent="jira:issue_deleted", changelog=None),
        unknown=payload(webhookEvent="jira:version_released"),
        running=running,
        unconnected=unconnected,
        absent="99999999",
    )


CASES = {"cloud": _case("cloud", "accountId"), "dc": _case("dc", "name")}
