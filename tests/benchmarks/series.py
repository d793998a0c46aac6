"""Milliseconds a firm of the series calibration, beside the `merton` package where it is installed.

    python -m tests.benchmarks.series [firms]

Both run on the same firms in the same process, one after the other, so that the ratio outlives the machine.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
from scipy import special

from kmv_core.structural.series import METHODS, calibrate_series

OBSERVATIONS, PERIODS = 250, 252
RUNS = 5
PEER_FIRMS = 4


def firms(count: int, *, seed: int = 0) -> dict[str, Any]:
    """Equity values that the model itself makes: leverage 30 % to 95 %, volatility 10 % to 50 %, one-year debt."""
    rng = np.random.default_rng(seed)
    s, debt, rate = rng.uniform(0.1, 0.5, count), rng.uniform(30.0, 95.0, count), rng.uniform(0.0, 0.05, count)
    shocks = s[:, None] / np.sqrt(PERIODS) * rng.standard_normal((count, OBSERVATIONS))
    value = 100.0 * np.exp(np.cumsum(shocks, axis=1))
    owed, w = (debt * np.exp(-rate))[:, None], s[:, None]
    d1 = np.log(value / owed) / w + w / 2
    equity = value * special.ndtr(d1) - owed * special.ndtr(d1 - w)
    return {"equity_value": equity, "default_point": debt, "risk_free_rate": rate, "periods_per_year": PERIODS}


def milliseconds(work: Callable[[], object], *, runs: int) -> tuple[float, float]:
    """Median and least wall time of several runs."""
    spans = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        spans.append(1e3 * (time.perf_counter() - start))
    return float(np.median(spans)), min(spans)


def peer_volatilities(given: dict[str, Any], method: str) -> list[float]:
    """The `merton` package, firm by firm, on the same likelihood as ours; nan where it gives up."""
    from merton.calibration.duan_mle import duan_mle
    from merton.calibration.vassalou_xing import vassalou_xing
    from merton.exceptions import CalibrationConvergenceError

    def one(equity: Any, debt: float, rate: float) -> float:
        shared = {"debt": debt, "rf": rate, "T": 1.0}
        try:
            if method == "iterative":
                return float(vassalou_xing(equity=equity, **shared).asset_vol)
            return float(duan_mle(equity_series=equity, survivor_bias_correction=False, **shared).asset_vol)
        except CalibrationConvergenceError:
            return float("nan")

    rows = zip(given["equity_value"], given["default_point"], given["risk_free_rate"], strict=True)
    return [one(equity, float(debt), float(rate)) for equity, debt, rate in islice(rows, PEER_FIRMS)]


def main(count: int) -> None:
    given = firms(count)
    peer = importlib.util.find_spec("merton") is not None
    for method in METHODS:

        def ours(method: str = method) -> Any:
            return calibrate_series(**given, method=method)

        volatility = ours().asset_volatility
        median, least = (each / count for each in milliseconds(ours, runs=RUNS))
        line = f"{method:9s} {count} firms x {OBSERVATIONS}: {median:.3f} ms a firm (best run {least:.3f})"
        if peer:
            start = time.perf_counter()
            found = np.array(peer_volatilities(given, method))
            theirs = 1e3 * (time.perf_counter() - start) / PEER_FIRMS
            apart = np.abs(found / volatility[:PEER_FIRMS] - 1.0)
            line += (
                f"; merton {theirs:.0f} ms a firm ({PEER_FIRMS} firms, {int(np.isnan(found).sum())} given up), "
                f"ratio {theirs / median:.0f}, volatilities apart by at most {np.nanmax(apart, initial=0.0):.1e}"
            )
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
