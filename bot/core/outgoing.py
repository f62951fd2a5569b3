"""What a model says, made harmless for wherever people read it.

The words may be an attacker's: a ticket can tell a model what to say. So nothing in them may load, lead
away or call anybody, in Slack's Markdown and mrkdwn, in Jira's wiki markup and in HTML alike. What is broken
is written in round brackets, as mail gateways do (``hxxps://evil(.)example``), so that people still see it.

What is left open: only links whose host is allowed, and only where every reader agrees which host that is;
and mail addresses as such, for people have to be told some.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html.entities import html5
from typing import Final
from urllib.parse import unquote

from bot.core.redaction import PLACEHOLDER
from bot.core.toplevel import FILE_ENDINGS, LABELS
from bot.core.untrusted import Untrusted

_HOLE: Final = "\0"
"""Where something that stays as it is stood; cleaned text has none of its own."""

_URL_CHARS: Final = r"[A-Za-z0-9./?#&=%~+,;:_$-]"
"""Of a link that stays. No ``@``, backslash, bracket, quote or exclamation mark: about those, and about
letters beyond ASCII, browsers and chat programs differ on where the host ends."""
_MAIL: Final = (
    r"(?<![\w.%+@:/\\-])(?!(?i:www\.))[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?@(?![\w.-]{0,300}(?i:www\.))(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}"
    r"(?![\w@/\\?#%=&-]|\.\w|:\S)"
)
"""A bare mail address: drafts are full of them, and one leads nowhere by itself."""
_STAYS: Final = re.compile(
    f"(?P<mark>{PLACEHOLDER.pattern}|{_MAIL})"
    rf"|(?<!!)\[(?P<label>[^\[\]\n()<>|~^]{{1,300}})\]\((?P<target>(?i:https?)://{_URL_CHARS}{{1,2000}}+)\)"
    rf"|<(?P<auto>(?i:https?)://{_URL_CHARS}{{1,2000}}+)>"
    rf"|(?<![\w!@/:.%\\-])(?P<bare>(?i:https?)://{_URL_CHARS}{{1,2000}}+)(?=(?P<next>[\s\S]|\Z))"
)
_PLACE: Final = re.compile(
    r"(?i:https?)://(?P<host>[A-Za-z0-9.-]+)(?P<port>:[0-9]{1,5})?(?P<rest>(?:[/?#].*)?)"
)
_USUAL_PORTS: Final = frozenset({":80", ":443"})
_AFTER_HOST: Final = frozenset(" \t\n()],\"'!*|}")
"""What may follow a link without a path. Anything else could belong to the host for some reader."""
_CLOSING: Final = ".,;:?_~"

_WORD: Final = re.compile(r"\S++")
_COMPATIBLE: Final = re.compile(
    r"[\u2024\u2048\u2049\u2100-\u214f\u2460-\u24ff\u3002\ufe13-\ufe19\ufe50-\ufe6b\uff01-\uff61"
    r"\U0001d400-\U0001d7ff]"
)
"""Full-width, circled and mathematical characters, which some readers turn into plain ones."""
_WOULD_LINK: Final = re.compile(
    r"://|https?:|www\.|[<\[][@#!~]|\]\(|@[\w<]|[\w-]\\*+\.[a-z]{2}", re.IGNORECASE
)

_IMAGE: Final = re.compile(r"!(?=\[)")
_WIKI_IMAGE: Final = re.compile(r"!(?=([^\s!)][^\s!]*)!)")
_LOADS: Final = re.compile(rf"[./\\|:\u3002\uff0e\uff61{_HOLE}]")
_TAG: Final = re.compile(r"<(?![\s\d=-])([^<>\n]*+)>")
_OPENS: Final = re.compile(r"<(?![\s\d=-]|\Z)")
_JOINT: Final = re.compile(r"\](?=[(\[:])")
_BRACKETS: Final = re.compile(r"[\[\]\n|]")
_WIKI_TARGET: Final = re.compile(rf"[~^#/\\$|]|{_HOLE}\Z|[\w+.-]{{1,40}}:")
_TARGET_CHARS_MAX: Final = 50
"""Of a bracket's inside, where it is decided whether that is an address."""
_WIKI_CALL: Final = re.compile(r"\[(?=[~^])")
_SECOND: Final = re.compile(r"https?:", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(r"//|\\|[\x00-\x1f\x7f]|https?:", re.IGNORECASE)
_DECODED_MAX: Final = 3
"""Times that a link is decoded to look for a second address in it: what is packed deeper hides something."""
_WEB: Final = re.compile(r"http(s?):(?=\S)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"(?<!hxxp)(?<!hxxps)://")
_OTHER_SCHEME: Final = re.compile(
    r"\b(javascript|vbscript|data|mailto|xmpp|tel|sms|facetime|file|callto|sips?|skype|blob|about|jar|slack"
    r"|view-source|intent|market|magnet|ms-[a-z]{1,20}):(?=\S)",
    re.IGNORECASE,
)
_PICTURES: Final = r"\u00a9\u00ae\u20d0-\u20ff\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff"
_PICTURE: Final = re.compile(f"[{_PICTURES}]")
_NAMES: Final = (
    r"\w\-\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u109f"
    r"\u1780-\u17d3\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f" + _PICTURES
)
"""What a name in a host may be made of: letters, the marks that scripts set on them, and pictures."""
_HOST: Final = re.compile(rf"(?<![{_NAMES}])[{_NAMES}]++(?:\\*+[.\u3002\uff0e\uff61][{_NAMES}]++)++")
"""Also with a backslash before a dot: Markdown and wiki markup drop it, and link what is left."""
_DOT: Final = re.compile("[.\u3002\uff0e\uff61]")
_EDGES: Final = "_-"
"""Around a name, they are marks for italics or belong to nobody: ``_evil.example_``."""
_LEADS_ON: Final = re.compile(r"[/?#\\]|:\d")
_CALL: Final = re.compile(rf"(?<!\w)@(?=[\w<\u2039{_HOLE}])")
_CHANNEL: Final = re.compile(r"(?<![\w&])#(?=[^\W\d])")
_ENTITY: Final = re.compile(r"&(?=(#?\w{1,40};|#[0-9]|#[xX][0-9a-fA-F]))")
"""Of a number also without its end, as HTML reads it."""


def quiet(words: Untrusted, chars_max: int) -> str:
    """Return words of others on one line that leads nowhere: what a desk reads makes links by itself."""
    return Untrusted(harmless(words.line(chars_max), frozenset())).line(chars_max)


def harmless(text: str, hosts: frozenset[str]) -> str:
    """Return ``text`` without anything that loads, leads to a host not in ``hosts``, or calls anybody.

    ``hosts``: names (``jira.example.com``), with their port where it is not the usual one, in any case.
    Placeholders of :mod:`bot.core.pseudonyms` are left alone, so this goes before they are restored or after.
    Doing it twice changes nothing more, and doing it line by line comes to the same, for text that arrives in
    pieces.
    """
    allowed = frozenset(host.lower() for host in hosts)
    clean = Untrusted(text).clean()
    return _harmless(_WORD.sub(_plain, clean) if _COMPATIBLE.search(clean) else clean, allowed)


def _plain(found: re.Match[str]) -> str:
    if not _COMPATIBLE.search(found[0]):
        return found[0]
    plain = unicodedata.normalize("NFKC", found[0])
    return Untrusted(plain).clean() if _WOULD_LINK.search(_DOT.sub(".", plain)) else found[0]


def _harmless(text: str, hosts: frozenset[str]) -> str:
    stays: list[str] = []
    parts: list[str] = []
    done = 0
    for found in _STAYS.finditer(text):
        kept = _kept(found, hosts)
        if kept:
            whole = kept if found["bare"] else found[0]
            parts += [text[done : found.start()], _HOLE]
            stays.append(kept)
            done = found.start() + len(whole)
    holed = _defused("".join([*parts, text[done:]]), hosts)
    pieces = holed.split(_HOLE)
    return pieces[0] + "".join(kept + piece for kept, piece in zip(stays, pieces[1:], strict=True))


def _kept(found: re.Match[str], hosts: frozenset[str]) -> str:
    """Return what stays of one find, or nothing."""
    if found["mark"]:
        return found["mark"]
    if found["label"]:
        if not _is_allowed(found["target"], hosts):
            return ""
        return f"[{_defused(found['label'], hosts)}]({found['target']})"
    if found["auto"]:
        return found[0] if _is_allowed(found["auto"], hosts) else ""
    if _SECOND.search(found["bare"], 1):
        return ""
    kept: str = found["bare"].rstrip(_CLOSING)
    place = _PLACE.fullmatch(found["bare"].rstrip(_CLOSING))
    after = found["next"]
    ends = after not in {"@", "\\"} if place and place["rest"] else after in _AFTER_HOST or not after
    return kept if ends and _is_allowed(kept, hosts) else ""


def _is_allowed(url: str, hosts: frozenset[str]) -> bool:
    """Whether ``url`` leads to one of ``hosts`` and names no second address on the way."""
    place = _PLACE.fullmatch(url)
    if place is None or _leads_elsewhere(place["rest"]):
        return False
    port = place["port"] or ""
    return f"{place['host'].lower()}{'' if port in _USUAL_PORTS else port}" in hosts


def _leads_elsewhere(rest: str) -> bool:
    """Whether what stands behind a host names another place: pages that send people on would do so."""
    for _ in range(_DECODED_MAX):
        if _ELSEWHERE.search(rest) or _OTHER_SCHEME.search(rest):
            return True
        plain = unquote(rest)
        if plain == rest:
            return False
        rest = plain
    return True


def _defused(text: str, hosts: frozenset[str]) -> str:
    """Break everything that some reader would follow, load or call.

    Nothing is taken out, so that no step can join the halves of something that the one before let pass.
    """
    text = _IMAGE.sub("! ", text)
    text = _WIKI_IMAGE.sub(lambda m: "(!)" if _LOADS.search(m[1]) else m[0], text)
    text = _OPENS.sub("\u2039", _TAG.sub("\u2039\\1\u203a", text))
    text = _unbracketed(text)
    text = _WIKI_CALL.sub("(", text)
    text = _SCHEME.sub("(:)//", _WEB.sub(lambda m: f"hxxp{m[1].lower()}:", text))
    text = _OTHER_SCHEME.sub(r"\1(:)", text)
    text = _HOST.sub(lambda m: _host(m, hosts), text)
    text = _ENTITY.sub(_unread, text)
    text = _CHANNEL.sub("(#)", _CALL.sub("(@)", text))
    return _JOINT.sub("] ", text)


def _unread(found: re.Match[str]) -> str:
    """Keep a reader from taking ``&#104;`` for a letter; AT&T; is none."""
    return "& " if found[1][0] == "#" or found[1] in html5 else "&"


def _unbracketed(text: str) -> str:
    """Unmake ``[words|address]``, ``[~person]``, ``[^file]`` and ``[address]``, which Jira links.

    Pairs inside of pairs as well, in one pass: once the inner one is gone, the outer one would count.
    """
    chars = list(text)
    still: list[_Open] = []
    for found in _BRACKETS.finditer(text):
        here = found.start()
        match found[0]:
            case "[":
                still.append(_Open(here))
            case "\n":
                still.clear()
            case "|" if still:
                still[-1].has_bar = True
            case "]" if still:
                _close(chars, still, here)
            case _:
                pass
    return "".join(chars)


@dataclass(slots=True)
class _Open:
    at: int
    has_bar: bool = False
    is_plain: bool = True
    """No bracket is left inside, so that Jira would read it."""


def _close(chars: list[str], still: list[_Open], here: int) -> None:
    pair = still.pop()
    inside = "".join(chars[pair.at + 1 : min(here, pair.at + 1 + _TARGET_CHARS_MAX)])
    links = pair.is_plain and (pair.has_bar or _WIKI_TARGET.match(inside) is not None)
    if links:
        chars[pair.at], chars[here] = "(", ")"
    if still:
        still[-1].is_plain &= links
        still[-1].has_bar |= pair.has_bar


def _host(found: re.Match[str], hosts: frozenset[str]) -> str:
    bare = found[0].replace("\\", "").strip(_EDGES)
    name = unicodedata.normalize("NFKC", _DOT.sub(".", bare)).lower()
    if name in hosts:
        return found[0]
    before, after = found.string[: found.start()][-2:], found.string[found.end() : found.end() + 2]
    native = not name.isascii() and "." in found[0]
    return _DOT.sub("(.)", found[0]) if _would_link(name, before, after, native=native) else found[0]


def _would_link(name: str, before: str, after: str, *, native: bool) -> bool:
    """Whether some reader makes a link of ``name``, or of what stands in it before a picture."""
    labels = name.split(".")
    is_led = _LEADS_ON.match(after) is not None or before[-1:] == "@" or before == "//"
    has_www = labels[0].endswith("www")
    for many, label in enumerate(labels[1:], start=2):
        whole = _PICTURE.split(label, maxsplit=1)[0]
        if many == len(labels) or whole != label:
            last = whole if whole or many == 2 else labels[many - 2]  # noqa: PLR2004  # "Thanks, team." and a picture
            if has_www or _ends_a_host(last, many, is_led=is_led, native=native):
                return True
        has_www = has_www or label.endswith("www")
    return False


def _ends_a_host(last: str, many: int, *, is_led: bool, native: bool) -> bool:
    """Whether ``last`` is how the ``many`` labels of a host end."""
    letters = "".join(each for each in last if not unicodedata.category(each).startswith("M"))
    if last.startswith("xn--"):
        return True
    if not letters.isalpha() or len(last) == 1:
        return False
    if last in FILE_ENDINGS and not is_led:
        return many > 2  # noqa: PLR2004  # more than a name and its ending
    return is_led or last in LABELS or (native and not last.isascii())
