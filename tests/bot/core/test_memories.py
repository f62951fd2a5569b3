"""What is remembered of one person: cut to its bounds, and without what they have taken back."""

from __future__ import annotations

import itertools
from dataclasses import replace

from bot.core.masked import Masked
from bot.core.memories import LEFT_OUT, VALUES_MAX, before, bounded
from bot.core.pseudonyms import Pseudonyms
from bot.core.runs import Kept, Memory
from bot.core.tickets import TicketRef
from bot.core.turns import Heard, Spoke, Turn
from bot.core.untrusted import Untrusted
from tests.making import REF

OTHER = TicketRef("jira", "99")


def heard(ts: str, text: str = "q", about: TicketRef | None = REF) -> Heard:
    return Heard(Masked(text), ts, about)


THREE = Memory(
    (
        heard("9.1", "one"),
        Spoke("a"),
        heard("9.2", "two <EMAIL_1>", OTHER),
        heard("9.3", "and more", OTHER),
        Spoke("b"),
        heard("10.1", "three <EMAIL_2>", OTHER),
        Spoke("c"),
    ),
    kept=Kept(
        {"<EMAIL_1>": "a@example.org", "<EMAIL_2>": "b@example.org"},
        {"x": "<EMAIL_1>", "y": "<EMAIL_2>"},
        {"EMAIL": 2},
    ),
    focus=OTHER,
)


def test_what_was_said_before_a_deleted_message_stays() -> None:
    left = before(THREE, "9.3")
    assert left is not None
    assert left.turns == THREE.turns[:2]
    assert left.focus == REF, "the ticket it was about then"
    assert left.kept == Kept(counts={"EMAIL": 2}), "no value of what is forgotten, and no number twice"


def test_the_newest_one_takes_only_itself_along() -> None:
    left = before(THREE, "10.1")
    assert left is not None
    assert left.turns == THREE.turns[:5]
    assert left.kept.originals == {"<EMAIL_1>": "a@example.org"}


def test_the_first_one_takes_everything_along() -> None:
    assert before(THREE, "9.1") is None


def test_one_that_came_to_nothing_that_is_remembered_takes_nothing_along() -> None:
    """It was stopped, or went together with one before it that was deleted as well."""
    assert before(THREE, "10.2") == THREE


def test_where_nobody_can_tell_what_rests_on_it_everything_goes() -> None:
    assert before(THREE, "8.9") is None, "dropped for length, so answers that stay may rest on it"
    assert before(replace(THREE, turns=(Heard(Masked("one")), Spoke("a"))), "1.1") is None
    assert before(Memory(), "1.1") is None


def test_a_long_conversation_keeps_its_beginning_for_many_messages_and_says_what_it_lost() -> None:
    """Else a provider's cache would keep nothing of it from one message to the next."""
    memory, begins = Memory(), list[Turn]()
    for number in range(120):
        turns: tuple[Turn, ...] = (*memory.turns, heard(f"{number}.1", f"q{number}" * 400), Spoke("a" * 400))
        memory = bounded(replace(memory, turns=turns))
        begins.append(memory.turns[0])
        assert f"q{number}" in str(memory.turns[-2]), "the newest is there"
    moves = [at for at in range(1, 120) if begins[at] != begins[at - 1]]
    assert min(later - at for at, later in itertools.pairwise(moves)) >= 8
    lost = begins[-1]
    assert isinstance(lost, Heard)
    assert begins[0] == heard("0.1", "q0" * 400), "nothing is said of a beginning that is there"
    assert lost.text.count(LEFT_OUT) == 1


def test_of_a_long_conversation_no_more_values_are_kept_than_so_many() -> None:
    memory = Memory()
    for number in range(VALUES_MAX + 200):
        names = Pseudonyms(memory.kept)
        said = names.mask(Untrusted(f"write to person{number}@example.org"))
        turns: tuple[Turn, ...] = (*memory.turns, heard(f"1.{number}", said), Spoke("ok"))
        memory = bounded(Memory(turns, names.kept))
    assert len(memory.kept.originals) == len(memory.kept.marks) == VALUES_MAX
    last = Pseudonyms(memory.kept)
    assert last.restore(str(memory.turns[0])).count("@example.org") == 1, "what is remembered can be read"
    again = last.mask(Untrusted("write to somebody.new@example.org"))
    assert again == f"write to <EMAIL_{VALUES_MAX + 201}>", "no number stands for two people"
