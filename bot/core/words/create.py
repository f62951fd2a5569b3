"""Making tickets out of Slack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "undo.create": {
        "en": "The bot deletes nothing: close the ticket by hand if it should not be.",
        "fr": "Le bot ne supprime rien : fermez le ticket à la main s'il ne doit pas exister.",
    },
    # --- the form
    "create.title": {"en": "Create a ticket", "fr": "Créer un ticket"},
    "create.submit": {"en": "Create", "fr": "Créer"},
    "create.loading": {
        "en": "Asking the ticket systems what can be filled in. This takes a moment.",
        "fr": "Les systèmes de tickets disent ce qui peut être rempli. Un instant.",
    },
    "create.queue": {"en": "Where", "fr": "Où"},
    "create.type": {"en": "Type", "fr": "Type"},
    "create.summary": {"en": "Summary", "fr": "Résumé"},
    "create.description": {"en": "Description", "fr": "Description"},
    "create.pick": {"en": "Choose", "fr": "Choisir"},
    "create.search": {"en": "Type to search", "fr": "Tapez pour chercher"},
    "create.by_model": {
        "en": "Suggested by {brain} out of the message. Check it: nothing is created until you press Create.",
        "fr": "Suggéré par {brain} d'après le message. Vérifiez : rien n'est créé avant que vous ne validiez.",
    },
    "create.from_message": {
        "en": "Taken from the message. Nothing is created until you press Create.",
        "fr": "Repris du message. Rien n'est créé avant que vous ne validiez.",
    },
    "create.as_requester": {
        "en": "It will be in the name of {name}.",
        "fr": "Il sera au nom de {name}.",
    },
    "create.unfillable": {
        "en": "{system} also requires {fields}, which cannot be filled in here; it may refuse the ticket.",
        "fr": "{system} exige aussi {fields}, impossible à remplir ici ; le ticket peut être refusé.",
    },
    "create.link": {"en": "From Slack: {url}", "fr": "Depuis Slack : {url}"},
    # --- why not
    "create.no_system": {
        "en": "No ticket system is set up in which tickets can be made.",
        "fr": "Aucun système de tickets configuré ne permet d'en créer.",
    },
    "create.no_queue": {
        "en": "There is no project or table in which the bot may make tickets.",
        "fr": "Il n'y a ni projet ni table où le bot puisse créer des tickets.",
    },
    "create.away": {
        "en": "{system} does not answer just now. Nothing was created; try again in a moment.",
        "fr": "{system} ne répond pas pour l'instant. Rien n'a été créé ; réessayez dans un moment.",
    },
    "create.off": {
        "en": "The policy does not let the bot make tickets.",
        "fr": "Les règles ne permettent pas au bot de créer des tickets.",
    },
    "create.empty": {"en": "Write a summary.", "fr": "Écrivez un résumé."},
    "create.too_long": {"en": "At most {n} characters.", "fr": "{n} caractères au plus."},
    "create.not_yet": {
        "en": "The form is not complete yet. Wait a moment.",
        "fr": "Le formulaire n'est pas encore complet. Attendez un instant.",
    },
    "create.outdated": {
        "en": "The form no longer fits {system}: {field} has changed there. Nothing was created; start again.",
        "fr": "Le formulaire ne convient plus à {system} : {field} y a changé. Rien n'a été créé ; recommencez.",
    },
    "create.missing": {
        "en": "{system} wants {field}. Nothing was created; start again.",
        "fr": "{system} demande {field}. Rien n'a été créé ; recommencez.",
    },
    # --- how it ended
    "create.done": {"en": "{link} is there. {says}", "fr": "{link} est créé. {says}"},
    "create.waits": {
        "en": "It waits for approval; you will be told. {says}",
        "fr": "En attente d'une approbation ; vous serez prévenu. {says}",
    },
    "create.ended": {
        "en": "Nothing was created ({status}). {why} It was: {says}",
        "fr": "Rien n'a été créé ({status}). {why} Il s'agissait de : {says}",
    },
}
