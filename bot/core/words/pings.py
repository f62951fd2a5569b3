"""What direct messages say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "ping.asked": {
        "en": "{key} waits for a decision: {says}",
        "fr": "{key} attend une décision : {says}",
    },
    "ping.reminded": {
        "en": "{key} still waits for a decision: {says}",
        "fr": "{key} attend toujours une décision : {says}",
    },
    "ping.escalated": {
        "en": "Nobody has decided on {key} yet, so you may decide as well: {says}",
        "fr": "Personne n'a encore décidé sur {key} ; vous pouvez aussi décider : {says}",
    },
    "ping.ended.executed": {"en": "{key}: done. {says}", "fr": "{key} : fait. {says}"},
    "ping.ended.failed": {"en": "{key}: not done. {says} {why}", "fr": "{key} : non fait. {says} {why}"},
    "ping.ended.rejected": {"en": "{key}: rejected. {says} {why}", "fr": "{key} : refusé. {says} {why}"},
    "ping.ended.stale": {
        "en": "{key}: no longer applies. {says} {why}",
        "fr": "{key} : ne s'applique plus. {says} {why}",
    },
    "ping.ended.expired": {
        "en": "{key}: nobody decided in time, so nothing was done. {says}",
        "fr": "{key} : personne n'a décidé à temps, rien n'a été fait. {says}",
    },
    "ping.ended.cancelled": {"en": "{key}: called off. {says} {why}", "fr": "{key} : arrêté. {says} {why}"},
    "ping.ended.undone": {"en": "{key}: undone. {says}", "fr": "{key} : annulé. {says}"},
    "ping.others": {
        "en": "More that waits on the same card: {n}.",
        "fr": "Autres décisions en attente sur la même carte : {n}.",
    },
    "ping.open": {"en": "Open the card", "fr": "Ouvrir la carte"},
    "ping.stand_in": {"en": "You stand in for {who}.", "fr": "Vous remplacez {who}."},
}
