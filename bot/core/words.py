"""Every sentence people read, in English and French; ``tests/tidy`` checks that both are there, gap for gap.

Gaps are filled with plain strings; whoever shows the result escapes it for where it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "fr")


def say(language: str, key: str, /, **gaps: str) -> str:
    """Return the sentence ``key`` in ``language`` (English where we do not speak it), its gaps filled."""
    sentence = CATALOGUE[key]
    return sentence.get(language, sentence["en"]).format(**gaps)


CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    # --- the note on the ticket
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
    "note.unset": {"en": "not set", "fr": "non renseigné"},
    "note.sure.high": {"en": "sure, {percent} %", "fr": "sûr, {percent} %"},
    "note.sure.middle": {"en": "likely, {percent} %", "fr": "probable, {percent} %"},
    "note.sure.low": {"en": "a guess, {percent} %", "fr": "une piste, {percent} %"},
    "note.rests": {"en": "rests on", "fr": "d'après"},
    "note.similar": {"en": "Similar past tickets", "fr": "Tickets passés similaires"},
    "note.draft": {"en": "Draft reply (not sent)", "fr": "Projet de réponse (non envoyé)"},
    "note.draft_from": {"en": "Adapted from {key}", "fr": "Adapté de {key}"},
    "note.outcomes": {"en": "What was decided", "fr": "Décisions"},
    "note.brain.local": {"en": "Judged by the local brain.", "fr": "Jugé par le cerveau local."},
    "note.brain.model": {"en": "Judged by {model}.", "fr": "Jugé par {model}."},
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
    # --- how a proposal ended, one line each
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
    "outcome.policy": {"en": "policy", "fr": "la règle"},
    # --- the card
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
    # --- modals
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
    "modal.away": {
        "en": "{system} does not answer, so the allowed values are unknown. Nothing was changed; try again in a minute.",
        "fr": "{system} ne répond pas : valeurs permises inconnues. Rien n'a changé ; réessayez dans une minute.",
    },
    # --- refusals, told to the clicker alone
    "refused.unknown": {
        "en": "This proposal is not known here. The card may belong to another installation.",
        "fr": "Cette proposition est inconnue ici. La carte vient peut-être d'une autre installation.",
    },
    "refused.revision": {
        "en": "This proposal has changed since the card was drawn. The card is being updated; look again.",
        "fr": "La proposition a changé depuis l'affichage de la carte. Elle est mise à jour ; regardez à nouveau.",
    },
    "refused.settled": {
        "en": "Already {status}{by}. Nothing more happened.",
        "fr": "Déjà {status}{by}. Rien de plus ne s'est passé.",
    },
    "refused.by": {"en": " by {who}", "fr": " par {who}"},
    "refused.not_approver": {
        "en": "You are not among the people who may approve this: {approvers}. Nothing happened.",
        "fr": "Vous ne faites pas partie des approbateurs : {approvers}. Rien ne s'est passé.",
    },
    "refused.four_eyes": {
        "en": "You asked for this yourself, so somebody else has to approve it.",
        "fr": "Vous l'avez demandé vous-même : quelqu'un d'autre doit approuver.",
    },
    "refused.expired": {
        "en": "The time to decide on this is over. Nothing happened.",
        "fr": "Le délai de décision est passé. Rien ne s'est passé.",
    },
    "refused.digest": {
        "en": "What is stored is not what was shown. Nothing happened; please tell your administrator.",
        "fr": "Ce qui est stocké n'est pas ce qui a été montré. Rien ne s'est passé ; prévenez l'administrateur.",
    },
    "refused.guest": {"en": "Guests may not approve changes.", "fr": "Les invités ne peuvent pas approuver."},
    "refused.stranger": {
        "en": "Only people of this workspace may approve changes.",
        "fr": "Seules les personnes de cet espace de travail peuvent approuver.",
    },
    "refused.bot": {"en": "Bots may not approve changes.", "fr": "Les robots ne peuvent pas approuver."},
    "refused.gone": {
        "en": "This account is deactivated, so it may not approve changes.",
        "fr": "Ce compte est désactivé : il ne peut pas approuver.",
    },
    "refused.unreadable": {
        "en": "Slack could not tell us who you are, so nothing happened. Try again in a minute.",
        "fr": "Slack n'a pas pu nous dire qui vous êtes : rien ne s'est passé. Réessayez dans une minute.",
    },
    "refused.policy": {
        "en": "The policy does not permit this: {why} Nothing happened.",
        "fr": "La règle ne le permet pas : {why} Rien ne s'est passé.",
    },
    "refused.outdated": {
        "en": "This card is from an older version and its button no longer works. A current one is in the channel.",
        "fr": "Cette carte vient d'une ancienne version, son bouton ne marche plus. Une carte à jour est dans le canal.",
    },
    # --- statuses
    "status.pending": {"en": "waiting", "fr": "en attente"},
    "status.approved": {"en": "approved", "fr": "approuvé"},
    "status.executing": {"en": "approved and under way", "fr": "approuvé et en cours"},
    "status.executed": {"en": "approved and done", "fr": "approuvé et fait"},
    "status.failed": {"en": "approved, but it could not be done", "fr": "approuvé, mais impossible à faire"},
    "status.uncertain": {"en": "approved, outcome being checked", "fr": "approuvé, résultat en vérification"},
    "status.rejected": {"en": "rejected", "fr": "refusé"},
    "status.stale": {"en": "no longer applicable", "fr": "caduc"},
    "status.expired": {"en": "expired", "fr": "expiré"},
    "status.denied": {"en": "not permitted", "fr": "non permis"},
    # --- why something no longer applies
    "drift.field": {
        "en": "{field} was {before} and is now {after}.",
        "fr": "{field} valait {before} et vaut maintenant {after}.",
    },
    "drift.text": {
        "en": "The summary or the description was changed.",
        "fr": "Le résumé ou la description a changé.",
    },
    "drift.message": {
        "en": "There is a newer message to or from the requester.",
        "fr": "Il y a un message plus récent avec le demandeur.",
    },
    "drift.person": {"en": "A person has answered.", "fr": "Une personne a répondu."},
    "drift.closed": {"en": "The ticket is closed.", "fr": "Le ticket est clos."},
    "drift.gone": {"en": "The ticket is gone.", "fr": "Le ticket n'existe plus."},
    # --- why an execution did not happen
    "failed.partly": {
        "en": "{system} said yes but did not take over: {fields}. A rule or a missing right may be why.",
        "fr": "{system} a dit oui mais n'a pas repris : {fields}. Une règle ou un droit manquant peut l'expliquer.",
    },
    "failed.nothing": {
        "en": "{system} said yes, but the ticket is unchanged. A rule or a missing right may be why.",
        "fr": "{system} a dit oui, mais le ticket est inchangé. Une règle ou un droit manquant peut l'expliquer.",
    },
    "failed.leaked": {
        "en": "{system} made the note public. It was removed where possible, and changes by {system} are stopped. "
        "Check the visibility settings, then run: countersign resume --connector {system}",
        "fr": "{system} a rendu la note publique. Elle a été retirée si possible et {system} est arrêté. "
        "Vérifiez la visibilité, puis lancez : countersign resume --connector {system}",
    },
    "failed.stopped": {
        "en": "Stopped by the kill switch: {why}",
        "fr": "Arrêté par le coupe-circuit : {why}",
    },
    "failed.expired": {
        "en": "The time for it ran out before it could be done.",
        "fr": "Le délai est passé avant que cela puisse être fait.",
    },
    "failed.mode": {
        "en": "The mode here is {mode}, which does not change tickets.",
        "fr": "Le mode est ici {mode}, qui ne modifie pas les tickets.",
    },
    "failed.ceiling": {
        "en": "{n} changes were made to this ticket within an hour, which is the limit. Raise "
        "limits.actions_per_ticket_per_hour if this is right.",
        "fr": "{n} modifications de ce ticket en une heure : c'est la limite. Relevez "
        "limits.actions_per_ticket_per_hour si c'est voulu.",
    },
    "failed.twice": {
        "en": "Sent twice, and twice it did not land. Please do it by hand and check {system}.",
        "fr": "Envoyé deux fois, jamais appliqué. Faites-le à la main et vérifiez {system}.",
    },
    # --- how it is undone
    "undo.fields": {
        "en": "The former values can be set back.",
        "fr": "Les anciennes valeurs peuvent être remises.",
    },
    "undo.transition": {
        "en": "It can be moved back only if the workflow offers a way.",
        "fr": "Retour possible seulement si le flux de travail l'offre.",
    },
    "undo.resolve": {
        "en": "It can be reopened; the resolution time stays changed.",
        "fr": "Il peut être rouvert ; l'heure de résolution reste modifiée.",
    },
    "undo.reply": {
        "en": "It cannot be undone: the requester has been mailed.",
        "fr": "Irréversible : le demandeur a reçu un courriel.",
    },
    "undo.note": {"en": "Nobody outside sees it.", "fr": "Personne à l'extérieur ne la voit."},
}
