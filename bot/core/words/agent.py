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
        "en": "I can say `status KEY`, `summary KEY`, and put changes on a card: `set KEY to high`, `give KEY to NAME`, `close KEY`.\nWithout a language model I understand no more than that; `/itsm help` lists the commands.",
        "fr": "Je sais répondre à `statut CLÉ`, `résumé CLÉ`, et proposer des changements sur une carte : `mettre CLÉ en haute`, `donner CLÉ à NOM`, `fermer CLÉ`.\nSans modèle de langage, je ne comprends rien d'autre ; `/itsm help` donne les commandes.",
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
    "agent.plain.no_value": {
        "en": "There is no such value for {field}. Possible: {values}.",
        "fr": "Cette valeur n'existe pas pour {field}. Possibles : {values}.",
    },
    "agent.plain.nobody": {"en": "nobody", "fr": "personne"},
}
