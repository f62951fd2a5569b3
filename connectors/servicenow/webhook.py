"""What our business rule posts, read without doing any I/O.

ServiceNow has no webhooks of its own; ``manifest/servicenow`` makes it send Standard Webhooks
(https://www.standardwebhooks.com): ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.core.errors import Malformed, Unverified
from bot.core.events import TicketTouched
from bot.core.ids import EventId
from bot.core.tickets import Actor, TicketRef
from bot.ports import Delivery
from connectors.servicenow.mapping import ticket_ref
from connectors.servicenow.queries import SYS_ID, TABLE, moment
from connectors.servicenow.settings import signing_key

TOLERANCE_S: Final = 300
"""How far a delivery's timestamp may be from now, either way; older ones may be replays."""
SIGNATURES_MAX: Final = 8
"""A header may carry several while a secret is being changed; more is somebody trying."""

_OPERATIONS: Final = frozenset({"insert", "update", "delete"})
_DELIVERY_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class ServiceNowWebhook:
    """Fills ``bot.ports.Webhook``."""

    def verify(
        self, connector: str, headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime
    ) -> Delivery:
        """Check the signature over id, timestamp and raw body; see ``bot.ports.Webhook``.

        Raises:
            Unverified: no signature, a wrong one, or a timestamp more than ``TOLERANCE_S`` from ``now``.
        """
        delivery = headers.get("webhook-id", "")
        stamp = headers.get("webhook-timestamp", "")
        if not _DELIVERY_ID.fullmatch(delivery) or not _TIMESTAMP.fullmatch(stamp):
            raise Unverified("the headers webhook-id and webhook-timestamp are missing or unreadable")
        if not _signed(headers.get("webhook-signature", ""), f"{delivery}.{stamp}.".encode() + body, secret):
            raise Unverified("no signature in webhook-signature matches the shared secret")
        # After the signature, so that a stranger cannot probe our clock.
        if abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
            raise Unverified(
                f"the delivery was signed more than {TOLERANCE_S} s away from now: check both clocks"
            )
        return Delivery(delivery, _lane(connector, body))

    def parse(
        self, connector: str, delivery: Delivery, body: bytes, *, us: Actor, at: datetime
    ) -> Sequence[TicketTouched]:
        """Read one verified delivery; see ``bot.ports.Webhook``.

        Raises:
            Malformed: not JSON, or without a table and a sys_id.
        """
        payload = _payload(body)
        ref = _ref(connector, payload)
        if ref is None:
            raise Malformed("the payload names no record: table and sys_id are missing or unreadable")
        operation = payload.get("operation")
        if not isinstance(operation, str) or operation not in _OPERATIONS:
            return ()
        by = payload.get("sys_updated_by")
        return (
            TicketTouched(
                id=EventId(f"{connector}:{delivery.id}"),
                at=_updated(payload) or at,
                ref=ref,
                what=f"{payload['table']}.{operation}",
                # A record that somebody had us make is news all the same: it is read like any other.
                by_us=operation != "insert" and bool(us.id) and by == us.id,
                gone=operation == "delete",
            ),
        )


def _signed(header: str, content: bytes, secret: str) -> bool:
    """Whether one of the header's signatures is ours; every one is compared in constant time."""
    try:
        key = signing_key(secret)
    except ValueError:
        return False
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
    found = False
    for each in header.split(" ")[:SIGNATURES_MAX]:
        version, _, signature = each.partition(",")
        matches = hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), expected)
        found = found or (version == "v1" and matches)
    return found


def _lane(connector: str, body: bytes) -> str:
    try:
        ref = _ref(connector, _payload(body))
    except Malformed:
        return ""
    return ref.lane if ref else ""


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("the delivery is not JSON") from error
    if not isinstance(payload, dict):
        raise Malformed("the delivery is JSON but not an object")
    return payload  # pyright: ignore[reportUnknownVariableType]  # JSON: the keys are strings, the values anything


def _ref(connector: str, payload: Mapping[str, Any]) -> TicketRef | None:
    table, record = payload.get("table"), payload.get("sys_id")
    if not isinstance(table, str) or not isinstance(record, str):
        return None
    if not TABLE.fullmatch(table) or not SYS_ID.fullmatch(record):
        return None
    return ticket_ref(connector, table, record)


def _updated(payload: Mapping[str, Any]) -> datetime | None:
    try:
        return moment(payload["sys_updated_on"])
    except (KeyError, TypeError, ValueError):
        return None


WEBHOOK: Final = ServiceNowWebhook()
