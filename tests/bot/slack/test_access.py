"""Who may ask in Slack, and what each may see: guests nothing, others by row and by their own account."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from approvals.access import EVERYONE, AccessRule
from approvals.clicks import Person
from bot.clock import SystemClock
from bot.core.errors import Missing, Retry
from bot.core.words import CATALOGUE
from bot.slack.access import Access
from tests.bot.records import Records
from tests.bot.slack.office import Office
from tests.making import ALICE, BOB, ticket

TEAM = "T0MAIN"


class Sighted(Records):
    """A system that tells what accounts may see."""

    def __init__(self, *, may: bool | Exception | None = None) -> None:
        super().__init__()
        self.may, self.asked = may, list[tuple[str, str]]()

    async def may_see(self, key: str, email: str) -> bool | None:
        self.asked.append((key, email))
        if isinstance(self.may, Exception):
            raise self.may
        return self.may


def access(place: Office, records: Records, *rules: AccessRule, **more: Any) -> Access:
    return Access(
        people=place.people,
        connectors={"jira": records},
        journal=place.bench.journal,
        clock=more.get("clock") or place.clock,
        rules=rules or None,
    )


def by(user: str = ALICE, team: str = TEAM) -> Person:
    return Person(id=user, team=team)  # type: ignore[arg-type]  # a Slack id as a plain text


@pytest.mark.parametrize(
    ("user", "team", "why"),
    [
        ("U0GUEST", TEAM, "access.guest"),
        ("U0STRANGER", "T0OTHER", "access.stranger"),
        (ALICE, "T0OTHER", "access.stranger"),
        ("U0NOBODY", TEAM, "access.unreadable"),
    ],
)
async def test_people_from_outside_are_told_why_whatever_a_row_says(
    place: Office, user: str, team: str, why: str
) -> None:
    open_to_all = access(place, Records(), AccessRule(who=frozenset({EVERYONE, user})))
    assert await open_to_all.refusal(by(user, team), "ask", None) == why
    (record,) = [each for each in await place.bench.audit() if each.what == "access.refused"]
    assert (record.actor, record.because, record.details) == (f"slack:{user}", why, {"skill": "ask"})


async def test_a_row_is_held_against_the_ticket_once_it_is_read(place: Office) -> None:
    closed = AccessRule(who=frozenset({EVERYONE}), queues=frozenset({"OPS"}), deny=True)
    some = access(place, Records(), closed, AccessRule(who=frozenset({ALICE})))
    assert await some.refusal(by(), "ask", None) == ""
    assert await some.refusal(by(BOB), "ask", None) == "access.not_granted"
    assert await some.refusal(by(), "ask", replace(ticket(), queue="NET")) == ""
    assert await some.refusal(by(), "ask", ticket()) == "access.not_granted"


async def test_the_persons_own_account_has_the_last_word(place: Office) -> None:
    for may, why in ((True, ""), (False, "access.not_yours"), (None, ""), (Missing("gone"), "")):
        records = Sighted(may=may)
        assert await access(place, records).refusal(by(), "ask", ticket()) == why
        assert records.asked == [("OPS-1", "alice@example.com")]


async def test_a_ticket_that_few_may_read_needs_a_clear_yes(place: Office) -> None:
    few = replace(ticket(), restricted=True)
    assert await access(place, Sighted(may=True)).refusal(by(), "ask", few) == ""
    for records in (Sighted(may=False), Sighted(may=None), Sighted(may=Missing("gone")), Records()):
        assert await access(place, records).refusal(by(), "ask", few) in {
            "access.not_yours",
            "access.restricted",
        }


async def test_an_address_that_nobody_has_confirmed_proves_nothing(place: Office) -> None:
    place.world.users[ALICE].is_email_confirmed = False
    records = Sighted(may=True)
    assert (
        await access(place, records).refusal(by(), "ask", replace(ticket(), restricted=True))
        == "access.restricted"
    )
    assert records.asked == []


async def test_an_answer_is_remembered_for_five_minutes_and_per_person(place: Office) -> None:
    class Late(SystemClock):
        ahead_s = 0.0

        @override
        def now(self) -> datetime:
            return super().now() + timedelta(seconds=self.ahead_s)

    clock, records = Late(), Sighted(may=True)
    some = access(place, records, clock=clock)
    for _ in range(3):
        assert await some.refusal(by(), "ask", ticket()) == ""
    assert await some.refusal(by(BOB), "ask", ticket()) == ""
    assert len(records.asked) == 2
    records.may, clock.ahead_s = False, 301.0
    assert await some.refusal(by(), "ask", ticket()) == "access.not_yours"


async def test_while_the_system_is_away_nothing_is_shown_and_nothing_remembered(place: Office) -> None:
    records = Sighted(may=Retry("away", after_s=1.0))
    some = access(place, records)
    with pytest.raises(Retry):
        await some.refusal(by(), "ask", ticket())
    records.may = False
    assert await some.refusal(by(), "ask", ticket()) == "access.not_yours"


def test_every_reason_is_a_sentence_without_gaps() -> None:
    for key, words in CATALOGUE.items():
        if key.startswith("access."):
            assert all("{" not in said for said in words.values()), key
