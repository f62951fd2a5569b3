"""How much of a conversation is kept, and how much may wait."""

from __future__ import annotations

SEEN_MAX = 256
"""Event ids kept, for what is replayed from inside, which comes within minutes."""
PEOPLE_MAX = 8
"""People of one thread whose words are remembered; the one who spoke longest ago is forgotten first."""
WORDS_CHARS_MAX = 12_000
"""Of one message that are read: three pages. Slack takes 40,000."""
WAITING_MAX = 40
"""Messages that wait while a run is under way; they become one run together."""
WAITING_CHARS_MAX = 40_000
"""Of all those messages together."""
GONE_MAX = 20
"""Messages deleted before they arrived: they follow within minutes, or never."""
EARLY_MAX = 5
"""Messages edited before they arrived."""
EARLY_S = 900.0
"""Seconds for which such a message may still come. What we did not take Slack sends again at once, after a
minute and after five: https://docs.slack.dev/apis/events-api#retries."""
HANDLED_MAX = 200
"""Answered messages remembered by their ids, to tell what an edit or a deletion is about."""
ASKED_MAX = 20
"""Proposals a conversation waits for at a time."""
PROPOSALS_MAX = 10
"""Of one run; more than a person can weigh is not put to anybody."""
