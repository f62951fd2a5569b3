"""The fake instance as a vendor: its world, its API, its outgoing events and its control routes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from typing import Any, TypedDict, Unpack

from typing_extensions import override

from sandbox.control import add_control
from sandbox.deliveries import Deliveries
from sandbox.servicenow.auth import Credentials, Gate
from sandbox.servicenow.events import Outbox
from sandbox.servicenow.instance import Instance
from sandbox.servicenow.knowledge_api import KnowledgeApi
from sandbox.servicenow.limits import Limiter
from sandbox.servicenow.quirks import Quirks, RateLimit
from sandbox.servicenow.rules import Refused
from sandbox.servicenow.seed import seed
from sandbox.servicenow.table_api import TableApi
from sandbox.servicenow.world import ServiceNowWorld
from sandbox.vendor import Vendor


class Options(TypedDict, total=False):
    """What ``ServiceNowSandbox`` takes; every one has a default that works."""

    webhook_url: str
    """Where events are posted; empty: they stay queued in the outbox."""
    webhook_secret: str
    """``whsec_`` and base64."""
    user: str
    password: str
    api_key: str
    client_id: str
    client_secret: str
    bot_user: str
    """The user_name that API requests act as; default: ``user``."""
    instance: str
    """The instance's name in events."""
    quirks: Quirks
    now: Callable[[], dt.datetime]
    """The instance's clock, in UTC."""
    deliveries: Deliveries


DEFAULT_SECRET = "whsec_c2FuZGJveC1zZXJ2aWNlbm93LXNlY3JldA=="


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ServiceNowSandbox(Vendor):
    """A ServiceNow instance on loopback."""

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__("servicenow")
        user = options.get("user", "countersign.bot")
        self.credentials = Credentials(
            user=user,
            password=options.get("password", "sandbox-password"),
            api_key=options.get("api_key", "sandbox-key"),
            client_id=options.get("client_id", "sandbox-client"),
            client_secret=options.get("client_secret", "sandbox-client-secret"),
            bot_user=options.get("bot_user", user),
        )
        quirks = options.get("quirks") or Quirks()
        now = options.get("now", _utc_now)
        instance = Instance(quirks, now)
        seed(instance.store, self.credentials.bot_user)
        gate, limiter = Gate(self.credentials, quirks), Limiter(quirks)
        self.deliveries = options.get("deliveries") or Deliveries()
        self.webhook_secret = options.get("webhook_secret", DEFAULT_SECRET)
        outbox = Outbox(self.deliveries, options.get("instance", "sandbox"), lambda: now().timestamp())
        outbox.point(options.get("webhook_url", ""), self.webhook_secret)
        instance.after_save.append(outbox.on_saved)
        self.world = ServiceNowWorld(instance, outbox, gate.revoke)
        self.faults.error = limiter.error
        self.app.router.add_post("/oauth_token.do", gate.token)
        TableApi(instance, gate, limiter).register(self.app)
        self.knowledge = KnowledgeApi(instance, gate, limiter)
        self.knowledge.register(self.app)
        verbs = {name: _verb(act) for name, act in _verbs(self).items()}
        add_control(self, state=self.world.state, deliveries=self.deliveries, verbs=verbs)

    def point_webhook(self, url: str, secret: str = "") -> None:
        """Send events to ``url``, those still queued first; an empty ``secret`` keeps the present."""
        self.webhook_secret = secret or self.webhook_secret
        self.world.outbox.point(url, self.webhook_secret)

    @override
    async def stop(self) -> None:
        """Stop listening and sending."""
        await self.deliveries.close()
        await super().stop()


def _verb(act: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], Any]:
    """Make ``act`` a control verb; what the instance refuses is answered like any other refusal."""

    async def run(body: dict[str, Any]) -> object:
        try:
            return act(body)
        except Refused as refused:
            raise ValueError(str(refused)) from refused

    return run


def _verbs(vendor: ServiceNowSandbox) -> dict[str, Callable[[dict[str, Any]], object]]:
    world = vendor.world

    def edit(body: dict[str, Any]) -> object:
        number, actor = body.pop("number"), body.pop("actor", "alice")
        world.edit(number, actor, **body)
        return world.record(number)

    def comment(body: dict[str, Any]) -> object:
        world.comment(
            body["number"], body.get("author", "alice"), body["text"], public=body.get("public", True)
        )
        return [vars(note) for note in world.notes(body["number"])]

    def person(body: dict[str, Any]) -> object:
        """``{user_name, name?, email?, active?, groups?}``: a new account, or one changed."""
        user_name = body.pop("user_name")
        if world.instance.store.find("sys_user", user_name=user_name) is None:
            world.add_person(user_name, body.pop("name", user_name), **body)
        else:
            world.set_person(user_name, **body)
        return world.instance.store.find("sys_user", user_name=user_name)

    return {
        "person": person,
        "group": lambda body: {
            "sys_id": world.set_group(body["name"], body["members"], active=body.get("active", True))
        },
        "incident": lambda body: {"number": world.create_incident(**body)},
        "change": lambda body: {"number": world.create_change(**body)},
        "edit": edit,
        "comment": comment,
        "attach": lambda body: {
            "sys_id": world.attach(body.pop("number"), body.pop("author", "dan"), **body)
        },
        "delete": lambda body: world.delete(body["number"], body.get("actor", "alice")),
        "close": lambda body: world.close(body["number"]),
        "history": lambda body: world.seed_history(int(body.get("count", 150))),
        "webhook": lambda body: vendor.point_webhook(body["url"], body.get("secret", "")),
        "quirks": lambda body: _turn(world.quirks, body),
    }


def _turn(quirks: Quirks, body: dict[str, Any]) -> object:
    """Set quirks from JSON: lists become sets, priorities are written ``{"3/3": "4"}``."""
    known = {item.name: getattr(quirks, item.name) for item in dataclass_fields(quirks)}
    unknown = set(body) - set(known)
    if unknown:
        raise ValueError(f"unknown quirks {sorted(unknown)}; there are {sorted(known)}")
    for name, value in body.items():
        setattr(quirks, name, _quirk(name, known[name], value))
    return {"set": sorted(body)}


def _quirk(name: str, present: object, value: Any) -> object:
    if name == "rate_limit":
        return None if value is None else RateLimit(**value)
    if name == "priorities":
        pairs = {tuple(key.split("/")): str(priority) for key, priority in dict(value).items()}
        return {**Quirks().priorities, **pairs}
    return set(value) if isinstance(present, set) else value
