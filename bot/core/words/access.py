"""Why somebody is not answered: about what they may ask for and see, told to them alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    "access.guest": {
        "en": "Guests cannot ask me about tickets: I only answer full members of this workspace. "
        "Somebody you work with here can ask for you.",
        "fr": "Les invités ne peuvent pas m'interroger sur des tickets : je ne réponds qu'aux membres à part "
        "entière de cet espace. Une personne d'ici avec qui vous travaillez peut le faire pour vous.",
    },
    "access.stranger": {
        "en": "I only answer people of the workspace I belong to. Somebody there can ask for you.",
        "fr": "Je ne réponds qu'aux personnes de l'espace de travail auquel j'appartiens. L'une d'elles peut "
        "demander pour vous.",
    },
    "access.bot": {"en": "I do not answer bots.", "fr": "Je ne réponds pas aux robots."},
    "access.gone": {
        "en": "This account is deactivated, so I cannot answer.",
        "fr": "Ce compte est désactivé : je ne peux pas répondre.",
    },
    "access.unreadable": {
        "en": "Slack could not tell me who you are, so I did nothing. Try again in a minute.",
        "fr": "Slack n'a pas pu me dire qui vous êtes : je n'ai rien fait. Réessayez dans une minute.",
    },
    "access.not_granted": {
        "en": "This is not open to you here. Whoever looks after me decides who may ask for what.",
        "fr": "Ceci ne vous est pas ouvert ici. La personne qui s'occupe de moi décide qui peut demander quoi.",
    },
    "access.not_yours": {
        "en": "Your own account in the ticket system may not see this ticket, so I cannot show it to you. "
        "If you need it, ask there for access.",
        "fr": "Votre propre compte dans l'outil de tickets ne peut pas voir ce ticket : je ne peux pas vous le "
        "montrer. S'il vous le faut, demandez-y l'accès.",
    },
    "access.restricted": {
        "en": "Few people may read this ticket, and I cannot tell whether you are one of them. "
        "Please open it in the ticket system.",
        "fr": "Peu de personnes peuvent lire ce ticket et je ne sais pas si vous en faites partie. "
        "Ouvrez-le dans l'outil de tickets.",
    },
}
