"""What is said about modes that move by what came true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "ladder.raise.title": {
        "en": "May the bot go further here?",
        "fr": "Le bot peut-il aller plus loin ici ?",
    },
    "ladder.lower.title": {
        "en": "Should the bot step back here?",
        "fr": "Le bot doit-il être plus prudent ici ?",
    },
    "ladder.raised.title": {"en": "The bot goes further here", "fr": "Le bot va plus loin ici"},
    "ladder.lowered.title": {"en": "The bot has stepped back here", "fr": "Le bot est plus prudent ici"},
    "ladder.over.title": {"en": "The bot stays as it is here", "fr": "Le bot reste comme il est ici"},
    "ladder.where": {
        "en": "{system}, queue {queue}: {field} = {value}",
        "fr": "{system}, file {queue} : {field} = {value}",
    },
    "ladder.evidence": {
        "en": "{hits} of the last {count} suggestions were right: {share}, and between {low} and {high} with 95 % "
        "certainty.",
        "fr": "{hits} des {count} dernières suggestions étaient justes : {share}, et entre {low} et {high} avec une "
        "certitude de 95 %.",
    },
    "ladder.promise": {
        "en": "Promised are {target}; below {floor} the bot steps back by itself.",
        "fr": "La promesse est de {target} ; sous {floor}, le bot se retient de lui-même.",
    },
    "ladder.step": {"en": "Mode: {now} → {to}. {means}", "fr": "Mode : {now} → {to}. {means}"},
    "ladder.means.shadow": {
        "en": "Such a suggestion is recorded and shown to nobody.",
        "fr": "Une telle suggestion est enregistrée et montrée à personne.",
    },
    "ladder.means.suggest": {
        "en": "Such a suggestion stands in the internal note, and is put on no card.",
        "fr": "Une telle suggestion figure dans la note interne, sans carte.",
    },
    "ladder.means.approve": {
        "en": "Such a suggestion is put on a card, and done once somebody approves it.",
        "fr": "Une telle suggestion vient sur une carte, et se fait une fois approuvée.",
    },
    "ladder.means.auto": {
        "en": "Such a suggestion is carried out without a card where a rule allows it.",
        "fr": "Une telle suggestion est exécutée sans carte là où une règle le permet.",
    },
    "ladder.chance": {
        "en": "This may be chance, so you are asked.",
        "fr": "Cela peut être le hasard, d'où la question.",
    },
    "ladder.by_itself": {
        "en": "This is not chance, so it was done at once, without a click. *Undo* below, or "
        "`countersign ladder undo {step}`, takes it back.",
        "fr": "Ce n'est pas le hasard : c'est fait aussitôt, sans clic. *Annuler* ci-dessous, ou "
        "`countersign ladder undo {step}`, revient en arrière.",
    },
    "ladder.who": {"en": "Who may decide: {who}", "fr": "Qui peut décider : {who}"},
    "ladder.button.raise": {"en": "Raise to {to}", "fr": "Passer à {to}"},
    "ladder.button.lower": {"en": "Lower to {to}", "fr": "Descendre à {to}"},
    "ladder.button.keep": {"en": "Leave at {now}", "fr": "Laisser à {now}"},
    "ladder.button.undo": {"en": "Undo", "fr": "Annuler"},
    "ladder.ended.taken": {"en": "Decided by {who}.", "fr": "Décidé par {who}."},
    "ladder.ended.kept": {
        "en": "{who} left it at {now}. It is asked again after {n} new outcomes at the earliest.",
        "fr": "{who} l'a laissé à {now}. La question revient au plus tôt après {n} nouveaux résultats.",
    },
    "ladder.ended.withdrawn": {
        "en": "No longer offered: the figures have changed, or nobody answered in time.",
        "fr": "Plus proposé : les chiffres ont changé, ou personne n'a répondu à temps.",
    },
    "ladder.ended.undone": {
        "en": "Taken back by {who}: {now} again.",
        "fr": "Annulé par {who} : de nouveau {now}.",
    },
    "ladder.spoken": {"en": "{label}: {value}", "fr": "{label} : {value}"},
    "ladder.unknown": {
        "en": "This step is not known here any more. Nothing happened.",
        "fr": "Cette étape n'est plus connue ici. Rien ne s'est passé.",
    },
    "ladder.settled": {
        "en": "This was decided already{by}. Nothing more happened.",
        "fr": "Ceci a déjà été décidé{by}. Rien de plus ne s'est passé.",
    },
    "ladder.not_manager": {
        "en": "You are not among the people who may move a mode: {approvers}. Nothing happened.",
        "fr": "Vous ne faites pas partie de ceux qui peuvent changer un mode : {approvers}. Rien ne s'est passé.",
    },
    "ladder.stale": {
        "en": "The figures on this card do not hold any more, or the card is too old. Nothing happened.",
        "fr": "Les chiffres de cette carte ne valent plus, ou elle est trop ancienne. Rien ne s'est passé.",
    },
    "ladder.moved": {
        "en": "The mode was changed again since then, so there is nothing to take back. Nothing happened.",
        "fr": "Le mode a changé depuis : il n'y a rien à annuler. Rien ne s'est passé.",
    },
}
