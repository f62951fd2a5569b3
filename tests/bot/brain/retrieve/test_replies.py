"""A past answer is offered only where this desk's own history proves that such offers fit."""

from __future__ import annotations

import numpy as np
import pytest

from bot.brain.retrieve.replies import Answered, Replies, lower_bound, lowest
from tests.bot.brain.retrieve.desk import SUBJECTS, seeded, ticket
from tests.bot.brain.retrieve.outside import helpdesk

STEPS = {
    subject: "Please open the {} page and then reset the {} of the device for us".format(*said.split())
    for subject, said in SUBJECTS.items()
}


def steady(count: int, *, fitting: bool = True) -> list[Answered]:
    """A desk where the subject settles the answer, or where nothing does."""
    rng = seeded(4)
    names = list(SUBJECTS)
    made = list[Answered]()
    for n in range(count):
        subject = names[n % len(names)]
        said = (
            STEPS[subject] if fitting else f"We have done number{n} and thing{n} as you asked us, it is fine"
        )
        made.append(Answered(f"T-{n}", ticket(rng, subject, own=14, small=4), said))
    return made


def test_the_answer_of_the_most_alike_ticket_is_offered() -> None:
    replies = Replies.of(steady(120))
    offer = replies.best(ticket(seeded(9), "printer", own=14, small=4), "en")
    assert offer is not None
    assert offer.past.answer == STEPS["printer"]
    assert offer.standing == offer.score, "nobody nearly as much alike was answered differently"


def test_a_rival_that_was_answered_differently_takes_certainty_away() -> None:
    text = "vpn tunnel drops at the gateway since monday"
    one = Answered("A", f"{text} one", STEPS["vpn"])
    other = Answered(
        "B", f"{text} two", "We have sent you a new certificate by internal mail, it is in your box"
    )
    more = [each for each in steady(60) if "vpn" not in each.answer]
    alone, rivalled = (
        Replies.of([one, *more]).best(text, "en"),
        Replies.of([one, other, *more]).best(text, "en"),
    )
    assert alone is not None
    assert rivalled is not None
    assert rivalled.standing < rivalled.score * 0.7
    assert rivalled.standing < alone.standing


def test_an_answer_in_another_language_or_out_of_bounds_is_not_offered() -> None:
    german = Answered(
        "D", "vpn tunnel drops", "Bitte öffnen Sie die Seite und starten Sie das Gerät für uns neu"
    )
    replies = Replies.of([german, *steady(12)])
    found = replies.best("vpn tunnel drops", "de")
    assert found is not None
    assert found.past.key == "D"
    assert replies.best("vpn tunnel drops", "en", allowed=np.zeros(13, np.bool_)) is None
    assert replies.best("vpn tunnel drops", "fr") is None


def test_tickets_without_an_answer_offer_none() -> None:
    replies = Replies.of([Answered("A", "vpn drops", " "), Answered("B", "badge lost", "")])
    assert len(replies) == 0
    assert replies.best("vpn drops", "en") is None
    assert replies.threshold() is None


def test_a_desk_whose_answers_repeat_gets_a_threshold_and_one_whose_do_not_gets_none() -> None:
    proven = Replies.of(steady(180)).threshold()
    assert proven is not None
    assert 0 < proven < 1
    assert Replies.of(steady(180, fitting=False)).threshold() is None
    assert Replies.of(steady(18)).threshold() is None, "eighteen offers prove nothing"


def test_the_threshold_keeps_what_was_promised() -> None:
    replies = Replies.of(steady(180))
    threshold = replies.threshold()
    assert threshold is not None
    tried = [each for each in map(replies.tried, range(180)) if each is not None]
    offered = [fits for standing, fits in tried if standing >= threshold]
    assert sum(offered) / len(offered) >= 0.9


@pytest.mark.parametrize(
    ("tried", "found"),
    [
        ([(0.9, True)] * 19, None),
        ([(0.9, True)] * 40, 0.9),
        ([(0.9, True)] * 40 + [(0.5, False)] * 40, 0.9),
        ([(0.9, False)] * 40, None),
        ([], None),
    ],
)
def test_a_threshold_has_to_be_proven(tried: list[tuple[float, bool]], found: float | None) -> None:
    assert lowest(tried, 0.9) == found


def test_few_successes_are_a_weak_proof() -> None:
    assert lower_bound(5, 5) < 0.9 < lower_bound(40, 40) < 1
    assert lower_bound(0, 10) == pytest.approx(0.0, abs=1e-9)


def test_real_answers_are_offered_for_the_tenth_that_is_surest() -> None:
    rows = helpdesk()
    known = [row for row in rows if row["split"] == "train"]
    asked = [row for row in rows if row["split"] == "test"][::3]
    replies = Replies.of(Answered(str(n), row["text"], row["answer"]) for n, row in enumerate(known))
    tried = list[tuple[float, bool]]()
    for row in asked:
        offer = replies.best(row["text"], row["language"])
        tried.append(
            (offer.standing, replies.fits(offer.past.answer, row["answer"])) if offer else (-1.0, False)
        )
    tenth = sorted(tried, reverse=True)[: len(tried) // 10]
    assert sum(fits for _, fits in tenth) / len(tenth) >= 0.75, "a third of the test part; 0.90 of all of it"
