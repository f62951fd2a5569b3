"""A message while it is written piece by piece: its chunks, and the blocks they make.

docs.slack.dev/messaging/sending-and-scheduling-messages, "text streaming".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.slack.blocks import check_blocks
from sandbox.slack.shapes import Report, Rule, Shape, anything, as_object, many, string, typed

MODES: Final = frozenset({"timeline", "plan", "dense"})
TASK_STATUSES: Final = frozenset({"pending", "in_progress", "complete", "error"})
TEXT_CHARS_MAX: Final = 12_000
"""Of the text of one call or chunk: docs.slack.dev/reference/methods/chat.appendStream."""
TASK_CHARS_MAX: Final = 256
"""Of each text of a task or plan chunk."""
CHUNKS_MAX: Final = 100
"""In one call. Slack does not publish the limit; this figure is our own."""
STREAM_SECONDS: Final = 300.0
"""How long a stream stays open without a word. Slack says only that streams end; this figure is our own."""
LIVE: Final = "in_progress"
ENDED: Final = "completed"
_WORDS: Final = string(TASK_CHARS_MAX)
_SOURCE: Final = Shape(
    {"type": string(3, of=frozenset({"url"})), "url": string(3000, 1), "text": string(255, 1)}
)


def _blocks(value: Any, at: str, report: Report) -> None:
    for fault in check_blocks(value, "message", at):
        report(fault, at)


_CHUNKS: Final[dict[str, Rule]] = {
    "markdown_text": Shape({"type": anything, "text": string(TEXT_CHARS_MAX, 1)}),
    "task_update": Shape(
        {
            "type": anything,
            "id": string(255, 1),
            "title": string(TASK_CHARS_MAX, 1),
            "status": string(20, of=TASK_STATUSES),
        },
        {"details": _WORDS, "output": _WORDS, "sources": many(_SOURCE, 0, 100)},
    ),
    "plan_update": Shape({"type": anything, "title": string(TASK_CHARS_MAX, 1)}),
    "blocks": Shape({"type": anything, "blocks": _blocks}),
}


def check_chunks(chunks: Any) -> list[str]:
    """Return what Slack would refuse in ``chunks``; empty: nothing."""
    faults: list[str] = []
    rule = many(typed(lambda: _CHUNKS, "chunk"), 0, CHUNKS_MAX)
    rule(chunks, "/chunks", lambda what, where: faults.append(f"{what} [json-pointer:{where}]"))
    return faults


@dataclass
class Stream:
    """What was streamed so far."""

    touched_at: float
    """When something was last added, in Unix seconds."""
    mode: str = "timeline"
    state: str = LIVE
    stopped_by: str = ""
    """Who pressed Stop; empty: nobody."""
    plan: str = ""
    """The title of the plan; empty: it has none yet."""
    parts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """``{"text"}``, ``{"task"}`` (an id) and ``{"blocks"}``, in the order they came."""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def live(self, now: float) -> bool:
        """Whether more may be added at ``now``."""
        if self.state == LIVE and now - self.touched_at >= STREAM_SECONDS:
            self.state = ENDED
        return self.state == LIVE

    def stop(self, by: str = "") -> None:
        """End it; ``by``: the person who pressed Stop."""
        self.state, self.stopped_by = ENDED, by

    def add(self, chunks: list[dict[str, Any]], now: float) -> None:
        """Add chunks that ``check_chunks`` found nothing wrong with."""
        self.touched_at = now
        for chunk in chunks:
            kind = chunk["type"]
            if kind == "markdown_text":
                self._write(chunk["text"])
            elif kind == "task_update":
                self._task(chunk)
            elif kind == "plan_update":
                self.plan = chunk["title"]
            else:
                self.parts.append({"blocks": list(chunk["blocks"])})

    def _write(self, words: str) -> None:
        if self.parts and "text" in self.parts[-1]:
            self.parts[-1]["text"] += words
        else:
            self.parts.append({"text": words})

    def _task(self, chunk: dict[str, Any]) -> None:
        """Change a task. Its title and status are replaced, its details and output grow, as Slack has it."""
        name = chunk["id"]
        if name not in self.tasks:
            self.tasks[name] = {"title": "", "status": "", "details": "", "output": "", "sources": []}
            self.parts.append({"task": name})
        task = self.tasks[name]
        task |= {"title": chunk["title"], "status": chunk["status"]}
        for key in ("details", "output"):
            task[key] += chunk.get(key) or ""
        task["sources"] = [*task["sources"], *(chunk.get("sources") or [])]

    @property
    def text(self) -> str:
        """The words alone, as notifications show them."""
        return "".join(part.get("text", "") for part in self.parts)

    def blocks(self) -> list[dict[str, Any]]:
        """Return what the message shows. Unless on a timeline, all tasks stand where the first one does."""
        shown: list[dict[str, Any]] = []
        planned = False
        for part in self.parts:
            if "text" in part:
                shown.append({"type": "markdown", "text": part["text"]})
            elif "blocks" in part:
                shown += part["blocks"]
            elif self.mode == "timeline":
                shown.append(self._card(part["task"]))
            elif not planned:
                planned = True
                cards = [self._card(name) for name in self.tasks]
                shown.append({"type": "plan", "title": self.plan or cards[-1]["title"], "tasks": cards})
        return [{"block_id": f"stream.{place}", **block} for place, block in enumerate(shown)]

    def _card(self, name: str) -> dict[str, Any]:
        task = self.tasks[name]
        card = {"type": "task_card", "task_id": name, "title": task["title"], "status": task["status"]}
        card |= {key: _rich(task[key]) for key in ("details", "output") if task[key]}
        return {**card, "sources": task["sources"]} if task["sources"] else card


def _rich(words: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [section]}


def chunks_of(words: str, chunks: list[Any] | None) -> list[dict[str, Any]]:
    """Return ``markdown_text`` and ``chunks`` of a call as one list; what is no object will be refused."""
    first = [{"type": "markdown_text", "text": words}] if words else []
    return [*first, *(as_object(chunk) or {"type": None} for chunk in chunks or [])]
