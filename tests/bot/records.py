"""A small system of tickets: it reads and writes, and loses answers, drops fields and leaks when told to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, JsonValue

from bot.core.actions import Action, Args, Landed, Landing, Request, Risk, VendorAnswer
from bot.core.arguments import FieldsArguments, NoteArguments, ReplyArguments
from bot.core.errors import Ambiguous, Leaked, Malformed, Missing, Refused, Retry, Unverified
from bot.core.events import TicketTouched
from bot.core.ids import ActionName, EventId, Operation
from bot.core.permit import Permit
from bot.core.tickets import (
    Actor,
    Allowed,
    Choices,
    Comment,
    FieldValue,
    PastTicket,
    Snapshot,
    Ticket,
    TicketRef,
    Value,
)
from bot.core.untrusted import Untrusted
from bot.ports import ActionType, Delivery, PastPage
from bot.sources import Source
from tests.making import AGENT, HIGH, LOW, REF, T0, US, ticket

Fault = Callable[["Records", Request], VendorAnswer]
"""How one request goes wrong: it may change the records, and raises or answers."""


class SetFields:
    """Set fields of the record."""

    name = ActionName("jira.set_fields")
    risk = Risk.REVERSIBLE
    arguments: type[BaseModel] = FieldsArguments
    undo = "undo.fields"

    def describe(self, args: Args) -> str:
        named = ", ".join(f"{name} to {values[0].label}" for name, values in self.touches(args).items())
        return f"Set {named}."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        return FieldsArguments.model_validate(dict(args)).values()

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        if "frozen" in now.ticket.fields:
            raise Refused("the record is frozen")
        wanted: dict[str, JsonValue] = {
            k: [v.id for v in values] for k, values in self.touches(action.args).items()
        }
        return Request("PATCH", f"/records/{action.target.id}", wanted, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        wanted = self.touches(action.args)
        have = {name: {v.id for v in now.ticket.fields.get(name, ())} for name in wanted}
        missing = tuple(name for name, values in wanted.items() if have[name] != {v.id for v in values})
        if not missing:
            return Landed(Landing.APPLIED)
        return Landed(Landing.PARTLY, missing) if operation in now.operations else Landed(Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        wanted = {
            name: [{"id": v.id, "label": v.label} for v in before[name]] for name in self.touches(action.args)
        }
        return FieldsArguments.model_validate({"fields": wanted}).model_dump(mode="json")


class AddNote:
    """Leave an internal note."""

    name = ActionName("jira.add_internal_note")
    risk = Risk.NOTE
    arguments: type[BaseModel] = NoteArguments
    undo = "undo.note"

    def describe(self, args: Args) -> str:
        return f"Add a note of {len(args)} parts."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        return dict.fromkeys([name for name in args if name not in {"lines", "replaces"}], ())

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        replaces = str(action.args.get("replaces") or "")
        body: dict[str, JsonValue] = {"note": f"{len(now.comments)} before", "replaces": replaces}
        return Request("POST", f"/records/{action.target.id}/notes", body, operation, expects_internal=True)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        there = action.risk is Risk.NOTE and operation in now.operations
        return Landed(Landing.APPLIED if there else Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        assert action.risk is not Risk.REVERSIBLE, f"there is a way back to {before}"
        return None


class Reply:
    """Answer the requester."""

    name = ActionName("jira.reply_publicly")
    risk = Risk.IRREVERSIBLE
    arguments: type[BaseModel] = ReplyArguments
    undo = "undo.reply"

    def describe(self, args: Args) -> str:
        return f"Reply with {len(str(args['text']))} characters."

    def touches(self, args: Args) -> Mapping[str, FieldValue]:
        return dict.fromkeys([name for name in args if name != "text"], ())

    def plan(self, action: Action, operation: Operation, now: Snapshot) -> Request:
        body: dict[str, JsonValue] = {"text": action.args["text"], "after": now.last_public}
        return Request("POST", f"/records/{action.target.id}/replies", body, operation)

    def landed(self, action: Action, operation: Operation, now: Snapshot) -> Landed:
        there = "text" in action.args and operation in now.operations
        return Landed(Landing.APPLIED if there else Landing.NOT_APPLIED)

    def compensate(self, action: Action, before: Mapping[str, FieldValue]) -> Args | None:
        assert action.risk is not Risk.REVERSIBLE, f"there is a way back to {before}"
        return None


class Hook:
    """The pure half: ``sig`` must be the secret; the body is the record's id and what happened to it."""

    def verify(
        self, connector: str, headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime
    ) -> Delivery:
        if headers.get("x-sig") != secret or now < T0:
            raise Unverified("the signature does not match")
        ident, _, what = body.decode("utf-8", "replace").partition(" ")
        lane = TicketRef(connector, ident).lane if what else ""
        return Delivery(headers.get("x-id", f"body-{len(body)}"), lane)

    def parse(
        self, connector: str, delivery: Delivery, body: bytes, *, us: Actor, at: datetime
    ) -> Sequence[TicketTouched]:
        try:
            idents, what = body.decode().split(" ")
        except ValueError as error:
            raise Malformed("not a record and what happened") from error
        return [
            TicketTouched(
                id=EventId(f"{connector}:{delivery.id}:{number}"),
                at=at,
                ref=TicketRef(connector, ident),
                what=what,
                by_us=what == us.id,
            )
            for number, ident in enumerate(filter(None, idents.split(",")))
        ]


class Records:
    """Fills the ``Connector`` port."""

    name, kind, webhook_secret, settle_s = "jira", "jira", "hush", 60.0
    suggestible = ("priority",)
    home = "https://jira.example.com"
    sources: tuple[Source, ...] = ()

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {REF.id: ticket()}
        self.comments: list[Comment] = []
        self.sent: list[Request] = []
        """Every request that reached the system, whatever became of it."""
        self.faults: list[Fault] = []
        """What goes wrong with the next requests, in order; none left: nothing."""
        self.unreadable: list[Exception] = []
        """What the next reads raise, in order."""
        self.changes: list[TicketTouched] = []
        self.unsearchable: list[Exception] = []
        """What the next searches raise, in order."""
        self.groups: dict[str, tuple[str, ...]] = {}
        """E-mail addresses by group."""
        self.staff: tuple[Value, ...] = (Value("arne", "Arne Agent"), Value("rita", "Rita Requester"))
        self.withdrawn: list[str] = []
        self.undeletable: Exception | None = None
        """What deleting a comment raises."""
        self.when_read: list[Callable[[], Awaitable[object] | None]] = []
        """What happens just after the next reads, in order."""

    @property
    def webhook(self) -> Hook:
        return Hook()

    @property
    def actions(self) -> Mapping[ActionName, ActionType]:
        kinds: list[ActionType] = [AddNote(), SetFields(), Reply()]
        return {kind.name: kind for kind in kinds}

    async def whoami(self) -> Actor:
        return US

    def key_of(self, url: str) -> str:
        return url.removeprefix(f"{self.home}/browse/") if url.startswith(f"{self.home}/browse/") else ""

    async def find(self, key: str) -> TicketRef:
        return next((t.ref for t in self.tickets.values() if t.key == key), REF)

    async def read(self, ref: TicketRef) -> Snapshot:
        if self.unreadable:
            raise self.unreadable.pop(0)
        if ref.id not in self.tickets:
            raise Missing(f"no record {ref.id}")
        now = Snapshot(self.tickets[ref.id], tuple(self.comments))
        if self.when_read:
            done = self.when_read.pop(0)()
            if done is not None:
                await done
        return now

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        del steps
        values = (*HIGH, Value("3", "Medium"), *LOW)
        return Allowed(tuple(Choices(name, name.title(), values) for name in ticket.fields))

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        del ticket
        return ()[:limit]

    async def changed_since(self, moment: datetime, limit: int) -> tuple[TicketTouched, ...]:
        if self.unsearchable:
            raise self.unsearchable.pop(0)
        found = sorted((c for c in self.changes if c.at >= moment), key=lambda c: (c.at, c.id))
        return tuple(found[:limit])

    async def looked_up(self, action: ActionName, args: Args, ticket: Ticket) -> Args:
        del action, ticket
        return args

    async def members(self, group: str) -> tuple[str, ...]:
        if group not in self.groups:
            raise Missing(f"no group {group}")
        return self.groups[group]

    async def people(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        del ticket
        return tuple(who for who in self.staff if query.casefold() in who.label.casefold())[:limit]

    async def solved(self, limit: int) -> tuple[PastTicket, ...]:
        return ()[:limit]

    async def solved_page(self, query: str, after: str) -> PastPage:
        del query, after
        return PastPage((), "")

    async def send(self, request: Request, permit: Permit) -> VendorAnswer:
        assert permit.operation == request.operation
        self.sent.append(request)
        return self.faults.pop(0)(self, request) if self.faults else self.write(request)

    async def withdraw(self, ref: TicketRef, comment: str) -> bool:
        assert ref.id in self.tickets
        if self.undeletable is not None:
            raise self.undeletable
        self.withdrawn.append(comment)
        return True

    async def close(self) -> None:
        self.faults.clear()

    # -- inside

    def write(self, request: Request, *, without: str = "") -> VendorAnswer:
        """Carry ``request`` out, perhaps without one of its fields."""
        ident = request.path.split("/")[2]
        old = self.tickets[ident]
        if request.path.endswith(("/notes", "/replies")):
            made = f"c{len(self.comments) + 100}"
            public = request.path.endswith("/replies")
            self.comments.append(Comment(made, T0, US, public, Untrusted("ours"), request.operation))
            return VendorAnswer(201, {"id": made})
        fields = {
            name: tuple(Value(str(each), f"label {each}") for each in values)
            for name, values in request.body.items()
            if name != without and isinstance(values, list)
        }
        marks = old.operations | {request.operation}
        self.tickets[ident] = replace(old, fields={**old.fields, **fields}, operations=marks)
        return VendorAnswer(204)

    def somebody_sets(self, **fields: FieldValue) -> None:
        """Change the record as a person would."""
        old = self.tickets[REF.id]
        self.tickets[REF.id] = replace(old, fields={**old.fields, **fields})

    def somebody_answers(self, at: datetime) -> None:
        """Write a public message as an agent would."""
        self.comments.append(
            Comment(f"h{len(self.comments)}", at, AGENT, public=True, body=Untrusted("hello"))
        )


def busy(_records: Records, _request: Request) -> VendorAnswer:
    """It did not happen."""
    raise Retry("429", after_s=7)


def lost(records: Records, request: Request) -> VendorAnswer:
    """It happened, and nobody was told."""
    records.write(request)
    raise Ambiguous("the connection was cut")


def cut(_records: Records, _request: Request) -> VendorAnswer:
    """It did not happen, and nobody was told."""
    raise Ambiguous("the connection was cut")


def refused(_records: Records, _request: Request) -> VendorAnswer:
    """The system says no."""
    raise Refused("Field 'priority' cannot be set.")


def leaked(records: Records, request: Request) -> VendorAnswer:
    """What had to stay internal is public."""
    answer: Any = records.write(request).body
    records.comments[-1] = replace(records.comments[-1], public=True)
    raise Leaked("the answer says public", made=answer["id"])


def without(field: str) -> Fault:
    """It happens but for one field, and the system says yes to all of it."""
    return lambda records, request: records.write(request, without=field)
