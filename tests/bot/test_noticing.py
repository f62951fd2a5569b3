"""Replicas that see the same tickets in any order ask the same questions and report the same floods."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from approvals.policy import Rulebook
from bot import noticing
from bot.core.alike import Alike
from bot.core.dossier import Dossier
from bot.core.incidents import Flood, Queue, unsealed
from bot.core.modes import Mode, ModeRule
from bot.core.tickets import Actor, Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.noticing import Floods, Noticing
from bot.runtime.incidents import FLOOD
from bot.runtime.lanes import Lanes
from bot.runtime.sightings import Sightings
from tests.bot.workbench import Hands
from tests.making import rulebook, ticket

WINDOW = timedelta(minutes=30)
FRESH = count()
SAYS = "The gateway refuses my certificate since nine, from floor {}."


class Known:
    """Dossiers as a test wrote them down."""

    def __init__(self) -> None:
        self.dossiers: dict[str, Dossier] = {}

    async def dossier(self, ref: TicketRef) -> Dossier:
        return self.dossiers.get(ref.id, Dossier(ref))


class Replicas:
    """Replicas over one Redis."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.redis: Any = redis
        self.prefix, self.clock, self.known = prefix, Hands(), Known()

    def one(
        self, *, tickets: int = 3, off: bool = False, book: Rulebook | None = None, linkable: str = "jira"
    ) -> Noticing:
        floods = None if off else Floods(tickets, WINDOW, told=True, linkable=frozenset({linkable}))
        sightings = Sightings(self.redis, self.prefix)
        return Noticing(
            sightings, Lanes(self.redis, self.prefix), self.known, self.clock, book or rulebook(), floods
        )

    async def reported(self) -> list[tuple[Queue, Flood]]:
        """Return what was brought to lanes, in no order."""
        found: list[tuple[Queue, Flood]] = []
        async for key in self.redis.scan_iter(f"{self.prefix}:job:*"):
            job = await self.redis.hgetall(key)
            if job[b"k"] == FLOOD.encode():
                found.append(unsealed(Flood, job[b"d"]))
        return found


@pytest.fixture
def replicas(redis: Redis, prefix: str) -> Replicas:
    return Replicas(redis, prefix)


def read(
    number: int, *, person: int | None = None, text: str = "", queue: str = "OPS", **more: Any
) -> Snapshot:
    """A ticket as it was read: number ``number`` of its kind, from its own person unless told."""
    who = Actor(f"u{number if person is None else person}", Untrusted(""))
    made = ticket(summary="Certificate refused", description=text or SAYS.format(number), **more)
    at = made.created_at + timedelta(minutes=number)
    return Snapshot(
        replace(
            made,
            ref=TicketRef("jira", str(number)),
            key=f"{queue}-{number}",
            queue=queue,
            reporter=who,
            created_at=at,
        )
    )


async def all_seen(who: Noticing, snapshots: Sequence[Snapshot]) -> None:
    for snapshot in snapshots:
        await who.saw(snapshot)


def keys(alike: Alike) -> list[str]:
    return [each.key for each in alike.same]


async def test_every_replica_asks_about_what_any_of_them_has_seen(replicas: Replicas) -> None:
    one, other = replicas.one(), replicas.one()
    await one.saw(read(1))
    asked = await other.of(read(2))
    assert keys(asked) == ["OPS-1"]
    (same,) = asked.same
    assert same.queue == "OPS", "whoever may not see that queue is not shown it"
    assert "certificate" in same.shared.raw
    assert same.theirs.raw.endswith("floor 1.")
    assert same.mine.raw.endswith("floor 2.")


async def test_at_most_two_are_asked_about_and_never_the_ticket_itself(replicas: Replicas) -> None:
    who = replicas.one()
    await all_seen(who, [read(number) for number in range(5)])
    asked = keys(await who.of(read(1)))
    assert len(asked) == 2
    assert "OPS-1" not in asked


async def test_what_shares_one_word_alone_is_not_asked_about(replicas: Replicas) -> None:
    who = replicas.one()
    await who.saw(read(1, text="printer"))
    snapshot = read(2)
    bare = replace(snapshot.ticket, summary=Untrusted("Certificate"), description=Untrusted(""))
    assert keys(await who.of(Snapshot(bare))) == []


async def test_a_ticket_without_words_is_asked_about_nothing(replicas: Replicas) -> None:
    who = replicas.one()
    await who.saw(read(1))
    empty = replace(read(2).ticket, summary=Untrusted(""), description=Untrusted(""))
    assert await who.of(Snapshot(empty)) == Alike()


async def test_another_queue_and_another_system_are_not_compared(replicas: Replicas) -> None:
    who = replicas.one()
    await who.saw(read(1, queue="HR"))
    other = replace(read(2).ticket, ref=TicketRef("jira2", "2"))
    await who.saw(Snapshot(other))
    assert keys(await who.of(read(3))) == []
    assert keys(await who.of(read(4, queue="HR"))) == ["HR-1"]


@pytest.mark.parametrize("now", [{"closed": True}, {"gone": True}, {"queue": "HR"}])
async def test_what_its_own_lane_knows_better_is_not_asked_about(replicas: Replicas, now: Any) -> None:
    who = replicas.one()
    await all_seen(who, [read(1), read(2)])
    replicas.known.dossiers["1"] = replace(Dossier(TicketRef("jira", "1"), queue="OPS"), **now)
    assert keys(await who.of(read(3))) == ["OPS-2"]


async def test_a_closed_ticket_is_not_asked_about_by_any_replica(replicas: Replicas) -> None:
    one, other = replicas.one(), replicas.one()
    await all_seen(one, [read(1)])
    assert keys(await other.of(read(2))) == ["OPS-1"]
    await one.saw(read(1, closed=True))
    assert keys(await other.of(read(2))) == []
    assert keys(await replicas.one().of(read(2))) == []


async def test_a_ticket_that_few_may_read_is_kept_nowhere_and_may_itself_be_asked_about(
    replicas: Replicas,
) -> None:
    who = replicas.one()
    secret = Snapshot(replace(read(1).ticket, restricted=True))
    await all_seen(who, [secret, read(2)])
    assert keys(await who.of(read(3))) == ["OPS-2"]
    assert keys(await who.of(secret)) == ["OPS-2"], "its readers read the others as well"
    assert await replicas.redis.hlen(f"{replicas.prefix}:open") == 1


async def test_a_reworded_ticket_is_compared_by_its_new_words(replicas: Replicas) -> None:
    who = replicas.one()
    await who.saw(read(1, text="Payroll shows the wrong month for the canteen"))
    await who.saw(read(1))
    assert keys(await who.of(read(2))) == ["OPS-1"]


async def test_a_flood_is_reported_once_by_its_name_however_many_replicas_notice(replicas: Replicas) -> None:
    one, other = replicas.one(), replicas.one()
    for number in range(3):
        await one.saw(read(number))
    await other.of(read(0))
    ((queue, flood),) = await replicas.reported()
    assert queue == Queue("jira", "OPS")
    assert [member.key for member in flood.members] == ["OPS-0", "OPS-1", "OPS-2"]
    assert flood.shown
    assert "certificate" in flood.terms


async def test_later_members_are_told_what_they_are_part_of_and_the_first_is_not(replicas: Replicas) -> None:
    who = replicas.one()
    await all_seen(who, [read(number) for number in range(4)])
    part = (await who.of(read(3))).part_of
    assert part is not None
    assert (part.key, part.count) == ("OPS-0", 4)
    assert (await who.of(read(0))).part_of is None
    replicas.clock.passes(hours=2)
    assert (await who.of(read(3))).part_of is None, "it is over"


async def test_tickets_opened_days_ago_that_change_now_are_no_flood(replicas: Replicas) -> None:
    replicas.clock.passes(days=4)
    who = replicas.one()
    await all_seen(who, [read(number) for number in range(5)])
    assert await replicas.reported() == []
    assert len((await who.of(read(3))).same) == 2


async def test_one_person_is_no_flood_whatever_the_replica(replicas: Replicas) -> None:
    await all_seen(replicas.one(), [read(number, person=7) for number in range(8)])
    await replicas.one().of(read(1))
    assert await replicas.reported() == []


async def test_a_member_closed_meanwhile_still_counts_and_a_forgotten_one_does_not(
    replicas: Replicas,
) -> None:
    who, sightings = replicas.one(), Sightings(replicas.redis, replicas.prefix)
    await all_seen(who, [read(0), read(1), read(0, closed=True)])
    assert await sightings.forget("jira", "OPS-1")
    await who.saw(read(2))
    assert await replicas.reported() == []
    await who.saw(read(3))
    ((_, flood),) = await replicas.reported()
    assert {member.key for member in flood.members} == {"OPS-0", "OPS-2", "OPS-3"}


async def test_where_the_bot_is_off_nothing_is_kept_and_in_shadow_nothing_is_shown(
    replicas: Replicas,
) -> None:
    off = rulebook(modes=(ModeRule(mode=Mode.OFF),))
    await all_seen(replicas.one(book=off), [read(number) for number in range(4)])
    assert await replicas.redis.hlen(f"{replicas.prefix}:open") == 0
    shadow = rulebook(modes=(ModeRule(mode=Mode.SHADOW),))
    await all_seen(replicas.one(book=shadow), [read(number) for number in range(4)])
    reported = await replicas.reported()
    assert reported
    assert not any(flood.shown for _, flood in reported)


@pytest.mark.parametrize(
    ("mode", "linkable", "links"),
    [
        (Mode.SUGGEST, "jira", False),
        (Mode.APPROVE, "jira", True),
        (Mode.AUTO, "jira", True),
        (Mode.APPROVE, "servicenow", False),
    ],
)
async def test_a_flood_says_whether_people_are_to_be_asked_to_link_it(
    replicas: Replicas, mode: Mode, linkable: str, *, links: bool
) -> None:
    book = rulebook(modes=(ModeRule(mode=mode, skill="similar"), ModeRule(mode=Mode.APPROVE)))
    await all_seen(replicas.one(book=book, linkable=linkable), [read(number) for number in range(3)])
    ((_, flood),) = await replicas.reported()
    assert (flood.shown, flood.links) == (True, links)


async def test_those_still_open_are_in_the_queue_and_may_be_read_by_all_there(replicas: Replicas) -> None:
    one, other = replicas.one(), replicas.one()
    await all_seen(one, [read(number) for number in range(6)])
    ((queue, flood), *_) = sorted(await replicas.reported(), key=lambda each: -each[1].count)
    assert len(flood.members) == 6
    await one.saw(read(1, closed=True))
    await one.saw(Snapshot(replace(read(2).ticket, restricted=True)))
    await one.saw(read(3, queue="HR"))
    replicas.known.dossiers["4"] = replace(Dossier(TicketRef("jira", "4"), queue="OPS"), gone=True)
    for who in (one, other):
        assert [each.key for each in await who.still_open(queue, flood.members)] == ["OPS-0", "OPS-5"]
    assert await other.still_open(Queue("jira2", "OPS"), flood.members) == ()


async def test_without_floods_duplicates_are_still_asked_about(replicas: Replicas) -> None:
    who = replicas.one(off=True)
    await all_seen(who, [read(number) for number in range(4)])
    assert await replicas.reported() == []
    asked = await who.of(read(9))
    assert len(asked.same) == 2
    assert asked.part_of is None


async def test_memory_is_bounded(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noticing, "WATCHED_MAX", 5)
    monkeypatch.setattr(noticing, "WATCHES_MAX", 2)
    who = replicas.one(tickets=50)
    for number in range(12):
        await who.saw(read(number, queue=f"Q{number % 4}"))
    (desk,) = who._desks.values()  # pyright: ignore[reportPrivateUsage]  # what is in memory shows nowhere else
    assert len(desk.watched) <= 5
    assert len(desk.watches) <= 2
    assert {queue for queue, _ in desk.watched.values()} <= set(desk.watches)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), words=st.lists(st.text(max_size=30), min_size=4, max_size=4))
async def test_any_order_of_tickets_and_any_words_end_in_the_same_questions(
    replicas: Replicas, seed: int, words: list[str]
) -> None:
    shuffled = [read(number) for number in range(4)]
    shuffled += [read(10 + number, text=f"{SAYS} {said}") for number, said in enumerate(words)]
    random.Random(seed).shuffle(shuffled)  # noqa: S311  # an order, not a secret
    replicas.prefix = f"{{order{next(FRESH)}}}"
    one, other = replicas.one(), replicas.one()
    for number, snapshot in enumerate(shuffled):
        await (one, other)[number % 2].saw(snapshot)
    asked = await one.of(read(99))
    assert asked == await other.of(read(99))
    assert len(asked.same) <= 2
