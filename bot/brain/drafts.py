"""A reply adapted from the answer that closed a very similar ticket, or from an article, or none at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.brain.remembering import Remembered
from bot.brain.retrieve.articles import Article
from bot.brain.retrieve.knowledge import Knowledge
from bot.brain.retrieve.postings import Mask
from bot.brain.retrieve.replies import RIVAL_SHARE, Answered, Replies
from bot.core.languages import language_of
from bot.core.redaction import has_holes

DRAFT_CHARS_MIN = 20
"""Shorter answers ("done", "fixed") tell the next requester nothing."""
PASSAGE_AT = 0.08
"""How much better than half of the next one an article must be; 98 of 100 such were the right one."""

_GREETING = re.compile(
    r"\A\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|cher|chère"
    r"|hallo|guten (?:tag|morgen|abend)|sehr geehrte[rs]?|liebe[rs]?|hola|buenos días|buenas tardes"
    r"|estimad[oa]s?|olá|bom dia|prezad[oa]s?|buongiorno|gentile|goedendag|beste)"
    r"(?:\s+(?:there|all|team|mr|mrs|ms|mme|m|monsieur|madame|herr|frau|señor|señora|senhor|senhora|[A-ZÀ-Ý<][\w'’<>.-]{0,40})\.?){0,4}\s*[,!:.\n-]+\s*",  # noqa: RUF001  # people type both apostrophes
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\s*(?:(?:best|kind|warm|many)?\s*(?:regards|wishes|thanks)|cheers|sincerely|yours\b.*|thank you"
    r"|(?:bien )?cordialement|bonne (?:journée|soirée)|merci(?: d'avance)?"
    r"|mit freundlichen grüßen|(?:viele|beste|freundliche) grüße|(?:un )?saludos?(?: cordiales)?|atentamente"
    r"|atenciosamente|cordiali saluti|met vriendelijke groet(?:en)?|--)\s*[,.!]?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_KEY = re.compile(r"\b(?:[A-Z][A-Z0-9]{1,9}-\d{1,8}|(?:INC|REQ|RITM|CHG|PRB|TASK|SCTASK)\d{5,12})\b")
_BLANK = re.compile(
    r"<[A-Za-z][\w ]{1,30}>|\[(?:your |customer |first |last )?name\]|\{\{?\s*\w+\s*\}?\}", re.IGNORECASE
)
"""What somebody should have filled in: ``<name>``, ``[your name]``, ``{customer}``."""
_OPENINGS = {
    "en": "Hello",
    "fr": "Bonjour",
    "de": "Guten Tag",
    "es": "Hola",
    "pt": "Olá",
    "it": "Buongiorno",
    "nl": "Hallo",
}
NOTE: Final = "drafts"
"""What was proven of drafts, among the notes beside a classifier."""
UNPROVEN_AT: Final = 0.6
"""Standing from which an answer is offered while too few are known to prove anything.
In the training part of a public set 2 % of the tickets reach it, and all of these fit; 0.4: 5 % and 98 %."""
PROVABLE_MIN: Final = 50
"""Answers from which a history proves what it is worth; below that ``UNPROVEN_AT`` holds."""
NAME_CHARS_MAX = 60
"""A longer name is no name, and addresses nobody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a draft is wanted for."""

    text: str
    """Summary, a line break, description; redacted as the past was."""
    language: str
    """Of the reply where ``text`` itself does not tell its language."""
    name: str = ""
    """How to address the requester, or empty."""
    key: str = ""
    """Of the ticket, or empty."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply that somebody wrote before, adapted. Never without its source."""

    text: str
    source: str
    """Key of the past ticket, or title of the article."""
    url: str = ""
    """Where a person reads the source, or empty."""
    is_article: bool = False

    @property
    def named(self) -> str:
        """The source as a note says it: a ticket by its key, an article by its title and address."""
        return f"{self.source} ({self.url})" if self.is_article and self.url else self.source


class Drafts:
    """Past answers first, then articles; nothing where neither is proven good enough."""

    def __init__(self, replies: Replies, threshold: float | None, knowledge: Knowledge | None = None) -> None:
        """``threshold``: from ``replies.threshold()``, when the history was learned; None: no answers."""
        self._replies, self._threshold, self._knowledge = replies, threshold, knowledge

    def draft(
        self,
        asked: Asked,
        *,
        allowed: Mask | None = None,
        readable: Callable[[Article], bool] | None = None,
    ) -> Draft | None:
        """Return the best draft there is for ``asked``, or None.

        ``allowed``: past tickets whose answer may be used, see :meth:`Replies.best`; ``readable``: whether
        the requester may read an article.
        """
        language = language_of(asked.text) or asked.language
        return self._reply(asked, language, allowed) or self._passage(asked, language, readable)

    def _reply(self, asked: Asked, language: str, allowed: Mask | None) -> Draft | None:
        offer = self._replies.best(asked.text, language, allowed=allowed)
        if offer is None or self._threshold is None or offer.standing < self._threshold:
            return None
        past, said = offer.past, asked.text.casefold()
        if not all(word in said for word in particulars(past.answer, past.text)):
            return None
        text = adapt(past.answer, language, name=asked.name, theirs=past.key, ours=asked.key)
        return Draft(text, past.key, past.url) if text else None

    def _passage(
        self, asked: Asked, language: str, readable: Callable[[Article], bool] | None
    ) -> Draft | None:
        found = self._knowledge.find(asked.text, 2, allowed=readable) if self._knowledge else []
        if not found or found[0].score - RIVAL_SHARE * sum(each.score for each in found[1:]) < PASSAGE_AT:
            return None
        passage, source = found[0].passage, found[0].article
        text = adapt(passage.text, language, name=asked.name)
        if text is None or language_of(passage.text) != language:
            return None
        where = f"{source.title}: {source.url}" if source.url else source.title
        return Draft(f"{text}\n\n{where}", source.title, source.url, is_article=True)


def proof(tickets: Iterable[Remembered]) -> dict[str, Any]:
    """Return, for the notes beside a classifier, from which standing past answers fit.

    Takes 0.3 ms an answer, and some seconds for the proof.
    """
    replies = Replies.of(
        Answered(each.key, each.text, each.answer, each.url) for each in tickets if each.answer
    )
    proven = replies.threshold() if len(replies) >= PROVABLE_MIN else None
    return {"answers": len(replies), "threshold": proven}


def threshold_in(notes: Mapping[str, Any]) -> float | None:
    """Return from which standing an answer is offered, by the ``notes``; None: it never is."""
    told: Any = notes.get(NOTE)
    proven: dict[str, Any] = {**told} if isinstance(told, dict) else {}
    if not isinstance(proven.get("answers"), int) or proven["answers"] < PROVABLE_MIN:
        return UNPROVEN_AT
    found = proven.get("threshold")
    return float(found) if isinstance(found, int | float) else None


def adapt(answer: str, language: str, *, name: str = "", theirs: str = "", ours: str = "") -> str | None:
    """Make ``answer`` fit for somebody else: no name, no signature, no other ticket's key.

    ``name``: who is addressed instead; ``theirs``: the key of its own ticket, which becomes ``ours``.
    None when what is left is too short, or was about a redacted value: a reply with a hole is no reply.
    """
    body = _GREETING.sub("", answer, count=1).strip()
    if theirs and ours:
        body = re.sub(rf"(?<![\w-]){re.escape(theirs)}(?![\w-])", lambda _: ours, body)
    closings = [found.start() for found in _CLOSING.finditer(body)]
    if closings and body.count("\n", closings[-1]) <= SIGNATURE_LINES_MAX:
        body = body[: closings[-1]].strip()
    foreign = any(key != ours for key in _KEY.findall(body))
    if has_holes(body) or _BLANK.search(body) or foreign or len(body) < DRAFT_CHARS_MIN:
        return None
    addressed = " ".join(name.split())
    opening = _OPENINGS.get(language, _OPENINGS["en"])
    return f"{opening}{f' {addressed}' if 0 < len(addressed) <= NAME_CHARS_MAX else ''},\n\n{body}"


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
