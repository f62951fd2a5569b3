"""What the slash command says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "itsm.usage": {
        "en": "What /itsm does; only you see the answers:",
        "fr": "Ce que fait /itsm ; vous seul voyez les réponses :",
    },
    "itsm.nearest": {
        "en": "That cannot be read. Write it like this: {form}",
        "fr": "Cela ne se lit pas. Écrivez plutôt : {form}",
    },
    "itsm.form": {"en": "• {form}: {does}", "fr": "• {form} : {does}"},
    "itsm.does.help": {"en": "shows this", "fr": "affiche ceci"},
    "itsm.does.status": {
        "en": "a ticket as it is now, and what was proposed on it; KEY as in OPS-12, jira:OPS-12 or its address",
        "fr": "un ticket tel qu'il est, et ce qui y a été proposé ; KEY comme OPS-12, jira:OPS-12 ou son adresse",
    },
    "itsm.does.triage": {
        "en": "reads a ticket now, and says what it suggests",
        "fr": "lit un ticket et dit ce qu'il suggère",
    },
    "itsm.does.summary": {"en": "hand-over in five lines", "fr": "passation en cinq lignes"},
    "itsm.does.similar": {"en": "tickets that say the same", "fr": "tickets qui disent la même chose"},
    "itsm.does.draft": {
        "en": "a reply in the requester's language",
        "fr": "une réponse dans la langue du demandeur",
    },
    "itsm.does.plan": {
        "en": "next steps, and which need approval",
        "fr": "prochaines étapes, et celles à approuver",
    },
    "itsm.does.resolve": {
        "en": "resolution notes and close code",
        "fr": "notes de résolution et code de clôture",
    },
    "itsm.does.pending": {"en": "what waits for you, with links", "fr": "ce qui vous attend, avec liens"},
    "itsm.does.why": {
        "en": "who must agree to a proposal, and why",
        "fr": "qui doit accepter une proposition, et pourquoi",
    },
    "itsm.does.undo": {
        "en": "sets a change of the bot back, as the button does",
        "fr": "annule une modification du bot, comme le bouton",
    },
    "itsm.does.settings": {
        "en": "the language you are spoken to in",
        "fr": "la langue dans laquelle on s'adresse à vous",
    },
    "itsm.does.stop": {
        "en": "stops every change there at once; with --cancel it also calls off what waits",
        "fr": "y arrête toute modification ; avec --cancel, ce qui attend est aussi abandonné",
    },
    "itsm.does.resume": {"en": "lifts a stop", "fr": "lève un arrêt"},
    "itsm.does.stops": {"en": "what is stopped, and why", "fr": "ce qui est arrêté, et pourquoi"},
    # --- tickets
    "itsm.unknown_ticket": {
        "en": "There is no ticket {key} in {systems}, or the bot may not see it.",
        "fr": "Il n'y a pas de ticket {key} dans {systems}, ou le bot ne peut pas le voir.",
    },
    "itsm.unknown_address": {
        "en": "That address is no ticket's in a system set up here.",
        "fr": "Cette adresse n'est celle d'aucun ticket d'un système configuré ici.",
    },
    "itsm.unknown_connector": {
        "en": "There is no system {connector}. There are: {known}",
        "fr": "Il n'y a pas de système {connector}. Il y a : {known}",
    },
    "itsm.ambiguous": {
        "en": "{key} is a ticket in more than one system. Write one of: {ways}",
        "fr": "{key} est un ticket dans plusieurs systèmes. Écrivez l'un de : {ways}",
    },
    "itsm.away": {
        "en": "{system} does not answer. Try again in a minute.",
        "fr": "{system} ne répond pas. Réessayez dans une minute.",
    },
    "itsm.label": {"en": "{label}: {value}", "fr": "{label} : {value}"},
    "itsm.under_way": {"en": "Reading {key}…", "fr": "Lecture de {key}…"},
    "itsm.status": {"en": "{key} now", "fr": "{key} maintenant"},
    "itsm.skill": {"en": "the skill {skill}", "fr": "la compétence {skill}"},
    "itsm.field.status": {"en": "Status", "fr": "Statut"},
    "itsm.field.queue": {"en": "Queue", "fr": "File"},
    "itsm.field.reporter": {"en": "Requester", "fr": "Demandeur"},
    "itsm.field.priority": {"en": "Priority", "fr": "Priorité"},
    "itsm.field.assignee": {"en": "Assignee", "fr": "Responsable"},
    "itsm.field.assigned_to": {"en": "Assignee", "fr": "Responsable"},
    "itsm.field.assignment_group": {"en": "Group", "fr": "Groupe"},
    "itsm.field.issuetype": {"en": "Type", "fr": "Type"},
    "itsm.field.components": {"en": "Components", "fr": "Composants"},
    "itsm.field.labels": {"en": "Labels", "fr": "Étiquettes"},
    "itsm.field.category": {"en": "Category", "fr": "Catégorie"},
    "itsm.field.subcategory": {"en": "Subcategory", "fr": "Sous-catégorie"},
    "itsm.field.impact": {"en": "Impact", "fr": "Impact"},
    "itsm.field.urgency": {"en": "Urgency", "fr": "Urgence"},
    "itsm.field.resolution": {"en": "Resolution", "fr": "Résolution"},
    "itsm.field.close_code": {"en": "Resolution code", "fr": "Code de résolution"},
    # --- proposals
    "itsm.pending": {"en": "Waiting for you: {n}", "fr": "En attente de vous : {n}"},
    "itsm.unknown_proposal": {
        "en": "No proposal is called {proposal}. Its id stands on the card's details page, and in /itsm status KEY.",
        "fr": "Aucune proposition ne s'appelle {proposal}. Son identifiant figure dans les détails de la carte, et dans /itsm status KEY.",
    },
    "itsm.undo_asked": {
        "en": "Asked to set back on {key}: {says} Its card shows what comes of it; should it not be possible, you are told why.",
        "fr": "Annulation demandée sur {key} : {says} Sa carte montre ce qu'il en advient ; si c'est impossible, on vous dit pourquoi.",
    },
    "why.title": {"en": "Why this proposal", "fr": "Pourquoi cette proposition"},
    "why.what": {"en": "What", "fr": "Quoi"},
    "why.by": {"en": "Asked by", "fr": "Demandé par"},
    "why.reason": {"en": "Reason given", "fr": "Raison donnée"},
    "why.status": {"en": "Status", "fr": "État"},
    "why.said": {"en": "Said about it", "fr": "Ce qui en a été dit"},
    "why.decided_by": {"en": "Decided by", "fr": "Décidé par"},
    "why.agreed": {"en": "Agreed so far", "fr": "Ont accepté"},
    "why.rule": {"en": "Rule when it was asked", "fr": "Règle au moment de la demande"},
    "why.expires": {"en": "Expires", "fr": "Expire"},
    "why.mode": {"en": "Mode now", "fr": "Mode actuel"},
    "why.quorum": {"en": "{n} of these must agree", "fr": "{n} de ces personnes doivent accepter"},
    "why.four_eyes": {"en": "May not agree, having asked", "fr": "Ne peut pas accepter, ayant demandé"},
    "why.decides": {"en": "Rule that decides now", "fr": "Règle qui décide maintenant"},
    "why.passed_over": {
        "en": "Passed over, since it names nobody",
        "fr": "Ignorée, car elle ne nomme personne",
    },
    "why.no_match": {"en": "Does not match", "fr": "Ne s'applique pas"},
    "why.stopped": {"en": "Kill switch", "fr": "Arrêt d'urgence"},
    "why.granted": {"en": "Allowed for good by", "fr": "Permis durablement par"},
    # --- the kill switch
    "itsm.may_not": {
        "en": "Only operators and approvers may stop or resume. Nothing happened.",
        "fr": "Seuls les opérateurs et les approbateurs peuvent arrêter ou reprendre. Rien ne s'est passé.",
    },
    "itsm.wrong": {"en": "Nothing happened: {why}", "fr": "Rien ne s'est passé : {why}"},
    "itsm.wrong.why": {
        "en": "say why: it is shown wherever something is not done because of it",
        "fr": "dites pourquoi : la raison est montrée partout où quelque chose n'est pas fait à cause de cela",
    },
    "itsm.wrong.connector": {
        "en": "there is no connector '{name}'; known are {known}",
        "fr": "il n'y a pas de connecteur « {name} » ; il y a : {known}",
    },
    "itsm.wrong.skill": {
        "en": "there is no skill '{name}'; known are {known}",
        "fr": "il n'y a pas de compétence « {name} » ; il y a : {known}",
    },
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
    "itsm.not_stopped": {"en": "Not stopped: {scope}.", "fr": "Pas arrêté : {scope}."},
    "itsm.none": {"en": "Nothing is stopped.", "fr": "Rien n'est arrêté."},
    "itsm.stop": {"en": "{scope}: {why}", "fr": "{scope} : {why}"},
    "itsm.everything": {"en": "everything", "fr": "tout"},
}
