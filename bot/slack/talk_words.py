"""What is said in a conversation, as Slack draws it: Markdown that pings nobody, and two buttons. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Final

from approvals.blocks import Block, escape, plain
from bot.core.deeds import gaps_in
from bot.core.outgoing import harmless
from bot.core.runs import Step
from bot.core.talks import Line
from bot.core.untrusted import Untrusted
from bot.core.words import say

FEEDBACK: Final = "talk:feedback"
"""The ``action_id`` of the two buttons under an answer."""
GOOD, BAD = "good", "bad"
MARKDOWN_CHARS_MAX: Final = 11_400
"""Slack takes 12,000 in all blocks of a message together; 5 % below, as nobody says what it counts."""
TEXT_CHARS_MAX: Final = 3_000
"""Of what notifications and screen readers get; ``chat.update`` takes 4,000."""
TITLE_CHARS_MAX: Final = 240
"""Of a step: Slack takes 256."""
ABOUT_A_TICKET: Final = ("summary", "similar", "plan")
ABOUT_NONE: Final = ("help",)
"""What is suggested to begin with. Nothing that puts up a card: people press these to see what they do."""
_LIVE: Final = re.compile(r"<(?=[!@#])")
"""Slack does not say whether these stay inert in Markdown, so they do not get there."""
_MARKS: Final = re.compile(r"([\\`*_\[\]~|])")
_LINK: Final = re.compile(r"<(https?:[^|<>]*)(?:\|([^<>]*))?>")
_ADDRESS: Final = re.compile(r"<(?:mailto|tel):([^|<>]*)(?:\|[^<>]*)?>")
_NAMED: Final = re.compile(r"<([@#!])([A-Za-z0-9^_]+)(?:\|([^<>]*))?>")


def defused(markdown: str) -> str:
    """Return ``markdown`` so that nothing in it is a mention to Slack."""
    return _LIVE.sub("&lt;", markdown)


def literal(text: str) -> str:
    """Return words of somebody else so that they are only words in Markdown, on one line."""
    shown = harmless(Untrusted(text).line(), frozenset())
    return defused(_MARKS.sub(r"\\\1", shown))


def markdown(lines: Sequence[Line], language: str) -> str:
    """Return what ``lines`` say, cut to what Slack takes; the cut is said, and answers are cut first."""
    parts = [_told(each, language) for each in lines]
    over = len(_joined(parts)) - MARKDOWN_CHARS_MAX
    if over <= 0:
        return _joined(parts)
    note = say(language, "talk.cut.end")
    answers = [at for at, each in enumerate(lines) if not each.key]
    if answers:
        longest = max(answers, key=lambda at: len(parts[at]))
        left = len(parts[longest]) - over - len(note) - len(_BETWEEN) - len(_END_OF_CODE)
        kept = parts[longest][: max(0, left)].rstrip()
        is_open = kept.count("```") % 2 == 1  # what follows is no code
        parts[longest] = _joined([kept + _END_OF_CODE if is_open else kept, note])
    told = _joined(parts)
    if len(told) <= MARKDOWN_CHARS_MAX:
        return told
    return _joined([told[: MARKDOWN_CHARS_MAX - len(note) - len(_BETWEEN)].rstrip(), note])


_BETWEEN: Final = "\n\n"
_END_OF_CODE: Final = "\n```"


def _joined(parts: Sequence[str]) -> str:
    return _BETWEEN.join(parts)


def _told(line: Line, language: str) -> str:
    if not line.key:
        return defused(line.text.clean().strip())
    return say(
        language, line.key, **{gap: _filled(gap, text) for gap, text in gaps_in(line.gaps, language).items()}
    )


def _filled(gap: str, text: str) -> str:
    return text if gap == "link" else literal(text)  # Slack's own permalink


def summary(told: str) -> str:
    """Return ``told`` for where no Markdown is shown."""
    return escape(Untrusted(html.unescape(told)).clean(TEXT_CHARS_MAX // 5)) or " "


def body(told: str, run: str, language: str) -> list[Block]:
    """Return the blocks of a message; ``run``: what people may rate, or an empty string."""
    blocks: list[Block] = [{"type": "markdown", "text": told or " "}]
    return [*blocks, *rating(run, language)]


def rating(run: str, language: str) -> list[Block]:
    """Return the two buttons under an answer; none where there is nothing to rate."""
    if not run:
        return []
    buttons = {
        f"{side}_button": {"text": plain(say(language, f"talk.rate.{verdict}")), "value": f"{verdict}|{run}"}
        for side, verdict in (("positive", GOOD), ("negative", BAD))
    }
    return [
        {
            "type": "context_actions",
            "elements": [{"type": "feedback_buttons", "action_id": FEEDBACK, **buttons}],
        }
    ]


def task(step: Step, language: str) -> Block:
    """Return a step as a chunk of a stream."""
    title = say(language, step.says, **{gap: literal(text) for gap, text in step.words.items()})
    return {
        "type": "task_update",
        "id": step.id,
        "title": title[:TITLE_CHARS_MAX],
        "status": "complete" if step.done else "in_progress",
    }


def prompts(language: str, key: str) -> list[dict[str, str]]:
    """Return what a person may ask to begin with. ``key``: of a ticket that waits for them, or empty."""
    return [
        {
            "title": say(language, f"talk.prompt.{each}", key=key),
            "message": say(language, f"talk.prompt.{each}.says", key=key),
        }
        for each in (*(ABOUT_A_TICKET if key else ()), *ABOUT_NONE)
    ]


def read(text: str, us: str = "") -> str:
    """Return what a person wrote, without Slack's own markup; our own name is left out.

    https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
    """
    without = re.sub(rf"<@{re.escape(us)}(?:\|[^<>]*)?>", " ", text) if us else text
    linked = _LINK.sub(lambda m: f"{m[2]} ({m[1]})" if m[2] and m[2] != m[1] else m[1], without)
    linked = _ADDRESS.sub(r"\1", linked)
    named = _NAMED.sub(lambda m: f"{'@' if m[1] == '!' else m[1]}{m[3] or m[2]}", linked)
    return html.unescape(named).strip()
