"""Past tickets and questions for the local brain's tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.core.judgement import FieldQuestion, Question
from bot.core.tickets import Choices, FieldValue, PastTicket, Value
from bot.core.untrusted import Untrusted

NETWORK, HARDWARE = Value("1", "Network"), Value("2", "Hardware")
CATEGORY = Choices("category", "Category", (NETWORK, HARDWARE))
SUBCATEGORY = Choices(
    "subcategory",
    "Subcategory",
    (Value("11", "VPN"), Value("21", "Disk")),
    depends_on="category",
    parents={"11": "1", "21": "2"},
)

VPN = "The vpn tunnel drops after the gateway update and the client reconnects"
DISK = "The laptop disk makes noise and the drive fails its health check"


def solved(
    key: str, text: str, *, answer: str = "", day: int = 1, queue: str = "OPS", **fields: str
) -> PastTicket:
    values = {name: (Value(f"old-{label}", label),) for name, label in fields.items()}
    return PastTicket(
        key=key,
        url=f"https://jira.example/browse/{key}",
        queue=queue,
        summary=Untrusted(text[:30]),
        description=Untrusted(text),
        fields=values,
        closed_at=datetime(2026, 10, day, tzinfo=UTC),
        answer=Untrusted(answer) if answer else None,
    )


def some(text: str, count: int, *, start: int = 0, **fields: str) -> list[PastTicket]:
    """``count`` tickets that say nearly the same."""
    return [solved(f"OPS-{start + n}", f"{text} case{start + n}x", day=1, **fields) for n in range(count)]


def question(
    text: str,
    *choices: Choices,
    similar: Sequence[PastTicket] = (),
    current: dict[str, FieldValue] | None = None,
    language: str = "en",
    key: str = "",
) -> Question:
    now = current or {}
    return Question(
        connector="jira",
        queue="OPS",
        summary=Untrusted(text[:30]),
        description=Untrusted(text),
        conversation=(),
        fields=tuple(FieldQuestion(each, now.get(each.field, ())) for each in choices or (CATEGORY,)),
        similar=tuple(similar),
        language=language,
        key=key,
    )
