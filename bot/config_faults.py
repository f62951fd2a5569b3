"""What is wrong with a policy file whose every key is well written: names nobody has, rows nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Protocol

from approvals.hours import WorkingHours
from approvals.policy import NOTE_PATTERN, Match, Rule, fits
from bot.config_access import OTHER_SKILLS
from bot.config_reach import Reach
from bot.config_sections import AskSection, ConfigFile, desk_of, is_person
from bot.core.actions import Risk

YEAR = timedelta(days=366)
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""From here on it is tried how long a wait in working hours takes. Calendars are alike from year to year, and
one that is tried for a year leaves counting (``approvals.hours.DAYS_MAX``) ample room in every other."""


class At(Protocol):
    """Where a key stands."""

    def __call__(self, *path: str | int) -> str:
        """Return ``file:line: key``."""
        ...


class Faults:
    """Looks through one file. What it says names file, line and key, and what to write instead."""

    def __init__(self, file: ConfigFile, at: At, reach: Reach) -> None:
        """``reach``: the verbs there are."""
        self._file, self._at, self._reach = file, at, reach
        self._asks = [(n, row.ask) for n, row in enumerate(file.approvals or ()) if row.ask is not None]
        self._misnamed: set[int] = set()
        """Rows that name what does not exist: whether they could match is not asked."""

    def of_names(self, connectors: frozenset[str], skills: frozenset[str]) -> Iterator[str]:
        """Tell connectors, skills and actions that do not exist."""
        matches = [row.match for row in self._file.approvals or ()]
        yield from self._unknown("modes", (), self._file.modes, {"connector": connectors, "skill": skills})
        yield from self._unknown("approvals", ("match",), matches, {"connector": connectors, "skill": skills})
        names = [verb.name for verb in self._reach.verbs]
        for number, match in enumerate(matches):
            if match.action in {"", NOTE_PATTERN} or any(fits(match.action, name) for name in names):
                continue
            self._misnamed.add(number)
            where = self._at("approvals", number, "match", "action")
            yield f"{where}: no action is called {match.action!r}{near(match.action, names)}"
        for number, ask in self._asks:
            yield from self._groups(number, ask, connectors)
        for who in self._file.ladder.managers:
            yield from self._group(who, self._at("ladder", "managers"), connectors)

        yield from self._queues(connectors)
        yield from self._access(connectors, skills | OTHER_SKILLS)

    def _access(self, connectors: frozenset[str], skills: frozenset[str]) -> Iterator[str]:
        """Tell names nobody has in rows of ``access:``: a row that denies and is misspelt would let in."""
        for number, row in enumerate(self._file.access or ()):
            for key, named, known in (
                ("connectors", row.connectors, connectors),
                ("skills", row.skills, skills),
            ):
                for each in (name for name in named if name not in known):
                    where = self._at("access", number, key)
                    yield f"{where}: there is no {key.removesuffix('s')} {each!r}{near(each, known)}"
            for who in row.who:
                yield from self._group(who, self._at("access", number, "who"), connectors)

    def _queues(self, connectors: frozenset[str]) -> Iterator[str]:
        """Tell queues of connectors that are not there."""
        for named in self._file.slack.unfurl:
            desk = desk_of(named)
            if desk not in connectors:
                where = self._at("slack", "unfurl")
                yield f"{where}: {named!r}: there is no connector {desk!r}{near(desk, connectors)}"

    def of_reach(self, rules: tuple[Rule, ...]) -> Iterator[str]:
        """Tell rows that can never match; asked after :meth:`of_names`."""
        matchable: list[Rule] = []
        for number, rule in enumerate(rules):
            if number in self._misnamed:
                continue
            why = self._reach.why_never(rule.match)
            if why:
                yield f"{self._at('approvals', number)} can never match: {why}"
            else:
                matchable.append(rule)
        numbers = {rule.name: number for number, rule in enumerate(rules)}
        for rule, before in self._reach.hidden(matchable):
            yield (
                f"{self._at('approvals', numbers[rule.name])} can never match: "
                f"{before.name} takes everything it would. Move it up or remove it"
            )

    def of_asking(self, rules: tuple[Rule, ...]) -> Iterator[str]:
        """Tell rows that could never be decided, and times that would never come."""
        for number, ask in self._asks:
            yield from self._people(number, ask)
            yield from self._times(number, ask)
            yield from self._always(number, ask, rules[number].match)

    def _unknown(
        self, section: str, inner: tuple[str, ...], rows: Any, known: dict[str, frozenset[str]]
    ) -> Iterator[str]:
        for number, row in enumerate(rows):
            for key, names in known.items():
                value = getattr(row, key)
                if value and value not in names:
                    self._misnamed |= {number} if inner else set()
                    where = self._at(section, number, *inner, key)
                    yield f"{where}: there is no {key} {value!r}{near(value, names)}"

    def _groups(self, number: int, ask: AskSection, connectors: frozenset[str]) -> Iterator[str]:
        """Tell groups of ticket systems that are not there, or whose people may not be matched."""
        named = {
            ("approvers",): ask.approvers,
            ("escalate", "to"): ask.escalate.to if ask.escalate else (),
            ("on_duty",): ask.on_duty,
        }
        for path, each in ((path, who) for path, all_of in named.items() for who in all_of):
            yield from self._group(each, self._at("approvals", number, "ask", *path), connectors)

    def _group(self, who: str, where: str, connectors: frozenset[str]) -> Iterator[str]:
        desk = desk_of(who)
        if desk and desk not in connectors:
            yield f"{where}: {who!r}: there is no connector {desk!r}{near(desk, connectors)}"
        elif desk and not self._file.slack.match_by_email:
            yield (
                f"{where}: {who!r} is a group of a ticket system, and its people are found in Slack by "
                "e-mail address: write slack: {match_by_email: true} if they may be, or name Slack ids"
            )

    def _people(self, number: int, ask: AskSection) -> Iterator[str]:
        """Tell where too few people could agree, as far as the file alone can tell."""
        wider = ask.escalate.to if ask.escalate else ()
        people = set(ask.approvers) | set(wider)
        if ask.escalate is not None and set(wider) <= set(ask.approvers):
            where = self._at("approvals", number, "ask", "escalate", "to")
            yield f"{where}: everybody here is among the approvers already: name somebody else"
        if not all(is_person(who) for who in people):
            return  # How many a group has is known at the time of asking; the card says when it is too few.
        match = (self._file.approvals or ())[number].match
        if len(people) < ask.quorum:
            where = self._at("approvals", number, "ask", "quorum")
            yield f"{where}: {ask.quorum} have to agree, but only {_counted(len(people))} named"
        elif ask.four_eyes and len(people - {match.by}) < ask.quorum:
            where = self._at("approvals", number, "ask", "approvers")
            yield (
                f"{where}: four_eyes keeps {match.by} from approving what {match.by} asks for, which leaves "
                f"{len(people) - 1} of the {ask.quorum} who have to agree: name somebody else"
            )

    def _times(self, number: int, ask: AskSection) -> Iterator[str]:
        escalate_after = ask.escalate.after if ask.escalate else None
        for path, after in ((("remind_after",), ask.remind_after), (("escalate", "after"), escalate_after)):
            if after is not None and after >= ask.expires_after:
                where = self._at("approvals", number, "ask", *path)
                yield f"{where}: it would come when the card has expired: write less than expires_after"
        if not ask.business_hours:
            return
        if self._file.hours is None:
            where = self._at("approvals", number, "ask", "business_hours")
            yield (
                f"{where}: when people work is not said: write at the top of the file, for example, "
                'hours: {timezone: Europe/Zurich, from: "09:00", to: "17:00"}'
            )
        elif not _within_a_year(self._file.hours.calendar(), ask.expires_after):
            where = self._at("approvals", number, "ask", "expires_after")
            yield f"{where}: so much working time takes more than a year: write less"

    def _always(self, number: int, ask: AskSection, match: Match) -> Iterator[str]:
        """Tell offers of a standing permission where ``bot/decide/granting.py`` never gives one."""
        if ask.always_after is None:
            return
        where = self._at("approvals", number, "ask", "always_after")
        if ask.quorum > 1:
            yield f"{where}: what takes {ask.quorum} to allow once, one cannot allow for good: remove it"
        elif match.undo:
            yield f"{where}: an undo is never allowed for good: remove it"
        elif all(verb.risk not in {None, Risk.REVERSIBLE} for verb in self._reach.verbs_of(match)):
            yield f"{where}: only what can be set back may be allowed for good, and this cannot: remove it"


def near(word: str, known: Any) -> str:
    """Return what to write instead of ``word``: the likeliest of ``known``, or all of them."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(known))}"


def _counted(count: int) -> str:
    return "1 person is" if count == 1 else f"{count} people are"


def _within_a_year(hours: WorkingHours, seconds: float) -> bool:
    try:
        return hours.after(ANY_DAY, seconds) <= ANY_DAY + YEAR
    except ValueError:
        return False
