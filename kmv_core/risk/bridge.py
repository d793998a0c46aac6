"""From one version of a deal to the next: how much of the change of PD each changed input brought.

    PD(after) - PD(before) = sum of the parts

Inputs that changed are grouped as a structurer speaks of them; what only makes sense together stays together (dates,
tranches with the issue size, the pool's kind). With up to MOST_GROUPS groups the parts are Shapley's, whatever the
order; with more, or where a mixture is no valid deal, they are taken one after the other in the order of GROUPS, a step
that is refused together with the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import OF_LOSSES, OUTPUTS, Answer, answers, reading_of, tranche_of
from kmv_core.risk.enhancement import shapley
from kmv_core.risk.factors import known
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import raise_errors

MOST_GROUPS = 7
GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "dates": (
        "日期",
        "Dates",
        ("closing_date", "first_payment_date", "payments_per_year", "legal_maturity", "collection_lag"),
    ),
    "pool": ("资产池", "Pool", ("pool",)),
    "collections": ("回收预测", "Collections", ("recovery", "licences", "grade_table")),
    "tranches": ("分层与票息", "Tranches and coupons", ("issue_size", "tranches", "principal_schedule", "benchmark")),
    "fees": ("费用", "Fees", ("fees", "fee_schedule")),
    "reserve": ("流动性储备", "Reserve", ("reserve",)),
    "support": ("外部增信", "Support", ("support",)),
    "order": ("偿付顺序与触发", "Order of payment and triggers", ("structure", "triggers", "order")),
    "model": ("波动率与模型", "Volatility and model", ("model",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one group of inputs, or several that only make sense together, brought."""

    groups: tuple[str, ...]
    change: float

    @property
    def zh(self) -> str:
        return "、".join(GROUPS[each][0] for each in self.groups)

    @property
    def en(self) -> str:
        return ", ".join(GROUPS[each][1] for each in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """The way from before to after."""

    tranche: str
    output: str
    reading: str
    before: float
    after: float
    method: str
    """shapley or in_order."""
    parts: tuple[Part, ...]
    """In the order of GROUPS; their changes add up to after - before."""


def bridge(
    before: Deal,
    after: Deal,
    *,
    tranche: str | None = None,
    output: str = "probability_of_default",
    reading: str | None = None,
) -> Bridge:
    """Split the change of one output of one tranche (the first by rank where none is named) over what changed.

    Names, the appetite and the shocks of a deal do not count. Raises KmvError for a deal that is refused as it stands
    and E204 for an unknown word or a tranche that one of the two has not.
    """
    raise_errors(deal_problems(before))
    raise_errors(deal_problems(after))
    known("output", "输出指标", output, OUTPUTS)
    name = tranche_of(after, tranche_of(before, tranche))
    ends = answers([before, after], losses=output in OF_LOSSES)
    raise_errors(ends[1].problems)
    chosen = reading_of(ends[0], reading)
    wanted = (name, chosen, output)
    first, last = (_value(deal, each, wanted) for deal, each in zip((before, after), ends, strict=True))
    changed = [key for key, (_, _, fields) in GROUPS.items() if _differ(before, after, fields)]
    method = "shapley"
    parts = _shapley(before, after, changed, wanted) if len(changed) <= MOST_GROUPS else None
    if parts is None:
        method, parts = "in_order", list(_in_order(before, after, changed, wanted, first))
    return Bridge(
        tranche=name, output=output, reading=chosen, before=first, after=last, method=method, parts=tuple(parts)
    )


Wanted = tuple[str, str, str]
"""Tranche, reading, output."""


def _differ(before: Deal, after: Deal, fields: Sequence[str]) -> bool:
    return any(getattr(before, each) != getattr(after, each) for each in fields)


def _mixed(before: Deal, after: Deal, groups: Sequence[str]) -> Deal:
    """The deal before with these groups of inputs as they are after."""
    fields: dict[str, Any] = {name: getattr(after, name) for each in groups for name in GROUPS[each][2]}
    return replace(before, **fields)


def _value(deal: Deal, answer: Answer, wanted: Wanted) -> float:
    tranche, reading, output = wanted
    names = [each.tranche for each in deal.by_rank]
    if tranche not in names:
        return float("nan")
    return float(answer.values(reading, output, len(names))[names.index(tranche)])


def _shapley(before: Deal, after: Deal, changed: Sequence[str], wanted: Wanted) -> list[Part] | None:
    """None where a mixture is no valid deal."""
    sets = list(product((False, True), repeat=len(changed)))
    mixed = [_mixed(before, after, [each for each, on in zip(changed, kept, strict=True) if on]) for kept in sets]
    found = answers(mixed, readings=(wanted[1],), losses=wanted[2] in OF_LOSSES)
    values: dict[tuple[bool, ...], Floats] = {
        kept: np.float64(_value(deal, each, wanted))  # type: ignore[misc]  # an array of no dimension
        for kept, deal, each in zip(sets, mixed, found, strict=True)
    }
    if not all(np.isfinite(each) for each in values.values()):
        return None
    return [Part(groups=(each,), change=float(shapley(values, i))) for i, each in enumerate(changed)]


def _in_order(before: Deal, after: Deal, changed: Sequence[str], wanted: Wanted, start: float) -> Iterator[Part]:
    at, waiting, done = start, [], []
    for each in changed:
        waiting.append(each)
        done.append(each)
        mixed = _mixed(before, after, done)
        answer = answers([mixed], readings=(wanted[1],), losses=wanted[2] in OF_LOSSES)[0]
        value = _value(mixed, answer, wanted)
        if np.isfinite(value):
            yield Part(groups=tuple(waiting), change=value - at)
            at, waiting = value, []
    if waiting:
        # Two ends without a finite difference, such as an infinite coverage.
        yield Part(groups=tuple(waiting), change=float("nan"))
