"""The honest model with papers on its table: it fills in what skills ask for, out of them, word for word.

Papers stand between ``<ticket_…>`` or ``<untrusted_…>`` tags; the tool is named for the skill.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

PAPER: Final = re.compile(
    r"<(?P<label>(?:ticket|untrusted)_[a-z_]+)>\n(?P<text>.*?)\n</(?P=label)>", re.DOTALL
)
MARK: Final = re.compile(r"\[(?P<mark>[A-Z][0-9]{1,2})\]")
SENTENCE: Final = re.compile(r"[^.!?\n]{3,}[.!?]?")
SETTLED: Final = re.compile(r"[^.!?\n]*\b(?:it works|works again|solved|fixed)\b[^.!?\n]*", re.IGNORECASE)
SAYS_MAX: Final = 200
"""Characters of one statement."""
NOTHING: Final = "Nothing is recorded."


@dataclass(frozen=True)
class Paper:
    """One of them."""

    label: str
    text: str

    @property
    def mark(self) -> str:
        """How it is cited; empty: it is not."""
        found = MARK.match(self.text)
        return found["mark"] if found else ""

    @property
    def sentences(self) -> list[str]:
        """What it says, without its mark and its date."""
        body = self.text.partition("\n")[2] if self.mark or self.text[:2] == "20" else self.text
        return [each.strip()[:SAYS_MAX] for each in SENTENCE.findall(body) if each.strip()]


def papers_in(prompt: str) -> list[Paper]:
    """Return the papers of a prompt, in order."""
    return [Paper(found["label"].partition("_")[2], found["text"]) for found in PAPER.finditer(prompt)]


def fill(task: str, prompt: str) -> dict[str, Any] | None:
    """Return what an honest model answers to a skill's task; None: it is none of these."""
    answers = TASKS.get(task)
    papers = papers_in(prompt)
    return answers(papers) if answers is not None and papers else None


def _first(papers: list[Paper], label: str, otherwise: str = NOTHING) -> str:
    return next((p.sentences[0] for p in papers if p.label == label and p.sentences), otherwise)


def _summary(papers: list[Paper]) -> dict[str, Any]:
    last = next((p for p in reversed(papers) if p.label.startswith("message_of_")), None)
    desk_waits = last is not None and last.label == "message_of_agent"
    return {
        "what": _first(papers, "summary"),
        "since": _first(papers, "description"),
        "tried": _first(papers, "message_of_agent"),
        "waits": "The desk waits for the requester." if desk_waits else "The requester waits for the desk.",
        "next": "Ask whether it helped." if desk_waits else "Answer the requester.",
    }


def _cited(papers: list[Paper]) -> list[dict[str, str]]:
    cited = next((p for p in papers if p.mark and p.sentences), None)
    return [{"mark": cited.mark, "quote": cited.sentences[-1]}] if cited else []


def _draft(papers: list[Paper]) -> dict[str, Any]:
    cited = _cited(papers)
    said = cited[0]["quote"] if cited else "A colleague will look into it."
    return {"reply": f"Hello,\n\n{said}", "sources": cited}


def _similar(papers: list[Paper]) -> dict[str, Any]:
    about = set(_first(papers, "summary", "").casefold().split())
    found: list[dict[str, Any]] = []
    for paper in papers:
        words = {word for said in paper.sentences[:1] for word in said.casefold().split()}
        if paper.mark and about:
            same = len(about & words) * 2 > len(about)
            found.append({"mark": paper.mark, "same": same, "because": "Both say the same." if same else ""})
    return {"tickets": found}


def _plan(papers: list[Paper]) -> dict[str, Any]:
    cited = _cited(papers)
    steps = [{"what": "Ask what changed.", "owner": "desk", "risk": "none", "approval": False}]
    steps += [
        {"what": each["quote"], "owner": "desk", "risk": "reversible", "approval": False} for each in cited
    ]
    return {"steps": steps, "changes": [], "sources": cited}


def _resolve(papers: list[Paper]) -> dict[str, Any]:
    said = [p.text for p in papers if p.label == "message_of_requester"]
    shown = next((found[0].strip() for text in said if (found := SETTLED.search(text))), "")
    codes = next((p.text.splitlines() for p in papers if p.label == "close_codes"), list[str]())
    return {
        "solved": bool(shown),
        "notes": _first(papers, "message_of_agent") if shown else "",
        "quote": shown,
        "code": codes[0] if shown and codes else "",
    }


TASKS: Final[Mapping[str, Callable[[list[Paper]], dict[str, Any]]]] = {
    "summary": _summary,
    "draft": _draft,
    "similar": _similar,
    "plan": _plan,
    "resolve": _resolve,
}
