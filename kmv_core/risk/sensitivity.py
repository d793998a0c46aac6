"""How a result moves with one factor of the deal (kmv_core.risk.factors says what a shock means).

The `due` reading holds the weighted lives of the deal as it stands. Each shock is assessed on its own: one
that makes the deal impossible is a problem at its place, not a failure of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import base_case, uncalled_case, weighted_lives
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.answers import ALL_READINGS, OF_LOSSES, OUTPUTS, Shock, answers, shocked
from kmv_core.risk.factors import factor_of, known, require
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import Problem, raise_errors
from kmv_core.vocabulary.terms import MODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """One factor's table."""

    factor: str
    mode: str
    output: str
    reading: str
    shocks: tuple[float, ...]
    tranches: tuple[str, ...]
    values: Floats
    """[shock, tranche]; nan where the shock has a problem."""
    problems: tuple[tuple[Problem, ...], ...]
    """By shock; empty where it was assessed."""


def sensitivity(
    deal: Deal,
    factor: str,
    shocks: Sequence[float],
    *,
    mode: str | None = None,
    output: str = "probability_of_default",
    reading: str = "waterfall",
) -> Sensitivity:
    """`output` of every tranche under each shock of one factor.

    Raises KmvError for a deal that is refused as it stands, and E204 for an unknown factor or output.
    """
    return sensitivities(deal, factor, shocks, mode=mode, outputs=(output,), readings=(reading,))[0]


def sensitivities(
    deal: Deal,
    factor: str,
    shocks: Sequence[float],
    *,
    mode: str | None = None,
    outputs: Sequence[str] = OUTPUTS,
    readings: Sequence[str] = ("waterfall", "due"),
) -> list[Sensitivity]:
    """As `sensitivity`, for several outputs and readings of the same runs; reading by reading, output by output.

    The reading `exact` too, for licences: nan where their sets cannot be listed.
    """
    raise_errors(deal_problems(deal))
    factor_of(factor)
    for output in outputs:
        known("output", "输出指标", output, OUTPUTS)
    for reading in readings:
        known("reading", "口径", reading, ALL_READINGS)
    require(deal, factor)
    way = factor_of(factor).usual if mode is None else mode
    known("mode", "冲击方式", way, MODES)
    frozen = with_frozen_lives(deal)
    moved = [shocked(frozen, [Shock(factor=factor, size=float(shock), mode=way)]) for shock in shocks]
    runs = answers(moved, readings=readings, losses=bool(OF_LOSSES & set(outputs)))
    names = tuple(each.tranche for each in deal.by_rank)
    tables = []
    for reading in readings:
        for output in outputs:
            values = np.array([run.values(reading, output, len(names)) for run in runs]).reshape(len(runs), len(names))
            tables.append(
                Sensitivity(
                    factor=factor,
                    mode=way,
                    output=output,
                    reading=reading,
                    shocks=tuple(float(each) for each in shocks),
                    tranches=names,
                    values=values,
                    problems=tuple(run.problems for run in runs),
                )
            )
    return tables


def with_frozen_lives(deal: Deal) -> Deal:
    """A copy that carries the weighted lives of the deal as it stands, for the `due` reading of a question."""
    schedule = schedule_of(deal)
    lives = weighted_lives(uncalled_case(deal, schedule, base_case(deal, schedule)), schedule)
    return replace(
        deal, frozen_lives={each.tranche: float(life) for each, life in zip(deal.by_rank, lives, strict=True)}
    )
