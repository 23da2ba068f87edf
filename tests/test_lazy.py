"""What lazy rows must be right about: the optimum of all rows, bounds that hold whatever the floats, time kept."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.mechanisms.goals import Goal
from rulewright.mechanisms.tabulated import from_table
from rulewright.solvers.searching.lazy.drafts import sketched
from rulewright.solvers.searching.lazy.duality import upper_bound
from rulewright.solvers.searching.lazy.master import master_of
from rulewright.solvers.searching.lazy.repair import Entry, chosen, repaired
from rulewright.solvers.searching.lazy.search_lazily import search_lazily
from rulewright.solvers.searching.lazy.simplex import Simplex
from rulewright.solvers.searching.lazy.temptation import liars
from rulewright.solvers.searching.lazy.worths import Worths, stacked
from rulewright.solvers.searching.programs.objectives import parts_of
from rulewright.solvers.searching.programs.program import statements_of
from rulewright.solvers.searching.programs.refining import factorised

FEW = settings(max_examples=25)
SELLING = Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
MANELLI_VINCENT = (12 + 2 * math.sqrt(2)) / 27  # two goods, values uniform on [0, 1] (Manelli and Vincent 2006)
NAMES = ("ann", "bob", "cat")


def middles(k: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(2 * j + 1, 2 * k) for j in range(k))


def one_buyer(values: Any, prior: Any = None, transfers: Any = (0, None)) -> rw.Environment:
    """One additive buyer of two goods whose value for each is one of ``values``."""
    return rw.games.allocation(
        {"buyer": tuple(itertools.product(values, values))}, ("tea", "cake"), transfers=transfers, prior=prior
    )


def unequal(env: rw.Environment, seed: int) -> rw.Environment:
    """The same with a prior drawn from small integers."""
    weights = np.random.default_rng(seed).integers(1, 9, env.n_profiles).tolist()
    prior = {profile: Fraction(w, sum(weights)) for profile, w in zip(env.profiles(), weights, strict=True)}
    return rw.Environment(env.name, env.types, env.outcomes, env.utility, prior, env.transfers)


@st.composite
def environments(draw: Any) -> rw.Environment:
    players = NAMES[: draw(st.sampled_from((1, 1, 2, 2, 3)))]
    most = {1: 5, 2: 3, 3: 2}[len(players)]
    transfers = draw(st.sampled_from(((0, None), (None, None), (-2, 3), None)))
    kind = draw(st.sampled_from(("item", "goods", "table")))
    value = st.integers(0, 6)
    type = {"item": value, "goods": st.tuples(value, value), "table": st.integers(0, 9)}[kind]
    types = {p: tuple(draw(st.lists(type, min_size=1, max_size=most, unique=True))) for p in players}
    if kind == "table":
        number = st.fractions(-3, 5, max_denominator=3)
        worth = {(p, o, t): draw(number) for p in players for o in "xyz" for t in types[p]}
        env = rw.Environment("a table", types, tuple("xyz"), lambda p, o, t: worth[p, o, t], transfers=transfers)
    else:
        goods = ("item",) if kind == "item" else ("tea", "cake")
        env = rw.games.allocation(types, goods, transfers=transfers, disposal=draw(st.booleans()))
    return unequal(env, draw(st.integers(0, 99))) if draw(st.booleans()) else env


# -- the optimum ------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(environments(), st.sampled_from((rw.revenue, rw.welfare, rw.egalitarian, None)), st.booleans())
def test_lazy_rows_find_what_all_rows_find(env: rw.Environment, wanted: Any, voluntary: bool) -> None:
    goal = Goal((rw.strategyproof, *([rw.individually_rational] if voluntary else [])), wanted)
    try:
        full = rw.search(env, goal)
    except rw.BadInput as refused:
        with pytest.raises(rw.BadInput, match=str(refused)[:20]):
            search_lazily(env, goal)
        return
    if full.status != "unknown":
        lazy = search_lazily(env, goal)
        assert (lazy.status, lazy.value, lazy.bound) == (full.status, full.value, full.bound)
        assert lazy.check()


@pytest.mark.parametrize("seed", range(2))
def test_lies_that_are_no_neighbours_are_found(seed: int) -> None:
    env = unequal(one_buyer((0, 1, 2, 4, 7, 8)), seed)
    full, lazy = rw.search(env, SELLING), search_lazily(env, SELLING)
    assert (lazy.status, lazy.value, lazy.bound) == (full.status, full.value, full.bound)
    assert lazy.status == "optimal"


def test_neighbours_alone_would_not_do() -> None:
    """A negative control: in some of these environments the neighbouring lies alone allow too much."""
    rounds = [search_lazily(unequal(one_buyer(middles(16)), seed), SELLING).method for seed in range(2)]
    assert any("1 rounds" not in method for method in rounds)


def test_a_share_of_the_optimum_of_manelli_and_vincent_falls_with_the_grid() -> None:
    """On grids of k x k midpoints the best revenue exceeds that of all types by less than 1 / (2 k)."""
    found = {}
    for k in (4, 8, 16):
        design = search_lazily(one_buyer(middles(k)), SELLING)
        assert design.status == "optimal"
        found[k] = float(design.value or 0)
        assert 0 < found[k] - MANELLI_VINCENT < 1 / (2 * k)
        assert design.value >= sold(middles(k), Fraction(2, 3), (4 - Fraction(math.sqrt(2))) / 3)
    assert found[4] > found[8] > found[16]


def sold(values: Any, one: Fraction, both: Fraction) -> Fraction:
    """What a menu of each good for ``one`` and of both for ``both`` brings, counted type by type."""
    total = Fraction(0)
    for a, b in itertools.product(values, values):
        total += max((0, 0), (a - one, one), (b - one, one), (a + b - both, both))[1]
    return total / len(values) ** 2


def test_two_goods_on_a_grid_sell_for_what_is_proved() -> None:
    """On the grid of 6 x 6 midpoints; the certificate is accepted, and rejected once its value is changed."""
    design = search_lazily(one_buyer(middles(6)), SELLING)
    assert (design.status, design.value) == ("optimal", design.bound)
    assert design.check()
    assert not rw.check({**design.certificate, "value": str(design.value + Fraction(1, 10**9))})


@pytest.mark.parametrize("unit", [Fraction(1, 10**9), 10**9])
def test_the_unit_of_money_decides_nothing(unit: Any) -> None:
    values = range(1, 7)
    one, other = (search_lazily(one_buyer([v * u for v in values]), SELLING) for u in (1, unit))
    assert (one.status, other.status) == ("optimal", "optimal")
    assert other.value == one.value * unit


def test_values_given_as_floats_are_solved_up_to_their_last_digits() -> None:
    design = search_lazily(one_buyer([k * 0.1 for k in range(1, 8)]), SELLING)
    assert bool(design.verdicts)
    assert design.value <= design.bound <= design.value + Fraction(1, 10**8)


def test_without_an_exact_basis_floats_are_rounded_to_a_rule_and_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    env = unequal(one_buyer(middles(6)), 3)
    best = search_lazily(env, SELLING).value
    monkeypatch.setattr(Simplex, "exact_basis", lambda *_: (None, None))
    design = search_lazily(env, SELLING)
    assert bool(design.verdicts)
    assert best - Fraction(1, 10**6) <= design.value <= best <= design.bound <= best + Fraction(1, 10**6)


# -- bounds -----------------------------------------------------------------------------------------------------------


def program(env: rw.Environment, goal: Goal) -> Any:
    statements = statements_of(env, goal)
    master, families = master_of(env, statements, parts_of(goal.maximize, env) if goal.maximize else [])
    sheets = [f.sheet(*map(np.ravel, grid(f))) for f in families]
    return master, families, statements, stacked([master.sheet, *sheets])


def grid(family: Any) -> Any:
    m, others = family.at.shape
    true, lie, rest = np.indices((m, m, others))
    return true[true != lie], lie[true != lie], rest[true != lie]


@FEW
@given(environments(), st.sampled_from((rw.revenue, rw.welfare, rw.egalitarian)), st.data())
def test_no_multipliers_give_a_bound_below_the_optimum(env: rw.Environment, wanted: Any, data: Any) -> None:
    goal = Goal((rw.strategyproof, rw.individually_rational), wanted)
    try:
        full = rw.search(env, goal)
    except rw.BadInput:
        return
    if full.status != "optimal":
        return
    master, families, statements, sheet = program(env, goal)
    y = data.draw(st.lists(st.integers(-5, 30), min_size=sheet.size, max_size=sheet.size))
    bound = upper_bound(master, families, statements, sheet, y, data.draw(st.integers(1, 40)))
    assert bound is None or bound.value >= full.value


def test_the_bound_of_no_multipliers_is_all_that_is_worth() -> None:
    """A negative control: without multipliers the bound on revenue is the expected worth of all goods."""
    env = one_buyer((1, 3))
    master, families, statements, sheet = program(env, SELLING)
    bound = upper_bound(master, families, statements, sheet, [0] * sheet.size, 1)
    assert bound is not None
    assert bound.value == 4 > search_lazily(env, SELLING).value


def test_multipliers_of_the_wrong_sign_count_for_nothing() -> None:
    master, families, statements, sheet = program(one_buyer((1, 3)), SELLING)
    wrong, none = (upper_bound(master, families, statements, sheet, [y] * sheet.size, 1) for y in (-10, 0))
    assert wrong is not None
    assert none is not None
    assert wrong.value == none.value


def test_what_can_be_paid_bounds_revenue() -> None:
    """Without individual rationality the bound of no multipliers is the largest payment, which is the optimum."""
    env = one_buyer((1, 3), transfers=(-1, 5))
    goal = Goal((rw.strategyproof,), rw.revenue)
    master, families, statements, sheet = program(env, goal)
    bound = upper_bound(master, families, statements, sheet, [0] * sheet.size, 1)
    assert bound is not None
    assert bound.value == search_lazily(env, goal).value == 5


def test_a_bound_shows_itself_to_the_checker() -> None:
    """Its multipliers, some of them of lies that were in no program, are those of a certificate."""
    env = one_buyer((1, 2, 4), transfers=(None, None))
    design = search_lazily(env, SELLING)
    multipliers = design.certificate["multipliers"]
    assert multipliers
    assert design.check()
    assert not rw.check({**design.certificate, "multipliers": multipliers[1:]})


# -- exact pieces -----------------------------------------------------------------------------------------------------


@FEW
@given(st.integers(1, 7), st.integers(0, 10**6), st.booleans())
def test_exact_solutions_of_systems(size: int, seed: int, transposed: bool) -> None:
    random = np.random.default_rng(seed)
    matrix = random.integers(-9, 10, (size, size)) * random.integers(0, 2, (size, size))
    matrix[range(size), range(size)] += random.integers(1, 10**6, size)
    right = random.integers(-99, 99, size).astype(object)
    rows, columns = np.nonzero(matrix)
    system = factorised(rows, columns, matrix[rows, columns], size)
    if system is None:
        return
    x = system.solve(right, transposed, math.inf)
    if x is not None:
        a = matrix.T if transposed else matrix
        assert all(sum(int(a[r, c]) * x[c] for c in range(size)) == right[r] for r in range(size))
    else:
        assert abs(np.linalg.det(matrix.astype(float))) < 1e-3 * 10.0**size


def test_a_system_with_long_denominators_and_a_singular_one() -> None:
    """The Hilbert matrix of size 6 times its common denominator; and a matrix with two equal rows."""
    size = 6
    common = math.lcm(*range(1, 2 * size))
    matrix = np.array([[common // (i + j + 1) for j in range(size)] for i in range(size)])
    rows, columns = np.nonzero(matrix)
    system = factorised(rows, columns, matrix[rows, columns], size)
    assert system is not None
    x = system.solve(np.array([1] * size, dtype=object), False, math.inf)
    assert x is not None
    assert all(sum(int(v) * q for v, q in zip(row, x, strict=True)) == 1 for row in matrix)
    none = factorised(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1, 2, 1, 2]), 2)
    assert none is None or none.solve(np.array([1, 2], dtype=object), False, math.inf) is None


@FEW
@given(environments(), st.integers(0, 10**6))
def test_the_most_tempting_lie_is_found_among_all(env: rw.Environment, seed: int) -> None:
    """Against every lie of every player, computed one by one from the definition."""
    space = Worths(env)
    x = np.random.default_rng(seed).integers(0, 5, (env.n_profiles, space.width)).astype(float)
    dimension, z = env.space.dimension, x.copy()
    for i, player in enumerate(env.players if space.changed else ()):
        for p in range(env.n_profiles):
            u = env.utilities(player)[space.places[i, p]].astype(float)
            z[p, dimension + i] = (u @ x[p, :dimension] - x[p, dimension + i]) * space.scale
    for k, statement in enumerate(statements_of(env, Goal((rw.strategyproof,)))):
        family = liars(space, k, statement)
        assert family is not None
        u = env.utilities(family.lies.player).astype(float) * space.scale / space.unit
        pay = dimension + family.own
        price = x[:, pay] * space.scale / space.unit if space.changed else np.zeros(len(x))
        seen = set()
        for types, others, best, gain in family.tempted(z.reshape(-1)):
            for t, o, s, g in zip(types, others, best, gain, strict=True):
                gets = [u[t] @ x[p, :dimension] - price[p] for p in family.at[:, o]]
                assert max(gets) - gets[t] == pytest.approx(g, abs=1e-9)
                assert gets[s] == pytest.approx(max(gets), abs=1e-9)
                seen.add((t, o))
        assert len(seen) == env.n_profiles


# -- menus ------------------------------------------------------------------------------------------------------------

entries = st.lists(
    st.tuples(st.fractions(0, 1, max_denominator=4), st.fractions(0, 1, max_denominator=4), st.integers(0, 9)),
    min_size=1, max_size=8,
)  # fmt: skip


def menu(given: Any) -> list[Entry]:
    return [({0: Fraction(1), 1: a, 2: b}, Fraction(price)) for a, b, price in given]


@FEW
@given(entries)
def test_whoever_chooses_from_a_menu_never_gains_by_a_lie(given: Any) -> None:
    env = one_buyer((0, 1, 3, 7))
    rule = from_table(env, repaired(env, menu(given), True), "menu")
    assert bool(rw.verify(rule, env, rw.strategyproof, rw.individually_rational))
    for (a, b), k in zip(env.types["buyer"], chosen(env, menu(given)), strict=True):
        gains = [(a * x + b * y - price, price) for x, y, price in given]
        assert gains[k] == max(gains)


def test_of_entries_that_are_as_good_the_dearest_is_chosen() -> None:
    env = one_buyer((1, 3))
    assert chosen(env, menu([(0, 0, 0), (1, 0, 1), (0, 0, 0)]))[0] == 1
    assert chosen(env, menu([(1, 0, 1), (0, 0, 0)]))[:2] == [0, 0]


def test_a_menu_without_the_choice_to_stay_away_is_not_voluntary() -> None:
    env = one_buyer((0, 1, 3))
    rule = from_table(env, repaired(env, menu([(1, 1, 5)]), False), "no choice")
    assert bool(rw.verify(rule, env, rw.strategyproof))
    assert not rw.verify(rule, env, rw.individually_rational)


def test_where_nothing_is_free_of_worth_there_is_a_rule_all_the_same() -> None:
    types = {"ann": tuple(range(5))}
    worth = {(o, t): (3 * t + 2 * k * t * t) % 7 - 2 for k, o in enumerate("xyz") for t in range(5)}
    env = rw.Environment("no way out", types, tuple("xyz"), lambda _, o, t: worth[o, t], transfers=(None, None))
    rule = from_table(env, repaired(env, [], True), "menu")
    assert bool(rw.verify(rule, env, rw.strategyproof, rw.individually_rational))


# -- budgets and refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("time", [0, 0.4])
def test_when_the_time_runs_out_there_is_a_verified_rule_and_a_bound(time: float) -> None:
    env = unequal(one_buyer(middles(30)), 5)
    env.utilities("buyer")
    start = monotonic()
    design = search_lazily(env, SELLING, time)
    assert monotonic() - start < 8
    assert design.status in (("feasible", "optimal") if time else ("feasible",)), "nothing is proved in no time"
    assert bool(design.verdicts)
    assert 0 <= design.value <= design.bound <= 1


def test_a_few_types_in_the_place_of_many_make_a_good_menu() -> None:
    env = unequal(one_buyer(middles(20)), 1)
    small = sketched(env, 100)
    assert small.n_profiles == 100
    assert sum(small.joint.reshape(-1).tolist()) == 1
    assert set(small.types["buyer"]) <= set(env.types["buyer"])


def test_progress_is_told_and_can_end_the_search() -> None:
    calls: list[tuple[int, int]] = []
    env = unequal(one_buyer(middles(12)), 2)
    search_lazily(env, SELLING, progress=lambda done, total: calls.append((done, total)))
    assert calls
    assert all(0 < done <= total == 144 * 143 for done, total in calls)
    assert calls[-1][0] < calls[-1][1] / 5, "most lies are never written down"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_lazily(env, SELLING, progress=stop)


def test_what_cannot_be_met_is_proved_impossible() -> None:
    env = one_buyer((0, 1, 2), transfers=(1, None))
    design = search_lazily(env, SELLING)
    assert (design.status, design.rule) == ("infeasible", None)
    assert design.check()
    assert "individually_rational" in design.why
    assert search_lazily(one_buyer((0, 1, 2), transfers=(0, None)), SELLING).status == "optimal"


def test_revenue_without_a_bound_and_goals_that_are_not_linear_are_refused() -> None:
    env = one_buyer((1, 2))
    with pytest.raises(rw.BadInput, match="as large as one likes"):
        search_lazily(env, Goal((rw.strategyproof,), rw.revenue))
    with pytest.raises(rw.BadInput, match="not linear"):
        search_lazily(env, Goal((rw.strategyproof,), rw.nash_welfare))


def test_too_many_lies_are_refused_before_the_work() -> None:
    env = rw.games.allocation({p: tuple(range(150)) for p in NAMES}, transfers=(0, None))
    with pytest.raises(rw.GameTooLarge, match="declare fewer"):
        search_lazily(env, SELLING)
