"""The control API of a fake vendor: JSON under ``/_control`` to read its world, break it, and act in it.

For people with curl and for processes that do not share memory with the sandbox; tests in the same process
call the world directly. Needs no credentials: the sandbox listens on loopback only.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from aiohttp import web

from sandbox.deliveries import Deliveries
from sandbox.faults import Fault, FaultKind
from sandbox.vendor import Vendor

Verb = Callable[[dict[str, Any]], Awaitable[object]]
"""Takes the JSON body, returns what is answered as JSON; ``None`` is answered as ``{}``."""

GENERIC: Final = frozenset({"state", "faults", "deliveries"})
"""Names a vendor's own verbs may not take."""
DELIVERY_KNOBS: Final = ("duplicate", "hold_back", "drop")
FAULT_FIELDS: Final = frozenset(item.name for item in fields(Fault)) - {"hits"}


def add_control(
    vendor: Vendor,
    *,
    state: Callable[[], object],
    deliveries: Deliveries | None,
    verbs: Mapping[str, Verb],
) -> None:
    """Register the control routes on ``vendor``, which must not have been started.

    ``GET state`` answers ``state()``; ``GET|POST|DELETE faults`` reads, arms and disarms;
    ``GET|POST deliveries`` reads what was sent and sets the knobs (absent without ``deliveries``);
    each verb is a ``POST`` of its name. Whatever a verb refuses (``LookupError``, ``TypeError``,
    ``ValueError``) is answered 400 ``{"error": …}``.
    """
    taken = GENERIC & set(verbs)
    if taken:
        raise ValueError(f"these verbs are already generic control routes: {sorted(taken)}")

    async def read_state(_body: dict[str, Any]) -> object:
        return state()

    route = vendor.app.router.add_route
    route("GET", "/_control/state", _json_route(read_state))
    for method, verb in _fault_verbs(vendor).items():
        route(method, "/_control/faults", _json_route(verb))
    if deliveries is not None:
        for method, verb in _delivery_verbs(deliveries).items():
            route(method, "/_control/deliveries", _json_route(verb))
    for name, verb in verbs.items():
        route("POST", f"/_control/{name}", _json_route(verb))


def _fault_verbs(vendor: Vendor) -> dict[str, Verb]:
    def listed() -> list[dict[str, Any]]:
        return [{**asdict(rule), "kind": rule.kind.value} for rule in vendor.faults.rules]

    async def show(_body: dict[str, Any]) -> object:
        return listed()

    async def arm(body: dict[str, Any]) -> object:
        vendor.faults.add(fault_from(body))
        return listed()

    async def clear(_body: dict[str, Any]) -> object:
        vendor.faults.clear()
        return listed()

    return {"GET": show, "POST": arm, "DELETE": clear}


def fault_from(body: Mapping[str, Any]) -> Fault:
    """Read one fault from JSON; ``kind`` is required, the other fields have ``Fault``'s defaults.

    Raises:
        ValueError: a field or kind that does not exist; the message lists those that do.
    """
    unknown = set(body) - FAULT_FIELDS
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}; a fault has {sorted(FAULT_FIELDS)}")
    kinds = [kind.value for kind in FaultKind]
    if body.get("kind") not in kinds:
        raise ValueError(f"kind must be one of {kinds}, not {body.get('kind')!r}")
    values: dict[str, Any] = {**body, "kind": FaultKind(body["kind"])}
    return Fault(**values)


def _delivery_verbs(deliveries: Deliveries) -> dict[str, Verb]:
    def knobs() -> dict[str, int]:
        return {name: int(getattr(deliveries, name)) for name in DELIVERY_KNOBS}

    async def show(_body: dict[str, Any]) -> object:
        sent = [{"url": x.delivery.url, "statuses": x.statuses, "done": x.done} for x in deliveries.sent]
        return {**knobs(), "sent": sent}

    async def turn(body: dict[str, Any]) -> object:
        unknown = set(body) - set(DELIVERY_KNOBS)
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)}; deliveries have {list(DELIVERY_KNOBS)}")
        for name, count in body.items():
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise ValueError(f"{name} is how many deliveries, a number from 0 on, not {count!r}")
        for name, count in body.items():
            setattr(deliveries, name, count)
        return knobs()

    return {"GET": show, "POST": turn}


def _json_route(verb: Verb) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            result = await verb(await _body_of(request))
        except KeyError as missing:
            return _refusal(f"missing or unknown: {missing}")
        except (LookupError, TypeError, ValueError) as refused:
            return _refusal(str(refused))
        return web.json_response({} if result is None else result)

    return answer


def _refusal(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)


async def _body_of(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body: Any = json.loads(raw) if raw else {}
    except ValueError as broken:
        raise ValueError(f"the body is not JSON: {broken}") from broken
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body  # pyright: ignore[reportUnknownVariableType]  # JSON: the keys are strings, the values anything
