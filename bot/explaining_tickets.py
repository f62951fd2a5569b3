"""Which ticket people mean by a key: one the bot knows, else one that a system of tickets has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, cast

from redis.asyncio import Redis

from bot.core.codec import decode
from bot.core.dossier import Dossier
from bot.core.errors import Malformed, Misconfigured, Missing
from bot.ports import Connector
from bot.runtime.scripts import outage_told

BATCH: Final = 500
"""Dossiers looked through in one round trip."""


async def ticket(
    redis: Redis, prefix: str, opened: Mapping[str, Connector], key: str, connector: str
) -> Dossier:
    """Return what is known of the ticket ``key``; read just now where the bot has never seen it.

    ``connector``: the only one to look at, or empty.

    Raises:
        Misconfigured: nobody has such a ticket, or two have; says what to write.
        Retry, Forbidden: a system has to be asked, and cannot be.
    """
    found = [
        dossier async for dossier in _seen(redis, prefix, key) if connector in {"", dossier.ref.connector}
    ]
    if not found:
        asked = {name: each for name, each in opened.items() if connector in {"", name}}
        found = [dossier async for dossier in _read(asked, key)]
    if len(found) > 1:
        names = " or ".join(sorted(each.ref.connector for each in found))
        raise Misconfigured(f"{key} may be a ticket in {names}: add --connector with one of them")
    if not found:
        asked_of = ", ".join(sorted(opened)) or "no system: none is set up"
        raise Misconfigured(f"there is no ticket {key}: the bot has not seen it, and asked {asked_of}")
    return found[0]


async def _seen(redis: Redis, prefix: str, key: str) -> AsyncIterator[Dossier]:
    """Look through all dossiers; only those that hold the key somewhere are read."""
    wanted = key.casefold()
    client: Any = redis
    cursor = 0
    while True:
        scanned = client.scan(cursor, match=f"{_quoted(prefix)}:doc:ticket:*", count=BATCH)
        cursor, names = cast("tuple[int, list[bytes]]", await outage_told(scanned))
        async with client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hget(name, "d")
            documents = cast("list[bytes | None]", await outage_told(pipe.execute()))
        for document in documents:
            if document is None or wanted.encode() not in document.lower():
                continue
            dossier = _decoded(document)
            if dossier is not None and dossier.key.casefold() == wanted:
                yield dossier
        if not cursor:
            return


def _decoded(document: bytes) -> Dossier | None:
    try:
        found = decode(document)
    except Malformed:
        return None
    return found if isinstance(found, Dossier) else None


def _quoted(prefix: str) -> str:
    """Escape what a pattern would take for a set; https://valkey.io/commands/keys/."""
    return "".join(f"\\{each}" if each in "[]?*\\" else each for each in prefix)


async def _read(opened: Mapping[str, Connector], key: str) -> AsyncIterator[Dossier]:
    for connector in opened.values():
        try:
            now = (await connector.read(await connector.find(key))).ticket
        except Missing:
            continue
        yield Dossier(now.ref, key=now.key, url=now.url, queue=now.queue, kind=now.kind)
