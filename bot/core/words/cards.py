"""What a card says: titles, facts, buttons, statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "card.title": {"en": "Approve change to {key}?", "fr": "Approuver la modification de {key} ?"},
    "card.title_reply": {
        "en": "Approve public reply on {key}?",
        "fr": "Approuver la réponse publique sur {key} ?",
    },
    "card.title.approved": {"en": "Change to {key} approved", "fr": "Modification de {key} approuvée"},
    "card.title.executing": {"en": "Change to {key} under way", "fr": "Modification de {key} en cours"},
    "card.title.executed": {"en": "Change to {key} done", "fr": "Modification de {key} faite"},
    "card.title.failed": {"en": "Change to {key} not done", "fr": "Modification de {key} non faite"},
    "card.title.uncertain": {
        "en": "Change to {key}: not known yet",
        "fr": "Modification de {key} : pas encore connu",
    },
    "card.title.rejected": {"en": "Change to {key} rejected", "fr": "Modification de {key} refusée"},
    "card.title.stale": {"en": "Change to {key} no longer applies", "fr": "Modification de {key} caduque"},
    "card.title.expired": {"en": "Change to {key} expired", "fr": "Modification de {key} expirée"},
    "card.title.cancelled": {"en": "Change to {key} called off", "fr": "Modification de {key} arrêtée"},
    "card.title.undone": {"en": "Change to {key} undone", "fr": "Modification de {key} annulée"},
    "card.title.denied": {"en": "Change to {key} not permitted", "fr": "Modification de {key} non permise"},
    "card.text": {
        "en": "Approval needed on {key}: {says} Expires {when}.",
        "fr": "Approbation requise sur {key} : {says} Expire {when}.",
    },
    "card.ticket": {"en": "Ticket", "fr": "Ticket"},
    "card.risk": {"en": "Risk", "fr": "Risque"},
    "card.asked_by": {"en": "Asked by", "fr": "Demandé par"},
    "card.by_skill": {"en": "Countersign, {skill} (AI)", "fr": "Countersign, {skill} (IA)"},
    "card.sure": {"en": "How sure", "fr": "Certitude"},
    "card.risk.note": {"en": "Internal note", "fr": "Note interne"},
    "card.risk.reversible": {"en": "Can be set back", "fr": "Peut être annulé"},
    "card.risk.irreversible": {"en": "Cannot be undone", "fr": "Ne peut pas être annulé"},
    "card.exactly": {"en": "Exactly this will happen", "fr": "Voici exactement ce qui se passera"},
    "card.exactly_text": {"en": "Exactly this text will be posted", "fr": "Voici exactement le texte publié"},
    "card.happened": {"en": "What was decided on", "fr": "Ce qui a été décidé"},
    "card.change": {"en": "{field}: {before} → {after}", "fr": "{field} : {before} → {after}"},
    "card.more": {"en": "{n} more characters: see Details", "fr": "{n} caractères de plus : voir Détails"},
    "card.why": {"en": "Why", "fr": "Pourquoi"},
    "card.foot": {
        "en": "Rule {rule} · approvers {approvers} · expires {when} · AI, may be wrong",
        "fr": "Règle {rule} · approbateurs {approvers} · expire {when} · IA, peut se tromper",
    },
    "card.edited": {"en": "edited before approval", "fr": "modifié avant approbation"},
    "card.four_eyes": {
        "en": "the person who asked may not approve",
        "fr": "le demandeur ne peut pas approuver",
    },
    "button.approve": {"en": "Approve", "fr": "Approuver"},
    "button.approve_reply": {"en": "Post Reply", "fr": "Publier"},
    "button.edit": {"en": "Edit", "fr": "Modifier"},
    "button.reject": {"en": "Reject", "fr": "Refuser"},
    "button.details": {"en": "Details", "fr": "Détails"},
    "button.approve_label": {"en": "Approve and carry out on {key}", "fr": "Approuver et exécuter sur {key}"},
    "button.reject_label": {"en": "Reject this on {key}", "fr": "Refuser ceci sur {key}"},
    "button.edit_label": {
        "en": "Edit before approving on {key}",
        "fr": "Modifier avant d'approuver sur {key}",
    },
    "button.details_label": {"en": "Show everything about {key}", "fr": "Tout voir sur {key}"},
    "status.pending": {"en": "waiting", "fr": "en attente"},
    "status.approved": {"en": "approved", "fr": "approuvé"},
    "status.executing": {"en": "approved and under way", "fr": "approuvé et en cours"},
    "status.executed": {"en": "approved and done", "fr": "approuvé et fait"},
    "status.failed": {"en": "approved, but it could not be done", "fr": "approuvé, mais impossible à faire"},
    "status.uncertain": {"en": "approved, outcome being checked", "fr": "approuvé, résultat en vérification"},
    "status.rejected": {"en": "rejected", "fr": "refusé"},
    "status.stale": {"en": "no longer applicable", "fr": "caduc"},
    "status.expired": {"en": "expired", "fr": "expiré"},
    "status.cancelled": {"en": "called off", "fr": "arrêté"},
    "status.undone": {"en": "done and undone again", "fr": "fait puis annulé"},
    "status.denied": {"en": "not permitted", "fr": "non permis"},
    # --- sets
    "card.title_set": {"en": "Approve {n} changes to {key}?", "fr": "Approuver {n} modifications de {key} ?"},
    "card.title_set_one": {
        "en": "Approve the last of the changes to {key}?",
        "fr": "Approuver la dernière des modifications de {key} ?",
    },
    "card.title_set_under_way": {"en": "Changes to {key} under way", "fr": "Modifications de {key} en cours"},
    "card.title_set_done": {"en": "Changes to {key} done", "fr": "Modifications de {key} faites"},
    "card.title_set_undone": {"en": "Changes to {key} undone", "fr": "Modifications de {key} annulées"},
    "card.title_set_decided": {
        "en": "Changes to {key} decided",
        "fr": "Modifications de {key} : c'est décidé",
    },
    "card.set_more": {
        "en": "{n} more belong to this set: see All details. They move up as these are decided.",
        "fr": "{n} autres font partie du lot : voir Tous les détails. Elles remontent au fil des décisions.",
    },
    "card.partly": {
        "en": "Not everything ran. Done: {done}. Not done: {failed}.",
        "fr": "Tout n'a pas abouti. Fait : {done}. Non fait : {failed}.",
    },
    "button.approve_all": {"en": "Approve All {n}", "fr": "Tout approuver ({n})"},
    "button.approve_all_label": {
        "en": "Approve and carry out all {n} on {key}",
        "fr": "Approuver et exécuter les {n} sur {key}",
    },
    "button.reject_all": {"en": "Reject All {n}", "fr": "Tout refuser ({n})"},
    "button.reject_all_label": {"en": "Reject all {n} on {key}", "fr": "Refuser les {n} sur {key}"},
    "button.details_all": {"en": "All Details", "fr": "Tous les détails"},
    "confirm.reject_all_title": {"en": "Reject all {n}?", "fr": "Tout refuser ({n}) ?"},
    "confirm.reject_all": {
        "en": "None of them will be proposed again while the ticket says the same. To give a reason, reject them one by one.",
        "fr": "Aucune ne sera reproposée tant que le ticket dit la même chose. Pour donner une raison, refusez une par une.",
    },
    # --- votes, time, and whether it can be decided at all
    "card.votes": {"en": "{n} of {of} approved", "fr": "{n} accord(s) sur {of}"},
    "card.still_asked": {"en": "still asked:", "fr": "encore sollicités :"},
    "card.voted_for": {"en": "{who} (standing in)", "fr": "{who} (par délégation)"},
    "card.reminded": {"en": "Reminded", "fr": "Rappel envoyé"},
    "card.escalated": {"en": "Escalated", "fr": "Escaladé"},
    "card.too_few": {
        "en": "Only {can} can decide, and {need} have to agree. Add approvers to {rule} in the policy, or people to its groups.",
        "fr": "Seulement {can} peuvent décider, il faut {need} accords. Ajoutez des approbateurs à {rule}, ou des gens à ses groupes.",
    },
    "card.groups_gone": {
        "en": "These groups do not exist any more, so nobody in them counts: {groups}",
        "fr": "Ces groupes n'existent plus, personne n'y compte : {groups}",
    },
    "card.no_way_back": {
        "en": "Once done, this cannot be undone.",
        "fr": "Une fois fait, ceci ne peut pas être annulé.",
    },
    "confirm.irreversible_title": {"en": "There is no way back", "fr": "Pas de retour possible"},
    "confirm.irreversible": {
        "en": "What the card shows for {key} will be carried out, and it cannot be undone.",
        "fr": "Ce que montre la carte pour {key} sera exécuté et ne pourra pas être annulé.",
    },
    "confirm.irreversible_yes": {"en": "Carry It Out", "fr": "Exécuter"},
    # --- undo and standing permissions
    "card.title_undo": {"en": "Undo a change to {key}?", "fr": "Annuler une modification de {key} ?"},
    "card.undone_by": {"en": "Undone by {who}.", "fr": "Annulé par {who}."},
    "card.undo_waits": {
        "en": "The undo was asked for and waits for an approval.",
        "fr": "L'annulation a été demandée et attend un accord.",
    },
    "card.undo_under_way": {"en": "The undo is under way.", "fr": "L'annulation est en cours."},
    "card.undo_trouble": {
        "en": "The undo did not happen: {why}",
        "fr": "L'annulation n'a pas eu lieu : {why}",
    },
    "card.built_upon": {
        "en": "The ticket was changed since, so this cannot be undone from here.",
        "fr": "Le ticket a changé depuis : impossible d'annuler d'ici.",
    },
    "card.always": {
        "en": "Always allowed from here on (revocable in the App Home).",
        "fr": "Toujours autorisé à partir d'ici (révocable dans l'accueil de l'app).",
    },
    "button.undo": {"en": "Undo", "fr": "Annuler"},
    "button.undo_label": {"en": "Set this back on {key}", "fr": "Remettre comme avant sur {key}"},
    "button.undo_all": {"en": "Undo What Was Done", "fr": "Annuler ce qui a été fait"},
    "button.undo_all_label": {
        "en": "Set back all that was done on {key}",
        "fr": "Remettre {key} comme avant",
    },
    "button.always": {"en": "Always Allow Exactly This", "fr": "Toujours autoriser exactement ceci"},
    "button.always_label": {
        "en": "Stop asking about exactly this change in {queue}",
        "fr": "Ne plus demander pour exactement ceci dans {queue}",
    },
    "confirm.always_title": {
        "en": "Always allow exactly this?",
        "fr": "Toujours autoriser exactement ceci ?",
    },
    "confirm.always": {
        "en": "The very same change on other tickets in {queue} then goes ahead without a card. It can be revoked in the App Home.",
        "fr": "La même modification sur d'autres tickets de {queue} se fera alors sans carte. Révocable dans l'accueil de l'app.",
    },
    "confirm.always_yes": {"en": "Always Allow", "fr": "Toujours autoriser"},
}
