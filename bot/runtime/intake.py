"""Webhooks: verified and stored at the edge, read in the worker. Nothing else happens inside the request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from time import perf_counter
from typing import Final

import structlog
from aiohttp import web

from bot.core.errors import Malformed, Retry, Unverified
from bot.core.fingerprint import fingerprint
from bot.core.ids import trace_id
from bot.ports import Clock, Connector, Delivery
from bot.runtime.acceptor import Acceptor
from bot.runtime.envelopes import DELIVERY, event_job
from bot.runtime.jobs import FAST, Done, Duplicate, Job, Lease
from bot.runtime.journal import Journal
from bot.runtime.meters import Meters
from bot.runtime.sightings import Notices

BODY_BYTES_MAX: Final = 5 * 1024 * 1024
"""Of one webhook (contract §4). Jira drops its own above 25 MB, and real ones have some kilobytes."""

DELIVERY_CHARS_MAX: Final = 200
"""Of a vendor's id for a delivery; vendors send some dozens, and it becomes part of a key."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Receiver:
    """The edge: ``POST /webhooks/<connector>``."""

    def __init__(
        self, connectors: Mapping[str, Connector], acceptor: Acceptor, clock: Clock, meters: Meters
    ) -> None:
        """``connectors``: by name; the name is the last part of the address."""
        self._connectors, self._acceptor = connectors, acceptor
        self._clock, self._meters = clock, meters

    async def receive(self, request: web.Request) -> web.Response:
        """Verify one delivery and store it; 2xx is said only once Redis has confirmed it."""
        name = request.match_info["connector"]
        began = perf_counter()
        response = await self._answer(name, request)
        if response.status != web.HTTPNotFound.status_code:
            self._meters.intake.labels(name, str(response.status)).inc()
            self._meters.intake_seconds.labels(name).observe(perf_counter() - began)
        return response

    async def _answer(self, name: str, request: web.Request) -> web.Response:
        connector = self._connectors.get(name)
        if connector is None:
            return _said(404, "no connector has this name")
        if (request.content_length or 0) > BODY_BYTES_MAX:
            return _said(413, "the body is larger than 5 MiB")
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _said(413, "the body is larger than 5 MiB")
        if len(body) > BODY_BYTES_MAX:  # sent in chunks, so without a length
            return _said(413, "the body is larger than 5 MiB")
        headers = {key.lower(): value for key, value in request.headers.items()}
        now = self._clock.now()
        try:
            delivery = connector.webhook.verify(name, headers, body, secret=_secret(connector), now=now)
        except Unverified as error:
            log.warning("webhook_refused", connector=name, why=str(error))
            return _said(401, "bad or missing signature")
        return await self._store(name, delivery, body, now)

    async def _store(self, name: str, delivery: Delivery, body: bytes, now: datetime) -> web.Response:
        head = {"connector": name, "delivery": delivery.id, "lane": delivery.lane, "at": now.isoformat()}
        # The vendor's id may come from a header that the signature does not cover.
        short = len(delivery.id) <= DELIVERY_CHARS_MAX
        key = f"{name}:{delivery.id if short else fingerprint(delivery.id)}"
        job = Job(
            id=f"d:{key}",
            kind=DELIVERY,
            data=json.dumps(head).encode() + b"\n" + body,
            lane=delivery.lane,
            pool=FAST,
        )
        try:
            receipt = await self._acceptor.accept(job, dedupe=key)
        except Retry as away:
            log.warning("webhook_not_stored", connector=name, why=str(away))
            response = _said(503, "cannot be stored now, please send it again")
            response.headers["Retry-After"] = str(max(1, round(away.after_s)))
            return response
        return _said(200, "duplicate") if isinstance(receipt, Duplicate) else _said(202, "accepted")


class Reader:
    """The worker's half: a stored delivery becomes events, in its ticket's lane."""

    def __init__(
        self, connectors: Mapping[str, Connector], journal: Journal, notices: Notices | None = None
    ) -> None:
        self._connectors, self._journal, self._notices = connectors, journal, notices

    async def handle(self, lease: Lease) -> Done:
        """Read one delivery.

        Raises:
            Malformed: signed, but not readable: it becomes a dead letter, nothing is lost.
            Retry: we do not know yet who we are there, so our own echoes could not be told apart.
        """
        head, _, body = lease.data.partition(b"\n")
        known = json.loads(head)
        connector = self._connectors.get(known["connector"])
        if connector is None:
            raise Malformed(f"the connector {known['connector']!r} is not configured any more")
        delivery = Delivery(id=known["delivery"], lane=known["lane"])
        us = await connector.whoami()
        at = datetime.fromisoformat(known["at"])
        heard = connector.webhook.parse(connector.name, delivery, body, us=us, at=at)
        # Our own echo starts nothing, so there is nothing to write down about it.
        events = [event for event in heard if not event.by_us or event.gone]
        for event in events:
            if event.gone and self._notices is not None:
                await self._notices.gone(event.ref)
        trace = trace_id(f"{connector.name}:{delivery.id}")
        if len(events) == 1 and events[0].ref.lane == lease.lane:
            return await self._journal.done(events[0].ref, events[0], trace)
        return Done(spawn=[event_job(event.ref, event, trace) for event in events])


def _secret(connector: Connector) -> str:
    if not connector.webhook_secret:
        raise Unverified(f"no webhook secret is set for {connector.name}, so nothing can be verified")
    return connector.webhook_secret


def _said(status: int, text: str) -> web.Response:
    """Answer in words of ours; a body is never echoed."""
    return web.json_response({"status": text}, status=status)
