"""What moves the result."""

from __future__ import annotations

from typing import Any

from addin.functions.asked import factor_named, output_named, reading_named, steps_of
from addin.functions.ranges import flag, one_number, whole_number, word
from addin.functions.registry import worksheet_function
from addin.functions.tranche import deal_of
from kmv_core.risk.preset import preset_conditions
from kmv_core.risk.sensitivity import sensitivity
from kmv_core.risk.simulate import simulate
from kmv_core.vocabulary.errors import Problem
from kmv_core.vocabulary.terms import TERMS


@worksheet_function("Analysis", "敏感性：某因素变动后各档的违约概率等指标；行为冲击，列为档次。", heavy=True)
def SENSITIVITY(
    deal: Any,
    factor: Any,
    shocks: Any,
    output: Any = "probability_of_default",
    mode: Any = None,
    labels: Any = False,
    reading: Any = "waterfall",
) -> Any:
    """Sensitivity: a result of every tranche under shocks to one factor; shocks down, tranches across."""
    shown = flag(labels, TERMS["labels"])
    wanted, moved = output_named(output), factor_named(factor, TERMS["factor"])
    steps, usable = steps_of(shocks, TERMS["shocks"])
    found = deal_of(deal)
    table = sensitivity(
        found,
        moved,
        usable,
        mode=word(mode, TERMS["mode"], "") or None,
        output=wanted,
        reading=reading_named(found, reading),
    )
    assessed = iter(zip(table.values.tolist(), table.problems, strict=True))
    rows: list[list[Any]] = []
    for step in steps:
        if isinstance(step, Problem):
            cells: list[Any] = [step] * len(table.tranches)
        else:
            values, problems = next(assessed)
            cells = [problems[0]] * len(values) if problems else values
        rows.append([step, *cells] if shown else cells)
    return [[table.factor, *table.tranches], *rows] if shown else rows


@worksheet_function(
    "Analysis",
    "模拟违约概率：随机回收款经同一瀑布；每档一行：违约概率、标准误、95% 区间、预期损失、路径数、种子。",
    heavy=True,
)
def SIMULATED_PD(deal: Any, paths: Any, seed: Any, period_noise: Any = 0.0, mean_delay: Any = 0.0) -> Any:
    """Simulated PD of every tranche: PD, s.e., 95 % band, expected loss, paths and seed; one tranche a row."""
    found = simulate(
        deal_of(deal),
        paths=whole_number(paths, TERMS["paths"]),
        seed=whole_number(seed, TERMS["seed"]),
        period_noise=one_number(period_noise, TERMS["period_noise"], 0.0),
        mean_delay=one_number(mean_delay, TERMS["mean_delay"], 0.0),
    )
    return [
        [
            each.probability_of_default,
            each.standard_error,
            each.low,
            each.high,
            each.expected_loss,
            found.paths,
            found.seed,
        ]
        for each in found.tranches
    ]


@worksheet_function(
    "Analysis",
    "预设条件下各档违约概率：基准、逐项去除风控措施、全部去除、最大被许可人违约、利率上升、回收下降；行为条件，列为档次。",
    heavy=True,
)
def PRESET_PD(deal: Any, shown_reading: Any = "headline", labels: Any = False) -> Any:
    """PD of every tranche under preset conditions: base, without each control, largest licensee, rates, collections."""
    shown = flag(labels, TERMS["labels"])
    name = word(shown_reading, TERMS["shown_reading"], "headline")
    table = preset_conditions(deal_of(deal))
    rows: list[list[Any]] = []
    for each in table.conditions:
        cells: list[Any] = []
        for k in range(len(table.tranches)):
            found = table.figures(each, k, "" if name == "headline" else name)
            cells.append(each.problems[0] if found is None else found.probability_of_default)
        rows.append([each.label, *cells] if shown else cells)
    heading = table.headline if name == "headline" else name
    return [[heading, *table.tranches], *rows] if shown else rows
