"""A reply adapted from the answer that closed a very similar ticket, or none at all."""

from __future__ import annotations

import re

from bot.core.redaction import has_holes

DRAFT_CHARS_MIN = 20
"""Shorter answers ("done", "fixed") tell the next requester nothing."""

_GREETING = re.compile(
    r"\A\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|cher|chère)"
    r"(?:\s+(?:there|all|team|mr|mrs|ms|mme|m|monsieur|madame|[A-ZÀ-Ý<][\w'’<>.-]{0,40})\.?){0,4}\s*[,!:.\n-]+\s*",  # noqa: RUF001  # people type both apostrophes
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\s*(?:(?:best|kind|warm|many)?\s*(?:regards|wishes|thanks)|cheers|sincerely|yours\b.*|thank you"
    r"|(?:bien )?cordialement|bonne (?:journée|soirée)|merci(?: d'avance)?|--)\s*[,.!]?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_KEY = re.compile(r"\b(?:[A-Z][A-Z0-9]{1,9}-\d{1,8}|(?:INC|REQ|RITM|CHG|PRB|TASK|SCTASK)\d{5,12})\b")
_OPENINGS = {"en": "Hello,", "fr": "Bonjour,"}


def adapt(answer: str, language: str) -> str | None:
    """Make ``answer`` fit for somebody else: no name, no signature, no other ticket's key.

    None when what is left is too short, or was about a redacted value: a reply with a hole is no reply.
    """
    body = _GREETING.sub("", answer, count=1).strip()
    closings = [found.start() for found in _CLOSING.finditer(body)]
    if closings and body.count("\n", closings[-1]) <= SIGNATURE_LINES_MAX:
        body = body[: closings[-1]].strip()
    if has_holes(body) or _KEY.search(body) or len(body) < DRAFT_CHARS_MIN:
        return None
    return f"{_OPENINGS.get(language, _OPENINGS['en'])}\n\n{body}"


def particulars(answer: str, ticket: str) -> frozenset[str]:
    """Return what ``answer`` took from its own ticket: names and numbers that stand in both, in lower case.

    A site, a machine, a version: where another ticket does not say the same one, the answer is not for it.
    """
    named = {
        found.group().casefold() for found in _NAME.finditer(answer) if not _begins(answer, found.start())
    }
    return frozenset(named & {word.casefold() for word in _WORD.findall(ticket)})


def _begins(text: str, at: int) -> bool:
    """Whether a sentence begins at ``at``, where every word has a capital; a number begins none."""
    before = text[:at].rstrip(" \t\"'(«")
    return not text[at].isdigit() and (not before or before[-1] in ".!?:\n")


_WORD = re.compile(r"[^\W_][\w-]*")
_NAME = re.compile(r"\b(?:[A-ZÀ-Ý][\w-]*|\w*\d[\w-]*)")

SIGNATURE_LINES_MAX = 6
"""What follows a closing formula is a signature when it is short, and a postscript otherwise."""
