"""What the note asks about other open tickets: a question with both texts, in English and French."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.alike import QUOTE_CHARS_MAX, Alike, PartOf, SameAs, alike_lines
from bot.core.codec import decode, encode
from bot.core.dossier import Dossier
from bot.core.notes import note
from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted
from tests.making import REF, T0, report

SAME = SameAs(
    "OPS-7",
    "https://jira.example/browse/OPS-7",
    Untrusted("My tunnel drops"),
    Untrusted("The tunnel drops hourly"),
    Untrusted("tunnel, drops"),
)
PART = PartOf("OPS-3", "https://jira.example/browse/OPS-3", 6, T0, Untrusted("tunnel, gateway"))
BOTH = Alike((SAME,), PART)


def told(alike: Alike, language: str = "en") -> list[str]:
    return [
        f"{line.kind}: {line.text}{line.url and f' ({line.url})'}" for line in alike_lines(alike, language)
    ]


def test_a_possible_duplicate_is_a_question_with_a_link_both_texts_and_the_shared_words() -> None:
    assert told(Alike((SAME,))) == [
        "heading: Same as an open ticket?",
        "link: OPS-7 (https://jira.example/browse/OPS-7)",
        "bullet: here: «My tunnel drops»",
        "bullet: there: «The tunnel drops hourly»",
        "fine: Words in common: tunnel, drops",
    ]


def test_a_member_of_a_flood_is_asked_whether_it_is_one_incident() -> None:
    assert told(Alike(part_of=PART)) == [
        "heading: Is this part of one incident?",
        "text: 6 alike tickets have come in since 09:00 UTC, from different people.",
        "link: The first of them: OPS-3 (https://jira.example/browse/OPS-3)",
        "fine: Words in common: tunnel, gateway",
    ]


def test_nothing_alike_says_nothing() -> None:
    assert told(Alike()) == []
    plain = note(report(), Dossier(REF), "en")
    assert note(replace(report(), alike=Alike()), Dossier(REF), "en") == plain


def test_it_speaks_french() -> None:
    said = "\n".join(told(BOTH, "fr"))
    assert "Le même qu'un ticket ouvert ?" in said
    assert "Fait partie d'un même incident ?" in said
    assert "Same" not in said


def test_it_stands_on_the_note_after_what_is_suggested_and_proposes_nothing() -> None:
    found = replace(report(), alike=BOTH)
    headings = [line.text for line in note(found, Dossier(REF), "en") if line.kind == "heading"]
    assert headings[:3] == ["Suggested", "Is this part of one incident?", "Same as an open ticket?"]
    assert found.wishes == ()


def test_an_open_ticket_that_taught_something_is_asked_about_and_not_also_called_past() -> None:
    past = [
        PastTicket(
            key=key, url="", queue="OPS", summary=Untrusted("Tunnel"), description=Untrusted(""), fields={}
        )
        for key in (SAME.key, "OPS-2")
    ]
    lines = note(replace(report(), similar=tuple(past), alike=Alike((SAME,))), Dossier(REF), "en")
    assert [line.text.partition(":")[0] for line in lines if line.kind == "link"] == ["OPS-7", "OPS-2"]


def test_it_is_kept_in_the_dossier_and_older_dossiers_still_read() -> None:
    dossier = Dossier(REF, report=replace(report(), alike=BOTH))
    data = encode(dossier)
    assert decode(data) == dossier
    plain = encode(Dossier(REF, report=report()))
    older = plain.replace(b',"alike":{"same":[],"part_of":null}', b"")
    assert older != plain
    assert decode(older).report.alike == Alike()


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_words_of_a_ticket_make_a_line_of_their_own(one: str, other: str) -> None:
    same = replace(SAME, mine=Untrusted(one), theirs=Untrusted(other), shared=Untrusted(other))
    lines = alike_lines(Alike((same,), PART), "en")
    assert len(lines) == 9
    for line in lines:
        assert "\n" not in line.text
        assert len(line.text) < QUOTE_CHARS_MAX + 30
        assert line.url in {"", SAME.url, PART.url}
