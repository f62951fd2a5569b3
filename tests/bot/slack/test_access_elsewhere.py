"""Who is heard on tickets, and which other tickets somebody is shown: by rows, then by their own account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from redis.asyncio import Redis

from approvals.access import EVERYONE, ON_TICKET, AccessRule
from approvals.clicks import Person
from bot.core.alike import Elsewhere
from bot.core.errors import Forbidden, Reject, Retry
from bot.runtime.admitting import Unheard
from bot.slack.access import AT_ONCE, OTHERS_MAX, Access
from sandbox.slack import SlackSandbox
from tests.bot.records import Records
from tests.bot.slack.office import Office, office
from tests.making import ALICE, BOB, ticket

TEAM = "T0MAIN"
GUEST = "U0GUEST"
ADDRESSES = {
    "acc-alice": "alice@example.com",
    "acc-bob": "bob@example.com",
    "acc-zoe": "zoe@elsewhere.example",
}


class System(Records):
    """A system that tells whose account it is, and what accounts may see."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: dict[str, str] = dict(ADDRESSES)
        self.fails: Exception | None = None
        self.sought: list[str] = []
        self.hidden: dict[str, bool | None] = {}
        self.asked: list[tuple[str, str]] = []
        self.at_once = self.most = 0

    async def address_of(self, account: str) -> str:
        self.sought.append(account)
        if self.fails is not None:
            raise self.fails
        return self.addresses.get(account, "")

    async def may_see(self, key: str, email: str) -> bool | None:
        self.asked.append((key, email))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.fails is not None:
            raise self.fails
        return self.hidden.get(key, True)


@dataclass
class House:
    """Slack, a system, and rows."""

    place: Office
    system: System = field(default_factory=System)

    def access(self, *rules: AccessRule, **more: Any) -> Access:
        plain: dict[str, Any] = {
            "people": self.place.people,
            "connectors": {"jira": self.system, "plain": Records()},
            "journal": self.place.bench.journal,
            "clock": self.place.clock,
            "rules": rules or None,
        }
        return Access(**(plain | more))

    async def refused(self) -> list[tuple[str, str, str]]:
        found = [each for each in await self.place.bench.audit() if each.what == "access.refused"]
        return [(each.actor, each.ticket, each.because) for each in found]


@pytest.fixture
async def house(redis: Redis, prefix: str, slack: SlackSandbox) -> AsyncIterator[House]:
    async with office(redis, prefix, slack, match_by_email=True) as place:
        await place.comes_up()
        yield House(place)


def row(*who: str, deny: bool = False, **on: str) -> AccessRule:
    return AccessRule(who=frozenset(who), deny=deny, **{key: frozenset({value}) for key, value in on.items()})


def by(user: str = ALICE, team: str = TEAM) -> Person:
    return Person(id=user, team=team)  # type: ignore[arg-type]  # a Slack id as a plain text


# -- on tickets


async def test_without_rows_whoever_may_write_there_is_heard_and_nobody_is_sought(house: House) -> None:
    assert await house.access().unheard("acc-zoe", "summary", ticket()) is None
    assert house.system.sought == []


async def test_an_author_is_judged_by_the_rows_of_who_has_their_address_in_slack(house: House) -> None:
    rules = (row(EVERYONE, queues="HR", deny=True), row(ALICE), row(EVERYONE, skills="ask"))
    some = house.access(*rules)
    assert await some.unheard("acc-alice", "summary", ticket()) is None
    assert await some.unheard("acc-alice", "summary", replace(ticket(), queue="HR")) == Unheard(
        "access.not_granted", by()
    )
    assert await some.unheard("acc-bob", "summary", ticket()) == Unheard("access.not_granted", by(BOB))
    assert await house.refused() == [
        ("jira:acc-alice", "jira:10042", "access.not_granted"),
        ("jira:acc-bob", "jira:10042", "access.not_granted"),
    ]


async def test_who_is_nobody_in_slack_needs_a_row_for_tickets(house: House) -> None:
    nobody = Unheard("access.not_granted", None)
    for account in ("acc-zoe", "acc-unknown"):
        assert await house.access(row(EVERYONE, ALICE)).unheard(account, "summary", ticket()) == nobody
        open_ = house.access(row(ON_TICKET, skills="summary"))
        assert await open_.unheard(account, "summary", ticket()) is None
        assert await open_.unheard(account, "draft", ticket()) == nobody


async def test_whom_slack_knows_as_a_guest_is_not_heard_whatever_a_row_says(house: House) -> None:
    house.place.world.users[GUEST].email = "gus@example.com"
    house.system.addresses["acc-gus"] = "gus@example.com"
    some = house.access(row(ON_TICKET), row(EVERYONE))
    assert await some.unheard("acc-gus", "summary", ticket()) == Unheard("access.guest", by(GUEST))


async def test_an_address_that_nobody_has_confirmed_in_slack_is_nobodys(house: House) -> None:
    house.place.world.users[ALICE].is_email_confirmed = False
    unheard = await house.access(row(ALICE)).unheard("acc-alice", "summary", ticket())
    assert unheard == Unheard("access.not_granted", None)


async def test_where_people_are_not_matched_by_address_nobody_is_known_nor_sought(place: Office) -> None:
    house = House(place)
    unheard = await house.access(row(ALICE)).unheard("acc-alice", "summary", ticket())
    assert unheard == Unheard("access.not_granted", None)
    assert house.system.sought == []


@pytest.mark.parametrize("error", [Forbidden("no"), Reject("no")])
async def test_a_system_that_does_not_tell_leaves_the_author_unknown(house: House, error: Exception) -> None:
    house.system.fails = error
    unheard = await house.access(row(ALICE)).unheard("acc-alice", "summary", ticket())
    assert unheard == Unheard("access.not_granted", None)


async def test_while_the_system_is_away_nobody_is_heard_or_turned_away(house: House) -> None:
    house.system.fails = Retry("away", after_s=1.0)
    with pytest.raises(Retry):
        await house.access(row(ALICE)).unheard("acc-alice", "summary", ticket())
    assert await house.refused() == []


async def test_without_slack_the_rows_for_tickets_hold_and_nobody_asks_anywhere_else(house: House) -> None:
    some = house.access(row(EVERYONE), row(ON_TICKET, skills="summary"), people=None)
    assert await some.unheard("acc-alice", "summary", ticket()) is None
    assert await some.unheard("acc-alice", "draft", ticket()) == Unheard("access.not_granted", None)
    assert await house.access(people=None).unheard("acc-alice", "draft", ticket()) is None
    assert await some.refusal(by(), "summary", None) == "access.unreadable"
    assert await some.visible(by(), "summary", [Elsewhere("jira", "OPS-2", "OPS")]) == frozenset()


# -- other tickets


OPS, OPS3, HR = (Elsewhere("jira", *each) for each in (("OPS-2", "OPS"), ("OPS-3", "OPS"), ("HR-1", "HR")))
PLAIN, PLAIN_HR = Elsewhere("plain", "INC1", "Network"), Elsewhere("plain", "INC2", "HR")
ALL = (OPS, OPS3, HR, PLAIN, PLAIN_HR)


async def test_other_tickets_are_shown_as_far_as_the_persons_rows_go(house: House) -> None:
    rules = (row(EVERYONE, queues="HR", deny=True), row(ALICE), row(EVERYONE, connectors="plain"))
    some = house.access(*rules)
    assert await some.visible(by(), "similar", ALL) == {OPS, OPS3, PLAIN}
    assert await some.visible(by(BOB), "similar", ALL) == {PLAIN}
    assert {key for key, _ in house.system.asked} == {"OPS-2", "OPS-3"}, "what rows shut is not asked about"
    assert await house.refused() == [], "nobody has asked for these"


async def test_without_rows_the_persons_account_decides_where_it_can_be_asked(house: House) -> None:
    house.system.hidden = {"OPS-3": False, "HR-1": None}
    assert await house.access().visible(by(), "similar", ALL) == {OPS, HR, PLAIN, PLAIN_HR}
    assert {email for _, email in house.system.asked} == {"alice@example.com"}


async def test_people_from_outside_are_shown_nothing(house: House) -> None:
    for who in (by(GUEST), by(ALICE, "T0OTHER"), by("U0NOBODY")):
        assert await house.access().visible(who, "similar", ALL) == frozenset()


async def test_a_system_that_is_away_shows_nothing_until_it_is_back(house: House) -> None:
    house.system.fails = Retry("away", after_s=1.0)
    with pytest.raises(Retry):
        await house.access().visible(by(), "similar", ALL)


async def test_few_are_asked_about_at_a_time_and_what_is_beyond_is_left_out(house: House) -> None:
    many = [Elsewhere("jira", f"OPS-{number}", "OPS") for number in range(OTHERS_MAX + 5)]
    others = [*many, *many, PLAIN]
    assert await house.access().visible(by(), "similar", others) == {*many[:OTHERS_MAX], PLAIN}
    assert len(house.system.asked) == OTHERS_MAX
    assert house.system.most == AT_ONCE
