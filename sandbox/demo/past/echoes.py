"""Past tickets like the ready-made ones of the page, whose answers are therefore drafts for these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sandbox.demo.past.stories import Story, voices
from sandbox.demo.samples import BY_NAME
from sandbox.jira.history import Dice

System: TypeAlias = Literal["jira", "servicenow"]


@dataclass(frozen=True)
class Past:
    """One solved ticket."""

    story: Story
    """What it is about."""
    filed: Story
    """Where it was filed; nearly always the same."""
    language: str
    writer: str
    summary: str
    description: str
    reply: str
    """The last public answer."""


@dataclass(frozen=True)
class Echo:
    """What was answered when somebody wrote nearly what the page's ticket says."""

    story: str
    reply: str
    language: str = "en"


PHISHED: Final = Echo(
    "phishing",
    "It was phishing. We removed it from all mailboxes and blocked the sender. Well spotted; nothing more "
    "for you to do.",
)
UNLOCKED: Final = Echo(
    "locked",
    "Un téléphone réessayait l'ancien mot de passe. Le compte est déverrouillé et le mot de passe enregistré "
    "supprimé.",
    "fr",
)
ECHOES: Final[Mapping[System, Mapping[str, Echo]]] = {
    "jira": {
        "outage": Echo(
            "outage",
            "The provider's line to Lyon had failed. We moved the site to the backup line; the main one is "
            "being repaired. Please restart whatever still hangs.",
        ),
        "access": Echo(
            "shared-mailbox",
            "With the lead's consent the shared mailbox of Finance is open now, to read and to send. It "
            "shows up after the mail program is restarted.",
        ),
        "phishing": PHISHED,
        "french": UNLOCKED,
    },
    "servicenow": {
        "outage": Echo(
            "no-mail",
            "The queue of incoming mail was blocked by a full disk on the gateway. We freed space and the "
            "queue is drained; late messages carry their own time.",
        ),
        "access": Echo(
            "folder",
            "With the owner's consent the folder of the finance team can be read until the end of the audit.",
        ),
        "printer": Echo(
            "jam",
            "The pick-up roller was worn. The service partner replaced it and a hundred pages went through.",
        ),
        "phishing": PHISHED,
        "french": UNLOCKED,
    },
}
"""By the names of the samples. Those without one have no draft, or one from the stories."""
OF_EACH: Final = 3


def echoes(system: System, known: Sequence[Story], dice: Dice) -> list[Past]:
    """Return the echoes of ``system``, each sample's several times, by different people."""
    stories = {story.name: story for story in known}
    told: list[Past] = []
    for name, echo in ECHOES[system].items():
        voice, words, story = voices()[echo.language], BY_NAME[name].words[system], stories[echo.story]
        first = dice.number(len(voice.aside))
        for turn in range(OF_EACH):
            aside = voice.aside[(first + turn) % len(voice.aside)]
            writer = dice.pick(voice.people)
            text = f"{words.description} {aside}"
            told.append(Past(story, story, echo.language, writer, words.summary, text, echo.reply))
    return told
