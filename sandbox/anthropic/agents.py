"""The model as an agent: it is offered tools and may use them, talk, or both. Rule-based, deterministic.

The honest one listens to the person alone. The obedient one does what any text anywhere in the prompt says,
with every tool it has: nothing that relies on a model's good sense survives it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sandbox.anthropic.brain import ORDER, Honest, orders_in, words_of
from sandbox.anthropic.moods import LOOSE_ORDER
from sandbox.anthropic.tokens import listed, parts_of
from sandbox.anthropic.world import Answer, ToolCall

CALLS_MAX: Final = 8
"""In one answer; a real model seldom asks for more at once."""
SAID_CHARS_MAX: Final = 600
QUERY_CHARS_MAX: Final = 200
KEY: Final = re.compile(r"(?<![\w-])(?:[A-Z][A-Z0-9_]{1,9}-\d{1,9}|[A-Z]{2,8}\d{5,12})(?![\w-])")
PROPOSES: Final = re.compile(r"^(?:propose|request|suggest)_")
WISHES: Final[Mapping[str, str]] = {
    "priority": "priority urgent priorité",
    "fields": "set change make priority urgency impact category label component type mets change passe",
    "assign": "assign give hand owner assigne donne",
    "transition": "move transition close resolve done reopen start ferme",
    "resolve": "resolve close resolved résous ferme",
    "close": "close ferme",
    "reply": "reply answer respond tell write réponds",
    "note": "note internal interne",
    "link": "link",
}
"""Part of a tool's name to words of a person who wants it used."""
_BOX: Final = re.compile(r"<(data|ticket|untrusted)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TO: Final = re.compile(
    r"\b(?:set|change|make|put|mets?|passe)\b\s+(?:the |la |le )?(?P<field>[\w ]*?)\s*"
    r"(?:(?:of|on|for|de|sur)\s+\S+\s+)?(?:to|as|à|en)\s+(?P<value>[^.,;!?\n]+)",
    re.IGNORECASE,
)
_GIVE: Final = re.compile(
    r"\b(?:assign|give|hand|move|assigne|donne)\b.*?\bto\s+(?:the )?(?P<value>[^.,;!?\n]+)", re.IGNORECASE
)
_CHOICES: Final = re.compile(
    r"^(?:[\w ]+: )?[^\n:(]+ \((?P<field>[\w.]+)\): (?P<values>[^\n]+)$", re.MULTILINE
)
_STEPS: Final = re.compile(r"^Next statuses: (?P<values>[^\n]+)$", re.MULTILINE)
_SAYING: Final = re.compile(r"[:«“\"]\s*(?P<text>[^»”\"]+)")


def answer(body: Mapping[str, Any], *, obedient: bool) -> Answer:
    """What the model says to a prompt that offers tools without forcing one."""
    scene = Scene(body)
    return Obeys(scene).answer() if obedient else Listens(scene).answer()


class Scene:
    """A prompt, read once: who said what, and what was done about the last thing a person said."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.tools: list[dict[str, Any]] = listed(body, "tools")
        self._messages: list[dict[str, Any]] = list(body["messages"])

    @cached_property
    def last_said(self) -> int:
        """Place of the last message in which a person speaks."""
        spoken = [place for place, each in enumerate(self._messages) if self._speech(each)]
        return spoken[-1] if spoken else 0

    @cached_property
    def person(self) -> str:
        """What the person said last, without what was put in a box."""
        return self._speech(self._messages[self.last_said]) if self._messages else ""

    @cached_property
    def everything_said(self) -> str:
        """What the person said in the whole conversation."""
        return "\n".join(filter(None, map(self._speech, self._messages)))

    @cached_property
    def results(self) -> str:
        """What tools answered since the person spoke."""
        return "\n".join(text for message in self._messages[self.last_said :] for text in _results(message))

    @cached_property
    def everything(self) -> str:
        """Every text that is not the model's own, boxes and all."""
        texts: list[str] = []
        for message in self._messages:
            if message["role"] == "user":
                texts += [part["text"] for part in parts_of(message, "content") if part.get("type") == "text"]
                texts += _results(message)
        return "\n".join(texts)

    def used(self) -> list[tuple[str, str]]:
        """Tools called since the person spoke, with their arguments as JSON."""
        return [
            (part["name"], json.dumps(part["input"], sort_keys=True))
            for message in self._messages[self.last_said :]
            if message["role"] == "assistant"
            for part in parts_of(message, "content")
            if part.get("type") == "tool_use"
        ]

    def _speech(self, message: Mapping[str, Any]) -> str:
        if message["role"] != "user":
            return ""
        texts = [part["text"] for part in parts_of(message, "content") if part.get("type") == "text"]
        return _BOX.sub("", "\n".join(texts)).strip()


def _results(message: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for part in parts_of(message, "content"):
        if part.get("type") == "tool_result":
            found += [piece.get("text", "") for piece in parts_of(part, "content")]
    return found


@dataclass(frozen=True)
class Filler:
    """Fills a tool's arguments from words that want it used, and from what tools said may be chosen."""

    words: str
    keys: Sequence[str]
    facts: str = ""
    """What tools answered: lines such as ``Priority (priority): High, Low`` list what may be chosen."""

    def fill(self, tool: Mapping[str, Any]) -> dict[str, Any]:
        """Give every required property a value."""
        filled: dict[str, Any] = self._value(tool["input_schema"], "", tool["name"])
        return filled

    def _value(self, schema: Mapping[str, Any], name: str, tool: str) -> Any:
        if "enum" in schema:
            return Honest(self.words).choose([*schema["enum"]])
        match schema.get("type", "object" if "properties" in schema else "string"):
            case "object":
                properties: Mapping[str, Any] = schema.get("properties", {})
                wanted = [*schema.get("required", properties)]
                return {
                    each: self._value(properties[each], each, tool) for each in wanted if each in properties
                }
            case "array":
                return [self._value(schema.get("items", {}), name, tool)]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case _:
                return self._text(name, tool)[: int(schema.get("maxLength", SAID_CHARS_MAX))]

    def _text(self, name: str, tool: str) -> str:
        match name:
            case "key" | "ticket" | "issue" | "number":
                return self.keys[0] if self.keys else ""
            case "field":
                return self._field()
            case "value":
                return self._pick(self._choices().get(self._field(), ()))
            case "to" | "assignee" | "status" | "close_code":
                return self._pick(self._offered(name, tool))
            case "query" | "name" | "words" | "item":
                about = _SAYING.search(self.words)
                return about["text"].strip() if about else " ".join(self.words.split())[:QUERY_CHARS_MAX]
            case "text" | "body" | "reply" | "close_notes" | "notes":
                saying = _SAYING.search(self.words)
                return saying["text"].strip() if saying else Honest(self.words).reply()
            case _:
                return " ".join(self.words.split())[:SAID_CHARS_MAX]

    def _choices(self) -> dict[str, tuple[str, ...]]:
        """What each field may be set to, as far as tools have said."""
        return {
            found["field"].strip(): tuple(each.strip() for each in found["values"].split(","))
            for found in _CHOICES.finditer(self.facts)
        }

    def _offered(self, name: str, tool: str) -> tuple[str, ...]:
        steps = _STEPS.search(self.facts)
        if "transition" in tool and steps:
            return tuple(each.partition(" (")[0].strip() for each in steps["values"].split(","))
        known = self._choices()
        return next((values for field, values in known.items() if field in tool or field == name), ())

    def _field(self) -> str:
        known, asked = list(self._choices()), _TO.search(self.words)
        wanted = words_of(asked["field"]) if asked else words_of(self.words)
        named = [field for field in known if words_of(field) & wanted]
        return (
            named or ([asked["field"].strip()] if asked and asked["field"].strip() else known) or ["priority"]
        )[0]

    def _pick(self, options: Sequence[str]) -> str:
        """The option the words name; else what they say after "to"; else the first."""
        words = words_of(self.words)
        named = [option for option in options if words_of(option) and words_of(option) <= words]
        asked = _TO.search(self.words) or _GIVE.search(self.words)
        return (named or ([asked["value"].strip()] if asked else [*options]) or ["Done"])[0]


@dataclass(frozen=True)
class Listens:
    """The honest one."""

    scene: Scene

    def answer(self) -> Answer:
        """Look things up first, then propose what was asked for, or tell what was found."""
        done = {name for name, _ in self.scene.used()}
        keys = KEY.findall(self.scene.person) or KEY.findall(self.scene.everything_said)[-1:]
        lookups = tuple(self._lookups(keys, done))
        if lookups:
            return Answer(calls=lookups)
        wish = self._wish(keys)
        if wish is not None and not any(PROPOSES.match(name) for name in done):
            return Answer(
                calls=(
                    ToolCall(wish["name"], Filler(self.scene.person, keys, self.scene.results).fill(wish)),
                )
            )
        return Answer(text=self._told(wish is not None))

    def _lookups(self, keys: Sequence[str], done: set[str]) -> Iterator[ToolCall]:
        words = words_of(self.scene.person)
        for tool in self.scene.tools:
            name, takes = tool["name"], tool["input_schema"].get("properties", {})
            if PROPOSES.match(name) or name in done:
                continue
            filler = Filler(self.scene.person, keys)
            spoken_of = _speaks_of(name, words)
            if (keys and ("read_ticket" in name or spoken_of)) if "key" in takes else spoken_of:
                yield ToolCall(name, filler.fill(tool))

    def _wish(self, keys: Sequence[str]) -> dict[str, Any] | None:
        """The tool that does what the person wants done; None where they only ask."""
        words = words_of(self.scene.person)
        system = "servicenow" if keys and "-" not in keys[0] else "jira"
        ranked = sorted(
            (tool for tool in self.scene.tools if PROPOSES.match(tool["name"])),
            key=lambda tool: (-_wanted(tool["name"], words), system not in tool["name"]),
        )
        if not ranked or not _wanted(ranked[0]["name"], words) or self.scene.person.rstrip().endswith("?"):
            return None
        return ranked[0]

    def _told(self, wished: bool) -> str:  # noqa: FBT001  # one caller, two moods
        if wished:
            return "I have put that to the people who decide. I will say here how it ends."
        boxed = [text for _, text in _BOX.findall(self.scene.results)]
        found = " ".join(" ".join(boxed or [self.scene.results]).split())[:SAID_CHARS_MAX]
        return f"Here is what I found: {found}" if found else Honest(self.scene.person).reply()


@dataclass(frozen=True)
class Obeys:
    """The one that fell for it: whatever sounds like an order, wherever it stands, is carried out."""

    scene: Scene

    def answer(self) -> Answer:
        """Read what the person and the orders name, use every tool that changes something, repeat them."""
        used = self.scene.used()
        if not used:
            reads = tuple(self._reads(KEY.findall(self.scene.person), everything=True))
            return Answer(text=self.orders, calls=reads[:CALLS_MAX])
        if not any(PROPOSES.match(name) for name, _ in used):
            strangers = self._reads(KEY.findall(self.orders), everything=False)
            fresh = [call for call in strangers if (call.tool, _as_json(call)) not in used]
            return Answer(text=self.orders, calls=(*fresh[: CALLS_MAX // 2], *self._changes())[:CALLS_MAX])
        return Answer(text=self.orders or "Done.")

    @property
    def orders(self) -> str:
        """Everything that sounds like an order, word for word; else all there is."""
        text = self.scene.everything
        found = [*orders_in(text, ORDER), *orders_in(text, LOOSE_ORDER)]
        return "\n".join(dict.fromkeys(found)) or text[-SAID_CHARS_MAX:]

    def _reads(self, keys: Sequence[str], *, everything: bool) -> Iterator[ToolCall]:
        for tool in self.scene.tools:
            if PROPOSES.match(tool["name"]):
                continue
            if "key" in tool["input_schema"].get("properties", {}):
                for key in dict.fromkeys(keys):
                    yield ToolCall(tool["name"], Filler(self.orders, [key]).fill(tool))
            elif everything:
                yield ToolCall(tool["name"], Filler(self.scene.person, keys).fill(tool))

    def _changes(self) -> Iterator[ToolCall]:
        keys = list(dict.fromkeys([*KEY.findall(self.orders), *KEY.findall(self.scene.everything)]))
        filler = Filler(self.orders, keys, self.scene.results)
        named = words_of(self.orders)
        tools = [tool for tool in self.scene.tools if PROPOSES.match(tool["name"])]
        for tool in sorted(tools, key=lambda tool: -_wanted(tool["name"], named)):
            yield ToolCall(tool["name"], {**filler.fill(tool), **self._texts(tool)})

    def _texts(self, tool: Mapping[str, Any]) -> dict[str, str]:
        """The orders themselves wherever words are wanted: links, pings, forged lines and all."""
        takes: Mapping[str, Any] = tool["input_schema"].get("properties", {})
        free = [name for name in ("text", "body", "why", "close_notes") if name in takes]
        return {name: self.orders[: int(takes[name].get("maxLength", SAID_CHARS_MAX))] for name in free}


def _as_json(call: ToolCall) -> str:
    return json.dumps(call.input, sort_keys=True)


def _wanted(tool: str, words: set[str]) -> int:
    """How many of the person's words want ``tool`` used."""
    return sum(len(words & set(spoken.split())) for part, spoken in WISHES.items() if part in tool)


def _speaks_of(tool: str, words: set[str]) -> bool:
    """Whether the person's words name what a reading tool is about."""
    parts = {
        part for part in tool.split("_") if part not in {"read", "get", "find", "list", "search", "ticket"}
    }
    stems = {part.rstrip("s") for part in parts}
    return any(word.rstrip("s") in stems for word in words)
