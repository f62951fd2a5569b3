"""The scripts an administrator installs, run outside of an instance: what they send is what we accept."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.core.tickets import Actor
from connectors.servicenow import WEBHOOK
from connectors.servicenow.settings import signing_key
from manifest.servicenow import update_set
from tests.connectors.servicenow.building import RECORD, REF, SECRET, US

FOLDER = Path(update_set.__file__).parent
INSTANCE = Path(__file__).parent / "instance.js"
SCRIPTS = ("outbox.js", "business-rule.js", "scheduled-job.js")
NODE = shutil.which("node") or ""
needs_node = pytest.mark.skipif(not NODE, reason="node is not installed: ServiceNow's scripts are JavaScript")
BEFORE = {
    "sys_id": RECORD,
    "number": "INC0010001",
    "sys_mod_count": "3",
    "sys_updated_on": "2026-11-21 09:00:00",
    "sys_updated_by": "alice",
    "state": "1",
    "category": "inquiry",
    "assigned_to": "",
    "short_description": "VPN drops",
    "description": "secret words",
    "work_notes": "",
}


def changed(**now: str) -> dict[str, Any]:
    """One update of the incident."""
    return {"operation": "update", "was": BEFORE, "now": {**BEFORE, "sys_mod_count": "4", **now}}


def run(
    *events: Any, runs: tuple[int, ...] = (0,), answers: tuple[int, ...] = (), secret: str = SECRET
) -> Any:
    """Let the business rule see ``events``, then the job run after each of ``runs`` seconds."""
    receiver = {
        "u_url": "https://bot.example.com/webhooks/servicenow",
        "u_secret": secret,
        "u_active": "true",
    }
    scenario = {
        "receivers": [receiver],
        "actor": "alice",
        "events": events,
        "runs": runs,
        "answers": answers,
    }
    done = subprocess.run(  # noqa: S603  # node, our own script
        [NODE, str(INSTANCE), str(FOLDER)],
        input=json.dumps(scenario),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def accept(post: Any, us: Actor = US) -> Any:
    """Verify and read one post as the bot does, and return its event and its body."""
    body = post["body"].encode()
    now = datetime.now(UTC)
    delivery = WEBHOOK.verify("servicenow", post["headers"], body, secret=SECRET, now=now)
    (event,) = WEBHOOK.parse("servicenow", delivery, body, us=us, at=now)
    return event, json.loads(body)


@needs_node
def test_what_the_scripts_send_is_signed_and_read_as_we_sign_and_read() -> None:
    outcome = run(changed(category="network", assigned_to="b" * 32))
    (post,) = outcome["posts"]
    event, body = accept(post)
    assert (event.ref, event.what, event.by_us) == (REF, "incident.update", False)
    assert event.id == f"servicenow:{body['event_id']}"
    assert set(body) == {
        *("event_id", "instance", "table", "operation", "sys_id", "number", "sys_mod_count"),
        *("sys_updated_on", "sys_updated_by", "changes", "record"),
    }
    assert {"field": "category", "old": "inquiry", "new": "network"} in body["changes"]
    assert (post["method"], post["timeout"], post["plain"]) == ("post", 5000, True)
    assert [row["u_state"] for row in outcome["rows"]] == ["sent"]


@needs_node
def test_an_insert_and_a_deletion_are_told_and_a_deletion_names_who_did_it() -> None:
    inserted = {"operation": "insert", "was": None, "now": BEFORE}
    deleted = {"operation": "delete", "was": None, "now": {**BEFORE, "sys_updated_by": "somebody.before"}}
    posts = run(inserted, deleted)["posts"]
    events = [accept(post)[0] for post in posts]
    assert [(event.what, event.gone) for event in events] == [
        ("incident.insert", False),
        ("incident.delete", True),
    ]
    assert accept(posts[1])[1]["sys_updated_by"] == "alice"


@needs_node
def test_our_own_changes_are_sent_and_known_as_ours() -> None:
    (post,) = run(changed(category="network", sys_updated_by=US.id))["posts"]
    assert accept(post)[0].by_us


@needs_node
def test_no_text_leaves_the_instance_only_that_it_changed() -> None:
    (post,) = run(
        changed(description="the password is hunter2", work_notes="do not tell", short_description="x")
    )["posts"]
    names = {each["field"] for each in accept(post)[1]["changes"]}
    assert names == {"description", "work_notes", "short_description"}
    assert not re.search(r"hunter2|do not tell|secret words", post["body"])


@needs_node
def test_characters_of_any_kind_travel_as_plain_ascii_and_no_variable_is_left_to_fill_in() -> None:
    category = '🖨️ ${sys_id} \u202e \u0007 \n {{x}} \\ " \u2028 ü'
    (post,) = run(changed(category=category))["posts"]
    assert post["body"].isascii()
    assert "$" not in post["body"]
    assert not re.search(r"[\x00-\x1f\x7f]", post["body"])
    change = next(each for each in accept(post)[1]["changes"] if each["field"] == "category")
    assert change["new"] == category


@needs_node
@pytest.mark.parametrize("status", [0, 401, 404, 429, 500, 503])
def test_what_was_not_accepted_is_sent_again_later_under_the_same_id(status: int) -> None:
    outcome = run(changed(category="network"), runs=(0, 5, 10), answers=(status,))
    first, second = outcome["posts"]
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]
    assert first["body"] == second["body"]
    assert [row["u_state"] for row in outcome["rows"]] == ["sent"]


@needs_node
def test_one_that_does_not_answer_holds_back_the_rest_in_order() -> None:
    outcome = run(changed(category="a"), changed(category="b"), answers=(503,))
    assert len(outcome["posts"]) == 1
    assert [row["u_state"] for row in outcome["rows"]] == ["queued", "queued"]


@needs_node
def test_what_is_refused_for_good_is_given_up_and_logged_and_the_rest_goes_on() -> None:
    outcome = run(changed(category="a"), changed(category="b"), answers=(413,))
    assert [row["u_state"] for row in outcome["rows"]] == ["failed", "sent"]
    assert "given up" in outcome["logs"][0]


@needs_node
def test_waits_grow_to_an_hour_and_end_after_most_of_a_day() -> None:
    outcome = run(changed(category="a"), runs=(0, *[3600] * 40), answers=(503,) * 41)
    assert len(outcome["posts"]) == 24
    assert [row["u_state"] for row in outcome["rows"]] == ["failed"]


@needs_node
def test_sent_events_are_forgotten_after_a_week_and_others_are_not() -> None:
    outcome = run(changed(category="a"), runs=(0, 86_400 * 8))
    assert outcome["rows"] == []
    kept = run(changed(category="a"), runs=(0, 86_400 * 8), answers=(413,))
    assert [row["u_state"] for row in kept["rows"]] == ["failed"]


@needs_node
@pytest.mark.parametrize("secret", ["", "hunter2", SECRET.removeprefix("whsec_")])
def test_without_a_secret_of_the_right_shape_nothing_is_sent_and_the_log_says_why(secret: str) -> None:
    outcome = run(changed(category="network"), secret=secret)
    assert outcome["posts"] == []
    assert [row["u_state"] for row in outcome["rows"]] == ["queued"]
    assert "u_countersign_receiver" in outcome["logs"][0]
    assert not secret or secret not in outcome["logs"][0]


@needs_node
def test_a_fault_of_ours_never_fails_a_persons_change() -> None:
    outcome = run({**changed(category="network"), "broken": True})
    assert outcome["posts"] == []
    assert "not noted" in outcome["logs"][0]


@needs_node
def test_a_delivery_is_signed_anew_at_each_try_so_that_a_late_one_is_not_too_old() -> None:
    (post,) = run(changed(category="network"))["posts"]
    at = datetime.fromtimestamp(int(post["headers"]["webhook-timestamp"]), UTC)
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=60)


def test_the_update_set_is_what_the_scripts_make() -> None:
    assert update_set.TARGET.read_text(encoding="utf-8") == update_set.render(), (
        "run python -m manifest.servicenow.update_set"
    )


def records() -> list[ET.Element]:
    """Every record of the update set, its payload read as the XML it is."""
    unload = ET.fromstring(update_set.render())  # noqa: S314  # our own file
    payloads = [each.findtext("payload") or "" for each in unload.iter("sys_update_xml")]
    return [ET.fromstring(payload)[0] for payload in payloads]  # noqa: S314  # our own file


def test_the_update_set_carries_the_scripts_to_the_letter() -> None:
    scripts = {each.findtext("script") for each in records()} - {None}
    assert scripts == {(FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS}


def test_the_update_set_makes_every_table_and_column_the_scripts_name_and_the_readme_lists() -> None:
    columns = {each.findtext("element") for each in records() if each.tag == "sys_dictionary"} - {None}
    tables = {each.findtext("name") for each in records() if each.tag == "sys_db_object"}
    script = (FOLDER / "outbox.js").read_text(encoding="utf-8")
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"'(u_[a-z_]+)'", script)) == columns | tables
    assert all(f"`{name}`" in readme for name in columns | tables if name)


def test_no_id_is_used_twice() -> None:
    ids = [each.findtext("sys_id") for each in records()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{32}", each or "") for each in ids)


def test_the_rule_runs_after_the_change_and_is_not_async() -> None:
    (rule,) = [each for each in records() if each.tag == "sys_script"]
    assert rule.findtext("when") == "after"
    assert {rule.findtext(f"action_{name}") for name in ("insert", "update", "delete")} == {"true"}


@pytest.mark.parametrize("name", [*SCRIPTS, "update-set.xml"])
def test_no_secret_and_no_address_stands_in_what_is_installed(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"whsec_[A-Za-z0-9+/]{8}", text)
    assert "{{PUBLIC_URL}}/webhooks/servicenow" in text or name != "update-set.xml"


def test_the_secret_the_readme_makes_is_one_we_accept() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    command = re.search(r"python3 -c '(import base64.*)'", readme)
    assert command is not None
    made: list[str] = []
    exec(command[1], {"print": made.append})  # noqa: S102  # the readme's own line
    assert len(signing_key(made[0])) == 32


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_keep_to_the_language_every_instance_speaks(name: str) -> None:
    """Rhino in its ES5 mode, the default of global scripts: no let, const, arrow, class or template."""
    code = re.sub(
        r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'",
        "",
        (FOLDER / name).read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    assert not re.search(r"\b(let|const|class|async|await)\b|=>|`|\.\.\.", code)
