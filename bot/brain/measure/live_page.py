"""What became of suggestions in service, as one HTML file like that of a measurement."""

from __future__ import annotations

from html import escape
from typing import Final

from bot.brain.measure import plots
from bot.brain.measure.live import Live, LiveField, Tally
from bot.brain.measure.live_telling import CLASS_HEAD, QUEUE_HEAD, class_row, headlines, history, queue_row
from bot.brain.measure.page import document, safe, sentences, table

_ABOUT: Final = (
    "Each value the bot held for right, shown to people or kept to itself in shadow, against what the ticket "
    "had in the end. Of one ticket the latest counts; of one queue the latest 1,500. No word of any ticket."
)


def live_page_of(live: Live) -> str:
    """Return the whole page."""
    parts = [
        *sentences(headlines(live)),
        f'<p class="about">{_ABOUT}</p>',
        *map(_field, live.fields, [live.target] * len(live.fields)),
    ]
    return document("what it said in service, and what was right", parts)


def _field(field: LiveField, target: float) -> str:
    place = field.whole.place
    drawn = [plots.reliability(field.reliability), plots.over_time(field.windows, target)]
    parts = [
        f"<h2>{safe(place.field)}, {safe(f'{place.skill} in {place.connector}')}</h2>",
        f"<p>{escape(history(field))}</p>",
        f'<div class="plots">{"".join(drawn)}</div>',
        "<h3>By queue</h3>",
        table(QUEUE_HEAD, [list(map(escape, queue_row(each))) for each in field.queues]),
        "<h3>By value</h3>",
        _classes(field.whole),
        *(_queue(each) for each in field.queues if len(field.queues) > 1),
    ]
    if field.confusion:
        rows = [(safe(each.truth), safe(each.said), f"{each.count:,}") for each in field.confusion]
        parts += ["<h3>Most often mixed up</h3>", table(("it was", "it said", "tickets"), rows)]
    return "\n".join(parts)


def _queue(tally: Tally) -> str:
    name = safe(tally.place.queue)
    return f"<details><summary>By value in {name}</summary>{_classes(tally)}</details>"


def _classes(tally: Tally) -> str:
    return table(CLASS_HEAD, [list(map(escape, class_row(row))) for row in tally.by_class])
