"""Which verbs a model is offered: those that some rule lets happen after somebody agreed."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from approvals.policy import Match, Rule
from bot.agent.offers import WANTED, may_happen, offers, schema_of
from bot.agent.reading import KeyWanted
from bot.core.actions import Risk
from bot.core.ids import ActionName
from connectors.jira.actions import verbs as jira_verbs
from tests.bot.agent.house import Desk
from tests.making import asking, rulebook


def test_every_verb_we_have_is_on_offer_where_policy_asks() -> None:
    found = offers([Desk()], rulebook())
    assert list(found) == sorted(found)
    assert {f"jira.{each.verb}" for each in found.values()} == {
        name for name, kind in jira_verbs().items() if kind.arguments in WANTED
    }
    assert all(each.tool.name.startswith("propose_jira_") for each in found.values())


def test_what_policy_denies_outright_is_not_on_offer() -> None:
    deny = Rule(name="a", match=Match(action="jira.reply_publicly"))
    ask = Rule(name="b", match=Match(action="*"), ask=asking())
    assert "propose_jira_reply_publicly" not in offers([Desk()], rulebook(deny, ask))
    only_here = Rule(name="a", match=Match(action="jira.reply_publicly", queue="VIP"))
    assert "propose_jira_reply_publicly" in offers([Desk()], rulebook(only_here, ask))
    assert offers([Desk()], rulebook(deny)) == {}


@pytest.mark.parametrize(
    ("rule", "risk", "may"),
    [
        (Rule(name="a", match=Match(), allow=True), Risk.NOTE, True),
        (Rule(name="a", match=Match(), allow=True), Risk.REVERSIBLE, False),
        (Rule(name="a", match=Match(skill="triage"), ask=asking()), Risk.REVERSIBLE, False),
        (Rule(name="a", match=Match(undo=True), ask=asking()), Risk.REVERSIBLE, False),
        (Rule(name="a", match=Match(connector="other"), ask=asking()), Risk.REVERSIBLE, False),
        (Rule(name="a", match=Match(to="High"), ask=asking()), Risk.REVERSIBLE, True),
    ],
)
def test_a_rule_for_others_offers_nothing(rule: Rule, risk: Risk, *, may: bool) -> None:
    assert may_happen(rulebook(rule), "jira", ActionName("jira.set_priority"), risk) is may


def test_schemas_name_no_ids_and_refer_to_nothing_outside() -> None:
    models: list[type[BaseModel]] = [*WANTED.values(), KeyWanted]
    for model in models:
        schema = repr(schema_of(model))
        assert "$ref" not in schema
        assert "$defs" not in schema
        assert "'additionalProperties': False" in schema
