"""From a request to the message that answers it: who answers, what they say, and where the limit cuts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.anthropic import agents, papers
from sandbox.anthropic.brain import Honest, ticket_in
from sandbox.anthropic.moods import Obedient, violate
from sandbox.anthropic.tokens import CHARS_PER_TOKEN, count, listed, parts_of
from sandbox.anthropic.world import Answer, Mode, ToolCall

REFUSAL_DETAILS: Final = {"type": "refusal", "category": None, "explanation": None}


@dataclass(frozen=True)
class Part:
    """One content block, as the text that is streamed: a talk, or the JSON of a tool's input."""

    text: str
    tool: str = ""
    """The tool's name; empty: talk."""


@dataclass(frozen=True)
class Composed:
    """An answer cut to its limit."""

    parts: tuple[Part, ...]
    stop_reason: str
    stop_sequence: str | None = None
    break_stream_after: int = 0

    @property
    def output_tokens(self) -> int:
        """Tokens said; never zero."""
        return max(1, sum(count(part.text) for part in self.parts))

    @property
    def stop_details(self) -> Mapping[str, object] | None:
        """Present on a refusal."""
        return REFUSAL_DETAILS if self.stop_reason == "refusal" else None


def think(body: Mapping[str, Any], mode: Mode) -> Answer:
    """What the model says to ``body`` in its mood."""
    if mode is Mode.REFUSING:
        return Answer(stop_reason="refusal")
    ticket = ticket_in(last_user_text(body))
    brain = Obedient if mode is Mode.OBEDIENT else Honest
    tool = _wanted_tool(body)
    if mode is Mode.HONEST and (written := _written(body)) is not None:
        return written
    if tool is None and listed(body, "tools"):
        thought = agents.answer(body, obedient=mode is Mode.OBEDIENT)
        return _broken(body, thought) if mode is Mode.BAD_SCHEMA else thought
    wanted = tool["input_schema"] if tool else _format_schema(body)
    if wanted is None:
        return Answer(text=brain(ticket).reply())
    filled = brain(ticket, wanted).fill(wanted)
    if mode is Mode.BAD_SCHEMA:
        filled = violate(wanted, filled)
    if tool:
        return Answer(tool_input=filled, tool=tool["name"])
    return Answer(text=json.dumps(filled, ensure_ascii=False))


def compose(body: Mapping[str, Any], answer: Answer) -> Composed:
    """Put ``answer`` into content blocks, cut where max_tokens, its own cut or a stop sequence falls."""
    parts = [Part(answer.text)] if answer.text else []
    if answer.tool_input is not None:
        tool = answer.tool or (_wanted_tool(body) or {"name": "unnamed"})["name"]
        parts.append(Part(json.dumps(answer.tool_input, ensure_ascii=False), tool))
    parts += [Part(json.dumps(dict(call.input), ensure_ascii=False), call.tool) for call in answer.calls]
    room = answer.cut_after or int(body["max_tokens"] * CHARS_PER_TOKEN)
    kept, cut = _cut(parts, room)
    usual = "tool_use" if any(part.tool for part in kept) else "end_turn"
    stopped = next(
        (s for s in listed(body, "stop_sequences") if not cut and kept and s in kept[0].text), None
    )
    if stopped and not kept[0].tool:
        kept, usual = [Part(kept[0].text.partition(stopped)[0])], "stop_sequence"
    reason = answer.stop_reason or ("max_tokens" if cut else usual)
    return Composed(tuple(kept), reason, stopped, answer.break_stream_after)


def block(part: Part, block_id: str) -> dict[str, object]:
    """One content block of an answer that is not streamed."""
    if part.tool:
        return {"type": "tool_use", "id": block_id, "name": part.tool, "input": whole_of(part.text)}
    return {"type": "text", "text": part.text}


def whole_of(text: str) -> dict[str, Any]:
    """What of a tool's input was complete when it was cut: the top-level properties that had ended."""
    try:
        whole: dict[str, Any] = json.loads(text)
    except ValueError:
        cuts = [place for place, letter in enumerate(text) if letter == ","]
        closed = (_closed(text[:place]) for place in reversed(cuts))
        return next((found for found in closed if found), dict[str, Any]())
    return whole


def _closed(text: str) -> dict[str, Any] | None:
    try:
        whole: dict[str, Any] = json.loads(text + "}")
    except ValueError:
        return None
    return whole


def _cut(parts: list[Part], room: int) -> tuple[list[Part], bool]:
    kept: list[Part] = []
    for part in parts:
        if len(part.text) > room:
            return [*kept, Part(part.text[:room], part.tool)], True
        kept.append(part)
        room -= len(part.text)
    return kept, False


def last_user_text(body: Mapping[str, Any]) -> str:
    """Every text of the last user message."""
    messages = [message for message in body["messages"] if message["role"] == "user"]
    parts = parts_of(messages[-1], "content") if messages else []
    return "\n".join(part["text"] for part in parts if part.get("type") == "text")


def _written(body: Mapping[str, Any]) -> Answer | None:
    """What an honest model writes for a skill, which offers one tool; None: it is asked something else."""
    tools = listed(body, "tools")
    name = str(tools[0]["name"]) if len(tools) == 1 else ""
    filled = papers.fill(name, last_user_text(body)) if name else None
    if filled is None or filled.keys() != tools[0]["input_schema"].get("properties", {}).keys():
        return None
    return Answer(tool_input=filled, tool=name)


def _broken(body: Mapping[str, Any], thought: Answer) -> Answer:
    """The same calls with arguments their tools do not take."""
    schemas = {tool["name"]: tool["input_schema"] for tool in listed(body, "tools")}
    return replace(
        thought,
        calls=tuple(ToolCall(each.tool, violate(schemas[each.tool], each.input)) for each in thought.calls),
    )


def _wanted_tool(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The tool the caller forces, if any: the named one, or the first with ``any``."""
    choice = body.get("tool_choice") or {"type": "auto"}
    tools: list[dict[str, Any]] = listed(body, "tools")
    if choice["type"] == "tool":
        return next(tool for tool in tools if tool["name"] == choice["name"])
    return tools[0] if choice["type"] == "any" else None


def _format_schema(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of a structured output (``output_config.format``), if one is asked for."""
    config: dict[str, Any] = body.get("output_config") or dict[str, Any]()
    wanted: dict[str, Any] = config.get("format") or dict[str, Any]()
    return wanted.get("schema")
