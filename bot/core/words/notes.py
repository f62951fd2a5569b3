"""What the note on the ticket says, and how a proposal ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "note.title": {
        "en": "Triage by Countersign (AI, may be wrong)",
        "fr": "Tri par Countersign (IA, peut se tromper)",
    },
    "note.suggested": {"en": "Suggested", "fr": "Suggestions"},
    "note.nothing": {
        "en": "No value is sure enough to suggest.",
        "fr": "Aucune valeur n'est assez sûre pour être suggérée.",
    },
    "note.value": {
        "en": "{value} (now: {current}; {sure})",
        "fr": "{value} (actuellement : {current} ; {sure})",
    },
    "note.one_of": {
        "en": "{values} (now: {current}; one of them, {percent} %)",
        "fr": "{values} (actuellement : {current} ; l'une d'elles, {percent} %)",
    },
    "note.torn": {
        "en": "not sure enough: {values}? (now: {current})",
        "fr": "pas assez sûr : {values} ? (actuellement : {current})",
    },
    "note.or": {"en": "or", "fr": "ou"},
    "note.unset": {"en": "not set", "fr": "non renseigné"},
    "note.sure.high": {"en": "sure, {percent} %", "fr": "sûr, {percent} %"},
    "note.sure.middle": {"en": "likely, {percent} %", "fr": "probable, {percent} %"},
    "note.sure.low": {"en": "a guess, {percent} %", "fr": "une piste, {percent} %"},
    "note.rests": {"en": "rests on", "fr": "d'après"},
    "note.similar": {"en": "Similar past tickets", "fr": "Tickets passés similaires"},
    "note.copy": {"en": "and one like it", "fr": "et un semblable"},
    "note.copies": {"en": "and {n} like it", "fr": "et {n} semblables"},
    "note.draft": {"en": "Draft reply (not sent)", "fr": "Projet de réponse (non envoyé)"},
    "note.draft_from": {"en": "Adapted from {key}", "fr": "Adapté de {key}"},
    "note.outcomes": {"en": "What was decided", "fr": "Décisions"},
    "note.brain.local": {"en": "Judged by the local brain.", "fr": "Jugé par le cerveau local."},
    "note.brain.model": {"en": "Judged by {model}.", "fr": "Jugé par {model}."},
    "note.brain.both": {
        "en": "Judged by the local brain, and by {model} where that was not sure.",
        "fr": "Jugé par le cerveau local, et par {model} là où il n'était pas sûr.",
    },
    "note.degraded.provider_down": {
        "en": "The model provider did not answer, so the local brain stood in.",
        "fr": "Le fournisseur du modèle n'a pas répondu : le cerveau local a pris le relais.",
    },
    "note.degraded.budget_spent": {
        "en": "Today's model budget is spent, so the local brain stood in.",
        "fr": "Le budget du jour est épuisé : le cerveau local a pris le relais.",
    },
    "note.degraded.answer_refused": {
        "en": "The model's answer was not acceptable, so the local brain stood in.",
        "fr": "La réponse du modèle n'était pas acceptable : le cerveau local a pris le relais.",
    },
    "note.waits": {"en": "Waiting for a decision in Slack", "fr": "En attente d'une décision dans Slack"},
    "note.says": {"en": "Add an internal note.", "fr": "Ajouter une note interne."},
    "outcome.pending": {"en": "{says} Waiting.", "fr": "{says} En attente."},
    "outcome.approved": {"en": "{says} Approved by {who}.", "fr": "{says} Approuvé par {who}."},
    "outcome.executing": {
        "en": "{says} Approved by {who}, under way.",
        "fr": "{says} Approuvé par {who}, en cours.",
    },
    "outcome.executed": {"en": "Done: {says} Approved by {who}.", "fr": "Fait : {says} Approuvé par {who}."},
    "outcome.failed": {
        "en": "Not done: {says} Approved by {who}, but: {why}",
        "fr": "Non fait : {says} Approuvé par {who}, mais : {why}",
    },
    "outcome.uncertain": {
        "en": "Not known yet: {says} The answer got lost; looking before anything is tried again.",
        "fr": "Pas encore connu : {says} La réponse s'est perdue ; vérification avant tout nouvel essai.",
    },
    "outcome.rejected": {"en": "Rejected by {who}: {says} {why}", "fr": "Refusé par {who} : {says} {why}"},
    "outcome.stale": {"en": "No longer applies: {says} {why}", "fr": "Ne s'applique plus : {says} {why}"},
    "outcome.expired": {"en": "Nobody decided in time: {says}", "fr": "Personne n'a décidé à temps : {says}"},
    "outcome.denied": {"en": "Not permitted: {says} {why}", "fr": "Non permis : {says} {why}"},
    "outcome.cancelled": {"en": "Called off: {says} {why}", "fr": "Arrêté : {says} {why}"},
    "outcome.undone": {"en": "Undone: {says}", "fr": "Annulé : {says}"},
    "because.alike": {
        "en": "{count} of {many} similar solved tickets have it.",
        "fr": "{count} des {many} tickets résolus semblables l'ont.",
    },
    "because.proven": {
        "en": "Of answers this sure, {percent} in 100 were right on past tickets.",
        "fr": "De réponses aussi sûres, {percent} sur 100 étaient justes sur les tickets passés.",
    },
    "because.corrected": {
        "en": "People have set it on {key}, which is much like this one.",
        "fr": "Il a été choisi à la main sur {key}, très semblable à ce ticket.",
    },
    "because.table": {
        "en": "The table has it for impact {impact} and urgency {urgency}.",
        "fr": "Le tableau le prévoit pour l'impact {impact} et l'urgence {urgency}.",
    },
    "because.with_impact": {
        "en": "With impact {value}, the table makes it priority {priority}.",
        "fr": "Avec l'impact {value}, le tableau en fait la priorité {priority}.",
    },
    "because.with_urgency": {
        "en": "With urgency {value}, the table makes it priority {priority}.",
        "fr": "Avec l'urgence {value}, le tableau en fait la priorité {priority}.",
    },
    "because.reply": {
        "en": "A reply to the requester, to be read before it is sent.",
        "fr": "Une réponse au demandeur, à relire avant l'envoi.",
    },
    "because.settled": {
        "en": "The conversation shows that it is settled.",
        "fr": "La conversation montre que c'est réglé.",
    },
    "because.planned": {
        "en": "The plan for this ticket wants it: {fields}.",
        "fr": "Le plan pour ce ticket le demande : {fields}.",
    },
    "outcome.policy": {"en": "policy", "fr": "la règle"},
}
