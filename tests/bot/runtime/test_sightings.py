"""What open tickets say is kept redacted, once a ticket, bounded, in the order in which it changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.core.tickets import Actor, Snapshot, TicketRef
from bot.core.untrusted import Untrusted
from bot.runtime import sightings as kept
from bot.runtime.sightings import TEXT_CHARS_MAX, Changed, Sighting, Sightings, sighting_of
from tests.bot.runtime.conftest import keys_of
from tests.making import REF, REPORTER, T0, comment, snapshot, ticket

NASTY = [
    "",
    "\ud800 half",
    "\x00\x07",
    "\u202etxet",
    "a" * 1_100_000,
    "from: to: \n> >\n-- \n" * 4_000,
    "👩\u200d👩 🖨️",
    "<PERSON_1> <SECRET_2>",
]


@pytest.fixture
def sightings(redis: Redis, prefix: str) -> Sightings:
    return Sightings(redis, prefix)


def sighting(number: int = 1, text: str = "vpn down", **more: str) -> Sighting:
    known = {"key": f"OPS-{number}", "url": "", "queue": "OPS", "person": "p", **more}
    return Sighting(connector="jira", id=str(number), at=T0, text=text, **known)


def ref(number: int) -> TicketRef:
    return TicketRef("jira", str(number))


async def all_of(sightings: Sightings) -> list[Changed]:
    return await sightings.since(0, 100)


async def test_what_was_seen_is_read_on_from_a_mark_in_the_order_it_changed(sightings: Sightings) -> None:
    for number in (1, 2, 3):
        await sightings.saw(sighting(number))
    first, second = await sightings.since(0, 2)
    assert (first.sighting, second.sighting) == (sighting(1), sighting(2))
    (third,) = await sightings.since(second.mark, 10)
    assert third.sighting == sighting(3)
    await sightings.saw(sighting(1, "vpn up"))
    (again,) = await sightings.since(third.mark, 10)
    assert again.sighting == sighting(1, "vpn up")
    assert [each.ref.id for each in await all_of(sightings)] == ["2", "3", "1"], "one entry a ticket"


async def test_the_same_again_is_no_news(sightings: Sightings) -> None:
    await sightings.saw(sighting())
    (before,) = await all_of(sightings)
    await sightings.saw(sighting())
    assert await sightings.since(before.mark, 10) == []


async def test_marks_grow_however_fast_tickets_come(sightings: Sightings) -> None:
    for number in range(60):
        await sightings.saw(sighting(number))
    marks = [each.mark for each in await all_of(sightings)]
    assert len(set(marks)) == 60
    assert marks == sorted(marks)


async def test_a_ticket_that_has_left_leaves_no_words(
    sightings: Sightings, redis: Redis, prefix: str
) -> None:
    await sightings.saw(sighting(text="vpn down"))
    (before,) = await all_of(sightings)
    await sightings.left(ref(1))
    (gone,) = await sightings.since(before.mark, 10)
    assert (gone.ref, gone.sighting, gone.forgotten) == (ref(1), None, False)
    assert await redis.hlen(f"{prefix}:open") == 0
    await sightings.left(ref(2))
    assert len(await all_of(sightings)) == 1, "one that nobody has seen leaves no trace"


async def test_a_forgotten_ticket_leaves_and_does_not_come_back(
    sightings: Sightings, redis: Redis, prefix: str
) -> None:
    for number in (1, 2):
        await sightings.saw(sighting(number))
    assert await sightings.forget("jira", "ops-1")
    changed = {each.ref.id: each for each in await all_of(sightings)}
    assert changed["1"].forgotten
    assert changed["1"].sighting is None
    assert changed["2"].sighting is not None
    await sightings.saw(sighting(1, "something new"))
    assert "something new" not in str(await redis.hvals(f"{prefix}:open"))
    await sightings.left(ref(1))
    assert not (await all_of(sightings))[-1].sighting


async def test_a_ticket_forgotten_before_it_was_ever_seen_stays_out(sightings: Sightings) -> None:
    assert not await sightings.forget("jira", "OPS-1")
    await sightings.saw(sighting(1))
    assert await all_of(sightings) == []
    await sightings.saw(replace(sighting(1), connector="other"))
    assert len(await all_of(sightings)) == 1, "another system's ticket of the same key is another ticket"


async def test_only_so_many_are_kept_and_the_quietest_goes(
    sightings: Sightings, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "KEPT_MAX", 3)
    for number in range(5):
        await sightings.saw(sighting(number))
    assert [each.ref.id for each in await all_of(sightings)] == ["2", "3", "4"]
    assert await redis.hlen(f"{prefix}:open") == 3


async def test_what_nobody_has_touched_for_too_long_goes(
    sightings: Sightings, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sightings.saw(sighting(1))
    monkeypatch.setattr(kept, "KEPT_S", 0)
    await sightings.saw(sighting(2))
    assert "1" not in [each.ref.id for each in await all_of(sightings)]
    assert "OPS-1" not in str(await redis.hvals(f"{prefix}:open"))


async def test_what_another_build_wrote_counts_as_nothing(
    sightings: Sightings, redis: Redis, prefix: str
) -> None:
    await sightings.saw(sighting(1))
    await redis.hset(f"{prefix}:open", "jira:1", b'{"of": "tomorrow"}')
    (found,) = await all_of(sightings)
    assert found.sighting is None
    assert not await sightings.forget("jira", "OPS-1")


async def test_all_keys_carry_the_prefix(sightings: Sightings, redis: Redis, prefix: str) -> None:
    await sightings.saw(sighting(1))
    await sightings.forget("jira", "OPS-1")
    names = {key.decode().removeprefix(prefix) for key in await keys_of(redis, f"{prefix}*")}
    assert names == {":open", ":open:at", ":open:forgotten"}


# -- what is kept of a ticket ------------------------------------------------------------------------------


def seen(summary: str = "", description: str = "", reporter: Actor | None = REPORTER) -> Sighting:
    found = replace(ticket(summary=summary, description=description), reporter=reporter)
    return sighting_of(Snapshot(found), T0 + timedelta(hours=1))


def test_personal_data_secrets_and_the_names_of_those_who_write_are_masked() -> None:
    says = "Rita here, call +44 20 7946 0958 or rita@example.com, password: hunter2!x. Arne knows."
    found = sighting_of(snapshot(ticket(description=says), [comment()]), T0)
    for raw in ("Rita", "7946", "rita@", "hunter2"):
        assert raw not in found.text
    assert "Printer on fire" in found.text


def test_who_asked_is_a_pseudonym_that_tells_people_apart() -> None:
    other = replace(REPORTER, id="ruth")
    assert seen().person == seen("Other", "words").person != seen(reporter=other).person
    assert "rita" not in seen().person
    assert seen(reporter=None).person == seen(reporter=replace(REPORTER, id="")).person == ""


def test_quoted_mail_is_left_out() -> None:
    found = seen(
        "Printer", "It burns since nine o'clock today.\n\nOn Monday Ann wrote:\n> old words of last week"
    )
    assert "burns" in found.text
    assert "last week" not in found.text


def test_a_clock_ahead_of_ours_does_not_move_a_ticket_into_the_future() -> None:
    found = sighting_of(Snapshot(replace(ticket(), created_at=T0 + timedelta(days=3))), T0)
    assert found.at == T0


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_any_text_can_be_kept_and_is_short(text: str) -> None:
    found = replace(ticket(summary=text, description=text), key=text[:400], queue=text[:400], url=text[:400])
    kept_ = sighting_of(Snapshot(replace(found, reporter=replace(REPORTER, name=Untrusted(text[:50])))), T0)
    assert len(kept_.text) <= TEXT_CHARS_MAX
    written = f"{kept_.text}{kept_.key}{kept_.queue}{kept_.url}".encode()  # raises on what no store takes
    assert b"\x00" not in written


@settings(max_examples=60)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=20))
def test_nothing_that_people_write_raises(summary: str, description: str, name: str) -> None:
    found = seen(summary, description, Actor("x", Untrusted(name)))
    assert found.ref == REF
    assert "\u202e" not in found.text
