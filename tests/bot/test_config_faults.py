"""A policy that is well written and still wrong: each mistake is told with its line, and all at once."""

from __future__ import annotations

import importlib
from pathlib import Path

import jsonschema
import pytest
import yaml

import connectors
from approvals.hours import WorkingHours
from approvals.policy import Rulebook
from bot.config import load_config, schema
from bot.core.errors import Misconfigured
from bot.core.verdicts import Asking
from bot.ports import ActionType
from bot.registry import discover
from bot.settings import Environment
from tests.bot.test_config import EXAMPLE

HOURS = 'hours: {timezone: Europe/Zurich, from: "09:00", to: "17:00", holidays: CH-ZH}\n'


def verbs() -> list[ActionType]:
    """Every verb there is."""
    found: list[ActionType] = []
    for kind in discover(connectors, "CONNECTOR"):
        package = importlib.import_module(f"connectors.{kind}.actions")
        found += discover(package, "ACTION").values()
    return found


def read(tmp_path: Path, text: str, *, known: bool = True) -> Rulebook:
    path = tmp_path / "countersign.yaml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path, Environment({"JIRA_URL": "https://jira.example.com"}))
    return config.rulebook(
        actions=frozenset(str(verb.name) for verb in verbs()),
        connectors=frozenset({"jira", "servicenow"}),
        skills=("triage",),
        verbs=verbs() if known else (),
    )


def told(tmp_path: Path, text: str) -> list[str]:
    """What is said about ``text``, a line each, without the folder."""
    with pytest.raises(Misconfigured) as error:
        read(tmp_path, text)
    return str(error.value).replace(f"{tmp_path}/", "").split("\n")


def rules(*rows: str, more: str = "") -> str:
    """A file with one rule a line, the first on line 3."""
    return "version: 1\napprovals:\n" + "".join(f"- {{{row}}}\n" for row in rows) + more


def asks(ask: str, match: str = "") -> str:
    return f"match: {{{match}}}, ask: {{{ask}}}"


def warned(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "countersign.yaml"
    path.write_text(text, encoding="utf-8")
    said = load_config(path, Environment({})).warnings()
    return [each.replace(f"{tmp_path}/", "") for each in said]


def test_every_key_of_a_rule_that_asks_arrives_where_it_is_decided(tmp_path: Path) -> None:
    ask = (
        "approvers: [U0A1, W0B2, S0C3, jira/Service Desk Leads], quorum: 2, four_eyes: false, "
        "remind_after: 30m, escalate: {after: 2h, to: [S0D4, U0E5]}, expires_after: 8h, "
        "business_hours: true, stand_ins: false, on_duty: [U0F6]"
    )
    book = read(
        tmp_path,
        rules(asks(ask, "by: U0G7, undo: false"), more=HOURS + "slack: {match_by_email: true}\n"),
    )
    assert book.rules[0].ask == Asking(
        approvers=("U0A1", "W0B2", "S0C3", "jira/Service Desk Leads"),
        quorum=2,
        four_eyes=False,
        expires_after_s=8 * 3600,
        remind_after_s=1800,
        escalate_after_s=7200,
        escalate_to=("S0D4", "U0E5"),
        business_hours=True,
        stand_ins=False,
        on_duty=("U0F6",),
    )
    assert (book.rules[0].match.by, book.rules[0].match.undo) == ("U0G7", False)
    assert book.hours == WorkingHours(timezone="Europe/Zurich", country="CH-ZH")
    [second] = read(tmp_path, rules(asks("approvers: [U0A1], always_after: 5"))).rules
    assert second.ask == Asking(approvers=("U0A1",), always_after=5)


def test_operators_and_limits_arrive_too(tmp_path: Path) -> None:
    book = read(
        tmp_path, "version: 1\noperators: {alice: U0ALICE, bob: W0BOB}\nlimits: {actions_per_hour: 50}\n"
    )
    assert book.operators == {"alice": "U0ALICE", "bob": "W0BOB"}
    assert book.actions_per_hour == 50
    assert read(tmp_path, "version: 1\n").actions_per_hour == 200


@pytest.mark.parametrize(
    ("row", "where", "says"),
    [
        (asks("approvers: [U0A1], quorum: 2"), "quorum", "2 have to agree, but only 1 person is named"),
        (asks("approvers: [U0A1, U0A1], quorum: 2"), "quorum", "2 have to agree, but only 1 person is named"),
        (
            asks("approvers: [U0A1, U0B2], quorum: 4, escalate: {after: 1h, to: [W0C3]}"),
            "quorum",
            "4 have to agree, but only 3 people are named",
        ),
        (
            asks("approvers: [U0A1]", "by: U0A1"),
            "approvers",
            "four_eyes keeps U0A1 from approving what U0A1 asks for, which leaves 0 of the 1",
        ),
        (
            asks("approvers: [U0A1, U0B2], quorum: 2", "by: U0A1"),
            "approvers",
            "which leaves 1 of the 2 who have to agree: name somebody else",
        ),
        (
            asks("approvers: [U0A1], remind_after: 8h"),
            "remind_after",
            "it would come when the card has expired",
        ),
        (
            asks("approvers: [U0A1], expires_after: 1h, remind_after: 2h"),
            "remind_after",
            "write less than expires_after",
        ),
        (
            asks("approvers: [U0A1], expires_after: 1h, escalate: {after: 60m, to: [U0B2]}"),
            "escalate.after",
            "write less than expires_after",
        ),
        (
            asks("approvers: [U0A1, S0B2], escalate: {after: 1h, to: [S0B2]}"),
            "escalate.to",
            "everybody here is among the approvers already: name somebody else",
        ),
        (
            asks("approvers: [U0A1, U0B2], quorum: 2, always_after: 3"),
            "always_after",
            "what takes 2 to allow once, one cannot allow for good",
        ),
        (
            asks("approvers: [U0A1], always_after: 3", "risk: irreversible"),
            "always_after",
            "only what can be set back may be allowed for good",
        ),
        (
            asks("approvers: [U0A1], always_after: 3", "action: '*.reply_publicly'"),
            "always_after",
            "only what can be set back may be allowed for good",
        ),
        (
            asks("approvers: [U0A1], always_after: 3", "undo: true"),
            "always_after",
            "an undo is never allowed for good",
        ),
        (
            asks("approvers: [U0A1], business_hours: true"),
            "business_hours",
            "when people work is not said: write at the top of the file, for example, hours: {timezone:",
        ),
        (
            asks("approvers: [jria/Leads]"),
            "approvers",
            "'jria/Leads': there is no connector 'jria'; did you mean 'jira'?",
        ),
        (
            asks("approvers: [jira/Leads]"),
            "approvers",
            "found in Slack by e-mail address: write slack: {match_by_email: true}",
        ),
        (
            asks("approvers: [U0A1], escalate: {after: 1h, to: [jira/Leads]}"),
            "escalate.to",
            "write slack: {match_by_email: true}",
        ),
        (asks("approvers: [U0A1], on_duty: [jira/Leads]"), "on_duty", "write slack: {match_by_email: true}"),
    ],
)
def test_a_rule_nobody_could_decide_is_an_error(tmp_path: Path, row: str, where: str, says: str) -> None:
    (found,) = told(tmp_path, rules(row))
    assert found.startswith(f"countersign.yaml:3: approvals[0].ask.{where}: ")
    assert says in found


@pytest.mark.parametrize(
    "row",
    [
        asks("approvers: [U0A1, U0B2], quorum: 2"),
        asks("approvers: [S0GROUP], quorum: 5"),
        asks("approvers: [U0A1], quorum: 2, escalate: {after: 1h, to: [S0GROUP]}"),
        asks("approvers: [U0A1], quorum: 2, escalate: {after: 1h, to: [U0B2]}"),
        asks("approvers: [U0A1, U0B2]", "by: U0A1"),
        asks("approvers: [U0A1], four_eyes: false", "by: U0A1"),
        asks("approvers: [U0A1], escalate: {after: 1h, to: [U0B2]}", "by: U0A1"),
        asks("approvers: [U0A1], escalate: {after: 1h, to: [U0A1, U0B2]}"),
        asks("approvers: [U0A1], always_after: 2"),
        asks("approvers: [U0A1], always_after: 2", "undo: false, risk: reversible"),
    ],
)
def test_a_rule_somebody_could_decide_is_none(tmp_path: Path, row: str) -> None:
    assert read(tmp_path, rules(row)).rules[0].ask is not None


def test_so_much_working_time_that_nobody_would_see_the_end_is_an_error(tmp_path: Path) -> None:
    long = "approvers: [U0A1], business_hours: true, expires_after: 365d"
    (found,) = told(tmp_path, rules(asks(long), more=HOURS))
    assert "approvals[0].ask.expires_after: so much working time takes more than a year" in found
    assert read(tmp_path, rules(asks(long.replace("365d", "60d")), more=HOURS)).hours is not None


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = rules(
        asks("approvers: [U0A1], quorum: 2", "action: jira.asign"),
        asks("approvers: [S0A1], remind_after: 9h", "connector: jria"),
        "match: {}, deny: true",
        "match: {risk: note}, deny: true",
        more="modes: [{skill: triag, mode: auto}]\n",
    )
    found = told(tmp_path, text)
    assert [each.split(":")[1] for each in found] == ["7", "4", "3", "6", "3", "4"]
    assert "did you mean 'triage'" in found[0]
    assert "did you mean 'jira'" in found[1]
    assert "did you mean 'jira.assign'" in found[2]
    assert "can never match" in found[3]
    assert "approvals[0].ask.quorum" in found[4]
    assert "approvals[1].ask.remind_after" in found[5]


def test_every_variable_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    found = told(tmp_path, "version: 1\nconnectors:\n  jira: {kind: '${ONE}', url: '${TWO}'}\n")
    assert ["${ONE}" in found[0], "${TWO}" in found[1], len(found)] == [True, True, 2]


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ("{timezone: Europe/Zuerich}", "hours.timezone: 'Europe/Zuerich' is not a time zone"),
        ("{from: '09:00'}", "hours.timezone: Field required"),
        ("{timezone: UTC, from: '25:00'}", 'hours.from: write a time of day such as "09:00"'),
        ("{timezone: UTC, to: '24:00'}", "hours.to: write a time of day"),
        ("{timezone: UTC, from: nine}", "hours.from: write a time of day"),
        ("{timezone: UTC, from: true}", "hours.from: write a time of day"),
        (
            "{timezone: UTC, from: '17:00', to: '09:00'}",
            "hours: work ends at 09:00, before it begins at 17:00",
        ),
        ("{timezone: UTC, weekdays: []}", "hours.weekdays"),
        ("{timezone: UTC, weekdays: [monday]}", "hours.weekdays[0]: Input should be 'mon', 'tue'"),
        ("{timezone: UTC, holidays: XX}", "hours.holidays: 'XX': no public holidays are known there"),
        ("{timezone: UTC, holidays: CH-QQ}", "hours.holidays: 'CH-QQ': no public holidays are known there"),
        ("{timezone: UTC, days_off: [christmas]}", "hours.days_off[0]"),
        ("{timezone: UTC, day_off: []}", "hours.day_off: unknown key; did you mean 'days_off'?"),
        ("{timezone: UTC, opens: '09:00'}", "hours.opens: unknown key; known are days_off, from, holidays"),
    ],
)
def test_hours_that_could_not_be_used_name_their_key(tmp_path: Path, hours: str, says: str) -> None:
    found = told(tmp_path, f"version: 1\nhours: {hours}\n")
    assert found[0].startswith("countersign.yaml:2: ")
    assert says in found[0]


def test_yaml_has_its_own_ideas_of_a_time_and_of_norway(tmp_path: Path) -> None:
    """Unquoted, 17:00 is 1020 (a number to the base of 60), and NO is false."""
    text = "version: 1\nhours: {timezone: Europe/Oslo, from: 9:00, to: 17:30, holidays: NO}\n"
    quoted = "version: 1\nhours: {timezone: Europe/Oslo, from: '09:00', to: '17:30', holidays: 'NO'}\n"
    hours = read(tmp_path, text).hours
    assert hours is not None
    assert (hours.opens.hour, hours.closes.hour, hours.closes.minute) == (9, 17, 30)
    assert hours == read(tmp_path, quoted).hours


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("operators: {alice: S0A1}", "operators.alice: 'S0A1' is not a Slack user id (U… or W…)"),
        ("operators: {alice: alice}", "operators.alice: 'alice' is not a Slack user id"),
        ("limits: {actions_per_hour: 0}", "limits.actions_per_hour"),
        ("slack: {match_by_mail: true}", "did you mean 'match_by_email'?"),
        ("audit: {keep: forever}", "audit.keep: write a number of days such as 400d"),
        ("audit: {kept: 400d}", "audit.kept: unknown key; did you mean 'keep'?"),
        ("audit: {forward: {htp: x}}", "audit.forward.htp: unknown key; did you mean 'http'?"),
        (
            "approvals: [{match: {by: S0A1}, deny: true}]",
            "approvals[0].match.by: 'S0A1' is not a Slack user id",
        ),
        ("approvals: [{match: {undo: maybe}, deny: true}]", "approvals[0].match.undo"),
        ("approvals: [{match: {}, ask: {approvers: ['/x']}}]", "approvals[0].ask.approvers[0]"),
        ("approvals: [{match: {}, ask: {approvers: ['jira/']}}]", "or a group of a ticket system such as"),
    ],
)
def test_other_new_keys_say_what_to_write(tmp_path: Path, more: str, says: str) -> None:
    assert says in told(tmp_path, f"version: 1\n{more}\n")[0]


def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    allows = 'match: {action: "jira.assign"}, allow: true'
    (said,) = warned(tmp_path, rules(allows))
    assert said.startswith("countersign.yaml:3: approvals[0].allow: allows more than notes in mode auto only")
    auto = "modes: [{mode: auto}]\n"
    assert warned(tmp_path, rules(allows, more=auto)) == []
    assert warned(tmp_path, rules('match: {action: "*.add_internal_note"}, allow: true')) == []
    assert (
        "what a person asks for" in warned(tmp_path, rules("match: {undo: true}, allow: true", more=auto))[0]
    )
    assert "nobody counts them" in warned(tmp_path, f"version: 1\n{HOURS}")[0]
    counted = rules(asks("approvers: [U0A1], business_hours: true"), more=HOURS)
    assert warned(tmp_path, counted) == []


def test_the_documented_file_has_nothing_wrong_with_it(tmp_path: Path) -> None:
    assert len(read(tmp_path, EXAMPLE).rules) == 3
    assert warned(tmp_path, EXAMPLE.replace("${JIRA_URL}", "https://jira.example.com")) == []


def test_an_editor_that_knows_the_schema_accepts_what_we_do_and_marks_what_we_refuse() -> None:
    good = {**yaml.safe_load(EXAMPLE), **yaml.safe_load(HOURS)}
    jsonschema.validate(good, schema())
    good["approvals"][1]["ask"]["expires_after"] = "soon"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good, schema())
