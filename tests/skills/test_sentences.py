"""What is shown of a message where no model reads it: its sentences, without courtesies and quoted mail."""

from __future__ import annotations

import time

import pytest

from bot.core.untrusted import Untrusted
from skills._sentences import sentences


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi Bob,\n\nchecked it on dc01.corp.example.com.", ["checked it on dc01.corp.example.com."]),
        (
            "See https://kb.example.com/a.b for 10.0.2.1, v5.2.",
            ["See https://kb.example.com/a.b for 10.0.2.1, v5.2."],
        ),
        ("Hello! It works. Best regards\nBob", ["It works."]),
        (
            "Bonjour Dan,\n\nPouvez-vous redémarrer ? Merci.\n\nCordialement,\nAlice",
            ["Pouvez-vous redémarrer ?"],
        ),
        ("Hallo Herr Müller,\nder Drucker geht wieder.\nViele Grüße\nEva", ["der Drucker geht wieder."]),
        ("Dear Ms Smith-Jones: we rebooted it! Works?", ["we rebooted it!", "Works?"]),
        ("Dear customer the VPN is down again.", ["Dear customer the VPN is down again."]),
        ("Thanks, it works now.", ["Thanks, it works now."]),
        ("Best: restart it.", ["Best: restart it."]),
        ("Done.", ["Done."]),
        ("e.g. this one. M. Dupont said so.", ["e.g. this one.", "M. Dupont said so."]),
        ("1. Open it.\n- Close it", ["Open it.", "Close it"]),
        ("It is fixed.\n\nOn Mon, Dan wrote:\n> It is broken.", ["It is fixed."]),
        ("> It is broken.\nWhere?", ["Where?"]),
        ("| Printer | State |\n|---|---|\n| HP-3 | off |\nAll are off.", ["All are off."]),
        ("Erledigt.\n-- \nService Desk\nTel. 12", ["Erledigt."]),
        ("Hello?", []),
        ("Hi team", []),
        ("Merci d'avance,", []),
        ("Thanks and best regards", []),
        ("... --- !!!", []),
        ("", []),
    ],
)
def test_a_message_is_told_without_its_courtesies(text: str, said: list[str]) -> None:
    assert list(sentences(Untrusted(text), 5)) == said


@pytest.mark.parametrize(
    "text",
    [
        "!" * 100_000,
        "a!" * 50_000,
        "-" * 100_000,
        "on " * 40_000,
        "hi " * 40_000,
        " \n" * 50_000,
        "a. " * 40_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    assert all(len(each) <= 300 for each in sentences(Untrusted(text), 3))
    assert time.process_time() - begun < 0.5
