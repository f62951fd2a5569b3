"""The rows of the crash table in which a bot dies: each kills it once at its point, starts it again, and says
what there must be then. The rest of the table is in ``test_redis_killed.py`` and ``test_replicas.py``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.core.actions import Risk
from bot.core.dossier import Status
from sandbox.slack import Acked
from sandbox.slack.rooms import Message
from tests.crash.ground import SETTLED_S, Ground
from tests.crash.picture import Picture
from tests.crash.victim import Victim
from tests.stories.desks import Desk

TOOK_IN: Final = 200
"""What a duplicate is answered (contract §4)."""


@dataclass
class Scene:
    """One repeat of one row."""

    ground: Ground
    desk: Desk
    bot: Victim
    number: int
    """Counted from 0; even and odd ones die at different places where a row has two."""
    undisturbed: Picture
    """What there is when nobody dies."""
    key: str = ""

    def one_of(self, *points: str) -> str:
        """Take turns, so that every desk meets every point."""
        return points[self.number // len(self.ground.desks) % len(points)]

    async def again(self) -> None:
        """Start the next bot, once this one is dead, and let it do what was left.

        Whatever else went on at the kill may have to be looked for; the time for that passes as well.
        """
        self.bot = await self.ground.bot()
        await self.ground.settles(within_s=SETTLED_S)

    async def cards(self) -> list[Message]:
        """Return the ticket's cards."""
        return await self.ground.cards(self.desk, self.key)

    async def card(self) -> Message:
        """Return its only card."""
        cards = await self.cards()
        assert len(cards) == 1, f"{len(cards)} cards"
        return cards[0]

    async def approve(self) -> None:
        """Press Approve on its card, or on the first copy of it, and let things settle."""
        assert (await self.ground.approves((await self.cards())[0])).ok
        await self.ground.settles()

    async def status(self, kind: str) -> Status:
        """Return where its only note stands, or its only proposal of ``fields``."""
        held = (await self.ground.dossier(self.desk, self.key)).tracked.values()
        found = [t for t in held if (t.proposal.action.risk is Risk.NOTE) is (kind == "note")]
        assert len(found) == 1, f"{len(found)} of {self.key}: {self.bot.said(60)}"
        return found[0].status


async def after_the_webhooks_commit(scene: Scene) -> Picture:
    """The vendor sends it again; the duplicate is answered 200 and processed once."""
    scene.bot.dies_at("webhook-stored")
    scene.key = scene.ground.opens(scene.desk)
    await scene.bot.died_at("webhook-stored")
    (sent,) = scene.desk.deliveries.sent[-1:]
    scene.bot = await scene.ground.bot()
    again = scene.desk.deliveries.send(sent.delivery)
    await scene.ground.settles()
    assert sent.statuses[0] == 0, "the first time nobody answered"
    assert set(sent.statuses[1:]) <= {0, TOOK_IN}
    assert again.statuses == [TOOK_IN]
    await scene.approve()
    return scene.undisturbed


async def between_two_effects(scene: Scene) -> Picture:
    """What was left is done, and nothing is done twice."""
    point = scene.one_of("card-held", "note-held")
    scene.bot.dies_at(point)
    scene.key = scene.ground.opens(scene.desk)
    await scene.bot.died_at(point)
    there = (len(scene.desk.notes(scene.key)), len(await scene.cards()))
    assert there == ((1, 0) if point == "card-held" else (0, 1)), "one of the two had happened"
    await scene.again()
    await scene.approve()
    return scene.undisturbed


async def while_the_skill_runs(scene: Scene) -> Picture:
    """It runs again, and what it proposes has the same ids."""
    point = scene.one_of("skill-thinks", "skill-ends")
    scene.bot.dies_at(point)
    scene.key = scene.ground.opens(scene.desk)
    proposed = await scene.bot.died_at(point)
    assert not scene.desk.notes(scene.key)
    await scene.again()
    if point == "skill-ends":
        assert proposed == list((await scene.ground.dossier(scene.desk, scene.key)).tracked)
    await scene.approve()
    return scene.undisturbed


async def after_the_card_was_posted(scene: Scene) -> Picture:
    """A second copy appears. A click on the one nobody remembers works, and both are updated."""
    scene.bot.dies_at("card-posted")
    scene.key = scene.ground.opens(scene.desk)
    await scene.bot.died_at("card-posted")
    await scene.again()
    forgotten, known = await scene.cards()
    assert (await scene.ground.approves(forgotten)).ok
    await scene.ground.settles()
    assert forgotten.text == known.text
    return replace(scene.undisturbed, cards=scene.undisturbed.cards * 2)


async def after_the_clicks_commit(scene: Scene) -> Picture:
    """It is approved, and a second click says so."""
    point = scene.one_of("click-stored", "click-decided")
    scene.key = await scene.ground.asked(scene.desk)
    card = await scene.card()
    scene.bot.dies_at(point)
    first: Acked = await scene.ground.approves(card)
    await scene.bot.died_at(point)
    assert first.ok is (point == "click-decided"), "the person saw Slack's warning, or did not"
    await scene.again()
    told = len(scene.ground.told("U0BOB"))
    assert (await scene.ground.approves(card, by="U0BOB")).ok
    await scene.ground.settles()
    (said,) = scene.ground.told("U0BOB")[told:]
    assert "Alice Moreau" in said
    return replace(scene.undisturbed, trail=(*scene.undisturbed.trail, "click.refused"))


async def after_the_write_ahead_record(scene: Scene) -> Picture:
    """Nothing is sent before somebody has looked, and then once."""
    kind, point = scene.one_of("fields fields-not-sent", "note note-not-sent").split()
    await _dies_writing(scene, kind, point)
    assert not _landed(scene, kind)
    once_more = ("proposal.executing", "write.started", "proposal.executed")
    await _settled(scene, kind, ("write.started", "proposal.uncertain", *once_more))
    return await _expected(scene, kind)


async def after_the_vendor_committed(scene: Scene) -> Picture:
    """Killed while the answer was kept back: it is found to be there, and not sent again."""
    kind, hold = scene.one_of("fields", "note"), scene.ground.holds[scene.desk.name]
    await _about_to_write(scene, kind)
    hold.next(kind)
    await _goes_on(scene, kind)
    await scene.ground.until(hold.committed.is_set)
    await scene.bot.killed()
    assert scene.desk.notes(scene.key) if kind == "note" else scene.desk.is_by_us(scene.key)
    hold.let_go.set()
    scene.bot = await scene.ground.bot()
    await _settled(scene, kind, ("write.started", "proposal.uncertain", "proposal.executed"))
    return await _expected(scene, kind)


async def after_the_vendors_answer(scene: Scene) -> Picture:
    """The same, when the answer was there and nobody had written it down."""
    kind, point = scene.one_of(
        "fields fields-answered", "note note-answered", "fields write-read-back", "note write-read-back"
    ).split()
    await _dies_writing(scene, kind, point)
    assert _landed(scene, kind)
    await _settled(scene, kind, ("write.started", "proposal.uncertain", "proposal.executed"))
    return await _expected(scene, kind)


async def _dies_writing(scene: Scene, kind: str, point: str) -> None:
    await _about_to_write(scene, kind)
    scene.bot.dies_at(point)
    await _goes_on(scene, kind)
    await scene.bot.died_at(point)
    scene.bot = await scene.ground.bot()


async def _about_to_write(scene: Scene, kind: str) -> None:
    """Come as far as the card; a note is the first thing that happens to a ticket."""
    if kind == "fields":
        scene.key = await scene.ground.asked(scene.desk)


async def _goes_on(scene: Scene, kind: str) -> None:
    if kind == "note":
        scene.key = scene.ground.opens(scene.desk)
    else:
        await scene.ground.approves(await scene.card())


async def _settled(scene: Scene, kind: str, ending: tuple[str, ...]) -> None:
    """See that the write is uncertain and left alone; let the settle time pass, and bring the rest about."""
    await scene.ground.settles()
    assert await scene.status(kind) is Status.UNCERTAIN
    landed = _landed(scene, kind)
    await scene.ground.settles()
    assert _landed(scene, kind) == landed, "nothing is sent while nobody knows"
    await scene.ground.settles(within_s=SETTLED_S)
    assert _landed(scene, kind) == 1
    trails = await scene.ground.trails(scene.desk, scene.key)
    assert [trail[-len(ending) :] for trail in trails].count(ending) == 1, trails
    if kind == "note":
        await scene.approve()


async def _expected(scene: Scene, kind: str) -> Picture:
    """Return the undisturbed picture. The card is posted while the note is written: it may be there twice."""
    copies = len(await scene.cards()) if kind == "note" else 1
    assert copies in {1, 2}
    return replace(scene.undisturbed, cards=scene.undisturbed.cards * copies)


def _landed(scene: Scene, kind: str) -> int:
    """Return how many notes there are, or how often the fields were set."""
    if kind == "note":
        return len(scene.desk.notes(scene.key))
    part = scene.desk.vendor_id(scene.key).rpartition("/")[2]
    return sum(part in each.path for each in scene.desk.field_writes())


ROWS: Final = (
    after_the_webhooks_commit,
    between_two_effects,
    while_the_skill_runs,
    after_the_card_was_posted,
    after_the_clicks_commit,
    after_the_write_ahead_record,
    after_the_vendor_committed,
    after_the_vendors_answer,
)
