"""The KMV engine beside what a user could pick instead, as ratios of one run.

Run at the top of a checkout: `python -m tests.benchmarks.engine`. The peer `merton` (Apache-2) is timed where it
is installed (`pip install ".[bench]"`), and left out, and said so, where it is not.
"""

from __future__ import annotations

import math
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy import special
from scipy.optimize import fsolve

from kmv_core.structural.calibration import calibrate_assets
from kmv_core.structural.merton import probability_of_default

Rows = tuple[np.ndarray, ...]


def best(work: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the fastest run: what is slower is the machine's doing."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def companies(count: int) -> Rows:
    """E, sigma_E, D, r, T, A, s of companies with E/D from 1e-6 to about 19."""
    g = np.random.default_rng(7)
    more = int(count * 1.5) + 100
    owned, s = 100 * np.exp(g.normal(0, 2, more)), np.exp(g.uniform(np.log(0.05), np.log(0.8), more))
    debt, rate, time = g.uniform(0.05, 1.3, more) * owned, g.uniform(-0.005, 0.08, more), g.uniform(0.5, 5, more)
    owed, w = debt * np.exp(-rate * time), s * np.sqrt(time)
    d1 = np.log(owned / owed) / w + w / 2
    equity = owned * special.ndtr(d1) - owed * special.ndtr(d1 - w)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = s * owned * special.ndtr(d1) / equity
    kept = np.flatnonzero(equity / debt > 1e-6)[:count]
    return tuple(each[kept] for each in (equity, spread, debt, rate, time, owned, s))


def scaled_fsolve(rows: Rows) -> np.ndarray:
    """The usual way: two equations in units of the debt, one row at a time."""
    found = []
    for equity, spread, debt, rate, time, *_ in zip(*rows, strict=True):
        owed = math.exp(-rate * time)

        def gap(z: np.ndarray, e: float = equity / debt, v: float = spread, k: float = owed, t: float = time) -> list:
            w = z[1] * math.sqrt(t)
            d1 = math.log(z[0] / k) / w + w / 2
            inside = special.ndtr(d1)
            return [z[0] * inside - k * special.ndtr(d1 - w) - e, inside * z[1] * z[0] - v * e]

        start = [equity / debt + owed, spread * equity / (equity + debt)]
        try:
            found.append(fsolve(gap, start)[0] * debt)
        except ValueError:
            found.append(math.nan)
    return np.array(found)


def merton_rows(rows: Rows) -> tuple[float, float] | None:
    """Seconds a row of merton.batch_fit and the share of rows it gets wrong; None where it is not installed."""
    try:
        import merton
        import pandas as pd
    except ImportError:
        return None
    names = ("equity", "equity_vol", "debt_short", "rf", "horizon")
    panel = pd.DataFrame(dict(zip(names, rows, strict=False))).assign(debt_long=0.0)
    merton.batch_fit(panel[:20], dispatch="sequential")
    times = []
    for _ in range(3):
        start = perf_counter()
        fits = merton.batch_fit(panel, dispatch="sequential")
        times.append((perf_counter() - start) / len(panel))
    wrong = ~(np.abs(fits["asset_value"].to_numpy(float) / rows[5] - 1) < 1e-6)
    return min(times), float(wrong.mean())


def show(what: str, ours: float, unit: str, peer: str, theirs: float) -> None:
    print(f"{what:44s}{ours:10.4g} {unit:8s}{peer:26s}{theirs:10.4g}   {theirs / ours:9.3g} x")


def two_equations() -> None:
    """A million companies; the slow ones on a part, by the row."""
    count = 1_000_000
    rows = companies(count)
    names = ("equity_value", "equity_volatility", "default_point", "risk_free_rate", "horizon")
    given = dict(zip(names, rows, strict=False))
    calibrate_assets(**{name: each[:100_000] for name, each in given.items()})
    ours = best(lambda: calibrate_assets(**given)) / count
    found = calibrate_assets(**given)
    wrong = int((~(np.abs(found.asset_value / rows[5] - 1) < 1e-9)).sum())
    tracemalloc.start()
    calibrate_assets(**given)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    part = tuple(each[:2_000] for each in rows)
    show(
        "two equations, 1,000,000 rows, us/row",
        ours * 1e6,
        f"{wrong} wrong",
        "scaled fsolve + ndtr",
        best(lambda: scaled_fsolve(part), 3) / 2_000 * 1e6,
    )
    peer = merton_rows(tuple(each[:500] for each in rows))
    if peer is None:
        print("merton is not installed: left out")
    else:
        show("", ours * 1e6, "", f"merton, {peer[1]:.1%} wrong", peer[0] * 1e6)
    print(f"{'memory of that call':44s}{peak:10.0f} MB")


def tails() -> None:
    """Ten million points beside the floor: one normal tail and one logarithm of the same array."""
    owned = 100 * np.exp(np.random.default_rng(0).normal(0, 0.5, 10_000_000))
    given = {"default_point": 80.0, "asset_volatility": 0.2, "drift": 0.05}
    distance = np.log(owned / 80) / 0.2
    floor = best(lambda: (special.ndtr(distance), np.log(owned)))
    ours = best(lambda: probability_of_default(asset_value=owned, **given))
    show("probability_of_default, 10M points, s", ours, "", "scipy ndtr + one log", floor)


def single() -> None:
    """One number beside erfc and its arithmetic in pure Python."""

    def plain(a: float, d: float, s: float, m: float, t: float) -> float:
        w = s * math.sqrt(t)
        return 0.5 * math.erfc((math.log(a / d) + (m - 0.5 * s * s) * t) / w / math.sqrt(2))

    def ours() -> None:
        for _ in range(20_000):
            probability_of_default(asset_value=100.0, default_point=80.0, asset_volatility=0.2, drift=0.05, horizon=1.0)

    def theirs() -> None:
        for _ in range(20_000):
            plain(100.0, 80.0, 0.2, 0.05, 1.0)

    show("probability_of_default, one number, us", best(ours) / 0.02, "", "math.erfc, pure Python", best(theirs) / 0.02)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"{'work':44s}{'ours':>10s} {'':8s}{'peer':26s}{'peer':>10s}   {'peer/ours':>11s}")
    two_equations()
    tails()
    single()
    sys.exit(0)
