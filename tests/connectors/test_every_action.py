"""What every action type must do, whoever wrote it: each is sent to a fake of its vendor, over HTTP."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.core.actions import Action, Args, Landing, Risk
from bot.core.errors import Ambiguous
from bot.core.fingerprint import fingerprint
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from bot.core.tickets import FieldValue, Snapshot
from bot.core.words import CATALOGUE
from sandbox.faults import Fault, FaultKind
from tests.connectors.conformance import Case, Running, every_case

OPERATION = Operation("CS-0123456789AB")
OTHER = Operation("CS-BA9876543210")


def files(kind: str) -> list[str]:
    """Return the names of a connector's verbs, as its files are called."""
    package = importlib.import_module(f"connectors.{kind}.actions")
    return sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.name[0] != "_")


EVERY = {
    f"{shape}-{verb}": (ActionName(f"{kind}.{verb}"), case)
    for shape, (kind, case) in every_case().items()
    for verb in files(kind)
}


@pytest.fixture(params=list(EVERY.values()), ids=list(EVERY))
async def one(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Running, ActionName]]:
    name, case = request.param
    assert isinstance(case, Case)
    async with case.running() as running:
        yield replace(running, ref=running.refs.get(name.partition(".")[2], running.ref)), name


One = tuple[Running, ActionName]


async def test_a_verb_is_named_for_its_file_and_offered(one: One) -> None:
    running, name = one
    assert running.verb(name).name == name
    assert {each.partition(".")[2] for each in running.connector.actions} == set(
        files(running.connector.kind)
    )


async def test_it_says_what_it_will_do_in_one_imperative_sentence(one: One) -> None:
    running, name = one
    says = running.verb(name).describe(running.action(name).args)
    assert says.endswith(".")
    assert says[0].isupper()
    assert "\n" not in says


async def test_it_says_how_it_is_undone_in_words_the_catalogue_has(one: One) -> None:
    running, name = one
    assert running.verb(name).undo in CATALOGUE


async def test_it_refuses_arguments_it_does_not_know(one: One) -> None:
    running, name = one
    verb, args = running.verb(name), running.action(name).args
    verb.arguments.model_validate(dict(args))
    for wrong in ({**args, "surprise": 1}, {}):
        with pytest.raises(ValidationError):
            verb.arguments.model_validate(wrong)


async def test_it_touches_fields_the_reader_brings_back(one: One) -> None:
    """Or what a person approved could not be compared with what is there."""
    running, name = one
    touches = running.verb(name).touches(running.action(name).args)
    assert set(touches) <= set((await running.read()).ticket.fields)


async def test_a_change_that_mails_people_is_not_called_a_note(one: One) -> None:
    running, name = one
    assert (running.verb(name).risk is Risk.NOTE) == name.endswith("_note")
    assert name.partition(".")[2] != "reply_publicly" or running.verb(name).risk is Risk.IRREVERSIBLE


async def test_the_plan_is_the_same_every_time_and_bears_the_operation(one: One) -> None:
    running, name = one
    now, action = await running.read(), running.action(name)
    first, again = (running.verb(name).plan(action, OPERATION, now) for _ in range(2))
    assert first == again
    assert first.operation == OPERATION
    assert OPERATION in str(first.body)
    assert first.path.startswith("/")
    assert fingerprint(dict(first.body)) == fingerprint(dict(again.body))


async def test_planning_and_judging_send_nothing(one: One) -> None:
    running, name = one
    now = await running.read()
    sent = len(running.vendor.exchanges)
    running.verb(name).plan(running.action(name), OPERATION, now)
    running.verb(name).landed(running.action(name), OPERATION, now)
    assert len(running.vendor.exchanges) == sent


async def test_it_is_not_there_before_and_there_after_one_request(one: One) -> None:
    running, name = one
    verb, action = running.verb(name), running.action(name)
    assert verb.landed(action, OPERATION, await running.read()).landing is Landing.NOT_APPLIED
    before = running.writes()
    await running.send(name, OPERATION)
    assert running.writes() == before + 1
    now = await running.read()
    assert verb.landed(action, OPERATION, now).landing is Landing.APPLIED
    for field, values in verb.touches(action.args).items():
        assert {value.id for value in now.ticket.fields[field]} == {value.id for value in values}


async def test_its_marker_is_found_on_the_ticket_so_that_nothing_is_sent_twice(one: One) -> None:
    running, name = one
    assert OPERATION not in (await running.read()).operations
    await running.send(name, OPERATION)
    operations = (await running.read()).operations
    assert OPERATION in operations
    assert OTHER not in operations


async def test_a_lost_answer_leaves_one_change_and_a_read_finds_it(one: One) -> None:
    running, name = one
    for method in ("POST", "PUT", "PATCH"):
        running.vendor.faults.add(Fault(FaultKind.LOST, method=method, path="^(?!/oauth)"))
    before = running.writes()
    with pytest.raises(Ambiguous):
        await running.send(name, OPERATION)
    assert running.writes() == before + 1
    landed = running.verb(name).landed(running.action(name), OPERATION, await running.read())
    assert landed.landing is Landing.APPLIED


async def test_a_request_cut_before_it_was_read_leaves_nothing(one: One) -> None:
    running, name = one
    for method in ("POST", "PUT", "PATCH"):
        running.vendor.faults.add(Fault(FaultKind.RESET, method=method, path="^(?!/oauth)"))
    with pytest.raises(Ambiguous):
        await running.send(name, OPERATION)
    landed = running.verb(name).landed(running.action(name), OPERATION, await running.read())
    assert landed.landing is Landing.NOT_APPLIED


async def test_what_can_be_undone_is_and_the_ticket_is_as_it_was(one: One) -> None:
    """Field for field, those it did not touch included; what the vendor computes from them as well."""
    running, name = one
    verb, action = running.verb(name), running.action(name)
    before = await running.read()
    had = _touched(action.args, running, name, before)
    args = verb.compensate(action, had)
    assert (args is not None) == (verb.risk is Risk.REVERSIBLE)
    if args is None:
        return
    await running.send(name, OPERATION)
    assert _ids((await running.read()).ticket.fields) != _ids(before.ticket.fields)
    back = replace(action, args=args)
    assert verb.landed(back, OTHER, await running.read()).landing is Landing.NOT_APPLIED
    await _send(running, back, OTHER)
    now = await running.read()
    assert verb.landed(back, OTHER, now).landing is Landing.APPLIED
    assert _ids(now.ticket.fields) == _ids(before.ticket.fields)
    assert now.ticket.status == before.ticket.status
    assert {OPERATION, OTHER} <= now.operations


async def test_an_undo_is_a_request_like_any_other(one: One) -> None:
    """Its arguments are accepted, it says what it does, and it can itself be undone."""
    running, name = one
    verb, action = running.verb(name), running.action(name)
    before = await running.read()
    args = verb.compensate(action, _touched(action.args, running, name, before))
    if args is None:
        return
    verb.arguments.model_validate(dict(args))
    says = verb.describe(args)
    assert says.endswith(".")
    assert "\n" not in says
    assert says != verb.describe(action.args)
    assert set(verb.touches(args)) == set(verb.touches(action.args))
    again = verb.compensate(replace(action, args=args), verb.touches(action.args))
    assert again is not None
    assert _ids(verb.touches(again)) == _ids(verb.touches(action.args))


async def test_nothing_is_promised_back_where_what_was_there_is_unknown(one: One) -> None:
    running, name = one
    assert running.verb(name).compensate(running.action(name), {}) is None


async def test_the_same_words_for_another_ticket_are_another_action(one: One) -> None:
    running, name = one
    action: Action = running.action(name)
    other = replace(action, target=replace(action.target, id="999"))
    assert other.digest() != action.digest()


def _touched(args: Args, running: Running, name: ActionName, now: Snapshot) -> dict[str, FieldValue]:
    """Return what the touched fields hold, as a proposal keeps it."""
    return {field: now.ticket.fields[field] for field in running.verb(name).touches(args)}


def _ids(fields: Mapping[str, FieldValue]) -> dict[str, set[str]]:
    return {name: {value.id for value in values} for name, values in fields.items()}


async def _send(running: Running, action: Action, operation: Operation) -> None:
    request = running.verb(action.name).plan(action, operation, await running.read())
    await running.connector.send(request, Permit(action.digest(), operation))
