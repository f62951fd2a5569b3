"""How one instance differs from the next: settings an administrator made, and nastiness on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DOCUMENTED_PRIORITY: Final[Mapping[tuple[str, str], str]] = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("1", "3"): "3",
    ("2", "1"): "2",
    ("2", "2"): "3",
    ("2", "3"): "4",
    ("3", "1"): "3",
    ("3", "2"): "4",
    ("3", "3"): "5",
}
"""(impact, urgency) to priority, as ServiceNow ships it: incident-management/def-prio-lookup-rules.md."""


@dataclass(frozen=True)
class RateLimit:
    """One inbound rate limit rule: so many requests a user may make in a window."""

    limit: int
    window_s: int = 3600
    name: str = "Integration users"


@dataclass
class Quirks:
    """Everything about the instance that a test may change while it runs."""

    priorities: dict[tuple[str, str], str] = field(default_factory=lambda: dict(DOCUMENTED_PRIORITY))
    """Real instances deviate, for example 3/3 giving 4."""
    assignment_rules: dict[str, str] = field(default_factory=dict[str, str])
    """Category to group name: a business rule that moves the ticket when its category changes."""
    drop_fields: set[str] = field(default_factory=set[str])
    """Fields that API writes lose while answering 200, as a field ACL does."""
    slow_commit_s: float = 0.0
    """API writes commit this much later than they arrive, even if the caller has gone."""
    edit_after_write: dict[str, str] = field(default_factory=dict[str, str])
    """A person sets these right after the next API write of a record; used up by it."""
    editor: str = "alice"
    """Who that person is."""
    invalid_query_returns_no_rows: bool = False
    """The property glide.invalid_query.returns_no_rows; off, the invalid part of a query is ignored."""
    forbidden_tables: set[str] = field(default_factory=set[str])
    """Tables the API user may neither read nor write: 403."""
    read_only_tables: set[str] = field(default_factory=set[str])
    """Tables the API user may not write: 403."""
    hidden_records: set[str] = field(default_factory=set[str])
    """sys_ids an ACL hides from the API user: 404, and absent from lists after the limit was applied."""
    hidden_fields: set[str] = field(default_factory=set[str])
    """Columns (``sys_user.email``) that a field ACL leaves out of every answer, dot-walks included."""
    demanded_fields: set[str] = field(default_factory=set[str])
    """Columns that a data policy wants of every new incident, whatever the dictionary says of them."""
    bot_may_close: bool = False
    """Closing needs the role itil_admin, which a least-privilege user does not have."""
    rate_limit: RateLimit | None = None
    """None: no rule applies."""
    client_credentials: bool = True
    """The property glide.oauth.inbound.client.credential.grant_type.enabled; off on a new instance."""
    display_offset_h: int = 0
    """The API user's time zone; display dates are in it, values are in UTC."""
