"""Plots as SVG: shares from 0 to 100 %, in the colours of the page. Numbers go in, never a file's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.brain.measure.report import Baseline, Bin, FieldReport, Level, Point, Window

WIDTH: Final = 340
HEIGHT: Final = 230
LEFT: Final = 42
RIGHT: Final = 328
TOP: Final = 12
BOTTOM: Final = 190
POINTS_MAX: Final = 120
"""Windows drawn of one field: more would be narrower than a pixel; the latest are kept."""

LABEL_SHARE: Final = 0.12
"""A bar that is higher has room for its figure."""

_Dot = tuple[float, float]


def reliability(bins: Sequence[Bin]) -> str:
    """Return how often predictions of a confidence were right: on the diagonal, it is honest."""
    most = max((each.count for each in bins), default=1)
    dots = [
        f'<circle class="dot" cx="{_x(each.confidence):.1f}" cy="{_y(each.right):.1f}" '
        f'r="{2.5 + 6 * (each.count / most) ** 0.5:.1f}"><title>{each.count} tickets: said '
        f"{100 * each.confidence:.0f} %, right {100 * each.right:.0f} %</title></circle>"
        for each in bins
    ]
    diagonal = f'<line class="aim" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    body = diagonal + _path([(each.confidence, each.right) for each in bins], "thin") + "".join(dots)
    return _framed(
        "Reliability: confidence against how often it was right", body, _shares_below("confidence")
    )


def promises(levels: Sequence[Level]) -> str:
    """Return, for each promise, how much would be filled, and how much of that was right."""
    width = 1 / max(1, len(levels))
    parts: list[str] = []
    for at, level in enumerate(levels):
        middle = (at + 0.5) * width
        parts.append(_bar(middle - 0.16 * width, 0.32 * width, level.coverage, "bar"))
        high = level.coverage > LABEL_SHARE  # then the dots are not in the way at its foot
        height = BOTTOM - 6 if high else _y(level.coverage) - 5
        kind = "inside" if high else "value"
        parts.append(_text(_x(middle), height, f"{100 * level.coverage:.0f} %", kind))
        parts.append(
            f'<line class="aim" x1="{_x(middle - 0.35 * width):.1f}" y1="{_y(level.target):.1f}" '
            f'x2="{_x(middle + 0.35 * width):.1f}" y2="{_y(level.target):.1f}"/>'
        )
        if level.precision is not None:
            parts.append(
                f'<circle class="dot" cx="{_x(middle):.1f}" cy="{_y(level.precision):.1f}" r="4.5">'
                f"<title>right in {100 * level.precision:.1f} %</title></circle>"
            )
        parts.append(_text(_x(middle), BOTTOM + 15, f"{100 * level.target:g} %"))
    below = _text((LEFT + RIGHT) / 2, BOTTOM + 32, "promised precision")
    return _framed("Promises: filled alone as bars, right as dots", "".join(parts), below)


def windows(found: Sequence[Window], target: float) -> str:
    """Return precision and coverage over time, with the promise as a line."""
    shown = list(found)[-POINTS_MAX:]
    step = 1 / max(1, len(shown))
    parts = [
        f'<line class="aim" x1="{LEFT}" y1="{_y(target):.1f}" x2="{RIGHT}" y2="{_y(target):.1f}"/>',
        *(_bar((at + 0.15) * step, 0.7 * step, each.coverage, "bar faint") for at, each in enumerate(shown)),
    ]
    right = [((at + 0.5) * step, each.precision) for at, each in enumerate(shown)]
    dots = [(x, y) for x, y in right if y is not None]
    parts.append(_path(dots, "thin"))
    parts += [
        f'<circle class="dot" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="3.5">'
        f"<title>right in {100 * y:.1f} %</title></circle>"
        for x, y in dots
    ]
    below = _text((LEFT + RIGHT) / 2, BOTTOM + 18, "tickets in the order they came")
    return _framed("Over time: filled alone as bars, right as dots", "".join(parts), below)


def over_time(found: Sequence[Window], target: float) -> str:
    """Return how often what was said was right, window after window, with the promise as a line."""
    shown = list(found)[-POINTS_MAX:]
    step = 1 / max(1, len(shown))
    dots = [((at + 0.5) * step, each.precision, each.n) for at, each in enumerate(shown)]
    parts = [f'<line class="aim" x1="{LEFT}" y1="{_y(target):.1f}" x2="{RIGHT}" y2="{_y(target):.1f}"/>']
    parts.append(_path([(x, y) for x, y, _ in dots if y is not None], "thin"))
    parts += [
        f'<circle class="dot" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="3.5">'
        f"<title>right in {100 * y:.1f} % of {n}</title></circle>"
        for x, y, n in dots
        if y is not None
    ]
    below = _text((LEFT + RIGHT) / 2, BOTTOM + 18, "in the order it turned out")
    return _framed("Right over time, a hundred at a time", "".join(parts), below)


def curve(points: Sequence[Point]) -> str:
    """Return how accuracy and coverage grow with the tickets that were learned."""
    step = 1 / max(1, len(points))
    places = [(at + 0.5) * step for at in range(len(points))]
    accuracy = list(zip(places, (each.accuracy for each in points), strict=True))
    coverage = list(zip(places, (each.coverage for each in points), strict=True))
    parts = [_path(accuracy, "thick"), _path(coverage, "thick second")]
    for x, each in zip(places, points, strict=True):
        parts.append(f'<circle class="dot" cx="{_x(x):.1f}" cy="{_y(each.accuracy):.1f}" r="3.5"/>')
        parts.append(f'<circle class="dot second" cx="{_x(x):.1f}" cy="{_y(each.coverage):.1f}" r="3.5"/>')
        parts.append(_text(_x(x), BOTTOM + 15, f"{each.lessons:,}"))
    parts.append(_text(RIGHT, _y(points[-1].accuracy) - 7, "first value right", "end"))
    parts.append(_text(RIGHT, _y(points[-1].coverage) - 7, "filled alone", "end"))
    below = _text((LEFT + RIGHT) / 2, BOTTOM + 32, "tickets learned")
    return _framed("Learning curve", "".join(parts), below)


def against(field: FieldReport, names: Sequence[tuple[str, Baseline]]) -> str:
    """Return accuracy beside that of plain ways."""
    bars = [
        *((name.replace("_", " "), base.accuracy) for name, base in names),
        ("Countersign", field.accuracy),
    ]
    step = 1 / len(bars)
    parts: list[str] = []
    for at, (name, height) in enumerate(bars):
        kind = "bar" if at == len(bars) - 1 else "bar faint"
        parts.append(_bar((at + 0.2) * step, 0.6 * step, height, kind))
        parts.append(_text(_x((at + 0.5) * step), _y(height) - 5, f"{100 * height:.1f} %", "value"))
        parts.append(_text(_x((at + 0.5) * step), BOTTOM + 15, name))
    return _framed("First value right, beside plain ways", "".join(parts), "")


def _x(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * share


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP - 14) * min(max(share, 0.0), 1.0)


def _bar(left: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{_x(left):.1f}" y="{_y(height):.1f}" '
        f'width="{(RIGHT - LEFT) * width:.1f}" height="{BOTTOM - _y(height):.1f}" rx="1.5"/>'
    )


def _path(dots: Sequence[_Dot], kind: str) -> str:
    if len(dots) < 2:  # noqa: PLR2004  # a line has two ends
        return ""
    return f'<polyline class="{kind}" points="{" ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in dots)}"/>'


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{words}</text>'


def _shares_below(name: str) -> str:
    ticks = "".join(
        _text(_x(each / 4), BOTTOM + 15, f"{25 * each} %", "end" if each == 4 else "")  # noqa: PLR2004  # the last
        for each in range(5)
    )
    return ticks + _text((LEFT + RIGHT) / 2, BOTTOM + 32, name)


def _framed(title: str, body: str, below: str) -> str:
    grid = "".join(
        f'<line class="grid" x1="{LEFT}" y1="{_y(each / 4):.1f}" x2="{RIGHT}" y2="{_y(each / 4):.1f}"/>'
        + _text(LEFT - 6, _y(each / 4) + 4, f"{25 * each} %", "end")
        for each in range(5)
    )
    return (
        f'<figure><figcaption>{title}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{title}">{grid}{body}{below}</svg></figure>'
    )
