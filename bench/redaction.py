"""How much of what must not leave is found, and how much else with it.

Needs outside data; without it there is nothing to measure. Recall: 90 % of a span's characters are replaced
(80 % of a key's). Precision: what was replaced touches a span of any kind. Keys are drawn from gitleaks' own
rules, so many of each, and only such as the rule itself reports; false alarms are counted on real tickets.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.samples import Sampler, matched, python_form
from bench.table import Row
from bot.core.redaction import PLACEHOLDER, hide
from bot.core.redaction_names import names_in_addresses, names_pattern

DATA: Final = Path(__file__).parents[1] / "../shared/data"
FLOORS: Final = {
    "EMAIL_ADDRESS": 1.0,
    "IP_ADDRESS": 1.0,
    "IBAN_CODE": 0.95,
    "CREDIT_CARD": 0.98,
    "PHONE_NUMBER": 0.95,
}
"""Recall, by kind."""
PRECISION: Final = 0.99
SECRETS: Final = 0.95
FLAGS_PER_1000: Final = 2.0
"""Tickets with something taken for a secret; most of those found hold a password indeed."""
SEED: Final = 7
Span = tuple[str, int, int]


@dataclass(slots=True)
class Tally:
    """What was counted."""

    seen: Counter[str] = field(default_factory=Counter[str])
    found: Counter[str] = field(default_factory=Counter[str])
    marked: Counter[str] = field(default_factory=Counter[str])
    right: Counter[str] = field(default_factory=Counter[str])

    def recall(self, kind: str) -> float:
        """Return the share of what is there that was found."""
        return self.found[kind] / self.seen[kind] if self.seen[kind] else math.nan

    def precision(self, kind: str) -> float:
        """Return the share of what was replaced that had to be."""
        return self.right[kind] / self.marked[kind] if self.marked[kind] else math.nan


async def run(*, quick: bool) -> list[Row]:
    """Measure; nothing without the data."""
    if not (DATA / "security").is_dir():
        return []
    tally, keys = personal(), secrets(3 if quick else 20)
    rows = [_row(f"redaction: {kind} found", tally.recall(kind), floor) for kind, floor in FLOORS.items()]
    rows += [
        _row(f"redaction: {kind} rightly replaced", tally.precision(kind), PRECISION)
        for kind in sorted(tally.marked)
    ]
    caught = sum(keys.found.values()) / sum(keys.seen.values())
    whole = sum(keys.found[rule] == keys.seen[rule] for rule in keys.seen)
    rows.append(
        _row(f"redaction: keys of gitleaks' rules found ({whole} of {len(keys.seen)} whole)", caught, SECRETS)
    )
    alarms = benign()
    rows.append(
        Row(
            measure="redaction: harmless texts of which something was replaced",
            value=str(alarms),
            target="0",
            ok=alarms == 0,
        )
    )
    rows += [_flags(name, 500 if quick else 4_000) for name in ("groups74", "endava5k", "helpdesk_multilang")]
    return rows


def personal() -> Tally:
    """Count over the texts with marked spans."""
    tally = Tally()
    for line in (DATA / "security/pii_spans.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        spans = hidden(case["full_text"])
        covered = {place for _, start, end in spans for place in range(start, end)}
        real: set[int] = set()
        for span in case["spans"]:
            places = range(span["start_position"], span["end_position"])
            real.update(places)
            tally.seen[span["entity_type"]] += 1
            tally.found[span["entity_type"]] += len(covered & set(places)) >= 0.9 * len(places)
        for kind, start, end in spans:
            tally.marked[kind] += 1
            tally.right[kind] += not real.isdisjoint(range(start, end))
    return tally


def secrets(each: int) -> Tally:
    """Draw ``each`` keys of every rule and count what is hidden, by rule."""
    rules = tomllib.loads((DATA / "security/gitleaks.toml").read_text(encoding="utf-8"))["rules"]
    random, tally = Random(SEED), Tally()  # noqa: S311  # repeatable, not secret
    for rule in rules:
        for text, key in drawn(rule, random, each):
            start = text.index(key)
            covered = {place for _, begin, end in hidden(text) for place in range(begin, end)}
            tally.seen[rule["id"]] += 1
            tally.found[rule["id"]] += len(covered & set(range(start, start + len(key)))) >= 0.8 * len(key)
    return tally


def drawn(rule: dict[str, Any], random: Random, count: int) -> Iterator[tuple[str, str]]:
    """Return up to ``count`` texts that ``rule`` reports, each with what it calls the secret."""
    if "regex" not in rule:
        return
    form = python_form(rule["regex"])
    sampler, pattern = Sampler(form, random), re.compile(form)
    for _ in range(count * 20):
        text = f"Here it is: {sampler.draw()}\nthanks"
        key = matched(pattern, text, rule.get("secretGroup", 0))
        if key and entropy(key) >= rule.get("entropy", 0):
            yield text, key
            count -= 1
        if not count:
            return


def flagged(name: str, count: int) -> tuple[int, int]:
    """Return in how many of the first ``count`` tickets something was taken for a secret, and how many."""
    with gzip.open(DATA / f"tickets/{name}.csv.gz", "rt", encoding="utf-8") as file:
        texts = [row["text"] for row, _ in zip(csv.DictReader(file), range(count), strict=False)]
    return sum(any(kind == "SECRET" for kind, _, _ in hidden(text)) for text in texts), len(texts)


def benign() -> int:
    """Return in how many texts that look like attacks and are none something was replaced."""
    lines = (DATA / "security/benign.jsonl").read_text(encoding="utf-8").splitlines()
    return sum(bool(hidden(json.loads(line)["text"])) for line in lines)


def hidden(text: str) -> list[Span]:
    """Return what is replaced in ``text``, and where it stood."""
    values: dict[str, str] = {}

    def mark(kind: str, value: str) -> str:
        name = f"<{kind}_{len(values) + 1}>"
        values[name] = PLACEHOLDER.sub(lambda inner: values.get(inner[0], inner[0]), value)
        return name

    masked = hide(text, mark, names_pattern(names_in_addresses([text])))
    spans: list[Span] = []
    at = done = 0
    for found in PLACEHOLDER.finditer(masked):
        if found[0] not in values:
            continue  # typed by somebody
        start = at + found.start() - done
        at, done = start + len(values[found[0]]), found.end()
        spans.append((found[0][1:].rpartition("_")[0], start, at))
    return spans


def entropy(text: str) -> float:
    """Return Shannon's entropy in bits a character, as gitleaks counts it."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _row(measure: str, value: float, floor: float) -> Row:
    return Row(measure=measure, value=f"{value:.3f}", target=f">= {floor}", ok=value >= floor)


def _flags(name: str, count: int) -> Row:
    found, of = flagged(name, count)
    rate = 1000 * found / of
    return Row(
        measure=f"redaction: tickets of {name} with something taken for a secret, in a thousand",
        value=f"{rate:.2f}",
        target=f"<= {FLAGS_PER_1000}",
        ok=rate <= FLAGS_PER_1000,
    )
