"""Passwords, tokens and keys: found by the formats their issuers publish, and by what announces them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from bot.core.redaction_issuers import ISSUERS, RARE
from bot.core.redaction_said import hide_said

Marker: TypeAlias = Callable[[str, str], str]
"""Takes a kind and a value, returns the placeholder."""

_KEY_BLOCK = re.compile(
    r"-----BEGIN[ A-Z0-9_-]{0,60}?PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[\s>|]*+[A-Za-z-]{1,30}+: [^\n]{0,200}+\n){0,5}+"
    r"[A-Za-z0-9+/=\s\\>|]*+(?:-----END[ A-Z0-9_-]{0,60}?KEY(?: BLOCK)?-----)?"
)
"""Also one whose end was cut off: half of a key is a key. And one that a mail quotes, line by line."""

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
_PACKED = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{16,4096}+={0,2}(?![\w+/=-])")
_URL_SAFE = str.maketrans("-_", "+/")
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")

_URL_LOGIN = re.compile(
    r"://(?P<value>[^\s/:@<>]{0,100}+:(?!\d{1,5}(?:[/?#,;)\s]|\Z))"
    r"[^\s<>\"'`]{1,200})@(?=[\w\[])"
)
"""Up to the last sign that can end it: people put ``@`` and ``/`` into passwords and do not encode them."""

_KEYWORD = re.compile(
    "password|passwd|passwort|passphrase|passcode|pass[:= ]|pwd|pw[:=]|mdp|mot de passe|kennwort|secret"
    "|credential|contrase(?:\u00f1|n)a|senha|wachtwoord|key|token|bearer |basic "
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
_TAIL = r"(?:key|s|[_-](?:key|id|token))?(?:[\\\"'`\]*_]|%2[27]|</[a-z]{1,6}>){0,4}[ \t]{0,3}"
_OPENING = r"(?:[\\\"'`\u201c\u201e\u00ab\u2018]|%2[27]){0,6} ?"
"""Quotation marks, also as JSON inside of JSON and links have them."""
_CLOSED = r"(?:[*_]{1,3}(?=[ \t])|</[a-z]{1,6}>){0,2}"
"""The end of bold type that began before the label."""
_VALUE = rf"{_CLOSED}[ \t]{{0,3}}{_OPENING}(?P<value>[^\s\"'`\u201c\u201d\u00bb,;<>]{{4,200}}+)"
_IS = r"(?::=|=>|[:=]|%3[ADad])"
_LABELLED = re.compile(_TAIL + _IS + _VALUE)
_BELOW = re.compile(
    _TAIL
    + _IS
    + r"[ \t*_|>-]{0,8}\n(?:[ \t>|]{0,8}\n)?[ \t>|]{0,8}"
    + r"(?P<value>[^\s\"'`,;<>]{4,200}+)(?<!:)[ \t]{0,8}(?=\n|\Z)"
)
"""Alone on the next line, as forms and mails have it."""
_OF = (
    r"(?:for|of|to|on|at|du|de|des|d'|pour|sur|le|la|the|new|old|current|temporary|initial|default|nouveau|actuel"
    r"|temporaire|provisoire|par|wi-?fi|vpn|für|del|para|per)"
)
_BESIDE = re.compile(
    _TAIL
    + r"(?:(?:\|{1,2}|\t|(?:</[a-z]{1,6}>\s{0,4}){1,2}<[a-z]{1,6}(?: [^<>]{0,80})?>)|-{1,2}>|=?\u2192"
    + rf"|(?<=[ \t])[\u2013-] |{_OF}(?:[ \t][\w'.@-]{{1,30}}+){{0,5}}[ \t]{{0,3}}+{_IS}(?=[ \t]))"
    + _VALUE
)
"""In a table's next cell, behind an arrow or a dash, or with words between: "password for the VPN: ..."."""
_SPOKEN = re.compile(
    _TAIL
    + r"(?:(?:is|was|has been) (?:now|currently|(?:set|changed|reset) to)|is|was|(?:set|changed|reset) to"
    + r"|c'est|est(?: maintenant| désormais)?|ist(?: jetzt)?|lautet|è|es)"
    + r"(?:[ \t]{1,3}:?|:)"
    + _VALUE
)
_CODE = re.compile(
    r"(?<![\w-])(?:pin(?:[ -]?code)?|code[ -]pin|otp|cvv2?|cvc2?|cryptogramme"
    r"|(?:security|verification|one-time) code"
    r"|code (?:de s\u00e9curit\u00e9|de v\u00e9rification|secret|wifi))"
    r"(?: is| est)?[ \t:=]{1,4}(?P<value>\d{3,10})(?![\w.:/-]*\d)",
    re.IGNORECASE,
)
"""Digits alone, so only where they are called a code that lets somebody in."""
_SIGN = (
    r"[ \t\"'`]{0,3}(?:=>|=|>|:{1,3}=|\|\||:|\?=|,)[ \t\"'`=]{0,5}"
    r"(?P<value>[^\s\"'`,;<>|\\]{10,80}+)"
)
_LOOSE = re.compile(r"[\w.-]{0,20}+" + _SIGN)
"""After a word for a key inside of a longer name."""
_AFTER_ISSUER = re.compile(r"[\w. \t-]{0,20}+" + _SIGN)
_WHOLE = re.compile(r"[\s\"'`,;<>|\\]")
_KEY_CHARS_MAX = 2_000
"""Of one key; what is longer is a file."""
_TURN = re.compile(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])")
_DIGITS_ISSUED = 15
"""From so many digits on, a number behind an issuer's name is one of its ids."""
_GUID = re.compile(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-", re.IGNORECASE)
_LOGIN = re.compile(
    r"\bcurl\b[^\n]{0,80}?[ \t](?:-u|--user)[ =]{0,3}[\"']?(?P<value>[^\s\"':]{1,100}:[^\s\"']{3,200})"
)
_HEADER = re.compile(
    r"(?:authorization|x-api-key|private-token|x-auth-token)[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?"
    r"(?:(?:basic|bearer|token|apikey)[ \t]{1,3})?(?P<value>[\w+/.=~:-]{8,300}+)",
    re.IGNORECASE,
)
_NAMED_VALUE = re.compile(r"password[\"']\s{1,10}value=[\"'](?P<value>[^\"'\n]{3,200})", re.IGNORECASE)
_MANIFEST = re.compile(r"\bkind:[ \t]{0,10}[\"']?secret\b", re.IGNORECASE)
_MANIFEST_VALUE = re.compile(
    r"(?m)^[ \t]{1,20}[\w.-]{1,100}:[ \t]{1,10}(?P<value>[A-Za-z0-9+/]{8,2000}+={0,2})[ \t]*+$"
)
_WEBHOOK = re.compile(r"\.webhook\.office\.com/webhookb2/(?P<value>[\w@/-]{60,}+)")
_NAMED = (
    (("authorization", "api-key", "private-token", "auth-token"), _HEADER),
    (("curl",), _LOGIN),
    (("webhookb2",), _WEBHOOK),
    (("value=",), _NAMED_VALUE),
    (("pin", "otp", "cvv", "cvc", "crypto", " code", "code "), _CODE),
)
"""Each with words of which one stands, in lower case, before every such secret."""
_SCHEME = re.compile(r"[ \t]{0,3}(?P<value>[\w+/.=~-]{16,}+)")
_LOOSE_WORDS = ("access", "auth", "api", "credential", "creds", "key", "passw", "secret", "token", "client")
_SYMBOL = re.compile(r"\d|[^\w.?!)\]]")
_MIXED = re.compile(r"[^\W\d_]\S*\d|\d\S*[^\W\d_]|[^\w.:?!()\[\]/-]")


def hide_secrets(text: str, mark: Marker) -> str:
    """Replace passwords, tokens and keys by what ``mark`` gives for kind ``SECRET``."""
    text = _said_plainly(text, mark)
    text = _PACKED.sub(lambda m: mark("SECRET", m[0]) if _holds_a_secret(m[0]) else m[0], text)
    return _RUN.sub(lambda m: mark("SECRET", m[0]) if _looks_random(m[0]) else m[0], text)


def _said_plainly(text: str, mark: Marker) -> str:
    if "-----BEGIN" in text:
        text = _KEY_BLOCK.sub(lambda m: mark("SECRET", m.group()), text)
    text = _TOKEN.sub(lambda m: _token(m, mark), text)
    for needle, form in RARE:
        if needle in text:
            text = form.sub(lambda m: _token(m, mark), text)
    if "://" in text:
        text = _URL_LOGIN.sub(lambda m: f"://{mark('SECRET', m['value'])}@", text)
    text = _named(text, mark)
    text = _told(text, mark)
    return _issued(hide_said(text, mark), mark)


def _holds_a_secret(run: str) -> bool:
    """Whether a run of Base64 says a secret once it is unpacked; what says something else may stay."""
    try:
        said = base64.b64decode(f"{run.rstrip('=').translate(_URL_SAFE)}==").decode("ascii")
    except ValueError:
        return False
    found: list[str] = []

    def mark(_kind: str, value: str) -> str:
        found.append(value)
        return ""

    if said.replace("\n", "").replace("\r", "").isprintable():
        _said_plainly(said, mark)
    return bool(found)


def _named(text: str, mark: Marker) -> str:
    """Replace what a header, a command line or an element of a file says is a secret."""
    lower = text.lower()
    for words, pattern in _NAMED:
        if any(word in lower for word in words):
            text = pattern.sub(lambda m: _within(m, mark), text)
    if "secret" in lower and _MANIFEST.search(text):
        text = _MANIFEST_VALUE.sub(lambda m: _within(m, mark), text)
    return text


def _within(match: re.Match[str], mark: Marker) -> str:
    begins, ends = match.start("value") - match.start(), match.end("value") - match.start()
    return match[0][:begins] + mark("SECRET", match["value"]) + match[0][ends:]


def _looks_random(run: str) -> bool:
    """Whether a long run is a key: hexadecimal, or digits and both cases well mixed."""
    if _HEX.fullmatch(run):
        return True
    if _GUID.search(run):
        return False
    if "/" in run and not run.isalnum() and ("_" in run or "-" in run):
        # A path: neither alphabet of base 64 has a slash beside a dash or an underscore.
        return any(len(part) >= 32 and _looks_random(part) for part in run.split("/"))  # noqa: PLR2004  # as in _RUN
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
    found = _LABELLED.match(text, at) or _below(text, at) or _beside(text, at)
    if found is None:
        # "The password is expired" is on every desk: after "is" only what has a digit or a symbol counts.
        found = _SPOKEN.match(text, at)
        if found is None or not _SYMBOL.search(found["value"]):
            return None
    return found.span("value")


def _below(text: str, at: int) -> re.Match[str] | None:
    """Return what stands on the line below a label, where it looks like a password rather than a word."""
    found = _BELOW.match(text, at)
    return found if found and "://" not in found["value"] and _MIXED.search(found["value"]) else None


def _beside(text: str, at: int) -> re.Match[str] | None:
    """Return what stands where a label's value does, where it looks like a password rather than a word."""
    found = _BESIDE.match(text, at)
    return found if found and "://" not in found["value"] and _MIXED.search(found["value"]) else None


def _issued(text: str, mark: Marker) -> str:
    """Replace what an issuer's name, or a word for a key inside of a longer name, announces."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = text
    names = tuple(name for name in (*_LOOSE_WORDS, *ISSUERS) if name in lower)
    if not names:
        return text
    parts: list[str] = []
    done = 0
    for name in _any_of(names).finditer(lower):
        if name.start() < done:
            continue
        issuer = name.group() not in _LOOSE_WORDS
        found = (_AFTER_ISSUER if issuer else _LOOSE).match(text, name.end())
        if found is not None and _looks_issued(found["value"], issuer=issuer):
            begins = found.start("value")
            ends = begins + len(_WHOLE.split(text[begins : begins + _KEY_CHARS_MAX], maxsplit=1)[0])
            parts += [text[done:begins], mark("SECRET", text[begins:ends])]
            done = ends
    return "".join([*parts, text[done:]])


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, names)))


def _looks_issued(value: str, *, issuer: bool) -> bool:
    """Whether letters and digits change places as often as chance has it; names with a number do not."""
    if issuer and value.isdigit():
        return len(value) >= _DIGITS_ISSUED
    return len(_TURN.findall(value)) >= max(3, len(value) // 8)


def _token(match: re.Match[str], mark: Marker) -> str:
    before = match.string[match.start() - 1 : match.start()]
    # Inside of a longer word it is no token; an underscore or a quote before it is a name or a string.
    return match.group() if before.isalnum() else mark("SECRET", match.group())
