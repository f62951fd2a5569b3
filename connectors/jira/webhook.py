"""Jira's webhook deliveries, read without doing any I/O.

Cloud: developer.atlassian.com/cloud/jira/platform/webhooks. Data Center:
confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.core.errors import Malformed, Unverified
from bot.core.events import TicketTouched
from bot.core.ids import EventId
from bot.core.tickets import Actor, TicketRef
from bot.ports import Delivery
from connectors.jira.mapping import is_same, issue_id, moment
from connectors.jira.shapes import thing

SIGNATURE_HEADER: Final = "x-hub-signature"
DELIVERY_HEADER: Final = "x-atlassian-webhook-identifier"
"""Cloud only; the same across retries of one delivery."""
DELIVERY_CHARS_MAX: Final = 200
"""It becomes a key in Redis; Atlassian's own have 36."""

ISSUE_EVENTS: Final = frozenset({"jira:issue_created", "jira:issue_updated", "jira:issue_deleted"})
COMMENT_EVENTS: Final = frozenset({"comment_created", "comment_updated", "comment_deleted"})

_COMMENT_ADDRESS: Final = re.compile(r"/issue/([0-9]{1,19})/comment/")
_PROJECT_OF_KEY: Final = re.compile(r"(.+)-[0-9]+")


@dataclass(frozen=True, slots=True)
class JiraWebhook:
    """Jira's signature, Jira's payload."""

    queues: frozenset[str] = frozenset()
    """Project keys to listen to; empty: all."""

    def verify(
        self, connector: str, headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime
    ) -> Delivery:
        """Check the signature over the raw bytes and name the delivery.

        Jira signs no time, so there is none to compare with ``now``; replays are caught by the id.

        Raises:
            Unverified: no secret is configured, no signature came, or it is not the one for this body.
        """
        del now
        if not secret:
            raise Unverified("no webhook secret is set for this Jira: set JIRA_WEBHOOK_SECRET on both sides")
        method, _, given = headers.get(SIGNATURE_HEADER, "").partition("=")
        if not given:
            raise Unverified("no X-Hub-Signature: set a secret on the webhook in Jira")
        # The documentation warns that the method may change; an unknown one is refused, never guessed.
        if method.strip().lower() != "sha256":
            raise Unverified("X-Hub-Signature is not made with sha256")
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.strip().lower().encode("utf-8", "replace"), expected.encode()):
            raise Unverified("X-Hub-Signature does not match the shared secret")
        named = headers.get(DELIVERY_HEADER, "").strip()
        if not named or len(named) > DELIVERY_CHARS_MAX:
            named = f"body:{hashlib.sha256(body).hexdigest()}"
        return Delivery(id=named, lane=_lane(connector, body))

    def parse(
        self, connector: str, delivery: Delivery, body: bytes, *, us: Actor, at: datetime
    ) -> Sequence[TicketTouched]:
        """Read one verified delivery: one event, or none where it is of no interest.

        Raises:
            Malformed: not JSON, not an object, not a webhook of Jira's, or one that names no issue.
        """
        payload = _payload(body)
        what = payload.get("webhookEvent")
        if not isinstance(what, str):
            raise Malformed("no webhookEvent in it: this is not a webhook of Jira's")
        if what not in ISSUE_EVENTS | COMMENT_EVENTS:
            return ()
        issue = _issue_id(payload)
        if issue is None:
            raise Malformed(f"{what} names no issue")
        if not self._is_wanted(payload):
            return ()
        return (
            TicketTouched(
                id=_event_id(connector, delivery, what, payload),
                at=_moment(payload, at),
                ref=TicketRef(connector, issue),
                what=what,
                # A ticket that somebody had us make is news all the same: it is read like any other.
                by_us=what != "jira:issue_created" and _is_by(us, what, payload),
                gone=what == "jira:issue_deleted",
            ),
        )

    def _is_wanted(self, payload: Mapping[str, Any]) -> bool:
        """Whether it is from one of our projects; where the payload does not tell, the reader will."""
        if not self.queues:
            return True
        key = _PROJECT_OF_KEY.fullmatch(str(thing(payload.get("issue")).get("key") or ""))
        return key is None or key[1] in self.queues


WEBHOOK: Final = JiraWebhook()


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError) as error:  # not UTF-8 is a ValueError as well
        raise Malformed("the body is not JSON") from error
    if not isinstance(payload, dict):
        raise Malformed("the body is not a JSON object")
    return thing(payload)


def _lane(connector: str, body: bytes) -> str:
    try:
        issue = _issue_id(_payload(body))
    except Malformed:
        return ""
    return TicketRef(connector, issue).lane if issue else ""


def _issue_id(payload: Mapping[str, Any]) -> str | None:
    """Find the issue's id; Data Center's comment events have no issue but in the comment's own address."""
    try:
        return issue_id(thing(payload.get("issue")))
    except ValueError:
        address = _COMMENT_ADDRESS.search(str(thing(payload.get("comment")).get("self") or ""))
        return address[1] if address else None


def _event_id(connector: str, delivery: Delivery, what: str, payload: Mapping[str, Any]) -> EventId:
    """Name the fact.

    Data Center tells of one comment twice, as ``comment_created`` and as ``jira:issue_updated``, in
    deliveries that have nothing in common but the comment and its time. So these two name the fact. An update
    that also changed fields is a fact of its own.
    """
    comment = thing(payload.get("comment"))
    known, updated = comment.get("id"), comment.get("updated")
    is_told_twice = what in {"comment_created", "comment_updated"} or (
        what == "jira:issue_updated" and not thing(payload.get("changelog")).get("items")
    )
    if is_told_twice and known and updated:
        return EventId(f"{connector}:comment:{known}:{_instant(updated)}")
    return EventId(f"{connector}:{delivery.id}")


def _instant(written: Any) -> str:
    """Return one spelling for one instant, whatever the offset it is written with."""
    try:
        return moment(str(written)).isoformat()
    except ValueError:
        return str(written)


def _moment(payload: Mapping[str, Any], otherwise: datetime) -> datetime:
    """Read ``timestamp``, milliseconds since 1970."""
    stamp = payload.get("timestamp")
    if not isinstance(stamp, int) or isinstance(stamp, bool):
        return otherwise
    try:
        return datetime.fromtimestamp(stamp / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise


def _is_by(us: Actor, what: str, payload: Mapping[str, Any]) -> bool:
    """Whether we did it: ``user`` where there is one; Cloud's comment events have only the comment's people.

    A comment of ours that somebody else edited is not our doing. Who deleted a comment is not told.
    """
    user = thing(payload.get("user"))
    comment = thing(payload.get("comment"))
    if not user and what == "comment_created":
        user = thing(comment.get("author"))
    if not user and what == "comment_updated":
        user = thing(comment.get("updateAuthor"))
    return is_same(user, us)
