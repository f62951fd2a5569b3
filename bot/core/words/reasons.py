"""Why something no longer applies or was not done, and how it is undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
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
    "drift.moved": {
        "en": "The ticket was moved to {queue}, where another rule decides.",
        "fr": "Le ticket a été déplacé vers {queue}, où une autre règle décide.",
    },
    "drift.gone": {"en": "The ticket is gone.", "fr": "Le ticket n'existe plus."},
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
    "request.off": {
        "en": "Countersign is switched off for this queue, so nothing can be changed through it there.",
        "fr": "Countersign est désactivé pour cette file : rien ne peut y être modifié par son intermédiaire.",
    },
    "request.often": {
        "en": "Many have asked for exactly this already; the card that is up stands for all of them.",
        "fr": "Beaucoup l'ont déjà demandé ; la carte en attente vaut pour tous.",
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
    "undo.link": {
        "en": "It is taken away by hand in Jira, whose request for that can carry no mark of ours.",
        "fr": "Il s'enlève à la main dans Jira, dont la requête pour cela ne peut porter aucune marque de nous.",
    },
    "undo.note": {"en": "Nobody outside sees it.", "fr": "Personne à l'extérieur ne la voit."},
    # --- undo
    "undo.why": {"en": "Sets back: {says}", "fr": "Annule : {says}"},
    "undo.others_asked": {
        "en": "The undo needs somebody else's yes, so they have been asked.",
        "fr": "L'annulation demande l'accord de quelqu'un d'autre ; la demande est partie.",
    },
    # --- more reasons why an execution did not happen
    "failed.grant": {
        "en": "The standing permission it rested on was revoked before it could be done.",
        "fr": "L'autorisation permanente dont il dépendait a été retirée avant l'exécution.",
    },
    "failed.quorum": {
        "en": "The policy now asks for {n} approvals, and there are fewer. It will have to be asked again.",
        "fr": "La règle demande maintenant {n} accords, il y en a moins. Il faudra redemander.",
    },
    "failed.ceiling_all": {
        "en": "{system} has had {n} changes this hour, which is the limit. Raise limits.actions_per_hour if this "
        "is right.",
        "fr": "{system} a reçu {n} modifications cette heure : c'est la limite. Relevez limits.actions_per_hour "
        "si c'est voulu.",
    },
    "failed.gave_up": {
        "en": "{system} could not be reached for a whole day, so it was not done. Do it by hand if it still matters.",
        "fr": "{system} est resté injoignable toute une journée : rien n'a été fait. Faites-le à la main si utile.",
    },
    "failed.nobody_knows": {
        "en": "Whether {system} did it could not be found out. Look at the ticket before doing it by hand.",
        "fr": "Impossible de savoir si {system} l'a fait. Regardez le ticket avant de le faire à la main.",
    },
}
