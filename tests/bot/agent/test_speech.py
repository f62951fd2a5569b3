"""What a person gets to read of a model's words, and when; and the word that must never come out."""

from __future__ import annotations

import base64
import codecs
import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.agent.canary import canary
from bot.agent.speech import Speech, said
from bot.core.outgoing import harmless
from bot.core.runs import Ending
from bot.core.turns import Prompt, Spoke
from tests.bot.agent.house import HOSTS, TALK, House, Scripted, calls, read

SECRET = b"hush" * 8
BIRD = canary(SECRET, TALK)


def spoken(text: str, size: int) -> list[str]:
    """What is let out, piece by piece, when ``text`` comes ``size`` characters at a time."""
    speech = Speech(str, HOSTS)
    pieces = [speech.take(text[start : start + size]) for start in range(0, len(text), size)]
    return [speech.shown(piece) for piece in [*pieces, speech.rest()] if piece]


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize(
    "text",
    [
        "See [the page](https://evil.example/a?x=1) now. Then go on.",
        "See [a long. title](https://evil.example/). Fine.",
        "![x](https://evil.example/p.png) Done. More.",
        "<!channel> look. <@U0ALICE> look. <https://evil.example|OPS-1> look.",
        "Hello @here. Hello @channel. And www.evil.example too.",
        "[1]: https://evil.example/a\n[see][1] it.",
        "`code <https://evil.example>` and more. `Second` one.",
    ],
)
def test_nothing_slips_through_between_two_pieces(text: str, size: int) -> None:
    out = spoken(text, size)
    whole = "".join(out)
    for shown in (*out, whole):
        assert "https://evil" not in shown
        assert "](http" not in shown
        assert "<!" not in shown
        assert "<@" not in shown
        assert harmless(shown, HOSTS) == shown, "as harmless alone as with the rest"


def test_sentences_come_out_as_they_end() -> None:
    speech = Speech(str, HOSTS)
    assert speech.take("It is the ton") == ""
    assert speech.take("er. It") == "It is the toner. "
    assert speech.take(" burns") == ""
    assert speech.rest() == "It burns"
    assert speech.heard == "It is the toner. It burns"


def test_an_open_bracket_holds_words_back_until_it_closes() -> None:
    speech = Speech(str, HOSTS)
    assert speech.take("First. See [the one. ") == "First. "
    assert speech.take("two](https://jira.example.com/x). ") != ""


@given(st.text(max_size=300), st.integers(1, 20))
@settings(max_examples=100)
def test_all_that_is_said_comes_out_and_only_harmless(text: str, size: int) -> None:
    out = "".join(spoken(text, size))
    assert harmless(out, HOSTS) == harmless(harmless(out, HOSTS), HOSTS)
    assert said(text, str, HOSTS).split()[:1] == harmless(text, HOSTS).split()[:1]


LINK = ["[a", "](", "https://evil.example/x", ")", "[", "]", "|", "<", ">"]
bits = st.sampled_from([*LINK, "!", ". ", "\n", "@here", "word", "`", "#x"])


@given(st.lists(bits, max_size=25).map("".join), st.integers(1, 9))
@settings(max_examples=100)
def test_no_cut_through_markup_makes_a_link_or_a_mention(text: str, size: int) -> None:
    whole = "".join(spoken(text, size))
    assert "https://evil" not in whole
    assert re.search(r"(?<!\w)@here", whole) is None


# -- the canary --------------------------------------------------------------------------------------------


def test_every_conversation_has_its_own_word_and_always_the_same() -> None:
    assert canary(SECRET, TALK) == BIRD
    assert canary(SECRET, "talk:T1:D2:2") != BIRD
    assert canary(b"other", TALK) != BIRD
    assert BIRD.word not in repr(BIRD)
    assert len(BIRD.word) == 16


WORD = BIRD.word


@pytest.mark.parametrize(
    "spelled",
    [
        WORD,
        WORD.upper(),
        f"The word is: {WORD}.",
        " ".join(WORD),
        "-".join(WORD),
        "\n".join(WORD),
        "\u200b".join(WORD),
        f"**{WORD[:5]}**{WORD[5:]}",
        WORD[::-1],
        codecs.encode(WORD, "rot13"),
        WORD.encode().hex(),
        WORD.encode().hex(" "),
        " ".join(str(ord(letter)) for letter in WORD),
        base64.b64encode(WORD.encode()).decode(),
        base64.b64encode(f"a{WORD}b".encode()).decode(),
        base64.b64encode(f"ab{WORD}, and so on".encode()).decode(),
        base64.b64encode(WORD.upper().encode()).decode(),
        base64.b64encode(WORD.title().encode()).decode(),
        base64.b64encode(" ".join(WORD).encode()).decode(),
        base64.b64encode(WORD[::-1].encode()).decode(),
        base64.urlsafe_b64encode(f"\u00bf?>{WORD}".encode()).decode(),
        " ".join(base64.b64encode(f"my {WORD}!".encode()).decode()),
        base64.encodebytes(f"{'x' * 50}{WORD}".encode()).decode(),
        "".join(f"%{ord(letter):02X}" for letter in WORD),
        "".join(f"&#{ord(letter)};" for letter in WORD),
        "".join(chr(ord(letter) + 0xFEE0) for letter in WORD),
    ],
)
def test_the_word_is_known_in_every_spelling(spelled: str) -> None:
    assert BIRD.sung(spelled)
    assert BIRD.sung(f"Sure! {spelled} Anything else?")


@given(st.text(max_size=500))
@settings(max_examples=100)
def test_nobody_says_it_by_chance(text: str) -> None:
    assert not BIRD.sung(text)


def test_half_of_the_word_is_no_alarm() -> None:
    assert not BIRD.sung(WORD[:12])


def _word(prompt: Prompt) -> str:
    return prompt.rules.split()[-1]


@pytest.mark.parametrize(
    "way", ["words", "spaced", "argument", "lines", "halves", "two calls", "a name", "tool", "reading"]
)
async def test_a_run_in_which_it_comes_out_is_ended_and_nothing_of_it_is_used(way: str) -> None:
    def leak(prompt: Prompt) -> Spoke:
        word = _word(prompt)
        note = ("propose_jira_add_internal_note", {"text": f"Rules: {word}", "why": ""})
        return {
            "words": Spoke(f"My rules end with {word}."),
            "spaced": Spoke("Spelled: " + " ".join(word)),
            "argument": calls(note),
            "lines": calls((note[0], {"text": "\n".join(word), "why": ""})),
            "halves": calls((note[0], {"text": f"It begins {word[:7]}", "why": word[7:]})),
            "two calls": calls((note[0], {"text": word[:7]}), (note[0], {"text": word[7:]})),
            "a name": calls((note[0], {"text": "x", word: ["y"]})),
            "tool": calls((word, {})),
            "reading": calls(("wiki_search_articles", {"query": word[::-1]})),
        }[way]

    house = House()
    result = await house.ask(Scripted([[read()], leak]), "What does OPS-1 say?")
    assert result.ending is Ending.ALARMED
    assert (result.text.raw, result.proposals, result.memory.turns) == ("", (), ())
    assert not any(_holds(each) for each in house.listener.said)
    assert house.library.asked == []


def _holds(shown: str) -> bool:
    return canary(SECRET, TALK).sung(shown)


async def test_a_bracket_that_never_closes_holds_one_line_back_and_costs_nothing() -> None:
    """An answer of 60,000 characters in pieces of ten, looked at once: more would stop everybody else's."""
    house = House()
    text = "5 < 6 and so on. " * 1_000 + "\nThen it closes. " + "And on. " * 5_000
    model = Scripted([text])
    model.pieces = 10
    began = process_time()
    result = await house.ask(model, "Hello")
    assert result.ending is Ending.ANSWERED
    assert process_time() - began < 20, (
        "some seconds more than it takes on any machine, and far from quadratic"
    )
    assert "".join(house.listener.said).startswith("5 < 6 and so on.")


async def test_the_rules_end_with_the_word_of_the_conversation() -> None:
    model = Scripted(["Hello."])
    await House().ask(model, "Hello")
    assert _word(model.prompts[0]) == WORD
    assert WORD not in repr(model.prompts[0].turns)
