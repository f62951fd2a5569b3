"""What a change would do is said in the language of who reads it, whichever action words it."""

from __future__ import annotations

import pytest

from bot.core.actions import Args
from bot.core.deeds import gaps_in, said_in
from bot.core.ids import ActionName
from connectors.jira.actions import verbs as of_jira
from connectors.servicenow.actions import verbs as of_servicenow

VERBS = {**of_jira(), **of_servicenow()}
HIGH = {"id": "1", "label": "1 - High"}
TWO: Args = {"fields": {"priority": [{**HIGH}], "components": []}}
BOB: Args = {"to": {"id": "bob", "label": "Bob Okafor"}}
NOTE: Args = {"lines": [{"kind": "text", "text": "Called."}], "replaces": ""}


@pytest.mark.parametrize(
    ("name", "args", "says"),
    [
        ("jira.set_priority", {"to": HIGH}, "Mettre Priorité à 1 - High."),
        ("jira.set_fields", TWO, "Mettre Priorité à 1 - High et vider Composants."),
        ("jira.assign", BOB, "Confier le ticket à Bob Okafor."),
        ("jira.assign", {"to": None}, "Retirer le ticket à son responsable."),
        ("jira.link", {"others": ["OPS-2"]}, "Lier le ticket à OPS-2 (Relates)."),
        (
            "jira.transition",
            {"id": "5", "name": "Go", "to": {"id": "3", "label": "Done"}, "fields": {}},
            "Passer le ticket à Done.",
        ),
        ("jira.reply_publicly", {"text": "We are on it."}, "Répondre au demandeur en 4 mots."),
        ("jira.add_internal_note", NOTE, "Ajouter une note interne."),
        ("jira.add_internal_note", {**NOTE, "replaces": "7"}, "Mettre à jour la note interne."),
        ("servicenow.set_fields", {"fields": {"impact": [HIGH]}}, "Mettre Impact à 1 - High."),
        (
            "servicenow.set_fields",
            {"fields": {"impact": [HIGH], "urgency": [HIGH], "category": []}},
            "Mettre Impact à 1 - High, mettre Urgence à 1 - High et vider Catégorie.",
        ),
        ("servicenow.assign", BOB, "Confier le ticket à Bob Okafor."),
        ("servicenow.add_work_note", NOTE, "Ajouter une note de travail."),
        ("servicenow.reply_publicly", {"text": "We are on it."}, "Répondre au demandeur."),
        (
            "servicenow.resolve",
            {"close_code": {"id": "s", "label": "Solved"}, "close_notes": "New fuse."},
            "Résoudre l'incident : Solved.",
        ),
    ],
)
def test_the_sentence_of_an_action_is_said_again_in_french(name: str, args: Args, says: str) -> None:
    english = VERBS[ActionName(name)].describe(args)
    assert said_in(english, "en") == english
    assert said_in(english, "fr") == says


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Set Team to Sales and Marketing.", "Mettre Team à Sales and Marketing."),
        ("Set Team to nothing.", "Vider Team."),
        ("Set Assignment group to Network.", "Mettre Groupe à Network."),
        ("Set Issue Type to Task.", "Mettre Type à Task."),
        ("Set priority to High and impact to Low.", "Mettre Priorité à High et mettre Impact à Low."),
        ("Move the ticket to Done with Resolution Fixed.", "Passer le ticket à Done, avec Resolution Fixed."),
        ("Set it on fire", "Set it on fire"),
        ("Something nobody has heard of.", "Something nobody has heard of."),
        ("", ""),
    ],
)
def test_what_has_no_known_form_stays_as_it_is(english: str, french: str) -> None:
    assert said_in(english, "fr") == french


def test_only_the_gap_for_a_change_is_said_again() -> None:
    gaps = {"says": "Add an internal note.", "why": "Add an internal note."}
    assert gaps_in(gaps, "fr") == {"says": "Ajouter une note interne.", "why": "Add an internal note."}
