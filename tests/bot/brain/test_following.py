"""What is learned and forgotten elsewhere is remembered without a restart, and nobody waits for it."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain import following, memory
from bot.brain.following import REST_S, Memories
from bot.brain.history import History
from bot.brain.memory import Memory, Near
from bot.brain.snapshot import Snapshot
from bot.core.errors import Misconfigured
from tests.bot.brain.past import solved, some
from tests.bot.brain.retrieve.desk import SUBJECTS, desk, seeded, ticket

VPN = "vpn tunnel drops behind our gateway"
DISK = "laptop makes noise, health check fails"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def keys(found: list[Near]) -> list[str]:
    return [each.ticket.key for each in found]


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_new_ticket_is_added_to_what_is_there_and_nothing_is_built_anew(history: History) -> None:
    memories = Memories(history)
    history.learn("jira", [solved(key, text, category="x") for key, text in desk(60)])
    before = memories.of("jira")

    history.learn("jira", [solved("NEW-1", VPN, category="x", queue="")])

    assert memories.of("jira") is before
    assert keys(before.nearest(VPN, 1)) == ["NEW-1"]
    assert len(before) == 61


def test_a_lesson_of_thousands_makes_a_new_one(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LIVE_MAX", 10)
    memories = Memories(history)
    history.learn("jira", some(VPN, 3, category="x"))
    before = memories.of("jira")

    history.learn("jira", some(DISK, 11, start=50, category="x"))

    assert memories.of("jira") is not before
    assert len([each for each in memories.of("jira").nearest(DISK, 20) if each.score > 0.4]) == 11


def test_a_forgotten_ticket_is_in_no_answer_and_its_reply_in_no_draft(history: History) -> None:
    memories = Memories(history)
    history.learn(
        "jira", [solved("A-1", VPN, answer="Please install the new client.", category="x", queue="")]
    )
    assert keys(memories.of("jira").nearest(VPN, 3)) == ["A-1"]

    history.forget("jira", "A-1")

    assert memories.of("jira").nearest(VPN, 3) == []
    replies, allowed = memories.of("jira").replies("OPS")
    assert len(replies) == 0
    assert replies.best(VPN, "en", allowed=allowed) is None


def test_a_changed_ticket_is_known_by_its_new_words_and_value(history: History) -> None:
    memories = Memories(history)
    history.learn("jira", [solved("A-1", VPN, category="old"), solved("A-2", "badge lost", category="x")])
    memories.of("jira")

    history.learn("jira", [solved("A-1", DISK, category="new")])

    assert memories.of("jira").nearest(VPN, 3) == []
    (found,) = memories.of("jira").nearest(DISK, 3)
    assert found.ticket.fields["category"][0].label == "new"


def test_while_a_large_file_is_read_the_old_memory_answers(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(following, "WAIT_S", 0.01)
    clock, gate = Hands(), threading.Event()
    memories = Memories(history, now=clock)
    history.learn("jira", [solved("A-1", VPN, category="x")])
    memories.of("jira")
    taking = Snapshot.take

    def slow(path: Path, before: Snapshot | None = None) -> Snapshot:
        gate.wait(10)
        return taking(path, before)

    monkeypatch.setattr(Snapshot, "take", slow)
    history.learn("jira", [solved("A-2", DISK, category="x")])
    clock.at = REST_S

    assert memories.of("jira").nearest(DISK, 3) == [], "nobody waits for long"
    assert keys(memories.of("jira").nearest(VPN, 3)) == ["A-1"]

    gate.set()
    memories.settle()
    assert keys(memories.of("jira").nearest(DISK, 3)) == ["A-2"]


def test_a_large_file_is_read_only_so_often(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(following, "WAIT_S", 30.0)
    clock = Hands()
    memories = Memories(history, now=clock)
    history.learn("jira", [solved("A-1", VPN, category="x")])
    memories.of("jira")
    history.learn("jira", [solved("A-2", DISK, category="x")])

    clock.at = REST_S / 2
    memories.of("jira")
    memories.settle()
    assert memories.of("jira").nearest(DISK, 3) == []

    clock.at = REST_S
    assert keys(memories.of("jira").nearest(DISK, 3)) == ["A-2"], "who asks first waits for what is read fast"


def test_many_added_texts_are_merged_and_walls_and_replies_stay_with_theirs(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.brain.retrieve.index.LIVE_MAX", 8)
    memories, rng = Memories(history), seeded(5)
    history.learn(
        "jira", [solved(f"HR-{n}", ticket(rng, "badge"), queue="HR", category="x") for n in range(9)]
    )
    memories.of("jira")
    history.forget("jira", "HR-3")
    answer = "Please open the page of the tunnel and then reset the gateway of the device."
    for subject in SUBJECTS:
        said = [
            solved(f"OPS-{subject}-{n}", ticket(rng, subject), answer=answer * (n % 2), category="x")
            for n in range(3)
        ]
        history.learn("jira", said)
        memories.of("jira")
    found = memories.of("jira")

    assert len(found) == 26
    assert {key[:3] for key in keys(found.nearest(ticket(rng, "badge"), 20, seen_from="OPS"))} == {"OPS"}
    assert {key[:3] for key in keys(found.nearest(ticket(rng, "badge"), 6, seen_from="HR"))} <= {"HR-", "OPS"}
    replies, allowed = found.replies("OPS")
    assert len(replies) == 6
    offer = replies.best(SUBJECTS["vpn"], "en", allowed=allowed)
    assert offer is not None
    assert offer.past.key == "OPS-vpn-1"


@settings(max_examples=25)
@given(data=st.data())
def test_following_any_changes_equals_reading_it_all(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    memories, pool = Memories(history), desk(14)
    for _ in range(data.draw(st.integers(1, 6))):
        chosen = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=5, unique=True))
        if data.draw(st.booleans()):
            turn = data.draw(st.sampled_from(["", " again"]))
            past = [
                solved(key, text + turn, answer=f"We did {key} for you.", category="x")
                for key, text in chosen
            ]
            history.learn("jira", past)
        else:
            history.forget("jira", chosen[0][0])
        memories.of("jira")
    followed, read = memories.of("jira"), Memory(Snapshot.take(history.path("jira")))
    assert len(followed) == len(read)
    for _, text in pool[::3]:
        assert set(keys(followed.nearest(text, 30))) == set(keys(read.nearest(text, 30)))
    assert len(followed.replies("OPS")[0]) == len(read.replies("OPS")[0])


def test_a_damaged_file_is_refused_with_what_to_do_and_an_empty_one_as_well(history: History) -> None:
    history.learn("jira", some(VPN, 4, category="x"))
    path = history.path("jira")
    whole = path.read_bytes()
    for damaged in (b"", whole[:-9], whole.replace(b"tunnel", b"tunnil", 1), b"{}\n", b"\xff\xfe\n"):
        path.write_bytes(damaged)
        with pytest.raises(Misconfigured, match="delete it and run `countersign learn` again"):
            Snapshot.take(path)
    path.write_bytes(whole)
    assert len(Snapshot.take(path)) == 4
    assert len(Snapshot.take(path.with_name("nothing"))) == 0


def test_a_file_of_the_first_version_is_read(history: History, tmp_path: Path) -> None:
    history.learn("jira", some(VPN, 3, category="x"))
    lines = history.path("jira").read_bytes().splitlines(keepends=True)
    digest = hashlib.sha256(b"".join(lines[2:])).hexdigest()
    head = {"format": "countersign-history", "version": 1, "tickets": 3, "sha256": digest}
    (tmp_path / "old").write_bytes(json.dumps(head).encode() + b"\n" + b"".join(lines[2:]))

    snapshot = Snapshot.take(tmp_path / "old")

    assert [each.key for each in snapshot] == ["OPS-0", "OPS-1", "OPS-2"]
    assert snapshot.get("OPS-1") == history.load("jira")[1]
    assert snapshot.get("OPS-9") is None
