"""Past tickets in the note: a line each, and how many more say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dossier import Dossier
from bot.core.notes import note
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted
from tests.making import REF, report

PAST = PastTicket("OPS-7", "https://jira.example/OPS-7", "OPS", Untrusted("VPN\ndrops"), Untrusted(""), {})


@pytest.mark.parametrize(
    ("copies", "language", "says"),
    [
        (0, "en", "OPS-7: VPN drops"),
        (1, "en", "OPS-7: VPN drops (and one like it)"),
        (3, "en", "OPS-7: VPN drops (and 3 like it)"),
        (1, "fr", "OPS-7: VPN drops (et un semblable)"),
        (3, "fr", "OPS-7: VPN drops (et 3 semblables)"),
    ],
)
def test_copies_are_counted_behind_the_one_that_is_shown(copies: int, language: str, says: str) -> None:
    past = replace(PAST, copies=copies)
    (link,) = [
        each
        for each in note(replace(report(), similar=(past,)), Dossier(REF), language)
        if each.kind == "link"
    ]
    assert (link.text, link.url) == (says, PAST.url)
