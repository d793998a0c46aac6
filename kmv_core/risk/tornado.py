"""Which factor moves a result most: each one alone down and up by its step, the widest swing first.

The steps are the house's: what is as likely for one factor as for another is a judgement. The usual ones are
assumptions, named as such wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import ALL_READINGS, OF_LOSSES, OUTPUTS, Shock, answers, shocked
from kmv_core.risk.factors import factor_of, factors_of, known, require
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import Problem, raise_errors

STEPS: dict[str, float] = {
    "issue_size": 0.05,
    "coupon": 0.01,
    "recovery_rate": 0.1,
    "maturity": 0.5,
    "volatility": 0.25,
    "fees": 0.2,
    "delay": 0.25,
    "disposal_cost": 0.05,
    "sub_share": 0.05,
    "reserve": 0.5,
    "support_cap": 0.5,
    "payer_pd": 0.5,
    "licensee_pd": 0.5,
    "lgd": 0.1,
    "asset_correlation": 0.1,
    "benchmark": 0.01,
}
"""ASSUMED steps, each in the factor's usual mode: what a committee would call a moderate surprise."""


POINTS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
"""Of a spider, in steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One factor and one tranche."""

    factor: str
    mode: str
    step: float
    low: float
    """The output with the factor down by the step; nan where that is impossible."""
    base: float
    """The output as the deal stands."""
    high: float
    problems: tuple[tuple[Problem, ...], tuple[Problem, ...]]

    @property
    def swing(self) -> float:
        """|high - low|; where one side is impossible, how far the other is from the base; -1 where both are."""
        ends = [each for each in (self.low, self.high) if np.isfinite(each)]
        if not ends:
            return -1.0
        found = abs(ends[-1] - (ends[0] if len(ends) > 1 else self.base))
        return float(found) if np.isfinite(found) else -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tornado:
    """Bars of every tranche by rank, the widest first; equal ones in the order of the factors."""

    output: str
    reading: str
    base: Floats
    """[tranche]."""
    tranches: tuple[str, ...]
    bars: tuple[tuple[Bar, ...], ...]
    """By tranche."""


def tornado(
    deal: Deal,
    factors: Sequence[str] | None = None,
    *,
    steps: Mapping[str, float] | None = None,
    output: str = "probability_of_default",
    reading: str = "waterfall",
) -> Tornado:
    """Every factor of the deal (or those named) down and up by its step, in its usual mode.

    `steps` takes the place of STEPS for the factors it names. Raises KmvError for a deal that is refused as it stands,
    E204 for an unknown word, E355 for a factor the deal has nothing of.
    """
    chosen = _factors(deal, factors, output, reading)
    sizes = {**STEPS, **(steps or {})}
    frozen = with_frozen_lives(deal)
    moved = [shocked(frozen, [Shock(factor=name, size=sign * sizes[name])]) for name in chosen for sign in (-1.0, 1.0)]
    found = answers([frozen, *moved], readings=(reading,), losses=output in OF_LOSSES)
    names = tuple(each.tranche for each in deal.by_rank)
    values = np.array([each.values(reading, output, len(names)) for each in found])
    bars = []
    for k in range(len(names)):
        mine = [
            Bar(
                factor=name,
                mode=factor_of(name).usual,
                step=sizes[name],
                low=float(values[1 + 2 * i, k]),
                base=float(values[0, k]),
                high=float(values[2 + 2 * i, k]),
                problems=(found[1 + 2 * i].problems, found[2 + 2 * i].problems),
            )
            for i, name in enumerate(chosen)
        ]
        bars.append(tuple(sorted(mine, key=lambda bar: -bar.swing)))
    return Tornado(output=output, reading=reading, base=values[0], tranches=names, bars=tuple(bars))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spider:
    """One output against every factor on one scale: multiples of each factor's step."""

    output: str
    reading: str
    points: tuple[float, ...]
    factors: tuple[str, ...]
    steps: tuple[float, ...]
    tranches: tuple[str, ...]
    values: Floats
    """[tranche, factor, point]; nan where the shock is impossible."""
    problems: tuple[tuple[tuple[Problem, ...], ...], ...]
    """[factor][point]; empty where it was assessed."""


def spider(
    deal: Deal,
    factors: Sequence[str] | None = None,
    *,
    points: Sequence[float] = POINTS,
    steps: Mapping[str, float] | None = None,
    output: str = "probability_of_default",
    reading: str = "waterfall",
) -> Spider:
    """`output` along every factor, `points` in steps of the tornado; raises as `tornado`."""
    chosen = _factors(deal, factors, output, reading)
    sizes = {**STEPS, **(steps or {})}
    frozen = with_frozen_lives(deal)
    moved = [shocked(frozen, [Shock(factor=name, size=point * sizes[name])]) for name in chosen for point in points]
    found = answers(moved, readings=(reading,), losses=output in OF_LOSSES)
    names = tuple(each.tranche for each in deal.by_rank)
    values = np.array([each.values(reading, output, len(names)) for each in found])
    return Spider(
        output=output,
        reading=reading,
        points=tuple(map(float, points)),
        factors=chosen,
        steps=tuple(sizes[name] for name in chosen),
        tranches=names,
        values=np.moveaxis(values.reshape(len(chosen), len(points), len(names)), -1, 0),
        problems=tuple(
            tuple(each.problems for each in found[i * len(points) : (i + 1) * len(points)]) for i in range(len(chosen))
        ),
    )


def _factors(deal: Deal, factors: Sequence[str] | None, output: str, reading: str) -> tuple[str, ...]:
    """The factors that are moved, once the deal and every word of the question are known to be sound."""
    raise_errors(deal_problems(deal))
    known("output", "输出指标", output, OUTPUTS)
    known("reading", "口径", reading, ALL_READINGS)
    chosen = factors_of(deal) if factors is None else tuple(dict.fromkeys(factors))
    for name in chosen:
        require(deal, name)
    return chosen
