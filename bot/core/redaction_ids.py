"""National ids: numbers that a state gives a person, told from other numbers by their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_GAP = r"(?:[ .\t-]|\n[ \t>]{0,4}|&nbsp;)?"
"""What people and mail programs put between groups of digits."""

_NIR = re.compile(
    rf"[12](?<![\dA-Za-z].){_GAP}\d{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}(?:\d{{2}}|2[ABab]){_GAP}\d{{3}}"
    rf"{_GAP}\d{{3}}(?:{_GAP}|[ \t]{{0,3}}/[ \t]{{0,3}})\d{{2}}(?!\d)"
)
"""France: décret no 82-103 of 22 January 1982, with its key."""
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_SSN_NAMED = re.compile(
    r"(?:ssn|social security(?: (?:number|no))?)[ \t:#.is]{1,8}(?P<value>\d{3}[ -]?\d{2}[ -]?\d{4})(?!\d)",
    re.IGNORECASE,
)
_NINO = re.compile(
    r"(?<![A-Za-z0-9])(?!(?i:BG|GB|KN|NK|NT|TN|ZZ))"
    r"(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ .-]?\d{2}){3}[ .-]?[A-D]"
    r"|[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z]\d{6}[a-d])(?![A-Za-z0-9])"
)
"""United Kingdom: HMRC's National Insurance Manual, NIM39110. No check digit."""
_DNI = re.compile(
    r"[XYZxyz\d](?<![A-Za-z0-9].)(?:(?<=[XYZxyz])[ .-]?\d{7}|(?<=\d)\d{7}|(?<=\d)\d\.\d{3}\.\d{3})"
    r"[ .-]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![A-Za-z0-9])"
)
"""Spain, NIE as well: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE"."""
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CF_DIGIT = r"[\dL-NP-V]"
_CF = re.compile(
    rf"(?<![A-Za-z0-9])[A-Z]{{3}} ?[A-Z]{{3}} ?{_CF_DIGIT}{{2}}[A-EHLMPR-T]{_CF_DIGIT}{{2}} ?"
    rf"[A-Z]{_CF_DIGIT}{{3}} ?[A-Z](?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""Italy: decree of 23 December 1976 of the Ministry of Finance, with its check letter (articles 5 and 7)."""
_CF_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What a letter counts in an odd place; a digit counts as the letter of the same rank."""
_STEUER = re.compile(
    r"(?:steuer[- ]?id(?:entifikationsnummer)?|idnr\.?)(?:[- ]?nr\.?)?"
    r"[ \t:#.is]{1,8}(?P<value>[1-9]\d(?:[ .-]?\d{3}){3})"
    r"(?!\d)",
    re.IGNORECASE,
)
"""Germany: § 139b of the Abgabenordnung. One number in ten has its check digit, so only where it is named."""
_NRN = re.compile(r"\d(?<![\dA-Za-z].)\d\.[0-5]\d\.\d{2}-\d{3}\.\d{2}(?!\d)")
"""Belgium, as its cards write it: Royal Decree of 3 April 1984."""
_AHV = re.compile(r"756(?<![\dA-Za-z]...)[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}(?!\d)")
"""Switzerland: an EAN-13 that begins with 756 (Bundesamt für Sozialversicherungen, "AHV-Nummer")."""
_BSN = re.compile(
    r"(?:bsn|burgerservicenummer|sofi-?nummer)[ \t:#.is]{1,8}"
    r"(?P<value>\d{4}[. ]?\d{2}[. ]?\d{3}|\d{9})(?!\d)",
    re.IGNORECASE,
)
"""The Netherlands: nine digits are many things, so only where it is named."""


def _digits(value: str) -> str:
    return "".join(filter(str.isdigit, value.replace("&nbsp;", "")))


def _is_nir(value: str) -> bool:
    number = re.sub(r"[^0-9ABab]", "", value.replace("&nbsp;", "")).upper()
    # Corsica: each letter stands for a department that counts as the one before it.
    number = number.replace("2A", "19", 1).replace("2B", "18", 1)
    return number.isdigit() and len(number) == 15 and 97 - int(number[:13]) % 97 == int(number[13:])  # noqa: PLR2004  # the key is modulo 97


def _is_dni(value: str) -> bool:
    plain = re.sub(r"[ .-]", "", value).upper()
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(number) % 23] == plain[-1]


def _is_cf(value: str) -> bool:
    letters = [int(each, 36) - (10 if each.isalpha() else 0) for each in value.replace(" ", "").upper()]
    total = sum(_CF_ODD[each] if n % 2 == 0 else each for n, each in enumerate(letters[:15]))
    return total % 26 == letters[15]


def _is_ahv(value: str) -> bool:
    digits = [*map(int, _digits(value))]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def _always(_value: str) -> bool:
    return True


_NINO_CORE = re.compile(r"\d{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?[A-Da-d]")
_CF_CORE = re.compile(r"\d[\dL-NP-Vl-np-v][A-EHLMPR-Ta-ehlmpr-t][\dL-NP-Vl-np-v]")


def national_ids(text: str) -> Iterator[tuple[re.Pattern[str], Callable[[str], bool]]]:
    """Return what to look for in ``text``: a pattern, and what tells whether a find is an id.

    Hidden is the group ``value``, where there is one. A pattern that begins anywhere is slow, so what it has
    to hold is looked for first.
    """
    lower = text.lower()
    yield from _BY_DIGITS
    if _CF_CORE.search(text):
        yield _CF, _is_cf
    if _NINO_CORE.search(text):
        yield _NINO, _always
    if "steuer" in lower or "idnr" in lower:
        yield _STEUER, _always
    if "bsn" in lower or "burgerservice" in lower or "sofi" in lower:
        yield _BSN, _always


_BY_DIGITS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_NIR, _is_nir),
    (_AHV, _is_ahv),
    (_NRN, _always),
    (_DNI, _is_dni),
)
SOCIAL_SECURITY: tuple[re.Pattern[str], ...] = (_SSN, _SSN_NAMED)
"""United States: no check digit, so these are looked for after what has one."""
