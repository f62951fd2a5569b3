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
}
