"""Names of people: found only where a directory or a mail address tells them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable

NAMES_MAX = 200
"""Names of one ticket's people; more would make the pattern slow and mask half of the language."""
NAME_CHARS_MAX = 100
"""Of one name; a longer one is somebody's prose."""

_CAPITAL = r"(?-i:(?![a-zß-öø-ÿ]))"
_WORD = re.compile(r"[^\W\d_]++(?:['\u2019-][^\W\d_]++)*+")
_LOCAL_PART = re.compile(r"(?<![\w.])([^\W\d_]{2,30}+)[._-]([^\W\d_]{2,30}+)@")
_ROLES = frozenset(
    {
        *("no", "reply", "help", "desk", "service", "support", "info", "team", "it", "admin", "sales"),
        *("system", "administrator", "user", "guest", "group", "the", "and"),
    }
)

_OFFICES = frozenset(
    {
        *(
            "password",
            "account",
            "accounts",
            "order",
            "orders",
            "status",
            "reset",
            "billing",
            "invoice",
            "payment",
        ),
        *("customer", "care", "client", "clients", "contact", "mail", "mailer", "daemon", "alert", "alerts"),
        *(
            "security",
            "network",
            "server",
            "monitoring",
            "notification",
            "notifications",
            "noreply",
            "donotreply",
        ),
        *(
            "office",
            "human",
            "resources",
            "print",
            "printer",
            "backup",
            "test",
            "demo",
            "new",
            "compte",
            "facture",
        ),
        *(
            "commande",
            "ventes",
            "securite",
            "notif",
            "alerte",
            "alertes",
            "equipe",
            "secretariat",
            "comptabilite",
        ),
    }
)
"""In an address they are what it is for: whose words they mask would be everybody's."""
_PARTICLES = frozenset(
    {
        *(
            "van",
            "der",
            "den",
            "dem",
            "von",
            "vom",
            "zum",
            "zur",
            "und",
            "ter",
            "ten",
            "les",
            "des",
            "dos",
            "das",
        ),
        *("del", "dal", "della", "los", "las", "bin", "ibn", "ben", "saint", "sainte", "mac"),
    }
)
"""Parts of a name that are nobody's alone, and in every sentence of their language."""
_WORDS = frozenset(
    {
        *(
            "will",
            "may",
            "mark",
            "bill",
            "grant",
            "hope",
            "art",
            "page",
            "price",
            "case",
            "field",
            "park",
            "post",
        ),
        *(
            "cook",
            "bush",
            "wood",
            "stone",
            "hill",
            "lake",
            "long",
            "short",
            "small",
            "little",
            "young",
            "old",
        ),
        *(
            "good",
            "best",
            "sharp",
            "strong",
            "white",
            "black",
            "brown",
            "green",
            "gray",
            "grey",
            "day",
            "week",
        ),
        *("winter", "king", "love", "power", "banks", "bell", "ball", "rice", "bird", "key", "lock", "gates"),
        *("cash", "major", "petit", "grand", "gros", "blanc", "noir", "brun", "bon", "bonne", "fort", "sec"),
        *("vert", "bois", "pont", "mer", "port", "klein", "gross", "groß", "lang", "kurz", "alt", "neu"),
        *("schwarz", "weiss", "weiß", "braun", "berg"),
    }
)
"""Names that are words as well: written small, they are taken for the word."""


def names_in_addresses(texts: Iterable[str]) -> list[str]:
    """Return the people whose mail address spells their name out: ``jane.roe@`` is Jane Roe."""
    spelled = (m.groups() for text in texts if "@" in text for m in _LOCAL_PART.finditer(text))
    found = itertools.islice(dict.fromkeys(itertools.islice(spelled, 10 * NAMES_MAX)), NAMES_MAX)
    nobody = _ROLES | _OFFICES
    return [f"{first} {last}" for first, last in found if not {first.lower(), last.lower()} & nobody]


def names_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds these people's names, whole in either order, and each part alone; None: no names.

    Only letters count: whatever else somebody wrote into their own name must not come back out of a
    placeholder as a link or a mention. Digits behind a name are masked with it (Jane2). Accents may be left
    out, as they are in a hurry and on other keyboards. A part that is a word as well counts with a capital.
    """
    wanted: dict[str, None] = {}
    for name in itertools.islice(dict.fromkeys(names), NAMES_MAX):
        whole = unicodedata.normalize("NFC", name[:NAME_CHARS_MAX])
        for spelled in dict.fromkeys((whole, _plain(whole))):
            words = [word for word in _WORD.findall(spelled) if len(word) > 2]  # noqa: PLR2004  # "Li" is a word too
            if len(words) > 1:
                wanted[r"[\s,]{1,3}".join(map(re.escape, words))] = None
                wanted[r"[\s,]{1,3}".join(map(re.escape, reversed(words)))] = None
            wanted |= {_alone(word): None for word in words if word.lower() not in _ROLES | _PARTICLES}
    if not wanted:
        return None
    longest_first = sorted(wanted, key=lambda form: len(form.removeprefix(_CAPITAL)), reverse=True)
    return re.compile(r"(?<![\w<])(?:" + "|".join(longest_first) + r")\d{0,6}(?![\w>])", re.IGNORECASE)


def _alone(word: str) -> str:
    """Return what finds one part of a name by itself."""
    return f"{_CAPITAL}{re.escape(word)}" if word.lower() in _WORDS else re.escape(word)


def _plain(name: str) -> str:
    """Return ``name`` without accents."""
    apart = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
