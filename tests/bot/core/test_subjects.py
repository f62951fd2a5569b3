"""Whether two texts have a word in common that names something, in any of its forms."""

from __future__ import annotations

import pytest

from bot.core.subjects import names_one_of, subjects


@pytest.mark.parametrize(
    ("text", "title", "shared"),
    [
        ("Outlook asks for my password again", "Outlook keeps asking for passwords", True),
        ("printing takes long", "A printer shows as offline", True),
        ("VPN is down", "The VPN connects and drops", True),
        ("vpn is down", "VPN", True),
        ("Impossible d'ouvrir une session VPN", "The VPN connects", True),
        ("Les imprimantes sont HS", "Imprimante hors ligne", True),
        ("S3 is full", "S3 buckets", True),
        ("Server slow", "A printer shows as offline", False),
        ("I need a new mouse", "New starter in Purchasing", False),
        ("Please help, it does not work", "How to get help with your work", False),
        ("restore it", "restart it", False),
        ("2026", "Budget 2026", False),
        ("", "anything", False),
        ("anything", "", False),
    ],
)
def test_texts_share_a_subject_or_do_not(text: str, title: str, shared: bool) -> None:  # noqa: FBT001  # a table's column
    assert names_one_of(title, subjects(text)) is shared
