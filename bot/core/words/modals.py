"""What the forms behind the buttons say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "modal.edit": {"en": "Edit and approve", "fr": "Modifier et approuver"},
    "modal.edit_submit": {"en": "Approve", "fr": "Approuver"},
    "modal.reject": {"en": "Reject", "fr": "Refuser"},
    "modal.reject_submit": {"en": "Reject", "fr": "Refuser"},
    "modal.reason": {"en": "Reason", "fr": "Raison"},
    "modal.reason_hint": {
        "en": "Shown on the card and on the ticket.",
        "fr": "Affichée sur la carte et sur le ticket.",
    },
    "modal.details": {"en": "Details", "fr": "Détails"},
    "modal.close": {"en": "Close", "fr": "Fermer"},
    "modal.cancel": {"en": "Cancel", "fr": "Annuler"},
    "modal.reply": {"en": "Reply text", "fr": "Texte de la réponse"},
    "modal.reply_hint": {
        "en": "The requester will read exactly this. Up to 3,000 characters.",
        "fr": "Le demandeur lira exactement ceci. 3 000 caractères au plus.",
    },
    "modal.too_long": {
        "en": "This text is over 3,000 characters, which Slack's form cannot hold. Approve or reject it as it is.",
        "fr": "Ce texte dépasse 3 000 caractères, trop pour ce formulaire. Approuvez-le ou refusez-le tel quel.",
    },
    "modal.not_editable": {
        "en": "This kind of change cannot be edited here. Approve or reject it as it is.",
        "fr": "Ce type de modification ne se modifie pas ici. Approuvez-la ou refusez-la telle quelle.",
    },
    "modal.keep": {"en": "leave as it is", "fr": "laisser tel quel"},
    "modal.nothing_left": {
        "en": "Nothing would change any more. Choose a value, or cancel and reject.",
        "fr": "Plus rien ne changerait. Choisissez une valeur, ou annulez et refusez.",
    },
    "modal.empty": {
        "en": "Write the reply, or cancel and reject.",
        "fr": "Écrivez la réponse, ou annulez et refusez.",
    },
    "modal.bad_value": {
        "en": "This value is no longer allowed. Choose another.",
        "fr": "Cette valeur n'est plus permise. Choisissez-en une autre.",
    },
    "modal.loading": {"en": "Reading the ticket…", "fr": "Lecture du ticket…"},
    "modal.too_late": {
        "en": "Slack allows a form to open within three seconds, and it took longer. Please try again.",
        "fr": "Slack laisse trois secondes pour ouvrir un formulaire, et c'est passé. Veuillez réessayer.",
    },
    "modal.away": {
        "en": "{system} does not answer, so the allowed values are unknown. Nothing was changed; try again in a minute.",
        "fr": "{system} ne répond pas : valeurs permises inconnues. Rien n'a changé ; réessayez dans une minute.",
    },
    "modal.notes": {"en": "Resolution notes", "fr": "Notes de résolution"},
    "modal.search": {"en": "Type to search", "fr": "Tapez pour chercher"},
    "modal.no_menu": {
        "en": "There is no list of values to choose from here. Approve or reject it as it is.",
        "fr": "Aucune liste de valeurs n'est disponible ici. Approuvez ou refusez tel quel.",
    },
    "modal.page": {"en": "Page {n} of {of}", "fr": "Page {n} sur {of}"},
    "button.previous": {"en": "Previous Page", "fr": "Page précédente"},
    "button.next": {"en": "Next Page", "fr": "Page suivante"},
    "fact.status": {"en": "Status", "fr": "État"},
    "fact.rule": {"en": "Rule", "fr": "Règle"},
    "fact.approvers": {"en": "May decide", "fr": "Peuvent décider"},
    "fact.quorum": {"en": "Approvals needed", "fr": "Accords requis"},
    "fact.four_eyes": {"en": "Four eyes", "fr": "Quatre yeux"},
    "fact.votes": {"en": "Approved by", "fr": "Accord de"},
    "fact.asked_by": {"en": "Asked by", "fr": "Demandé par"},
    "fact.queue": {"en": "Queue", "fr": "File"},
    "fact.action": {"en": "Action", "fr": "Action"},
    "fact.risk": {"en": "Risk", "fr": "Risque"},
    "fact.sure": {"en": "How sure", "fr": "Certitude"},
    "fact.undo": {"en": "Undo", "fr": "Annulation"},
    "fact.undoes": {"en": "Sets back", "fr": "Annule"},
    "fact.asked_at": {"en": "Asked", "fr": "Demandé le"},
    "fact.reminded_at": {"en": "Reminded", "fr": "Rappelé le"},
    "fact.escalated_at": {"en": "Escalated", "fr": "Escaladé le"},
    "fact.expires_at": {"en": "Expires", "fr": "Expire le"},
    "fact.decided_at": {"en": "Decided", "fr": "Décidé le"},
    "fact.operation": {"en": "Operation", "fr": "Opération"},
    "fact.reference": {"en": "The system's own reference", "fr": "Référence du système"},
    "fact.digest": {"en": "Digest", "fr": "Empreinte"},
    "fact.id": {"en": "Proposal and revision", "fr": "Proposition et révision"},
}
