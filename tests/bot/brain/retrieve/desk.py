"""Tickets of a made-up help desk: subjects with their own words, a shared small talk, and a seed."""

from __future__ import annotations

import random

SUBJECTS = {
    "vpn": "vpn tunnel gateway reconnect client drops certificate remote",
    "printer": "printer toner tray paper jam driver queue duplex",
    "mail": "mailbox outlook calendar attachment delivery folder quota signature",
    "disk": "laptop disk drive noise health smart replacement backup",
    "badge": "badge door reader entrance turnstile access lobby card",
    "payroll": "payroll payslip salary bonus tax statement portal month",
}
CHATTER = [
    "hello",
    "please",
    "the",
    "since",
    "today",
    "we",
    "have",
    "my",
    "team",
    "cannot",
    "it",
    "is",
    "again",
    "thanks",
    "help",
    "with",
    "this",
    "and",
    "in",
]


def seeded(seed: int) -> random.Random:
    """The same numbers on every run."""
    return random.Random(seed)  # noqa: S311  # test data, nothing secret


def ticket(rng: random.Random, subject: str, *, own: int = 8, small: int = 14) -> str:
    """One ticket on ``subject``: some of its words among small talk."""
    said = [*rng.choices(SUBJECTS[subject].split(), k=own), *rng.choices(CHATTER, k=small)]
    rng.shuffle(said)
    return f"{' '.join(said[:5])}\n{' '.join(said[5:])} case{rng.randrange(10**6)}x"


def desk(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """``count`` tickets of all subjects in turn, with their keys; the key names the subject."""
    rng = seeded(seed)
    names = list(SUBJECTS)
    return [(f"{names[n % len(names)]}-{n}", ticket(rng, names[n % len(names)])) for n in range(count)]
