"""Several proposals on one card: each its own choice, one click for all, never over Slack's limits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from approvals.clicks import parse_values
from approvals.limits import MESSAGE_BLOCKS_MAX, faults_of_message
from approvals.set_card import ITEMS_MAX, joined, members, set_card
from approvals.standing import Aside, Few
from bot.core.dossier import Dossier, Status, Tracked
from bot.core.ids import ProposalId
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import LANGUAGES
from tests.approvals import drawing
from tests.approvals.drawing import (
    ASKED,
    DOSSIER,
    LONG,
    RECEIPT,
    TWO,
    VOTE,
    decided,
    faults_of_card,
    texts,
    tracked,
)
from tests.approvals.test_card import GOLDEN, HOSTILE, WRITE, proposable
from tests.making import HIGH, after, proposal, reply, set_fields

FIRST = ProposalId(f"p{1:031x}")


def item(number: int, status: Status = Status.PENDING, **more: Any) -> Tracked:
    """The ``number``-th proposal of a set; the third is a reply."""
    what = (
        proposal(reply(more.pop("text", "We are on our way.")), number=number, last_public="c1")
        if number == 3
        else proposal(set_fields(**{f"field{number}": HIGH}), number=number)
    )
    what = replace(what, says=f"Set field {number} to High.") if number != 3 else what
    if status is Status.PENDING:
        return tracked(what, bundle=FIRST, **more)
    return decided(status, what, bundle=FIRST, **more)


def waiting(count: int) -> list[Tracked]:
    return [item(number) for number in range(1, count + 1)]


DONE: dict[str, Any] = {"receipt": RECEIPT, "undoable": True}
SAMPLES: Mapping[str, Sequence[Tracked]] = {
    "set_pending": waiting(3),
    "set_mixed_rules": [
        item(1, ask=TWO, votes=(VOTE,)),
        item(2, rule="approvals[4]", ask=replace(ASKED, rule="approvals[4]")),
    ],
    "set_half_decided": [item(1, Status.EXECUTED, **DONE), item(2), item(3, Status.REJECTED, reason="No.")],
    "set_partly": [
        item(1, Status.EXECUTED, **DONE),
        item(2, Status.FAILED, reason="Field cannot be set."),
        item(3, Status.EXECUTED),
    ],
    "set_done": [item(1, Status.EXECUTED, **DONE), item(2, Status.EXECUTED, **DONE)],
}


def drawn(
    items: Sequence[Tracked], language: str = "en", dossier: Dossier = DOSSIER, aside: Aside | None = None
) -> Any:
    return set_card(dossier, items, language, aside or Aside())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_set_is_drawn_as_agreed(name: str, language: str) -> None:
    """After a wanted change: run with COUNTERSIGN_GOLDEN=write and read the difference before committing."""
    card = drawn(SAMPLES[name], language)
    golden = GOLDEN / f"{name}.{language}.json"
    found = {"text": card.text, "blocks": card.blocks}
    if WRITE:
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_set_passes_every_judge(name: str, language: str) -> None:
    card = drawn(SAMPLES[name], language)
    assert faults_of_message(card.text, card.blocks) == []
    assert faults_of_card(card) == []


def buttons(card: Any) -> list[dict[str, Any]]:
    return [each for block in card.blocks if block["type"] == "actions" for each in block["elements"]]


def named(card: Any, action: str) -> list[dict[str, Any]]:
    return [each for each in buttons(card) if each["action_id"] == action]


def said(card: Any) -> str:
    return "\n".join(words for kind, words in texts(card.blocks) if kind in {"text", "plain_text", "mrkdwn"})


def test_each_item_that_waits_has_its_own_choice_and_each_button_its_own_value() -> None:
    card = drawn(waiting(3))
    for action in ("approval:approve", "approval:edit", "approval:reject", "approval:details"):
        assert [parse_values(b["value"]) for b in named(card, action)] == [
            ((each.proposal.id, 1),) for each in waiting(3)
        ]


def test_what_is_for_all_carries_exactly_what_waits_on_the_card() -> None:
    items = [item(1, Status.EXECUTED, **DONE), item(2, revision=4), item(3)]
    for action in ("approval:approve_all", "approval:reject_all"):
        (button,) = named(drawn(items), action)
        assert parse_values(button["value"]) == ((items[1].proposal.id, 4), (items[2].proposal.id, 1))
        assert "2" in button["text"]["text"]


def test_one_that_is_left_needs_no_button_for_all() -> None:
    card = drawn([item(1, Status.REJECTED), item(2)])
    assert not named(card, "approval:approve_all")
    assert not named(card, "approval:reject_all")
    assert [b["style"] for b in buttons(card) if "style" in b] == ["primary"]
    assert named(card, "approval:approve")[0]["style"] == "primary"


def test_at_most_one_button_stands_out() -> None:
    for sample in SAMPLES.values():
        assert len([b for b in buttons(drawn(sample)) if b.get("style") == "primary"]) <= 1


def test_what_cannot_be_undone_says_so_before_the_click_on_it_and_on_all() -> None:
    card = drawn(waiting(3))
    assert "Once done, this cannot be undone." in said(card)
    asks_first = [b["action_id"] for b in buttons(card) if "confirm" in b]
    assert asks_first == ["approval:approve", "approval:approve_all", "approval:reject_all"]
    harmless = drawn(waiting(2))
    assert [b["action_id"] for b in buttons(harmless) if "confirm" in b] == ["approval:reject_all"]
    assert "cannot be undone" not in said(harmless)


def test_a_reply_in_a_set_says_that_exactly_this_is_posted_and_how_much_is_not_shown() -> None:
    shown = said(drawn([item(1), item(2), item(3, text=LONG)]))
    assert "Exactly this text will be posted" in shown
    assert f"{len(LONG) - 400} more characters: see Details" in shown


@pytest.mark.parametrize("count", [1, 2, ITEMS_MAX, ITEMS_MAX + 1, 60])
@pytest.mark.parametrize("busy", [False, True])
def test_a_set_of_any_size_fits_on_a_message(count: int, *, busy: bool) -> None:
    """Also when every item has small print of its own, votes, a warning, and everything else there is."""
    items = waiting(count)
    if busy:
        items = [
            replace(each, ask=replace(TWO, quorum=9), votes=(VOTE,), escalated_at=after(1), rule=f"r{number}")
            for number, each in enumerate(items)
        ]
    card = drawn(items, aside=Aside(few={each.proposal.id: Few(1, ("S0GONE",)) for each in items}))
    assert faults_of_message(card.text, card.blocks) == []
    assert len(card.blocks) <= MESSAGE_BLOCKS_MAX
    assert len(named(card, "approval:approve")) == min(count, ITEMS_MAX)


def test_what_has_no_room_is_counted_reachable_and_moves_up_as_others_are_decided() -> None:
    items = waiting(ITEMS_MAX + 2)
    card = drawn(items)
    assert "2 more belong to this set: see All details." in said(card)
    (everything,) = named(card, "approval:details_all")
    assert parse_values(everything["value"]) == ((items[0].proposal.id, 1),)
    (all_of_them,) = named(card, "approval:approve_all")
    last = items[-1].proposal.id
    assert last not in all_of_them["value"], "nobody approves what they were not shown"
    later = drawn([*(replace(i, status=Status.REJECTED) for i in items[:2]), *items[2:]])
    assert last in {parse_values(b["value"])[0][0] for b in named(later, "approval:approve")}


def test_after_a_partial_failure_it_says_what_ran_and_offers_to_set_that_back() -> None:
    card = drawn(SAMPLES["set_partly"])
    assert "Not everything ran. Done: 1, 3. Not done: 2." in said(card)
    everything = named(card, "approval:undo")[-1]
    assert everything["text"]["text"] == "Undo What Was Done"
    assert parse_values(everything["value"]) == ((FIRST, 1),), "only what can be set back"


@pytest.mark.parametrize("under_way", [Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNCERTAIN])
def test_nothing_is_undone_as_a_whole_while_something_waits_or_runs(under_way: Status) -> None:
    items = [item(1, Status.EXECUTED, **DONE), item(2, Status.EXECUTED, **DONE), item(3, under_way)]
    assert [parse_values(b["value"]) for b in named(drawn(items), "approval:undo")] == [
        ((items[0].proposal.id, 1),),
        ((items[1].proposal.id, 1),),
    ]


def test_what_was_undone_already_is_not_undone_again() -> None:
    items = [
        item(1, Status.UNDONE, **DONE),
        item(2, Status.EXECUTED, **DONE, undone_by=FIRST),
        item(3, Status.FAILED),
    ]
    assert not named(drawn(items), "approval:undo")


@pytest.mark.parametrize(
    ("statuses", "title"),
    [
        ([Status.PENDING, Status.PENDING], "Approve 2 changes to OPS-1?"),
        ([Status.EXECUTED, Status.PENDING], "Approve the last of the changes to OPS-1?"),
        ([Status.EXECUTING, Status.FAILED], "Changes to OPS-1 under way"),
        ([Status.EXECUTED, Status.UNDONE], "Changes to OPS-1 done"),
        ([Status.UNDONE, Status.UNDONE], "Changes to OPS-1 undone"),
        ([Status.REJECTED, Status.EXPIRED], "Changes to OPS-1 decided"),
        ([Status.EXECUTED, Status.FAILED], "Changes to OPS-1 decided"),
    ],
)
def test_the_heading_says_where_the_set_stands(statuses: list[Status], title: str) -> None:
    card = drawn([item(number, status) for number, status in enumerate(statuses, 1)])
    assert card.blocks[0]["text"]["text"] == title


def test_members_of_a_set_stand_in_the_order_in_which_they_were_proposed() -> None:
    items = waiting(3)
    stranger = tracked(proposal(number=9))
    dossier = replace(DOSSIER, tracked={each.proposal.id: each for each in [items[0], stranger, *items[1:]]})
    assert members(dossier, FIRST) == items
    assert members(dossier, stranger.proposal.id) == [stranger]


def test_a_button_for_many_stays_far_below_what_a_value_may_hold() -> None:
    assert len(joined(waiting(ITEMS_MAX))) < 1_000
    assert len(parse_values(joined(waiting(ITEMS_MAX)))) == ITEMS_MAX


@pytest.mark.parametrize("words", HOSTILE, ids=lambda w: repr(w)[:24])
def test_what_others_wrote_stays_in_its_box(words: str) -> None:
    """It appears in typed text elements, where Slack parses nothing, and never in markup or in an id."""

    def of(said_by_others: str) -> Any:
        label = proposable(said_by_others)
        odd = proposal(set_fields(field1=(Value("2", label),)), number=1)
        odd = replace(odd, why=Untrusted(said_by_others), says=said_by_others[:500])
        vote = replace(VOTE, name=Untrusted(said_by_others))
        items = [
            tracked(odd, bundle=FIRST, ask=TWO, votes=(vote,)),
            item(2, Status.REJECTED, reason=said_by_others, decided_name=Untrusted(said_by_others)),
            item(3, text=said_by_others.encode("utf-8", "ignore").decode()[:30_000] or "x"),
        ]
        return drawn(items, dossier=replace(DOSSIER, summary=Untrusted(said_by_others)))

    plain, card = of("PLAIN"), of(words)
    assert faults_of_message(card.text, card.blocks) == []
    ours = {each for kind, each in texts(plain.blocks) if kind != "text"}
    assert {each for kind, each in texts(card.blocks) if kind != "text"} == ours
    assert "<" not in card.text


def test_the_golden_cards_are_all_used() -> None:
    """A sample that was renamed would leave its drawing behind, and nobody would compare it any more."""
    known = {f"{name}.{language}.json" for name in [*drawing.SAMPLES, *SAMPLES] for language in LANGUAGES}
    assert {path.name for path in GOLDEN.iterdir()} == known
