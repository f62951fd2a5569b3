"""Arguments as people type them: words land where a value is wanted, and mistakes say what is taken."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.actions import Args
from bot.core.errors import Misconfigured
from bot.core.ids import ActionName
from bot.explaining_arguments import arguments, takes
from bot.opening import known_verbs

HIGH = {"id": "High", "label": "High"}


def read(verb: str, *typed: str) -> Args:
    return arguments(known_verbs()[ActionName(verb)], typed)


@pytest.mark.parametrize(
    ("verb", "typed", "found"),
    [
        ("jira.set_fields", ["fields.priority=High"], {"fields": {"priority": [HIGH]}}),
        (
            "jira.set_fields",
            ["fields.labels=a", "fields.labels=b"],
            {"fields": {"labels": [{"id": "a", "label": "a"}, {"id": "b", "label": "b"}]}},
        ),
        ("jira.set_fields", ["fields.labels=[]"], {"fields": {"labels": []}}),
        ("jira.set_fields", ['fields={"priority": ["High"]}'], {"fields": {"priority": [HIGH]}}),
        (
            "jira.set_fields",
            ['fields.priority={"id": "2", "label": "High"}'],
            {"fields": {"priority": [{"id": "2", "label": "High"}]}},
        ),
        ("jira.set_priority", ["to=High"], {"to": HIGH}),
        ("jira.set_priority", ["to.id=2", "to.label=High"], {"to": {"id": "2", "label": "High"}}),
        ("jira.assign", ["to=null"], {"to": None}),
        ("jira.assign", ["to=bob"], {"to": {"id": "bob", "label": "bob"}}),
        ("jira.reply_publicly", ["text=1=1, is it?"], {"text": "1=1, is it?"}),
        ("jira.reply_publicly", ["text=42"], {"text": "42"}),
        ("jira.reply_publicly", ['text="[x]"'], {"text": "[x]"}),
        (
            "servicenow.resolve",
            ["close_code=Solved", "close_notes=Restarted."],
            {"close_code": {"id": "Solved", "label": "Solved"}, "close_notes": "Restarted."},
        ),
    ],
)
def test_words_land_where_a_value_is_wanted(verb: str, typed: list[str], found: dict[str, Any]) -> None:
    assert read(verb, *typed) == found


@pytest.mark.parametrize(
    ("verb", "typed", "says"),
    [
        ("jira.set_priority", ["high"], "--arg 'high': write name=value, such as fields.priority=High"),
        ("jira.set_priority", ["=high"], "write name=value"),
        ("jira.set_priority", ["to..id=2"], "write name=value"),
        ("jira.set_priority", ["a.b.c.d.e.f=2"], "write name=value"),
        ("jira.set_priority", ["to={id: 2}"], "the value is not JSON"),
        ("jira.set_priority", ["to=x", "to.id=2"], "to has a value of its own already"),
        (
            "jira.set_priority",
            ["priority=High"],
            "to: Field required; priority: Extra inputs are not permitted",
        ),
        ("jira.set_priority", ["priority=High"], "jira.set_priority takes to=VALUE"),
        ("jira.set_priority", ["to=a", "to=b"], "jira.set_priority takes to=VALUE"),
        ("jira.set_fields", ["fields=High"], "jira.set_fields takes fields.NAME=VALUE"),
        ("jira.set_fields", ["fields={}"], "jira.set_fields takes fields.NAME=VALUE"),
        ("jira.reply_publicly", ["text="], "jira.reply_publicly takes text=VALUE"),
    ],
)
def test_a_mistake_says_what_the_action_takes(verb: str, typed: list[str], says: str) -> None:
    with pytest.raises(Misconfigured) as error:
        read(verb, *typed)
    assert says in str(error.value)


def test_every_verb_says_what_it_takes() -> None:
    for verb in known_verbs().values():
        assert takes(verb).startswith(f"{verb.name} takes ")
