"""Files that desks export: read as mapped, refused with the line that is wrong."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.exports import look_at
from bot.brain.files import LABEL_CHARS_MAX, parse_map, read_past, read_sourced
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
        ("t.csv", 'text,c\nhello,x\n"open,x\nmore,y\n', {}, r"t\.csv:3: .*quote.*header is: text,c"),
        ("t.csv", 'text,c\nhello,x\n"open"x,y\n', {}, r"t\.csv:3: not readable.*header is: text,c"),
        ("t.csv", "text;c\nhello;x;y\n", {}, r"t\.csv:2: more cells.*'text', 'c'"),
        ("t.csv", "text,c,c\n", {}, r"t\.csv:1: the header names 'c' twice"),
        ("t.csv", "", {}, "is empty"),
        ("t.jsonl", "\n", {}, "is empty"),
        ("t.csv", "text,c\n", {}, "a header and no rows"),
        ("t.jsonl", "[" * 100_000, {}, r"t\.jsonl:1: not readable"),
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


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_other_separators_and_encodings_are_found_out(tmp_path: Path, mark: str, encoding: str) -> None:
    path = tmp_path / "t.csv"
    rows = [["Text", "a, b; c"], ["Drucker hört auf", "Büro"], ["two\nlines", ""]]
    quoted = "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
    path.write_bytes(quoted.encode(encoding))

    export = look_at(path)
    one, two = read_past(path, {"text": "Text", "category": "a, b; c"})

    assert one.description.raw == "Drucker hört auf"
    assert one.fields["category"][0].label == "Büro"
    assert (two.description.raw, two.fields) == ("two\nlines", {})
    assert ["Windows-1252" in note for note in export.notes] == ([True] if encoding == "cp1252" else [])


def test_a_guessed_encoding_names_the_line_that_made_it_necessary(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"text,c\n" + b"plain,x\n" * 200_000 + b"caf\xe9,x\n")

    assert look_at(path).notes == ("t.csv is not UTF-8 (line 200002): read as Windows-1252",)


def test_cells_that_a_spreadsheet_left_out_at_the_end_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,c,d\nVPN,x\n\nDisk,y,z,,\n", "utf-8")

    one, two = read_past(path, {})

    assert (set(one.fields), set(two.fields)) == ({"c"}, {"c", "d"})


def test_a_gzip_that_was_cut_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode() * 50)[:-10])

    with pytest.raises(Misconfigured, match="not readable as gzip"):
        list(read_past(path, MAP))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-20T14:05:00+02:00", "2026-11-20T14:05:00+02:00"),
        ("2026-11-20 14:05:00", "2026-11-20T14:05:00+00:00"),
        ("20.11.2026 14:05", "2026-11-20T14:05:00+00:00"),
        ("20/Nov/26 2:05 PM", "2026-11-20T14:05:00+00:00"),
    ],
)
def test_days_are_read_as_desks_export_them(tmp_path: Path, written: str, read: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"text,c,closed_at\nVPN,x,{written}\n", "utf-8")

    (one,) = read_past(path, {})

    assert one.closed_at is not None
    assert one.closed_at.isoformat() == read


def test_a_day_that_could_be_two_is_refused_with_its_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,c,Closed\nVPN,x,03/04/2026\n", "utf-8")

    with pytest.raises(Misconfigured, match=r"t\.csv:2: closed_at '03/04/2026' \(column 'Closed'\)"):
        list(read_past(path, {"text": "text", "category": "c", "closed_at": "Closed"}))


def test_whoever_asked_and_the_line_come_along_and_rows_can_be_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('text,c,person\n"a\nb",x,Ann\nVPN,y,Bob\n', "utf-8")

    assert [(each.person, each.line) for each in read_sourced(look_at(path), {})] == [("Ann", 2), ("Bob", 4)]
    assert [each.person for each in read_sourced(look_at(path), {}, skip=1)] == ["Bob"]
    assert list(read_sourced(look_at(path), {}, skip=2)) == []


def test_labels_are_one_line_and_each_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"text": "VPN", "c": [" a  b", "a b", "x" * 300, "\ud800"]}) + "\n", "utf-8")

    (one,) = read_past(path, {})

    assert one.fields["c"][0].id == "a b"
    assert [len(value.label) for value in one.fields["c"]] == [3, LABEL_CHARS_MAX]


@given(st.binary(max_size=300), st.sampled_from(["t.csv", "t.csv.gz", "t.jsonl"]))
def test_any_bytes_are_read_or_refused_in_words(content: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with contextlib.suppress(Misconfigured):
            list(read_past(path, {}))


def test_a_mapping_is_read_or_refused() -> None:
    assert parse_map("text=Body, category=Cat A") == {"text": "Body", "category": "Cat A"}
    assert parse_map("") == {}
    for wrong in ("text", "=Body", "text=", "a=b,a=c"):
        with pytest.raises(Misconfigured):
            parse_map(wrong)
