"""What is learned is redacted, bounded, checked, and read as it was written."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from bot.brain.history import History
from bot.core.errors import Misconfigured
from tests.bot.brain.past import DISK, VPN, solved, some


def test_it_reads_back_what_it_learned(tmp_path: Path) -> None:
    history = History(tmp_path / "not yet there")
    learned = history.learn("jira", [solved("OPS-1", VPN, answer="Reconnect.", category="Network")])

    (ticket,) = History(tmp_path / "not yet there").load("jira")

    assert (learned.added, learned.skipped, learned.total) == (1, 0, 1)
    assert (ticket.key, ticket.answer, ticket.description) == ("OPS-1", "Reconnect.", VPN)
    assert ticket.fields["category"][0].label == "Network"
    assert ticket.closed_at.startswith("2026-10-01")


def test_nobodys_data_is_on_the_disk_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    secret = "mail jane.roe@example.com, password: hunter22, card 4111111111111111"
    history = History(tmp_path)
    history.learn("jira", [solved("OPS-1", f"{VPN} {secret}", answer=secret, category="Network")])

    written = history.path("jira").read_text(encoding="utf-8")

    assert not any(word in written for word in ("jane", "hunter22", "4111"))
    assert stat.S_IMODE(history.path("jira").stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == [history.path("jira").name], "no scrap is left behind"


def test_a_ticket_learned_again_replaces_itself(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.learn("jira", some(VPN, 3, category="Network"))

    learned = history.learn("jira", [solved("OPS-1", VPN + " case1x", category="Hardware", day=9)])

    assert (learned.added, learned.total) == (1, 3)
    labels = {t.key: t.fields["category"][0].label for t in history.load("jira")}
    assert labels["OPS-1"] == "Hardware"


def test_the_newest_stay_when_there_are_too_many(tmp_path: Path) -> None:
    history = History(tmp_path, tickets_max=3)
    history.learn(
        "jira", [solved(f"OPS-{d}", f"{VPN} day{d}x", day=d, category="Network") for d in range(1, 9)]
    )

    assert [t.key for t in history.load("jira")] == ["OPS-6", "OPS-7", "OPS-8"]


def test_a_flood_of_copies_has_one_voice(tmp_path: Path) -> None:
    history = History(tmp_path)
    copies = [solved(f"OPS-{n}", DISK, day=1 + n % 20, category="Network") for n in range(100)]

    learned = history.learn("jira", copies)

    assert (learned.total, learned.skipped) == (1, 99)


def test_tickets_without_words_or_fields_teach_nothing(tmp_path: Path) -> None:
    learned = History(tmp_path).learn("jira", [solved("A-1", "", category="Network"), solved("A-2", VPN)])

    assert (learned.total, learned.skipped) == (0, 2)


def test_connectors_do_not_learn_from_each_other(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.learn("../jira", some(VPN, 2, category="Network"))

    assert history.load("servicenow") == ()
    assert len(history.load("../jira")) == 2
    assert history.path("../jira").parent == tmp_path


@pytest.mark.parametrize("damage", ["cut", "flipped", "version", "header", "binary"])
def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path, damage: str) -> None:
    history = History(tmp_path)
    history.learn("jira", some(VPN, 3, category="Network"))
    path = history.path("jira")
    head, _, body = path.read_bytes().partition(b"\n")
    other = json.dumps({**json.loads(head), "version": 99}).encode()
    path.write_bytes(
        {
            "cut": head + b"\n" + body[:-20],
            "flipped": head + b"\n" + body.replace(b"Network", b"Notwork"),
            "version": other + b"\n" + body,
            "header": b"{}\n" + body,
            "binary": b"\x80\xff" + body,
        }[damage]
    )

    with pytest.raises(Misconfigured, match="countersign learn"):
        history.load("jira")
    with pytest.raises(Misconfigured):
        history.learn("jira", some(DISK, 1, category="Hardware"))
