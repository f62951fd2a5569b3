"""What must not leave the house: personal data and secrets, replaced by numbered placeholders.

``redact`` takes every text of one question at once, so that one value is one placeholder throughout, and
gives back what is needed to put the values into a draft again. Secrets are never put back, and neither is
anything that stood in somebody else's ticket only.

All patterns are linear on hostile text: each repeat is bounded, possessive, or starts at a boundary it cannot
start at twice. Order matters: addresses and dates look like telephone numbers, so they go first.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

NAMES_MAX = 200
"""Names of one ticket's people; more would make the pattern slow and mask half of the language."""

_PLACEHOLDER = re.compile(r"<(?:SECRET|EMAIL|IBAN|NATIONAL_ID|CARD|IP|PHONE|PERSON)_\d{1,5}>")


@dataclass(frozen=True, slots=True)
class Redaction:
    """Texts that may leave, and how to undo it at home."""

    own: tuple[str, ...]
    others: tuple[str, ...]
    originals: Mapping[str, str]
    """Placeholder to value, for the ticket's own texts and never for a secret."""

    def restore(self, text: str) -> str:
        """Put the values back. Placeholders that may not be restored stay: see :func:`has_holes`."""
        return _PLACEHOLDER.sub(lambda m: self.originals.get(m.group(), m.group()), text)


def has_holes(text: str) -> bool:
    """Whether a placeholder is left in ``text``: then nobody should be sent it."""
    return _PLACEHOLDER.search(text) is not None


def redact(own: Sequence[str], *, others: Sequence[str] = (), names: Iterable[str] = ()) -> Redaction:
    """Replace personal data and secrets.

    ``own``: the ticket's texts. ``others``: texts of other people's tickets, whose values are never restored.
    ``names``: people the ticket system knows here (reporter, assignee, watchers); names that mail addresses
    spell out are added. Names nobody lists stay: no pattern finds them.
    """
    book = _Book()
    texts = [book.defuse(text) for text in (*own, *others)]
    known = _names_pattern([*names, *_names_in_addresses(texts)])
    done: list[str] = []
    for index, text in enumerate(texts):
        book.restorable = index < len(own)
        done.append(_redact_one(text, book, known))
    return Redaction(tuple(done[: len(own)]), tuple(done[len(own) :]), book.originals)


class _Book:
    """Which value became which placeholder, within one call."""

    def __init__(self) -> None:
        self.originals: dict[str, str] = {}
        self.restorable = True
        self._marks: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def defuse(self, text: str) -> str:
        """Unmake placeholders somebody typed: they would have another value put in their place."""
        return _PLACEHOLDER.sub(lambda m: f"[{m.group()[1:-1]}]", text)

    def mark(self, kind: str, value: str) -> str:
        mark = self._marks.get((kind, value))
        if mark is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            mark = self._marks[kind, value] = f"<{kind}_{self._counts[kind]}>"
        if self.restorable and kind != "SECRET":
            self.originals[mark] = value
        return mark


# --- secrets ---------------------------------------------------------------------------------------------

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


def _secrets(text: str, book: _Book) -> str:
    if "-----BEGIN" in text:
        text = _KEY_BLOCK.sub(lambda m: book.mark("SECRET", m.group()), text)
    text = _TOKEN.sub(lambda m: _token(m, book), text)
    if "://" in text:
        text = _URL_LOGIN.sub(lambda m: f"://{book.mark('SECRET', m['value'])}@", text)
    text = _told(text, book)
    return _RUN.sub(lambda m: book.mark("SECRET", m[0]) if _looks_random(m[0]) else m[0], text)


def _looks_random(run: str) -> bool:
    """Whether a long run is a key: hexadecimal, or digits and both cases well mixed."""
    if _HEX.fullmatch(run):
        return True
    kinds = [sum(map(test, run)) for test in (str.isdigit, str.isupper, str.islower)]
    return min(kinds) * 16 >= len(run)


def _told(text: str, book: _Book) -> str:
    """Replace what stands after "password:", "token =" and the like."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = text  # a capital that lowers to two letters would shift every place
    parts: list[str] = []
    done = 0
    for word in _KEYWORD.finditer(lower):
        found = _after(text, lower, word)
        if found is not None and found[0] >= done:
            parts += [text[done : found[0]], book.mark("SECRET", text[found[0] : found[1]])]
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


def _token(match: re.Match[str], book: _Book) -> str:
    before = match.string[match.start() - 1 : match.start()]
    # Inside of a longer word it is no token; an underscore or a quote before it is a name or a string.
    return match.group() if before.isalnum() else book.mark("SECRET", match.group())


# --- personal data ---------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.%+'\u2019-])[\w.%+'\u2019-]++@(?:[\w-]++\.)+[\w-]{2,63}")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9]{4})")
_IBAN_CHARS = {
    **dict.fromkeys(("NO",), 15), **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL", "FK", "FO", "GL", "SD"), 18), **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "CR", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT", "ST", "LY"), 25), **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "EG", "GT", "HN", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "PS", "QA", "UA"), 29), **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31), "LC": 32, "RU": 33,
}  # fmt: skip
"""Length by country: SWIFT's IBAN registry, section "IBAN length"."""

_BASE_36 = {ord(letter): str(int(letter, 36)) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

_NIR = re.compile(
    r"(?<![\dA-Za-z])[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)"
)
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_SSN_NAMED = re.compile(
    r"(?:ssn|social security(?: (?:number|no))?)[ \t:#.is]{1,8}(?P<value>\d{3}[ -]?\d{2}[ -]?\d{4})(?!\d)",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){11,18}(?!\d)")
_CARD_STARTS = ("2", "3", "4", "5", "6", "1800")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}+:)[0-9A-Fa-f:]{2,39}+(?:\.\d{1,3}){0,3}(?![\w:])")
_DATE = re.compile(
    r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
    r"(?:[T ,]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?(?![.-]?\d)"
)
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|poste)[ ]?\d{1,6})?"
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:"
    r"(?:\+|00)\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}"
    r"|\(\d{2,5}\)[ .-]?\d{2,4}(?:[ .-]?\d{2,4}){1,4}"
    r"|\d{1,4}(?:[ .-]\d{2,4}){2,5}"
    r"|\d{2,5}[ .-]\d{3,8}"
    r"|\d{10,11})" + _EXTENSION + r"(?![\w])",
    re.IGNORECASE,
)
_PHONE_DIGITS = (7, 15)


def _redact_one(text: str, book: _Book, names: re.Pattern[str] | None) -> str:
    text = _secrets(text, book)
    if "@" in text:
        text = _EMAIL.sub(lambda m: book.mark("EMAIL", m.group()), text)
    text = _ibans(text, book)
    for pattern, kind, holds in _CHECKED:
        text = pattern.sub(_marker(kind, holds, book), text)
    text = _phones(text, book)
    return names.sub(lambda m: book.mark("PERSON", m.group()), text) if names else text


def _marker(kind: str, holds: Callable[[str], bool], book: _Book) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        whole = match.group()
        value = match.groupdict().get("value", whole)
        return whole.replace(value, book.mark(kind, value)) if holds(value) else whole

    return replace


def _ibans(text: str, book: _Book) -> str:
    parts: list[str] = []
    done = 0
    for start in _IBAN_START.finditer(text):
        chars_max = _IBAN_CHARS.get(start.group()[:2].upper())
        if chars_max is None or start.start() < done:
            continue
        end = _iban_end(text, start.start(), chars_max)
        if end:
            parts += [text[done : start.start()], book.mark("IBAN", text[start.start() : end])]
            done = end
    return "".join([*parts, text[done:]])


def _iban_end(text: str, start: int, chars: int) -> int:
    """Return where the account number that begins at ``start`` ends, or 0 when its check digits are wrong."""
    number = text[start : start + 2 * chars].replace(" ", "").replace("-", "")[:chars].upper()
    if len(number) < chars or not (number.isascii() and number.isalnum()):
        return 0
    if int((number[4:] + number[:4]).translate(_BASE_36)) % 97 != 1:
        return 0
    end, left = start, chars
    while left:
        left -= text[end] not in " -"
        end += 1
    return 0 if text[end : end + 1].isalnum() else end


_NIR_DIGITS = 15


def _is_nir(value: str) -> bool:
    digits = value.replace(" ", "").upper().replace("2A", "19", 1).replace("2B", "18", 1)
    return digits.isdigit() and len(digits) == _NIR_DIGITS and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _is_card(value: str) -> bool:
    digits = [int(c) for c in value if c.isdigit()]
    doubled = (d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits)))
    return value.startswith(_CARD_STARTS) and len(set(digits)) > 1 and sum(doubled) % 10 == 0


def _is_address(value: str) -> bool:
    if ":" in value and "::" not in value and value.count(":") < _IPV6_COLONS - value.count("."):
        return False  # a time, a ratio, a path: told apart here because the library's refusal is slow
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return value.strip(":") != ""


_IPV6_COLONS = 7


def _always(_value: str) -> bool:
    return True


_CHECKED: tuple[tuple[re.Pattern[str], str, Callable[[str], bool]], ...] = (
    (_NIR, "NATIONAL_ID", _is_nir),
    (_CARD, "CARD", _is_card),
    (_SSN, "NATIONAL_ID", _always),
    (_SSN_NAMED, "NATIONAL_ID", _always),
    (_IPV4, "IP", _is_address),
    (_IPV6, "IP", _is_address),
)


def _phones(text: str, book: _Book) -> str:
    dates = [found.span() for found in _DATE.finditer(text)]
    parts: list[str] = []
    done = at = 0
    for found in _PHONE.finditer(text):
        while at < len(dates) and dates[at][1] <= found.start():
            at += 1
        in_date = at < len(dates) and dates[at][0] < found.end()
        if not in_date and _is_phone(found.group()):
            parts += [text[done : found.start()], book.mark("PHONE", found.group())]
            done = found.end()
    return "".join([*parts, text[done:]])


def _is_phone(value: str) -> bool:
    number: str = re.split(r"[ ,]*(?:x|e|p)", value, maxsplit=1, flags=re.IGNORECASE)[0]
    digits = sum(c.isdigit() for c in number)
    return _PHONE_DIGITS[0] <= digits <= _PHONE_DIGITS[1]


# --- names -----------------------------------------------------------------------------------------------

_LOCAL_PART = re.compile(r"(?<![\w.])([^\W\d_]{2,30}+)[._-]([^\W\d_]{2,30}+)@")
_ROLES = frozenset(
    {"no", "reply", "help", "desk", "service", "support", "info", "team", "it", "admin", "sales"}
)


def _names_in_addresses(texts: Iterable[str]) -> list[str]:
    """Return the people whose mail address spells their name out: ``jane.roe@`` is Jane Roe."""
    spelled = (m.groups() for text in texts if "@" in text for m in _LOCAL_PART.finditer(text))
    found = itertools.islice(dict.fromkeys(itertools.islice(spelled, 10 * NAMES_MAX)), NAMES_MAX)
    return [f"{first} {last}" for first, last in found if not {first.lower(), last.lower()} & _ROLES]


def _names_pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    wanted: dict[str, None] = {}
    for name in list(dict.fromkeys(names))[:NAMES_MAX]:
        words = [word for word in re.split(r"[\s,;]+", name) if len(word) > 2]  # noqa: PLR2004  # "Li" is a word too
        if len(words) > 1:
            wanted[r"[\s,]{1,3}".join(map(re.escape, words))] = None
            wanted[r"[\s,]{1,3}".join(map(re.escape, reversed(words)))] = None
        for word in words:
            wanted[re.escape(word)] = None
    if not wanted:
        return None
    longest_first = sorted(wanted, key=len, reverse=True)
    return re.compile(r"(?<![\w<])(?:" + "|".join(longest_first) + r")(?![\w>])", re.IGNORECASE)
