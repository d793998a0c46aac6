"""Classic KMV from market prices, for companies with a listed equity."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.functions.ranges import all_numbers, flat_numbers, one_number, word
from addin.functions.registry import worksheet_function
from kmv_core.assets import volatility_series
from kmv_core.assets.normality import normality
from kmv_core.structural.calibration import INPUTS, Status, calibrate_assets
from kmv_core.structural.series import calibrate_series
from kmv_core.vocabulary.checks import number_problem
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS

COLUMNS = ("asset_value", "asset_volatility", "distance_to_default", "probability_of_default")


@worksheet_function("KMV", "由股权价值与波动率求资产价值、资产波动率、违约距离、违约概率（风险中性），每行一家。")
def KMV_CALIBRATE(
    equity_value: Any,
    equity_volatility: Any,
    default_point: Any,
    risk_free_rate: Any = 0.0,
    horizon: Any = 1.0,
) -> Any:
    """Asset value, asset volatility, DD and PD (risk-neutral) from equity; one company a row."""
    cells = (equity_value, equity_volatility, default_point, risk_free_rate, horizon)
    columns = flat_numbers(dict(zip(INPUTS, cells, strict=True)), {"risk_free_rate": 0.0, "horizon": 1.0})
    failed = [_first_problem(row) for row in columns]
    values = [[1.0 if isinstance(each, Problem) else each for each in row] for row in columns]
    found = calibrate_assets(**dict(zip(INPUTS, np.array(values).T, strict=True)))
    results = np.stack([getattr(found, name) for name in COLUMNS], axis=1).tolist()
    rows: list[list[Any]] = []
    for wrong, status, result in zip(failed, found.status.tolist(), results, strict=True):
        if wrong is None and status != Status.CONVERGED:
            wrong = problem("E310", found="E, sigma_E", reachable="-")
        rows.append([wrong] * len(COLUMNS) if wrong is not None else result)
    return rows


def _first_problem(row: list[float | Problem]) -> Problem | None:
    for name, each in zip(INPUTS, row, strict=True):
        wrong = each if isinstance(each, Problem) else number_problem(name, each)
        if wrong is not None and wrong.is_error:
            return wrong
    return None


@worksheet_function(
    "KMV", "由一家公司的股权序列求资产波动率、漂移、波动率标准误、违约距离、违约概率（真实概率）。", heavy=True
)
def KMV_SERIES(
    equity_value: Any,
    default_point: Any,
    risk_free_rate: Any = 0.0,
    horizon: Any = 1.0,
    periods_per_year: Any = 250.0,
    method: Any = "iterative",
) -> Any:
    """Asset volatility, drift, s.e. of the volatility, DD and PD (real-world) from a series of equity values."""
    prices = all_numbers(equity_value, TERMS["equity_value"])
    owed = all_numbers(default_point, TERMS["default_point"])
    found = calibrate_series(
        equity_value=prices,
        default_point=owed if len(owed) > 1 else owed[0],
        risk_free_rate=one_number(risk_free_rate, TERMS["risk_free_rate"], 0.0),
        horizon=one_number(horizon, TERMS["horizon"], 1.0),
        periods_per_year=one_number(periods_per_year, TERMS["periods_per_year"], 250.0),
        method="mle" if word(method, TERMS["method"], "iterative") == "mle" else "iterative",
    )
    if found.status != Status.CONVERGED:
        inputs = {"equity_value": prices, "default_point": owed}
        wrong = (number_problem(name, each) for name, values in inputs.items() for each in values)
        first = next((each for each in wrong if each is not None and each.is_error), None)
        raise KmvError(first or problem("E310", found="s", reachable="-"))
    names = ("asset_volatility", "drift", "standard_error", "distance_to_default", "probability_of_default")
    return [[float(getattr(found, name)) for name in names]]


@worksheet_function("KMV", "序列的年化波动率、标准误、变动个数与正态性检验 p 值（Shapiro-Wilk）。")
def KMV_VOLATILITY(value_series: Any, periods_per_year: Any = 250.0, estimator: Any = "mle") -> Any:
    """Volatility a year of a series, its standard error, number of changes, and p of normality (Shapiro-Wilk)."""
    values = all_numbers(value_series, TERMS["value_series"])
    name = word(estimator, TERMS["estimator"], "mle")
    year = one_number(periods_per_year, TERMS["periods_per_year"], 250.0)
    if name.startswith("thesis"):
        thesis = getattr(volatility_series, f"{name}_volatility")
        found = thesis(collections=values, horizon_periods=year)
        base = np.cumsum(values) if name == "thesis_cumulative" else np.array(values)
    else:
        usual = getattr(volatility_series, f"{name}_volatility")
        found = usual(value_series=values, horizon_periods=year)
        base = np.array(values)
    p = normality(log_series=np.diff(np.log(base))).shapiro_wilk_p
    return [[found.value, found.standard_error, found.observations, p]]
