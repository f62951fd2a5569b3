"""In shadow nobody sees what it thinks, and yet it is held against what people did."""

from __future__ import annotations

from bot.app import PREFIX
from bot.shadowing import live_in
from tests.stories.conftest import Begin, everywhere


@everywhere
async def test_what_was_thought_in_shadow_is_held_against_what_people_did(begin: Begin, desk: str) -> None:
    world = await begin(desk, mode="shadow")
    as_people_saw_it = [world.desk.sure, world.desk.other]
    for value in as_people_saw_it:
        key = await world.ticket()
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
