"""Files on issues: what a site knows of each, and how an issue shows it. What is in them is kept nowhere.

Shapes: ``Attachment`` of Atlassian's OpenAPI; Data Center's is older and has other addresses.
"""

from __future__ import annotations

import mimetypes
from typing import Any, Final

from sandbox.jira.records import Attachment, Flavour, Item

NAME_CHARS_MAX: Final = 255
"""Of a file's name: the column ``fileattachment.filename``, on Data Center as well."""
UNKNOWN: Final = "application/octet-stream"


def kind_of(name: str) -> str:
    """Return the media type that a browser would state for a file of this name."""
    return mimetypes.guess_type(name)[0] or UNKNOWN


def item_of(attachment: Attachment) -> Item:
    """Return how the changelog tells that it was added."""
    return Item("Attachment", "attachment", None, None, attachment.id, attachment.name)


def show(attachment: Attachment, base: str, version: str, flavour: Flavour) -> dict[str, Any]:
    """Show one as an issue lists it, without who attached it and when; ``base``: the site's URL."""
    files = f"{base}/rest/api/{version}/attachment"
    cloud = flavour == "cloud"
    content = f"{files}/content/{attachment.id}" if cloud else f"{base}/secure/attachment/{attachment.id}"
    shown: dict[str, Any] = {
        "self": f"{files}/{attachment.id}",
        "id": attachment.id,
        "filename": attachment.name,
        "size": attachment.size_bytes,
        "mimeType": attachment.kind,
        "content": content,
    }
    if attachment.kind.startswith("image/"):
        thumbnail = f"{files}/thumbnail/" if cloud else f"{base}/secure/thumbnail/"
        shown["thumbnail"] = f"{thumbnail}{attachment.id}"
    return shown
