"""What skills say to whoever asked for them, and why one did not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "brief.note.says": {
        "en": "Answer a command on the ticket with an internal note.",
        "fr": "Répondre à une commande sur le ticket par une note interne.",
    },
    "brief.references": {"en": "Rests on", "fr": "S'appuie sur"},
    "brief.also": {"en": "Found as well, perhaps of use", "fr": "Trouvé aussi, peut-être utile"},
    "brief.source.away": {
        "en": "{source} did not answer, so nothing from there is in this.",
        "fr": "{source} n'a pas répondu : rien n'en provient ici.",
    },
    "brief.search.refused": {
        "en": "Past tickets could not be searched with the bot's account.",
        "fr": "Les tickets passés n'ont pas pu être recherchés avec le compte du bot.",
    },
    "brief.by.record": {
        "en": "Put together from the record, without a language model.",
        "fr": "Établi d'après le dossier, sans modèle de langage.",
    },
    "brief.by.model": {
        "en": "Written by {model} (AI, may be wrong).",
        "fr": "Rédigé par {model} (IA, peut se tromper).",
    },
    "brief.degraded.no_key": {
        "en": "Put together from the record: no language model is set up.",
        "fr": "Établi d'après le dossier : aucun modèle de langage n'est configuré.",
    },
    "brief.degraded.provider_down": {
        "en": "Put together from the record: the model provider did not answer.",
        "fr": "Établi d'après le dossier : le fournisseur du modèle n'a pas répondu.",
    },
    "brief.degraded.budget_spent": {
        "en": "Put together from the record: the model budget is spent.",
        "fr": "Établi d'après le dossier : le budget du modèle est épuisé.",
    },
    "brief.degraded.answer_refused": {
        "en": "Put together from the record: the model's answer was not acceptable.",
        "fr": "Établi d'après le dossier : la réponse du modèle n'était pas acceptable.",
    },
    "brief.degraded.stays_home": {
        "en": "Put together from the record: the text of this queue never leaves the house.",
        "fr": "Établi d'après le dossier : le texte de cette file ne quitte jamais la maison.",
    },
    "brief.triage.title": {"en": "Triage", "fr": "Tri"},
    "brief.triage.nothing": {
        "en": "Triage found nothing it is sure enough of.",
        "fr": "Le tri n'a rien trouvé d'assez sûr.",
    },
    "brief.triage.closed": {
        "en": "It is closed: triage is for open tickets.",
        "fr": "Il est clos : le tri est pour les tickets ouverts.",
    },
    "brief.triage.empty": {
        "en": "The ticket has no words to judge by.",
        "fr": "Le ticket ne contient pas de texte à juger.",
    },
    "brief.triage.field": {
        "en": "{field}: {value} (now: {current}; {sure})",
        "fr": "{field} : {value} (actuellement : {current} ; {sure})",
    },
    "brief.summary.title": {"en": "Hand-over in five lines", "fr": "Passation en cinq lignes"},
    "brief.summary.what": {"en": "What", "fr": "Quoi"},
    "brief.summary.since": {"en": "Since when", "fr": "Depuis quand"},
    "brief.summary.tried": {"en": "Tried", "fr": "Essayé"},
    "brief.summary.waits": {"en": "Who waits for whom", "fr": "Qui attend qui"},
    "brief.summary.next": {"en": "Next", "fr": "Ensuite"},
    "brief.summary.since_at": {
        "en": "Reported {created}; last change {updated}",
        "fr": "Signalé le {created} ; dernier changement le {updated}",
    },
    "brief.summary.unsaid": {"en": "The ticket has no words.", "fr": "Le ticket ne contient pas de texte."},
    "brief.summary.tried_none": {
        "en": "Nothing is recorded.",
        "fr": "Rien n'est consigné.",
    },
    "brief.summary.waits_nobody": {
        "en": "Nobody: the ticket is closed.",
        "fr": "Personne : le ticket est clos.",
    },
    "brief.summary.waits_requester": {
        "en": "The requester waits for {who}, since {at}.",
        "fr": "Le demandeur attend {who}, depuis {at}.",
    },
    "brief.summary.waits_desk": {
        "en": "{who} waits for the requester, since {at}.",
        "fr": "{who} attend le demandeur, depuis {at}.",
    },
    "brief.summary.somebody": {
        "en": "somebody to take the ticket",
        "fr": "que quelqu'un prenne le ticket",
    },
    "brief.summary.the_desk": {"en": "The desk", "fr": "Le support"},
    "brief.summary.last_wrote": {
        "en": "They last wrote: “{words}”",
        "fr": "Dernier message : « {words} »",
    },
    "brief.summary.next_take": {
        "en": "{group} has it, but nobody in person ({status}): somebody there has to take it.",
        "fr": "{group} l'a, mais personne en particulier ({status}) : quelqu'un doit le prendre.",
    },
    "brief.summary.next_none": {"en": "Nothing: it is {status}.", "fr": "Rien : il est {status}."},
    "brief.summary.next_assign": {
        "en": "Nobody has it ({status}): give it to somebody.",
        "fr": "Personne ne l'a ({status}) : à attribuer.",
    },
    "brief.summary.next_answer": {
        "en": "{who} has it ({status}): answer the requester.",
        "fr": "{who} l'a ({status}) : répondre au demandeur.",
    },
    "brief.summary.next_wait": {
        "en": "{who} has it ({status}): see whether the requester has what is needed.",
        "fr": "{who} l'a ({status}) : voir si le demandeur a ce qu'il faut.",
    },
    "brief.draft.title": {"en": "Draft reply (not sent)", "fr": "Projet de réponse (non envoyé)"},
    "brief.draft.none": {
        "en": "No draft: nothing on record is close enough to answer from.",
        "fr": "Pas de projet : rien au dossier n'est assez proche pour y répondre.",
    },
    "brief.draft.no_source": {
        "en": "No article and no solved ticket backs this: check each statement.",
        "fr": "Aucun article ni ticket résolu ne l'appuie : vérifiez chaque affirmation.",
    },
    "brief.similar.title": {"en": "Tickets like this one", "fr": "Tickets semblables"},
    "brief.similar.none": {
        "en": "No ticket like this one was found.",
        "fr": "Aucun ticket semblable n'a été trouvé.",
    },
    "brief.similar.incident": {"en": "One incident?", "fr": "Un seul incident ?"},
    "brief.similar.incident_of": {
        "en": "the first of {count} alike tickets since {since}, from different people.",
        "fr": "le premier de {count} tickets semblables depuis {since}, de personnes différentes.",
    },
    "brief.similar.open": {"en": "Open, maybe the same", "fr": "Ouvert, peut-être le même"},
    "brief.similar.past": {"en": "Solved before", "fr": "Résolu auparavant"},
    "brief.plan.title": {"en": "Plan", "fr": "Plan"},
    "brief.plan.none": {
        "en": "No plan: neither a runbook nor a solved ticket has steps for this.",
        "fr": "Pas de plan : ni procédure ni ticket résolu n'a d'étapes pour cela.",
    },
    "brief.plan.owner.desk": {"en": "support desk", "fr": "support"},
    "brief.plan.owner.requester": {"en": "requester", "fr": "demandeur"},
    "brief.plan.owner.other_team": {"en": "another team", "fr": "une autre équipe"},
    "brief.plan.risk.none": {"en": "no risk", "fr": "sans risque"},
    "brief.plan.risk.reversible": {"en": "can be set back", "fr": "réversible"},
    "brief.plan.risk.irreversible": {"en": "cannot be undone", "fr": "irréversible"},
    "brief.plan.approval": {"en": "needs approval", "fr": "approbation nécessaire"},
    "brief.plan.no_source": {
        "en": "No runbook and no solved ticket backs this plan: check each step.",
        "fr": "Aucune procédure ni ticket résolu n'appuie ce plan : vérifiez chaque étape.",
    },
    "brief.plan.unjudged": {
        "en": "As written in the source below; nobody has judged who takes a step or how risky it is.",
        "fr": "Tel qu'écrit dans la source ci-dessous ; personne n'a jugé qui fait quoi ni le risque.",
    },
    "brief.resolve.title": {"en": "Resolution", "fr": "Résolution"},
    "brief.resolve.closed": {
        "en": "It is closed already: there is nothing to resolve.",
        "fr": "Il est déjà clos : il n'y a rien à résoudre.",
    },
    "brief.resolve.notes": {"en": "Notes", "fr": "Notes"},
    "brief.resolve.no_notes": {
        "en": "No agent has written to the requester yet.",
        "fr": "Aucun agent n'a encore écrit au demandeur.",
    },
    "brief.resolve.shows": {"en": "Shown by", "fr": "Montré par"},
    "brief.resolve.unsettled": {
        "en": "Nothing said on the ticket shows that it is settled, so closing it is not proposed.",
        "fr": "Rien de ce qui est dit sur le ticket ne montre que c'est réglé : sa clôture n'est pas proposée.",
    },
    "brief.resolve.code": {"en": "Close as", "fr": "Clore comme"},
    "brief.resolve.codes": {"en": "Can be closed as", "fr": "Peut être clos comme"},
    "brief.resolve.no_way": {
        "en": "The workflow offers no step that closes it with a resolution alone.",
        "fr": "Le flux n'offre aucune étape qui le close avec une seule résolution.",
    },
    "errand.unknown": {
        "en": "There is no command {skill}. There are: {known}.",
        "fr": "La commande {skill} n'existe pas. Il y a : {known}.",
    },
    "errand.no_ticket": {
        "en": "There is no ticket {key} here, or the bot may not see it.",
        "fr": "Il n'y a pas de ticket {key} ici, ou le bot ne peut pas le voir.",
    },
    "errand.no_system": {
        "en": "The system {system} is not set up.",
        "fr": "Le système {system} n'est pas configuré.",
    },
    "errand.away": {
        "en": "{system} did not answer in time. Nothing was changed; ask again later.",
        "fr": "{system} n'a pas répondu à temps. Rien n'a été modifié ; redemandez plus tard.",
    },
    "errand.refused": {
        "en": "{system} refused to show what is needed for this.",
        "fr": "{system} a refusé de montrer ce qu'il faut pour cela.",
    },
    "errand.off": {
        "en": "{skill} is not switched on for this queue: its mode is {mode}.",
        "fr": "{skill} n'est pas activé pour cette file : son mode est {mode}.",
    },
    "errand.stopped": {
        "en": "The bot is stopped at present: {why}",
        "fr": "Le bot est arrêté pour le moment : {why}",
    },
    "errand.often": {
        "en": "That was a lot at once. Ask again in {seconds} s.",
        "fr": "Cela fait beaucoup d'un coup. Redemandez dans {seconds} s.",
    },
    "errand.broke": {
        "en": "Something went wrong on the bot's side; nothing was changed. The operator finds it in the log.",
        "fr": "Quelque chose n'a pas marché du côté du bot ; rien n'a été modifié. L'exploitant le trouve dans "
        "le journal.",
    },
    "errand.unheard": {
        "en": "You asked for {skill} on {key}. {why}",
        "fr": "Vous avez demandé {skill} sur {key}. {why}",
    },
    "errand.title": {"en": "Answer to a command", "fr": "Réponse à une commande"},
}
