"""What the past is made of: the stories in the TOML files beside this, and the habits of who tells them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
FILES: Final = ("network", "desks", "accounts")
LANGUAGES: Final = ("en", "fr")


@dataclass(frozen=True)
class Lines:
    """A story in one language; braces are filled when it is told."""

    open: Sequence[str]
    """Summaries."""
    say: Sequence[str]
    """What is wrong."""
    more: Sequence[str]
    """What somebody who has time adds."""
    reply: Sequence[str]
    """What helped."""


@dataclass(frozen=True)
class JiraPlace:
    """Where Jira's people file it."""

    component: str
    """Empty: nobody can tell, so it went anywhere."""
    request: str
    label: str


@dataclass(frozen=True)
class ServiceNowPlace:
    """Where ServiceNow's people file it."""

    category: str
    subcategory: str
    group: str
    impact: str
    urgency: str


@dataclass(frozen=True)
class Story:
    """One kind of ticket."""

    name: str
    jira: JiraPlace | None
    """None: the Jira desk never sees it."""
    servicenow: ServiceNowPlace | None
    lines: Mapping[str, Lines]
    """By language."""


@dataclass(frozen=True)
class Voice:
    """How people of one language write."""

    hello: Sequence[str]
    bye: Sequence[str]
    soft: Sequence[str]
    aside: Sequence[str]
    """Words that tell nothing about the fault: real tickets are full of them."""
    cut: Sequence[str]
    """What hurried people write in place of a greeting."""
    slots: Mapping[str, Sequence[str]]
    people: Sequence[str]


@cache
def stories() -> tuple[Story, ...]:
    """Return every story, always in the same order."""
    return tuple(_story(each) for name in FILES for each in _read(name)["story"])


@cache
def voices() -> Mapping[str, Voice]:
    """Return the voices by language."""
    read = _read("voices")
    return {
        language: Voice(
            **read[language],
            slots={**read["slots"]["any"], **read["slots"][language]},
            people=read["people"][language],
        )
        for language in LANGUAGES
    }


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def _story(read: Mapping[str, Any]) -> Story:
    jira, servicenow = read.get("jira"), read.get("servicenow")
    if servicenow is not None:
        category, subcategory, group, grade = servicenow
        servicenow = ServiceNowPlace(category, subcategory, group, *grade.split("/"))
    return Story(
        name=read["name"],
        jira=JiraPlace(*jira) if jira is not None else None,
        servicenow=servicenow,
        lines={language: Lines(**read[language]) for language in LANGUAGES},
    )
