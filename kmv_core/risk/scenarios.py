"""Scenarios: named sets of shocks, all of a set at once.

The four usual ones are 基准 base, 轻度 mild, 中度 moderate and 重度 severe, in this order, as stress tests of the
Chinese market are laid out. Their shocks are assumptions until the house puts its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import ALL_READINGS, OF_LOSSES, OUTPUTS, Shock, answers, shocked
from kmv_core.risk.factors import BY_NAME, known
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import READINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One named set of shocks; none of them is the deal as it stands."""

    name: str
    shocks: tuple[Shock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTable:
    """One output of every tranche by scenario."""

    scenarios: tuple[Scenario, ...]
    output: str
    reading: str
    tranches: tuple[str, ...]
    values: Floats
    """[scenario, tranche]; nan where the scenario is refused."""
    problems: tuple[tuple[Problem, ...], ...]


NAMES = ("基准 Base", "轻度 Mild", "中度 Moderate", "重度 Severe")
USUAL: dict[str, tuple[float, float, float]] = {
    "recovery_rate": (-0.05, -0.1, -0.2),
    "delay": (0.0, 0.25, 0.5),
    "fees": (0.0, 0.1, 0.2),
    "licensee_pd": (0.5, 1.0, 2.0),
    "payer_pd": (0.5, 1.0, 2.0),
    "benchmark": (0.005, 0.01, 0.02),
}
"""ASSUMED shocks of mild, moderate and severe, each in the factor's usual mode."""


def scenarios_of(deal: Deal) -> tuple[Scenario, ...]:
    """The deal's own scenarios, in the order they are first named; the usual four where it has none."""
    if not deal.scenarios:
        return usual_scenarios(deal)
    named: dict[str, list[Shock]] = {}
    for row in deal.scenarios:
        shocks = named.setdefault(row.scenario, [])
        if row.factor and row.shock is not None:
            shocks.append(Shock(factor=row.factor, size=row.shock, mode=row.mode or None))
    return tuple(Scenario(name=name, shocks=tuple(shocks)) for name, shocks in named.items())


def usual_scenarios(deal: Deal) -> tuple[Scenario, ...]:
    """The four usual scenarios with the factors this deal has."""
    mine = {name: sizes for name, sizes in USUAL.items() if BY_NAME[name].has(deal)}
    stressed = [
        Scenario(name=name, shocks=tuple(Shock(factor=each, size=sizes[i]) for each, sizes in mine.items()))
        for i, name in enumerate(NAMES[1:])
    ]
    return (Scenario(name=NAMES[0]), *stressed)


def scenarios(
    deal: Deal,
    table: Sequence[Scenario] | None = None,
    *,
    output: str = "probability_of_default",
    reading: str = "waterfall",
) -> ScenarioTable:
    """`output` of every tranche under each scenario; those of the deal where no table is given (scenarios_of).

    Lives are not held: in a scenario the whole deal is another one. Raises KmvError for a deal that is refused as it
    stands, E204 for an unknown word, E355 for a factor the deal has nothing of, E356 for one named twice in a scenario.
    """
    return scenario_tables(deal, table, outputs=(output,), readings=(reading,))[0]


def scenario_tables(
    deal: Deal,
    table: Sequence[Scenario] | None = None,
    *,
    outputs: Sequence[str] = OUTPUTS,
    readings: Sequence[str] = READINGS,
) -> list[ScenarioTable]:
    """As `scenarios`, for several outputs and readings of the same runs; reading by reading, output by output."""
    raise_errors(deal_problems(deal))
    for output in outputs:
        known("output", "输出指标", output, OUTPUTS)
    for reading in readings:
        known("reading", "口径", reading, ALL_READINGS)
    rows = scenarios_of(deal) if table is None else tuple(table)
    for row in rows:
        factors = [each.factor for each in row.shocks]
        twice = next((name for name in factors if factors.count(name) > 1), None)
        if twice is not None:
            raise KmvError(problem("E356", found=twice))
    losses = bool(OF_LOSSES & set(outputs))
    found = answers([shocked(deal, row.shocks) for row in rows], readings=readings, losses=losses)
    names = tuple(each.tranche for each in deal.by_rank)
    return [
        ScenarioTable(
            scenarios=rows,
            output=output,
            reading=reading,
            tranches=names,
            values=np.array([each.values(reading, output, len(names)) for each in found]).reshape(
                len(rows), len(names)
            ),
            problems=tuple(each.problems for each in found),
        )
        for reading in readings
        for output in outputs
    ]
