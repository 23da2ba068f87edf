"""Cakes: a division as a coloured bar, and tastes as the heights of the cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..games.cake import Division, Divisions, divisions, show_piece, value_of
from ..games.environment import Environment
from ..games.numbers import show
from ..games.profile import Profile
from ..games.show import Shown, html
from ..mechanisms.property import entry_text, told
from .page import (
    FAINT,
    FONT,
    INK,
    LETTERS,
    PAPER,
    ROWS,
    Html,
    amount,
    cell,
    colours,
    head,
    label,
    line,
    missing,
    note,
    page,
    put,
    swatch,
    table,
    tag,
)

WIDTH, HEIGHT = 600, 34  # of a bar, in pixels
TASTES = 6  # the most types of one player that are drawn
CELLS = 60  # the most cells of a cake that are drawn
Attributes = dict[str, Any]
NOBODY = ("#e4e7ea", INK)


@dataclass(frozen=True, eq=False)
class Drawn(Shown):
    """A division with the players' true types: what each gets, and what she thinks of it.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> types = {"ann": (1, 3), "bob": (2, 2)}
    >>> print(Drawn(rw.mechanisms.cut_and_choose(env, types), env, types))
    ann [2/3, 1], worth 2 of 4 to her; bob [0, 2/3], worth 8/3 of 4 to her
    """

    division: Division
    env: Environment
    types: Mapping[str, Any]

    def __str__(self) -> str:
        return "; ".join(
            f"{p} {show_piece(piece)}, worth {show(value_of(self.env, self.types[p], piece))} of "
            f"{show(value_of(self.env, self.types[p], ((0, 1),)))} to her"
            for p, piece in self.division.items()
        )


@html.register
def _drawn(drawn: Drawn) -> str:
    return page(
        f"A division of the cake at {label(told(Profile(drawn.types)))}", shares(drawn.division, drawn.env, drawn.types)
    )


@html.register
def _division(division: Division) -> str:
    return page("A division of the cake", shares(division))


def shares(division: Division, env: Environment | None = None, types: Mapping[str, Any] | None = None) -> Html:
    """The bar and, below it, who gets what; with types, what each player thinks of each piece."""
    if env is None or types is None:
        return put(bar(division), _pieces(division))
    return put(bar(division), _pieces(division), _worths(division, env, types))


def bar(division: Division) -> Html:
    """The cake from left to right as inline SVG, one colour a player, with the points where pieces end."""
    palette = colours(division)
    parts: list[Html] = []
    segments = division.segments
    for start, end, player in segments[: 4 * ROWS]:
        x, width = _x(start), _x(end) - _x(start)
        paper, ink = NOBODY if player is None else palette[player]
        name = label("nobody" if player is None else player)
        words = f"{name}: {show_piece(((start, end),))}"
        box: Attributes = {"x": f"{x:.2f}", "y": 2, "width": f"{width:.2f}", "height": HEIGHT}
        parts.append(tag("rect", tag("title", words), fill=paper, stroke=INK, stroke_width=1, **box))
        if width > 8 * min(len(name), 12):
            shown = name if len(name) <= 12 else name[:11] + "…"
            middle: Attributes = {"x": f"{x + width / 2:.2f}", "y": 2 + HEIGHT / 2 + 4, "text_anchor": "middle"}
            parts.append(tag("text", shown, fill=ink, font_size=13, **middle))
    points = [Fraction(0), *dict.fromkeys(Fraction(end) for _, end, _ in segments[: 4 * ROWS])]
    ticks, depth = _ticks(points)
    return _svg(WIDTH + 40, HEIGHT + 8 + 14 * depth, f"the cake: {division}", *parts, *ticks)


def _ticks(points: list[Fraction]) -> tuple[list[Html], int]:
    """The points below the bar, in two rows where they are close, if there is room at all; and how many rows."""
    parts: list[Html] = []
    depth = 1
    free = [-100.0, -100.0]
    for point in points:
        x, text = _x(point), show(point) if len(show(point)) <= 9 else f"≈{float(point):.3g}"
        width = 7.0 * len(text)
        row = next((k for k in (0, 1) if x - width / 2 >= free[k]), None)
        if row is None:
            continue
        free[row] = x + width / 2 + 4
        depth = max(depth, row + 1)
        y = HEIGHT + 2
        parts.append(tag("line", x1=f"{x:.2f}", x2=f"{x:.2f}", y1=y, y2=y + 5 + 13 * row, stroke=INK, stroke_width=1))
        place: Attributes = {"x": f"{x:.2f}", "y": y + 16 + 13 * row, "text_anchor": "middle"}
        parts.append(tag("text", text, fill=FAINT, font_size=12, **place))
    return parts, depth


def _x(point: Any) -> float:
    return 20 + WIDTH * float(point)


def _svg(width: int, height: int, words: str, *parts: object) -> Html:
    style = f"display:block;max-width:100%;height:auto;font-family:{FONT};background:{PAPER}"
    words = words if len(words) <= LETTERS else words[: LETTERS - 1] + "…"
    return tag("svg", *parts, role="img", aria_label=words, viewBox=f"0 0 {width} {height}", width=width,
               height=height, style=style)  # fmt: skip


def _pieces(division: Division) -> Html:
    palette = colours(division)
    rows = []
    for player, piece in list(division.items())[:ROWS]:
        text = show_piece(piece[:12]) + (f" and {len(piece) - 12} more" if len(piece) > 12 else "")
        rows.append(line(swatch(palette[player][0]), tag("b", label(player)), " gets ", text))
    return put(*rows, missing(len(division) - ROWS, "player"))


def _worths(division: Division, env: Environment, types: Mapping[str, Any]) -> Html:
    """One row a player: what each piece is worth to her, her own in bold."""
    players = [player for player in env.players if player in division][:8]
    palette, rows = colours(division), []
    for judge in players:
        whole = value_of(env, types[judge], ((0, 1),))
        row: list[object] = [head(swatch(palette[judge][0]), label(judge))]
        for owner in players:
            worth = amount(value_of(env, types[judge], division[owner]))
            row.append(cell(tag("b", worth) if owner == judge else worth, middle=True))
        rows.append([*row, cell(amount(whole), middle=True)])
    heads = ["worth to", *(f"{label(player)}'s piece" for player in players), "the whole cake"]
    return put(table(heads, rows), missing(len(division) - len(players), "player"), note("In bold: her own piece."))


# -- tastes -----------------------------------------------------------------------------------------------------


def tastes(env: Environment) -> Html:
    """What each type of each player likes: cells as wide as they are, as high as they are dense in worth."""
    space = divisions(env)
    rows: list[tuple[object, ...]] = []
    for player in env.players[:8]:
        for k, type in enumerate(env.types[player][:TASTES]):
            name = head(label(player), rowspan=min(len(env.types[player]), TASTES)) if k == 0 else None
            shown = (cell(label(entry_text(type))), cell(_taste(space, player, type, env.players)))
            rows.append((name, *shown) if name else shown)
    hidden = sum(env.sizes) - len(rows)
    drawn = table(("player", "type: worth of each cell", "taste"), rows, left_out=hidden, what="type")
    return put(drawn, missing(len(space.cells) - CELLS, "cell"))


def _taste(space: Divisions, player: str, type: Any, players: tuple[str, ...]) -> Html:
    colour = colours(players)[player]
    values = space.values(type)
    density = [Fraction(v) / (high - low) for v, (low, high) in zip(values, space.cells, strict=True)]
    most, width, height = max(density), 260, 40
    parts = []
    for d, (low, high) in list(zip(density, space.cells, strict=True))[:CELLS]:
        x, w, h = 1 + width * float(low), width * float(high - low), height * float(d / most)
        box: Attributes = {"x": f"{x:.2f}", "y": f"{1 + height - h:.2f}", "width": f"{w:.2f}", "height": f"{h:.2f}"}
        parts.append(tag("rect", fill=colour[0], stroke=INK, stroke_width=0.75, **box))
    base = tag("line", x1=1, x2=1 + width, y1=1 + height, y2=1 + height, stroke=INK, stroke_width=1)
    return _svg(width + 2, height + 3, f"{player}: {entry_text(type)}", *parts, base)
