"""What every connector must do, whoever wrote it."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue, ValidationError

import connectors
from bot import registry
from bot.core.errors import Ambiguous, Forbidden, Malformed, Missing, Refused, Reject, Retry, Unverified
from bot.core.events import TicketTouched
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from bot.core.tickets import TicketRef
from bot.kinds import Kind
from bot.ports import Connector
from sandbox.faults import Fault, FaultKind
from tests.connectors.conformance import KINDS, WEBHOOKS, Case, Running, every_case

EVERY = every_case()
ROOT = Path(__file__).parents[2]
OPERATION = Operation("CS-0123456789AB")
ANYWHERE = "^(?!/oauth)"
"""Every path but that of logging in, which changes nothing."""
JUNK: tuple[JsonValue, ...] = (None, 7, -1e300, "x", [], {}, [{}], True)
WRITES = ("POST", "PUT", "PATCH")
SECRETS = ("token", "password", "secret", "pat", "key")

one_kind = pytest.mark.parametrize("kind", KINDS)
each_case = pytest.mark.parametrize(("kind", "case"), EVERY.values(), ids=EVERY)


@pytest.fixture(params=list(EVERY.values()), ids=list(EVERY))
async def running(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    _, case = request.param
    async with case.running() as alive:
        yield alive


# --- the folder


@one_kind
def test_a_connector_is_named_for_its_folder(kind: str) -> None:
    assert KINDS[kind].kind == kind


@one_kind
def test_a_connector_has_its_readme_and_answers_every_question_of_quality(kind: str) -> None:
    folder = ROOT / "connectors" / kind
    assert len((folder / "README.md").read_text()) > 500
    rules = tomllib.loads((folder / "quality.toml").read_text())["rules"]
    assert rules
    for name, answer in rules.items():
        assert answer["answer"] in {"done", "exempt"}, name
        assert answer["answer"] == "done" or len(answer["because"]) > 10, f"{name}: say why"


def test_every_connector_answers_the_same_questions() -> None:
    asked = {
        kind: set(tomllib.loads((ROOT / "connectors" / kind / "quality.toml").read_text())["rules"])
        for kind in KINDS
    }
    everything = set[str]().union(*asked.values())
    assert asked == dict.fromkeys(asked, everything)


def test_a_folder_that_exports_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zendesk_without_export.py").write_text("")
    monkeypatch.setattr(connectors, "__path__", [str(tmp_path)])
    with pytest.raises(LookupError, match=r"connectors\.zendesk_without_export exports no CONNECTOR"):
        registry.discover(connectors, "CONNECTOR")


# --- settings


@one_kind
def test_settings_without_anything_say_what_is_missing_and_no_secret_shows(kind: str) -> None:
    connector = KINDS[kind]
    with pytest.raises(ValidationError):
        connector.settings.model_validate({})
    secret = "hunter2-do-not-print"
    given = {
        name: secret if any(word in name for word in SECRETS) else "nonsense"
        for name in connector.environment
    }
    with pytest.raises(ValidationError) as refused:
        connector.settings.model_validate(given)
    assert secret not in str(refused.value)


@one_kind
def test_every_variable_fills_a_setting_and_bears_the_connectors_name(kind: str) -> None:
    connector = KINDS[kind]
    assert set(connector.environment) <= set(connector.settings.model_fields)
    assert all(variable.startswith(f"{kind.upper()}_") for variable in connector.environment.values())


# --- deliveries


@each_case
def test_a_delivery_nobody_signed_is_refused(kind: str, case: Case) -> None:
    with pytest.raises(Unverified):
        WEBHOOKS[kind].verify("x", {}, case.changed, secret=case.secret, now=case.now)


@each_case
def test_one_changed_byte_is_noticed(kind: str, case: Case) -> None:
    headers = case.sign(case.changed)
    with pytest.raises(Unverified):
        WEBHOOKS[kind].verify("x", headers, case.changed + b" ", secret=case.secret, now=case.now)


@each_case
@pytest.mark.parametrize("secret", ["", "another"])
def test_a_missing_or_wrong_secret_accepts_nothing(kind: str, case: Case, secret: str) -> None:
    with pytest.raises(Unverified):
        WEBHOOKS[kind].verify("x", case.sign(case.changed), case.changed, secret=secret, now=case.now)


def parsed(kind: str, case: Case, body: bytes) -> list[TicketTouched]:
    webhook = WEBHOOKS[kind]
    delivery = webhook.verify("x", case.sign(body), body, secret=case.secret, now=case.now)
    events = webhook.parse("x", delivery, body, us=case.us, at=case.now)
    assert all(event.ref.lane == delivery.lane for event in events)
    return list(events)


@each_case
def test_a_change_becomes_events_of_one_ticket_and_a_redelivery_names_the_same_events(
    kind: str, case: Case
) -> None:
    first, again = parsed(kind, case, case.changed), parsed(kind, case, case.changed)
    assert first
    assert first == again
    assert {event.ref.connector for event in first} == {"x"}
    assert not any(event.by_us or event.gone for event in first)
    assert len({event.id for event in first}) == len(first)
    assert all(event.at.tzinfo for event in first)


@each_case
def test_our_own_echo_is_told_apart(kind: str, case: Case) -> None:
    (event,) = parsed(kind, case, case.echo)
    assert event.by_us


@each_case
def test_a_deleted_ticket_is_gone(kind: str, case: Case) -> None:
    (event,) = parsed(kind, case, case.deleted)
    assert event.gone


@each_case
def test_an_event_of_no_interest_gives_nothing(kind: str, case: Case) -> None:
    assert parsed(kind, case, case.unknown) == []


@each_case
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'"x"', b"null", b"[" * 100_000], ids=lambda body: body[:6]
)
def test_a_signed_body_that_cannot_be_read_is_malformed_and_has_no_lane(
    kind: str, case: Case, body: bytes
) -> None:
    webhook = WEBHOOKS[kind]
    delivery = webhook.verify("x", case.sign(body), body, secret=case.secret, now=case.now)
    assert delivery.lane == ""
    with pytest.raises(Malformed):
        webhook.parse("x", delivery, body, us=case.us, at=case.now)


@each_case
def test_a_delivery_cut_anywhere_raises_nothing_but_malformed(kind: str, case: Case) -> None:
    body = case.changed
    for end in range(0, len(body), max(len(body) // 60, 1)):
        try:
            assert parsed(kind, case, body[:end]) == []
        except Malformed:
            continue


@each_case
def test_a_delivery_with_any_one_value_replaced_raises_nothing_but_malformed(kind: str, case: Case) -> None:
    payload = json.loads(case.changed)
    for name in payload:
        for junk in JUNK:
            try:
                parsed(kind, case, json.dumps({**payload, name: junk}).encode())
            except Malformed:
                continue


# --- reading


async def test_the_ticket_is_found_and_read_under_the_same_name(running: Running) -> None:
    assert await running.connector.find(running.key) == running.ref
    snapshot = await running.read()
    assert (snapshot.ticket.ref, snapshot.ticket.key) == (running.ref, running.key)
    assert snapshot.ticket.url.startswith(running.vendor.url)
    assert not snapshot.ticket.closed


async def test_the_bot_knows_itself(running: Running) -> None:
    us = await running.connector.whoami()
    assert (us.is_us, us.is_person) == (True, False)
    assert await running.connector.whoami() is us


async def test_a_suggestible_field_can_be_set_and_is_read_back(running: Running) -> None:
    ticket = (await running.read()).ticket
    allowed = await running.connector.allowed(ticket)
    offered = [name for name in running.connector.suggestible if allowed.of(name)]
    assert offered
    assert set(offered) <= set(ticket.fields)
    for name in offered:
        choices = allowed.of(name)
        assert choices is not None
        assert choices.values
        assert all(value.id and value.label for value in choices.values)


@each_case
async def test_a_ticket_that_is_not_there_is_missing(kind: str, case: Case) -> None:
    del kind
    async with case.running() as running:
        for ref in (case.absent, "../../x", "", "1 OR 1=1"):
            with pytest.raises(Missing):
                await running.connector.read(TicketRef(running.connector.name, ref))
        for key in ("", "NOPE-1", "x^ORnumber=1", "../x"):
            with pytest.raises(Missing):
                await running.connector.find(key)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.STATUS, status=500, times=-1),
        Fault(FaultKind.STATUS, status=503, times=-1),
        Fault(FaultKind.STATUS, status=429, times=-1),
        Fault(FaultKind.HTML, times=-1),
        Fault(FaultKind.RESET, times=-1),
    ],
    ids=["500", "503", "429", "a page", "reset"],
)
async def test_a_read_that_may_work_later_is_a_retry(running: Running, fault: Fault) -> None:
    await running.read()
    running.vendor.faults.add(replace(fault, path=ANYWHERE))
    with pytest.raises(Retry) as retry:
        await running.read()
    assert retry.value.after_s > 0


@pytest.mark.parametrize(("status", "error"), [(401, Forbidden), (403, Forbidden), (404, Missing)])
async def test_a_definite_no_to_a_read_is_a_reject(
    running: Running, status: int, error: type[Reject]
) -> None:
    await running.read()
    running.vendor.faults.add(Fault(FaultKind.STATUS, status=status, times=-1, path=ANYWHERE))
    with pytest.raises(error):
        await running.read()


async def test_what_changed_is_polled_under_stable_names(running: Running) -> None:
    at = (await running.read()).ticket.updated_at
    first = await running.connector.changed_since(at, 10)
    again = await running.connector.changed_since(at - timedelta(minutes=5), 10)
    assert running.ref in [event.ref for event in first]
    assert {event.id for event in first} <= {event.id for event in again}
    assert list(again) == sorted(again, key=lambda event: event.at)
    assert await running.connector.changed_since(at + timedelta(hours=1), 10) == ()
    assert await running.connector.changed_since(at, 0) == ()


async def test_many_reads_at_once_all_come_back(running: Running) -> None:
    snapshots = await asyncio.gather(*(running.read() for _ in range(24)))
    assert {snapshot.ticket.key for snapshot in snapshots} == {running.key}


# --- writing


def any_note(running: Running) -> ActionName:
    """Return the verb that writes the internal note."""
    return next(name for name in running.connector.actions if name.endswith("_note"))


async def send_note(running: Running) -> None:
    await running.send(any_note(running), OPERATION)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=429, retry_after="7"), Retry),
        (Fault(FaultKind.STATUS, status=500), Ambiguous),
        (Fault(FaultKind.STATUS, status=502), Ambiguous),
        (Fault(FaultKind.STATUS, status=503, retry_after="7"), Ambiguous),
        (Fault(FaultKind.STATUS, status=400), Refused),
        (Fault(FaultKind.STATUS, status=401), Forbidden),
        (Fault(FaultKind.STATUS, status=403), Forbidden),
        (Fault(FaultKind.STATUS, status=404), Missing),
        (Fault(FaultKind.HTML), Ambiguous),
        (Fault(FaultKind.RESET), Ambiguous),
    ],
    ids=["429", "500", "502", "503", "400", "401", "403", "404", "a page", "reset"],
)
async def test_a_write_that_fails_is_sent_once_and_says_what_is_known(
    running: Running, fault: Fault, error: type[Exception]
) -> None:
    for method in WRITES:
        running.vendor.faults.add(replace(fault, method=method, times=-1, path=ANYWHERE))
    before = running.writes()
    with pytest.raises(error) as raised:
        await send_note(running)
    assert running.writes() == before + 1
    if isinstance(raised.value, Retry):
        assert raised.value.after_s == pytest.approx(7)
    assert OPERATION not in (await running.read()).operations


async def test_a_lost_answer_is_ambiguous_and_the_write_is_there_once(running: Running) -> None:
    for method in WRITES:
        running.vendor.faults.add(Fault(FaultKind.LOST, method=method, path=ANYWHERE))
    before = running.writes()
    with pytest.raises(Ambiguous):
        await send_note(running)
    snapshot = await running.read()
    assert running.writes() == before + 1
    assert OPERATION in snapshot.operations
    assert [comment.operation for comment in snapshot.comments].count(OPERATION) == 1


@each_case
async def test_a_refused_connection_means_that_nothing_happened(kind: str, case: Case) -> None:
    del kind
    async with case.running() as running:
        name = any_note(running)
        action = running.action(name)
        request = running.verb(name).plan(action, OPERATION, await running.read())
        away = case.unconnected("http://127.0.0.1:1")  # nobody listens on port 1
        with pytest.raises(Retry):
            await away.send(request, Permit(action.digest(), OPERATION))
        await away.close()


async def test_our_own_note_leaves_the_essence_alone_and_changes_the_version(running: Running) -> None:
    before = (await running.read()).ticket
    await send_note(running)
    after = (await running.read()).ticket
    assert after.essence == before.essence
    assert after.version != before.version


async def test_an_internal_note_is_not_public_and_is_ours(running: Running) -> None:
    await send_note(running)
    (note,) = [each for each in (await running.read()).comments if each.operation == OPERATION]
    assert (note.public, note.author.is_us, note.author.is_person) == (False, True, False)


@one_kind
def test_opening_a_connector_does_no_io_and_may_be_done_in_the_loop(kind: str) -> None:
    connector: Kind[Connector] = KINDS[kind]
    _, case = next(pair for pair in EVERY.values() if pair[0] == kind)
    assert case.unconnected("http://127.0.0.1:1").kind == connector.kind


async def test_closing_twice_is_harmless(running: Running) -> None:
    await running.read()
    await running.connector.close()
    await running.connector.close()
