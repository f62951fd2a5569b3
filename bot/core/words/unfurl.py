"""What previews of links and steps of workflows say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "unfurl.nobody": {"en": "nobody", "fr": "personne"},
    "unfurl.unset": {"en": "not set", "fr": "non définie"},
    "workflow.ended": {"en": "{says} Not done: {status}. {why}", "fr": "{says} Pas fait : {status}. {why}"},
    "workflow.unread": {
        "en": "The step was given too little: it takes ticket, action, value and requester.",
        "fr": "L'étape a reçu trop peu : il lui faut ticket, action, valeur et demandeur.",
    },
    "workflow.note.by": {
        "en": "Written by a workflow in Slack.",
        "fr": "Rédigé par un workflow dans Slack.",
    },
    "workflow.closed": {
        "en": "{key} is closed: nothing is proposed on it any more.",
        "fr": "{key} est clos : plus rien n'y est proposé.",
    },
    "workflow.wrong": {
        "en": "This cannot be proposed on {key}: {why}",
        "fr": "Ceci ne peut être proposé sur {key} : {why}",
    },
    "workflow.no_such": {
        "en": "{system} has nothing that does this. Write a field's name, status, assignee, note or reply.",
        "fr": "{system} ne sait pas faire cela. Écrivez le nom d'un champ, status, assignee, note ou reply.",
    },
    "workflow.asked_already": {
        "en": "Somebody is being asked for exactly this on {key} already.",
        "fr": "Exactement ceci est déjà demandé à quelqu'un sur {key}.",
    },
}
