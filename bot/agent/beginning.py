"""What a run begins with: whose ticket it is about, and the news as a model reads it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.agent.boxes import Origin, boxed, unmarked
from bot.agent.provenance import Focus, Ground, typed_keys
from bot.agent.reading import Reader
from bot.core.masked import Masked
from bot.core.pseudonyms import Pseudonyms
from bot.core.runs import RunRequest, Said, Settled
from bot.core.tickets import TicketRef
from bot.core.turns import Heard
from bot.core.untrusted import Untrusted

DECISIONS = Origin("source:decisions")
"""Words people gave as a reason: theirs, and no wish of the person's in the conversation."""
REASON_CHARS_MAX = 300
"""Of a rejection's reason, in characters, as long as the form takes."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a run starts."""

    ground: Ground
    heard: tuple[Heard, ...]


async def begin(request: RunRequest, reader: Reader, names: Pseudonyms) -> Beginning:
    """Find the ticket that is meant, and mask what the person said.

    Raises:
        Retry: a ticket system is away, so nobody can tell which ticket is meant.
    """
    ground = await _ground(request, reader)
    ref = ground.focus.ref if ground.focus is not None else None
    news = [replace(_heard(each, names), about=ref) for each in request.news]
    told = Masked(f"{news[-1].text}\n\n({_about(ground, request.language)})")
    return Beginning(ground, (*news[:-1], replace(news[-1], text=told)))


async def _ground(request: RunRequest, reader: Reader) -> Ground:
    """Return what the run stands on: one typed key moves the conversation there, several leave it open."""
    words = [each.text.clean() for each in request.news if isinstance(each, Said)]
    typed, spoken = typed_keys("\n".join(words)), bool(words)
    found = await asyncio.gather(*(reader.find(key) for key in typed))
    unknown = tuple(key for key, ref in zip(typed, found, strict=True) if ref is None)
    named: dict[TicketRef, str] = {}
    for key, ref in zip(typed, found, strict=True):
        if ref is not None:
            named.setdefault(ref, key)
    if len(named) > 1:
        return Ground(None, several=tuple(named.values()), unknown=unknown, spoken=spoken)
    ref = next(iter(named), request.memory.focus)
    return Ground(await reader.focus(ref) if ref is not None else None, unknown=unknown, spoken=spoken)


def _about(ground: Ground, language: str) -> str:
    parts = [f"About {_key(ground.focus)}." if ground.focus is not None else "About no ticket yet."]
    if ground.several:
        parts.append(f"Several tickets are named: {', '.join(ground.several)}.")
    if ground.unknown:
        parts.append(f"Not found as tickets: {', '.join(ground.unknown)}.")
    return " ".join([*parts, f"The person reads {language}."])


def _key(focus: Focus) -> str:
    return unmarked(Untrusted(focus.key).line(40))


def _heard(news: Said | Settled, names: Pseudonyms) -> Heard:
    if isinstance(news, Said):
        return Heard(Masked(unmarked(names.mask(news.text))), news.ts)
    lines: list[str] = []
    for ident, status in sorted(news.outcomes.items()):
        lines.append(f"What became of proposal {ident}: {status}.")
        reason = Untrusted(Untrusted(news.reasons.get(ident, "")).line(REASON_CHARS_MAX))
        if reason:
            lines.append(boxed(DECISIONS, names.mask(reason)))
    return Heard(Masked("\n".join(lines)))
