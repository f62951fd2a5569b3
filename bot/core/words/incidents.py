"""What is asked about open tickets that are alike: on their notes, and in Slack when there are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "note.same": {"en": "Same as an open ticket?", "fr": "Le même qu'un ticket ouvert ?"},
    "note.same.mine": {"en": "here:", "fr": "ici :"},
    "note.same.theirs": {"en": "there:", "fr": "là-bas :"},
    "note.shared": {"en": "Words in common: {words}", "fr": "Mots en commun : {words}"},
    "note.incident.asked": {"en": "Is this part of one incident?", "fr": "Fait partie d'un même incident ?"},
    "note.incident": {
        "en": "{count} alike tickets have come in since {since}, from different people.",
        "fr": "{count} tickets semblables sont arrivés depuis {since}, de personnes différentes.",
    },
    "note.incident.first": {"en": "The first of them: {key}", "fr": "Le premier : {key}"},
    "incident.title": {
        "en": "Is this one incident? {count} alike tickets",
        "fr": "Est-ce un seul incident ? {count} tickets semblables",
    },
    "incident.over": {
        "en": "It has calmed down: {count} alike tickets",
        "fr": "Le calme est revenu : {count} tickets semblables",
    },
    "incident.since": {"en": "Since ", "fr": "Depuis le "},
    "incident.until": {"en": ", the last one ", "fr": ", le dernier le "},
    "incident.shared": {"en": "Words in common: {words}", "fr": "Mots en commun : {words}"},
    "incident.more": {"en": "and {n} more", "fr": "et {n} autres"},
    "incident.foot": {
        "en": "{queue} in {connector}. From different people, and more than usual. This message changes nothing.",
        "fr": "{queue} dans {connector}. De personnes différentes, et plus que d'habitude. Ce message ne change "
        "rien.",
    },
    "incident.link.first": {
        "en": "Several people report the same; {key} was the first.",
        "fr": "Plusieurs personnes signalent la même chose ; {key} était le premier ticket.",
    },
    "incident.link.why": {
        "en": "One of {count} alike tickets from different people since {since}: perhaps one incident.",
        "fr": "L'un de {count} tickets semblables de personnes différentes depuis {since} : peut-être un seul "
        "incident.",
    },
    "incident.text": {
        "en": "Is this one incident? {count} alike tickets in {queue} since {since}: {words}",
        "fr": "Est-ce un seul incident ? {count} tickets semblables dans {queue} depuis {since} : {words}",
    },
    "incident.over.text": {
        "en": "It has calmed down: {count} alike tickets in {queue} since {since}: {words}",
        "fr": "Le calme est revenu : {count} tickets semblables dans {queue} depuis {since} : {words}",
    },
}
