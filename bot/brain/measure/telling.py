"""A report in words and in columns, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bot.brain.measure.report import FieldReport, Report

CLASSES = 12
"""Rows of a field's table; the rest is in the HTML report and in the JSON."""
NAME_CHARS = 32
NOTE_CHARS = 400


def told(report: Report) -> str:
    """Return the whole report."""
    lines = [*headlines(report), "", about(report), ""]
    lines += table(
        ("field", "n", "classes", "accuracy", "95 % interval", "macro-F1", "top 3", "ECE", "alone", "right"),
        [_row(name, field) for name, field in report.fields.items()],
    )
    for name, field in report.fields.items():
        lines += ["", *_field(name, field)]
    lines += [f"note: {line(note, NOTE_CHARS)}" for note in report.notes]
    return "\n".join(lines)


def headlines(report: Report) -> list[str]:
    """Return what a manager wants to know of each field, a sentence each."""
    return [_headline(report.target, name, field) for name, field in report.fields.items()]


def about(report: Report) -> str:
    """Return how it was measured."""
    how = "by time, the newest are measured" if report.split == "time" else "as given"
    copies = ""
    if report.moved:
        copies = f"; {report.moved:,} that read like an older one were moved to the learning side"
    elif report.copies:
        copies = f"; {report.copies:,} of the measured read like one that was learned"
    middle, slow = report.latency_ms["p50"], report.latency_ms["p99"]
    return (
        f"Learned from {report.trained:,} tickets in {report.fit_s:.1f} s, measured on {report.measured:,} "
        f"others (split {how}{copies}). One ticket takes {middle:.1f} ms, the slowest of a hundred "
        f"{slow:.1f} ms; the model is {report.model_bytes / 1e6:.1f} MB; "
        f"1,000 tickets cost {report.cost_usd_per_1000:.2f} USD."
    )


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share in per cent; a dash where there is none."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def line(name: str, chars: int = NAME_CHARS) -> str:
    """Return a name from a file on one line, cut: it may not draw on the terminal either."""
    plain = "".join(char if char.isprintable() else " " for char in name)
    return plain if len(plain) <= chars else plain[: chars - 1] + "…"


def _headline(target: float, name: str, field: FieldReport) -> str:
    promise = f"At {100 * target:g} % it would"
    if field.precision is None:
        return f"{promise} fill {line(name)} in none of 100 tickets alone: it cannot promise that yet."
    return (
        f"{promise} fill {line(name)} in {100 * field.coverage:.0f} of 100 tickets alone "
        f"and be right in {100 * field.precision:.0f} of 100 of these."
    )


def _row(name: str, field: FieldReport) -> tuple[str, ...]:
    low, high = field.accuracy_range
    return (
        line(name),
        f"{field.n:,}",
        f"{field.classes:,}",
        f"{field.accuracy:.4f}",
        f"{low:.3f} to {high:.3f}",
        f"{field.macro_f1:.4f}",
        f"{field.top3:.4f}",
        f"{field.ece:.4f}",
        percent(field.coverage),
        percent(field.precision),
    )


def _field(name: str, field: FieldReport) -> list[str]:
    lines = [f"{line(name)}:"]
    lines += [f"  note: {note}" for note in field.notes]
    plain = [f"{each.replace('_', ' ')} {base.accuracy:.4f}" for each, base in field.baselines.items()]
    lines.append(f"  plain ways: {', '.join(plain) or 'none'}")
    if field.accuracy_without_copies is not None:
        lines.append(f"  without tickets it had read before: {field.accuracy_without_copies:.4f}")
    for level in field.levels:
        lines.append(
            f"  promise {100 * level.target:g} %: {percent(level.coverage)} alone, "
            f"{percent(level.precision)} right"
        )
    if field.rolling is not None:
        lines.append(
            f"  with a threshold that follows: {percent(field.rolling.coverage)} alone, "
            f"{percent(field.rolling.precision)} right"
        )
    curve = [f"{point.lessons:,} {point.accuracy:.3f}" for point in field.curve]
    lines.append(f"  accuracy by tickets learned: {', '.join(curve)}")
    rows = [
        (line(row.name), f"{row.n:,}", percent(row.precision), percent(row.recall), percent(row.coverage))
        for row in field.by_class[:CLASSES]
    ]
    lines += ["  " + each for each in table(("value", "n", "precision", "recall", "alone"), rows)]
    if len(field.by_class) > CLASSES:
        lines.append(f"  … and {len(field.by_class) - CLASSES} more values")
    return lines


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return columns, the first to the left, figures to the right."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
