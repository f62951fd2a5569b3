"""Which rows of ``approvals:`` can match at all, given what the verbs of all connectors are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from approvals.policy import Match, Rule, fits, own_fields
from bot.core.actions import Risk
from bot.ports import ActionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What a rule can tell about one verb."""

    name: str
    risk: Risk | None = None
    """None: not known, so any."""
    arguments: Collection[str] | None = None
    """Names; None: not known, so any."""

    @classmethod
    def of(cls, kind: ActionType) -> Verb:
        """Return what can be told about ``kind``."""
        return cls(name=kind.name, risk=kind.risk, arguments=frozenset(kind.arguments.model_fields))

    def takes(self, argument: str) -> bool:
        """Whether it has an argument of that name."""
        return self.arguments is None or argument in self.arguments


@dataclass(frozen=True, slots=True)
class Reach:
    """All there is to match: the verbs, and of which kind each connector is."""

    verbs: tuple[Verb, ...]
    kinds: Mapping[str, str]
    """Connector's name to kind; one that is missing may be of any."""

    def verbs_of(self, match: Match) -> tuple[Verb, ...]:
        """Return every verb that some action could have which ``match`` takes."""
        kind = self.kinds.get(match.connector, "")
        return tuple(
            verb
            for verb in self.verbs
            if (not match.action or fits(match.action, verb.name))
            and (not kind or verb.name.startswith(f"{kind}."))
            and (match.risk is None or verb.risk in {None, match.risk})
            and (not match.to or verb.takes("to") or verb.takes("fields"))
            and (not match.field or verb.takes("fields") or match.field in own_fields(verb.name))
            # What cannot be undone and what only adds a note has no undo (connectors' `compensate`).
            and (match.undo is not True or verb.risk in {None, Risk.REVERSIBLE})
        )

    def why_never(self, match: Match) -> str:
        """Return why no action whatever is taken by ``match``, or an empty string when one could be."""
        if match.skill and match.by:
            return "skill is who asks, and so is by: keep one"
        if match.skill and match.undo:
            return "only a person asks for an undo, never a skill: remove skill or undo"
        if self.verbs_of(match):
            return ""
        named = [key for key in ("action", "connector", "risk", "to", "field", "undo") if _is_set(match, key)]
        return f"no action fits {' and '.join(named)} together"

    def hidden(self, rules: Iterable[Rule]) -> list[tuple[Rule, Rule]]:
        """Return (rule, the earlier rule that takes everything it would).

        Below mode auto a row that allows is passed over for all but notes, so it hides only other rows that
        allow.
        """
        found: list[tuple[Rule, Rule]] = []
        earlier: list[Rule] = []
        for rule in rules:
            first = next((before for before in earlier if self._hides(before, rule)), None)
            if first is not None:
                found.append((rule, first))
            earlier.append(rule)
        return found

    def _hides(self, before: Rule, rule: Rule) -> bool:
        first, second = before.match, rule.match
        verbs = self.verbs_of(second)
        if before.allow and not rule.allow and any(verb.risk is not Risk.NOTE for verb in verbs):
            return False
        pairs = (
            (first.connector, second.connector),
            (first.queue, second.queue),
            (first.skill, second.skill),
            (first.to.casefold(), second.to.casefold()),
            (first.field, second.field),
            (first.by, second.by),
            (first.undo, second.undo),
        )
        return all(mine in {"", None, theirs} for mine, theirs in pairs) and all(
            (not first.action or fits(first.action, verb.name))
            and first.risk in {None, second.risk, verb.risk}
            for verb in verbs
        )


def _is_set(match: Match, key: str) -> bool:
    return getattr(match, key) not in {"", None}
