"""What the App Home and the slash command say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "home.waiting": {"en": "Waiting for you", "fr": "En attente de vous"},
    "home.waiting_none": {
        "en": "Nothing waits for you. Approvals you may decide on are listed here, the oldest first.",
        "fr": "Rien ne vous attend. Les demandes que vous pouvez trancher s'affichent ici, les plus anciennes d'abord.",
    },
    "home.waiting_more": {
        "en": "{n} more wait. They move up as these are decided.",
        "fr": "{n} autres attendent. Elles remontent au fil des décisions.",
    },
    "home.expires": {"en": "Expires", "fr": "Expire"},
    "home.stand_in": {"en": "Your stand-in", "fr": "Votre remplaçant"},
    "home.stand_in_none": {
        "en": "Nobody decides in your place. Going away? Name somebody, and the last day.",
        "fr": "Personne ne décide à votre place. Vous partez ? Nommez quelqu'un, et le dernier jour.",
    },
    "home.stand_in_now": {
        "en": "{who} decides in your place, through {until}.",
        "fr": "{who} décide à votre place, jusqu'au {until} inclus.",
    },
    "home.stand_in_why": {
        "en": "They may decide where you may, unless a rule says otherwise. Your one voice counts once. They cannot pass it on.",
        "fr": "Cette personne peut décider là où vous le pouvez, sauf règle contraire. Votre voix ne compte qu'une fois et ne se transmet pas.",
    },
    "home.stand_in_who": {"en": "Who", "fr": "Qui"},
    "home.stand_in_until": {"en": "Last day", "fr": "Dernier jour"},
    "home.set": {"en": "Save", "fr": "Enregistrer"},
    "home.set_label": {"en": "Save your stand-in", "fr": "Enregistrer votre remplaçant"},
    "home.clear": {"en": "Remove", "fr": "Retirer"},
    "home.clear_label": {"en": "Remove your stand-in", "fr": "Retirer votre remplaçant"},
    "home.grants": {"en": "Always allowed", "fr": "Toujours autorisé"},
    "home.grants_none": {
        "en": "Nothing goes ahead without a card. After enough equal approvals, a card offers it.",
        "fr": "Rien ne se fait sans carte. Après assez d'accords identiques, une carte le propose.",
    },
    "home.grants_more": {
        "en": "{n} older ones are not shown. Revoke some to see them.",
        "fr": "{n} plus anciennes ne sont pas affichées. Révoquez-en pour les voir.",
    },
    "home.granted_by": {"en": "allowed by", "fr": "autorisé par"},
    "home.revoke": {"en": "Revoke", "fr": "Révoquer"},
    "home.revoke_label": {"en": "Ask again before this change", "fr": "Redemander avant cette modification"},
    "home.revoke_title": {"en": "Ask again?", "fr": "Redemander ?"},
    "home.revoke_why": {
        "en": "From now on this change is put on a card again. What was done stays done.",
        "fr": "Cette modification repassera par une carte. Ce qui est fait reste fait.",
    },
    "home.no_person": {
        "en": "Choose who stands in for you and the last day, then save again.",
        "fr": "Choisissez votre remplaçant et le dernier jour, puis enregistrez à nouveau.",
    },
    "home.past": {
        "en": "That day is over. Choose today or a later one.",
        "fr": "Ce jour est passé. Choisissez aujourd'hui ou plus tard.",
    },
    "home.oneself": {
        "en": "You cannot stand in for yourself. Choose somebody else.",
        "fr": "Vous ne pouvez pas vous remplacer vous-même. Choisissez quelqu'un d'autre.",
    },
    "home.not_a_member": {
        "en": "Only full members of this workspace can stand in: no guests, no apps, no outsiders.",
        "fr": "Seuls des membres à part entière peuvent remplacer : ni invités, ni apps, ni externes.",
    },
    "home.may_not_revoke": {
        "en": "Only who allowed it, an approver of its rule or an operator may revoke this. Nothing happened.",
        "fr": "Seuls l'auteur, un approbateur de la règle ou un opérateur peuvent la révoquer. Rien ne s'est passé.",
    },
    # --- /itsm
    "itsm.usage": {
        "en": "/itsm stop [connector NAME or skill NAME] WHY stops every change there at once; with --cancel it also "
        "calls off what waits. /itsm resume [connector NAME or skill NAME] lifts it. /itsm stops lists what is stopped.",
        "fr": "/itsm stop [connector NOM ou skill NOM] RAISON y arrête toute modification ; avec --cancel, ce qui attend "
        "est aussi abandonné. /itsm resume [connector NOM ou skill NOM] lève l'arrêt. /itsm stops liste les arrêts.",
    },
    "itsm.may_not": {
        "en": "Only operators and approvers may stop or resume. Nothing happened.",
        "fr": "Seuls les opérateurs et les approbateurs peuvent arrêter ou reprendre. Rien ne s'est passé.",
    },
    "itsm.wrong": {"en": "Nothing happened: {why}", "fr": "Rien ne s'est passé : {why}"},
    "itsm.stopped": {
        "en": "Stopped: {scope}. Nothing there is changed any more, on any replica. To go on: {resume}",
        "fr": "Arrêté : {scope}. Plus rien n'y est modifié, sur aucune réplique. Pour reprendre : {resume}",
    },
    "itsm.cancelled": {
        "en": "Called off: {n} waiting approvals.",
        "fr": "Abandonnées : {n} demandes en attente.",
    },
    "itsm.resumed": {
        "en": "Resumed: {scope}. What was approved meanwhile is carried out if it still applies.",
        "fr": "Repris : {scope}. Ce qui a été approuvé entre-temps est exécuté si c'est encore valable.",
    },
    "itsm.not_stopped": {"en": "{scope} is not stopped.", "fr": "{scope} n'est pas arrêté."},
    "itsm.none": {"en": "Nothing is stopped.", "fr": "Rien n'est arrêté."},
    "itsm.stop": {"en": "{scope}: {why}", "fr": "{scope} : {why}"},
    "itsm.everything": {"en": "everything", "fr": "tout"},
}
