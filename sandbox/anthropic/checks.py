"""What the API refuses before any model runs, in the order and words a caller sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.anthropic.errors import Refused
from sandbox.anthropic.tokens import BREAKPOINTS_MAX, blocks, count, listed, parts_of

MODELS: Final[Mapping[str, str]] = {
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-haiku-5-5": "Claude Haiku 5.5",
    "claude-sonnet-4-6": "Claude Sonnet 4.6",
    "claude-haiku-4-5": "Claude Haiku 4.5",
    "claude-haiku-4-5-20251001": "Claude Haiku 4.5",
}
"""Ids the ``anthropic`` SDK lists (types/model_param.py), and the names they are shown under."""
CONTEXT_TOKENS: Final = 200_000
BODY_BYTES_MAX: Final = 32 * 1024 * 1024
"""docs.anthropic.com/en/api/errors, "Request size limits"."""
KNOWN: Final = frozenset(
    {
        "model",
        "max_tokens",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "stream",
        "stop_sequences",
        "metadata",
        "temperature",
        "top_k",
        "top_p",
        "thinking",
        "service_tier",
        "cache_control",
        "output_config",
        "container",
        "diagnostics",
        "inference_geo",
        "speed",
        "user_profile_id",
    }
)


def check_model(body: Mapping[str, Any]) -> None:
    """Refuse a model that does not exist.

    Raises:
        Refused: 400 without a model, 404 for an unknown one.
    """
    if not isinstance(body.get("model"), str):
        raise Refused(400, "model: Field required")
    if body["model"] not in MODELS:
        raise Refused(404, f"model: {body['model']}")


def check_prompt(body: Mapping[str, Any]) -> None:
    """Refuse messages that make no prompt, and a prompt that is too long.

    Raises:
        Refused: 400.
    """
    messages = body.get("messages")
    if not isinstance(messages, list):
        raise Refused(400, "messages: Field required")
    if not messages:
        raise Refused(400, "messages: at least one message is required")
    for place, message in enumerate(messages):  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]  # JSON
        _check_message(place, message)
    _check_tool_results(messages)  # pyright: ignore[reportUnknownArgumentType]  # JSON
    pieces = list(blocks(body))
    if sum(bool(ttl) for _, ttl in pieces) > BREAKPOINTS_MAX:
        raise Refused(400, f"A maximum of {BREAKPOINTS_MAX} blocks with cache_control may be provided.")
    tokens = sum(count(piece) for piece, _ in pieces)
    if tokens > CONTEXT_TOKENS:
        raise Refused(400, f"prompt is too long: {tokens} tokens > {CONTEXT_TOKENS} maximum")


def _check_message(place: int, message: Any) -> None:
    if message.get("role") not in ("user", "assistant"):
        raise Refused(400, f"messages.{place}.role: Input should be 'user' or 'assistant'")
    content = message.get("content")
    if not content:
        raise Refused(400, f"messages.{place}: user messages must have non-empty content")
    for part in content if isinstance(content, list) else []:  # pyright: ignore[reportUnknownVariableType]  # JSON
        if part.get("type") == "text" and not part.get("text"):  # pyright: ignore[reportUnknownMemberType]  # JSON
            raise Refused(400, "messages: text content blocks must be non-empty")


def _check_tool_results(messages: list[dict[str, Any]]) -> None:
    """Refuse a history in which a call is not answered at once, or an answer has no call.

    docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use, "Handling tool use".
    """
    open_calls: set[str] = set()
    for place, message in enumerate(messages):
        parts = parts_of(message, "content")
        answered = {part["tool_use_id"] for part in parts if part.get("type") == "tool_result"}
        if open_calls - answered:
            raise Refused(
                400,
                f"messages.{place - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
                f"after: {', '.join(sorted(open_calls - answered))}",
            )
        if answered - open_calls:
            raise Refused(
                400,
                f"messages.{place}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{', '.join(sorted(answered - open_calls))}",
            )
        used = {part["id"] for part in parts if part.get("type") == "tool_use"}
        open_calls = used if message["role"] == "assistant" else set()
    if open_calls:
        raise Refused(400, "messages: final assistant content cannot end with `tool_use` blocks")


def check_request(body: Mapping[str, Any]) -> None:
    """Refuse what /v1/messages refuses beyond the prompt.

    Raises:
        Refused: 400 or 404.
    """
    unknown = sorted(set(body) - KNOWN)
    if unknown:
        raise Refused(400, f"{unknown[0]}: Extra inputs are not permitted")
    check_model(body)
    if "max_tokens" not in body:
        raise Refused(400, "max_tokens: Field required")
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        raise Refused(400, "max_tokens: Input should be greater than or equal to 1")
    check_prompt(body)
    _check_tools(body)


def _check_tools(body: Mapping[str, Any]) -> None:
    names: list[str] = []
    for place, tool in enumerate(listed(body, "tools")):
        if tool.get("type", "custom") == "custom" and "input_schema" not in tool:
            raise Refused(400, f"tools.{place}.custom.input_schema: Field required")
        names.append(tool["name"])
    if len(set(names)) != len(names):
        raise Refused(400, "tools: Tool names must be unique.")
    choice: dict[str, Any] = body.get("tool_choice") or {"type": "auto"}
    thinking: dict[str, Any] = body.get("thinking") or dict[str, Any]()
    if choice["type"] == "tool" and choice.get("name") not in names:
        raise Refused(400, f"Tool '{choice.get('name')}' not found in provided tools")
    if choice["type"] in ("any", "tool") and not names:
        raise Refused(400, "tool_choice may only be specified while providing tools")
    if choice["type"] in ("any", "tool") and thinking.get("type") in (
        "enabled",
        "adaptive",
    ):
        raise Refused(400, "Thinking may not be enabled when tool_choice forces tool use.")
