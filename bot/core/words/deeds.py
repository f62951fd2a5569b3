"""What a change would do, one imperative sentence each, as the actions themselves word it in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "deed.assign": {"en": "Assign the ticket to {who}.", "fr": "Confier le ticket à {who}."},
    "deed.unassign": {
        "en": "Take the ticket away from its assignee.",
        "fr": "Retirer le ticket à son responsable.",
    },
    "deed.child": {
        "en": "Link the ticket to {other} as its child.",
        "fr": "Rattacher le ticket à {other}, son parent.",
    },
    "deed.link": {"en": "Link the ticket to {other}.", "fr": "Lier le ticket à {other}."},
    "deed.unchild": {
        "en": "Take the ticket away from its parent incident.",
        "fr": "Détacher le ticket de son incident parent.",
    },
    "deed.move.with": {
        "en": "Move the ticket to {to} with {sets}.",
        "fr": "Passer le ticket à {to}, avec {sets}.",
    },
    "deed.move": {"en": "Move the ticket to {to}.", "fr": "Passer le ticket à {to}."},
    "deed.note": {"en": "Add an internal note.", "fr": "Ajouter une note interne."},
    "deed.work_note": {"en": "Add a work note.", "fr": "Ajouter une note de travail."},
    "deed.note.renew": {
        "en": "Bring the internal note up to date.",
        "fr": "Mettre à jour la note interne.",
    },
    "deed.reply.words": {
        "en": "Reply to the requester in {n} words.",
        "fr": "Répondre au demandeur en {n} mots.",
    },
    "deed.reply": {"en": "Reply to the requester.", "fr": "Répondre au demandeur."},
    "deed.resolve": {"en": "Resolve the incident as {code}.", "fr": "Résoudre l'incident : {code}."},
    "deed.create.for.with": {
        "en": "Create a ticket in {queue} of type {kind} for {who}: “{title}” (with {sets}).",
        "fr": "Créer un ticket dans {queue}, de type {kind}, pour {who} : « {title} » (avec {sets}).",
    },
    "deed.create.for": {
        "en": "Create a ticket in {queue} of type {kind} for {who}: “{title}”.",
        "fr": "Créer un ticket dans {queue}, de type {kind}, pour {who} : « {title} ».",
    },
    "deed.create.with": {
        "en": "Create a ticket in {queue} of type {kind}: “{title}” (with {sets}).",
        "fr": "Créer un ticket dans {queue}, de type {kind} : « {title} » (avec {sets}).",
    },
    "deed.create": {
        "en": "Create a ticket in {queue} of type {kind}: “{title}”.",
        "fr": "Créer un ticket dans {queue}, de type {kind} : « {title} ».",
    },
    "deed.set": {"en": "set {field} to {value}", "fr": "mettre {field} à {value}"},
    "deed.clear": {"en": "clear {field}", "fr": "vider {field}"},
    "deed.and": {"en": "and", "fr": "et"},
}
