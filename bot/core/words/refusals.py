"""Why a click did not count; told to the clicker alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
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
    "refused.voted": {
        "en": "Your approval is counted already. Others have to agree as well.",
        "fr": "Votre accord est déjà compté. D'autres doivent aussi être d'accord.",
    },
    "refused.no_undo": {"en": "This cannot be undone.", "fr": "Ceci ne peut pas être annulé."},
    "refused.undo_under_way": {
        "en": "Somebody has asked for the undo already.",
        "fr": "L'annulation a déjà été demandée.",
    },
    "refused.undo_as_it_is": {
        "en": "An undo sets back exactly what was done, so it cannot be edited. Approve or reject it as it is.",
        "fr": "Une annulation remet exactement ce qui était : elle ne se modifie pas. Approuvez-la ou refusez-la.",
    },
    "refused.built_upon": {
        "en": "The ticket was changed again since then, so undoing this would overwrite somebody else's work. "
        "Nothing happened.",
        "fr": "Le ticket a changé depuis : annuler écraserait le travail de quelqu'un d'autre. Rien ne s'est passé.",
    },
    "refused.no_always": {
        "en": "The policy does not offer a standing permission for this.",
        "fr": "La règle n'offre pas d'autorisation permanente pour ceci.",
    },
}
