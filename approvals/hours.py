"""When people work, so that a deadline does not run out over a weekend. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

DAYS_MAX = 3 * 366
"""Looked at for one deadline; a calendar without a working day in that time is a mistake."""
WEEK = frozenset(range(5))
"""Monday (0) to Friday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """One calendar: days, hours and public holidays of one place."""

    timezone: str = "UTC"
    """IANA name."""
    weekdays: frozenset[int] = WEEK
    """0 is Monday."""
    opens: time = time(9)
    closes: time = time(17)
    """Both on the wall clock of ``timezone``; ``closes`` is later than ``opens``."""
    country: str = ""
    """Whose public holidays are free: ISO 3166, a subdivision after a hyphen (``CH-ZH``); or empty."""
    days_off: frozenset[date] = frozenset()
    """Further free days."""

    def works_on(self, day: date) -> bool:
        """Whether people work on ``day`` at all."""
        return day.weekday() in self.weekdays and day not in self.days_off and not _is_free(self.country, day)

    def after(self, start: datetime, seconds: float) -> datetime:
        """Return the moment at which ``seconds`` of working time have passed since ``start``, in UTC.

        Raises:
            ValueError: nobody works for years on end.
        """
        zone, left = ZoneInfo(self.timezone), timedelta(seconds=seconds)
        first = start.astimezone(zone).date()
        for offset in range(DAYS_MAX):
            day = first + timedelta(days=offset)
            if not self.works_on(day):
                continue
            # Differences in UTC: on the day the clocks change, one on the wall clock is an hour off.
            begins = max(start, datetime.combine(day, self.opens, zone).astimezone(UTC))
            ends = datetime.combine(day, self.closes, zone).astimezone(UTC)
            if begins + left <= ends:
                return begins.astimezone(UTC) + left
            left -= max(ends - begins, timedelta())
        raise ValueError(f"no working time in {DAYS_MAX} days: check weekdays, hours and holidays")


@cache
def _is_free(country: str, day: date) -> bool:
    if not country:
        return False
    code, _, subdivision = country.partition("-")
    return day in country_holidays(code, subdiv=subdivision or None, years=day.year)
