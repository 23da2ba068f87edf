"""Every fact of the field's table is checked by a row of tests/facts, or there is a reason why it is not."""

from __future__ import annotations

import csv
from pathlib import Path

FACTS = Path(__file__).parent / "facts"


def rows(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


KNOWN = rows("known")
HERE = {
    f"{name} {row['rule']} {row['property']}"
    for name in ("cake", "divisible", "games", "money", "ordinal")
    for row in rows(name)
}


def test_every_known_fact_is_a_row_or_has_a_reason() -> None:
    assert len(KNOWN) >= 300
    assert len({(row["mechanism"], row["property"]) for row in KNOWN}) == len(KNOWN), "a fact is listed twice"
    assert [row for row in KNOWN if bool(row["where"]) == bool(row["why"])] == [], "either where or why not"
    assert [row for row in KNOWN if row["where"] and row["where"] not in HERE] == [], "there is no such row"


def test_few_facts_are_left_out_and_each_is_of_a_rule_that_no_row_names() -> None:
    """But for the equilibrium of the first price, which is one of a continuum of values."""
    left_out = {row["mechanism"] for row in KNOWN if row["why"]}
    assert left_out.isdisjoint({row["mechanism"] for row in KNOWN if row["where"]} - {"FirstPrice"})
    assert sum(bool(row["why"]) for row in KNOWN) <= 22
