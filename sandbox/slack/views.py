"""Modals and App Home as Slack judges and keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.slack.blocks import check_blocks
from sandbox.slack.elements import plain
from sandbox.slack.shapes import Json, Rule, Shape, anything, as_object, boolean, string

VIEW_BYTES_MAX: Final = 250_000
"""``view_too_large`` above: docs.slack.dev/reference/methods/views.open."""
STACK_MAX: Final = 3
"""Views in one modal: docs.slack.dev/surfaces/modals."""
_SHARED: Final[Mapping[str, Rule]] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_MODAL: Final = Shape(
    {"type": anything, "title": plain(24), "blocks": anything},
    {
        **_SHARED,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME: Final = Shape({"type": anything, "blocks": anything}, _SHARED)


def check_view(view: Json, *kinds: str) -> list[str]:
    """Return what Slack would refuse in ``view``, which must be of one of ``kinds``; empty: nothing."""
    body = as_object(view)
    kind = body.get("type") if body else None
    if body is None or kind not in kinds:
        return [f"must provide a view of type {' or '.join(kinds)} [json-pointer:/view/type]"]
    errors: list[str] = []

    def report(what: str, where: str) -> None:
        errors.append(f"{what} [json-pointer:{where}]")

    shape = _MODAL if kind == "modal" else _HOME
    shape(view, "/view", report)
    blocks = body.get("blocks", [])
    errors += check_blocks(blocks, str(kind), "/view/blocks")
    if kind == "modal" and not errors and "submit" not in body and any(b["type"] == "input" for b in blocks):
        report("`submit` is required when an `input` block is within the blocks array", "/view")
    return errors


def view_bytes(view: Json) -> int:
    """Return the size Slack compares with its 250 kB."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


@dataclass
class View:
    """One view as Slack keeps it: what the app sent, and what Slack added."""

    id: str
    body: dict[str, Any]
    hash: str
    user: str
    root_id: str
    previous_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict[str, str])
    """What the person sees under the inputs after a refused submission, by ``block_id``."""
    trouble: str = ""
    """What the person sees when the app did not answer a submission."""
    offered: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    """What the app last offered in a menu that asks for its options, by ``block_id``."""

    @property
    def external_id(self) -> str:
        """The app's own name for it; empty: none."""
        return str(self.body.get("external_id") or "")

    def as_json(self, identity: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the view object of payloads and answers; ``identity`` is the app's team, app and bot ids."""
        body = self.body
        return {
            "id": self.id,
            "team_id": identity["team_id"],
            "type": body["type"],
            "blocks": body["blocks"],
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": dict(state or {})},
            "hash": self.hash,
            "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": identity["app_id"],
            "external_id": self.external_id,
            "app_installed_team_id": identity["team_id"],
            "bot_id": identity["bot_id"],
        }
