"""What is said in a conversation, beside the answers themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "talk.empty": {
        "en": "Write what you would like to know, and name the ticket by its key: *What has been tried on OPS-12?* "
        "Files are not read.",
        "fr": "Écrivez ce que vous voulez savoir et nommez le ticket par sa clé : *Qu'a-t-on essayé sur OPS-12 ?* "
        "Les fichiers ne sont pas lus.",
    },
    "talk.cut": {
        "en": "Your message was long; only its first 12,000 characters were read.",
        "fr": "Votre message était long ; seuls ses 12 000 premiers caractères ont été lus.",
    },
    "talk.files": {
        "en": "Files are not read: only your words were.",
        "fr": "Les fichiers ne sont pas lus : seuls vos mots l'ont été.",
    },
    "talk.too_many": {
        "en": "Too much is waiting for an answer here already; this message was not read. Send it again once the answer "
        "is there.",
        "fr": "Trop de messages attendent déjà une réponse ici ; celui-ci n'a pas été lu. Renvoyez-le une fois la "
        "réponse arrivée.",
    },
    "talk.rate": {
        "en": "These are many messages at once; what comes now is not read. Wait a minute and go on.",
        "fr": "Cela fait beaucoup de messages à la fois ; ceux qui arrivent maintenant ne sont pas lus. Attendez une "
        "minute et continuez.",
    },
    "talk.shared": {
        "en": "People of another workspace read this channel, so tickets are not talked about here. Ask the bot directly, "
        "or in a channel of your own.",
        "fr": "Des personnes d'un autre espace lisent ce canal : on n'y parle pas des tickets. Demandez directement au "
        "bot, ou dans un canal à vous.",
    },
    "talk.stands": {
        "en": "You have changed a message that was answered already. The answer stands; send the new text as a message "
        "to have it answered.",
        "fr": "Vous avez modifié un message qui avait déjà sa réponse. La réponse reste ; envoyez le nouveau texte "
        "comme message pour une nouvelle réponse.",
    },
    "talk.deleted": {
        "en": "The question was deleted, so there is no answer.",
        "fr": "La question a été supprimée : il n'y a pas de réponse.",
    },
    "talk.nothing": {
        "en": "There is nothing to say to that. Ask in other words, or name the ticket by its key.",
        "fr": "Il n'y a rien à en dire. Reformulez, ou nommez le ticket par sa clé.",
    },
    "talk.moved": {
        "en": "This ticket has a thread in this channel already; your question is answered there: {link}",
        "fr": "Ce ticket a déjà un fil dans ce canal ; votre question y reçoit sa réponse : {link}",
    },
    "talk.elsewhere": {
        "en": "I may not write any more where you asked, so you are told here.",
        "fr": "Je n'ai plus le droit d'écrire là où vous avez demandé ; la réponse est donc ici.",
    },
    "talk.asks": {
        "en": "Put to those who may approve it: {says}",
        "fr": "Soumis à ceux qui peuvent l'approuver : {says}",
    },
    "talk.asks.note": {
        "en": "Passed on, by the rules of your desk: {says}",
        "fr": "Transmis, selon les règles de votre équipe : {says}",
    },
    "talk.held": {
        "en": "The bot is stopped by its kill switch, so no question is answered until it is lifted.",
        "fr": "Le bot est arrêté par l'arrêt d'urgence : aucune réponse tant qu'il n'est pas levé.",
    },
    "talk.foreign": {
        "en": "Some of what was proposed did not belong to this conversation's ticket and was left out.",
        "fr": "Une partie des propositions ne concernait pas le ticket de cette conversation et a été laissée de côté.",
    },
    "talk.idle": {
        "en": "Nothing is being answered here. What waits for a decision stays on its card.",
        "fr": "Aucune réponse n'est en cours ici. Ce qui attend une décision reste sur sa carte.",
    },
    "talk.ended.stopped": {"en": "Stopped. Nothing was changed.", "fr": "Arrêté. Rien n'a été modifié."},
    "talk.ended.unusable": {
        "en": "The model gave no usable answer, twice. Ask in other words, or use `/itsm summary KEY`.",
        "fr": "Le modèle n'a pas donné de réponse exploitable, deux fois. Reformulez, ou utilisez `/itsm summary CLÉ`.",
    },
    "talk.ended.endless": {
        "en": "This came to no end within its steps and was ended. Ask for one thing at a time.",
        "fr": "Cela n'aboutissait pas dans le nombre d'étapes prévu et a été interrompu. Demandez une chose à la fois.",
    },
    "talk.ended.spent": {
        "en": "The budget for the model is used up. Commands such as `/itsm summary KEY` still work.",
        "fr": "Le budget du modèle est épuisé. Les commandes comme `/itsm summary CLÉ` fonctionnent toujours.",
    },
    "talk.ended.away": {
        "en": "What is needed for an answer is away. Ask again in a few minutes.",
        "fr": "Ce qu'il faut pour répondre est indisponible. Redemandez dans quelques minutes.",
    },
    "talk.ended.alarmed": {
        "en": "Text that was read tried to give the bot orders, so the answer was thrown away. It is in the audit; read the "
        "ticket yourself before you act on it.",
        "fr": "Un texte lu a tenté de donner des ordres au bot ; la réponse a été jetée. C'est dans l'audit ; lisez le "
        "ticket vous-même avant d'agir.",
    },
    "talk.outcome.pending": {
        "en": "People are being asked: {says}",
        "fr": "La décision est demandée : {says}",
    },
    "talk.outcome.executed": {"en": "Done: {says}", "fr": "Fait : {says}"},
    "talk.outcome.failed": {"en": "Approved, but not done: {says}", "fr": "Approuvé, mais pas fait : {says}"},
    "talk.outcome.failed.why": {
        "en": "Approved, but not done: {says} The ticket system says: {why}",
        "fr": "Approuvé, mais pas fait : {says} Le système de tickets répond : {why}",
    },
    "talk.outcome.rejected": {"en": "Rejected: {says}", "fr": "Refusé : {says}"},
    "talk.outcome.rejected.why": {
        "en": "Rejected: {says} The reason given: {why}",
        "fr": "Refusé : {says} La raison donnée : {why}",
    },
    "talk.outcome.stale": {
        "en": "Not done, because the ticket has changed meanwhile: {says}",
        "fr": "Pas fait, car le ticket a changé entre-temps : {says}",
    },
    "talk.outcome.expired": {
        "en": "Not done, because nobody decided in time: {says}",
        "fr": "Pas fait, car personne n'a décidé à temps : {says}",
    },
    "talk.outcome.cancelled": {"en": "Called off: {says}", "fr": "Annulé : {says}"},
    "talk.outcome.cancelled.why": {
        "en": "Called off: {says} The reason given: {why}",
        "fr": "Annulé : {says} La raison donnée : {why}",
    },
    "talk.outcome.denied": {
        "en": "Not done, because policy does not allow it: {says}",
        "fr": "Pas fait, car la politique ne le permet pas : {says}",
    },
    "talk.outcome.denied.why": {
        "en": "Not done, because policy does not allow it: {says} ({why})",
        "fr": "Pas fait, car la politique ne le permet pas : {says} ({why})",
    },
    "talk.outcome.undone": {"en": "Set back again: {says}", "fr": "Remis comme avant : {says}"},
    "talk.rated": {"en": "Thank you, that is counted.", "fr": "Merci, c'est pris en compte."},
    "talk.rate.good": {"en": "Good answer", "fr": "Bonne réponse"},
    "talk.rate.bad": {"en": "Bad answer", "fr": "Mauvaise réponse"},
    "talk.thinking": {"en": "is reading…", "fr": "lit…"},
    "talk.cut.end": {
        "en": "(The answer is longer than Slack shows.)",
        "fr": "(La réponse dépasse ce que Slack affiche.)",
    },
    "talk.prompts": {"en": "Ask about a ticket", "fr": "Une question sur un ticket"},
    "talk.prompt.summary": {"en": "Summarise {key}", "fr": "Résumer {key}"},
    "talk.prompt.summary.says": {"en": "Summarise {key}", "fr": "Résume {key}"},
    "talk.prompt.similar": {"en": "Find tickets like {key}", "fr": "Trouver des tickets comme {key}"},
    "talk.prompt.similar.says": {
        "en": "Find tickets like {key}",
        "fr": "Trouve des tickets semblables à {key}",
    },
    "talk.prompt.plan": {"en": "Plan what to do about {key}", "fr": "Planifier la suite de {key}"},
    "talk.prompt.plan.says": {"en": "A plan for {key}", "fr": "Un plan pour {key}"},
    "talk.prompt.help": {"en": "What can you do?", "fr": "Que sais-tu faire ?"},
    "talk.prompt.help.says": {"en": "What can you do?", "fr": "Que sais-tu faire ?"},
}
