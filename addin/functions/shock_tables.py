"""Tables of shocks: two factors at once, every factor by its step, named scenarios."""

from __future__ import annotations

from typing import Any

from addin.deal_values import read_value
from addin.functions.asked import (
    factor_named,
    factors_named,
    filled,
    lines_of,
    output_named,
    reading_named,
    steps_of,
    tranche_or_first,
)
from addin.functions.ranges import flag, named, word
from addin.functions.registry import worksheet_function
from addin.functions.tranche import deal_of
from kmv_core.deal.deal import Deal
from kmv_core.risk.answers import Shock
from kmv_core.risk.factors import require
from kmv_core.risk.grid import sensitivity_grid
from kmv_core.risk.scenarios import Scenario, scenarios_of
from kmv_core.risk.scenarios import scenarios as scenario_table
from kmv_core.risk.tornado import POINTS, spider, tornado
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import MODES, TERMS

SCENARIO_WORDS = ("factor", "因素")
"""A first line that says one of them is a header."""


@worksheet_function(
    "Analysis",
    "双因素敏感性：两因素同时变动后一档的指标；纵向因素在行，横向因素在列；缺省为首档、违约概率、waterfall。",
    heavy=True,
)
def SENSITIVITY_GRID(
    deal: Any,
    factor_down: Any,
    shocks_down: Any,
    factor_across: Any,
    shocks_across: Any,
    tranche: Any = None,
    output: Any = "probability_of_default",
    reading: Any = "waterfall",
    labels: Any = False,
) -> Any:
    """A result of one tranche (the first if left out) with two factors moved at once: one down, the other across."""
    shown = flag(labels, TERMS["labels"])
    down, usable_down = steps_of(shocks_down, TERMS["shocks_down"])
    across, usable_across = steps_of(shocks_across, TERMS["shocks_across"])
    found = deal_of(deal)
    name = tranche_or_first(found, tranche)
    table = sensitivity_grid(
        found,
        factor_named(factor_down, TERMS["factor_down"]),
        usable_down,
        factor_named(factor_across, TERMS["factor_across"]),
        usable_across,
        output=output_named(output),
        reading=reading_named(found, reading),
    )
    values = table.values[table.tranches.index(name)].tolist()
    rows: list[list[Any]] = []
    i = 0
    for step in down:
        cells: list[Any] = []
        j = 0
        for other in across:
            wrong = next((each for each in (step, other) if isinstance(each, Problem)), None)
            if wrong is not None:
                cells.append(wrong)
            else:
                cells.append(table.problems[i][j][0] if table.problems[i][j] else values[i][j])
            j += not isinstance(other, Problem)
        i += not isinstance(step, Problem)
        rows.append([step, *cells] if shown else cells)
    return [[f"{table.down.factor} \\ {table.across.factor}", *across], *rows] if shown else rows


@worksheet_function(
    "Analysis",
    "龙卷风图数据：各因素按其步长（假设值）单独下移、上移后一档的指标；每行：因素、步长、下移、上移、波幅，波幅大者在前。",
    heavy=True,
)
def TORNADO(
    deal: Any,
    factors: Any = None,
    output: Any = "probability_of_default",
    tranche: Any = None,
    reading: Any = "waterfall",
    labels: Any = False,
) -> Any:
    """Each factor alone down and up by its (assumed) step: factor, step, low, high, swing; the widest first."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    name = tranche_or_first(found, tranche)
    table = tornado(found, factors_named(factors), output=output_named(output), reading=reading_named(found, reading))
    rows: list[list[Any]] = []
    for bar in table.bars[table.tranches.index(name)]:
        ends = [each[0] if each else value for each, value in zip(bar.problems, (bar.low, bar.high), strict=True)]
        swing = next((each for each in ends if isinstance(each, Problem)), bar.swing)
        rows.append([bar.factor, bar.step, *ends, swing])
    head = ["影响因素 | factor", "步长 | step", "下移 | low", "上移 | high", "波幅 | swing"]
    return [head, *rows] if shown else rows


@worksheet_function(
    "Analysis",
    "蛛网图数据：一档的指标沿各因素变化；行为因素，列为其（假设）步长的倍数，缺省为 -2 至 2。",
    heavy=True,
)
def SPIDER(
    deal: Any,
    factors: Any = None,
    points: Any = None,
    output: Any = "probability_of_default",
    tranche: Any = None,
    reading: Any = "waterfall",
    labels: Any = False,
) -> Any:
    """A result of one tranche along every factor, in multiples of its (assumed) step: factors down, multiples across."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    name = tranche_or_first(found, tranche)
    steps, usable = (list(POINTS), list(POINTS)) if points is None else steps_of(points, TERMS["points"])
    table = spider(
        found, factors_named(factors), points=usable, output=output_named(output), reading=reading_named(found, reading)
    )
    rows: list[list[Any]] = []
    for factor, problems, values in zip(
        table.factors, table.problems, table.values[table.tranches.index(name)].tolist(), strict=True
    ):
        assessed = iter(zip(problems, values, strict=True))
        cells: list[Any] = []
        for step in steps:
            if isinstance(step, Problem):
                cells.append(step)
            else:
                wrong, value = next(assessed)
                cells.append(wrong[0] if wrong else value)
        rows.append([factor, *cells] if shown else cells)
    return [["影响因素 | factor", *steps], *rows] if shown else rows


@worksheet_function(
    "Analysis",
    "情景分析：每个情景的各项冲击同时发生后各档的指标；行为情景，列为档次；缺省为项目的 [scenarios]，无则为基准、轻度、中度、重度。",
    heavy=True,
)
def SCENARIO_PD(
    deal: Any,
    scenarios: Any = None,
    output: Any = "probability_of_default",
    reading: Any = "waterfall",
    labels: Any = False,
) -> Any:
    """A result of every tranche in named scenarios, all shocks of one at once; scenarios down, tranches across."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    wanted = {each.name: each for each in scenarios_of(found)} if scenarios is None else scenarios_in(found, scenarios)
    usable = [each for each in wanted.values() if isinstance(each, Scenario)]
    table = scenario_table(found, usable, output=output_named(output), reading=reading_named(found, reading))
    assessed = iter(zip(table.values.tolist(), table.problems, strict=True))
    rows: list[list[Any]] = []
    for name, each in wanted.items():
        if isinstance(each, Problem):
            cells: list[Any] = [each] * len(table.tranches)
        else:
            values, problems = next(assessed)
            cells = [problems[0]] * len(values) if problems else values
        rows.append([name, *cells] if shown else cells)
    return [["情景 | scenario", *table.tranches], *rows] if shown else rows


def scenarios_in(deal: Deal, cells: Any) -> dict[str, Scenario | Problem]:
    """The scenarios of a range, in the order they are first named; what is wrong with one stands in its place.

    Lines of scenario, factor, shock, mode; shock and mode may change places, as in the deal's own section.
    """
    term = TERMS["scenarios"]
    named_shocks: dict[str, list[Shock]] = {}
    wrong: dict[str, Problem] = {}
    for row in lines_of(cells, term, (3, 4), SCENARIO_WORDS):
        name = named(row[0] if filled(row[0]) else None, TERMS["scenario"])
        shocks = named_shocks.setdefault(name, [])
        try:
            line = _shock(row[1:])
            if line is None:
                continue
            require(deal, line.factor)
        except KmvError as error:
            wrong.setdefault(name, error.problems[0])
            continue
        if any(each.factor == line.factor for each in shocks):
            wrong.setdefault(name, problem("E356", found=f"{line.factor} ({name})"))
        shocks.append(line)
    return {name: wrong.get(name, Scenario(name=name, shocks=tuple(each))) for name, each in named_shocks.items()}


def _shock(cells: list[Any]) -> Shock | None:
    """One line without its name; None where it holds nothing: the deal as it stands."""
    if not any(map(filled, cells)):
        return None
    factor, size, way = cells
    if str(size).strip().lower() in MODES:
        size, way = way, size
    name = factor_named(factor if filled(factor) else None, TERMS["factor"])
    value, problems = read_value("shock", "number", size)
    error = next((each for each in problems if each.is_error), None)
    if error is not None:
        raise KmvError(error)
    return Shock(factor=name, size=float(value), mode=word(way if filled(way) else None, TERMS["mode"], "") or None)
