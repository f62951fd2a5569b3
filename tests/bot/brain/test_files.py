"""Files that desks export: read as mapped, refused with the line that is wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bot.brain.files import parse_map, read_past
from bot.core.errors import Misconfigured

ROWS = 'Id,Body,Cat,Closed\nA-1,"Printer jam,\nsecond line",Hardware,2026-11-20\nA-2,VPN down,Network,\n'
MAP = {"key": "Id", "text": "Body", "category": "Cat", "closed_at": "Closed"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_csv_is_read_by_its_mapping(tmp_path: Path, *, packed: bool) -> None:
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(ROWS.encode()) if packed else b"\xef\xbb\xbf" + ROWS.encode())

    one, two = read_past(path, MAP)

    assert (one.key, one.description.raw) == ("A-1", "Printer jam,\nsecond line")
    assert one.fields["category"][0].label == "Hardware"
    assert one.closed_at is not None
    assert one.closed_at.tzinfo is not None
    assert (two.key, two.closed_at, two.answer) == ("A-2", None, None)


def test_json_lines_may_hold_lists_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"summary": "VPN", "labels": ["a", "b"], "impact": 2}) + "\n\n{}\n", "utf-8")

    one, two = read_past(path, {"labels": "labels", "impact": "impact"})

    assert [v.id for v in one.fields["labels"]] == ["a", "b"]
    assert one.fields["impact"][0].label == "2"
    assert one.key == "t.jsonl:1"
    assert two.fields == {}


def test_without_a_mapping_every_other_column_is_a_field(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,queue,priority\nVPN,OPS,High\n", "utf-8")

    (one,) = read_past(path, {})

    assert (one.queue, set(one.fields)) == ("OPS", {"priority"})


@pytest.mark.parametrize(
    ("name", "text", "columns", "words"),
    [
        ("t.xlsx", "x", {}, "must end in"),
        ("t.csv", "a,b\n1,2\n", {"text": "Body", "category": "b"}, "no column 'Body'"),
        ("t.csv", "text\nhello\n", {}, "which columns hold fields"),
        ("t.csv", "category\nhello\n", {}, "which column holds the words"),
        ("t.csv", "text,c\nhello,x,y\n", {}, r"t\.csv:2: more cells"),
        ("t.csv", 'text,c\nhello,x\n"open,x\n', {}, r"t\.csv:"),
        ("t.jsonl", '{"text": "a", "c": "b"}\n{"text": \n', {}, r"t\.jsonl:2: not readable"),
        ("t.jsonl", "[1]\n", {}, r"t\.jsonl:1: one JSON object"),
        ("t.jsonl", '{"text": "a", "c": {"d": 1}}\n', {}, r"t\.jsonl:1: 'c' must be"),
        ("t.csv", "text,c,closed_at\na,b,yesterday\n", {}, r"t\.csv:2: closed_at 'yesterday'"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(
    tmp_path: Path, name: str, text: str, columns: dict[str, str], words: str
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")

    with pytest.raises(Misconfigured, match=words):
        list(read_past(path, columns))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    for name, content in (
        ("a.csv", b"t\x00e\x00x\x00t\x00,\x00c\x00\n\x00"),
        ("b.csv", b"text,c\n\x81,x\n"),
        ("a.csv.gz", b"no gzip"),
        ("a.jsonl", b"\xff\n"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Misconfigured, match="not readable"):
            list(read_past(tmp_path / name, {}))
    with pytest.raises(Misconfigured, match="cannot be read"):
        list(read_past(tmp_path / "gone.csv", {}))


def test_a_mapping_is_read_or_refused() -> None:
    assert parse_map("text=Body, category=Cat A") == {"text": "Body", "category": "Cat A"}
    assert parse_map("") == {}
    for wrong in ("text", "=Body", "text=", "a=b,a=c"):
        with pytest.raises(Misconfigured):
            parse_map(wrong)
