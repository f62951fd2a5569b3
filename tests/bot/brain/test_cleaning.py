"""What a mail program added is taken away; what the requester wrote is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.cleaning import RAW_CHARS_MAX, clean
from bot.brain.templates import TICKETS_MIN, Counting, Templates, mark
from bot.core.untrusted import Untrusted

SAID = "My vpn client drops every hour.\nPlease have a look."


@pytest.mark.parametrize(
    "added",
    [
        "\n\n-----Original Message-----\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: RE: x\n\nold words",
        "\n\n-----Ursprüngliche Nachricht-----\nVon: Bob\nGesendet: Montag\nAn: Ann\nBetreff: x\n\nalt",
        "\n\n-----Message d'origine-----\nDe : Bob\nEnvoyé : lundi\nÀ : Ann\nObjet : x\n\nanciens mots",
        "\n\nFrom: Bob Bee <b@x.example>\nSent: Monday, 2 November 2026\nTo: Ann\nSubject: RE: x\n\nold",
        "\n\nVon: Bob Bee\nGesendet: Montag, 2. November 2026 10:00\nAn: Ann\nBetreff: AW: x\n\nalt",
        "\n\nDe : Bob Bee\nEnvoyé : lundi 2 novembre 2026 10:00\nÀ : Ann\nObjet : RE: x\n\nvieux",
        "\n________________________________\nFrom: Bob\nDate: Monday\nTo: Ann\nSubject: RE: x\nold",
        "\n\nOn Mon, 2 Nov 2026 at 10:00, Bob Bee <b@x.example> wrote:\n> old words here\n> and more",
        "\n\nOn Mon, 2 Nov 2026 at 10:00, Bob Bee\n<bob.bee@x.example> wrote:\n\nold words unmarked",
        "\n\nAm Mo., 2. Nov. 2026 um 10:00 Uhr schrieb Bob <b@x.example>:\n> alte Worte hier",
        "\n\nLe lun. 2 nov. 2026 à 10:00, Bob <b@x.example> a écrit :\n> vieux mots ici",
        "\n> somebody quoted this\n>> and that before",
        "\n\n-- \nAnn Agent\nDepartment of Things\n+33 1 23 45 67 89",
        "\n\nKind regards,\nAnn Agent\nDepartment of Things",
        "\n\nMany thanks and best regards\nAnn",
        "\n\nMit freundlichen Grüßen\nAnn Agent\nAbteilung Dinge",
        "\n\nBien cordialement,\nAnn Agent",
        "\n\nSent from my iPhone",
        "\n\nVon meinem iPhone gesendet",
        "\n\nThis e-mail is confidential.\nIf you are not the intended recipient, notify the sender.",
        "\n\nDiese E-Mail ist vertraulich. Bitte informieren Sie den Absender und löschen Sie diese E-Mail.",
        "\n\nPlease consider the environment before printing this e-mail.",
    ],
)
def test_what_the_mail_program_added_goes(added: str) -> None:
    assert clean(SAID + added) == SAID


def test_a_banner_above_goes_as_well() -> None:
    banner = "[EXTERNAL] CAUTION: this message originated from outside of the organisation."
    assert clean(f"{banner}\n\n{SAID}") == SAID


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "From: London\nTo: Paris\nDate: next Monday\nplease move my desk",
        "This email contains confidential data and went to the wrong person, what now?",
        "On Monday the printer wrote: out of paper, and nothing else",
        "Thanks",
        "Kind regards,\nAnn",
        "> everything here is quoted",
        "500 12 17",
        "best laptop for travelling is what I am asking for\nregards of the team are with you",
    ],
)
def test_what_somebody_wrote_stays(text: str) -> None:
    assert clean(text).replace("> ", "") == text.replace("> ", "")


def test_a_forward_without_a_word_of_its_own_is_what_was_forwarded() -> None:
    head = (
        "FYI\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Monday\nSubject: disk\nTo: Ann\n\n"
    )
    assert clean(head + "The disk of server twelve is full.") == "The disk of server twelve is full."


def test_a_short_answer_above_a_quotation_is_the_answer() -> None:
    mail = "Done.\n\nOn Monday, Bob <b@x.example> wrote:\n> the printer on floor two is broken again"
    assert clean(mail, forwards=False) == "Done."
    assert clean(mail) == "the printer on floor two is broken again"


def test_a_thanks_in_the_middle_ends_nothing() -> None:
    more = "\n".join(
        f"and point {n}: the client asks for a certificate that nobody here has seen" for n in range(20)
    )
    text = f"{SAID}\nThanks\n{more}"
    assert clean(text) == text


@given(
    st.text(max_size=400)
    | st.lists(
        st.sampled_from(["> a", "--", "From: b", "Sent: c", "Subject: d", "regards", "", "On x wrote:"])
    ).map("\n".join)
)
def test_any_text_is_cleaned_to_words_it_held(text: str) -> None:
    plain = Untrusted(text).clean()
    done = clean(plain)
    assert set(done.split()) <= set(plain.replace(">", " ").split()) | set(plain.split())
    assert bool(done) == bool(plain.strip()) or not any(c.isalpha() for c in plain)


@pytest.mark.parametrize(
    "piece", ["--\n", "best\n", "> ", "on ", "on a\n", "From: a\n", "\n", "a", "caution ", " : ", "wrote:\n"]
)
def test_a_megabyte_of_anything_is_cleaned_at_once(piece: str) -> None:
    began = time.process_time()
    clean(piece * ((1 << 20) // len(piece)))
    assert time.process_time() - began < 3


def test_no_more_than_the_beginning_is_looked_at() -> None:
    assert len(clean("word " * RAW_CHARS_MAX)) <= RAW_CHARS_MAX


# --- templates


def form(number: int) -> str:
    return (
        f"Please fill in the form {number}\nmy problem is number {number} x{number * 7}y\nSent by the portal"
    )


def test_lines_of_most_tickets_of_a_queue_are_templates_of_that_queue_alone() -> None:
    counting = Counting()
    for number in range(TICKETS_MIN):
        counting.add("OPS", form(number) + ("\nvpn" if number % 5 == 0 else ""))
        counting.add("HR", f"text {number} of its own alone q{number}")
    found = counting.found()

    assert found.strip("OPS", "Please fill in the form 9\nmy vpn\nsent  by the PORTAL") == "my vpn"
    assert "vpn" in found.strip("OPS", "something\nvpn"), "a fifth of the tickets is a matter, no template"
    assert found.strip("HR", form(3)) == form(3)


def test_few_tickets_make_no_template_and_a_ticket_that_is_all_template_stays() -> None:
    few, many = Counting(), Counting()
    for _ in range(TICKETS_MIN - 1):
        few.add("OPS", "the same line")
        many.add("OPS", "the same line")
    many.add("OPS", "the same line")

    assert few.found().lines == {}
    assert many.found().strip("OPS", "the same line") == "the same line"
    assert many.found().strip("OPS", "the same line\n12\nmore") == "12\nmore"


def test_a_flood_of_different_lines_costs_no_memory_and_hides_no_template(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.brain.templates.LINES_COUNTED_MAX", 500)
    counting = Counting()
    for number in range(2_000):
        counting.add("OPS", f"line a{chr(97 + number % 26)}{'x' * (number % 97)}\nthe form")
    assert len(counting) <= 501
    assert mark("The  Form") in counting.found().lines["OPS"]


def test_templates_are_joined_by_queue() -> None:
    one, other = Templates({"A": frozenset("x")}), Templates({"A": frozenset("y"), "B": frozenset("z")})
    assert one.joined(other).lines == {"A": frozenset("xy"), "B": frozenset("z")}
