"""``countersign eval`` from files to figures: which are refused, and what the brain makes of the others."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.core.errors import Misconfigured
from bot.measuring import Brain, Wanted, brain_of, measure
from tests.bot.brain.measure.desk import Counted, lessons

DATA = Path(__file__).parents[2] / "../shared/data/tickets"
MAP = "text=Body,category=Kind,closed_at=Closed"


def export(path: Path, count: int, **more: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Id", "Body", "Kind", "Closed"])
        for each in lessons(count, **more):
            writer.writerow([each.key, each.text, each.values["kind"].id, each.at])
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, args)], catch_exceptions=False)


def quiet(_: str) -> None:
    pass


def test_the_shipped_brain_is_measured_on_the_newest_fifth(tmp_path: Path) -> None:
    result = run(export(tmp_path / "past.csv", 1_200, noise=0.02), "--map", MAP, "--json")

    assert result.exit_code == 0
    found = json.loads(result.stdout)
    category = found["fields"]["category"]
    assert found["trained"] + found["measured"] == 1_200
    assert category["n"] == 240
    assert category["accuracy"] > 0.9
    assert category["coverage"] > 0.5
    assert category["precision"] > 0.9
    assert 0 < category["threshold"] <= 1
    assert found["fit_s"] > 0
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]


def test_with_a_training_file_all_of_the_other_is_measured(tmp_path: Path) -> None:
    train, test = export(tmp_path / "a.csv", 500), export(tmp_path / "b.csv", 90, seed=5)

    report = measure(Wanted(test, train, MAP), quiet, brain=Brain(Counted))

    assert (report.trained, report.measured, report.split) == (500, 90, "given")
    assert report.fields["category"].n == 90


def test_texts_are_cleaned_and_redacted_before_anything_learns_them(tmp_path: Path) -> None:
    path = tmp_path / "past.jsonl"
    rows = [
        {
            "text": f"{each.text} mail me at jo@example.org\n\nKind regards\nJo Doe",
            "kind": each.values["kind"].id,
        }
        for each in lessons(60)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    seen: list[str] = []

    def learner(lessons: Sequence[Any], fields: Sequence[Any], *, target: float) -> Counted:
        seen.extend(each.text for each in lessons)
        return Counted(lessons, fields, target=target)

    measure(Wanted(path), quiet, brain=Brain(learner))

    assert seen
    assert not [text for text in seen if "jo@example.org" in text or "Doe" in text]


def test_ten_tickets_give_a_report_that_promises_nothing(tmp_path: Path) -> None:
    result = run(export(tmp_path / "few.csv", 10), "--map", MAP)

    assert result.exit_code == 0
    assert "none of 100 tickets alone" in result.stdout
    assert "too few" in result.stdout


def test_one_value_only_is_no_error(tmp_path: Path) -> None:
    result = run(export(tmp_path / "one.csv", 400, kinds=["Mail"]), "--map", MAP)

    assert result.exit_code == 0
    assert "one value only" in result.stdout


def test_tickets_without_words_are_left_out_and_counted(tmp_path: Path) -> None:
    path = export(tmp_path / "past.csv", 40)
    with path.open("a", encoding="utf-8") as file:
        file.write("E-1,,Mail,\nE-2,  ?! ,Mail,\n")

    report = measure(Wanted(path, None, MAP), quiet, brain=Brain(Counted))

    assert report.trained + report.measured == 40
    assert any("want of words or fields: 2" in note for note in report.notes)


def test_nothing_but_empty_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    path.write_text("Body,Kind\n,Mail\n,Access\n", encoding="utf-8")

    with pytest.raises(Misconfigured, match=r"past\.csv"):
        measure(Wanted(path, None, "text=Body,category=Kind"), quiet)


def test_one_ticket_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="too few to learn from some"):
        measure(Wanted(export(tmp_path / "one.csv", 1), None, MAP), quiet)


@pytest.mark.parametrize("missing", ["a", "b"])
def test_a_field_that_one_file_lacks_is_named_with_its_header(tmp_path: Path, missing: str) -> None:
    files = {name: export(tmp_path / f"{name}.csv", 30) for name in "ab"}
    text = files[missing].read_text(encoding="utf-8").replace("Kind", "Sort", 1)
    files[missing].write_text(text, encoding="utf-8")

    with pytest.raises(Misconfigured, match=rf"{missing}\.csv.*'Kind'.*'Body', 'Sort'"):
        measure(Wanted(files["b"], files["a"], MAP), quiet)


def test_a_field_of_one_json_file_only_is_named_with_the_others_header(tmp_path: Path) -> None:
    one, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    one.write_text('{"text": "vpn down", "kind": "Mail", "queue": "Q"}\n' * 3, encoding="utf-8")
    other.write_text('{"text": "vpn down", "sort": "Mail"}\n' * 3, encoding="utf-8")

    with pytest.raises(Misconfigured, match=re.escape("'kind'; it has 'text', 'sort'")):
        measure(Wanted(other, one), quiet)


def test_columns_with_a_value_for_every_ticket_are_no_fields(tmp_path: Path) -> None:
    path = export(tmp_path / "past.csv", 60)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    text = header.replace("Body", "text") + "\n" + "\n".join(rows)
    path.write_text(text, encoding="utf-8")

    report = measure(Wanted(path), quiet, brain=Brain(Counted))

    assert list(report.fields) == ["Kind"]
    assert any("Id" in note and "Closed" in note for note in report.notes)


def test_a_field_that_is_never_suggested_is_measured_when_named_and_says_so(tmp_path: Path) -> None:
    path = export(tmp_path / "past.csv", 60)

    report = measure(Wanted(path, None, "text=Body,priority=Kind"), quiet, brain=Brain(Counted))

    assert report.fields["priority"].n == 12
    assert any("never suggested in service: priority" in note for note in report.notes)


def test_values_that_differ_in_case_are_one(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    export(path, 400)
    lines = path.read_text(encoding="utf-8").splitlines()
    mixed = [line.replace(",Mail,", ",MAIL,") if at % 2 else line for at, line in enumerate(lines)]
    path.write_text("\n".join(mixed), encoding="utf-8")

    category = measure(Wanted(path, None, MAP), quiet, brain=Brain(Counted)).fields["category"]

    assert category.classes == 4
    assert category.accuracy > 0.7


@pytest.mark.parametrize("target", ["0", "0.4", "1", "95", "nan"])
def test_a_promise_nobody_can_make_is_refused(tmp_path: Path, target: str) -> None:
    with pytest.raises(Misconfigured, match="--target"):
        run(export(tmp_path / "past.csv", 10), "--map", MAP, "--target", target)


def test_a_gate_that_is_not_reached_ends_with_1_and_says_which(tmp_path: Path) -> None:
    path = export(tmp_path / "past.csv", 200)

    passed = run(path, "--map", MAP, "--min", "category.n=40", "--json")
    failed = run(path, "--map", MAP, "--min", "category.n=40", "--min", "category.top3=1.1", "--json")

    assert passed.exit_code == 0
    assert failed.exit_code == 1
    assert "category.top3 is" in failed.stderr
    assert json.loads(failed.stdout)["fields"]["category"]["n"] == 40, "the figures are there all the same"


def test_a_gate_for_an_unknown_metric_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no metric is called 'beauty'"):
        run(tmp_path / "not-there.csv", "--min", "category.beauty=1")


def test_the_page_is_written_and_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = export(tmp_path / "past.csv", 100)

    assert run(path, "--map", MAP, "--html", tmp_path / "report.html").exit_code == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(Misconfigured, match="cannot be written: No such file"):
        run(path, "--map", MAP, "--html", tmp_path / "nowhere" / "report.html")


def test_the_same_file_gives_the_same_figures(tmp_path: Path) -> None:
    path = export(tmp_path / "past.csv", 500)

    one, two = (measure(Wanted(path, None, MAP), quiet, brain=Brain(Counted)).as_json() for _ in range(2))

    for each in (one, two):
        del each["fit_s"], each["latency_ms"]
    assert one == two


def test_the_report_says_whether_sentence_vectors_voted(tmp_path: Path) -> None:
    brain = brain_of({"COUNTERSIGN_DATA": str(tmp_path)})

    report = measure(Wanted(export(tmp_path / "past.csv", 60), None, MAP), quiet, brain=brain)

    assert any("by words alone" in note for note in report.notes)


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/tickets")
def test_a_real_desk_is_better_than_plain_ways_and_honest(tmp_path: Path) -> None:
    with gzip.open(DATA / "endava5k.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:1_200]
    path = tmp_path / "desk.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    report = measure(Wanted(path, None, "text=text,category=category,kind=ticket_type"), quiet)
    category = report.fields["category"]

    assert category.accuracy > category.baselines["naive_bayes"].accuracy
    assert category.accuracy > category.baselines["majority"].accuracy + 0.05
    assert category.ece < 0.1
    assert category.precision is None or category.precision > 0.85
