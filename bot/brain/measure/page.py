"""A report as one HTML file: no script, nothing loaded from anywhere, no word of any ticket.

Names of fields and values come from the file that was measured: each goes through :func:`safe`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from bot.brain.measure import plots
from bot.brain.measure.report import ClassRow, FieldReport, Range, Report
from bot.brain.measure.telling import about, headlines, line, percent

NAME_CHARS: Final = 80
ROWS: Final = 12
"""Values that are shown before a click; all of them are in the file."""

_REST: Final = (
    "It stays silent on the rest, or shows three values to choose from; no threshold saw these tickets."
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page_of(report: Report) -> str:
    """Return the whole page."""
    parts = [
        *sentences(headlines(report)),
        f'<p class="about">{escape(about(report))} {_REST}</p>',
        *(_note(each) for each in report.notes),
        _summary(report),
        *(_field(name, field, report.target) for name, field in report.fields.items()),
    ]
    return document("measured on your past tickets", parts)


def document(title: str, parts: Sequence[str]) -> str:
    """Return a page of ``parts``, which are HTML already; ``title``: our own words."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Countersign, {title}</title><style>{style}</style></head><body>",
        f"<h1>Countersign, {title}</h1>",
    ]
    return "\n".join([*head, *parts, "</body></html>"]) + "\n"


def sentences(said: Sequence[str]) -> list[str]:
    """Return the first of ``said`` large, the others below."""
    first, *others = said
    return [
        f'<p class="lead">{safe(first, len(first))}</p>',
        *(f"<p>{safe(each, len(each))}</p>" for each in others),
    ]


def safe(name: str, chars: int = NAME_CHARS) -> str:
    """Return a name from outside as text of a page: on one line, cut, without markup."""
    return escape(line(name, chars))


def interval(found: Range) -> str:
    """Return an interval in per cent."""
    return f"{100 * found[0]:.1f} to {percent(found[1])}"


def _note(text: str) -> str:
    return f'<p class="note">{safe(text, 400)}</p>'


def _summary(report: Report) -> str:
    head = (
        "field", "tickets", "values", "first value right", "95 % interval", "macro-F1", "one of three right",
        "calibration error", "filled alone", "95 % interval", "right of these",
    )  # fmt: skip
    rows = [
        (
            safe(name),
            f"{field.n:,}",
            f"{field.classes:,}",
            percent(field.accuracy),
            interval(field.accuracy_range),
            f"{field.macro_f1:.3f}",
            percent(field.top3),
            f"{field.ece:.3f}",
            percent(field.coverage),
            interval(field.coverage_range),
            percent(field.precision),
        )
        for name, field in report.fields.items()
    ]
    return table(head, rows)


def _field(name: str, field: FieldReport, target: float) -> str:
    drawn = [
        plots.promises(field.levels),
        plots.reliability(field.reliability),
        plots.windows(field.windows, target),
        plots.curve(field.curve),
        plots.against(field, list(field.baselines.items())),
    ]
    parts = [
        f"<h2>{safe(name)}</h2>",
        *(_note(each) for each in field.notes),
        f"<p>{_said(field)}</p>",
        f'<div class="plots">{"".join(drawn)}</div>',
        "<h3>By value</h3>",
        classes(field.by_class),
    ]
    if field.confusion:
        rows = [(safe(each.truth), safe(each.said), f"{each.count:,}") for each in field.confusion]
        parts += ["<h3>Most often mixed up</h3>", table(("it was", "it said", "tickets"), rows)]
    return "\n".join(parts)


def _said(field: FieldReport) -> str:
    three, right = percent(field.three_coverage), percent(field.three_precision)
    said = [f"Three values to choose from in {three} of tickets, one of them right in {right} of these."]
    if field.rolling is not None:
        said.append(
            "With a threshold that follows the latest outcomes, as in service: "
            f"{percent(field.rolling.coverage)} filled alone, {percent(field.rolling.precision)} right."
        )
    if field.accuracy_without_copies is not None:
        said.append(
            "Leaving out tickets that read like one it had learned, the first value is right in "
            f"{percent(field.accuracy_without_copies)}."
        )
    return escape(" ".join(said))


def classes(rows: Sequence[ClassRow]) -> str:
    """Return a row for each value; those after the first dozen behind a click."""
    head = (
        "value",
        "tickets",
        "precision",
        "recall",
        "F1",
        "its tickets filled",
        "right where filled in",
        "95 % interval",
    )
    cells = [
        (
            safe(row.name),
            f"{row.n:,}",
            percent(row.precision),
            percent(row.recall),
            f"{row.f1:.3f}",
            percent(row.coverage),
            percent(row.alone_right),
            interval(row.alone_range) if row.alone else percent(None),
        )
        for row in rows
    ]
    if len(cells) <= ROWS:
        return table(head, cells)
    more = len(cells) - ROWS
    return (
        f"{table(head, cells[:ROWS])}<details><summary>{more} more values</summary>"
        f"{table(head, cells[ROWS:])}</details>"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are HTML already."""
    top = "".join(f"<th>{each}</th>" for each in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
