"""In shadow nobody sees what it thinks, and yet it is held against what people did."""

from __future__ import annotations

from bot.app import PREFIX
from bot.shadowing import live_in
from tests.stories.conftest import Begin, everywhere


@everywhere
async def test_what_was_thought_in_shadow_is_held_against_what_people_did(begin: Begin, desk: str) -> None:
    world = await begin(desk, mode="shadow")
    # Both before either is closed: a closed one would teach it something about the other.
    keys = [await world.ticket(), await world.ticket()]
    for key, value in zip(keys, [world.desk.sure, world.desk.other], strict=True):
        world.desk.set(key, "alice", value)
        world.desk.close(key)
        await world.settles()

    found = await live_in(world.redis, PREFIX, "", 0.95)

    field = next(each for each in found.fields if each.whole.place.field == world.desk.field)
    assert field.whole.place.connector == world.desk.name
    assert (field.whole.n, field.whole.right) == (2, 1)
    assert field.how == {"closed": 2}
    assert world.desk.writes() == [], "nobody was shown anything"
    assert world.cards() == []
