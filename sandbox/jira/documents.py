"""Formatted text in its two forms: the plain or wiki string of v2 and the document (ADF) of v3.

Only as much conversion as tickets need: paragraphs, line breaks, headings and lists keep their text.
"""

from __future__ import annotations

from typing import Any, Final, cast

from sandbox.jira.records import Rich

Document = dict[str, Any]

BLOCKS_INLINE: Final = frozenset({"paragraph", "heading", "codeBlock"})
DEPTH_MAX: Final = 64
"""Deeper nesting than any editor makes; a guard against endless recursion."""


def document_of(text: str) -> Document:
    """Show ``text`` as a document: a paragraph per blank-line-separated block, hard breaks within."""
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def _paragraph(block: str) -> Document:
    content: list[Document] = []
    for line in block.strip("\n").split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def text_of(node: Document) -> str:
    """Read the text of a document, as v2 would show it."""
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        return f"[~accountid:{node.get('attrs', {}).get('id', '')}]"
    parts = [text_of(child) for child in node.get("content", [])]
    if kind in BLOCKS_INLINE:
        return "".join(parts)
    if kind in {"bulletList", "orderedList"}:
        mark = "*" if kind == "bulletList" else "#"
        return "\n".join(f"{mark} {part}" for part in parts)
    return ("\n" if kind == "listItem" else "\n\n").join(parts)


def is_document(value: object) -> bool:
    """Say whether ``value`` has the shape v3 takes; refuses strings and empty text nodes, as Jira does."""
    if not isinstance(value, dict):
        return False
    root = cast("Document", value)
    return root.get("type") == "doc" and root.get("version") == 1 and _is_node(root, 0)


def _is_node(node: object, depth: int) -> bool:
    if not isinstance(node, dict) or depth > DEPTH_MAX:
        return False
    known = cast("Document", node)
    if not isinstance(known.get("type"), str):
        return False
    if known["type"] == "text":
        return isinstance(known.get("text"), str) and bool(known["text"])
    children = known.get("content", [])
    return isinstance(children, list) and all(
        _is_node(child, depth + 1) for child in cast("list[object]", children)
    )


def read_rich(value: object, version: str) -> Rich | None:
    """Read a body sent through ``version``; None when it is not in that version's form."""
    if version == "3":
        return Rich(text_of(cast("Document", value)), cast("Document", value)) if is_document(value) else None
    return Rich(value) if isinstance(value, str) else None


def show_rich(value: Rich, version: str) -> str | Document:
    """Show ``value`` as ``version`` does."""
    if version == "3":
        return value.document or document_of(value.text)
    return value.text
