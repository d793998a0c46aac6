"""`kmv simulate`: the simulation and the record of outturns as JSON or as lines of a table."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kmv_core import __version__
from kmv_core.deal.deal import Deal
from kmv_core.evidence.deals import outturns
from kmv_core.risk.bootstrap import Bootstrap, bootstrap_probability
from kmv_core.risk.simulate import Simulation, simulate

Grid = tuple[str, tuple[str, ...], list[list[str]]]

REFERENCES = {
    "waterfall": "现金流口径 waterfall",
    "exact": "精确口径 exact",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationNumbers:
    """What `kmv simulate` answers."""

    deal: str
    simulation: Simulation
    record: Bootstrap
    """The outturns of the public record of all asset types, as they are."""
    centred: Bootstrap
    """The same over their mean."""

    def as_json(self) -> dict[str, Any]:
        """Names as in the terms, probabilities as decimals; null for a z without end."""
        found = dataclasses.asdict(self.simulation)
        for line, each in zip(found["tranches"], self.simulation.tranches, strict=True):
            line["difference"] = each.difference
            line["z"] = each.z if math.isfinite(each.z) else None
        record = {name: dataclasses.asdict(each) for name, each in (("as_is", self.record), ("centred", self.centred))}
        return {"deal": self.deal, **found, "outturns": record, "version": __version__}


def simulation_numbers(
    deal: Deal,
    *,
    paths: int,
    seed: int,
    period_noise: float = 0.0,
    mean_delay: float = 0.0,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> SimulationNumbers:
    """Simulate a deal and hold it against the public record; raises KmvError as `simulate`."""
    found = simulate(
        deal,
        paths=paths,
        seed=seed,
        period_noise=period_noise,
        mean_delay=mean_delay,
        workers=workers,
        progress=progress,
    )
    past = outturns()
    ratios = past.actual / past.forecast
    return SimulationNumbers(
        deal=deal.name,
        simulation=found,
        record=bootstrap_probability(deal, ratios),
        centred=bootstrap_probability(deal, ratios, centred=True),
    )


def simulation_tables(found: SimulationNumbers) -> list[Grid]:
    """Title, header and lines of each table, as text; one line a figure, one column a tranche."""
    run = found.simulation
    names = tuple(each.name for each in run.tranches)
    told = [f"{run.paths:,} 条路径 paths", f"种子 seed {run.seed}"]
    if run.period_noise:
        told.append(f"单期噪声 period noise {run.period_noise:g}")
    if run.mean_delay:
        told.append(f"平均延迟 mean delay {run.mean_delay:g} 年 years")
    reference = REFERENCES[run.reference]
    lines = [
        ["模拟违约概率 simulated PD", *(_share(each.probability_of_default) for each in run.tranches)],
        ["标准误 s.e.", *(_share(each.standard_error) for each in run.tranches)],
        ["95% 区间 band", *(_band(each.low, each.high) for each in run.tranches)],
        ["违约路径数 paths in default", *(f"{each.defaults:,}" for each in run.tranches)],
        [f"{reference} PD", *(_share(each.reference_probability) for each in run.tranches)],
        ["差异 difference", *(f"{each.difference:+.4%}" for each in run.tranches)],
        ["差异/标准误 z", *(f"{each.z:+.2f}" for each in run.tranches)],
        ["控制变量后 controlled PD", *(_share(each.controlled_probability) for each in run.tranches)],
        ["其标准误 its s.e.", *(_share(each.controlled_error) for each in run.tranches)],
        ["模拟展期概率 simulated PE", *(_share(each.extension_probability) for each in run.tranches)],
        ["标准误 s.e.", *(_share(each.extension_error) for each in run.tranches)],
        [f"{reference} PE", *(_share(each.reference_extension) for each in run.tranches)],
        ["预期损失 EL", *(_share(each.expected_loss) for each in run.tranches)],
        ["标准误 s.e.", *(_share(each.expected_loss_error) for each in run.tranches)],
    ]
    header = ("指标 figure", *names)
    return [(f"{found.deal}: " + ", ".join(told), header, lines), _record_table(found, header)]


def _record_table(found: SimulationNumbers, header: tuple[str, ...]) -> Grid:
    record, centred = found.record, found.centred
    lines = []
    for word, each in (("历史比率 PD as recorded", record), ("除以均值后 PD over their mean", centred)):
        lines.append([word, *(_share(line.probability_of_default) for line in each.tranches)])
        lines.append(["标准误 s.e.", *(_share(line.standard_error) for line in each.tranches)])
        lines.append(["95% 区间 band", *(_band(line.low, line.high) for line in each.tranches)])
    title = (
        f"仅 {record.observations} 个历史项目的实际/预测比率（均值 {record.mean_ratio:.2f}），不足以替代模型 "
        f"only {record.observations} past deals' outturn ratios (mean {record.mean_ratio:.2f}): no substitute for a model"
    )
    return title, header, lines


def _share(value: float) -> str:
    return f"{value:.4%}"


def _band(low: float, high: float) -> str:
    return f"{low:.4%} ~ {high:.4%}"
