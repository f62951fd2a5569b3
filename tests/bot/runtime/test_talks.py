"""Conversations in Redis: found by ticket, joined within a moment, rated once, ended when told to."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from bot.core.codec import encode
from bot.core.errors import Malformed, Retry
from bot.core.ids import EffectId, EventId
from bot.core.runs import Memory
from bot.core.talks import (
    LookAgain,
    Run,
    RunAgent,
    SayLines,
    ShowSession,
    StopPressed,
    Talk,
    TalkPlace,
    Words,
)
from bot.core.tickets import TicketRef
from bot.core.untrusted import Untrusted
from bot.runtime.jobs import Commit, Outcome
from bot.runtime.lanes import Lanes
from bot.runtime.talk_threads import Threads
from bot.runtime.talks import TALK_OF, Halts, Joins, Ratings, Talks, talk_job, topic, turn_job, unseal
from tests.bot.records import Records
from tests.bot.runtime.conftest import ask
from tests.making import ALICE, REF, T0, after, ticket

PLACE = TalkPlace("T0", "C1", "1.0")


async def test_a_message_within_a_moment_goes_on_with_the_one_before(redis: Redis, prefix: str) -> None:
    joins = Joins(redis, prefix, 3600)
    assert await joins.thread_of("D1", "1.0", ALICE) == "1.0"
    assert await joins.thread_of("D1", "2.0", ALICE) == "1.0"
    assert await joins.thread_of("D1", "1.0", ALICE) == "1.0"
    assert await joins.thread_of("D2", "3.0", "U0BOB") == "3.0"
    assert await joins.joined("D1", "2.0") == "1.0"
    assert await joins.joined("D1", "1.0") == "1.0"
    assert 0 < await ask(redis, "TTL", f"{prefix}:join:now:D1:{ALICE}") <= 10


async def test_a_message_that_is_tried_again_stays_in_the_thread_it_began(redis: Redis, prefix: str) -> None:
    """Slack was away for longer than messages join: the next one has begun a thread meanwhile."""
    joins = Joins(redis, prefix, 3600.0)
    assert await joins.thread_of("D1", "1.0", ALICE) == "1.0"
    await redis.delete(f"{prefix}:join:now:D1:{ALICE}")
    assert await joins.thread_of("D1", "2.0", ALICE) == "2.0"
    assert await joins.thread_of("D1", "1.0", ALICE) == "1.0"


async def test_a_message_that_was_edited_before_it_came_is_found_where_the_edit_went(
    redis: Redis, prefix: str
) -> None:
    joins = Joins(redis, prefix, 3600.0)
    assert await joins.thread_of("D1", "1.0", ALICE) == "1.0"
    assert await joins.joined("D1", "2.0") == "2.0"
    assert await joins.thread_of("D1", "2.0", ALICE) == "2.0"
    assert await joins.thread_of("D1", "3.0", ALICE) == "1.0"


async def test_of_what_people_think_of_an_answer_each_ones_last_word_is_known(
    redis: Redis, prefix: str
) -> None:
    ratings = Ratings(redis, prefix)
    assert await ratings.last("r1", ALICE) == ("", "")
    await ratings.note("r1", ALICE, "good", "1.1")
    await ratings.note("r1", "U0BOB", "good", "1.2")
    await ratings.note("r1", ALICE, "bad", "1.3")
    assert await ratings.last("r1", ALICE) == ("bad", "1.3")
    assert await ratings.last("r1", "U0BOB") == ("good", "1.2")
    assert await ratings.last("r2", ALICE) == ("", "")


async def test_only_the_run_that_is_called_ends(redis: Redis, prefix: str) -> None:
    halts = Halts(redis, prefix)
    await halts.call(EventId("r1"))
    assert await halts.is_called(EventId("r1"))
    assert not await halts.is_called(EventId("r2"))


def test_an_event_waits_in_its_lane_and_a_run_does_not() -> None:
    event = talk_job(PLACE.lane, StopPressed(id=EventId("e"), at=T0, by=ALICE))
    assert (event.lane, event.pool) == (PLACE.lane, "fast")
    run = turn_job(PLACE.lane, RunAgent(EffectId("e#0"), EventId("r")), T0)
    assert (run.lane, run.pool) == ("", "runs")
    shown = turn_job(PLACE.lane, ShowSession(EffectId("e#1")), T0)
    said = turn_job(PLACE.lane, SayLines(EffectId("e#2"), (), "en"), T0)
    assert len({shown.lane, said.lane, PLACE.lane, ""}) == 4
    assert turn_job(PLACE.lane, LookAgain(EffectId("e#3"), after(1)), T0).delay_ms == 60_000
    assert unseal(run.data) == (PLACE.lane, RunAgent(EffectId("e#0"), EventId("r")))


def test_what_is_not_ours_is_a_dead_letter() -> None:
    with pytest.raises(Malformed):
        unseal(b"no neck")


class Channel:
    """A channel in which one conversation is about a ticket."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.lanes, self.records = Lanes(redis, prefix), Records()
        self.records.tickets = {REF.id: ticket()}
        self.talks = Talks(self.lanes)
        self.threads = Threads(self.talks, {"jira": self.records})

    async def has(self, talk: Talk) -> None:
        index = {TALK_OF: {topic("C1", REF): PLACE.lane}}
        commit = Commit(key=PLACE.lane, expected_version=0, document=encode(talk), index=index)
        assert await self.lanes.commit(commit) is Outcome.DONE

    async def leads(self, text: str, talk: Talk | None = None) -> str:
        words = (Words(ts="2", by=ALICE, text=Untrusted(text)),)
        run = Run(id=EventId("r"), person=ALICE, name=Untrusted("A"), language="en", words=words, at=T0)
        return await self.threads.elsewhere(talk or Talk("talk:T0:C1:2.0"), run)


@pytest.fixture
def channel(redis: Redis, prefix: str) -> Channel:
    return Channel(redis, prefix)


async def test_a_question_about_a_ticket_goes_to_its_thread(channel: Channel) -> None:
    assert await channel.leads("news on OPS-1?") == ""
    await channel.has(Talk(PLACE.lane, focus=REF))
    assert await channel.leads("news on OPS-1?") == PLACE.lane
    assert await channel.leads("any news?") == ""
    assert await channel.leads("is OPS-1 like OPS-2?") == ""
    assert await channel.leads("see https://x.example/OPS-1") == ""


async def test_nothing_moves_that_has_begun_or_is_private(channel: Channel) -> None:
    await channel.has(Talk(PLACE.lane, focus=REF))
    begun = Talk("talk:T0:C1:2.0", memories={ALICE: Memory()})
    assert await channel.leads("news on OPS-1?", begun) == ""
    assert await channel.leads("news on OPS-1?", Talk("talk:T0:D1:2.0", direct=True)) == ""
    assert await channel.leads("news on OPS-1?", Talk(PLACE.lane, focus=REF)) == ""


async def test_a_system_that_is_away_hides_no_ticket_of_another(channel: Channel) -> None:
    class Away(Records):
        @override
        async def find(self, key: str) -> TicketRef:
            raise Retry(f"away, {key} or not", after_s=60.0)

    channel.threads = Threads(channel.talks, {"servicenow": Away(), "jira": channel.records})
    await channel.has(Talk(PLACE.lane, focus=REF))
    assert await channel.leads("news on OPS-1?") == PLACE.lane
    channel.threads = Threads(channel.talks, {"servicenow": Away()})
    with pytest.raises(Retry):
        await channel.leads("news on OPS-1?")


async def test_a_thread_that_was_forgotten_takes_nothing(channel: Channel) -> None:
    await channel.has(Talk(PLACE.lane))
    assert await channel.leads("news on OPS-1?") == ""
