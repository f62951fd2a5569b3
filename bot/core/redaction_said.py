"""Passwords as people say them: no sign before them, only a word for a password close by."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

NEAR_CHARS: Final = 80
"""Behind a word for a password, in the same line: a sentence's worth."""
_WORD: Final = re.compile(
    r"password|passwd|passwort|kennwort|passphrase|passcode|(?<![a-z])(?:pwd?|pass|mdp)(?![a-z])|mot de passe"
    r"|contrase(?:\u00f1|n)a|senha|wachtwoord|credential|identifiant|zugangsdaten"
    r"|(?:wi-?fi|wlan)[ -](?:key|code)|cl(?:\u00e9|e) (?:du )?wi-?fi"
)
"""Searched in lower case."""
_PARTS: Final = (
    *("pass", "pw", "mdp", "kennwort", "contrase", "senha", "wachtwoord", "credential", "identifiant"),
    *("zugangsdaten", "wifi", "wi-fi", "wlan"),
)
"""One of them is in each of these words."""
_SAID: Final = re.compile(r"[^\s\"'`\u201c\u201d\u201e\u00ab\u00bb,;:<>()\[\]{}|/\\=+&]{6,64}")
"""No sign that sets one thing beside another: an error's code and a version stand behind those."""
_SIGNS: Final = re.compile(r"[!#$%^*~?@\u00a7\u20ac\u00a3]")
_PICTURE: Final = re.compile(r"\.(?:jpe?g|png|gif|bmp)@", re.IGNORECASE)
_FLAG: Final = re.compile(
    r"(?<![\w-])--?(?:[\w-]{0,20}-)?(?:password|passwd|pass|token|secret|api-?key)[ =]{1,3}[\"']?"
    r"(?P<value>[^\s\"'<>-][^\s\"'<>]{3,199})",
    re.IGNORECASE,
)
_SHELL: Final = re.compile(
    r"\bsshpass[ ]{1,3}-p[ ]{0,3}[\"']?(?P<ssh>[^\s\"'<>]{4,200})"
    r"|\bmysql\w{0,10}\b[^\n]{0,80}?[ ]-p[\"']?(?P<sql>[^\s\"'<>]{4,200})"
    r"|\bnet use\b[^\n]{0,120}?/user:\S{1,80}[ ]{1,3}(?P<net>(?=\S{0,40}\d)[^\s<>/]{4,200})",
    re.IGNORECASE,
)
_ELEMENT: Final = re.compile(
    r"<[\w:.-]{0,30}(?:password|passwd|passwort|secret|token|apikey)[\w.-]{0,10}>(?P<value>[^<>\s]{4,200})</",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(
    r"(?<![\w-])(?:sig|signature|x-(?:amz|goog)-signature|jsessionid|phpsessid|asp\.net_sessionid|connect\.sid"
    r"|session(?:[_-]?id)?)=(?P<value>[\w%+/.~-]{16,500})",
    re.IGNORECASE,
)
_RECOVERY: Final = re.compile(r"(?P<value>\d(?<![\d-].)\d{5}(?:-\d{6}){7})(?![\d-])")
_NAMED: Final = (
    (("--", " -"), _FLAG),
    (("sshpass", "mysql", "net use"), _SHELL),
    (("</",), _ELEMENT),
    (("sig=", "signature=", "session", "sessid", ".sid="), _SIGNED),
    (("-",), _RECOVERY),
)
"""Each with words of which one stands, in lower case, in every such text."""


def hide_said(text: str, mark: Callable[[str, str], str]) -> str:
    """Replace what command lines, elements and sentences give away, by what ``mark`` gives for ``SECRET``."""
    lower = text.lower()
    for words, pattern in _NAMED:
        if any(word in lower for word in words):
            text = pattern.sub(lambda found: _within(found, mark), text)
    return _near(text, mark)


def _within(found: re.Match[str], mark: Callable[[str, str], str]) -> str:
    group = found.lastgroup or "value"
    begins, ends = found.start(group) - found.start(), found.end(group) - found.start()
    return found[0][:begins] + mark("SECRET", found[group]) + found[0][ends:]


def _near(text: str, mark: Callable[[str, str], str]) -> str:
    lower = text.lower()
    if not any(part in lower for part in _PARTS):
        return text
    if len(lower) != len(text):
        lower = text  # a capital that lowers to two letters would shift every place
    parts: list[str] = []
    done = 0
    for word in _WORD.finditer(lower):
        line = text.find("\n", word.end())
        until = len(text) if line < 0 else line
        for found in _SAID.finditer(text, max(word.end(), done), min(until, word.end() + 2 * NEAR_CHARS)):
            if found.start() - word.end() > NEAR_CHARS:
                break
            if _is_strong(found[0]):
                parts += [text[done : found.start()], mark("SECRET", found[0])]
                done = found.end()
    return "".join([*parts, text[done:]])


def _is_strong(said: str) -> bool:
    """Whether a word is made as policies want passwords: letters, digits, and a sign that ends nothing."""
    kinds = (any(map(str.isalpha, said)), any(map(str.isdigit, said)))
    return all(kinds) and _SIGNS.search(said.rstrip("?.")) is not None and not _is_something(said)


def _is_something(said: str) -> bool:
    """Whether it is an address, a link's tail or a picture in a mail."""
    return (
        ("@" in said and "." in said.rpartition("@")[2])
        or said.startswith(("?", "#"))
        or _PICTURE.search(said) is not None
    )
