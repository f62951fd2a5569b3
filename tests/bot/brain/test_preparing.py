"""Many tickets are prepared in other processes: in order, and the same as in this one."""

from __future__ import annotations

from collections.abc import Iterator

from bot.brain.preparing import ALONE_MAX, BATCH, prepared
from bot.core.tickets import PastTicket
from tests.bot.brain.past import VPN, solved


def tickets(count: int) -> Iterator[tuple[PastTicket, str]]:
    for number in range(count):
        yield (
            solved(f"OPS-{number}", f"{VPN} case{number}x" if number % 7 else "", category="Network"),
            f"p{number}",
        )


def test_workers_say_the_same_in_the_same_order() -> None:
    count = BATCH * (ALONE_MAX + 2) + 3
    alone = list(prepared(tickets(count), workers=1))

    assert list(prepared(tickets(count), workers=2)) == alone
    assert [len(batch) for batch in alone] == [BATCH] * (ALONE_MAX + 2) + [3]
    assert [each and each.person for batch in alone for each in batch] == [
        f"p{number}" if number % 7 else None for number in range(count)
    ]


def test_few_tickets_start_no_process_and_none_give_none() -> None:
    given: list[int] = []

    def watched() -> Iterator[tuple[PastTicket, str]]:
        for number, each in enumerate(tickets(BATCH + 1)):
            given.append(number)
            yield each

    batches = prepared(watched(), workers=2)
    assert len(next(batches)) == BATCH
    assert len(given) == BATCH, "no more is read than was asked for"
    assert len(next(batches)) == 1
    assert next(batches, None) is None
    assert list(prepared(iter(()))) == []
