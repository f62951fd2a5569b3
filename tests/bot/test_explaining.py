"""Who must agree, asked on a real Redis with a real bot's dossiers: now, then, and for what was decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import PREFIX
from bot.core.dossier import Dossier
from bot.core.errors import Misconfigured
from bot.core.fingerprint import fingerprint
from bot.core.grants import Grant, shape
from bot.core.ids import SlackUserId
from bot.core.tickets import TicketRef
from bot.explaining import Explainer, Told, Wanted
from bot.runtime.policies import Policies
from bot.runtime.redis_client import command_client
from sandbox.jira import JiraSandbox
from tests.bot.workbench import Workbench
from tests.making import NOTE, REF, T0, after, answered, finished, proposal, read, set_fields

DATABASE = 11
"""Cleared before each test here: the program's keys have no prefix of a test's own."""
SPRING, SUMMER = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
POLICY = """\
version: 1
modes: [{mode: approve}]
approvals:
  - match: {action: "*.add_internal_note"}
    allow: true
  - match: {queue: HELP}
    ask: {approvers: [U0HELPER]}
  - match: {undo: true}
    ask: {approvers: [U0UNDOER]}
  - match: {field: priority}
    ask: {approvers: [U0ALICE, S0MANAGERS], always_after: 3}
  - match: {action: jira.transition, to: Done}
    ask: {approvers: [U0CLOSER]}
"""
PRIORITY = ("fields.priority=High",)


@dataclass
class Place:
    """A Redis, a Jira and a policy file."""

    bench: Workbench
    jira: JiraSandbox
    environ: dict[str, str]
    file: Path

    async def explains(self, policy: str = POLICY, **wanted: Any) -> Told:
        self.file.write_text(policy, encoding="utf-8")
        explainer = await asyncio.to_thread(Explainer, self.environ, self.file)
        return await explainer.explain(Wanted(**wanted))

    async def refuses(self, policy: str = POLICY, **wanted: Any) -> str:
        with pytest.raises(Misconfigured) as error:
            await self.explains(policy, **wanted)
        return str(error.value)

    async def loaded(self, text: str, at: datetime) -> None:
        await Policies(self.bench.redis, PREFIX).loaded(text, at)

    async def known(self, *, key: str = "OPS-1", queue: str = "OPS", ref: TicketRef = REF) -> None:
        """Let the bot know a ticket."""
        known = await self.bench.journal.dossier(REF)
        await self.bench.becomes(replace(known, key=key, queue=queue, note_action=NOTE, ref=ref))


@pytest.fixture
async def place(redis_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    url = f"{redis_url}?db={DATABASE}"
    redis, jira = command_client(url), JiraSandbox()
    untyped: Any = redis
    await untyped.flushdb()
    await jira.start()
    environ = {**jira.environment(), "REDIS_URL": url}
    yield Place(Workbench(redis, PREFIX), jira, environ, tmp_path / "countersign.yaml")
    await jira.stop()
    await redis.aclose()


async def test_a_ticket_the_bot_knows_is_explained_without_asking_anybody(place: Place) -> None:
    await place.known()
    await place.jira.stop()
    told = await place.explains(ticket="ops-1", action="jira.set_fields", args=PRIORITY)
    verdict: Any = told.json["verdict"]
    assert told.json["ticket"] == "OPS-1"
    assert (verdict["verdict"], verdict["rule"]) == ("ask", "approvals[3]")
    assert verdict["approvers"] == ["U0ALICE", "S0MANAGERS"]
    assert told.json["by"] == "skill:triage"
    assert (
        "OPS-1: Set Priority to High. jira.set_fields in jira, queue OPS, asked by skill:triage" in told.text
    )
    assert "queue: wants HELP, is OPS" in told.text
    assert "The former values can be set back." in told.text


async def test_a_ticket_nobody_has_told_the_bot_about_is_read(place: Place) -> None:
    key = place.jira.world.create_issue("Cannot print")
    told = await place.explains(ticket=key, action="jira.set_fields", args=PRIORITY)
    assert (told.json["ticket"], told.json["queue"]) == (key, "OPS")
    untyped: Any = place.bench.redis
    assert not await untyped.keys("*"), "asking leaves nothing behind"
    assert not [each for each in place.jira.exchanges if each.method != "GET"]


async def test_a_ticket_that_is_nowhere_is_told_with_who_was_asked(place: Place) -> None:
    said = await place.refuses(ticket="OPS-999", action="jira.set_fields")
    assert said == "there is no ticket OPS-999: the bot has not seen it, and asked jira"


async def test_a_key_is_not_mistaken_for_one_that_only_begins_like_it_or_is_named_in_a_text(
    place: Place,
) -> None:
    await place.known(key="OPS-11")
    dossier = await place.bench.journal.dossier(REF)
    await place.bench.becomes(replace(dossier, url="https://jira.example.com/browse/OPS-1"))
    await place.refuses(ticket="OPS-1", action="jira.set_fields")


async def test_of_two_systems_with_the_same_key_one_has_to_be_named(place: Place) -> None:
    twice = (
        POLICY + f"connectors:\n  jira: {{kind: jira}}\n  jira-eu: {{kind: jira, url: '{place.jira.url}'}}\n"
    )
    key = place.jira.world.create_issue("Cannot print")
    said = await place.refuses(twice, ticket=key, action="jira.set_fields")
    assert said == f"{key} may be a ticket in jira or jira-eu: add --connector with one of them"
    told = await place.explains(twice, ticket=key, connector="jira-eu", action="jira.set_fields")
    assert told.json["connector"] == "jira-eu"
    assert "no connector 'jira-us'; known are jira, jira-eu" in await place.refuses(
        twice, ticket=key, connector="jira-us", action="jira.set_fields"
    )


async def test_arguments_decide_which_rule_matches_and_their_absence_is_told(place: Place) -> None:
    await place.known()
    with_them = await place.explains(
        ticket="OPS-1", action="jira.transition", args=("id=31", "name=Finish", "to=Done"), by="U0BOB"
    )
    verdict: Any = with_them.json["verdict"]
    assert verdict["rule"] == "approvals[4]"
    assert with_them.json["excluded"] == ["U0BOB"]
    without = await place.explains(ticket="OPS-1", action="jira.transition")
    refused: Any = without.json["verdict"]
    assert refused["verdict"] == "deny"
    assert "Note: No --arg was given, so no rule on to or field matches." in without.text


async def test_an_undo_is_asked_for_by_a_person(place: Place) -> None:
    await place.known()
    told = await place.explains(
        ticket="OPS-1", action="jira.set_fields", args=PRIORITY, by="U0BOB", undo=True
    )
    verdict: Any = told.json["verdict"]
    assert verdict["rule"] == "approvals[2]"
    for by in ("", "skill:triage"):
        said = await place.refuses(ticket="OPS-1", action="jira.set_fields", by=by, undo=True)
        assert "only a person asks for an undo" in said


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (
            {"action": "jira.set_feilds"},
            "jira has no action 'jira.set_feilds'; known are jira.add_internal_note",
        ),
        ({"action": "servicenow.resolve"}, "jira has no action 'servicenow.resolve'"),
        (
            {"action": "jira.set_fields", "by": "alice"},
            "write who asks, a Slack user id (U…) or one of skill:draft, ",
        ),
        ({"action": "jira.set_fields", "by": "skill:other"}, "--by 'skill:other': write who asks"),
        (
            {"action": "jira.set_fields", "args": ("priority=High",)},
            "jira.set_fields takes fields.NAME=VALUE",
        ),
    ],
)
async def test_what_cannot_be_explained_says_what_to_write(
    place: Place, wanted: dict[str, Any], says: str
) -> None:
    await place.known()
    assert says in await place.refuses(ticket="OPS-1", **wanted)


async def test_in_mode_auto_what_a_rule_allows_needs_nobody_and_below_it_somebody(place: Place) -> None:
    await place.known()
    allows = "version: 1\nmodes: [{mode: %s}]\napprovals:\n- {match: {}, allow: true}\n"
    auto = await place.explains(allows % "auto", ticket="OPS-1", action="jira.set_fields", args=PRIORITY)
    lower = await place.explains(allows % "approve", ticket="OPS-1", action="jira.set_fields", args=PRIORITY)
    person = await place.explains(
        allows % "auto", ticket="OPS-1", action="jira.set_fields", args=PRIORITY, by="U0BOB"
    )
    said: list[Any] = [each.json["verdict"] for each in (auto, lower, person)]
    assert [each["verdict"] for each in said] == ["allow", "deny", "deny"]
    assert "passed over" in lower.text


async def test_the_kill_switch_is_told_where_it_holds(place: Place) -> None:
    await place.known()
    await place.bench.stops.stop("connector:servicenow", "moving")
    ask: dict[str, Any] = {"ticket": "OPS-1", "action": "jira.set_fields", "args": PRIORITY}
    assert (await place.explains(**ask)).json["stopped"] is None
    await place.bench.stops.stop("skill:triage", "an odd change")
    assert (await place.explains(**ask)).json["stopped"] == "an odd change"
    assert (await place.explains(**ask, by="U0BOB")).json["stopped"] is None


async def test_a_standing_permission_is_found_by_the_change_it_is_for(place: Place) -> None:
    await place.known()
    exact = set_fields()
    await place.bench.grants.set(
        Grant(
            shape=shape(exact, "OPS"),
            action=exact.name,
            connector="jira",
            queue="OPS",
            says="Set Priority to High.",
            by=SlackUserId("U0ALICE"),
            at=T0,
            rule="approvals[3]",
        )
    )
    ask: dict[str, Any] = {"ticket": "OPS-1", "action": "jira.set_fields"}
    words = await place.explains(**ask, args=PRIORITY)
    ids = await place.explains(**ask, args=('fields.priority={"id": "2", "label": "High"}',))
    other = await place.explains(**ask, args=("fields.priority=Low",))
    for told in (words, ids):
        assert "U0ALICE allowed exactly this for good" in told.text
    assert other.json["standing_permission"] is None


OLDER = """\
version: 1
modes: [{mode: approve}]
approvals:
  - match: {action: jira.set_fields}
    ask: {approvers: [U0FORMER], quorum: 1}
  - match: {connector: gone, skill: retired}
    deny: true
"""


async def test_the_past_is_explained_by_the_policy_of_then_even_if_it_names_what_is_gone(
    place: Place,
) -> None:
    await place.known()
    await place.loaded(OLDER, SPRING)
    await place.loaded(POLICY, SUMMER)
    ask: dict[str, Any] = {"ticket": "OPS-1", "action": "jira.set_fields", "args": PRIORITY}
    then = await place.explains(**ask, at=SPRING + timedelta(days=30))
    verdict: Any = then.json["verdict"]
    assert (verdict["rule"], verdict["approvers"]) == ("approvals[0]", ["U0FORMER"])
    assert then.json["policy"] == {
        "fingerprint": fingerprint(OLDER)[:12],
        "loaded_at": SPRING.isoformat(),
    }
    assert then.json["at"] == "2025-03-31T00:00:00+00:00"
    assert "Policy: in force at 2025-03-31 00:00 UTC" in then.text
    assert "Note: The kill switch and standing permissions are those of now." in then.text
    later: Any = (await place.explains(**ask, at=SUMMER)).json["verdict"]
    assert later["rule"] == "approvals[3]"


async def test_of_a_time_before_anything_was_recorded_nothing_is_claimed(place: Place) -> None:
    await place.known()
    ask: dict[str, Any] = {"ticket": "OPS-1", "action": "jira.set_fields", "at": SPRING}
    assert "is not recorded: none is" in await place.refuses(**ask)
    await place.loaded(POLICY, SUMMER)
    said = await place.refuses(**ask)
    assert "what the policy was at 2025-03-01 00:00 UTC is not recorded" in said
    assert "the oldest known was loaded at 2025-07-01 00:00 UTC" in said


async def test_without_a_file_then_the_built_in_rules_held(place: Place) -> None:
    await place.known()
    await place.loaded("", SPRING)
    told = await place.explains(ticket="OPS-1", action="jira.set_fields", args=PRIORITY, at=SPRING)
    assert [row["rule"] for row in _rows(told)] == ["built-in"]
    assert told.json["outcome"] == "Nothing: in mode suggest a skill does not get so far."


def _rows(told: Told) -> list[Any]:
    found: Any = told.json["rules"]
    return list(found)


async def test_a_policy_with_variables_is_filled_in_today_and_that_is_said(place: Place) -> None:
    await place.known()
    variable = "version: 1\napprovals: [{match: {}, ask: {approvers: ['${CHIEF}']}}]\n"
    await place.loaded(variable, SPRING)
    ask: dict[str, Any] = {"ticket": "OPS-1", "action": "jira.set_fields", "at": SPRING, "by": "U0BOB"}
    assert "${CHIEF} is used but not set" in await place.refuses(**ask)
    place.environ["CHIEF"] = "U0CHIEF"
    told = await place.explains(**ask)
    assert "Who: 1 of U0CHIEF" in told.text
    assert "filled in from today's environment" in told.text


async def test_a_file_that_no_running_bot_has_read_yet_is_told_as_such(place: Place) -> None:
    await place.known()
    ask: dict[str, Any] = {"ticket": "OPS-1", "action": "jira.set_fields"}
    assert "runs with another policy" not in (await place.explains(**ask)).text
    await place.loaded(POLICY, SPRING)
    running = await place.explains(**ask)
    assert "runs with another policy" not in running.text
    assert running.json["policy"] == {
        "fingerprint": fingerprint(POLICY)[:12],
        "loaded_at": SPRING.isoformat(),
    }
    edited = await place.explains(POLICY + "language: fr\n", **ask)
    assert "The bot runs with another policy" in edited.text
    assert "restart it to put this one in force" in edited.text


async def test_a_decided_proposal_shows_the_verdict_of_then_next_to_the_one_of_now(place: Place) -> None:
    what = proposal()
    await place.bench.happens(read(), finished(what), replace(answered(what), at=after(5)))
    told = await place.explains(proposal=what.id)
    verdict: Any = told.json["verdict"]
    recorded: Any = told.json["recorded"]
    assert verdict["rule"] == "approvals[3]"
    assert recorded == {
        "proposal": what.id,
        "rule": "approvals[1]",
        "because": "approvals[1] asks for jira.set_fields",
        "approvers": ["U0ALICE", "S0MANAGERS"],
        "quorum": 1,
        "asked_at": T0.isoformat(),
        "escalated_at": None,
        "agreed": ["U0ALICE"],
        "status": "approved",
        "decided_by": "slack:U0ALICE",
        "decided_at": after(5).isoformat(),
    }
    assert "Recorded when it was asked:" in told.text
    assert "Status: approved, by slack:U0ALICE at 2026-11-20 09:05 UTC" in told.text


async def test_a_proposal_is_explained_as_of_then_too(place: Place) -> None:
    what = proposal()
    await place.bench.happens(read(), finished(what))
    await place.loaded(OLDER, SPRING)
    told = await place.explains(proposal=what.id, at=SUMMER)
    verdict: Any = told.json["verdict"]
    assert verdict["approvers"] == ["U0FORMER"]


async def test_a_proposal_nobody_has_heard_of_is_told_as_such(place: Place) -> None:
    assert "no proposal is called p123" in await place.refuses(proposal="p123")


async def test_many_tickets_are_looked_through_and_the_right_one_is_found(place: Place) -> None:
    await place.known()
    untyped: Any = place.bench.redis
    document: bytes = await untyped.hget(f"{PREFIX}:doc:{REF.lane}", "d")
    async with untyped.pipeline(transaction=False) as pipe:
        for number in range(1200):
            other = document.replace(b'"OPS-1"', f'"OPS-{number + 2}"'.encode())
            pipe.hset(f"{PREFIX}:doc:ticket:jira:{number}", mapping={"v": "1", "d": other})
        await pipe.execute()
    told = await place.explains(ticket="OPS-1", action="jira.set_fields", args=PRIORITY)
    assert told.json["ticket"] == "OPS-1"


async def test_a_document_that_cannot_be_read_is_passed_over(place: Place) -> None:
    await place.bench.redis.hset(f"{PREFIX}:doc:ticket:jira:1", mapping={"v": "1", "d": "OPS-1 {{"})
    await place.known()
    assert isinstance(await place.bench.journal.dossier(REF), Dossier)
    assert (await place.explains(ticket="OPS-1", action="jira.set_fields")).json["ticket"] == "OPS-1"
