"""The port ``Converser``: a conversation and its tools, put to the strong model, its words passed on.

Rules and tools stand first and stay the same, and marks in the conversation tell the provider what to keep:
from the second turn on, nearly all of what is sent is read from its cache.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from bot.core.foreign import thing
from bot.core.turns import Heard, Prompt, Reply, Returned, Spoke, Turn
from bot.runtime.budgets import Payer
from bot.runtime.compaction import fit
from bot.runtime.models import Role
from bot.runtime.provider import Ask, Provider

ANSWER_TOKENS_MAX: Final = 4_000
"""A long answer in Slack is a page; a proposal with its reasons needs less."""
KEEP: Final = {"type": "ephemeral"}
"""https://platform.claude.com/docs/en/build-with-claude/prompt-caching: at most four marks in one request."""


class Conversing:
    """Implements the port ``Converser``."""

    def __init__(self, provider: Provider) -> None:
        """Open nothing yet."""
        self._provider = provider

    async def reply(self, prompt: Prompt, hear: Callable[[str], Awaitable[None]]) -> Reply:
        """Answer the last turn. Raises as :meth:`Provider.ask`; what ``hear`` raises comes through."""
        places = ((prompt.connector, prompt.queue), *prompt.others)
        model = self._provider.models.route(Role.CHAT, places).model
        ask = Ask(
            role=Role.CHAT,
            places=places,
            body=_body(prompt, model),
            tokens_max=ANSWER_TOKENS_MAX,
            payer=Payer(ticket=prompt.ticket, person=prompt.person, run=prompt.run),
        )
        said = await self._provider.ask(ask, hear)
        return Reply(Spoke(said.text, said.calls, said.unseen), said.usage)


def _body(prompt: Prompt, model: str) -> dict[str, Any]:
    tools = [
        {"name": tool.name, "description": tool.about, "input_schema": dict(tool.schema)}
        for tool in prompt.tools
    ]
    body: dict[str, Any] = {
        # The mark covers the tools too: they come before the rules, wherever they stand in the request.
        "system": [{"type": "text", "text": prompt.rules, "cache_control": KEEP}],
        "messages": messages(prompt.turns, frozenset(tool.name for tool in prompt.tools), model),
    }
    return {**body, "tools": tools} if tools else body


def messages(turns: Sequence[Turn], tools: AbstractSet[str], model: str) -> list[dict[str, Any]]:
    """Return the conversation as the Messages API takes it, with two moving marks.

    One is at its end, for the next turn; the other where the call before this one ended, so that it is found
    again however many results came in between (the provider looks back over 20 blocks only).
    """
    kept = fit(turns, tools)
    assert not isinstance(kept[-1], Spoke), "the model is asked when it is its turn"
    answers = (at for at, turn in enumerate(kept) if isinstance(turn, Spoke) and not turn.calls)
    answered = max(answers, default=-1)
    found: list[dict[str, Any]] = []
    for at, turn in enumerate(kept):
        role = "assistant" if isinstance(turn, Spoke) else "user"
        blocks = _blocks(turn, model, is_old=at <= answered)
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        else:
            found.append({"role": role, "content": blocks})
    for message in [each for each in found if each["role"] == "user"][-2:]:
        message["content"][-1]["cache_control"] = KEEP
    return found


def _blocks(turn: Turn, model: str, *, is_old: bool) -> list[dict[str, Any]]:
    match turn:
        case Heard(text):
            return [{"type": "text", "text": text}]
        case Returned(results):
            return [
                {"type": "tool_result", "tool_use_id": r.call, "content": r.text, "is_error": r.is_error}
                for r in results
            ]
        case Spoke(text, calls, unseen):
            said = [{"type": "text", "text": text}] if text.strip() else []
            wants = [
                {"type": "tool_use", "id": call.id, "name": call.tool, "input": dict(call.arguments)}
                for call in calls
            ]
            # What it thought belongs to the answer under way; of an answer that was given it is not needed.
            return [*([] if is_old else _thoughts(unseen, model)), *said, *wants]


def _thoughts(unseen: str, model: str) -> list[dict[str, Any]]:
    """Return a model's thinking for itself; another model is not given it."""
    kept = thing(json.loads(unseen)) if unseen else {}
    return [*kept["blocks"]] if kept and kept.get("model") == model else []
