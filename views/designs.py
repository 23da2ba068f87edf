"""What a search found: the rule it proposes, or what clashes; what requirements cost; all rules there are."""

from __future__ import annotations

# -- search -----------------------------------------------------------------------------------------------------


@html.register
def _design(design: Design) -> str:
    parts: list[object] = [line(badge(design.status), " ", tag("b", label(getattr(design.rule, "name", "no rule"))))]
    if design.rule is not None:
        parts.append(in_words(design.rule, design.environment))
    parts += [line(label_long(sentence)) for sentence in _sentences(design.why)]
    parts.append(facts(goal=design.goal, value=_value(design), searched=label_long(design.searched, 400)))
    if design.verdicts:
        parts += [title("Verified"), verdicts(design.verdicts)]
    if isinstance(design.rule, Edit) and isinstance(design.environment, NormalForm):
        changed = design.rule(design.environment)
        parts += [title(f"Afterwards: {label(changed.name)}"), payoffs(changed)]
    if design.candidates:
        parts += [title("All rules that were looked at"), _candidates(design)]
    parts.append(note("Method: ", label_long(design.method), "."))
    return page("A proposed rule" if design.rule is not None else "No rule", *parts)


def _sentences(why: str) -> list[str]:
    return [why] if why else []


def _value(design: Design) -> Html:
    if design.value is None:
        return Html()
    if design.bound is None or design.bound == design.value:
        return amount(design.value)
    side = "no rule reaches more than" if exact(design.bound) > exact(design.value) else "the threshold is"
    return put(amount(design.value), f" ({side} ", amount(design.bound), ")")


def _candidates(design: Design) -> Html:
    names = [v.property for v in design.candidates[0].verdicts]
    valued = any(each.value is not None for each in design.candidates)
    rows = []
    for each in design.candidates[:ROWS]:
        chosen = each.rule is design.rule
        row = [cell(tag("b", "→ ") if chosen else "", label(each.rule.name), paper=MARKED if chosen else PAPER)]
        row += [cell(badge(v.status)) for v in each.verdicts]
        row += [cell("" if each.value is None else amount(each.value), middle=True)] if valued else []
        rows.append(row)
    heads = ["rule", *map(label, names), *(["value"] if valued else [])]
    return table(heads, rows, left_out=len(design.candidates) - len(rows), what="rule")


