"""A Jira issue that is still to be made: found by its token alone, and never guessed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.core.actions import Action, Args
from bot.core.creation import new_ref
from bot.core.errors import Missing, Refused
from bot.core.ids import ActionName, Operation
from bot.core.permit import Permit
from bot.core.tickets import TicketRef
from connectors.jira import creating
from connectors.jira.connector import JiraConnector
from sandbox.jira import JiraSandbox
from tests.connectors.jira.building import OPERATION, OTHER, VERBS, action, connect, pick


@pytest.fixture
async def site(request: pytest.FixtureRequest) -> AsyncIterator[JiraSandbox]:
    vendor = JiraSandbox(flavour=getattr(request, "param", "cloud"))
    await vendor.start()
    yield vendor
    await vendor.stop()


both = pytest.mark.parametrize("site", ["cloud", "dc"], indirect=True)
ARGS: Args = {"type": pick("10101", "Incident"), "summary": "Printer is out"}


def ref(form: str = "V1") -> TicketRef:
    return new_ref("jira", "OPS", datetime.now(UTC), form)


async def makes(
    connector: JiraConnector, target: TicketRef, operation: Operation = OPERATION, args: Args = ARGS
) -> Action:
    wanted = action("create", args, target)
    request = VERBS[ActionName("jira.create")].plan(wanted, operation, await connector.read(target))
    await connector.send(request, Permit(wanted.digest(), operation))
    return wanted


@both
async def test_it_is_found_by_a_process_that_did_not_make_it_and_never_taken_for_another(
    site: JiraSandbox,
) -> None:
    one, other = connect(site), connect(site)
    mine, theirs = ref("V1"), ref("V2")
    await makes(one, mine)
    await makes(one, theirs, OTHER)
    assert (await other.read(mine)).operations == {OPERATION}
    assert (await other.read(theirs)).operations == {OTHER}
    assert (await other.read(ref("V3"))).operations == frozenset()
    await one.close()
    await other.close()


async def test_while_the_index_lags_the_maker_knows_and_others_do_not(site: JiraSandbox) -> None:
    one, other, target = connect(site), connect(site), ref()
    site.world.nasty.search_lag_s = 60.0
    await makes(one, target)
    assert OPERATION in (await one.read(target)).operations
    assert (await other.read(target)).operations == frozenset()
    site.world.nasty.search_lag_s = 0.0
    assert OPERATION in (await other.read(target)).operations
    await one.close()
    await other.close()


@both
async def test_it_is_found_after_people_and_the_bot_have_changed_it(site: JiraSandbox) -> None:
    one, other, target = connect(site), connect(site), ref()
    await makes(one, target)
    key = (await one.read(target)).ticket.key
    existing = await one.find(key)
    change = action("set_priority", {"to": pick("1", "Highest")}, existing)
    plan = VERBS[ActionName("jira.set_priority")].plan(change, OTHER, await one.read(existing))
    await one.send(plan, Permit(change.digest(), OTHER))
    site.world.edit(key, "alice", summary="Printer on floor 3")
    assert {OPERATION, OTHER} <= (await other.read(target)).operations
    await one.close()
    await other.close()


async def test_where_too_much_was_made_since_nobody_says_that_it_is_not_there(
    site: JiraSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect(site)
    await makes(connector, ref("V1"))
    monkeypatch.setattr(creating, "LOOKED_AT", 1)
    with pytest.raises(Refused):
        await connector.read(ref("V2"))
    await connector.close()


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (
            "jira: Jira answered 400: priority: No: really; labels: Bad",
            {"priority": "No: really", "labels": "Bad"},
        ),
        (
            "jira: Jira answered 400: Closed for today.; customfield_1: X",
            {"": "Closed for today.", "customfield_1": "X"},
        ),
        ("jira: Jira answered 400: Closed for today.", {}),
        ("jira: no answer to a POST: Timeout", {}),
        ("", {}),
    ],
)
def test_a_no_is_taken_apart_by_field_and_nothing_is_made_up(why: str, said: dict[str, str]) -> None:
    assert creating.complaints(why) == said


@both
async def test_the_form_has_types_and_live_values_and_asks_for_nothing_it_cannot_send(
    site: JiraSandbox,
) -> None:
    connector = connect(site)
    form = await connector.creation("OPS", "", {})
    assert "Incident" in [each.label for each in form.types]
    assert {"priority", "components"} <= {each.choices.field for each in form.fields}
    assert not {"summary", "project", "issuetype"} & {each.choices.field for each in form.fields}
    assert [each.id for each in await connector.queues()] == ["OPS", "HELP"]
    with pytest.raises(Missing):
        await connector.creation("NOPE", "", {})
    await connector.close()


async def test_words_from_slack_are_letters_in_jira_and_not_markup(site: JiraSandbox) -> None:
    connector, target = connect(site), ref()
    await makes(
        connector, target, args={**ARGS, "description": "!https://evil.example/x.png! [~admin] {code}"}
    )
    [sent] = [each for each in site.exchanges if each.method == "POST" and each.path.endswith("/issue")]
    assert b"\\\\!https" in sent.body
    assert b"\\\\[\\\\~admin" in sent.body
    await connector.close()


async def test_it_is_aimed_at_nothing_that_exists_and_sets_no_field_twice(site: JiraSandbox) -> None:
    connector, verb = connect(site), VERBS[ActionName("jira.create")]
    now = await connector.read(target := ref())
    with pytest.raises(Refused):
        verb.plan(action("create", ARGS, TicketRef("jira", "10001")), OPERATION, now)
    twice: Args = {**ARGS, "fields": {"reporter": [pick("x")]}}
    with pytest.raises(Refused):
        verb.plan(action("create", twice, target), OPERATION, now)
    await connector.close()


@both
async def test_a_ticket_is_in_the_name_of_the_one_account_that_shows_the_address(site: JiraSandbox) -> None:
    connector = connect(site)
    carol = await connector.requester("carol@example.com")
    assert carol is not None
    assert await connector.requester("nobody@example.com") is None
    assert await connector.requester("") is None
    await makes(
        connector, target := ref(), args={**ARGS, "requester": {"id": carol.id, "label": carol.label}}
    )
    reporter = (await connector.read(target)).ticket.reporter
    assert reporter is not None
    assert not reporter.is_us
    await connector.close()
