"""Who may ask for what: rows of the policy, the first that fits decides. Pure.

This is about asking. What may be changed, and who has to agree to it, is a matter of ``approvals:``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.ordered import OrderedSet

EVERYONE: Final = "everyone"
"""Every full member of the workspace; people from outside are never meant."""
ON_TICKET: Final = "on_ticket"
"""Whoever asks by a comment on a ticket, also where nobody can tell who of the workspace that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """One row of ``access:``; an empty field fits anything."""

    who: OrderedSet[str]
    """Slack user ids, user groups (S…), groups of a ticket system (``jira/Ops``), ``everyone`` or
    ``on_ticket``."""
    skills: OrderedSet[str] = frozenset()
    """Names of skills, ``ask``, ``create``, ``undo``."""
    connectors: OrderedSet[str] = frozenset()
    queues: OrderedSet[str] = frozenset()
    deny: bool = False

    @property
    def is_about_tickets(self) -> bool:
        """Whether it can only be held against a ticket."""
        return bool(self.connectors or self.queues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who wants what."""

    person: str
    """Slack user id; empty: somebody who wrote on a ticket, and nobody can tell who that is in Slack."""
    groups: OrderedSet[str]
    """Those of the rows' groups that the person is in."""
    skill: str
    connector: str = ""
    """Empty: no ticket has been read yet."""
    queue: str = ""
    """Empty beside a connector: nobody knows, so it may be any that a row shuts."""
    on_ticket: bool = False
    """By a comment there, not in Slack."""


def may_ask(rules: tuple[AccessRule, ...] | None, asked: Asked) -> bool:
    """Whether the rows let somebody ask for this. None: there are no rows, and everybody may.

    Before a ticket is read: whether there could be one that the person may ask about.
    """
    if rules is None:
        return True
    for rule in rules:
        if not _fits(rule, asked):
            continue
        if asked.connector or not rule.is_about_tickets:
            return not rule.deny
        if not rule.deny:
            return True
    return False


def groups_of(rules: tuple[AccessRule, ...] | None) -> tuple[str, ...]:
    """Return the groups that the rows name, each once."""
    named = (who for rule in rules or () for who in rule.who)
    return tuple(dict.fromkeys(who for who in named if who[:1] == "S" or "/" in who))


def _fits(rule: AccessRule, asked: Asked) -> bool:
    if not _means(rule, asked):
        return False
    if rule.skills and asked.skill not in rule.skills:
        return False
    if not asked.connector:
        return True
    if rule.connectors and asked.connector not in rule.connectors:
        return False
    return not rule.queues or asked.queue in rule.queues or (rule.deny and not asked.queue)


def _means(rule: AccessRule, asked: Asked) -> bool:
    """Whether it is about whoever asks. Who is not known might be anybody that a row shuts out."""
    if asked.on_ticket and ON_TICKET in rule.who:
        return True
    if not asked.person:
        return rule.deny
    return bool(rule.who & {EVERYONE, asked.person, *asked.groups})
