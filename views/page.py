"""HTML from parts that cannot be put together wrongly: every text is escaped unless it is HTML already.

What is made here stands alone: styles are inline, nothing is fetched, nothing runs. It brings its own paper and ink,
so that it reads the same in a light and in a dark notebook; no colour is the only sign of anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from ..games.numbers import exact, number, show

INK, PAPER, LINE, SOFT, FAINT = "#1b1f24", "#ffffff", "#c3cad2", "#f3f5f7", "#4d5761"
MARKED, TOUCHED = "#d8f0e4", "#eaf2fb"  # what is chosen, and what may be chosen
TINTS = {"good": ("#0b5d3b", "#d8f0e4"), "bad": ("#8a2a0b", "#fbe1d6"), "open": ("#5a4a00", "#fdf3cf")}
STATUS = {
    "proved": ("good", "✓"), "optimal": ("good", "✓"), "feasible": ("good", "✓"), "complete": ("good", "✓"),
    "refuted": ("bad", "✗"), "infeasible": ("bad", "✗"), "unknown": ("open", "?"),
}  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

# Blue, orange, green, …: told apart by colour-blind readers too (Okabe and Ito 2008); the ink that reads on each.
COLOURS = (
    ("#0072B2", "#ffffff"), ("#E69F00", "#000000"), ("#009E73", "#000000"), ("#CC79A7", "#000000"),
    ("#56B4E9", "#000000"), ("#D55E00", "#000000"), ("#F0E442", "#000000"), ("#444444", "#ffffff"),
)  # fmt: skip

ROWS, COLUMNS, LETTERS = 40, 16, 160  # the most that is shown of a table, and of a text


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def tag(name: str, *inside: object, style: str = "", **attributes: object) -> Html:
    """An element; what is inside is escaped unless it is Html, and so is each attribute.

    >>> tag("b", "1 < 2", title='"')
    '<b title="&quot;">1 &lt; 2</b>'
    """
    given = {**attributes, **({"style": style} if style else {})}
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(str(each))}"' for key, each in given.items())
    return Html(f"<{name}{words}>{put(*inside)}</{name}>")


def put(*parts: object) -> Html:
    """Parts one after the other."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in parts))


def between(glue: object, parts: Iterable[object]) -> Html:
    """Parts with something between them."""
    return Html(put(glue).join(put(part) for part in parts))


def label(thing: object) -> str:
    """A name that a user gave, on one line and not too long."""
    text = " ".join(str(thing).split())
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def label_long(text: str, most: int = 1200) -> str:
    """A sentence, cut where it would fill pages."""
    return text if len(text) <= most else text[: most - 1] + "…"


def amount(value: Any) -> Html:
    """A number as people write it; one with very many digits is rounded, and says so."""
    text = show(number(value))
    if len(text) <= 24:
        return put(text)
    try:
        short = f"{float(exact(value)):.6g}"
    except OverflowError:
        short = "a number too large to write"
    return tag("span", f"≈ {short}", title=text[:LETTERS])


# -- what pages are made of -------------------------------------------------------------------------------------


def page(title: object, *parts: object) -> Html:
    """The frame around everything that is shown."""
    head = tag("div", title, style="font-weight:600;font-size:15px;margin:0 0 6px 0;line-height:1.35")
    style = (
        f"font:14px/1.45 {FONT};color:{INK};background:{PAPER};border:1px solid {LINE};border-radius:6px;"
        "padding:10px 14px;margin:4px 0;display:inline-block;max-width:min(100%,60em);box-sizing:border-box;"
        "overflow-x:auto;text-align:left;color-scheme:light;vertical-align:top"
    )
    return tag("div", head, *parts, style=style)


def line(*parts: object) -> Html:
    """A paragraph."""
    return tag("div", *parts, style="margin:4px 0;max-width:52em")


def lines(text: str) -> Html:
    """A text of several lines, indented as it is."""
    return tag("div", label_long(text), style="margin:4px 0;max-width:52em;white-space:pre-wrap")


def note(*parts: object) -> Html:
    """A paragraph in small print."""
    return tag("div", *parts, style=f"margin:4px 0;font-size:12px;color:{FAINT};max-width:60em")


def title(text: object) -> Html:
    """The heading of a part."""
    return tag("div", text, style="font-weight:600;margin:10px 0 2px 0")


def badge(status: str) -> Html:
    """A status in a word, a sign and a colour."""
    tint, sign = STATUS.get(status, ("open", "?"))
    ink, paper = TINTS[tint]
    style = (
        f"color:{ink};background:{paper};border:1px solid {ink};border-radius:4px;padding:0 7px;font-size:13px;"
        "font-weight:600;white-space:nowrap"
    )
    return tag("span", f"{sign} {status}", style=style)


CELL = f"border:1px solid {LINE};padding:3px 9px;text-align:left;vertical-align:top;color:{INK};font-size:14px;"
HEAD = f"{CELL}background:{SOFT};font-weight:600"


def cell(*inside: object, paper: str = PAPER, middle: bool = False) -> Html:
    """A cell of a table."""
    align = "text-align:center;white-space:nowrap;" if middle else ""
    return tag("td", *inside, style=f"{CELL}{align}background:{paper}")


def head(*inside: object, middle: bool = False, **attributes: object) -> Html:
    """A heading of a column or a row."""
    return tag("th", *inside, style=HEAD + (";text-align:center" if middle else ""), **attributes)


def table(heads: Sequence[object], rows: Iterable[Sequence[object]], *, left_out: int = 0, what: str = "row") -> Html:
    """A table with a heading for each column; ``left_out`` says how many rows are not among those given."""
    top = tag("tr", *(each if _is(each, "th") else head(each) for each in heads)) if heads else Html()
    body = [tag("tr", *(each if _is(each, "t") else cell(each) for each in row)) for row in rows]
    grid = tag("table", top, *body, style="border-collapse:collapse;margin:4px 0;border:none")
    return put(grid, missing(left_out, what))


def missing(left_out: int, what: str) -> Html:
    """How much is not shown."""
    return note(f"… and {left_out:,} more {what}{'' if left_out == 1 else 's'}, not shown") if left_out > 0 else Html()


def _is(thing: object, name: str) -> bool:
    return isinstance(thing, Html) and thing.startswith(f"<{name}")


def facts(**given: object) -> Html:
    """Two columns: what, and what about it; empty ones are left out. An underscore in a name is a space."""
    rows = [
        (head(name.strip("_").replace("_", " ")), cell(each)) for name, each in given.items() if each not in (None, "")
    ]
    return table((), rows) if rows else Html()


# -- players ----------------------------------------------------------------------------------------------------


def colours(players: Iterable[str]) -> dict[str, tuple[str, str]]:
    """{player: (colour, ink on it)}, the same for the same players in whatever order."""
    return {player: COLOURS[k % len(COLOURS)] for k, player in enumerate(sorted(players))}


def swatch(colour: str) -> Html:
    """A small square of a colour."""
    style = f"display:inline-block;width:10px;height:10px;background:{colour};border:1px solid {INK};margin-right:5px"
    return tag("span", style=style)
