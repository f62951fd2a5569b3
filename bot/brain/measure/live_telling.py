"""What became of suggestions in service, in words and in columns, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bot.brain.measure.live import Live, LiveField, Tally
from bot.brain.measure.report import ClassRow, Range
from bot.brain.measure.telling import CLASSES, line, percent, table

NOTHING = (
    "Nothing has turned out yet. What the bot says of a ticket, in shadow as well, is held against what "
    "people make of it: when they decide on a card, and when the ticket is closed."
)
HEAD = ("field", "of", "n", "right", "95 % interval", "for a card", "right", "ECE", "believed from")
QUEUE_HEAD = ("queue", "n", "right", "95 % interval", "for a card", "right of these", "95 % interval")
CLASS_HEAD = ("value", "said", "right of these", "95 % interval", "was it", "found")


def told(live: Live) -> str:
    """Return the whole report."""
    if not live.fields:
        return NOTHING
    lines = [*headlines(live), "", *table(HEAD, [_row(each) for each in live.fields])]
    for each in live.fields:
        lines += ["", f"{line(each.whole.place.field)}, {line(_owner(each))}: {line(history(each), 400)}"]
        lines += ["  " + row for row in table(QUEUE_HEAD, [queue_row(queue) for queue in each.queues])]
        shown = each.whole.by_class[:CLASSES]
        lines += ["  " + row for row in table(CLASS_HEAD, [class_row(row) for row in shown])]
        if len(each.whole.by_class) > CLASSES:
            lines.append(f"  … and {len(each.whole.by_class) - CLASSES} more values")
    return "\n".join(lines)


def headlines(live: Live) -> list[str]:
    """Return what a manager wants to know of each field, a sentence each."""
    return [_headline(each) for each in live.fields] or [NOTHING]


def history(field: LiveField) -> str:
    """Return how and when it turned out."""
    how = ", ".join(f"{count:,} {name}" for name, count in field.how.items()) or "nothing yet"
    untold = f"; {field.untold:,} closed without a value to compare with" if field.untold else ""
    when = f" ({field.since[:10]} to {field.until[:10]})" if field.since else ""
    failing = "; wrong more often than promised lately, so it is not believed" if field.failing else ""
    return f"{how}{when}{untold}{failing}"


def queue_row(tally: Tally) -> tuple[str, ...]:
    """Return the cells of one queue."""
    return (
        line(tally.place.queue),
        f"{tally.n:,}",
        percent(tally.precision),
        interval(tally.range, tally.n),
        f"{tally.for_card:,}",
        percent(tally.for_card_precision),
        interval(tally.for_card_range, tally.for_card),
    )


def class_row(row: ClassRow) -> tuple[str, ...]:
    """Return the cells of one value."""
    return (
        line(row.name),
        f"{row.alone:,}",
        percent(row.alone_right),
        interval(row.alone_range, row.alone),
        f"{row.n:,}",
        percent(row.recall),
    )


def interval(found: Range, count: int) -> str:
    """Return an interval in per cent; a dash where it rests on nothing."""
    return f"{100 * found[0]:.1f} to {percent(found[1])}" if count else percent(None)


def _headline(field: LiveField) -> str:
    whole = field.whole
    name = f"{line(whole.place.field)} ({line(_owner(field))})"
    if whole.precision is None:
        return f"Of what it said of {name} nothing has turned out yet."
    return f"What it said of {name} was right in {100 * whole.precision:.0f} of 100 of {whole.n:,} tickets."


def _row(field: LiveField) -> Sequence[str]:
    whole = field.whole
    return (
        line(whole.place.field),
        line(_owner(field)),
        f"{whole.n:,}",
        percent(whole.precision),
        interval(whole.range, whole.n),
        f"{whole.for_card:,}",
        percent(whole.for_card_precision),
        f"{whole.ece:.4f}",
        percent(field.believed_from),
    )


def _owner(field: LiveField) -> str:
    return f"{field.whole.place.skill} in {field.whole.place.connector}"
