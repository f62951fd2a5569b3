"""Personal data that has a form of its own: addresses, accounts, cards, national ids, telephone numbers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from bot.core.redaction_ids import SOCIAL_SECURITY, national_ids
from bot.core.redaction_secrets import Marker

_EMAIL = re.compile(r"(?<![\w.%+'\u2019-])[\w.%+'\u2019-]++@(?:[\w-]++\.)+[\w-]{2,63}")
_EMAIL_CODED = re.compile(
    r"(?<![\w.+'\u2019-])[\w.+'\u2019-]++(?:%40|\uff20|&#0{0,5}64;|&commat;)(?:[\w-]++\.)+[\w-]{2,63}"
)
"""The same out of a link, out of HTML, or in full width."""
_DOMAIN = r"(?:[\w-]++(?:\.| ?[\[({] ?(?:dot|point|\.) ?[\])}] ?)){1,5}[A-Za-z]{2,24}(?!\w)"
_EMAIL_SPOKEN = re.compile(
    rf"(?<![\w.+'-])[\w.+'-]{{1,64}}+(?:\\@| ?[\[({{] ?(?:at|arobase|@) ?[\])}}] ?){_DOMAIN}"
    rf"|(?<![\w.+'-])[^\W_]{{1,30}}+[._][\w.'-]{{1,40}}+ @ ?{_DOMAIN}",
    re.IGNORECASE,
)
"""As people write it who fear machines: ``jane [at] example.com``, ``jane.roe @ example.com``."""
_SPOKEN = ("\\@", " @", "at]", "at)", "at}", "at ]", "at )", "arobase", "(@", "[@", "{@")
_CODES = ("%40", "\uff20", "64;", "&commat;")
_BETWEEN = r"(?:[ \t.*/_|-]|&nbsp;|</?[a-z]{1,6}>|\n[ \t>]{0,4})"
"""What stands between groups of digits where somebody, a table or a mail program has set them apart."""
_APART = re.compile(_BETWEEN + "{1,6}")
_IBAN_START = re.compile(
    rf"(?:(?<![A-Za-z0-9])|(?<=IBAN))[A-Za-z]{{2}}\d{{2}}(?={_BETWEEN}{{0,6}}[A-Za-z0-9]{{4}})"
)
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

_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){11,18}(?!\d)")
_CARD_APART = re.compile(
    rf"\d(?<![\dA-Za-z].)(?<!\d[.,/].)(?:\d{{14,15}}|\d{{3}}(?:{_BETWEEN}{{1,6}}\d{{4}}){{3}}"
    rf"|\d{{3}}{_BETWEEN}{{1,6}}\d{{6}}{_BETWEEN}{{1,6}}\d{{5}})"
    r"(?![\dA-Za-z])"
)
"""The usual lengths and groups alone: also where other numbers stand right beside them."""
_CARD_STARTS = ("2", "3", "4", "5", "6", "1800")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}+:)[0-9A-Fa-f:]{2,39}+(?:\.\d{1,3}){0,3}(?![\w:])")
_DATE = re.compile(
    r"(?<!\d)(?<!\d[-/.])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
    r"(?:[T ,]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?(?![./-]?\d)"
)
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|poste)[ ]?\d{1,6})?"
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:"
    r"(?:\+|00)\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}"
    r"|0[1-9](?:(?:[ .-]|/|\n[ \t>]{0,4})\d{2}){4}"
    r"|\(\d{2,5}\)[ .-]?\d{2,4}(?:[ .-]?\d{2,4}){1,4}"
    r"|\d{1,4}(?:[ .-]\d{2,4}){2,5}"
    r"|\d{2,5}[ .-]\d{3,8}"
    r"|\d{10,11})" + _EXTENSION + r"(?![\w])",
    re.IGNORECASE,
)
_PHONE_DIGITS = (7, 15)


def hide_personal(text: str, mark: Marker) -> str:
    """Replace what has the form of personal data. Secrets have to be gone: one may hold a number."""
    if "@" in text:
        text = _EMAIL.sub(lambda m: mark("EMAIL", m.group()), text)
    if any(sign in text.lower() for sign in _SPOKEN):
        text = _EMAIL_SPOKEN.sub(lambda m: mark("EMAIL", m.group()), text)
    if any(code in text for code in _CODES):
        text = _EMAIL_CODED.sub(lambda m: mark("EMAIL", m.group()), text)
    text = _ibans(text, mark)
    for pattern, holds in national_ids(text):
        text = pattern.sub(_marker("NATIONAL_ID", holds, mark), text)
    for pattern, kind, holds in _CHECKED:
        text = pattern.sub(_marker(kind, holds, mark), text)
    return _phones(text, mark)


def _marker(kind: str, holds: Callable[[str], bool], mark: Marker) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        whole = match.group()
        value = match.groupdict().get("value", whole)
        return whole.replace(value, mark(kind, value)) if holds(value) else whole

    return replace


def _ibans(text: str, mark: Marker) -> str:
    parts: list[str] = []
    done = 0
    for start in _IBAN_START.finditer(text):
        chars_max = _IBAN_CHARS.get(start.group()[:2].upper())
        if chars_max is None or start.start() < done:
            continue
        end = _iban_end(text, start.start(), chars_max)
        if end:
            parts += [text[done : start.start()], mark("IBAN", text[start.start() : end])]
            done = end
    return "".join([*parts, text[done:]])


def _iban_end(text: str, start: int, chars: int) -> int:
    """Return where the account number that begins at ``start`` ends, or 0 when its check digits are wrong."""
    number, at = "", start
    while len(number) < chars:
        if text[at : at + 1].isascii() and text[at : at + 1].isalnum():
            number, at = number + text[at].upper(), at + 1
            continue
        gap = _APART.match(text, at)
        # More than a blank or a dash stands between fours only: else any words could be a number's.
        if gap is None or (gap[0] not in {" ", "-"} and len(number) % 4):
            return 0
        at = gap.end()
    is_one = int((number[4:] + number[:4]).translate(_BASE_36)) % 97 == 1
    return at if is_one and not text[at : at + 1].isalnum() else 0


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
    (_CARD, "CARD", _is_card),
    (_CARD_APART, "CARD", _is_card),
    *((pattern, "NATIONAL_ID", _always) for pattern in SOCIAL_SECURITY),
    (_IPV4, "IP", _is_address),
    (_IPV6, "IP", _is_address),
)


def _phones(text: str, mark: Marker) -> str:
    dates = [found.span() for found in _DATE.finditer(text)]
    parts: list[str] = []
    done = at = 0
    for found in _PHONE.finditer(text):
        while at < len(dates) and dates[at][1] <= found.start():
            at += 1
        in_date = at < len(dates) and dates[at][0] < found.end()
        if not in_date and _is_phone(found.group()):
            parts += [text[done : found.start()], mark("PHONE", found.group())]
            done = found.end()
    return "".join([*parts, text[done:]])


def _is_phone(value: str) -> bool:
    number: str = re.split(r"[ ,]*(?:x|e|p)", value, maxsplit=1, flags=re.IGNORECASE)[0]
    digits = sum(c.isdigit() for c in number)
    return _PHONE_DIGITS[0] <= digits <= _PHONE_DIGITS[1]
