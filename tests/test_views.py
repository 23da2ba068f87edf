"""What is shown: whole HTML that stands alone, escapes every name, keeps its size, and marks what the theory says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.cake import Division
from rulewright.games.extensive import Chance, Decision, Terminal
from rulewright.games.show import Shown, html
from rulewright.mechanisms import non_dictatorial, onto
from rulewright.mechanisms.property import entry_text
from rulewright.mechanisms.table import pack
from rulewright.mechanisms.tabulated import from_table
from rulewright.solvers.design import Design
from rulewright.views.cake import WIDTH, Drawn
from rulewright.views.page import tag

EVIL = "<script>alert(1)</script>"
QUOTE = "\"'><img src=x onerror=alert(1)>"
ELEMENTS = {
    *("div", "span", "table", "tr", "th", "td", "b", "u", "ul", "li"),
    *("svg", "rect", "line", "text", "title", "circle", "polyline"),
}
ATTRIBUTES = {
    *("style", "colspan", "rowspan", "title", "role", "aria-label"),
    *("viewbox", "width", "height", "x", "y", "x1", "x2", "y1", "y2"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "text-anchor"),
    *("points", "cx", "cy", "r", "transform"),
}
PER_PAGE = 200_000  # characters


class Reader(HTMLParser):
    """Reads HTML strictly: every element is closed in order; text and elements are kept."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        assert name in ELEMENTS, f"<{name}> is not an element of ours"
        assert len(dict(attrs)) == len(attrs)
        for key, value in attrs:
            assert key in ATTRIBUTES, f"{key}={value!r}"
        self.open.append(name)
        self.elements.append((name, dict(attrs)))

    def handle_endtag(self, name: str) -> None:
        assert self.open and self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def words(reader: Reader) -> str:
    return " ".join("".join(reader.text).split())


def cells(thing: Any) -> list[str]:
    """The text of each table cell."""
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html(thing))]


def wicked_tree() -> rw.ExtensiveForm:
    end = Terminal({EVIL: 1, QUOTE: Fraction(1, 3)}, EVIL)
    choice = Decision(QUOTE, EVIL, {EVIL: end, QUOTE: end})
    return rw.ExtensiveForm(EVIL, (EVIL, QUOTE), Chance({EVIL: (Fraction(1, 2), choice), QUOTE: (Fraction(1, 2), end)}))


def everything() -> Iterator[Any]:
    """One of each thing that is shown, with names that would do harm if they were not escaped."""
    coin = rw.NormalForm(EVIL, {EVIL: (EVIL, QUOTE), QUOTE: (EVIL, QUOTE)}, [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    alone = rw.NormalForm(EVIL, {EVIL: (EVIL, QUOTE)}, [[1], [2.5]])
    three = rw.NormalForm(EVIL, {EVIL: (EVIL, QUOTE), QUOTE: (1,), "c": (EVIL,)}, np.ones((2, 1, 1, 3)))
    yield from (coin, alone, three, rw.solve(coin), rw.solve(coin)[0], rw.solve(three, "pure"))
    stairs = rw.NormalForm(EVIL, {EVIL: (EVIL, QUOTE), "c": ("l", "r")}, [[[1, 0], [1, 1]], [[0, 0], [0, 1]]])
    yield from (rw.solve(stairs, "rationalizable"), *rw.solve(stairs, "rationalizable").eliminated)
    tree = wicked_tree()
    yield from (tree, rw.solve(tree, "subgame perfect"), rw.solve(tree, "subgame perfect")[0])
    item = rw.games.allocation({EVIL: (1, 2), QUOTE: (1, 2)}, transfers=(-4, 4), name=EVIL)
    goods = rw.games.allocation({EVIL: ((1, 2),), QUOTE: ((2, 1),)}, (EVIL, QUOTE), transfers=None, name=EVIL)
    yield from (item, goods, rw.mechanisms.second_price.induce(item), rw.mechanisms.second_price)
    yield from (rw.Profile({EVIL: QUOTE}), rw.Lottery({EVIL: Fraction(1, 2), QUOTE: Fraction(1, 2)}))
    sly = rw.mechanism(EVIL)(lambda env, reports: (EVIL, rw.Profile({EVIL: reports[EVIL]})))
    refuted = rw.verify(sly, item, rw.strategyproof)
    yield from (sly, refuted, refuted.counterexample)
    yield rw.verify(sly, item, rw.strategyproof, rw.individually_rational, rw.pareto_efficient)
    design = rw.search(item, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare))
    yield from (design, design.rule, rw.search(goods, rw.Goal((rw.envy_free,), rw.egalitarian)))
    yield rw.search(item, rw.Goal((rw.efficient, rw.strategyproof, rw.individually_rational, rw.budget_balanced)))
    yield rw.search(item, rw.Goal((rw.strategyproof,)), family=(sly, rw.mechanisms.second_price))
    yield rw.search(coin, rw.Goal((rw.weakly_dominant(EVIL),)), family=rw.mechanisms.fines(on=QUOTE))
    yield from (rw.mechanisms.fine(on=EVIL, amount=3), rw.mechanisms.Mechanism(EVIL, {EVIL: (QUOTE,)}, sly, QUOTE))
    cake = rw.games.cake({EVIL: [(1, 3), (2, 2)], QUOTE: [(2, 2), (1, 3)]}, name=EVIL)
    types = {EVIL: (1, 3), QUOTE: (2, 2)}
    division = rw.mechanisms.cut_and_choose(cake, types)
    yield from (cake, division, Drawn(division, cake, types), rw.mechanisms.cut_and_choose, Division({EVIL: ()}))
    yield rw.mechanisms.cut_and_choose_by(EVIL, (QUOTE, EVIL))
    yield rw.verify(rw.mechanisms.cut_and_choose, cake, rw.strategyproof, rw.envy_free)
    yield rw.search(cake, rw.Goal((rw.proportional,)), family=rw.mechanisms.who_cuts_who_chooses)
    for name in ("prisoners_dilemma", "cake_cutting", "resource_allocation", "public_goods"):
        yield rw.scenario(name)
    honest = (rw.strategyproof, rw.individually_rational)
    clash = (rw.strategyproof, rw.efficient, rw.budget_balanced)
    wicked = rw.games.allocation({EVIL: (1, 3, 5), QUOTE: (2, 4, 6)}, transfers=(-9, 9), name=EVIL)
    yield from (rw.search(wicked, rw.Goal(clash)), rw.describe(rw.mechanisms.second_price, wicked))
    yield from (rw.prices(wicked, rw.Goal(honest, rw.revenue)), rw.prices(wicked, rw.Goal(clash, rw.welfare)))
    curve = rw.frontier(wicked, rw.Goal(honest, rw.welfare), rw.revenue)
    yield from (curve, curve[0])
    crowd = rw.Crowd(EVIL, 50, (1, 2, 3))
    yield from (crowd, rw.Crowd(EVIL, 5, (1, 2), prior={1: Fraction(1, 3), 2: Fraction(2, 3)}, transfers=None))
    yield rw.search(crowd, rw.Goal((rw.bayesian_incentive_compatible,), rw.welfare))
    buyer = rw.games.buyer([EVIL, QUOTE], demand="unit")
    yield from (buyer, rw.search(buyer, rw.Goal(honest, rw.revenue), family=rw.mechanisms.menus(2)))
    votes = rw.games.voting((EVIL, QUOTE), ("a", "b", EVIL))
    yield rw.search(votes, rw.Goal((rw.strategyproof, onto, non_dictatorial)), deterministic=True, method="sat")
    yield rw.enumerate_rules(votes, rw.Goal((rw.strategyproof, onto)))


EVERYTHING = list(everything())


@pytest.mark.parametrize("thing", EVERYTHING, ids=lambda thing: type(thing).__name__)
def test_whole_html_that_stands_alone_and_runs_nothing(thing: Any) -> None:
    text = html(thing)
    reader = Reader(text)  # only our own elements and attributes: no script, no link, no handler
    assert not re.search(r"https?:|url\(|@import|javascript:|expression\(", text, re.IGNORECASE)
    assert words(reader) and len(text) < PER_PAGE
    assert "<pre>" not in text
    if isinstance(thing, Shown):
        assert thing._repr_html_() == text
        frame = reader.elements[0][1]["style"] or ""
        assert "background:#" in frame and ";color:#" in frame  # its own paper and ink, in any theme


def test_names_are_shown_as_they_are() -> None:
    named = [thing for thing in EVERYTHING if EVIL in str(thing)]
    assert len(named) > 15
    for thing in named:
        assert EVIL in words(Reader(html(thing))) or QUOTE in words(Reader(html(thing))), type(thing)


def test_everything_that_is_shown_has_html_of_its_own() -> None:
    plain = html.dispatch(object)

    def kinds(parent: type) -> Iterator[type]:
        for kind in parent.__subclasses__():
            yield kind
            yield from kinds(kind)

    for kind in {*kinds(Shown), rw.Profile, rw.Lottery}:
        if kind.__module__.startswith("rulewright."):
            assert html.dispatch(kind) is not plain, (
                f"views/ has no HTML for {kind.__name__}: write @html.register def _(thing: {kind.__name__}) -> str"
            )


def test_an_element_escapes_text_and_attributes_and_keeps_html() -> None:
    inner = tag("b", "<&>", title="\"'")
    assert inner == '<b title="&quot;&#x27;">&lt;&amp;&gt;</b>'
    assert tag("i", inner, "<") == f"<i>{inner}&lt;</i>"


# -- games ------------------------------------------------------------------------------------------------------


def test_the_dilemma_has_its_star_where_both_defect() -> None:
    assert cells(rw.games.prisoners_dilemma()) == ["3, 3", "0, 5", "5, 0", "★ 1, 1"]
    text = html(rw.games.prisoners_dilemma())
    assert text.count("<u><b>5</b></u>") == 2  # defecting is the best response to cooperating, for both
    assert "<u><b>3</b></u>" not in text and "<u><b>0</b></u>" not in text


def test_matching_pennies_has_no_star_and_says_so() -> None:
    coin = rw.NormalForm("coin", {"a": ("h", "t"), "b": ("h", "t")}, [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    assert not any("★" in cell for cell in cells(coin))
    assert "No profile of pure strategies is an equilibrium" in html(coin)
    assert "p = 1/2" in html(rw.solve(coin)[0])


@given(st.lists(st.integers(0, 2), min_size=24, max_size=24), st.sampled_from([(3, 4), (2, 2, 2), (4,), (2, 3)]))
@settings(max_examples=60)
def test_stars_are_exactly_the_pure_equilibria(entries: list[int], sizes: tuple[int, ...]) -> None:
    """A profile is an equilibrium iff every player answers best (Nash 1951)."""
    n = int(np.prod(sizes))
    actions = {f"p{k}": tuple(f"{k}.{a}" for a in range(size)) for k, size in enumerate(sizes)}
    payoffs = np.resize(np.array(entries), n * len(sizes)).reshape(*sizes, len(sizes))
    game = rw.NormalForm("random", actions, payoffs)
    nash = {tuple(e.strategies[p].support[0] for p in game.players) for e in rw.solve(game, "pure")}
    if len(sizes) == 2:
        shown = [cell.startswith("★") for cell in cells(game)]
    else:
        rows = re.findall(r"<tr>(.*?)</tr>", html(game))[1:]
        shown = ["★" in row for row in rows]
    assert shown == [profile in nash for profile in itertools.product(*actions.values())]


def test_chosen_moves_are_marked_in_a_tree() -> None:
    """Subgame-perfect play of a trust game keeps, because it would be taken (Selten 1965)."""
    returns = Decision(
        "bob", "return?", {"share": Terminal({"ann": 2, "bob": 2}), "take": Terminal({"ann": 0, "bob": 4})}
    )
    root = Decision("ann", "send?", {"keep": Terminal({"ann": 1, "bob": 0}), "send": returns})
    found = rw.solve(rw.ExtensiveForm("trust", ("ann", "bob"), root), "subgame perfect")
    assert re.findall(r"▶ (\w+)", words(Reader(html(found[0])))) == ["keep", "take"]


# -- answers ----------------------------------------------------------------------------------------------------


def test_a_status_is_a_word_and_a_colour() -> None:
    env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    proved, refuted = (
        html(rw.verify(rule, env, rw.strategyproof)) for rule in (rw.mechanisms.second_price, rw.mechanisms.first_price)
    )
    assert "✓ proved" in proved and "✗ refuted" in refuted
    assert "✗" not in proved and "✓" not in refuted
    assert "ann, whose true type is 2, gains 1 by reporting 1" in refuted
    unknown = html(rw.verify(rw.mechanisms.second_price, env, rw.strategyproof, time=0))
    assert "? unknown" in unknown and "the time ran out" in unknown


def test_a_found_rule_is_a_table_of_what_it_does() -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1,)}, transfers=(-4, 4))
    points = [{1: 1}, {0: Fraction(1, 3), 2: Fraction(2, 3)}]
    rule = from_table(env, pack(points, [[0, 0], [Fraction(1, 2), -1]]), "found")
    assert cells(rule) == ["bob", "1/3 ann, 2/3 nobodyann pays 1/2; bob receives 1"]


def test_a_design_shows_the_game_it_makes() -> None:
    """Above the threshold of 2 cooperation is the one equilibrium (T − R = 2 for 5/3/1/0)."""
    goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    design = rw.search(rw.games.prisoners_dilemma(), goal, family=rw.mechanisms.fines(on="defect", unit=1))
    assert [cell for cell in cells(design) if "★" in cell] == ["★ 3, 3"]
    assert "the threshold is 2" in words(Reader(html(design)))


def test_all_rules_of_a_family_are_shown_with_their_verdicts() -> None:
    found = rw.scenario("cake_cutting")
    design = rw.search(found.game, found.goal, family=found.family)
    shown = words(Reader(html(design)))
    for candidate in design.candidates:
        assert candidate.rule.name in shown
    assert sum("→" in cell for cell in cells(design)) == 1


def test_a_found_rule_that_has_a_short_form_is_told_by_it() -> None:
    """Two bidders with values 1 to 3 and a seller who wants revenue: a reserve of 2 (Myerson 1981)."""
    env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, transfers=(-9, 9))
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
    shown, told = words(Reader(html(design))), design.description
    assert told is not None and "reserve 2" in told.form
    assert told.form in shown and " ".join(told.text.split()) in shown
    assert "rule found for" not in shown  # the goal stands below
    assert f"Proposed rule (optimal): {told.form}\n  {told.text}\n" in str(design)
    ruled = html(rw.describe(rw.mechanisms.dictatorship("ann"), rw.games.voting(("ann", "bob"), ("a", "b"))))
    assert "dictatorship of ann" in ruled and "ann gets the outcome that she likes best" in ruled


def lists(thing: Any) -> list[str]:
    return [re.sub("<[^>]*>", "", each) for each in re.findall(r"<li[^>]*>(.*?)</li>", html(thing))]


def test_a_goal_without_a_rule_shows_what_clashes_and_what_to_give_up() -> None:
    """Strategyproof, efficient, balanced: any two (Green and Laffont 1977)."""
    env = rw.games.allocation({"ann": (1, 3, 5), "bob": (2, 4, 6)}, transfers=(None, None))
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.efficient, rw.budget_balanced)))
    assert lists(design) == [
        "strategyproof and efficient and budget_balanced",
        *("strategyproof", "efficient", "budget_balanced"),
    ]
    marks = [cell == "●" for cell in cells(design)[:9]]
    assert marks == [profile in design.core for profile in env.profiles()] and 0 < sum(marks) < 9
    assert "see below" in html(design) and "Give up one of" in html(design)
    text = words(Reader(html(design)))
    assert "✗ infeasible" in text and "no rule meets the goal" in text and "✓" not in text
    votes = rw.games.voting(("ann", "bob"), ("a", "b", "c"))
    design = rw.search(votes, rw.Goal((rw.strategyproof, onto, non_dictatorial)), deterministic=True)
    assert sum(cell == "●" for cell in cells(design)) == len(design.core)
    many = rw.games.voting(("ann", "bob", "cem"), ("a", "b", "c"))
    design = rw.search(many, rw.Goal((rw.strategyproof, onto, non_dictatorial)), deterministic=True)
    assert cells(design)[:3] == [entry_text(each) for each in design.core[0].values()]
    assert "●" not in html(design)
    met = rw.search(env, rw.Goal((rw.strategyproof, rw.efficient)))
    assert not lists(met) and "give up" not in html(met)


def test_prices_are_shown_as_they_are() -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(-9, 9))
    goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
    found = rw.prices(env, goal)
    assert cells(found)[:6] == ["7/4", "1/4", "1/2", "18", "33/2", "2"]
    assert "reaches 3/2" in words(Reader(html(found)))
    unlimited = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(None, None))
    assert "unbounded" in cells(rw.prices(unlimited, goal))
    assert "The time ran out" in html(rw.prices(unlimited, goal, time=0))


def test_a_crowd_and_a_buyer_say_what_is_known_of_them() -> None:
    crowd = html(rw.Crowd("a sale", 1000, (1, 2), prior={1: Fraction(1, 4), 2: Fraction(3, 4)}, units=3))
    assert "1,000, all alike" in crowd and "3; each bidder wants one" in crowd
    assert cells(rw.Crowd("a sale", 7, (1, 2), prior={1: Fraction(1, 4), 2: Fraction(3, 4)}))[-2:] == ["1/4", "3/4"]
    assert "each as likely as any other" in html(rw.Crowd("a sale", 7, (1, 2))) and "each as" not in crowd
    assert cells(rw.games.buyer(2, low=4, high=(16, 7)))[:4] == ["4", "16", "4", "7"]


def test_a_menu_is_a_table_of_options() -> None:
    shop = rw.mechanisms.menu([((Fraction(1, 2), 1), 8), ((1, 1), 12)])
    assert cells(shop) == ["0", "0", "0", "1/2", "1", "8", "1", "1", "12"]


def test_all_rules_are_told_one_by_one() -> None:
    """Two voters, three outcomes, honest and onto: their dictatorships (Gibbard 1973)."""
    env = rw.games.voting(("ann", "bob"), ("a", "b", "c"))
    shown = html(rw.enumerate_rules(env, rw.Goal((rw.strategyproof, onto))))
    assert "2 deterministic rules meet the goal" in shown and "✓ complete" in shown
    assert all(f"<b>dictatorship of {voter}</b>" in shown for voter in ("ann", "bob"))
    some = html(rw.enumerate_rules(env, rw.Goal((rw.strategyproof, onto)), most=1))
    assert "complete" not in some and "1 deterministic rule meets the goal" in some


def test_numbers_with_many_digits_do_not_flood() -> None:
    """An exact fraction is rounded on the page and in print, which say so; a short one stands as it is."""
    long = Fraction(3**120, 2 * 5**100 + 1)
    rule = rw.mechanisms.second_price
    design = Design("feasible", "a goal", "some rules", "a method", rule=rule, value=long, bound=long + 1)
    (value,) = (each for each in str(design).splitlines() if each.startswith("Value"))
    assert len(str(long)) > 100 and value == f"Value: about {float(long):.6g}; no rule exceeds about 1."
    assert any(each.startswith("≈") for each in cells(design)) and not re.search(r"\d{20}", words(Reader(html(design))))
    middling = Fraction(10**16 + 1, 3**30)
    design = Design("optimal", "a goal", "some rules", "a method", rule=rule, value=middling, bound=middling)
    assert f"Value: about {float(middling):.6g} (exactly {middling})." in str(design)
    design = Design(
        "optimal", "a goal", "some rules", "a method", rule=rule, value=Fraction(7, 4), bound=Fraction(7, 4)
    )
    assert "Value: 7/4." in str(design) and "7/4" in cells(design)


# -- cakes ------------------------------------------------------------------------------------------------------


def rects(text: str) -> list[dict[str, str | None]]:
    return [attributes for name, attributes in Reader(text).elements if name == "rect"]


def test_a_bar_is_as_long_as_the_pieces() -> None:
    division = Division({"ann": [(0, Fraction(1, 4)), (Fraction(1, 2), 1)], "bob": [(Fraction(1, 4), Fraction(3, 8))]})
    widths = [float(each["width"] or 0) for each in rects(html(division))]
    assert widths == [WIDTH / 4, WIDTH / 8, WIDTH / 8, WIDTH / 2]  # ann, bob, nobody, ann
    colours = [each["fill"] for each in rects(html(division))]
    assert colours[0] == colours[3] and len(set(colours)) == 3
    shown = words(Reader(html(division)))
    assert "ann gets [0, 1/4] and [1/2, 1]" in shown and "nobody" in shown


def test_a_player_keeps_her_colour_in_whatever_order() -> None:
    one = Division({"ann": [(0, 0.5)], "bob": [(0.5, 1)]})
    other = Division({"bob": [(0.5, 1)], "ann": [(0, 0.5)]})
    assert [r["fill"] for r in rects(html(one))] == [r["fill"] for r in rects(html(other))]


def test_the_cutters_lie_is_drawn_next_to_the_truth() -> None:
    """In cut and choose the cutter gains by a lie (Brams and Taylor 1996): her piece is drawn larger."""
    cake = rw.games.cake({"ann": [(1, 1, 1), (2, 1, 0)], "bob": [(0, 1, 3)]})
    refuted = rw.verify(rw.mechanisms.cut_and_choose, cake, rw.strategyproof)
    widths = [float(each["width"] or 0) for each in rects(html(refuted))]
    assert widths == [WIDTH / 4, WIDTH * 3 / 4, WIDTH / 2, WIDTH / 2]
    assert "honest" in html(refuted) and "as reported" in html(refuted)


def test_the_third_agent_is_left_with_three_hundredths() -> None:
    """Where the cutter of three chooses last, V2 = (.9, .05, .05) and V3 = (.95, .03, .02) leave agent 3 with .03."""
    values = {"1": ["1/3"] * 3, "2": ["9/10", "1/20", "1/20"], "3": ["19/20", "3/100", "1/50"]}
    cake = rw.games.cake({p: [tuple(map(Fraction, each))] for p, each in values.items()})
    refuted = rw.verify(rw.mechanisms.cutter_chooses_last, cake, rw.proportional)
    assert "<b>3/100</b>" in html(refuted)


# -- size -------------------------------------------------------------------------------------------------------


def test_pages_stay_small() -> None:
    """A large thing says how much of it is left out."""
    wide = rw.NormalForm("wide", {"a": range(300), "b": range(300)}, np.zeros((300, 300, 2), dtype=np.int64))
    many = rw.NormalForm("many", {f"p{k}": (0, 1) for k in range(16)}, np.zeros((*(2,) * 16, 16), dtype=np.int64))
    long = rw.Environment("long" * 10_000, {"a" * 10_000: range(10_000), "b": (1, 2)}, range(10_000), lambda *_: 0)
    fine = rw.games.cake({"a": [(1,) * 400, (2,) * 400], "b": [(k + 1,) * 400 for k in range(20)]})
    end: Any = Terminal({"a": 1})
    for k in range(2000):
        end = Decision("a", str(k), {"stop": Terminal({"a": 0}), "go": end})
    deep = rw.ExtensiveForm("deep", ["a"], end)
    bits = Division({f"p{k}": [(Fraction(k, 300), Fraction(k + 1, 300))] for k in range(300)})
    for thing in (wide, many, long, fine, deep, rw.solve(deep, "subgame perfect"), bits):
        assert len(html(thing)) < PER_PAGE, type(thing)
    for thing in (wide, many, deep, bits, fine):
        assert "more" in html(thing)


def test_a_found_rule_of_many_profiles_stays_small() -> None:
    env = rw.games.allocation({p: range(47) for p in "abc"}, transfers=None)
    rule = from_table(env, pack([{0: 1}] * env.n_profiles, None), "to a")
    text = html(rule)
    assert env.n_profiles > 100_000 and len(text) < PER_PAGE
    assert f"and {env.n_profiles - 40:,} more profiles" in text
