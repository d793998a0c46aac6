"""Two factors at once: one output of every tranche over a grid of shocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import ALL_READINGS, OF_LOSSES, OUTPUTS, Shock, answers, shocked
from kmv_core.risk.factors import factor_of, known, require
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One side of a grid."""

    factor: str
    shocks: tuple[float, ...]
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityGrid:
    """The table of two factors."""

    down: Axis
    across: Axis
    output: str
    reading: str
    tranches: tuple[str, ...]
    values: Floats
    """[tranche, down, across]; nan where the pair of shocks is refused."""
    problems: tuple[tuple[tuple[Problem, ...], ...], ...]
    """By pair; empty where it was assessed."""


def sensitivity_grid(
    deal: Deal,
    factor_down: str,
    shocks_down: Sequence[float],
    factor_across: str,
    shocks_across: Sequence[float],
    *,
    mode_down: str | None = None,
    mode_across: str | None = None,
    output: str = "probability_of_default",
    reading: str = "waterfall",
) -> SensitivityGrid:
    """`output` of every tranche with both factors moved, the one that goes down first.

    Raises KmvError for a deal that is refused as it stands, E204 for an unknown word, E355 for a factor the deal has
    nothing of, E356 where both are the same.
    """
    raise_errors(deal_problems(deal))
    axes = []
    for factor, shocks, mode in ((factor_down, shocks_down, mode_down), (factor_across, shocks_across, mode_across)):
        require(deal, factor)
        way = factor_of(factor).usual if mode is None else mode
        axes.append(Axis(factor=factor, shocks=tuple(map(float, shocks)), mode=way))
    down, across = axes
    if factor_down == factor_across:
        raise KmvError(problem("E356", found=factor_down))
    known("output", "输出指标", output, OUTPUTS)
    known("reading", "口径", reading, ALL_READINGS)
    frozen = with_frozen_lives(deal)
    pairs = [
        shocked(
            frozen,
            [
                Shock(factor=down.factor, size=first, mode=down.mode),
                Shock(factor=across.factor, size=second, mode=across.mode),
            ],
        )
        for first in down.shocks
        for second in across.shocks
    ]
    found = answers(pairs, readings=(reading,), losses=output in OF_LOSSES)
    shape = (len(down.shocks), len(across.shocks))
    names = tuple(each.tranche for each in deal.by_rank)
    values = np.array([each.values(reading, output, len(names)) for each in found]).reshape(*shape, len(names))
    rows = [found[start : start + shape[1]] for start in range(0, len(found), shape[1])] if shape[1] else []
    return SensitivityGrid(
        down=down,
        across=across,
        output=output,
        reading=reading,
        tranches=names,
        values=np.moveaxis(values, -1, 0),
        problems=tuple(tuple(each.problems for each in row) for row in rows),
    )
