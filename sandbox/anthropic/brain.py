"""The rule-based model: fills any JSON Schema from the words of a ticket, deterministically.

It knows nothing about the bot: it sees a schema, finds the ticket in the last user message, matches words.
Quotes are cut out of the ticket letter by letter, so that they can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sandbox.anthropic.tokens import listed

Schema = Mapping[str, Any]

TOPICS: Final[Mapping[str, str]] = {
    "network": "vpn wifi wi-fi wireless dns dhcp router switch firewall internet network connection tunnel",
    "hardware": "printer laptop monitor screen keyboard mouse dock battery disk toner paper jam charger",
    "software": "outlook excel word teams browser application app crash update windows software office",
    "database": "database sql oracle db2 query tablespace timeout backup",
    "access": "password login account locked permission access mfa sign-in authenticator role share",
    "identity": "password login account locked permission access mfa sign-in authenticator role share",
    "security": "phishing suspicious malware virus trojan stolen lost hacked ransomware spam",
    "erp": "erp sap invoice purchase posting warehouse payroll ledger",
    "printer": "printer print toner paper jam spooler",
    "email": "mail email outlook mailbox inbox exchange",
    "incident": "down broken error fails cannot outage stopped crash",
    "request": "need request please access new order would like",
    "question": "how what where may question",
}
"""Word of an option to words of tickets that speak for it."""
SEVERE: Final = frozenset(
    "outage down everyone nobody urgent critical production immediately stopped company-wide".split()  # noqa: SIM905  # words
)
MILD: Final = frozenset("question how would like please when minor cosmetic wondering order book".split())  # noqa: SIM905  # words
SCALE: Final[Mapping[str, float]] = {
    "critical": 0.0, "highest": 0.0, "blocker": 0.0, "urgent": 0.0, "major": 0.2, "high": 0.2,
    "medium": 0.5, "moderate": 0.5, "normal": 0.5, "low": 0.8, "minor": 0.8,
    "lowest": 1.0, "planning": 1.0, "trivial": 1.0,
}  # fmt: skip
"""Words that name a step of a scale, 0 the worst."""
_WORD = re.compile(r"[\w-]+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_TICKET = re.compile(r"<(?P<tag>(?:ticket|untrusted)[\w-]*)\b[^>]*>(?P<text>.*?)</(?P=tag)>", re.DOTALL)
_QUOTE_NAME = re.compile(r"quote|evidence|words|because|why|reason|excerpt", re.IGNORECASE)
_REPLY_NAME = re.compile(r"reply|draft|answer|response|message", re.IGNORECASE)
_FIELD_NAME = re.compile(r"^(field|name|key)$", re.IGNORECASE)
CONFIDENT, UNSURE = 0.85, 0.4
ORDER: Final = re.compile(
    r"(?<![^.!?\n])[^.!?\n]*\b(?:(?:ignore|disregard) (?:all|any|previous|the|your)|you must|you are now|"
    r"system:|assistant:|set (?:the )?\w+ to|(?:close|resolve|approve|assign) (?:this|it|all)|"
    r"(?:reply|respond|answer) with)\b[^\n]*",
    re.IGNORECASE,
)
"""Lines in which a ticket talks to the machine; an honest model lets them be."""


LINE_CHARS_MAX: Final = 4_000
"""Of a line in which orders are looked for: the patterns take the square of its length."""


def orders_in(text: str, kind: re.Pattern[str]) -> list[str]:
    """What of ``text`` sounds like an order, line by line."""
    lines = (line[:LINE_CHARS_MAX] for line in text.splitlines())
    return [match.group().strip() for line in lines for match in kind.finditer(line)]


def without_orders(text: str) -> str:
    """``text`` as an honest model hears it."""
    lines = text.splitlines()
    return "\n".join(ORDER.sub("", line[:LINE_CHARS_MAX]) + line[LINE_CHARS_MAX:] for line in lines)


def ticket_in(prompt: str) -> str:
    """The ticket inside ``prompt``: what stands between <ticket…> or <untrusted…> tags, else everything."""
    found = [match["text"] for match in _TICKET.finditer(prompt)]
    return "\n".join(found).strip() if found else prompt.strip()


def words_of(text: str) -> set[str]:
    """The words of a text, in lower case."""
    return set(_WORD.findall(text.casefold()))


@dataclass
class Honest:
    """One ticket, read once; ``fill`` answers any schema from it."""

    ticket: str
    root: Schema = field(default_factory=dict[str, Any])
    """Where ``$ref`` points into."""

    def fill(self, schema: Schema, name: str = "", chosen: str = "") -> Any:
        """Give a value that meets ``schema``; ``name`` is its property, ``chosen`` what stands beside."""
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.choose([*schema["enum"]], str(schema.get("description", "")))
        match schema.get("type", "object" if "properties" in schema else "string"):
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema, name)
            case "boolean":
                return False
            case "null":
                return None
            case "integer" | "number" as kind:
                return self._number(schema, kind, chosen)
            case _:
                return self._text(schema, name, chosen)

    def choose(self, options: Sequence[Any], hint: str = "") -> Any:
        """Pick what the ticket's words speak for most; on a scale, how bad it sounds; else the first."""
        steps = self._steps(options, hint)
        if steps:
            want = self._severity()
            return min(steps, key=lambda option: abs(steps[option] - want))
        return max(options, key=lambda option: self.support(str(option)))

    @cached_property
    def _words(self) -> set[str]:
        return words_of(without_orders(self.ticket))

    def support(self, option: str) -> float:
        """How much the ticket speaks for ``option``: shared words, and a half for each related one."""
        mine, theirs = self._words, words_of(option)
        related = {word for key in theirs for word in TOPICS.get(key, "").split()}
        return len(mine & theirs) + 0.5 * len(mine & related)

    def quote(self, chosen: str) -> str:
        """The sentence that speaks for ``chosen`` most, letter by letter as in the ticket."""
        sentences = [found.group().strip() for found in _SENTENCE.finditer(self.ticket)]
        sentences = [sentence for sentence in sentences if sentence]
        if not sentences:
            return ""
        return max(sentences, key=lambda sentence: Honest(sentence).support(chosen))

    def reply(self) -> str:
        """A short draft to the caller."""
        about = self.quote("").rstrip(".!? ")[:120]
        return (
            f"Hello, thank you for telling us about \u201c{about}\u201d. We are looking into it "
            "and will come back to you here. If it gets worse in the meantime, please add a comment."
        )

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            target: Any = self.root
            for step in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        for union in ("anyOf", "oneOf", "allOf"):
            real = [one for one in schema.get(union, []) if one.get("type") != "null"]
            if real:
                return self._resolved(real[0])
        if not isinstance(schema.get("type"), list):
            return schema
        return {**schema, "type": next(kind for kind in listed(schema, "type") if kind != "null")}

    def _object(self, schema: Schema) -> dict[str, Any]:
        """Decide what can be decided first, then the quotes and figures that rest on it."""
        properties: Mapping[str, Schema] = schema.get("properties", {})
        decided = {name: self.fill(one, name) for name, one in properties.items() if self._decides(one)}
        chosen = " ".join(str(value) for value in decided.values())
        return {
            name: decided[name] if name in decided else self.fill(one, name, chosen)
            for name, one in properties.items()
        }

    def _decides(self, schema: Schema) -> bool:
        real = self._resolved(schema)
        return "enum" in real or "const" in real

    def _array(self, schema: Schema, name: str) -> list[Any]:
        items: Schema = self._resolved(schema.get("items", {}))
        least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 5))
        if "enum" in items:
            ranked = sorted(items["enum"], key=lambda option: -self.support(str(option)))
            spoken_for = [option for option in ranked if self.support(str(option)) > 0]
            return (spoken_for or ranked[:least])[: max(most, least)]
        by_field = self._field_items(items)
        if by_field:
            return by_field
        return [
            self.fill(items, name) for _ in range(max(least, 1 if items.get("type") == "string" else least))
        ]

    def _field_items(self, items: Schema) -> list[Any]:
        """A list of {field: one of …, …}: one item for each field there is."""
        properties: Mapping[str, Schema] = items.get("properties", {})
        key = next(
            (name for name in properties if _FIELD_NAME.match(name) and self._decides(properties[name])), None
        )
        if key is None:
            return []
        options = self._resolved(properties[key]).get("enum", [])
        return [{**self._object(items), key: option} for option in options]

    def _number(self, schema: Schema, kind: str, chosen: str) -> float:
        low, high = float(schema.get("minimum", 0)), float(schema.get("maximum", 1))
        share = CONFIDENT if self.support(chosen) > 0 else UNSURE
        value = low + (high - low) * share
        return round(value) if kind == "integer" else round(value, 2)

    def _text(self, schema: Schema, name: str, chosen: str) -> str:
        if _QUOTE_NAME.search(name):
            text = self.quote(chosen)
        elif _REPLY_NAME.search(name):
            text = self.reply()
        else:
            text = self.quote("")
        most = schema.get("maxLength")
        return text if most is None else text[: int(most)]

    def _severity(self) -> float:
        """How bad the ticket sounds: 0 the worst, 1 the mildest."""
        words = words_of(self.ticket)
        if words & SEVERE:
            return 0.2 if len(words & SEVERE) == 1 else 0.0
        return 0.8 if words & MILD else 0.5

    def _steps(self, options: Sequence[Any], hint: str) -> dict[Any, float]:
        """Where each option stands on a scale; empty if they form none."""
        named = {option: [SCALE[w] for w in words_of(str(option)) if w in SCALE] for option in options}
        if all(named.values()):
            return {option: found[0] for option, found in named.items()}
        digits = [option for option in options if str(option).isdecimal()]
        if len(digits) != len(options) or len(options) == 1:
            return {}
        rising = "highest last" in hint.casefold()
        ranked = sorted(options, key=int, reverse=rising)
        return {option: place / (len(ranked) - 1) for place, option in enumerate(ranked)}
