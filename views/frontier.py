"""Frontiers as a picture: the curve, its corners, and what is not known of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..games.numbers import exact, show
from ..games.show import html
from ..solvers.tradeoffs import Frontier, FrontierPoint
from .page import (
    COLOURS,
    FAINT,
    FONT,
    INK,
    LETTERS,
    LINE,
    PAPER,
    ROWS,
    Html,
    amount,
    badge,
    cell,
    facts,
    label,
    line,
    note,
    page,
    put,
    table,
    tag,
    title,
)
from .results import verdicts
from .rules import in_words

WIDTH, HEIGHT, LEFT, BELOW, ROUND = 440, 300, 84, 46, 22  # of the plot, and the room around it
DOT = 4.5
Attributes = dict[str, Any]


@html.register
def _frontier(found: Frontier) -> str:
    first, second = map(label, found.axes)
    parts: list[object] = [line(_sure(found), " ", label(found.goal))]
    if found.points:
        parts.append(picture(found))
        rows = [
            (
                cell(k, middle=True),
                cell(amount(point.values[0]), middle=True),
                cell(amount(point.values[1]), middle=True),
                cell("" if price is None else amount(price), middle=True),
                cell(_kept(point)),
            )
            for k, (point, price) in enumerate(zip(found.points[:ROWS], [*found.prices, None], strict=False), 1)
        ]
        heads = ("", first, second, "gain per unit given up", "the rule")
        parts.append(table(heads, rows, left_out=len(found) - len(rows), what="corner"))
    if found.why:
        parts.append(line(found.why))
    parts.append(facts(searched=label(found.searched)))
    parts.append(note("Method: ", label(found.method), "."))
    return page(f"The frontier of {first} and {second}", *parts)


@html.register
def _point(point: FrontierPoint) -> str:
    values = put(amount(point.values[0]), " and ", amount(point.values[1]))
    return page("A rule on the frontier", line("Reaches ", values), in_words(point.rule), title("Verified"),
                verdicts(point.verdicts))  # fmt: skip


def _sure(found: Frontier) -> Html:
    if not found.points:
        return badge("unknown" if not found.complete else "infeasible")
    if found.exact and found.complete:
        return badge("complete")
    return badge("feasible")


def _kept(point: FrontierPoint) -> Html:
    """What was verified of the rule, in a word."""
    n = len(point.verdicts)
    return put(badge("proved"), f" {n} requirement{'' if n == 1 else 's'}") if n else put("nothing is required")


def picture(found: Frontier) -> Html:
    """The curve as inline SVG: the second aim to the right, the first upwards."""
    points = [(float(exact(x)), float(exact(y))) for y, x in (point.values for point in found.points)]
    corners = [(float(exact(g.corner[1])), float(exact(g.corner[0]))) for g in found.gaps if g.corner is not None]
    across, up = _span(x for x, _ in points + corners), _span(y for _, y in points + corners)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + WIDTH * (x - across[0]) / (across[1] - across[0]),
            ROUND + HEIGHT * (1 - (y - up[0]) / (up[1] - up[0])),
        )

    blue = COLOURS[0][0]
    parts = [_frame(), *_ticks(across, place, "across", up[0]), *_ticks(up, place, "up", across[0])]
    for gap in found.gaps:
        ends = [(float(exact(x)), float(exact(y))) for y, x in (gap.start, gap.corner or gap.end, gap.end)]
        open_: Attributes = {"fill": "#eaf2fb", "stroke": FAINT, "stroke_width": 1, "stroke_dasharray": "4 3"}
        unknown = tag("title", "not refined: the frontier runs inside")
        parts.append(tag("polyline", unknown, points=_path(place, ends), **open_))
    if len(points) > 1:
        parts.append(tag("polyline", fill="none", stroke=blue, stroke_width=2.5, points=_path(place, points)))
    for k, (point, (x, y)) in enumerate(zip(found.points, points, strict=True), 1):
        at, height = place(x, y)
        words = f"{k}: {found.axes[0]} {show(point.values[0])}, {found.axes[1]} {show(point.values[1])}"
        dot: Attributes = {"cx": f"{at:.2f}", "cy": f"{height:.2f}", "r": DOT}
        parts.append(tag("circle", tag("title", words), fill=blue, stroke=PAPER, stroke_width=1.5, **dot))
        if len(points) <= ROWS // 2:
            parts.append(_text(k, at + 7, height - 6, anchor="start"))
    parts.append(_text(label(found.axes[1]), LEFT + WIDTH / 2, ROUND + HEIGHT + BELOW - 8, anchor="middle", size=13))
    middle = ROUND + HEIGHT / 2
    turned = f"rotate(-90 16 {middle:.0f})"
    parts.append(_text(label(found.axes[0]), 16, middle, anchor="middle", size=13, transform=turned))
    words = f"the frontier of {found.axes[0]} and {found.axes[1]}: {len(points)} corners"
    width, height_ = LEFT + WIDTH + ROUND, ROUND + HEIGHT + BELOW
    style = f"display:block;max-width:100%;height:auto;font-family:{FONT};background:{PAPER}"
    box: Attributes = {"role": "img", "aria_label": words[:LETTERS], "width": width, "height": height_}
    return tag("svg", *parts, viewBox=f"0 0 {width} {height_}", style=style, **box)


def _path(place: Any, points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in (place(*each) for each in points))


def _frame() -> Html:
    box: Attributes = {"x": LEFT, "y": ROUND, "width": WIDTH, "height": HEIGHT}
    return tag("rect", fill="none", stroke=LINE, stroke_width=1, **box)


def _text(words: object, x: float, y: float, *, anchor: str, size: int = 12, transform: str = "translate(0 0)") -> Html:
    place: Attributes = {
        "x": f"{x:.2f}",
        "y": f"{y:.2f}",
        "text_anchor": anchor,
        "font_size": size,
        "transform": transform,
    }
    return tag("text", words, fill=INK if size > 12 else FAINT, **place)


def _span(values: Iterable[float]) -> tuple[float, float]:
    """From a little below the least to a little above the largest."""
    each = list(values)
    low, high = min(each), max(each)
    room = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


def _ticks(span: tuple[float, float], place: Any, side: str, edge: float) -> list[Html]:
    """Round numbers along an axis, with faint lines across the plot."""
    step = _step(span[1] - span[0])
    parts: list[Html] = []
    for k in range(math.ceil(span[0] / step), math.floor(span[1] / step) + 1):
        words = f"{k * step:.6g}"
        if side == "across":
            x, y = place(k * step, edge)
            parts.append(tag("line", x1=f"{x:.2f}", x2=f"{x:.2f}", y1=ROUND, y2=ROUND + HEIGHT, stroke="#e6eaee"))
            parts.append(_text(words, x, y + 16, anchor="middle"))
        else:
            x, y = place(edge, k * step)
            parts.append(tag("line", x1=LEFT, x2=LEFT + WIDTH, y1=f"{y:.2f}", y2=f"{y:.2f}", stroke="#e6eaee"))
            parts.append(_text(words, x - 6, y + 4, anchor="end"))
    return parts


def _step(width: float) -> float:
    """A round step, 1, 2 or 5 times a power of ten, so that some five fit."""
    power = 10.0 ** math.floor(math.log10(width / 5))
    return next(power * m for m in (1, 2, 5, 10) if width / (power * m) <= 6)
