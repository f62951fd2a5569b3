"""A model's words load nothing, lead nowhere we do not know, and call nobody."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.core.outgoing import harmless

HOSTS = frozenset({"jira.example.com", "desk.example.com:8443"})
HERE = "https://jira.example.com/browse/OPS-1"

PIECES = st.sampled_from(
    [
        *(
            "https://",
            "HTTP://",
            "http:",
            "//",
            "javascript:",
            "data:",
            "mailto:",
            "ftp://",
            "www.",
            "evil.com",
        ),
        *("jira.example.com", HERE, "https://jira.example.com", "@", "#", "!", "<", ">", "<@U1>", "<!here>"),
        *("|", "[", "]", "(", ")", "](", "![", "]:", "[~", "{", "}", "\\", "/", ".", ":", "%2e", "?", "&lt;"),
        *(
            "<EMAIL_1>",
            "<PERSON_2>",
            "\n",
            " ",
            "\u200b",
            "\u3002",
            "\uff0f",
            "\uff1a",
            "\uff20",
            "\u0435",
            "a",
            "1",
        ),
        *("&#", "&#x", "\\.", "_evil.com_", "?u=", "%2F%2F", "\ufe0f", "\u26a0"),
        *("here", "channel", "img src=", '"', "'", "*", "_", "`", "com", "xn--", "\0", "\u202e", "~", "^"),
    ]
)
HOSTILE = st.lists(PIECES, max_size=14).map("".join)
TEXTS = st.one_of(HOSTILE, st.text(max_size=60))

_ADDRESS = re.compile(r"https?:(?:/|\\)*([^\s/?#]+)", re.IGNORECASE)
_BROKEN_OUT = (
    "](",
    "![",
    "][",
    "]:",
    "[~",
    "[^",
    "http://evil",
    "https://evil",
    "javascript:a",
    "<@",
    "<!",
    "<#",
    "\0",
    "\u200b",
)


def leads_out(text: str) -> list[str]:
    """Return the hosts of web addresses in ``text`` that are not ours, as the most generous reader would."""
    plain = unicodedata.normalize("NFKC", text)
    hosts = [re.split(r"[)(\]|>,\"'*!}]", found[1])[0].rstrip(".;:_~") for found in _ADDRESS.finditer(plain)]
    return [host for host in hosts if host.lower() not in HOSTS]


@given(TEXTS)
@example("https://jira.example.com\u3002evil.com")
@example("https://jira.example.com<EMAIL_1>@evil.com")
@example("!https://jira.example.com/a.png!")
@example("[~<PERSON_1>]")
def test_no_address_leads_out_however_it_is_spelled(text: str) -> None:
    assert leads_out(harmless(text, HOSTS)) == []


@given(TEXTS)
def test_twice_is_the_same_as_once(text: str) -> None:
    once = harmless(text, HOSTS)

    assert harmless(once, HOSTS) == once


@given(TEXTS, TEXTS)
def test_line_by_line_is_the_same_as_at_once(first: str, second: str) -> None:
    assume(not first.endswith("\r"))  # with the newline behind it that is one end of a line
    whole = harmless(f"{first}\n{second}", HOSTS)

    assert whole == f"{harmless(first, HOSTS)}\n{harmless(second, HOSTS)}"


@given(TEXTS)
@example("https://evil.com")
def test_no_markup_is_left_that_loads_links_or_calls(text: str) -> None:
    done = harmless(text, frozenset())

    assert not [mark for mark in _BROKEN_OUT if mark in done]
    assert not re.search(r"(?<!\w)@\w", done)
    assert not re.search(r"(?i)\bwww\.\w", done)


@given(TEXTS)
def test_placeholders_are_left_alone(text: str) -> None:
    marks = re.findall(r"<(?:EMAIL|PERSON)_\d>", text)

    assert (
        re.findall(r"<(?:EMAIL|PERSON)_\d>", harmless(text, HOSTS))[: len(marks)] == marks or "\u200b" in text
    )


@pytest.mark.parametrize(
    "text",
    [
        f"See {HERE}.",
        f"See [OPS-1]({HERE}), then <{HERE}>; or ({HERE})!",
        "https://desk.example.com:8443/kb?id=1&view=2#top",
        "HTTPS://JIRA.example.com/x is the same",
        "https://jira.example.com/issues/?jql=project%20%3D%20OPS%20AND%20text%20~%20%22vpn%2520x%22",
        "_jira.example.com_ and __OPS-1__ in snake_case.py, C:\\Temp\\app.log, \\\\files\\.ssh",
        "Write to jane.roe+it@example.co.uk, or to it@corp.example.",
        'AT&T; "Don\'t!" ... Really?! Wow! See a.b!',
        "1 < 2, x <= 3, <- here, 5 <3, a > b",
        "> quoted\n- [x] done\n1. **bold** `code` [1] {x: 1}",
        "Version 1.2.3, 10.0.0.1, e.g. README.md, setup.py, 12:30, OPS-1: done. Note: no",
        "It cost 5 €! Really!? #42 is closed, C# and R&D too; see a@b",
        "Done \u2705. Next \u2192 step.\nOK\U0001f44d\U0001f3fd. 1\u20e3. Thanks team.\u2705 \u0938\u094d",
        "\u4f60\u597d\u3002\u4e16\u754c\uff01 \u00c7a va\u00a0? \u00bd \u00b2",
    ],
)
def test_what_harms_nobody_stays_as_it_is(text: str) -> None:
    assert harmless(text, HOSTS) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://evil.com/x", "hxxps://evil(.)com/x"),
        ("HtTp://evil.com", "hxxp://evil(.)com"),
        ("<https://evil.com|https://jira.example.com>", "\u2039hxxps://evil(.)com|hxxps://jira.example.com\u203a"),
        ("[bill](https://evil.com)", "[bill] (hxxps://evil(.)com)"),
        ('[bill](//evil.com "t")', '[bill] (//evil(.)com "t")'),
        ("[bill][1]\n\n[1]: https://evil.com", "[bill] [1]\n\n[1] : hxxps://evil(.)com"),
        ("[bill]\n(https://evil.com)", "[bill]\n(hxxps://evil(.)com)"),
        ("![x](https://jira.example.com/p.png)", "! [x] (https://jira.example.com/p.png)"),
        ("!![x](/p.png)", "!! [x] (/p.png)"),
        ("!https://evil.com/p.png|width=1!", "(!)hxxps://evil(.)com/p.png|width=1!"),
        ("!secret.png!", "(!)secret.png!"),
        ("[bill|https://evil.com]", "(bill|hxxps://evil(.)com)"),
        ("[https://evil.com]", "(hxxps://evil(.)com)"),
        ("[bill|//evil.com/x]", "(bill|//evil(.)com/x)"),
        ("[bill|mailto:a@evil.com]", "(bill|mailto(:)a@evil(.)com)"),
        ("[~admin] [~accountid:1] [^all.log]", "(~admin) (~accountid:1) (^all.log)"),
        ("<img src=x onerror=y>", "\u2039img src=x onerror=y\u203a"),
        ("<a\nhref='https://evil.com'>", "\u2039a\nhref='hxxps://evil(.)com'>"),
        ("javascript:alert(1)", "javascript(:)alert(1)"),
        ("[x](JavaScript:alert`1`)", "[x] (JavaScript(:)alert`1`)"),
        ("data:text/html;base64,PHM+", "data(:)text/html;base64,PHM+"),
        ("mailto:a@evil.com", "mailto(:)a@evil(.)com"),
        ("a@evil.com/x //a@evil.com @evil.com", "a@evil(.)com/x //a@evil(.)com (@)evil(.)com"),
        ("[bill|a@evil.com] <a@evil.com|bill>", "(bill|a@evil.com) \u2039a@evil.com|bill\u203a"),
        ("[a](a@evil.com) [a@evil.com] !a@evil.com!", "[a] (a@evil.com) (a@evil.com) (!)a@evil.com!"),
        ("slack://open ms-word:ofe|u ftp://evil.com", "slack(:)//open ms-word(:)ofe|u ftp(:)//evil(.)com"),
        ("https://jira.example.com@evil.com/", "hxxps://jira.example.com@evil(.)com/"),
        ("https://me:pw@jira.example.com/", "hxxps://me:pw@jira.example.com/"),
        ("https://jira.example.com.evil.com", "hxxps://jira(.)example(.)com(.)evil(.)com"),
        ("https://jira.\u0435xample.com", "hxxps://jira(.)\u0435xample(.)com"),
        ("https://xn--jra-2ma.example.com", "hxxps://xn--jra-2ma(.)example(.)com"),
        ("https://jira.example.com/?u=https://evil.com", "hxxps://jira.example.com/?u=hxxps://evil(.)com"),
        ("https:evil.com https:/evil.com", "hxxps:evil(.)com hxxps:/evil(.)com"),
        ("https://jira.example.com:8081/x", "hxxps://jira.example.com:8081/x"),
        ("https://%65vil.com", "hxxps://%65vil(.)com"),
        ("https://3232235777/", "hxxps://3232235777/"),
        ("\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0fevil\uff0ecom", "hxxp://evil(.)com"),
        ("ht\u200btps\u00ad://evil.com", "hxxps://evil(.)com"),
        ("&#104;ttps://evil.com", "& #104;ttps(:)//evil(.)com"),
        ("www.evil.internal evil.xyz a.evil.sh", "www(.)evil(.)internal evil(.)xyz a(.)evil(.)sh"),
        ("evil.corp/login evil.md/x", "evil(.)corp/login evil(.)md/x"),
        ("<!channel> <!subteam^S1>", "\u2039!channel\u203a \u2039!subteam^S1\u203a"),
        ("<#C1|x> <@U1>", "\u2039(#)C1|x\u203a \u2039(@)U1\u203a"),
        ("@here, (@channel) #general", "(@)here, ((@)channel) (#)general"),
        ("@<PERSON_1> [~<PERSON_1>]", "(@)<PERSON_1> (~<PERSON_1>)"),
        ("https://jira.example.com<EMAIL_1>", "hxxps://jira.example.com<EMAIL_1>"),
        ("evil\\.com/x www\\.evil\\.internal", "evil\\(.)com/x www\\(.)evil\\(.)internal"),
        ("_evil.com_ __evil.com/x__ evil.com-", "_evil(.)com_ __evil(.)com/x__ evil(.)com-"),
        ("evil&#46com &#x2ecom &#64here", "evil& #46com & (#)x2ecom & #64here"),
        ("evil\u2024com evil\ufe52com", "evil(.)com evil(.)com"),
        ("i\u2764.ws/x \u2764\ufe0f.ws \U0001f4a9.la", "i\u2764(.)ws/x \u2764\ufe0f(.)ws \U0001f4a9(.)la"),
        ("evil.com\u26a0 evil.com\u26a0.zzz", "evil(.)com\u26a0 evil(.)com\u26a0(.)zzz"),
        ("evil.com.\u26a0 evil.com\ufe0f", "evil(.)com(.)\u26a0 evil(.)com"),
        ("x\u0301.com \u0e17\u0e35\u0e48.com", "x\u0301(.)com \u0e17\u0e35\u0e48(.)com"),
        ("evil.\u092d\u093e\u0930\u0924", "evil(.)\u092d\u093e\u0930\u0924"),
        ("evil.cfd evil.bond evil.contact", "evil(.)cfd evil(.)bond evil(.)contact"),
        ("@\u034fhere <!\ufe0fchannel> java\u3164script:x", "(@)here \u2039!channel\u203a javascript(:)x"),
        (f"{HERE}?to=https%3A%2F%2Fevil.com", "hxxps://jira.example.com/browse/OPS-1?to=https%3A%2F%2Fevil(.)com"),
        (f"{HERE}?to=%2F%2fevil.com", "hxxps://jira.example.com/browse/OPS-1?to=%2F%2fevil(.)com"),
        (f"{HERE}?to=%252F%252Fevil.com", "hxxps://jira.example.com/browse/OPS-1?to=%252F%252Fevil(.)com"),
        (f"{HERE}?to=/%5Cevil.com", "hxxps://jira.example.com/browse/OPS-1?to=/%5Cevil(.)com"),
        (f"{HERE}?to=%2525252Fx", "hxxps://jira.example.com/browse/OPS-1?to=%2525252Fx"),
        (f"{HERE}?to=javascript%3Aalert", "hxxps://jira.example.com/browse/OPS-1?to=javascript%3Aalert"),
        (f"[x]({HERE}?to=%2F%2Fevil.com)", "[x] (hxxps://jira.example.com/browse/OPS-1?to=%2F%2Fevil(.)com)"),
    ],
)  # fmt: skip
def test_what_would_lead_away_is_broken_and_still_readable(text: str, shown: str) -> None:
    assert harmless(text, HOSTS) == shown


UNITS = (
    *("a", "a.", "!", "!a", "[", "](", "![", "[[a]", "[a|", "[a|b]", "<", "<a", "@", "@a", "#a", "-"),
    *("\u2764", "\u2764.", "x\u0301", "a\\.", "\\", "_a.com_", "&#x", "https://jira.example.com/%2525"),
    *("http:", "https://", "://", "&a", "&amp;", "www.", "<EMAIL_", "\uff01"),
    *("https://jira.example.com/", "[a](https://jira.example.com/"),
)


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_text_takes_no_more_than_its_length(unit: str) -> None:
    text = unit * ((1 << 16) // len(unit))
    began = time.process_time()

    harmless(text, HOSTS)

    assert time.process_time() - began < 1.0
