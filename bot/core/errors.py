"""What can go wrong, sorted by what the caller should do about it.

* BotError
  - Retry        try again later; carries how long to wait. Nothing was changed outside
    - Held           people hold it back; it waits for as long as they do
    - BudgetSpent    a model's budget is used up; do without it until then
  - Ambiguous    a write left us and no answer came back; never send it again, look first
  - Reject       never try again; a person has to look
    - Unverified     a delivery whose signature does not hold
    - Malformed      a payload we cannot read
    - Forbidden      the outside refused our credentials or our rights
    - Missing        no such ticket, or we may not see it
    - Refused        the outside refused this very change; carries its words, field by field
    - Stale          the ticket changed after the human looked
    - Leaked         an internal note came back as public
    - StaysHome      this text may not be given to any model outside; do without
    - Misconfigured  a setting or the policy file is wrong; says which and what to write instead
* AssertionError   our own bug: let it crash, never catch it
"""

from __future__ import annotations

from collections.abc import Mapping


class BotError(Exception):
    """Base of everything this bot raises on purpose."""


class Retry(BotError):
    """The outside is busy or away; the same call may succeed later. Nothing was changed."""

    def __init__(self, why: str, *, after_s: float) -> None:
        """``after_s``: seconds to wait before the next try, at least 0."""
        assert after_s >= 0, "a wait is never negative"
        super().__init__(why)
        self.after_s = after_s


class Held(Retry):
    """People hold it back. However long they do, it is never given up."""


class BudgetSpent(Retry):
    """The budget does not cover another answer; ``after_s`` reaches to where it begins anew."""


class Ambiguous(BotError):
    """A write was sent and its fate is unknown: a cut connection, a late answer, a 5xx, a page of HTML."""


class Reject(BotError):
    """The same call will fail again; do not retry it."""


class Unverified(Reject):
    """A delivery whose signature does not hold."""


class Malformed(Reject):
    """A payload we cannot read."""


class Forbidden(Reject):
    """The outside refused our credentials or our rights."""


class Missing(Reject):
    """There is no such ticket, or we may not see it."""


class Refused(Reject):
    """The outside refused this very change."""

    def __init__(self, why: str, *, fields: Mapping[str, str] | None = None) -> None:
        """``fields``: the vendor's words per field it complained about; often empty."""
        super().__init__(why)
        self.fields = dict(fields or {})


class Stale(Reject):
    """The ticket changed after the human looked at the proposal."""


class Leaked(Reject):
    """What had to stay internal came back as public. The executor removes it and stops the connector."""

    def __init__(self, why: str, *, made: str) -> None:
        """``made``: the vendor's id of the comment to remove, or empty where it gave none."""
        super().__init__(why)
        self.made = made


class StaysHome(Reject):
    """A rule says that this queue's text never leaves the house."""


class Misconfigured(Reject):
    """A setting or the policy file is wrong. The message names it and says what to write."""
