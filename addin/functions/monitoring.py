"""After issue: what trustee reports say of the deal."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.actuals import actuals_of_rows
from addin.functions.ranges import all_numbers, flag, number_inside, word
from addin.functions.registry import worksheet_function
from addin.functions.shapes import RANGE, misshapen
from addin.functions.tranche import deal_key, deal_of, heading, tranche_of
from addin.monitor_words import LEVELS
from kmv_core.risk.exact import MOST_LICENSEES
from kmv_core.risk.monitor import Monitoring, monitor, period_deviations
from kmv_core.risk.tie_out import tie_out
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS

_MOST = 16
_monitorings: dict[str, Monitoring] = {}


def _monitoring(deal: Any, actuals: Any, noise: float | None) -> Monitoring:
    """Computed once for each content: every tranche of a sheet asks for the same."""
    key = deal_key((deal, actuals, noise))
    if key not in _monitorings:
        found = deal_of(deal)
        told = monitor(found, actuals_of_rows(found, actuals).reports, period_noise=noise)
        while len(_monitorings) >= _MOST:
            _monitorings.pop(next(iter(_monitorings)))
        _monitorings[key] = told
    return _monitorings[key]


@worksheet_function("Monitoring", "实际与预测回收：各期偏离与累计偏离（实际/预测 - 1），预测为 0 处留空。")
def ACTUAL_VS_FORECAST(actual_collections: Any, forecast_collections: Any) -> Any:
    """Actual against forecast collections: deviation of each period and cumulative, actual over forecast less one."""
    actual = all_numbers(actual_collections, TERMS["actual_collections"])
    forecast = all_numbers(forecast_collections, TERMS["forecast_collections"])
    single, cumulative = period_deviations(actual=actual, forecast=forecast)
    return [[_blank(one), _blank(total)] for one, total in zip(single.tolist(), cumulative.tolist(), strict=True)]


@worksheet_function(
    "Monitoring",
    "存续期违约概率迁移：设立日及各报告日的违约概率（法定到期）、展期概率（预期到期）与预警级别；缺省为最优先档。",
    heavy=True,
)
def PD_MIGRATION(
    deal: Any,
    actuals: Any,
    tranche: Any = None,
    collection_noise: Any = None,
    shown_reading: Any = "headline",
    labels: Any = False,
) -> Any:
    """PD migration: date, PD by legal maturity, PD by expected maturity, warning level, from closing on; one tranche.

    `actuals` are trustee reports under their headers (addin.actuals), the first tranche counts where none is named.
    Formulas: kmv_core.risk.monitor, for licences kmv_core.risk.monitor_exact. E204 names the nearest tranche, E291 a
    pool without licences, E283 one of too many licensees for `exact`, E350 a noise the volatility cannot bear, and
    what is wrong with the reports has the codes of `actuals_of_rows`.
    """
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    if not isinstance(actuals, tuple):
        raise misshapen(TERMS["actuals"], RANGE)
    name = found.by_rank[0].tranche if tranche is None else tranche_of(found, tranche)
    noise = None if collection_noise is None else number_inside(collection_noise, TERMS["collection_noise"])
    wanted = word(shown_reading, TERMS["shown_reading"], "headline")
    told = _monitoring(deal, actuals, noise)
    if wanted == "headline":
        wanted = told.readings[0]
    if wanted not in told.readings:
        licensees = len({each.licensee for each in found.licences})
        if licensees > MOST_LICENSEES:
            raise KmvError(problem("E283", found=licensees, most=MOST_LICENSEES))
        raise KmvError(problem("E291", name=wanted, section="licences"))
    rows: list[list[Any]] = [
        [each.date, each.probability_of_default, each.extension_probability, LEVELS[each.level]]
        for each in told.line(name, wanted)
    ]
    heads = [heading(key) for key in ("payment_date", "probability_of_default", "extension_probability")]
    return [[*heads, "预警级别 | level"], *rows] if shown else rows


@worksheet_function(
    "Monitoring", "与受托报告核对：差异（受托方 - 本方）与是否在容差内（1 一致，0 不一致），每个数一行。"
)
def TIE_OUT(ours: Any, trustee: Any, tolerance: Any = 0.01) -> Any:
    """Tie-out against the trustee: difference (trustee less ours), and 1 where within the tolerance, else 0; a row each."""
    difference, agrees = tie_out(
        ours=all_numbers(ours, TERMS["ours"]),
        trustee=all_numbers(trustee, TERMS["trustee"]),
        tolerance=number_inside(tolerance, TERMS["tolerance"], 0.01),
    )
    return [[one, int(same)] for one, same in zip(difference.tolist(), agrees.tolist(), strict=True)]


def _blank(value: float) -> Any:
    return None if np.isnan(value) else value
