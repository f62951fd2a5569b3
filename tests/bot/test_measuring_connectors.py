"""``countersign eval --from``: what a system has solved, measured as a file would be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from typing_extensions import override

from bot.core.errors import Misconfigured, Refused
from bot.core.tickets import PastTicket, Value
from bot.core.untrusted import Untrusted
from bot.measuring import Brain, Wanted, fetched, measure, past_of
from bot.ports import PastPage
from sandbox.jira import JiraSandbox
from tests.bot.brain.measure.desk import Counted, lessons
from tests.bot.records import Records


def quiet(_: str) -> None:
    pass


def reaching(site: JiraSandbox) -> dict[str, str]:
    return {**site.environment(), "JIRA_WEBHOOK_SECRET": "hush"}


def solved(number: int) -> PastTicket:
    each = lessons(number + 1)[number]
    return PastTicket(
        each.key,
        "",
        "OPS",
        Untrusted(""),
        Untrusted(f"{each.text} ask jo@example.org"),
        {"priority": (each.values["kind"],), "status": (Value("5", "Done"),)},
        closed_at=datetime.fromisoformat(each.at),
        person="u1",
    )


class Past(Records):
    """A system that has solved some, and forty a page."""

    def __init__(self, *past: PastTicket) -> None:
        super().__init__()
        self.past, self.asked = past, list[str]()

    @override
    async def solved_page(self, query: str, after: str) -> PastPage:
        self.asked.append(query)
        begin = int(after or 0)
        onward = str(begin + 40) if begin + 40 < len(self.past) else ""
        return PastPage(self.past[begin : begin + 40], onward)


async def test_a_connectors_solved_tickets_are_measured_page_after_page() -> None:
    vendor = Past(*map(solved, range(100)), replace(solved(100), fields={"status": (Value("5", "Done"),)}))

    past = await fetched(vendor, "project = OPS", quiet)

    assert vendor.asked == ["project = OPS"] * 3
    assert len(past.tickets) == 100
    assert {name for each in past.tickets for name in each.fields} == {"priority"}
    assert not [each for each in past.tickets if "jo@example.org" in each.text]
    assert past.notes == ["jira: left out for want of words or fields: 1"]
    report = measure(Wanted(past, mapping="priority=priority"), quiet, brain=Brain(Counted))
    assert (report.trained, report.measured) == (80, 20)


async def test_a_system_that_has_solved_nothing_is_named() -> None:
    past = await fetched(Past(), "", quiet)

    with pytest.raises(Misconfigured, match="jira: no ticket has both words and a field"):
        measure(Wanted(past), quiet, brain=Brain(Counted))


async def test_a_real_system_is_read_by_its_name_and_nothing_is_kept(tmp_path: Path) -> None:
    site = JiraSandbox()
    await site.start()
    environ = {**reaching(site), "COUNTERSIGN_DATA": str(tmp_path / "data")}
    for number in range(30):
        key = site.world.create_issue(f"VPN drops on laptop x{number}y")
        site.world.transition(key, "alice", "Resolved", resolution="Done")

    past = await past_of(environ, None, "jira", "summary ~ VPN", quiet)
    with pytest.raises(Misconfigured, match="no connector is called 'jura'; known are jira"):
        await past_of(environ, None, "jura", "", quiet)
    with pytest.raises(Refused):
        await past_of(environ, None, "jira", "nonsense", quiet)
    await site.stop()

    assert len(past.tickets) == 30
    assert not (tmp_path / "data").exists()
