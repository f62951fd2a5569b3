"""Every record reaches the collector, in order, at least once, whichever side is away meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
from pathlib import Path

import pytest
from typing_extensions import override

from bot.audit import collectors, forwarding
from bot.audit.collectors import HttpCollector, SyslogCollector, open_collector
from bot.audit.forwarding import Forwarder
from bot.audit.packing import Keeper
from bot.audit.settings import ForwardSection
from bot.core.errors import Forbidden, Misconfigured, Refused, Retry
from bot.settings import Environment
from tests.bot.audit.collecting import certificate, http_collector, syslog_receiver
from tests.bot.audit.conftest import Archive, record
from tests.bot.runtime.conftest import until
from tests.bot.workbench import Hands


async def everything(archive: Archive) -> list[bytes]:
    """The lines of the chain, as an export has them."""
    return (await archive.export()).splitlines(keepends=True)[1:-1]


async def sent_all(forwarder: Forwarder) -> int:
    total = 0
    while count := await forwarder.send_once():
        total += count
    return total


async def test_the_collector_gets_the_very_lines_of_an_export(archive: Archive) -> None:
    await archive.sealed(12, each=5)
    async with http_collector() as posted:
        collector = HttpCollector(posted.url, "s3cret")
        forwarder = Forwarder(archive.chain, collector, archive.clock)
        assert await forwarder.behind() == 13
        assert await sent_all(forwarder) == 13
        assert await sent_all(forwarder) == 0
        assert await forwarder.behind() == 0
        assert posted.lines == await everything(archive)
        assert posted.tokens == {"Bearer s3cret"}
        await archive.sealed(2, start=13)
        await sent_all(forwarder)
        assert posted.lines == await everything(archive)
        assert posted.batches[-1] == "14-15"
        await collector.close()


async def test_a_batch_ends_with_a_head_however_blocks_are_packed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "BATCH_BYTES", 3000)
    await archive.sealed(40, each=2)
    async with http_collector() as posted:
        collector = HttpCollector(posted.url)
        forwarder = Forwarder(archive.chain, collector, archive.clock)
        await forwarder.send_once()
        await Keeper(archive.chain, archive.clock, keep_s=None, forwarded=True).pack(loose_max=0)
        while True:
            assert posted.lines[-1].startswith(b'{"head"')
            if not await forwarder.send_once():
                break
        assert posted.lines == await everything(archive)
        assert len(posted.batches) > 5
        await collector.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, Retry), (429, Retry), (401, Forbidden), (403, Forbidden), (400, Refused), (302, Refused)],
)
async def test_an_answer_that_is_no_yes_moves_nothing(
    archive: Archive, status: int, kind: type[Exception]
) -> None:
    await archive.sealed(3)
    async with http_collector() as posted:
        collector = HttpCollector(posted.url, "s3cret")
        forwarder = Forwarder(archive.chain, collector, archive.clock)
        posted.answers = [status]
        with pytest.raises(kind) as refused:
            await forwarder.send_once()
        assert "s3cret" not in str(refused.value)
        if status == 429:
            assert isinstance(refused.value, Retry)
            assert refused.value.after_s == 7
        assert await archive.chain.forwarded() == 0
        assert await sent_all(forwarder) == 4
        assert posted.lines == await everything(archive)
        await collector.close()


async def test_a_lost_answer_sends_the_same_batch_under_the_same_name_again(archive: Archive) -> None:
    await archive.sealed(3)
    async with http_collector() as posted:
        collector = HttpCollector(posted.url)
        forwarder = Forwarder(archive.chain, collector, archive.clock)
        posted.answers = [0]
        with pytest.raises(Retry):
            await forwarder.send_once()
        await forwarder.send_once()
        assert posted.batches == ["1-4", "1-4"]
        await collector.close()


class Ticking(Hands):
    """A clock whose every wait is a moment of real time; it remembers how long they were meant to be."""

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.002)


async def test_a_running_forwarder_survives_its_collector_and_says_what_is_wrong(archive: Archive) -> None:
    await archive.sealed(12, each=3)
    archive.clock = Ticking()
    async with http_collector() as posted:
        posted.answers = [500, 200, 503, 0, 401, 200]
        forwarder = Forwarder(archive.chain, HttpCollector(posted.url), archive.clock, name="one")
        task = asyncio.create_task(forwarder.run(every_s=0.01))
        await until(lambda: "401" in forwarder.trouble)
        await until(lambda: forwarded(archive, 13))
        await until(lambda: not forwarder.trouble)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    seen = list(dict.fromkeys(posted.lines))
    assert seen == await everything(archive), "in order; a repeat is a whole batch"
    assert max(archive.clock.slept) >= forwarding.REFUSED_S, "after a no it waits for a person"


async def forwarded(archive: Archive, number: int) -> bool:
    return await archive.chain.forwarded() == number


async def test_two_replicas_forward_in_order_and_never_skip(archive: Archive) -> None:
    """Without turns, at the same time: each batch goes out whole, and the cursor never goes back."""
    await archive.sealed(60, each=3)
    async with http_collector() as posted:
        collector = HttpCollector(posted.url)
        both = [Forwarder(archive.chain, collector, archive.clock) for _ in range(2)]
        await asyncio.gather(*(sent_all(each) for each in both))
        firsts = [int(batch.partition("-")[0]) for batch in posted.batches]
        assert list(dict.fromkeys(posted.lines)) == await everything(archive)
        assert sorted(set(firsts)) == list(dict.fromkeys(firsts))
        assert await archive.chain.forwarded() == 61
        await collector.close()


async def test_one_replica_at_a_time_holds_the_turn(archive: Archive) -> None:
    archive.clock = Ticking()
    async with http_collector() as posted:
        running = [
            asyncio.create_task(
                Forwarder(archive.chain, HttpCollector(posted.url), archive.clock, name=name).run(0.01)
            )
            for name in ("one", "two")
        ]
        for start in range(1, 20, 3):
            await archive.sealed(3, start=start)
        await until(lambda: forwarded(archive, 22))
        assert len(posted.lines) == len(set(posted.lines)), "nothing went out twice"
        for task in running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_a_collector_that_comes_after_retention_starts_at_the_head_that_is_left(
    archive: Archive,
) -> None:
    await archive.sealed(5)
    archive.clock.passes(days=10)
    await archive.sealed(5, start=6)
    await Keeper(archive.chain, archive.clock, keep_s=None, forwarded=False).prune(86_400)
    async with http_collector() as posted:
        collector = HttpCollector(posted.url)
        await sent_all(Forwarder(archive.chain, collector, archive.clock))
        assert posted.lines == await everything(archive)
        assert json.loads(posted.lines[0])["head"]["last"] == 6
        await collector.close()


SYSLOG = re.compile(rb"<110>1 \S+ \S+ countersign - \S{1,32} - (\{.*\})")


@pytest.mark.parametrize("encrypted", [False, True])
async def test_syslog_gets_each_line_as_a_message_with_its_length(
    archive: Archive, tmp_path: Path, *, encrypted: bool
) -> None:
    await archive.sealed(12, each=5)
    here = there = None
    if encrypted:
        path = certificate(tmp_path)
        there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        there.load_cert_chain(path)
        here = ssl.create_default_context(cafile=str(path))
    async with syslog_receiver(there) as received:
        forwarder = Forwarder(archive.chain, SyslogCollector("127.0.0.1", received.port, here), archive.clock)
        assert await sent_all(forwarder) == 13
        await until(lambda: len(received.messages) == 16)
        lines = await everything(archive)
        for message, line in zip(received.messages, lines, strict=True):
            found = SYSLOG.fullmatch(message)
            assert found, message
            assert found[1] == line.rstrip(b"\n")
        assert b" write.started - " in received.messages[1]
        assert b" head - " in received.messages[6]
        assert b" 2026-11-20T09:00:01.000+00:00 " in received.messages[1]


async def test_tls_to_somebody_whose_certificate_is_not_trusted_sends_nothing(
    archive: Archive, tmp_path: Path
) -> None:
    await archive.sealed(2)
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there.load_cert_chain(certificate(tmp_path))
    async with syslog_receiver(there) as received:
        collector = SyslogCollector("127.0.0.1", received.port, ssl.create_default_context())
        with pytest.raises(Retry, match="away"):
            await Forwarder(archive.chain, collector, archive.clock).send_once()
        assert not received.messages
        assert await archive.chain.forwarded() == 0


async def test_a_syslog_connection_that_is_reset_half_way_is_sent_again(archive: Archive) -> None:
    for start in range(1, 2000, 500):
        await archive.writes(*(record(n) for n in range(start, start + 500)))
    await archive.sealer().drain()
    async with syslog_receiver() as received:
        received.resets = 2
        forwarder = Forwarder(archive.chain, SyslogCollector("127.0.0.1", received.port, None), archive.clock)
        for _ in range(2):
            with pytest.raises(Retry):
                await forwarder.send_once()
            assert await archive.chain.forwarded() == 0
        received.messages.clear()
        await sent_all(forwarder)
        bodies = [message.partition(b" - {")[2] for message in received.messages]
        assert bodies == [line.rstrip(b"\n")[1:] for line in await everything(archive)]


async def test_a_receiver_that_never_closes_does_not_block_all_for_ever(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collectors, "ACKNOWLEDGED_S", 0.05)
    await archive.sealed(4, each=2)
    async with syslog_receiver() as received:
        received.deaf = True
        forwarder = Forwarder(archive.chain, SyslogCollector("127.0.0.1", received.port, None), archive.clock)
        assert await sent_all(forwarder) == 5
        assert len(received.messages) == 7


async def test_nobody_there_is_told_as_away(archive: Archive) -> None:
    await archive.sealed(2)
    for collector in (SyslogCollector("127.0.0.1", 9, None), HttpCollector("http://127.0.0.1:9/")):
        with pytest.raises(Retry, match="away"):
            await Forwarder(archive.chain, collector, archive.clock).send_once()
        await collector.close()


def test_a_collector_is_opened_as_the_file_says(tmp_path: Path) -> None:
    env = Environment({"AUDIT_TOKEN": "s3cret"})
    assert isinstance(open_collector(ForwardSection(http="https://a.example/x"), env), HttpCollector)
    assert isinstance(open_collector(ForwardSection(syslog="tcp://a.example:601"), env), SyslogCollector)
    with pytest.raises(Misconfigured, match="OTHER is not set"):
        open_collector(ForwardSection(http="https://a.example", token_env="OTHER"), env)
    with pytest.raises(Misconfigured, match="ca_file"):
        open_collector(ForwardSection(syslog="tls://a.example:6514", ca_file=str(tmp_path / "none")), env)
