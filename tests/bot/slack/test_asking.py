"""``/itsm`` about tickets and proposals: one person sees it, in their language, once access is checked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typing_extensions import override

from approvals.clicks import Person
from bot.core.dossier import Status
from bot.core.errands import InSlack, unsealed
from bot.core.errors import Missing, Retry
from bot.core.tickets import Actor, Ticket, TicketRef, Value
from bot.core.untrusted import Untrusted
from bot.runtime.envelopes import ERRAND
from bot.runtime.jobs import MODEL
from bot.runtime.recent import Recent
from bot.slack.asking import Finder, Unfound
from sandbox.slack.rooms import Message
from tests.bot.records import Records
from tests.bot.slack.office import ROOM, Office
from tests.making import ALICE, BOB, CAROL, REF, proposal, reply
from tests.making import ticket as a_ticket

WHAT = proposal()
DAN = "U0DAN"
HOSTILE = "<!channel> *Approved by Alice* <https://evil.example|click>"


async def types(place: Office, user: str, text: str, channel: str = ROOM) -> list[Message]:
    """Type ``/itsm text`` and return what that person alone was shown."""
    before = len(place.world.ephemerals(user))
    acked = await place.world.slash(user, "/itsm", text, channel)
    assert acked.ok
    await place.turns()
    return place.world.ephemerals(user)[before:]


def shown(messages: list[Message]) -> str:
    return "\n".join(f"{each.text}\n{each.blocks}" for each in messages)


def markup(messages: list[Message]) -> list[str]:
    """Every piece of text that Slack would read for markup: what stands outside of rich text."""
    blocks = [block for each in messages for block in each.blocks]
    return [str(block) for block in blocks if block["type"] not in {"rich_text", "header"}]


# -- status


async def test_a_ticket_is_shown_as_it_is_now_to_the_one_who_asked(place: Office) -> None:
    await place.asks()
    told = shown(await types(place, CAROL, "status OPS-1"))
    for words in ("OPS-1 now", "Printer on fire", "Status: Open", "Priority: Low", "Requester: Rita"):
        assert words in told, words
    assert f"Set Priority to High. ({WHAT.id})" in told
    assert "https://jira.example.com/browse/OPS-1" in told
    assert not [
        each for each in place.world.messages(ROOM) if "Printer on fire" in each.text and "now" in each.text
    ]


async def test_of_the_fields_those_are_shown_that_people_know(place: Office) -> None:
    fields = {
        "status": (Value("1", "Open"),),
        "assignee": (),
        "components": (),
        "issuelinks": (Value("Relates:OPS-2", "Relates OPS-2"),),
        "countersign.place": (Value("cloud", "yes"),),
        "customfield_10010": (Value("7", "Seven"),),
    }
    place.bench.records.tickets[REF.id] = replace(a_ticket(), fields=fields)
    (message,) = await types(place, CAROL, "status OPS-1")
    told = message.text
    assert told.count("Status: ") == 1
    assert "Assignee: –" in told  # noqa: RUF001  # a dash stands for nothing
    for hidden in ("Components", "countersign.", "customfield", "Seven", "OPS-2"):
        assert hidden not in told, hidden


async def test_the_address_of_a_ticket_and_the_system_before_its_key_do_as_well(place: Office) -> None:
    for subject in ("https://jira.example.com/browse/OPS-1", "jira:OPS-1", "ops-1"):
        assert "OPS-1 now" in shown(await types(place, CAROL, f"status {subject}"))
    assert "no ticket's" in shown(await types(place, CAROL, "status https://evil.example/browse/OPS-1"))
    assert "There is no system snow" in shown(await types(place, CAROL, "status snow:OPS-1"))


async def test_somebody_who_reads_french_is_answered_in_french(place: Office) -> None:
    place.world.invite(ROOM, DAN)
    told = shown(await types(place, DAN, "status OPS-1"))
    assert "OPS-1 maintenant" in told
    assert "Priorité: Low" in told or "Priorité : Low" in told


async def test_what_a_ticket_says_stays_text(place: Office) -> None:
    hostile = replace(a_ticket(summary=HOSTILE), reporter=Actor("x", Untrusted(HOSTILE)))
    place.bench.records.tickets[REF.id] = hostile
    (message,) = await types(place, CAROL, "status OPS-1")
    assert "<!channel>" not in message.text
    assert "<https://evil" not in message.text
    assert not markup([message])
    links = [
        e["url"]
        for b in message.blocks
        for s in b.get("elements", [])
        for e in s.get("elements", [])
        if e["type"] == "link"
    ]
    assert links == ["https://jira.example.com/browse/OPS-1"]


@pytest.mark.parametrize("user", ["U0GUEST", "U0STRANGER"])
@pytest.mark.parametrize("text", ["status OPS-1", "summary OPS-1", f"why {WHAT.id}", f"undo {WHAT.id}"])
async def test_who_is_no_member_learns_nothing(place: Office, user: str, text: str) -> None:
    await place.asks()
    place.world.invite(ROOM, user)
    told = shown(await types(place, user, text))
    assert told
    assert "Printer" not in told
    assert "Priority" not in told
    assert not [each for each in await place.bench.leases(MODEL) if each.kind == ERRAND]


class Guarded:
    """Lets Alice see everything and others nothing; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    async def refusal(self, by: Person, skill: str, ticket: Ticket | None) -> str:
        self.asked.append((skill, ticket is not None))
        return "" if by.id == ALICE or ticket is None else "refused.guest"


class Elsewhere(Records):
    """Another system, which may have the same keys, or be away."""

    name, home = "cloud", "https://cloud.example.com"

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__()
        self.trouble, self.asked_for = trouble, list[str]()

    @override
    async def find(self, key: str) -> TicketRef:
        self.asked_for.append(key)
        if self.trouble is not None:
            raise self.trouble
        return await super().find(key)


async def test_nothing_is_read_before_access_is_granted_and_nothing_told_without_it() -> None:
    guard, records = Guarded(), Elsewhere()
    finder = Finder({"cloud": records}, guard)
    refused = await finder.snapshot(Person(BOB, "T0MAIN"), "ask", "OPS-1")
    assert refused == Unfound("refused.guest")
    assert guard.asked == [("ask", False), ("ask", True)]
    assert not isinstance(await finder.snapshot(Person(ALICE, "T0MAIN"), "draft", "OPS-1"), Unfound)
    assert guard.asked[-1] == ("draft", True)


async def test_a_key_in_two_systems_is_asked_back_and_one_that_is_away_is_named() -> None:
    both = Finder({"jira": Records(), "cloud": Elsewhere()}, Guarded())
    found = await both.find("OPS-1")
    assert found == Unfound("itsm.ambiguous", {"key": "OPS-1", "ways": "jira:OPS-1 / cloud:OPS-1"})
    assert not isinstance(await both.find("OPS-1", "cloud"), Unfound)
    gone = Finder({"cloud": Elsewhere(Missing("no"))}, Guarded())
    assert await gone.find("OPS-9") == Unfound("itsm.unknown_ticket", {"key": "OPS-9", "systems": "cloud"})
    away = Finder({"cloud": Elsewhere(Retry("away", after_s=1.0))}, Guarded())
    assert await away.find("OPS-9") == Unfound("itsm.away", {"system": "cloud"})


# -- skills


@pytest.mark.parametrize("verb", ["triage", "summary", "similar", "draft", "plan", "resolve"])
async def test_a_skill_is_sent_for_once_and_its_answer_goes_back_to_where_it_was_asked(
    place: Office, verb: str
) -> None:
    acked = await place.world.slash(DAN, "/itsm", f"{verb} OPS-1", ROOM)
    await place.turns()
    await place.slack.deliveries.ask("slash_commands", acked.payload)
    await place.turns()
    (lease,) = await place.bench.leases(MODEL)
    errand = unsealed(lease.data).errand
    assert (errand.skill, errand.connector, errand.key, errand.person, errand.language) == (
        verb,
        "jira",
        "OPS-1",
        DAN,
        "fr",
    )
    assert errand.place == InSlack(channel=ROOM, user=DAN, team="T0MAIN")
    assert acked.trigger_id not in errand.id


# -- proposals


async def test_why_tells_who_must_agree_and_by_which_rule(place: Office) -> None:
    await place.asks()
    told = shown(await types(place, CAROL, f"why {WHAT.id}"))
    for words in ("Why this proposal", "Set Priority to High.", "Status: waiting", "The summary says fire."):
        assert words in told, words
    assert "Rule that decides now: approvals[" in told
    assert "'user_id': 'U0ALICE'" in told
    assert "the skill triage" in told


async def test_a_proposal_nobody_made_is_said_to_be_unknown(place: Office) -> None:
    for verb in ("why", "undo"):
        assert "No proposal is called p000" in shown(await types(place, ALICE, f"{verb} p{'0' * 31}"))


async def test_undo_does_what_the_button_does(place: Office) -> None:
    await place.done(WHAT)
    assert "Asked to set back on OPS-1" in shown(await types(place, ALICE, f"undo {WHAT.id}"))
    tracked = await place.bench.of(WHAT)
    assert tracked.undone_by is not None
    undo = (await place.bench.journal.dossier(REF)).tracked[tracked.undone_by]
    assert undo.proposal.by == ALICE


async def test_undo_is_refused_to_whom_the_button_refuses_it(place: Office) -> None:
    await place.done(WHAT)
    await types(place, CAROL, f"undo {WHAT.id}")
    assert (await place.bench.of(WHAT)).undone_by is None
    assert [r for r in await place.bench.audit() if r.what == "click.refused"]


async def test_what_waits_is_listed_with_links_for_who_may_decide_it(place: Office) -> None:
    card = await place.asks()
    told = await types(place, ALICE, "pending")
    assert "Waiting for you: 1" in told[-1].text
    assert f"p{card.ts.replace('.', '')}" in shown(told)
    assert "Waiting for you: 0" in (await types(place, CAROL, "pending"))[-1].text


# -- the language


async def pick(place: Office, user: str, value: str) -> None:
    message = (await types(place, user, "settings"))[-1]
    (menu,) = [e for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    chosen = next(each for each in menu["options"] if each["value"] == value)
    payload = {
        "type": "block_actions",
        "user": {"id": user, "team_id": "T0MAIN"},
        "team": {"id": "T0MAIN"},
        "trigger_id": f"t.{user}.{value}.{len(message.ts)}",
        "container": {"type": "message", "channel_id": ROOM, "is_ephemeral": True},
        "actions": [
            {
                "action_id": "home:language",
                "block_id": "b",
                "type": "static_select",
                "selected_option": chosen,
            }
        ],
    }
    await place.slack.deliveries.ask("interactive", payload)
    await place.turns()


async def test_a_language_chosen_counts_before_what_slack_says_until_it_is_given_back(place: Office) -> None:
    await pick(place, ALICE, "fr")
    assert "On s'adresse désormais à vous en français." in place.whispers(ALICE)
    assert "OPS-1 maintenant" in shown(await types(place, ALICE, "status OPS-1"))
    await pick(place, ALICE, "slack")
    assert "OPS-1 now" in shown(await types(place, ALICE, "status OPS-1"))


# -- what was done


async def test_home_shows_what_was_done_with_undo_to_those_it_concerns(place: Office) -> None:
    await place.done(WHAT)
    recent = Recent(place.bench.redis, place.bench.lanes.prefix)
    await recent.note(WHAT.id, place.clock.now())
    for user, sees in ((ALICE, True), (CAROL, False), ("U0GUEST", False)):
        place.world.open_home(user)
        await place.world.settle()
        await place.turns()
        view = place.world.home(user)
        assert view is not None
        assert ("home:undo" in str(view.body)) == sees
    alices = place.world.home(ALICE)
    assert alices is not None
    await place.world.click_in_view(ALICE, alices.id, "home:undo", f"{WHAT.id}|1")
    await place.turns()
    assert (await place.bench.of(WHAT)).undone_by is not None


async def test_home_lets_operators_stop_and_resume_and_shows_nobody_else_how(place: Office) -> None:
    for user, sees in ((ALICE, True), (CAROL, False)):
        place.world.open_home(user)
        await place.world.settle()
        await place.turns()
        view = place.world.home(user)
        assert view is not None
        assert ("home:stop" in str(view.body)) == sees
    alices = place.world.home(ALICE)
    assert alices is not None
    await place.world.click_in_view(ALICE, alices.id, "home:stop", "*")
    await place.turns()
    assert await place.bench.stops.all() == {"*": "stopped by hand from the App Home"}
    alices = place.world.home(ALICE)
    assert alices is not None
    await place.world.click_in_view(ALICE, alices.id, "home:resume", "*")
    await place.turns()
    assert await place.bench.stops.all() == {}


async def test_only_the_newest_are_remembered(place: Office) -> None:
    recent = Recent(place.bench.redis, place.bench.lanes.prefix)
    now = place.clock.now()
    for number in range(3):
        await recent.note(proposal(number=number).id, now.replace(microsecond=number))
    await recent.note(proposal(number=0).id, now.replace(microsecond=9))
    assert await recent.newest(2) == (proposal(number=2).id, proposal(number=1).id)


async def test_a_reply_that_was_sent_stands_in_the_list_without_a_way_back(place: Office) -> None:
    what = proposal(reply())
    await place.done(what)
    await Recent(place.bench.redis, place.bench.lanes.prefix).note(what.id, place.clock.now())
    assert (await place.bench.of(what)).status is Status.EXECUTED
    place.world.open_home(ALICE)
    await place.world.settle()
    await place.turns()
    view = place.world.home(ALICE)
    assert view is not None
    assert "Reply to the requester." in str(view.body)
    assert "home:undo" not in str(view.body)


# -- what else only one person sees


async def opens(place: Office, user: str, card: Message, action: str) -> str:
    """Press a button that opens a form; returns what the form says once it is filled in."""
    acked = await place.world.click(user, card.channel, card.ts, action)
    assert acked.ok
    await place.turns()
    return str(place.world.open_views(user)[-1].body)


async def test_forms_are_in_the_language_of_who_opens_them_and_the_card_in_the_desks(place: Office) -> None:
    card = await place.asks()
    await pick(place, BOB, "fr")
    for action, french, english in (
        ("approval:reject", "Refuser", "Reject"),
        ("approval:edit", "Modifier", "Edit"),
        ("approval:details", "Détails", "Details"),
    ):
        assert french in await opens(place, BOB, card, action)
        assert english in await opens(place, ALICE, card, action)
    assert "Approve" in place.buttons(card)


async def test_what_only_one_person_is_told_is_in_their_language(place: Office) -> None:
    place.world.invite(ROOM, DAN)
    card = await place.asks()
    await place.click(DAN, card)
    assert "Vous ne faites pas partie des approbateurs" in place.whispers(DAN)[-1]
    await place.click(CAROL, card)
    assert "You are not among the people who may approve" in place.whispers(CAROL)[-1]


async def test_who_asked_is_told_the_end_directly_in_their_language(place: Office) -> None:
    what = proposal(by=DAN)
    await place.done(what)
    told = place.directly(DAN)[-1].text
    assert "Ouvrir la carte" in told
