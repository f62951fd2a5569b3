"""Few lessons, odd ones, wrong ones and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bot.brain.classify import Fitted, fit
from bot.brain.classify.votes import Numbers, Places
from bot.brain.lessons import Asked, FieldSpec, Lesson, Show
from bot.core.tickets import Value
from tests.bot.brain.classify.made import GROUP, GROUPS, tickets

PROBES = tickets(150, noise=0, vague=0, seed=5)


def firsts(fitted: Fitted, lessons: Sequence[Lesson] = PROBES) -> list[Value]:
    return [each["group"].ranked[0][0] for each in fitted.predict_all([Asked(one.text) for one in lessons])]


def test_ten_lessons_teach_nothing_and_say_so() -> None:
    few = fit(tickets(10), [GROUP])
    said = few.predict(Asked(PROBES[0].text))["group"]
    assert few.fields == ("group",)
    assert said.ranked == ()
    assert said.show is Show.NOTHING
    assert Fitted.from_bytes(few.to_bytes()).fields == ("group",)


def test_no_lessons_and_no_fields_are_no_error() -> None:
    assert fit([], [GROUP]).predict(Asked("anything"))["group"].ranked == ()
    assert fit(tickets(5), []).predict(Asked("anything")) == {}


def test_lessons_without_words_are_no_error() -> None:
    empty = [Lesson(str(n), "", {"group": GROUPS[n % 5]}) for n in range(400)]
    said = fit(empty, [GROUP]).predict(Asked("vpn does not connect"))["group"]
    assert said.show is Show.NOTHING


def test_one_value_alone_is_known_but_not_for_what_is_strange() -> None:
    same = [replace(each, values={"group": GROUPS[0]}) for each in tickets(350)]
    fitted = fit(same, [GROUP])
    assert fitted.predict(Asked(same[0].text))["group"].ranked[0] == (GROUPS[0], 1.0)
    assert fitted.predict(Asked("roast lamb with a glass of wine"))["group"].show is Show.NOTHING


def test_a_value_of_few_lessons_is_never_shown_alone() -> None:
    rare = Value("r", "Rare")
    lessons = tickets(900, noise=0, vague=0)
    lessons += [
        Lesson(f"R-{n}", f"rareword{n % 3} rarething oddity{n % 2}", {"group": rare}) for n in range(9)
    ]
    said = fit(lessons, [GROUP]).predict(Asked("rareword1 rarething oddity1"))["group"]
    assert said.ranked[0][0] == rare
    assert said.support < 10
    assert said.show is not Show.ONE


def test_spellings_of_one_value_are_one_class() -> None:
    spelled = [
        replace(each, values={"group": replace_label(each.values["group"], place)})
        for place, each in enumerate(tickets(700, noise=0))
    ]
    fitted = fit(spelled, [GROUP])
    assert fitted.standings["group"].classes == 5
    assert set(firsts(fitted)) == set(GROUPS)


def replace_label(value: Value, place: int) -> Value:
    """As the vendor has it, as a file has it, and as somebody typed it."""
    typed = f" {value.label.upper()}  "
    return (value, Value(value.label, value.label), Value(typed, typed))[place % 3]


def test_two_values_of_one_name_stay_two() -> None:
    lessons = [
        Lesson(str(n), f"mail{n % 40} outlook{n % 7}" if n % 2 else f"printer{n % 40} toner{n % 7}",
               {"group": Value(f"id{n % 2}", "Other")})
        for n in range(600)
    ]  # fmt: skip
    fitted = fit(lessons, [GROUP])
    assert fitted.standings["group"].classes == 2
    assert fitted.predict(Asked("mail3 outlook2"))["group"].ranked[0][0].id == "id1"


def test_a_flood_of_copies_with_a_wrong_value_moves_no_other_ticket() -> None:
    lessons = tickets(800, noise=0, vague=0)
    victim = lessons[0]
    wrong = next(each for each in GROUPS if each != victim.values["group"])
    flood = [
        replace(victim, key=f"F-{n}", text=" ".join(np.roll(victim.text.split(), n).tolist()),
                values={"group": wrong})
        for n in range(150)
    ]  # fmt: skip
    clean, flooded = fit(lessons, [GROUP]), fit([*lessons, *flood], [GROUP])
    assert np.mean([a == b for a, b in zip(firsts(clean), firsts(flooded), strict=True)]) > 0.99


def test_one_person_approving_nonsense_is_heard_as_one_among_many() -> None:
    lessons = tickets(800, noise=0, vague=0)
    nonsense = [
        replace(
            each, key=f"N-{n}", values={"group": GROUPS[0]}, person="mallory", at=f"2026-11-{n % 28 + 1:02}"
        )
        for n, each in enumerate(tickets(600, noise=0, vague=0, seed=6))
    ]
    named, nameless = (
        fit([*lessons, *nonsense], [GROUP]),
        fit([*lessons, *[replace(n, person="") for n in nonsense]], [GROUP]),
    )
    truth = [each.values["group"] for each in PROBES]
    good, bad = (
        np.mean([a == b for a, b in zip(firsts(one), truth, strict=True)]) for one in (named, nameless)
    )
    assert good > 0.95
    assert good >= bad


def test_a_value_of_our_own_suggestion_weighs_less() -> None:
    lessons = tickets(400, noise=0, vague=0)
    doubt = [
        replace(each, key=f"D-{n}", values={"group": GROUPS[0]}, weight=0.0) for n, each in enumerate(lessons)
    ]
    assert firsts(fit([*lessons, *doubt], [GROUP])) == firsts(fit(lessons, [GROUP]))


def test_labels_that_are_often_wrong_cost_confidence_more_than_accuracy() -> None:
    noisy = fit(tickets(1_000, noise=0.3, vague=0), [GROUP])
    truth = [each.values["group"] for each in PROBES]
    assert np.mean([a == b for a, b in zip(firsts(noisy), truth, strict=True)]) > 0.9
    assert noisy.predict(Asked(PROBES[0].text))["group"].confidence < 0.93


def test_fields_in_a_circle_are_learned_all_the_same() -> None:
    circle = [FieldSpec("group", "team"), FieldSpec("team", "group")]
    assert set(fit(tickets(400), circle).fields) == {"group", "team"}


WHISPER = "q" * 41
"""Too long to be read as a word."""


class Oracle:
    """A second opinion that has heard the truth whispered: the last letter of each text."""

    def __init__(
        self, texts: Sequence[str] = (), sizes: dict[str, int] | None = None, *, names: Sequence[int] = ()
    ) -> None:
        self.texts, self.sizes, self.names = texts, sizes or {}, names

    def learn(self, texts: Sequence[str], labels: Mapping[str, Places], sizes: Mapping[str, int]) -> Oracle:
        whispered = {int(text[-1]): int(label) for text, label in zip(texts, labels["group"], strict=True)}
        return Oracle(texts, dict(sizes), names=[whispered[n] for n in range(5)])

    def held_out(self, field: str, folds: Places) -> Numbers:
        assert len(folds) == len(self.texts)
        return self.vote(self.texts)[field]

    def vote(self, texts: Sequence[str]) -> dict[str, Numbers]:
        rows = np.zeros((len(texts), self.sizes["group"]), dtype=np.float32)
        for place, text in enumerate(texts):
            if text[-1:].isdigit() and int(text[-1]) < 5:
                rows[place, self.names[int(text[-1])]] = 1.0
        return {"group": rows}

    def to_bytes(self) -> bytes:
        return json.dumps([self.sizes, list(self.names)]).encode()

    @classmethod
    def opened(cls, data: bytes) -> Oracle:
        sizes, names = json.loads(data)
        return cls(sizes=sizes, names=names)


def test_a_second_opinion_is_mixed_in_by_merit_kept_in_the_file_and_not_needed() -> None:
    lessons = [
        replace(each, text=f"{each.text} {WHISPER}{each.values['group'].id[0]}")
        for each in tickets(900, noise=0, vague=0.5)
    ]
    alone, helped = fit(lessons, [GROUP]), fit(lessons, [GROUP], votes=Oracle())
    assert alone.standings["group"].accuracy < 0.7
    assert helped.standings["group"].accuracy > 0.95
    vague = Asked(f"word1 word2 word3 word4 word5 word6 {WHISPER}3")
    assert helped.predict(vague)["group"].ranked[0][0] == GROUPS[3]
    data = helped.to_bytes()
    assert Fitted.from_bytes(data).predict(vague)["group"].confidence < 0.6
    opened = Fitted.from_bytes(data, votes=Oracle.opened)
    assert opened.predict(vague) == helped.predict(vague)
    assert opened.to_bytes() == data
