"""Past tickets in the note: the most alike, copies once, and none that the ticket's readers may not see."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.history import History
from bot.brain.local import Local
from bot.brain.recalling import Recalling
from bot.brain.similar import SHOWN_MAX, SMALL_HISTORY
from bot.core.judgement import Judgement, Question
from bot.core.tickets import PastTicket
from tests.bot.brain.past import DISK, VPN, question, solved, some
from tests.bot.brain.retrieve.desk import SUBJECTS, desk

ANSWER = "Please install the new client from the portal, it ends the reconnects for everybody."


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def keys(found: tuple[PastTicket, ...]) -> list[str]:
    return [each.key for each in found]


def test_what_was_learned_is_shown_though_the_vendor_found_nothing(history: History) -> None:
    history.learn("jira", [solved("OPS-1", VPN, category="Network"), solved("OPS-2", DISK, category="Disk")])

    (found,) = Local(history).similar(question(VPN))

    assert (found.key, found.url) == ("OPS-1", "https://jira.example/browse/OPS-1")
    assert found.score > 0.9
    assert found.copies == 0


def test_copies_are_one_and_counted(history: History) -> None:
    history.learn("jira", [*some(VPN, 4, category="Network"), solved("OPS-9", f"{VPN} in Turku and in Lyon")])

    found = Local(history).similar(question(VPN))

    assert [each.copies for each in found if each.key != "OPS-9"] == [3]


def test_a_project_shows_its_tickets_to_its_own_readers_only(history: History) -> None:
    """Jira names the project in the key; a ServiceNow group is who works on a record, not who may read it."""
    secret = solved("HR-1", "vpn tunnel drops, no salary today", queue="HR", category="Network")
    group = solved("INC0000007", "vpn tunnel drops in room five", queue="Network Team", category="Network")
    unknown = solved("past.csv:3", "vpn tunnel drops on every train", queue="", category="Network")
    history.learn("jira", [secret, group, unknown])
    brain = Local(history)

    seen = brain.similar(question(VPN))
    theirs = brain.similar(replace(question(VPN), queue="HR"))

    assert set(keys(seen)) == {"INC0000007", "past.csv:3"}
    assert set(keys(theirs)) == {"HR-1", "INC0000007", "past.csv:3"}


def test_an_answer_of_another_project_is_no_draft(history: History) -> None:
    history.learn("jira", [solved("HR-1", VPN, queue="HR", answer=ANSWER, category="Network")])
    brain = Local(history)

    assert brain.judge_now(question(VPN)).draft is None
    assert brain.judge_now(replace(question(VPN), queue="HR")).draft is not None


def test_many_better_tickets_of_another_project_take_no_place(history: History) -> None:
    secret = [solved(f"HR-{n}", f"{VPN} case{n}x", queue="HR", category="Network") for n in range(25)]
    history.learn("jira", [*secret, solved("OPS-1", "vpn tunnel drops on my way", category="Network")])

    assert keys(Local(history).similar(question(VPN))) == ["OPS-1"]


def test_the_ticket_itself_is_neither_shown_nor_asked(history: History) -> None:
    """One on which people decided teaches before it is closed."""
    history.learn("jira", some(VPN, 3, category="Network"))
    brain = Local(history)

    assert "OPS-1" not in keys(brain.similar(question(VPN + " case1x", key="OPS-1")))
    (answer,) = brain.judge_now(question(VPN + " case1x", key="OPS-1")).answers
    assert answer.because.raw == "2 of 2 similar solved tickets have it."


def test_a_ticket_both_learned_and_found_is_shown_once_and_as_it_is_now(history: History) -> None:
    old = solved("OPS-1", VPN, category="Network")
    history.learn("jira", [old])

    (found,) = Local(history).similar(question(VPN, similar=[replace(old, url="https://jira.example/moved")]))

    assert found.url == "https://jira.example/moved"
    assert found.score > 0.9


def test_what_the_vendor_found_is_ranked_among_what_was_learned(history: History) -> None:
    past = [solved(key, text, category="Network") for key, text in desk(SMALL_HISTORY + 40)]
    history.learn("jira", past)
    asked = question("vpn tunnel gateway certificate expired on the train to Lyon")
    fresh = solved("OPS-1", "vpn tunnel: gateway certificate expired near Lyon", category="Network")
    faint = solved("OPS-2", "quite another matter altogether", category="Network")

    found = Local(history).similar(replace(asked, similar=(replace(faint, score=0.9), fresh)))

    assert found[0].key == "OPS-1"
    assert len(found) > 1
    assert "OPS-2" not in keys(found)
    assert len(found) <= SHOWN_MAX
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "x" * 1_000_000, "\u202e🔥"])
def test_no_text_makes_it_fail(history: History, text: str) -> None:
    history.learn("jira", [*some(VPN, 3, category="Network"), solved("A-1", text or "-", category="Network")])
    Local(history).similar(question(text, similar=[solved("B-1", text)], key=text[:50]))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Local:
    history = History(tmp_path_factory.mktemp("busy"))
    projects = [
        solved(f"HR-{n}", text, queue="HR", category="x") for n, (_, text) in enumerate(desk(30, seed=2))
    ]
    history.learn("jira", [*projects, *(solved(key, text, category="x") for key, text in desk(60))])
    return Local(history)


@settings(max_examples=60)
@given(
    said=st.text(max_size=120),
    subject=st.sampled_from(sorted(SUBJECTS)),
    queue=st.sampled_from(["OPS", "HR", "\ud800"]),
)
def test_whatever_is_asked_nothing_of_another_project_is_shown(
    busy: Local, said: str, subject: str, queue: str
) -> None:
    asked = replace(question(f"{said} {SUBJECTS[subject]}"), queue=queue)
    found = busy.similar(asked)
    assert len(found) <= SHOWN_MAX
    assert len(set(keys(found))) == len(found)
    assert not [each.key for each in found if each.key.startswith("HR-") and queue != "HR"]


class Asked:
    """A brain that notes what it is asked."""

    def __init__(self) -> None:
        self.question: Question | None = None

    async def judge(self, question: Question) -> Judgement:
        self.question = question
        return Judgement(brain="other")


async def test_every_brain_is_reminded_and_the_note_shows_the_same(tmp_path: Path) -> None:
    history, inner = History(tmp_path), Asked()
    await _in_thread(history)

    judgement = await Recalling(inner, Local(history)).judge(question(VPN))

    assert keys(judgement.similar) == ["OPS-0"]
    assert judgement.brain == "other"
    assert inner.question is not None
    assert inner.question.similar == judgement.similar


async def _in_thread(history: History) -> None:
    await asyncio.to_thread(history.learn, "jira", some(VPN, 2, category="Network"))


FOUND = tuple(
    replace(solved(key, text), queue="OPS")
    for key, text in (
        ("OPS-5", "Who may edit the list of customers? I want to connect two people to it."),
        ("OPS-4", "Suspicious mail asks for my password. Please look at it from home."),
        ("OPS-3", "VPN client cannot connect. Timeout from home since the update."),
        ("OPS-2", "VPN connection drops. The VPN client disconnects every hour."),
        ("OPS-1", "Printer is out of toner on the second floor."),
    )
)


def test_with_little_history_what_was_found_is_ranked_by_the_words_it_shares(history: History) -> None:
    asked = question("Cannot connect to VPN from home, the VPN client says timeout", similar=FOUND)

    shown = Local(history).similar(asked)

    assert keys(shown)[:2] == ["OPS-3", "OPS-2"]
    assert shown[0].score > shown[1].score
    assert "OPS-1" not in keys(shown)


def test_with_little_history_what_shares_no_subject_is_not_shown(history: History) -> None:
    assert Local(history).similar(question("Espresso machine, descale it", similar=FOUND)) == ()
    assert Local(history).similar(question("", similar=FOUND)) == ()
