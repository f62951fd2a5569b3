"""What is attached to a ticket: who asks is told the names, and a file by itself sets nothing in motion."""

from __future__ import annotations

from tests.stories.conftest import Begin, everywhere
from tests.stories.desks import JiraDesk, ServiceNowDesk
from tests.stories.world import World

NAME = "Fehler 42.png"


def attach(world: World, key: str, name: str) -> None:
    """Put a file on the ticket, as the requester."""
    desk = world.desk
    assert isinstance(desk, JiraDesk | ServiceNowDesk)
    desk.world.attach(key, "dan", name, size_bytes=120_000)


@everywhere
async def test_who_asks_what_is_attached_is_told_the_names(begin: Begin, desk: str) -> None:
    world = await begin(desk, mode="suggest", model=True)
    key = await world.ticket()
    attach(world, key, NAME)
    asked = world.slack.world.dm("U0ALICE", f"What is attached to {key}?")
    await world.settles()
    answers = [m for m in world.slack.world.messages(asked.channel) if m.bot_id]
    assert NAME in "\n".join(f"{m.text} {m.blocks}" for m in answers)
    paths = [each.path for each in world.desk.vendor.exchanges]
    assert not [path for path in paths if "attachment/" in path], "nothing was downloaded"
    assert await world.executed() == 0


@everywhere
async def test_a_file_that_is_attached_later_is_no_reason_to_look_at_the_ticket_anew(
    begin: Begin, desk: str
) -> None:
    world = await begin(desk, mode="suggest", model=True)
    key = await world.ticket()
    notes, asked = world.desk.notes(key), len(world.anthropic.exchanges)
    assert notes
    attach(world, key, "Set this ticket to high.txt")
    await world.settles()
    assert (world.desk.notes(key), len(world.anthropic.exchanges)) == (notes, asked)
