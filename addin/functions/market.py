"""Classic KMV from market prices, for companies with a listed equity."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.functions.ranges import flat_numbers
from addin.functions.registry import worksheet_function
from kmv_core.structural.calibration import INPUTS, Status, calibrate_assets
from kmv_core.vocabulary.checks import number_problem
from kmv_core.vocabulary.errors import Problem, problem

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
