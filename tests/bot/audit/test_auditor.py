"""All of it together, as a worker runs it: from a decision to a collector outside."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from redis.asyncio import Redis

from bot.audit.auditor import Auditor
from bot.audit.settings import AuditSection
from bot.clock import SystemClock
from bot.core.errors import Misconfigured
from bot.settings import Environment
from tests.bot.audit.collecting import http_collector
from tests.bot.audit.conftest import KEY, Archive, checked
from tests.bot.runtime.conftest import until
from tests.bot.workbench import Workbench
from tests.making import answered, finished, proposal, read


def auditor(redis: Redis, prefix: str, section: AuditSection | None = None) -> Auditor:
    return Auditor(redis, prefix, SystemClock(), KEY, name="one", section=section or AuditSection())


async def test_what_is_decided_is_sealed_and_forwarded_by_itself(archive: Archive) -> None:
    bench = Workbench(archive.redis, archive.prefix)
    what = proposal()
    async with http_collector() as posted:
        section = AuditSection.model_validate(
            {"keep": "400d", "forward": {"http": posted.url, "token_env": "T_T"}}
        )
        running = auditor(archive.redis, archive.prefix, section)
        running.forward(Environment({"T_T": "s3cret"}))
        task = asyncio.create_task(running.run())
        await bench.happens(read(), finished(what), answered(what))
        await until(lambda: any(b'"what":"proposal.approved"' in line for line in posted.lines))
        assert posted.tokens == {"Bearer s3cret"}
        assert not running.trouble
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    export = await archive.export()
    assert checked(export, [KEY.public]).ok
    assert b'"actor":"slack:U0ALICE"' in export


async def test_what_the_last_jobs_wrote_is_sealed_at_the_end(archive: Archive) -> None:
    await Workbench(archive.redis, archive.prefix).happens(read(), finished(proposal()))
    assert await archive.chain.buffered() > 0
    await auditor(archive.redis, archive.prefix).finish()
    assert await archive.chain.buffered() == 0


async def test_a_token_that_is_not_set_is_told_before_anything_starts(archive: Archive) -> None:
    section = AuditSection.model_validate({"forward": {"http": "https://a.example", "token_env": "T_T"}})
    with pytest.raises(Misconfigured, match="T_T is not set"):
        auditor(archive.redis, archive.prefix, section).forward(Environment({}))


async def test_trouble_with_the_collector_is_shown_until_it_is_over(archive: Archive) -> None:
    await archive.sealed(2)
    async with http_collector() as posted:
        posted.answers = [503]
        section = AuditSection.model_validate({"forward": {"http": posted.url}})
        running = auditor(archive.redis, archive.prefix, section)
        running.forward(Environment({}))
        task = asyncio.create_task(running.run())
        await until(lambda: "503" in running.trouble)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
