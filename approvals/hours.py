"""When people work, so that a deadline does not run out over a weekend. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS_MAX = 3 * 366
"""Looked at for one deadline; a calendar without a working day in that time is a mistake."""
WEEK = frozenset(range(5))
"""Monday (0) to Friday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """One calendar: days, hours and public holidays of one place.

    Making one raises ``ValueError``, with words for whoever wrote it, when it could not be used. Its tables
    are read then, so that counting later touches no file.
    """

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

    def __post_init__(self) -> None:
        zone(self.timezone)
        if self.country:
            calendar(self.country)
        if not self.weekdays:
            raise ValueError("name at least one weekday")
        if self.closes <= self.opens:
            raise ValueError(f"work ends at {self.closes:%H:%M}, before it begins at {self.opens:%H:%M}")

    def works_on(self, day: date) -> bool:
        """Whether people work on ``day`` at all."""
        free = day in self.days_off or (bool(self.country) and day in calendar(self.country))
        return day.weekday() in self.weekdays and not free

    def after(self, start: datetime, seconds: float) -> datetime:
        """Return the moment at which ``seconds`` of working time have passed since ``start``, in UTC.

        Outside working time the count begins with the next working minute.

        Raises:
            ValueError: nobody works that long in years.
        """
        local, left = ZoneInfo(self.timezone), timedelta(seconds=seconds)
        first = start.astimezone(local).date()
        for offset in range(DAYS_MAX):
            day = first + timedelta(days=offset)
            if not self.works_on(day):
                continue
            # Differences in UTC: on the day the clocks change, one on the wall clock is an hour off.
            begins = max(start.astimezone(UTC), datetime.combine(day, self.opens, local).astimezone(UTC))
            ends = datetime.combine(day, self.closes, local).astimezone(UTC)
            if begins + left <= ends:
                return begins + left
            left -= max(ends - begins, timedelta())
        raise ValueError(f"no working time in {DAYS_MAX} days: check weekdays, hours and holidays")


def zone(name: str) -> ZoneInfo:
    """Return the time zone ``name``.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # OSError: the name of a folder of the tables, such as Europe.
        raise ValueError(f"{name!r} is not a time zone: write one such as Europe/Zurich") from error


@cache
def calendar(country: str) -> Container[date]:
    """Return the public holidays of ``country`` or of its subdivision (``CH-ZH``), of every year.

    Kept: making one reads files, and what asks later may run in the event loop.

    Raises:
        ValueError: the library knows no such country or subdivision.
    """
    from holidays import country_holidays  # noqa: PLC0415  # a twentieth of a second, for those who count them

    code, _, subdivision = country.partition("-")
    try:
        return country_holidays(code, subdiv=subdivision or None)
    except NotImplementedError as error:
        raise ValueError(
            f"{country!r}: no public holidays are known there; write a country such as CH, "
            "or a part of one such as CH-ZH"
        ) from error
