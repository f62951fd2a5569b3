"""What the note says of a field: one value, one of several, or that it cannot tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dossier import Dossier
from bot.core.notes import note
from bot.core.reports import Finding
from bot.core.tickets import Value
from tests.making import REF, finding, report

OTHERS = (Value("3", "Medium"), Value("5", "Lowest\nof all"))


def line(found: Finding, language: str = "en") -> str:
    lines = note(report(findings=[found]), Dossier(REF), language)
    (field,) = [each for each in lines if each.kind == "field"]
    return field.text


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "High, Medium or Lowest of all (now: Low; one of them, 92 %)"),
        ("fr", "High, Medium ou Lowest of all (actuellement : Low ; l'une d'elles, 92 %)"),
    ],
)
def test_one_of_several_names_them_all_and_how_sure_it_is_of_that(language: str, says: str) -> None:
    assert line(replace(finding(), others=OTHERS, together=0.92), language) == says


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "not sure enough: High or Medium? (now: Low)"),
        ("fr", "pas assez sûr : High ou Medium ? (actuellement : Low)"),
    ],
)
def test_where_not_even_that_is_sure_no_figure_is_given(language: str, says: str) -> None:
    assert line(replace(finding(), others=OTHERS[:1], confidence=0.99), language) == says


def test_a_value_it_is_sure_of_stands_alone() -> None:
    assert line(finding()) == "High (now: Low; sure, 90 %)"
