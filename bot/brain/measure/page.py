"""A report as one HTML file: no script, nothing loaded from anywhere, no word of any ticket.

Names of fields and values come from the file that was measured: each goes through :func:`_safe`.
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
    first, *others = headlines(report)
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Measured on past tickets: Countersign</title><style>{style}</style></head><body>",
        "<h1>Countersign, measured on your past tickets</h1>",
        f'<p class="lead">{_safe(first, len(first))}</p>',
        *(f"<p>{_safe(each, len(each))}</p>" for each in others),
        f'<p class="about">{escape(about(report))} {_REST}</p>',
        *(_note(each) for each in report.notes),
        _summary(report),
        *(_field(name, field, report.target) for name, field in report.fields.items()),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _safe(name: str, chars: int = NAME_CHARS) -> str:
    return escape(line(name, chars))


def _range(found: Range) -> str:
    return f"{100 * found[0]:.1f} to {percent(found[1])}"


def _note(text: str) -> str:
    return f'<p class="note">{_safe(text, 400)}</p>'


def _summary(report: Report) -> str:
    head = (
        "field", "tickets", "values", "first value right", "95 % interval", "macro-F1", "one of three right",
        "calibration error", "filled alone", "95 % interval", "right of these",
    )  # fmt: skip
    rows = [
        (
            _safe(name),
            f"{field.n:,}",
            f"{field.classes:,}",
            percent(field.accuracy),
            _range(field.accuracy_range),
            f"{field.macro_f1:.3f}",
            percent(field.top3),
            f"{field.ece:.3f}",
            percent(field.coverage),
            _range(field.coverage_range),
            percent(field.precision),
        )
        for name, field in report.fields.items()
    ]
    return _table(head, rows)


def _field(name: str, field: FieldReport, target: float) -> str:
    drawn = [
        plots.promises(field.levels),
        plots.reliability(field.reliability),
        plots.windows(field.windows, target),
        plots.curve(field.curve),
        plots.against(field, list(field.baselines.items())),
    ]
    parts = [
        f"<h2>{_safe(name)}</h2>",
        *(_note(each) for each in field.notes),
        f"<p>{_said(field)}</p>",
        f'<div class="plots">{"".join(drawn)}</div>',
        "<h3>By value</h3>",
        _classes(field.by_class),
    ]
    if field.confusion:
        rows = [(_safe(each.truth), _safe(each.said), f"{each.count:,}") for each in field.confusion]
        parts += ["<h3>Most often mixed up</h3>", _table(("it was", "it said", "tickets"), rows)]
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


def _classes(rows: Sequence[ClassRow]) -> str:
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
            _safe(row.name),
            f"{row.n:,}",
            percent(row.precision),
            percent(row.recall),
            f"{row.f1:.3f}",
            percent(row.coverage),
            percent(row.alone_right),
            _range(row.alone_range) if row.alone else percent(None),
        )
        for row in rows
    ]
    if len(cells) <= ROWS:
        return _table(head, cells)
    more = len(cells) - ROWS
    return (
        f"{_table(head, cells[:ROWS])}<details><summary>{more} more values</summary>"
        f"{_table(head, cells[ROWS:])}</details>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are HTML already."""
    top = "".join(f"<th>{each}</th>" for each in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
