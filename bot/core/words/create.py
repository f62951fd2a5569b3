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
    "create.by_hand": {"en": "Create it in {system} instead", "fr": "Le créer plutôt dans {system}"},
    # --- once more
    "create.again": {"en": "Open the form again", "fr": "Rouvrir le formulaire"},
    "create.refused": {"en": "Nothing was created. {why}", "fr": "Rien n'a été créé. {why}"},
    "create.refused_here": {"en": "Refused: {why}", "fr": "Refusé : {why}"},
    "create.refused_below": {
        "en": "Nothing was created: below the inputs stands what was refused. Everything else is as you left it.",
        "fr": "Rien n'a été créé : sous les champs figure ce qui a été refusé. Le reste est resté tel quel.",
    },
    "create.sent_again": {
        "en": "This form was opened again and sent already. Nothing more was created.",
        "fr": "Ce formulaire a déjà été rouvert et envoyé. Rien d'autre n'a été créé.",
    },
    "create.not_kept": {
        "en": "This form is not kept any more. Start a new one.",
        "fr": "Ce formulaire n'est plus conservé. Commencez-en un nouveau.",
    },
    "create.not_open": {
        "en": "There is nothing left to correct here: what was asked for has taken another course.",
        "fr": "Il n'y a plus rien à corriger ici : la demande a pris un autre chemin.",
    },
    # --- why not
    "create.no_system": {
        "en": "No ticket system is set up in which tickets can be made.",
        "fr": "Aucun système de tickets configuré ne permet d'en créer.",
    },
    "create.no_queue": {
        "en": "There is no project or table in which the bot may make tickets.",
        "fr": "Il n'y a ni projet ni table où le bot puisse créer des tickets.",
    },
    "create.moved": {
        "en": "{queue} takes no tickets from here just now: choose where this one goes.",
        "fr": "{queue} n'accepte pas de ticket d'ici pour l'instant : choisissez où créer celui-ci.",
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
    "create.wanted": {"en": "This is required.", "fr": "Ce champ est obligatoire."},
    "create.gone": {
        "en": "This value is no longer offered. Choose another.",
        "fr": "Cette valeur n'est plus proposée. Choisissez-en une autre.",
    },
    "create.bad_number": {
        "en": "Write a number, such as 12 or 12.5.",
        "fr": "Écrivez un nombre, comme 12 ou 12.5.",
    },
    "create.bad_whole": {"en": "Write a whole number.", "fr": "Écrivez un nombre entier."},
    "create.out_of_range": {
        "en": "Write a number from {least} to {most}.",
        "fr": "Écrivez un nombre de {least} à {most}.",
    },
    "create.bad_date": {"en": "That is no date that can be used.", "fr": "Cette date ne convient pas."},
    "create.bad_url": {
        "en": "Write an address that begins with https:// or http://.",
        "fr": "Écrivez une adresse qui commence par https:// ou http://.",
    },
    "create.words": {
        "en": "Single words with blanks between them.",
        "fr": "Des mots séparés par des espaces.",
    },
    "create.changed": {
        "en": "{system} asks for other things than this form did. Check it and press Create again.",
        "fr": "{system} ne demande plus la même chose. Vérifiez le formulaire et validez de nouveau.",
    },
    "create.outdated": {
        "en": "The form no longer fits {system}: {field} has changed there. Nothing was created.",
        "fr": "Le formulaire ne convient plus à {system} : {field} y a changé. Rien n'a été créé.",
    },
    "create.missing": {
        "en": "{system} wants {field}. Nothing was created.",
        "fr": "{system} demande {field}. Rien n'a été créé.",
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
