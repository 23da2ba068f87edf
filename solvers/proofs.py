"""Proofs: verdicts and designs written as certificates, the data that certificates/ re-checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..games.environment import Environment
from ..games.errors import GameTooLarge
from ..games.normal_form import NormalForm
from ..games.numbers import exact
from ..mechanisms.cases import Belief, Var, is_var
from ..mechanisms.expectations import Expectation
from ..mechanisms.measures import FunctionOf, Part, PaymentOf, RankOf, UtilityOf
from ..mechanisms.property import Comparison, Finding, GameProperty
from ..mechanisms.table import Table
from .solution import game_data
from .verification.plan import table_of
from .verification.statements import Statement

Data = dict[str, Any]
LIMIT = 200_000  # profiles in a certificate


def proved(env: Environment, table: Table, statements: Sequence[Statement], rule: str) -> Data | None:
    """All statements hold for the rule's table; None where nothing is stated (nobody to envy), or values are
    interdependent."""
    if not statements or env.interdependent:
        return None
    words = f'{rule} in "{env.name}": ' + "; ".join(dict.fromkeys(s.property.words for s in statements))
    measures: Data = {}
    each = [statement_data(env, s, measures) for s in statements]
    return claim("proved", words, env, measures, rule=table_data(env, table), statements=each)


def refuted(env: Environment, table: Table, statement: Statement, values: Mapping[Var, int], rule: str) -> Data | None:
    """One statement fails for the rule's table at one case; None where values are interdependent."""
    if env.interdependent:
        return None
    words = f'{rule} in "{env.name}" fails: {statement.property.words}'
    measures: Data = {}
    each = [statement_data(env, statement, measures)]
    case = {variable(env, v): k for v, k in values.items()}
    return claim("refuted", words, env, measures, rule=table_data(env, table), statements=each, case=case)


Multiplier = tuple[int, Mapping[Var, int], Fraction]


def optimal(
    env: Environment, table: Table, statements: Sequence[Statement], objective: Sequence[Expectation],
    weights: Sequence[Fraction], multipliers: Sequence[Multiplier], value: Fraction, words: str,
) -> Data | None:  # fmt: skip
    """The rule satisfies the statements, and no rule that does reaches a larger objective; None where values are
    interdependent."""
    if env.interdependent:
        return None
    measures: Data = {}
    each = [statement_data(env, s, measures) for s in statements]
    parts = [{"terms": _terms(part, measures, env), "constant": _q(part.constant)} for part in objective]
    return claim(
        "optimal", words, env, measures, rule=table_data(env, table), statements=each, objective=parts,
        weights=[_q(w) for w in weights], multipliers=_multipliers(env, multipliers), value=_q(value),
    )  # fmt: skip


def infeasible(
    env: Environment, statements: Sequence[Statement], multipliers: Sequence[Multiplier], words: str
) -> Data | None:
    """No rule satisfies all statements: a non-negative combination of them is impossible (Farkas 1902); None where
    values are interdependent."""
    if env.interdependent:
        return None
    measures: Data = {}
    each = [statement_data(env, s, measures) for s in statements]
    return claim("infeasible", words, env, measures, statements=each, multipliers=_multipliers(env, multipliers))


def pareto(env: Environment, table: Table, rule: str) -> Data:
    """Every outcome the rule may choose is undominated."""
    measures: Data = {}
    for player in env.players:
        measure(env, UtilityOf(player, None), measures)
    return claim("pareto efficient", f'{rule} in "{env.name}"', env, measures, rule=table_data(env, table))


def dominated(env: Environment, table: Table, finding: Finding, rule: str) -> Data | None:
    """An outcome that the rule may choose is dominated by another."""
    if not isinstance(finding.witness, tuple):
        return None
    measures: Data = {}
    for player in env.players:
        measure(env, UtilityOf(player, None), measures)
    chosen, better = (next(iter(env.space.point(x))) for x in finding.witness)
    types = [env.position(p, t) for p, t in finding.case.types.items()]
    words = f'{rule} in "{env.name}": {finding.sentence}'
    place = {"types": types, "chosen": chosen, "better": better}
    return claim("pareto dominated", words, env, measures, rule=table_data(env, table), **place)


def comparison_fails(game: NormalForm, comparison: Comparison, strict: bool, rule: str) -> Data:
    """One comparison of a property does not hold: the worse profile pays at least as much (or more)."""
    profiles = ([str(x[p]) for p in game.players] for x in (comparison.worse, comparison.better))
    words = f'with {rule}, in "{game.name}", a comparison fails'
    return {
        "rulewright": 1, "claim": "comparisons", "words": words, "game": game_data(game), "strict": not strict,
        "comparisons": [[comparison.player, *profiles]],
    }  # fmt: skip


def comparisons(game: NormalForm, property: GameProperty, rule: str) -> Data | None:
    """Every comparison of the property holds in the game; None where there is nothing to compare."""
    each = [
        [c.player, [str(c.better[p]) for p in game.players], [str(c.worse[p]) for p in game.players]]
        for c in property.comparisons(game)
    ]
    if not each:
        return None
    return {
        "rulewright": 1, "claim": "comparisons", "words": f'with {rule}, in "{game.name}": {property.words}',
        "game": game_data(game), "strict": property.strict, "comparisons": each,
    }  # fmt: skip


def together(parts: Sequence[Data | None], words: str) -> Data | None:
    """Several certificates as one; None if a part has none."""
    if not parts or any(part is None for part in parts):
        return None
    return {"rulewright": 1, "claim": "all", "words": words, "parts": list(parts)}


# -- the pieces -------------------------------------------------------------------------------------------------------


def _q(value: Any) -> str:
    return str(exact(value))


def _guard(env: Environment) -> None:
    """Raise GameTooLarge where the certificate would be too large to write, and its check too slow to wait for."""
    if env.n_profiles > LIMIT:
        remedy = "certify fewer types or fewer players; the verdict stands without"
        raise GameTooLarge(f'profiles of "{env.name}" in a certificate', env.n_profiles, LIMIT, remedy)


def claim(kind: str, words: str, env: Environment, measures: Data, **rest: Any) -> Data:
    """A claim about an environment, with the rows of coefficients that its statements speak of."""
    _guard(env)
    environment = {
        "name": env.name,
        "players": list(env.players),
        "types": {p: [str(t) for t in each] for p, each in env.types.items()},
        "coordinates": list(env.space.labels),
        "groups": [[list(g.coordinates), g.exactly] for g in env.space.groups],
        "transfers": None if env.transfers is None else [None if x is None else _q(x) for x in env.transfers],
        "prior": [_q(p) for p in env.joint.reshape(-1)],
        "measures": measures,
    }
    return {"rulewright": 1, "claim": kind, "words": words, "environment": environment, **rest}


def table_data(env: Environment, table: Table) -> Data:
    """A rule's table: the nonzero coordinates and the payments at every profile; raises GameTooLarge."""
    _guard(env)
    n = env.n_profiles
    points = [[[k, _q(w)] for k, w in table.point(p).items()] for p in range(n)]
    paid = [[_q(x) for x in table.paid(p, env.players).values()] for p in range(n)]
    return {"points": points, "payments": None if env.transfers is None else paid}


def statement_data(env: Environment, statement: Statement, measures: Data) -> Data:
    """A statement: for all values of its variables, its margin is at least (or equal to) 0."""
    margin = statement.margin
    return {
        "name": statement.property.name,
        "variables": {variable(env, v): v.player for v in statement.case.variables},
        "distinct": [[variable(env, v) for v in pair] for pair in statement.case.distinct],
        "equal": statement.property.equal,
        "terms": _terms(margin, measures, env),
        "highest": [
            {
                "coefficient": _q(h.coefficient),
                "of": [
                    {"coefficient": _q(c), "measure": measure(env, part, measures), "type": _name(env, part)}
                    for c, part in h.measure.parts
                ],
            }
            for h in margin.highest
        ],
        "constant": _q(margin.constant),
    }


def _terms(expression: Expectation, measures: Data, env: Environment) -> list[Data]:
    found = []
    for term in expression.terms:
        belief = term.reports if isinstance(term.reports, Belief) else None
        reports = belief.reports if belief else term.reports
        data: Data = {
            "coefficient": _q(term.coefficient),
            "reports": {p: _entry(env, p, x) for p, x in reports.items()},  # type: ignore[union-attr]
        }
        if isinstance(term.part, PaymentOf):
            data["payment"] = term.part.player
        else:
            data |= {"measure": measure(env, term.part, measures), "type": _name(env, term.part)}
        if belief is not None:
            data["drawn"] = {"variables": {variable(env, v): v.player for v in belief.bound}}
            if belief.given is not None:
                data["drawn"] |= {"given": belief.given[0], "type": _entry(env, *belief.given)}
        found.append(data)
    return found


def variable(env: Environment, var: Var) -> str:
    """The name of a variable: the player's, with its mark; by the player's number if another player is called so."""
    name = f"{var.player}{var.mark}"
    return name if not var.mark or name not in env.players else f"player {env.players.index(var.player)}{var.mark}"


def _entry(env: Environment, player: str, entry: Any) -> str | int:
    return variable(env, entry) if is_var(entry) else env.position(player, entry)


def _name(env: Environment, part: Part) -> str | int:
    return _entry(env, part.player, part.type) if isinstance(part, UtilityOf | RankOf) else 0


def measure(env: Environment, part: Part, measures: Data) -> str:
    """The name of the part's rows of coefficients, which are written into ``measures``."""
    if isinstance(part, UtilityOf | RankOf):
        what = "utility" if isinstance(part, UtilityOf) else f"among the {part.k} best"
        name = f"{what} of {part.player}" + (f" for the share of {part.share_of}" if part.share_of else "")
        rows: Any = table_of(env, part)
    else:
        assert isinstance(part, FunctionOf)
        name = f"function {len(measures)}"
        rows = [env.space.functional(part.function)]
    if name not in measures:
        measures[name] = [[_q(x) for x in row] for row in rows]
    return name


def _multipliers(env: Environment, multipliers: Sequence[Multiplier]) -> list[list[Any]]:
    return [[k, {variable(env, v): x for v, x in values.items()}, _q(y)] for k, values, y in multipliers]
