"""The format of an export, written down a second time from its description alone; a forger would use it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.audit.keys import SigningKey

GENESIS = hashlib.sha256(b"countersign audit chain v1\n").digest()
SALT = bytes(range(16))


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def sha(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


@dataclass
class Forge:
    """Lines of an export, made one after another with any key."""

    key: SigningKey
    clear: bool = False
    first: int = 1
    chain: bytes = GENESIS
    before: str = "0" * 64
    lines: list[str] = field(default_factory=list[str])
    number: int = 0
    headed: int = 0

    def records(self, *whats: str) -> None:
        for what in whats:
            self.number += 1
            self.add(
                {"n": self.number, "what": what, "at": "2026-11-20T09:00:00.000+00:00", "ticket": "jira:1"}
            )

    def announce(self) -> None:
        self.number += 1
        public = self.key.public
        details = {"key": public.id, "public": public.text}
        self.add({"n": self.number, "what": "audit.key_announced", "ticket": "", "details": details})

    def with_words(self, words: str, *, destroyed: bool = False) -> None:
        """A record with words that are locked away, and the line that shows them."""
        self.number += 1
        text = compact({"because": words})
        commit = hashlib.sha256(b"countersign audit words v1\0" + SALT + text.encode()).hexdigest()
        box = {"key": "0" * 16, "commit": commit, "box": "AAAA"}
        self.add({"n": self.number, "what": "proposal.rejected", "text": box})
        if self.clear:
            shown = "null" if destroyed else text
            salt = "" if destroyed else f'"salt":"{SALT.hex()}",'
            self.lines.append(f'{{"clear":{self.number},{salt}"words":{shown}}}\n')

    def add(self, record: dict[str, Any]) -> None:
        self.raw(compact(record))

    def raw(self, sealed: str) -> None:
        """A record whose bytes are ``sealed``, whatever they are."""
        self.chain = hashlib.sha256(self.chain + sealed.encode()).digest()
        self.lines.append(f'{{"h":"{self.chain.hex()}","r":{sealed}}}\n')

    def head(self) -> None:
        body = {
            "v": 1,
            "first": self.headed + 1,
            "last": self.number,
            "before": self.before,
            "hash": self.chain.hex(),
            "at": f"2026-11-20T09:0{self.headed % 10}:00.000+00:00",
            "key": self.key.public.id,
        }
        self.lines.append(self.signed("head", body))
        self.before, self.headed = sha(self.lines[-1].rstrip("\n") + "\n"), self.number

    def signed(self, name: str, body: dict[str, Any]) -> str:
        text = compact(body)
        signature = self.key.sign(f"countersign audit {name} v1\0{text}".encode())
        return f'{{"{name}":{text},"sig":"{signature.hex()}"}}\n'

    def export(self, *, gone: int = 0, keys: Sequence[SigningKey] = ()) -> list[str]:
        """All lines, header and end included."""
        named = {key.public.id: key.public.text for key in keys or [self.key]}
        header = {
            "format": "countersign-audit",
            "version": 1,
            "at": "2026-11-20T10:00:00.000+00:00",
            "clear": self.clear,
            "first": self.first,
            "last": self.number,
            "gone": gone,
            "keys": named,
        }
        whole = [f'{{"audit":{compact(header)}}}\n', *self.lines]
        frame = hashlib.sha256("".join(x for x in whole if not x.startswith('{"h"')).encode())
        end = {
            "v": 1,
            "first": self.first,
            "last": self.number,
            "hash": self.chain.hex(),
            "header": sha(whole[0]),
            "words": sum(x.startswith('{"clear"') for x in whole),
            "frame": frame.hexdigest(),
            "at": "2026-11-20T10:00:00.000+00:00",
            "key": self.key.public.id,
        }
        return [*whole, self.signed("end", end)]


def small(key: SigningKey, *, clear: bool = True) -> list[str]:
    """Nine records in three segments, two of them with words: header, 9 records, 2 words, 3 heads, end."""
    forge = Forge(key, clear=clear)
    forge.announce()
    forge.records("ticket.touched", "skill.finished")
    forge.head()
    forge.with_words("Bob asked for it")
    forge.records("proposal.approved", "write.started")
    forge.head()
    forge.records("proposal.executed")
    forge.with_words("Zoë said no", destroyed=True)
    forge.records("ticket.touched")
    forge.head()
    return forge.export()


def later(key: SigningKey) -> list[str]:
    """The same chain from record 4 on, as retention or ``--since`` leave it: the second line is a head."""
    lines = small(key, clear=False)
    forge = Forge(key, first=4, number=9)
    forge.lines = [line for line in lines if line.startswith(('{"h"', '{"head"'))][3:]
    forge.chain = bytes.fromhex(json.loads(lines[-1])["end"]["hash"])
    return forge.export(gone=3)
