"""What the App Home says."""

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
    # --- what was done
    "home.recent": {"en": "Done lately", "fr": "Fait récemment"},
    "home.recent_none": {
        "en": "Nothing yet. Changes that you decided on or asked for are listed here, with Undo while it holds.",
        "fr": "Rien encore. Les modifications que vous avez tranchées ou demandées s'affichent ici, avec Annuler "
        "tant que c'est possible.",
    },
    "home.undo_asked": {
        "en": "Asked to set this back. Its card shows what comes of it.",
        "fr": "Annulation demandée. Sa carte montre ce qu'il en advient.",
    },
    # --- language
    "home.language": {"en": "Your language", "fr": "Votre langue"},
    "settings.told": {
        "en": "The language in which only you are spoken to: here, in forms and in direct messages. Cards that "
        "everybody sees keep the desk's. Your stand-in, and what is allowed for good, are in the App Home.",
        "fr": "La langue dans laquelle on s'adresse à vous seul : ici, dans les formulaires et en message direct. Les "
        "cartes que tous voient gardent celle du service. Votre remplaçant et les permissions durables sont "
        "dans l'accueil de l'app.",
    },
    "settings.automatic": {"en": "As in Slack", "fr": "Comme dans Slack"},
    "settings.own_name": {"en": "English", "fr": "Français"},
    "settings.language_set": {
        "en": "You are spoken to in English from now on.",
        "fr": "On s'adresse désormais à vous en français.",
    },
    # --- the kill switch
    "home.stops": {"en": "Stop the bot", "fr": "Arrêter le bot"},
    "home.stops_none": {
        "en": "Nothing is stopped. To stop one system or one skill: /itsm stop connector NAME WHY",
        "fr": "Rien n'est arrêté. Pour arrêter un système ou une compétence : /itsm stop connector NOM RAISON",
    },
    "home.stops_more": {"en": "{n} more: /itsm stops", "fr": "{n} autres : /itsm stops"},
    "home.stop": {"en": "Stop Everything", "fr": "Tout arrêter"},
    "home.stop_label": {"en": "Stop every change by the bot", "fr": "Arrêter toute modification par le bot"},
    "home.stop_title": {"en": "Stop every change?", "fr": "Arrêter toute modification ?"},
    "home.stop_asks": {
        "en": "From this moment nothing is changed any more, in any system. What waits keeps waiting.",
        "fr": "Dès maintenant, plus rien n'est modifié, dans aucun système. Ce qui attend continue d'attendre.",
    },
    "home.stop_why": {
        "en": "stopped by hand from the App Home",
        "fr": "arrêté à la main depuis l'accueil de l'app",
    },
    "home.resume": {"en": "Resume", "fr": "Reprendre"},
    "home.resume_label": {"en": "Lift this stop", "fr": "Lever cet arrêt"},
}
