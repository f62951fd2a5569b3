"""Words about one ticket can be destroyed for good; everybody else's stay, and the chain stays whole."""

from __future__ import annotations

import asyncio

import pytest
from typing_extensions import override

from bot.audit.shredding import Shredder
from bot.core.audit import Record
from bot.core.errors import Misconfigured
from tests.bot.audit.conftest import KEY, Archive, checked, record
from tests.bot.workbench import Hands
from tests.making import T0


def said(words: str, ticket: str = "jira:1") -> Record:
    return record(1, what="proposal.rejected", ticket=ticket, because=words)


def shredder(archive: Archive) -> Shredder:
    return Shredder(archive.chain, archive.clock, archive.sealer())


async def test_destroyed_words_are_gone_and_the_chain_holds(archive: Archive) -> None:
    await archive.writes(said("Alice is ill"), said("Bob is late", "jira:2"), said("Alice again"))
    await archive.sealer().drain()
    before = await archive.export()
    assert await shredder(archive).shred("jira:1", by="cli:root", why="asked for by the person")
    after = await archive.export(clear=True)
    found = checked(after, [KEY.public])
    assert found.ok, found.finding
    assert b"Alice" not in after
    assert b"Bob is late" in after
    assert b"asked for by the person" in after
    assert after.count(b'"words":null') == 2
    # What was exported before is the same, line for line, and still holds.
    kept = [line for line in before.splitlines() if line.startswith(b'{"h"')]
    assert kept == [line for line in after.splitlines() if line.startswith(b'{"h"')][: len(kept)]
    assert checked(before).ok


async def test_shredding_is_itself_a_record_that_names_who_and_which_key(archive: Archive) -> None:
    await archive.writes(said("Alice is ill"))
    await archive.sealer().drain()
    key = (await archive.chain.text_keys(["jira:1"]))["jira:1"]
    await shredder(archive).shred("jira:1", by="cli:root", why="law")
    export = await archive.export()
    line = next(line for line in export.splitlines() if b"audit.shredded" in line)
    assert b'"actor":"cli:root"' in line
    assert f'"key":"{key.id}"'.encode() in line


async def test_what_waits_in_the_buffer_is_destroyed_with_the_rest(archive: Archive) -> None:
    """One segment: words, the request, words again. The first are gone, the last are not."""
    await archive.writes(said("Alice is ill"))
    await archive.writes(record(2, what="audit.shredded", ticket="jira:1", actor="cli:root"))
    await archive.writes(said("Alice is back"))
    await archive.sealer().drain()
    export = await archive.export(clear=True)
    assert checked(export).ok
    assert b"Alice is ill" not in export
    assert b"Alice is back" in export


async def test_words_after_a_shredding_have_a_key_of_their_own(archive: Archive) -> None:
    await archive.writes(said("Alice is ill"))
    one = shredder(archive)
    await archive.sealer().drain()
    first = (await archive.chain.text_keys(["jira:1"]))["jira:1"]
    await one.shred("jira:1", by="cli:root", why="first")
    await archive.writes(said("Alice is back"))
    await archive.sealer().drain()
    assert (await archive.chain.text_keys(["jira:1"]))["jira:1"].id != first.id
    await one.shred("jira:1", by="cli:root", why="second")
    export = await archive.export(clear=True)
    assert b"Alice" not in export
    assert checked(export).ok


async def test_words_that_belong_to_no_ticket_can_be_destroyed_too(archive: Archive) -> None:
    await archive.writes(said("stopped because of Bob", ""))
    assert await shredder(archive).shred("-", by="cli:root", why="law")
    assert b"Bob" not in await archive.export(clear=True)


async def test_a_ticket_nobody_wrote_about_is_refused_with_how_to_write_it(archive: Archive) -> None:
    await archive.writes(said("Alice is ill"))
    with pytest.raises(Misconfigured, match="jira:10001"):
        await shredder(archive).shred("OPS-1", by="cli:root", why="law")
    assert b"audit.shredded" not in await archive.export()


class Sealing(Hands):
    """A clock during whose waits a worker somewhere seals, or nobody does."""

    def __init__(self, archive: Archive, *, works: bool) -> None:
        super().__init__()
        self.time, self._archive, self._works = T0, archive, works

    @override
    async def sleep(self, seconds: float) -> None:
        if self._works:
            await self._archive.sealer().drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize("works", [True, False])
async def test_without_the_key_here_a_running_worker_does_it(archive: Archive, *, works: bool) -> None:
    await archive.writes(said("Alice is ill"))
    await archive.sealer().drain()
    asked = Shredder(archive.chain, Sealing(archive, works=works), None)
    assert await asked.shred("jira:1", by="cli:root", why="law") is works
    assert (b"Alice" in await archive.export(clear=True)) is not works
    # However late: the request stays in the buffer.
    await archive.sealer().drain()
    assert b"Alice" not in await archive.export(clear=True)


async def test_redis_is_asked_to_forget_the_key_in_its_file_as_well(archive: Archive) -> None:
    assert isinstance(await shredder(archive).forget_history(), bool)
