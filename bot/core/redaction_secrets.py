"""Passwords, tokens and keys: found by the formats their issuers publish, and by what announces them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Marker: TypeAlias = Callable[[str, str], str]
"""Takes a kind and a value, returns the placeholder."""

_KEY_BLOCK = re.compile(
    r"-----BEGIN[ A-Z0-9_-]{0,60}?PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s*+[A-Za-z-]{1,30}+: [^\n]{0,200}+\n){0,5}+"
    r"[A-Za-z0-9+/=\s\\]*+(?:-----END[ A-Z0-9_-]{0,60}?KEY(?: BLOCK)?-----)?"
)
"""Also one whose end was cut off: half of a key is a key."""

_TOKEN = re.compile(
    r"(?:(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16}"
    r"|gh[pousr]_[0-9a-zA-Z]{36,}+|github_pat_\w{60,}+|gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent)-[\w.-]{20,}+"
    r"|xox[abeoprs](?:\.xox[bp])?-[\w-]{10,}+|xapp-\d-[\w-]{10,}+"
    r"|hooks\.slack\.com/(?:services|workflows|triggers)/[\w/+-]{40,}+"
    r"|sk-ant-[\w-]{20,}+|sk-(?:proj-|svcacct-|admin-)?[\w-]{32,}+|AIza[\w-]{35}|ya29\.[\w-]{20,}+"
    r"|(?:sk|rk|pk)_(?:test|live|prod)_[a-zA-Z0-9]{10,}+|SG\.[\w-]{16,40}\.[\w-]{16,}+|SK[0-9a-f]{32}"
    r"|npm_[a-zA-Z0-9]{36}|pypi-[\w-]{50,}+|hf_[a-zA-Z]{30,}+|api_org_[a-zA-Z]{34}|dckr_pat_[\w-]{20,}+"
    r"|do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|glsa_[\w]{32,}+|glc_[\w+/=]{32,}+|hv[sb]\.[\w-]{24,}+"
    r"|ATATT3[\w=-]{20,}+|ATCTT3[\w=-]{20,}+|PMAK-[a-f0-9-]{40,}+|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"
    r"|lin_api_[a-zA-Z0-9]{40}|ntn_\w{40,}+|NRAK-[A-Z0-9]{27}|EZ[AT]K[a-zA-Z0-9]{54}|whsec_[A-Za-z0-9+/=]{20,}+"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{50,}+|(?<![\w-])eyJ[\w-]{10,}+\.eyJ[\w-]{10,}+\.[\w-]{10,}+"
    r"|sntry[su]_[\w=+/-]{40,}+"
    r"|pul-[a-f0-9]{40}|dp\.(?:pt|st|ct|sa|scim)\.[\w.-]{40,}+|tfp_[\w-]{50,}+|rubygems_[a-f0-9]{48}"
    r"|A3-[A-Z0-9]{6}-[A-Z0-9-]{25,}+|ops_eyJ[\w+/=-]{100,}+|atlasv1\.[\w=-]{60,}+|xkeysib-[\w-]{60,}+)"
)
"""Formats their issuers publish, so that scanners can find them."""

_RUN = re.compile(r"(?<![\w+/=.-])[\w+/=-]{32,512}+(?![\w/])")
"""Long enough for a key; :func:`_looks_random` tells it from a path or a compound word."""
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")

_URL_LOGIN = re.compile(r"://(?P<value>[^\s/:@<>]{0,100}+:[^\s/@<>]{1,200}+)@")

_KEYWORD = re.compile(
    "password|passwd|passwort|passphrase|passcode|pass[:= ]|pwd|mdp|mot de passe|kennwort|secret|credential"
    "|key|token|bearer |basic "
)
"""Searched in lower case: the alternation of literals is what keeps this fast on a megabyte."""

_KEY_OF = (
    "api",
    "access",
    "secret",
    "account",
    "private",
    "auth",
    "shared",
    "signing",
    "encryption",
    "subscription",
)
_TAIL = r"(?:key|s|[_-](?:key|id|token))?[\"'`\]]{0,2}[ \t]{0,3}"
_VALUE = r"[ \t]{0,3}[\"'`]{0,3}(?P<value>[^\s\"'`,;<>]{4,200}+)"
_LABELLED = re.compile(_TAIL + r"(?::=|=>|[:=])" + _VALUE)
_SPOKEN = re.compile(
    _TAIL
    + r"(?:(?:is|was|has been) (?:now|(?:set|changed|reset) to)|is|was|est|(?:set|changed|reset) to)"
    + r"[ \t]{1,3}:?"
    + _VALUE
)
_SCHEME = re.compile(r"[ \t]{0,3}(?P<value>[\w+/.=~-]{16,}+)")
_SYMBOL = re.compile(r"\d|[^\w.?!)\]]")


def hide_secrets(text: str, mark: Marker) -> str:
    """Replace passwords, tokens and keys by what ``mark`` gives for kind ``SECRET``."""
    if "-----BEGIN" in text:
        text = _KEY_BLOCK.sub(lambda m: mark("SECRET", m.group()), text)
    text = _TOKEN.sub(lambda m: _token(m, mark), text)
    if "://" in text:
        text = _URL_LOGIN.sub(lambda m: f"://{mark('SECRET', m['value'])}@", text)
    text = _told(text, mark)
    return _RUN.sub(lambda m: mark("SECRET", m[0]) if _looks_random(m[0]) else m[0], text)


def _looks_random(run: str) -> bool:
    """Whether a long run is a key: hexadecimal, or digits and both cases well mixed."""
    if _HEX.fullmatch(run):
        return True
    kinds = [sum(map(test, run)) for test in (str.isdigit, str.isupper, str.islower)]
    return min(kinds) * 16 >= len(run)


def _told(text: str, mark: Marker) -> str:
    """Replace what stands after "password:", "token =" and the like."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = text  # a capital that lowers to two letters would shift every place
    parts: list[str] = []
    done = 0
    for word in _KEYWORD.finditer(lower):
        found = _after(text, lower, word)
        if found is not None and found[0] >= done:
            parts += [text[done : found[0]], mark("SECRET", text[found[0] : found[1]])]
            done = found[1]
    return "".join([*parts, text[done:]])


def _after(text: str, lower: str, word: re.Match[str]) -> tuple[int, int] | None:
    """Return where the secret that ``word`` announces begins and ends."""
    at = word.end()
    if word.group() in {"bearer ", "basic "}:
        found = _SCHEME.match(text, at)
        return found.span("value") if found and _SYMBOL.search(found["value"]) else None
    if word.group() == "key" and not lower[max(0, word.start() - 14) : word.start()].rstrip(" _-.").endswith(
        _KEY_OF
    ):
        return None  # a monkey, a keyboard, or a key of something harmless
    at -= word.group()[-1] in ":= "
    found = _LABELLED.match(text, at)
    if found is None:
        # "The password is expired" is on every desk: after "is" only what has a digit or a symbol counts.
        found = _SPOKEN.match(text, at)
        if found is None or not _SYMBOL.search(found["value"]):
            return None
    return found.span("value")


def _token(match: re.Match[str], mark: Marker) -> str:
    before = match.string[match.start() - 1 : match.start()]
    # Inside of a longer word it is no token; an underscore or a quote before it is a name or a string.
    return match.group() if before.isalnum() else mark("SECRET", match.group())
