"""What the agent says itself: how a run ended, what it is doing, and the answers it gives without a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "agent.note.by": {
        "en": "Written with Countersign (AI) in a conversation in Slack.",
        "fr": "Rédigé avec Countersign (IA) lors d'une conversation dans Slack.",
    },
    "agent.why": {
        "en": "Asked for in a conversation in Slack.",
        "fr": "Demandé lors d'une conversation dans Slack.",
    },
    "agent.note.no_model": {
        "en": "No language model is set up, so simple rules answered.",
        "fr": "Aucun modèle de langage n'est configuré : des règles simples ont répondu.",
    },
    "agent.note.away": {
        "en": "The language model did not answer, so simple rules did.",
        "fr": "Le modèle de langage n'a pas répondu : des règles simples ont pris le relais.",
    },
    "agent.note.spent": {
        "en": "The budget for the language model is spent, so simple rules answered.",
        "fr": "Le budget du modèle de langage est épuisé : des règles simples ont répondu.",
    },
    "agent.note.stays_home": {
        "en": "This queue's text never leaves the house, so simple rules answered instead of the language model.",
        "fr": "Le texte de cette file ne sort jamais de la maison : des règles simples ont répondu à la place du modèle de langage.",
    },
    "agent.note.left_out": {
        "en": "Not everything could be proposed; what is missing is not on the cards.",
        "fr": "Tout n'a pas pu être proposé ; ce qui manque n'est pas sur les cartes.",
    },
    "agent.note.forgotten": {
        "en": "I have forgotten what was said here before: a ticket in it can no longer be shown to you.",
        "fr": "J'ai oublié ce qui s'est dit ici auparavant : un ticket en question ne peut plus vous être montré.",
    },
    "agent.step.read_ticket": {"en": "Reading {key}", "fr": "Lecture de {key}"},
    "agent.step.read_conversation": {
        "en": "Reading the conversation on {key}",
        "fr": "Lecture de la conversation de {key}",
    },
    "agent.step.search_past_tickets": {
        "en": "Searching past tickets",
        "fr": "Recherche dans les tickets passés",
    },
    "agent.step.open_like_this": {
        "en": "Looking for open tickets that say the same",
        "fr": "Recherche de tickets ouverts semblables",
    },
    "agent.step.source": {"en": "Looking into {source}", "fr": "Consultation de {source}"},
    "agent.step.propose": {"en": "Preparing a proposal", "fr": "Préparation d'une proposition"},
    "agent.plain.help": {
        "en": "I can say `status KEY` and `summary KEY`, answer *who has KEY?* or *is there something like KEY?*, and put changes on a card: `set KEY to high`, `give KEY to NAME`, `close KEY`. `/itsm help` lists the commands.",
        "fr": "Je sais répondre à `statut CLÉ`, `résumé CLÉ`, *qui s'occupe de CLÉ ?* ou *y a-t-il des tickets semblables à CLÉ ?*, et proposer des changements sur une carte : `mets CLÉ en haute`, `donne CLÉ à NOM`, `ferme CLÉ`. `/itsm help` donne les commandes.",
    },
    "agent.plain.lost": {
        "en": "I did not understand that. About {key} you can ask *who has it?*, *since when?*, *what was said last?* or *is there something like it?*, or write `set it to high`, `give it to NAME`, `close it`.",
        "fr": "Je n'ai pas compris. Sur {key}, vous pouvez demander *qui s'en occupe ?*, *depuis quand ?*, *quoi de neuf ?* ou *y a-t-il des tickets semblables ?*, ou écrire `mets-le en haute`, `donne-le à NOM`, `ferme-le`.",
    },
    "agent.plain.thanks": {
        "en": "You are welcome.",
        "fr": "Avec plaisir.",
    },
    "agent.plain.called_off": {
        "en": "Nothing more is proposed. What is on a card already can be rejected there, and what was done can be undone there.",
        "fr": "Rien de plus n'est proposé. Ce qui est déjà sur une carte peut y être refusé, et ce qui est fait peut y être annulé.",
    },
    "agent.plain.stands": {
        "en": "If a card is up for what you wrote before, it still stands: have it rejected there.",
        "fr": "Si une carte est déjà en place pour votre demande précédente, elle reste valable : faites-la refuser.",
    },
    "agent.plain.doubt.question": {
        "en": "You are asking, so nothing is proposed yet. To have it put on a card, answer *yes*, or write: `{order}`",
        "fr": "C'est une question : rien n'est encore proposé. Pour en faire une carte, répondez *oui*, ou écrivez : `{order}`",
    },
    "agent.plain.doubt.quoted": {
        "en": "These read like somebody else's words, so nothing is proposed. If you want it yourself, answer *yes*, or write: `{order}`",
        "fr": "Cela ressemble aux mots de quelqu'un d'autre : rien n'est proposé. Si vous le voulez vous-même, répondez *oui*, ou écrivez : `{order}`",
    },
    "agent.plain.doubt.negated": {
        "en": "All right, nothing is proposed. What is on a card already can be rejected there.",
        "fr": "Entendu, rien n'est proposé. Ce qui est déjà sur une carte peut y être refusé.",
    },
    "agent.plain.doubt.conditional": {
        "en": "I cannot wait for a condition, so nothing is proposed. Once it is time, write: `{order}`",
        "fr": "Je ne peux pas attendre qu'une condition soit remplie : rien n'est proposé. Le moment venu, écrivez : `{order}`",
    },
    "agent.plain.doubt.typo": {
        "en": "I did not understand that. If `{order}` is meant, answer *yes*, or write it so.",
        "fr": "Je n'ai pas compris. Si vous vouliez dire `{order}`, répondez *oui*, ou écrivez-le ainsi.",
    },
    "agent.plain.list": {
        "en": "I look at one ticket at a time, by its key; lists of tickets are in the ticket system. `/itsm pending` lists what waits for your decision.",
        "fr": "Je regarde un ticket à la fois, par sa clé ; les listes de tickets sont dans le système de tickets. `/itsm pending` donne ce qui attend votre décision.",
    },
    "agent.plain.link": {"en": "{key}: {url}", "fr": "{key} : {url}"},
    "agent.plain.draft": {
        "en": "`/itsm draft {key}` drafts a reply to the requester, who gets it only once people have approved it. `add a note: …` leaves a note for colleagues.",
        "fr": "`/itsm draft {key}` prépare une réponse au demandeur, qui ne la reçoit qu'une fois approuvée. `ajoute une note : …` laisse une note aux collègues.",
    },
    "agent.plain.holder": {"en": "{key} is with {who}.", "fr": "{key} est confié à {who}."},
    "agent.plain.holder.group": {
        "en": "{key} is with {who}, in the group {group}.",
        "fr": "{key} est confié à {who}, dans le groupe {group}.",
    },
    "agent.plain.unheld": {
        "en": "Nobody has {key} yet. `give it to NAME` or `give it to me` puts that on a card.",
        "fr": "Personne n'a encore pris {key}. `donne-le à NOM` ou `donne-le à moi` en fait une carte.",
    },
    "agent.plain.unheld.group": {
        "en": "{key} is with the group {group}; nobody has taken it yet. `give it to NAME` puts that on a card.",
        "fr": "{key} est au groupe {group} ; personne ne l'a encore pris. `donne-le à NOM` en fait une carte.",
    },
    "agent.plain.since": {
        "en": "{key} was opened {at} by {who}, and last changed {changed}.",
        "fr": "{key} a été ouvert le {at} par {who} ; dernier changement le {changed}.",
    },
    "agent.plain.unwritten": {
        "en": "Nobody has written anything on {key} yet.",
        "fr": "Personne n'a encore rien écrit sur {key}.",
    },
    "agent.plain.message": {"en": "{at}, {who}: «{words}»", "fr": "{at}, {who} : «{words}»"},
    "agent.plain.pair": {"en": "{field}: {value}", "fr": "{field} : {value}"},
    "agent.plain.opened_by": {
        "en": "{key} was opened {at} by {who}.",
        "fr": "{key} a été ouvert le {at} par {who}.",
    },
    "agent.plain.field": {"en": "{field} of {key}: {value}", "fr": "{field} de {key} : {value}"},
    "agent.plain.alike": {
        "en": "Open tickets that say the same as {key}:",
        "fr": "Tickets ouverts semblables à {key} :",
    },
    "agent.plain.alone": {
        "en": "No other open ticket says the same as {key}.",
        "fr": "Aucun autre ticket ouvert ne ressemble à {key}.",
    },
    "agent.plain.solved": {
        "en": "Solved tickets that share words with {key}:",
        "fr": "Tickets résolus qui partagent des mots avec {key} :",
    },
    "agent.plain.unsolved": {
        "en": "No solved ticket that you may see shares its words.",
        "fr": "Aucun ticket résolu visible pour vous ne partage ses mots.",
    },
    "agent.plain.past": {"en": "• {key}: {summary}", "fr": "• {key} : {summary}"},
    "agent.plain.past.answer": {
        "en": "• {key}: {summary}. Answered: «{words}»",
        "fr": "• {key} : {summary}. Réponse : «{words}»",
    },
    "agent.plain.closer": {
        "en": "`/itsm similar {key}` compares more closely.",
        "fr": "`/itsm similar {key}` compare de plus près.",
    },
    "agent.plain.sources": {
        "en": "`/itsm plan {key}` looks that up, in {names} and in solved tickets.",
        "fr": "`/itsm plan {key}` cherche cela, dans {names} et dans les tickets résolus.",
    },
    "agent.plain.no_source": {
        "en": "No knowledge base, metrics or logs are set up for me to look at. `/itsm plan {key}` has the steps of the nearest solved ticket.",
        "fr": "Aucune base de connaissances, métrique ni journal n'est configuré pour moi. `/itsm plan {key}` donne les étapes du ticket résolu le plus proche.",
    },
    "agent.plain.only": {
        "en": "Without a language model I cannot answer more than that; `/itsm help` lists what can be asked about {key}.",
        "fr": "Sans modèle de langage, je ne peux en dire plus ; `/itsm help` donne ce qu'on peut demander sur {key}.",
    },
    "agent.plain.command": {
        "en": "`/itsm {skill} {key}` does that, without a language model too.",
        "fr": "`/itsm {skill} {key}` le fait, même sans modèle de langage.",
    },
    "agent.plain.which": {
        "en": "Which ticket do you mean? Please name one key.",
        "fr": "De quel ticket parlez-vous ? Donnez une seule clé.",
    },
    "agent.plain.several": {
        "en": "You named several tickets ({keys}). Which one is meant?",
        "fr": "Vous avez nommé plusieurs tickets ({keys}). Lequel est concerné ?",
    },
    "agent.plain.unknown": {
        "en": "I do not find {keys}, or you may not see it here.",
        "fr": "Je ne trouve pas {keys}, ou vous ne pouvez pas le voir ici.",
    },
    "agent.plain.status": {
        "en": "{key}: {summary}\nStatus: {status}. {fields}",
        "fr": "{key} : {summary}\nStatut : {status}. {fields}",
    },
    "agent.plain.opened": {
        "en": "Opened {at} UTC by {who}.",
        "fr": "Ouvert le {at} UTC par {who}.",
    },
    "agent.plain.last": {
        "en": "Last message {at} UTC, {who}: «{words}»",
        "fr": "Dernier message le {at} UTC, {who} : «{words}»",
    },
    "agent.plain.silent": {
        "en": "Nobody has written on it since.",
        "fr": "Personne n'y a écrit depuis.",
    },
    "agent.plain.refused": {
        "en": "That cannot be proposed on this ticket as it is.",
        "fr": "Cela ne peut pas être proposé sur ce ticket dans son état actuel.",
    },
    "agent.plain.pending": {
        "en": "`/itsm pending` lists what waits for you; the app's Home tab does too.",
        "fr": "`/itsm pending` donne ce qui vous attend ; l'onglet Accueil de l'application aussi.",
    },
    "agent.plain.closed": {
        "en": "{key} is closed, so nothing is proposed on it.",
        "fr": "{key} est clos : rien n'y est proposé.",
    },
    "agent.plain.no_person": {
        "en": "Nobody called {name} may have this ticket. Please write the full name.",
        "fr": "Personne du nom de {name} ne peut recevoir ce ticket. Écrivez le nom complet.",
    },
    "agent.plain.no_account": {
        "en": "No account goes by your Slack address that may have this ticket. Please write the full name.",
        "fr": "Aucun compte à votre adresse Slack ne peut recevoir ce ticket. Écrivez le nom complet.",
    },
    "agent.plain.no_account.theirs": {
        "en": "No account goes by their Slack address that may have this ticket. Please write the full name.",
        "fr": "Aucun compte à son adresse Slack ne peut recevoir ce ticket. Écrivez le nom complet.",
    },
    "agent.plain.people": {
        "en": "Several people answer to that name: {names}. Which one is meant?",
        "fr": "Plusieurs personnes répondent à ce nom : {names}. De qui s'agit-il ?",
    },
    "agent.plain.no_team": {
        "en": "This ticket cannot be given to a team such as {name}; name a person.",
        "fr": "Ce ticket ne peut pas être confié à une équipe comme {name} ; nommez une personne.",
    },
    "agent.plain.no_step": {
        "en": "No single step closes {key} now. The next ones lead to: {values}.",
        "fr": "Aucune étape unique ne ferme {key} pour l'instant. Les suivantes mènent à : {values}.",
    },
    "agent.plain.no_step_to": {
        "en": "No step leads to {name} now. The next ones lead to: {values}.",
        "fr": "Aucune étape ne mène à {name} pour l'instant. Les suivantes mènent à : {values}.",
    },
    "agent.plain.no_steps": {
        "en": "The status of {key} is not changed from here, except by resolving it: `/itsm resolve {key}`.",
        "fr": "Le statut de {key} ne se change pas d'ici, sauf pour le résoudre : `/itsm resolve {key}`.",
    },
    "agent.plain.open": {"en": "{key} is not closed.", "fr": "{key} n'est pas clos."},
    "agent.plain.already": {
        "en": "{field} of {key} is {value} already.",
        "fr": "{field} de {key} : c'est déjà {value}.",
    },
    "agent.plain.near": {
        "en": "Nothing of this ticket can be {name}. If {near} is meant, write: `set {key} to {near}`",
        "fr": "Rien de ce ticket ne peut valoir {name}. Si {near} est voulu, écrivez : `mets {key} en {near}`",
    },
    "agent.plain.near_field": {
        "en": "There is no field {name}. If {near} is meant, write: `set the {near} of {key} to {value}`",
        "fr": "Il n'y a pas de champ {name}. Si {near} est voulu, écrivez : `mets {near} de {key} à {value}`",
    },
    "agent.plain.unlinked": {
        "en": "{key} cannot be linked to {other}: it has to be another ticket of the same system that you may see.",
        "fr": "{key} ne peut pas être lié à {other} : il faut un autre ticket du même système, visible pour vous.",
    },
    "agent.plain.needs_code": {
        "en": "Closing {key} takes more than a word: `/itsm resolve {key}` drafts the notes and the code.",
        "fr": "Fermer {key} demande plus qu'un mot : `/itsm resolve {key}` prépare les notes et le code.",
    },
    "agent.plain.no_field": {
        "en": "There is no field {name} to set here. There are: {values}.",
        "fr": "Il n'y a pas ici de champ {name} à modifier. Il y a : {values}.",
    },
    "agent.plain.fields": {
        "en": "Several fields have that value: {values}. Which one is meant?",
        "fr": "Plusieurs champs ont cette valeur : {values}. Lequel est concerné ?",
    },
    "agent.plain.no_such": {
        "en": "No field of this ticket can be {name}, and no step leads there.",
        "fr": "Aucun champ de ce ticket ne peut valoir {name}, et aucune étape n'y mène.",
    },
    "agent.plain.not_allowed": {
        "en": "The rules of this desk do not let that be proposed here.",
        "fr": "Les règles de cette équipe ne permettent pas de proposer cela ici.",
    },
    "agent.plain.which_value": {
        "en": "To what? {field} can be: {values}.",
        "fr": "À quelle valeur ? {field} peut être : {values}.",
    },
    "agent.plain.which_order": {
        "en": "To what? Write, for instance, `set {key} to in progress`, `give {key} to NAME`.",
        "fr": "À quelle valeur ? Écrivez par exemple `mets {key} en cours`, `donne {key} à NOM`.",
    },
    "agent.plain.no_value": {
        "en": "There is no such value for {field}. Possible: {values}.",
        "fr": "Cette valeur n'existe pas pour {field}. Possibles : {values}.",
    },
    "agent.plain.nobody": {"en": "nobody", "fr": "personne"},
}
