"""Tells the stories: as many tickets as wanted, no two alike, some long, some short, some filed wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sandbox.demo.past.echoes import Past, System, echoes
from sandbox.demo.past.stories import Story, Voice, stories, voices
from sandbox.demo.past.writing import Writer, misspelt
from sandbox.jira.history import Dice

FRENCH_IN: Final = 4
"""One ticket in so many is in French."""
MISFILED_IN: Final = 80
"""One in so many was filed where another story belongs: people choose in a hurry, and nobody corrects it."""
STRAY_IN: Final = 20
"""One in so many brings up a second matter."""
TORN_IN: Final = 7
"""One in so many is about two things at once, and was filed under either."""
VAGUE_IN: Final = 30
"""One in so many does not say what is wrong. What it was is known only to who called back."""
VAGUE: Final = "vague"
"""The story that is told then; nothing is filed under it."""
EMPTY_IN: Final = 30
"""One in so many has nothing but a summary."""
SUMMARY_CHARS_MAX: Final = 90
"""Of a title; what is longer was cut by the form."""
TRIES_MAX: Final = 50
"""To tell a story in words that were not used yet."""


def tell(system: System, count: int, seed: int = 1) -> list[Past]:
    """Return ``count`` tickets of ``system``, oldest first; the same for the same three.

    Raises:
        ValueError: so many cannot be told in different words.
    """
    dice = Dice(seed * 2 + (system == "servicenow"))
    known = _known(system)
    often = [place for place, _ in enumerate(known) for _ in range(1 + dice.number(3))]
    told, said = list[Past](), set[str]()
    echoed = echoes(system, known, dice)
    for _ in range(max(count - len(echoed), 0)):
        for _ in range(TRIES_MAX):
            past = _one(known[often[dice.number(len(often))]], known, dice)
            words = f"{past.summary}\n{past.description}".casefold()
            if words not in said:
                said.add(words)
                told.append(past)
                break
        else:
            raise ValueError(f"{count} tickets are more than these stories can tell apart")
    for echo in echoed[:count]:
        told.insert(dice.number(len(told) + 1), echo)
    return told


def _known(system: System) -> list[Story]:
    told = [each for each in stories() if each.name != VAGUE]
    return [each for each in told if (each.jira if system == "jira" else each.servicenow)]


def _one(story: Story, known: Sequence[Story], dice: Dice) -> Past:
    language = "en" if dice.number(FRENCH_IN) else "fr"
    voice = voices()[language]
    writer = Writer.of(dice.pick(voice.people), language, voice)
    slots = {name: dice.pick(values) for name, values in voice.slots.items()}
    said, body, filed = _said(story, known, writer, dice)
    filled = [_filled(each, slots) for each in body]
    past = Past(
        story=story,
        filed=filed if dice.number(MISFILED_IN) else dice.pick(known),
        language=language,
        writer=writer.name,
        summary=_summary(said, language, slots, dice),
        description=writer.letter(filled, dice) if dice.number(EMPTY_IN) else "",
        reply=_filled(dice.pick(filed.lines[language].reply), slots),
    )
    return past if dice.number(100) >= writer.typos else _with_typos(past, dice)


def _said(story: Story, known: Sequence[Story], writer: Writer, dice: Dice) -> tuple[Story, list[str], Story]:
    """Return whose summary it has, what it says, and under which story it was filed."""
    language = writer.language
    lines = story.lines[language]
    if not dice.number(VAGUE_IN):
        vague = next(each for each in stories() if each.name == VAGUE)
        return vague, _several(vague.lines[language].say, writer.length, dice), story
    if not dice.number(TORN_IN):
        other = dice.pick(known)
        both = [dice.pick(lines.say), dice.pick(other.lines[language].say)]
        return dice.pick((story, other)), both, dice.pick((story, other))
    body = _several(lines.say, 1 + dice.number(writer.length), dice)
    body += _several(lines.more, dice.number(writer.length + 1), dice)
    if not dice.number(STRAY_IN):
        body.append(dice.pick(dice.pick(known).lines[language].say))
    return story, body, story


def _summary(story: Story, language: str, slots: Mapping[str, str], dice: Dice) -> str:
    """Return a title: mostly one that says it, now and then only what stands in the text as well."""
    lines = story.lines[language]
    title = _filled(dice.pick(lines.open if dice.number(6) else lines.say), slots)
    if len(title) > SUMMARY_CHARS_MAX:
        title = title[:SUMMARY_CHARS_MAX].rpartition(" ")[0] + "…"
    if not dice.number(9):
        title = title.lower()
    return f"{dice.pick(('Re: ', 'FW: ', 'URGENT ', ''))}{title}" if not dice.number(12) else title


def _several(lines: Sequence[str], count: int, dice: Dice) -> list[str]:
    """Return up to ``count`` different ones, in any order."""
    left, chosen = list(lines), list[str]()
    while left and len(chosen) < count:
        chosen.append(left.pop(dice.number(len(left))))
    return chosen


def _filled(line: str, slots: Mapping[str, str]) -> str:
    text = line.format(**slots)
    return text[:1].upper() + text[1:]


def _with_typos(past: Past, dice: Dice) -> Past:
    return replace(
        past, summary=misspelt(past.summary, dice, 9), description=misspelt(past.description, dice, 22)
    )


__all__ = ["Past", "System", "Voice", "tell"]
