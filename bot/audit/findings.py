"""What a check of an export comes to, and the words for it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Fault(enum.Enum):
    """What was done to an export, as far as it shows."""

    EDITED = "edited"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    CUT = "cut"
    FORGED = "forged"
    FOREIGN = "foreign"


MEANS: Mapping[Fault, str] = {
    Fault.EDITED: "Somebody, or a faulty disk or transfer, changed it after it was sealed. "
    "What comes before it is whole.",
    Fault.MISSING: "It was taken out after it was sealed. What comes before it is whole.",
    Fault.REORDERED: "Lines were put into another order after they were sealed. "
    "What comes before them is whole.",
    Fault.INSERTED: "It was put in, or put in twice, after the export was made. "
    "What comes before it is whole.",
    Fault.CUT: "The end is not there: the export was cut off or is still being written. "
    "What is there up to here is whole.",
    Fault.FORGED: "It was not made by whoever holds the key that it names. "
    "Do not rely on anything it covers.",
    Fault.FOREIGN: "It is sealed, but by a key you have not said you trust. "
    "If it is another replica's, give its key as well.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong."""

    fault: Fault
    line: int
    """In the file, from 1."""
    record: int
    """The record it is about: the first of them when several are; 0 when it is about none."""
    says: str

    def told(self) -> str:
        """Return it in plain words: where, what, and what that means."""
        return f"line {self.line}: {self.says}\n{MEANS[self.fault]}"


class Broken(Exception):
    """Carries a finding out of wherever it was found."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.says)
        self.finding = finding


@dataclass(slots=True)
class Checked:
    """What a check found."""

    finding: Finding | None = None
    first: int = 1
    records: int = 0
    """How many hold."""
    heads: int = 0
    words: int = 0
    """Records whose words are given in clear, and are those that were sealed."""
    gone: int = 0
    """Records 1 to this one were dropped by retention."""
    until: str = ""
    """When the last of them was sealed."""
    signers: dict[str, str] = field(default_factory=dict[str, str])
    """Who sealed it: public keys by their ids."""
    pinned: bool = False
    """Whether the keys were given by the reader, not by the file."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.finding is None

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        found = self.finding
        return {
            "ok": self.ok,
            "first": self.first,
            "records": self.records,
            "heads": self.heads,
            "words": self.words,
            "gone_by_retention": self.gone,
            "sealed_until": self.until,
            "signers": self.signers,
            "keys_given": self.pinned,
            "finding": None
            if found is None
            else {
                "fault": found.fault.value,
                "line": found.line,
                "record": found.record,
                "says": found.says,
                "means": MEANS[found.fault],
            },
        }
