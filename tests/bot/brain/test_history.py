"""What is learned is redacted, bounded, checked, and read as it was written."""

from __future__ import annotations

import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.history import History
from bot.brain.journal import lesson_under_way
from bot.brain.remembering import MARGIN_CHARS, TEXT_CHARS_MAX, remember
from bot.core.errors import Misconfigured
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from tests.bot.brain.past import DISK, VPN, solved, some

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


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


def test_the_same_tickets_again_change_nothing_whatever_was_dropped(tmp_path: Path) -> None:
    history = History(tmp_path)
    lines = [f"Please fill in this form\nmy {VPN} number{chr(97 + n)}z" for n in range(26)] * 2
    past = [solved(f"OPS-{n}", text, category="Network") for n, text in enumerate(lines)]
    history.learn("jira", past, now=NOW)
    written, stamp = history.path("jira").read_bytes(), history.stamp("jira")

    learned = history.learn("jira", past, now=NOW + timedelta(days=9))

    assert (learned.added, learned.total, learned.skipped) == (0, 26, 26)
    assert history.path("jira").read_bytes() == written
    assert history.stamp("jira") == stamp, "whoever watches the file would read it again"
    assert not any("form" in ticket.description for ticket in history.load("jira"))


def test_templates_are_remembered_for_lessons_and_questions_to_come(tmp_path: Path) -> None:
    history = History(tmp_path)
    text = "Please fill in this form\nmy matter is number{}z"
    lesson = [solved(f"OPS-{n}", text.format(chr(97 + n) * 3), category="Network") for n in range(26)]
    more = [solved(f"OPS-{n + 26}", text.format(chr(97 + n) * 4), category="Network") for n in range(26)]
    history.learn("jira", [*lesson, *more])

    history.learn(
        "jira", [solved("OPS-99", "Please fill in this FORM\nthe disk is full", category="Hardware")]
    )

    assert history.load("jira")[-1].description == "the disk is full"
    assert history.templates("jira").strip("OPS", "please fill in this form\nvpn") == "vpn"


def test_what_mail_programs_added_is_not_kept(tmp_path: Path) -> None:
    history = History(tmp_path)
    mail = f"{VPN}\n\nKind regards,\nAnn\n\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: x\n\nold matter"
    history.learn("jira", [solved("OPS-1", mail, answer="Reconnect.\n\n> it hangs", category="Network")])

    (ticket,) = history.load("jira")

    assert (ticket.description, ticket.answer) == (VPN, "Reconnect.")


def test_whoever_a_header_names_is_masked_in_the_text(tmp_path: Path) -> None:
    history = History(tmp_path)
    mail = f"Jane Roe says {VPN}\n\nOn Monday, jane.roe@example.com wrote:\n> old"
    history.learn("jira", [solved("OPS-1", mail, category="Network")])

    assert "Roe" not in history.path("jira").read_text("utf-8")


def test_a_long_text_ends_in_no_half_of_an_address(tmp_path: Path) -> None:
    history = History(tmp_path)
    for cut in range(-30, 30, 3):
        long = (
            "w " * ((TEXT_CHARS_MAX + MARGIN_CHARS + cut) // 2)
            + "x 4111 1111 1111 1111 jane.roe@example.com y"
        )
        history.learn("jira", [solved(f"OPS-{cut + 50}", long + f" {cut}", category="Network")])
    for ticket in history.load("jira"):
        assert "4111" not in ticket.description
        assert "jane" not in ticket.description
        assert len(ticket.description) <= TEXT_CHARS_MAX


def test_old_tickets_go_by_the_day_they_were_closed_or_else_learned(tmp_path: Path) -> None:
    history = History(tmp_path, retention=timedelta(days=30))
    undated = replace(solved("A-1", DISK, category="Hardware"), closed_at=None)
    learned = history.learn("jira", [undated, *some(VPN, 2, category="Network")], now=NOW)
    assert (learned.total, learned.skipped) == (1, 2), "closed on the first of October"

    history.learn("jira", [], now=NOW + timedelta(days=29))
    assert [ticket.key for ticket in history.load("jira")] == ["A-1"]
    history.learn("jira", [], now=NOW + timedelta(days=32))
    assert history.load("jira") == ()


def test_two_that_learn_at_once_lose_nothing(tmp_path: Path) -> None:
    def learn(number: int) -> int:
        past = some(f"{VPN} {chr(97 + number) * 5}", 3, start=10 * number, category="Network")
        return History(tmp_path).learn("jira", past).added

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(learn, range(16))) == [3] * 16

    assert len(History(tmp_path).load("jira")) == 48


def test_a_forgotten_ticket_is_gone_and_stays_away(tmp_path: Path) -> None:
    history = History(tmp_path)
    past = [*some(VPN, 2, category="Network"), solved("OPS-77", DISK, category="Hardware")]
    history.learn("jira", past)
    history.learn("servicenow", past)
    journal = lesson_under_way(tmp_path, "jira")
    journal.write_text(DISK)

    assert history.forget("jira", " ops-77 ") == 1
    assert history.forget("jira", "OPS-1234") == 0

    assert not journal.exists(), "a lesson under way may hold its words"
    written = history.path("jira").read_text("utf-8")
    assert "OPS-77" not in written
    assert "ops-77" not in written
    assert "laptop" not in written
    learned = history.learn("jira", past)
    assert (learned.added, learned.skipped, learned.total) == (0, 1, 2)
    assert len(history.load("servicenow")) == 3


def test_people_are_pseudonyms_that_only_this_installation_can_tell(tmp_path: Path) -> None:
    history = History(tmp_path / "one")
    ann = history.pseudonym("Ann  AGENT")

    assert ann == History(tmp_path / "one").pseudonym("ann agent") != history.pseudonym("bob")
    assert ann != History(tmp_path / "two").pseudonym("ann agent")
    assert "ann" not in ann
    assert history.pseudonym("  ") == ""
    assert stat.S_IMODE((tmp_path / "one/salt").stat().st_mode) == 0o600
    (tmp_path / "one/salt").write_bytes(b"short")
    with pytest.raises(Misconfigured, match="salt is damaged"):
        History(tmp_path / "one").pseudonym("ann")


def test_a_lesson_has_one_value_a_field_in_one_spelling(tmp_path: Path) -> None:
    history = History(tmp_path)
    past = [
        *some(VPN, 3, category="Network"),
        solved("OPS-50", DISK, category="NETWORK", kind="Fault"),
        replace(
            solved("OPS-60", f"{DISK} twice", day=3), fields={"labels": (Value("a", "a"), Value("b", "b"))}
        ),
    ]
    history.keep("jira", [remember(each, "p1") for each in past])

    lessons = history.lessons("jira")

    assert [lesson.key for lesson in lessons] == ["OPS-0", "OPS-1", "OPS-2", "OPS-50", "OPS-60"]
    assert {lesson.values["category"].label for lesson in lessons[:4]} == {"Network"}
    assert lessons[3].values["kind"].label == "Fault"
    assert lessons[4].values == {}
    assert {lesson.person for lesson in lessons} == {"p1"}
    assert lessons[0].at == "2026-10-01T00:00:00+00:00"
    assert lessons[0].text == history.load("jira")[0].text


def test_a_file_of_version_one_is_read_and_rewritten(tmp_path: Path) -> None:
    line = json.dumps(
        {
            "key": "OPS-1",
            "url": "",
            "queue": "OPS",
            "summary": "vpn",
            "description": VPN,
            "fields": {"category": [["1", "Network"]]},
            "answer": "",
            "closed_at": "2026-10-01T00:00:00+00:00",
        }
    ).encode()
    head = {"format": "countersign-history", "version": 1, "tickets": 1}
    digest = hashlib.sha256(line + b"\n").hexdigest()
    history = History(tmp_path)
    history.path("jira").write_bytes(json.dumps({**head, "sha256": digest}).encode() + b"\n" + line + b"\n")

    assert [ticket.key for ticket in history.load("jira")] == ["OPS-1"]
    learned = history.learn("jira", [solved("OPS-2", DISK, category="Hardware")])

    assert (learned.added, learned.total) == (1, 2)
    assert json.loads(history.path("jira").read_bytes().partition(b"\n")[0])["version"] == 2


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=30))
def test_any_text_is_learned_or_left_out_and_read_back(summary: str, text: str, label: str) -> None:
    past = replace(
        solved("OPS-1", text, answer=text, category=label or "x"), summary=Untrusted(summary + "\ud800\x00")
    )
    with TemporaryDirectory() as folder:
        history = History(Path(folder))
        learned = history.learn("jira", [past])
        assert len(history.load("jira")) == learned.total == 1 - learned.skipped
        assert len(history.lessons("jira")) == learned.total


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
