"""Whatever is done to an export is found, and the first thing that is wrong is named with its line."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.findings import MEANS, Fault, Finding
from bot.audit.keys import SigningKey
from tests.bot.audit.conftest import checked
from tests.bot.audit.forge import Forge, later, small

KEY, OTHER = SigningKey.new(), SigningKey.new()
WHOLE = small(KEY)
LATER = later(KEY)
# 1 header, 2-4 records 1-3, 5 head, 6 record 4, 7 its words, 8-9 records 5-6, 10 head, 11-12 records 7-8,
# 13 words destroyed, 14 record 9, 15 head, 16 end
NAMES = [
    "header",
    "r1",
    "r2",
    "r3",
    "head3",
    "r4",
    "words4",
    "r5",
    "r6",
    "head6",
    "r7",
    "r8",
    "words8",
    "r9",
    "head9",
    "end",
]


def wrong(lines: list[str]) -> Finding:
    found = checked("".join(lines).encode(), [KEY.public])
    assert found.finding, "nobody noticed"
    assert found.finding.says
    assert MEANS[found.finding.fault]
    return found.finding


def test_a_whole_export_holds_and_is_counted() -> None:
    found = checked("".join(WHOLE).encode(), [KEY.public])
    assert found.ok, found.finding
    assert (found.first, found.records, found.heads, found.words, found.gone) == (1, 9, 3, 1, 0)
    assert found.until == "2026-11-20T09:06:00.000+00:00"
    assert found.signers == {KEY.public.id: KEY.public.text}
    assert found.pinned
    assert not checked("".join(WHOLE).encode()).pinned


def test_an_export_that_starts_later_holds_from_the_head_before_it() -> None:
    found = checked("".join(LATER).encode(), [KEY.public])
    assert found.ok, found.finding
    assert (found.first, found.records, found.heads, found.gone) == (4, 6, 2, 3)


def test_an_export_of_nothing_holds() -> None:
    assert checked("".join(Forge(KEY).export()).encode(), [KEY.public]).ok


@pytest.mark.parametrize("at", range(len(WHOLE)), ids=NAMES)
def test_one_changed_byte_is_found_on_its_line(at: int) -> None:
    line = WHOLE[at]
    for place in (3, 8, len(line) // 2, len(line) - 12):
        other = "1" if line[place] != "1" else "0"
        found = wrong([*WHOLE[:at], line[:place] + other + line[place + 1 :], *WHOLE[at + 1 :]])
        # What only the closing line knows about is found there.
        assert found.line in {at + 1, len(WHOLE)}, found
        assert found.fault in {Fault.EDITED, Fault.FORGED, Fault.FOREIGN, Fault.MISSING}, found
        if NAMES[at].startswith("r"):
            assert (found.fault, found.line, found.record) == (Fault.EDITED, at + 1, int(NAMES[at][1:]))


@pytest.mark.parametrize("at", range(len(WHOLE)), ids=NAMES)
def test_one_dropped_line_is_named(at: int) -> None:
    found = wrong([*WHOLE[:at], *WHOLE[at + 1 :]])
    name = NAMES[at]
    assert found.fault is (Fault.CUT if name == "end" else Fault.MISSING), found
    if name[1:].isdigit():
        assert found.record == int(name[1:])
        assert found.says.startswith(f"record {found.record} is not here")
    elif name not in {"end", "header"}:
        assert found.record == int(name[-1])


@pytest.mark.parametrize("at", range(len(WHOLE) - 1), ids=["-".join(pair) for pair in pairwise(NAMES)])
def test_two_swapped_neighbours_are_named(at: int) -> None:
    found = wrong([*WHOLE[:at], WHOLE[at + 1], WHOLE[at], *WHOLE[at + 2 :]])
    assert found.fault is Fault.REORDERED, found
    assert found.line in {at + 1, at + 2}, found


@pytest.mark.parametrize("at", range(len(WHOLE)), ids=NAMES)
def test_a_line_that_stands_twice_is_named(at: int) -> None:
    found = wrong([*WHOLE[: at + 1], WHOLE[at], *WHOLE[at + 1 :]])
    assert found.fault is Fault.INSERTED or NAMES[at] == "header", found
    assert found.line == at + 2


@pytest.mark.parametrize("at", range(1, len(WHOLE)))
def test_a_line_of_rubbish_is_found_where_it_stands(at: int) -> None:
    for rubbish in ("rubbish\n", "\n", "{}\n", '{"h":"' + "0" * 64 + '","r":{"n":3}}\n', '{"head":{}}\n'):
        found = wrong([*WHOLE[:at], rubbish, *WHOLE[at:]])
        assert found.line in {at + 1, at + 2}, (found, rubbish)


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_a_tail_cut_off_is_named(at: int) -> None:
    found = wrong(WHOLE[:at])
    assert found.fault is Fault.CUT, found
    found = wrong([*WHOLE[:at], WHOLE[at][:-9]])
    assert found.line == at + 1
    assert found.fault is Fault.CUT or at == 0


def test_records_that_changed_places_far_apart_are_told_from_missing_ones() -> None:
    moved = [*WHOLE[:2], *WHOLE[3:5], WHOLE[2], *WHOLE[5:]]
    assert wrong(moved).fault is Fault.REORDERED
    assert "records 5 to 6 are not here" in wrong([*WHOLE[:7], *WHOLE[9:]]).says


def test_a_record_put_in_with_a_hash_that_fits_is_found_by_the_one_it_pushes_away() -> None:
    forge = Forge(KEY)
    forge.announce()
    forge.records("ticket.touched", "proposal.approved")
    found = wrong([*WHOLE[:3], forge.lines[2], *WHOLE[3:]])
    assert (found.fault, found.record) == (Fault.INSERTED, 3)


def test_a_chain_rebuilt_without_the_key_is_refused_at_its_first_head() -> None:
    forge = Forge(OTHER)
    forge.announce()
    forge.records("ticket.touched", "proposal.executed")
    forge.head()
    forged = "".join(forge.export()).encode()
    assert checked(forged).ok, "on its own it is an export like any other"
    found = checked(forged, [KEY.public]).finding
    assert found
    assert (found.fault, found.record) == (Fault.FOREIGN, 1)
    assert "not one of those you gave" in found.says
    # The same with the right name for the wrong key.
    claims = forged.replace(OTHER.public.id.encode(), KEY.public.id.encode())
    found = checked(claims, [KEY.public]).finding
    assert found
    assert found.fault in {Fault.EDITED, Fault.FORGED}


def test_hashes_made_anew_do_not_fit_the_head() -> None:
    forge = Forge(KEY)
    forge.announce()
    forge.records("ticket.touched", "proposal.approved")
    found = wrong([WHOLE[0], *forge.lines, *WHOLE[4:]])
    assert (found.fault, found.record, found.line) == (Fault.FORGED, 1, 5)


def test_a_head_of_another_time_is_no_signature_of_this_run() -> None:
    """Genuine, but made over something else: an end taken for a head, or a head for an end."""
    body = WHOLE[4].removeprefix('{"head":')
    as_end = '{"end":' + body
    assert wrong([*WHOLE[:-1], as_end]).fault is Fault.EDITED
    signature = json.loads(WHOLE[-1])["sig"]
    head = json.loads(WHOLE[4])
    mixed = '{"head":' + json.dumps(head["head"], separators=(",", ":")) + f',"sig":"{signature}"}}\n'
    assert wrong([*WHOLE[:4], mixed, *WHOLE[5:]]).fault is Fault.FORGED


def test_a_key_that_nobody_announced_is_refused() -> None:
    forge = Forge(KEY)
    forge.records("ticket.touched")
    forge.head()
    found = wrong(forge.export())
    assert (found.fault, found.record) == (Fault.FORGED, 1)
    assert "never announced" in found.says


def test_a_second_replica_announces_its_key_and_both_must_be_given() -> None:
    forge = Forge(KEY)
    forge.announce()
    forge.head()
    forge.key = OTHER
    forge.announce()
    forge.records("ticket.touched")
    forge.head()
    export = "".join(forge.export(keys=[KEY, OTHER])).encode()
    assert checked(export).ok
    assert checked(export, [OTHER.public, KEY.public]).ok
    found = checked(export, [KEY.public]).finding
    assert found
    assert (found.fault, found.record) == (Fault.FOREIGN, 2)


def test_text_in_a_record_cannot_pass_for_the_frame_around_it() -> None:
    """What a person typed may look like anything; quotes in it are escaped, and the whole line is hashed."""
    nasty = '","r":{"n":1,"what":"x"}}\n{"head":{},"sig":"' + "0" * 128 + '"}'
    forge = Forge(KEY)
    forge.announce()
    forge.add({"n": 2, "what": nasty, "because": ',"text":{"key":"'})
    forge.number = 2
    forge.records("ticket.touched")
    forge.head()
    assert checked("".join(forge.export()).encode(), [KEY.public]).ok
    # And bytes that are no JSON string at all are not two records.
    twice = Forge(KEY)
    twice.announce()
    twice.raw('{"n":2,"what":"a"}}\n{"h":"' + "0" * 64 + '","r":{"n":3,"what":"b"}')
    twice.number = 2
    twice.head()
    assert wrong(twice.export()).fault in {Fault.EDITED, Fault.MISSING, Fault.INSERTED}


def test_line_ends_that_were_converted_are_said_to_be_that() -> None:
    export = "".join(WHOLE).replace("\n", "\r\n").encode()
    assert not checked(export).ok
    half = WHOLE[0] + "".join(WHOLE[1:]).replace("\n", "\r\n")
    found = checked(half.encode()).finding
    assert found
    assert "line ends" in found.says


def test_words_that_are_not_those_that_were_sealed_are_found() -> None:
    changed = WHOLE[6].replace("Bob", "Rob")
    found = wrong([*WHOLE[:6], changed, *WHOLE[7:]])
    assert (found.fault, found.record, found.line) == (Fault.EDITED, 4, 7)
    silenced = '{"clear":4,"words":null}\n'
    assert wrong([*WHOLE[:6], silenced, *WHOLE[7:]]).fault is Fault.EDITED


def test_what_is_no_text_at_all_is_refused_without_a_crash() -> None:
    hostile = [
        b"",
        b"\xff\xfe\x00" * 1000,
        b"[" * 100_000,
        b'{"audit":' + b"[" * 100_000 + b"}\n",
        b"\n" * 50,
        b"x" * 3_000_000,
        WHOLE[0].encode() + b"x" * 3_000_000,
        WHOLE[0].encode() + b'{"head":' + b'{"a":' * 50_000 + b'},"sig":"' + b"0" * 128 + b'"}\n',
        WHOLE[0].replace("ed25519:", "/etc/passwd:").encode(),
    ]
    for each in hostile:
        assert not checked(each).ok, each[:60]


@given(st.data())
def test_any_change_of_any_byte_is_found(data: st.DataObject) -> None:
    whole = "".join(data.draw(st.sampled_from([WHOLE, LATER]))).encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    how = data.draw(st.sampled_from(["replace", "insert", "drop"]))
    if how == "replace":
        changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
    elif how == "insert":
        changed = whole[:at] + bytes([byte]) + whole[at:]
    else:
        changed = whole[:at] + whole[at + 1 :]
    assert not checked(changed, [KEY.public]).ok
    assert not checked(changed).ok


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(-6, 15)), min_size=1, max_size=4))
def test_any_shuffle_of_lines_is_found(moves: list[tuple[int, int]]) -> None:
    lines = list(WHOLE)
    for take, put in moves:
        what = lines.pop(take % len(lines))
        if put >= 0:
            lines.insert(put, what)
    if lines != WHOLE:
        assert not checked("".join(lines).encode(), [KEY.public]).ok
