"""On a real desk's tickets the question stands on few notes: it is right seldom, so it must be rare."""

from __future__ import annotations

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest

from bot.brain.retrieve.duplicates import OpenTickets

DATA = Path(__file__).parents[4] / "../shared/data"
OPEN, NEW = 1_200, 150


@pytest.mark.parametrize("name", ["itsm8", "groups74"])
def test_at_most_one_note_in_four_asks_whether_it_is_the_same_as_an_open_ticket(name: str) -> None:
    path = DATA / f"tickets/{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"no ../shared/data/tickets/{name}.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = (row["text"] for row in csv.DictReader(file) if row["split"] == "train")
        texts = list(islice(rows, OPEN + NEW))
    tickets = OpenTickets()
    for number, text in enumerate(texts[:OPEN]):
        tickets.add(str(number), text[:1_000])
    asked = [bool(tickets.same_as("new", text[:1_000], 2, allowed=lambda _: True)) for text in texts[OPEN:]]
    assert 0 < sum(asked) <= NEW / 4
