"""Forms that could not be taken are kept for a while, for one more form each."""

from __future__ import annotations

import uuid

from redis.asyncio import Redis

from bot.runtime.drafts import KEPT_S, Drafts


async def test_a_form_is_brought_back_as_it_was_and_forgotten_after_a_working_day(redis: Redis) -> None:
    prefix = f"{{{uuid.uuid4().hex}}}"
    drafts = Drafts(redis, prefix)
    name = await drafts.keep("V1", {"summary": "é"})
    assert await drafts.find(name) == {"summary": "é"}
    assert await drafts.find("another") is None
    assert 0 < await redis.ttl(f"{prefix}:draft:{name}") <= KEPT_S


async def test_one_form_is_sent_in_its_place_and_no_second(redis: Redis) -> None:
    drafts = Drafts(redis, f"{{{uuid.uuid4().hex}}}")
    assert not await drafts.is_claimed("p|1")
    assert await drafts.claim("p|1", "V1")
    assert await drafts.claim("p|1", "V1"), "the same form again, after a crash"
    assert not await drafts.claim("p|1", "V2")
    assert await drafts.is_claimed("p|1")
