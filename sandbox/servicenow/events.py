"""Business-rule events: an outbox row in the same transaction as the save, then a signed POST, retried.

ServiceNow has no webhooks of its own; this plays the business rule, outbox and sender that an administrator
installs. Headers and signature: github.com/standard-webhooks/standard-webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.deliveries import Deliveries, Delivery, Sent
from sandbox.servicenow.instance import Saved

WATCHED: Final = frozenset({"incident", "change_request"})
"""Tables that carry the business rule."""
RECORD_FIELDS: Final = (
    "number",
    "short_description",
    "description",
    "state",
    "category",
    "subcategory",
    "impact",
    "urgency",
    "priority",
    "assignment_group",
    "assigned_to",
    "caller_id",
    "opened_by",
    "opened_at",
    "hold_reason",
    "close_code",
    "close_notes",
    "active",
    "sys_created_on",
    "sys_created_by",
)
"""What the rule copies into ``record``, as raw values."""


@dataclass
class OutboxRow:
    """One event waiting to be sent, or sent."""

    event_id: str
    table: str
    sys_id: str
    operation: str
    body: bytes
    sent: Sent | None = field(default=None, repr=False)

    @property
    def state(self) -> str:
        """``queued``, ``sent`` (a 2xx came back) or ``failed`` (tries used up, or refused for good)."""
        if self.sent is None or not self.sent.done:
            return "queued"
        return "sent" if any(200 <= status < 300 for status in self.sent.statuses) else "failed"  # noqa: PLR2004  # HTTP


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Sign as Standard Webhooks does; ``secret`` is ``whsec_`` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((event_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Outbox:
    """Rows in the order of their saves, and the sender that empties it."""

    def __init__(self, deliveries: Deliveries, instance: str, clock: Callable[[], float] = time.time) -> None:
        self.rows: list[OutboxRow] = []
        self.url, self.secret = "", ""
        self._deliveries, self._instance, self._clock = deliveries, instance, clock

    def point(self, url: str, secret: str) -> None:
        """Say where events go from now on; what is still queued or failed is sent there."""
        self.url, self.secret = url, secret
        self.resend()

    def resend(self) -> None:
        """Do what the sender's next run does: post every row that has not been accepted yet."""
        for row in self.rows:
            if row.sent is None or row.state == "failed":
                self._post(row)

    def on_saved(self, saved: Saved) -> None:
        """Be the business rule: store the event, and wake the sender if there is somewhere to send it."""
        if saved.table not in WATCHED:
            return
        named = f"{saved.row['sys_id']}:{saved.operation}:{saved.row['sys_mod_count']}"
        event_id = hashlib.sha256(named.encode()).hexdigest()[:32]
        body = json.dumps(self._body(event_id, saved)).encode("ascii")
        row = OutboxRow(event_id, saved.table, saved.row["sys_id"], saved.operation, body)
        self.rows.append(row)
        if self.url:
            self._post(row)

    def _body(self, event_id: str, saved: Saved) -> Mapping[str, object]:
        row = saved.row
        return {
            "event_id": event_id,
            "instance": self._instance,
            "table": saved.table,
            "operation": saved.operation,
            "sys_id": row["sys_id"],
            "number": row["number"],
            "sys_mod_count": row["sys_mod_count"],
            "sys_updated_on": row["sys_updated_on"],
            "sys_updated_by": saved.actor if saved.operation == "delete" else row["sys_updated_by"],
            "changes": [{"field": c.field, "old": c.old, "new": c.new} for c in saved.changes],
            "record": {name: row[name] for name in RECORD_FIELDS if name in row},
        }

    def _post(self, row: OutboxRow) -> None:
        secret = self.secret

        def signed(_attempt: int) -> dict[str, str]:
            at = int(self._clock())
            mac = signature(secret, row.event_id, at, row.body)
            return {"webhook-timestamp": str(at), "webhook-signature": mac}

        headers = {"Content-Type": "application/json", "webhook-id": row.event_id}
        row.sent = self._deliveries.send(Delivery(self.url, row.body, headers, signed))
