"""Links in what people write, and the previews apps give them: docs.slack.dev/messaging/unfurling-links."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.slack.blocks import check_blocks
from sandbox.slack.calls import Call, Method
from sandbox.slack.limits import TIER_3
from sandbox.slack.rooms import Message, Shared
from sandbox.slack.shapes import as_object
from sandbox.slack.store import SlackError, Store
from sandbox.slack.writing import Writing

HISTORY: Final = "conversations_history"
COMPOSER: Final = "composer"
_MARKUP: Final = re.compile(r"<(?:[@#!][^<>]*|https?://[^<>\s]*|mailto:[^<>\s]*)>")
"""What a client makes of a mention, a channel, a command or a link; all else people type is text."""
_BARE: Final = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"]")
_LINKED: Final = re.compile(r"<(https?://[^<>|\s]+)")


def as_sent(typed: str) -> str:
    """Return what a client sends for ``typed``: links marked, the three special characters escaped.

    docs.slack.dev/messaging/formatting-message-text. Markup a client makes, as ``<@U0BOT>``, is left alone.
    """
    sent, end = "", 0
    for markup in _MARKUP.finditer(typed):
        sent += _plain(typed[end : markup.start()]) + markup.group()
        end = markup.end()
    return sent + _plain(typed[end:])


def _plain(words: str) -> str:
    sent, end = "", 0
    for link in _BARE.finditer(words):
        sent += _escaped(words[end : link.start()]) + f"<{_escaped(link.group())}>"
        end = link.end()
    return sent + _escaped(words[end:])


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def links_in(text: str) -> list[str]:
    """Return the addresses linked in the text of a message, each once, in reading order."""
    return list(dict.fromkeys(found.replace("&amp;", "&") for found in _LINKED.findall(text)))


class Unfurling:
    """``chat.unfurl``, and which links apps hear of."""

    def __init__(self, store: Store, writing: Writing, domains: frozenset[str]) -> None:
        """``domains`` are the manifest's ``unfurl_domains``."""
        self._store, self._writing, self._domains = store, writing, domains

    def methods(self) -> dict[str, Method]:
        """Return the method by name."""
        return {"chat.unfurl": Method(self.unfurl, frozenset({"links:write"}), (), TIER_3)}

    def shared(self, urls: list[str], message: Message | None) -> Shared | None:
        """Note links that the app is to hear of; ``None``: none are to one of its domains."""
        ours = [url for url in urls if self._domain(url)]
        if not ours:
            return None
        serial = self._store.next_id("Uf")
        source = COMPOSER if message is None else HISTORY
        self._store.shared[serial] = Shared(serial, source, ours, message)
        return self._store.shared[serial]

    def event(self, shared: Shared, user: str, *, member: bool) -> dict[str, Any]:
        """Return the inner event: docs.slack.dev/reference/events/link_shared."""
        message = shared.message
        event: dict[str, Any] = {
            "type": "link_shared",
            "user": user,
            "channel": message.channel if message else "COMPOSER",
            "message_ts": message.ts if message else shared.unfurl_id,
            "is_bot_user_member": member,
            "unfurl_id": shared.unfurl_id,
            "source": shared.source,
            "links": [{"domain": self._domain(url), "url": url} for url in shared.urls],
        }
        return {**event, "thread_ts": message.thread_ts} if message and message.thread_ts else event

    def _domain(self, url: str) -> str:
        host = urlsplit(url).hostname or ""
        return next((each for each in self._domains if host == each or host.endswith(f".{each}")), "")

    def unfurl(self, call: Call) -> dict[str, Any]:
        """Answer ``chat.unfurl``, by message or by ``unfurl_id``; a second call replaces the previews."""
        if call.args.get("unfurls") is None and call.args.get("metadata") is None:
            raise SlackError("missing_unfurls")
        unfurls = call.object("unfurls", "invalid_unfurls_format") or {}
        shared = self._by_id(call) if call.text("unfurl_id") or call.text("source") else self._by_place(call)
        for url, preview in unfurls.items():
            self._check(shared, url, as_object(preview))
        if shared.message is not None:
            self._attach(shared.message, unfurls)
        self._store.previews[shared.unfurl_id] = unfurls
        self._store.changes.bump()
        return {}

    def _by_id(self, call: Call) -> Shared:
        for name in ("unfurl_id", "source"):
            if not call.text(name):
                raise SlackError(f"missing_{name}")
        if call.text("source") not in (HISTORY, COMPOSER):
            raise SlackError("invalid_source")
        found = self._store.shared.get(call.text("unfurl_id"))
        if found is None or found.source != call.text("source"):
            raise SlackError("invalid_unfurl_id")
        return found

    def _by_place(self, call: Call) -> Shared:
        for name in ("channel", "ts"):
            if not call.text(name):
                raise SlackError(f"missing_{name}")
        if call.text("channel") not in self._store.channels:
            raise SlackError("cannot_find_channel")
        message = self._store.find(call.text("channel"), call.text("ts"))
        if message is None:
            raise SlackError("cannot_find_message")
        found = next((each for each in self._store.shared.values() if each.message is message), None)
        if found is None:
            raise SlackError("cannot_unfurl_url")
        return found

    def _check(self, shared: Shared, url: str, preview: dict[str, Any] | None) -> None:
        if url not in shared.urls:
            linked = links_in(shared.message.text) if shared.message else shared.urls
            raise SlackError("cannot_unfurl_url" if url in linked else "cannot_unfurl_message")
        if preview is None or check_blocks(preview.get("blocks") or [], "message"):
            raise SlackError("cannot_parse_attachment")

    def _attach(self, message: Message, unfurls: dict[str, Any]) -> None:
        us = self._store.identity
        kept = [each for each in message.attachments if each.get("from_url") not in unfurls]
        message.attachments = kept + [
            {
                **preview,
                "blocks": self._writing.kept(preview.get("blocks")),
                "id": place,
                "from_url": url,
                "original_url": url,
                "app_unfurl_url": url,
                "is_app_unfurl": True,
                "app_id": us.app_id,
                "bot_id": us.bot_id,
            }
            for place, (url, preview) in enumerate(unfurls.items(), len(kept) + 1)
        ]
