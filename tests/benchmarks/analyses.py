"""A full analysis of 21JIANXIN08 against one plain assessment of it, in the same run.

    python -m tests.benchmarks.analyses

Term structure, seven sensitivities of 21 points, a two-way grid 21 x 21, tornado, scenarios, sizing (every reading and
hold) and the worth of every control. The target is 60 times one assess(), the aim 30.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from addin.deals import example_deal
from kmv_core.risk.assess import assess
from kmv_core.risk.enhancement import enhancement_value
from kmv_core.risk.grid import sensitivity_grid
from kmv_core.risk.scenarios import scenarios
from kmv_core.risk.sensitivity import sensitivity
from kmv_core.risk.sizing_search import HOLDS, safe_balance
from kmv_core.risk.tornado import tornado

DEAL = example_deal("21jianxin08").deal
SHOCKS = {
    "issue_size": np.linspace(-0.2, 0.2, 21),
    "coupon": np.linspace(-0.02, 0.02, 21),
    "recovery_rate": np.linspace(-0.3, 0.3, 21),
    "maturity": np.linspace(-1.5, 1.5, 21),
    "volatility": np.linspace(-0.5, 0.5, 21),
    "delay": np.linspace(0.0, 1.0, 21),
    "sub_share": np.linspace(-0.1, 0.1, 21),
}
REPEATS = 5


def seven() -> None:
    for factor, shocks in SHOCKS.items():
        sensitivity(DEAL, factor, shocks.tolist())


def two_way() -> None:
    sensitivity_grid(DEAL, "recovery_rate", SHOCKS["recovery_rate"].tolist(), "coupon", SHOCKS["coupon"].tolist())


def sizing() -> None:
    for reading in ("due", "waterfall"):
        for hold in HOLDS:
            safe_balance(DEAL, reading=reading, hold=hold)


PARTS: dict[str, Callable[[], object]] = {
    "term structure": lambda: assess(DEAL).term_structure,
    "seven sensitivities of 21": seven,
    "two-way 21 x 21": two_way,
    "tornado": lambda: tornado(DEAL),
    "scenarios": lambda: scenarios(DEAL),
    "sizing": sizing,
    "enhancement": lambda: enhancement_value(DEAL),
}


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The shortest of a few runs, seconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    assess(DEAL)
    plain = best(lambda: assess(DEAL), 4 * REPEATS)
    total = 0.0
    print(f"one plain assess(): {1e3 * plain:.1f} ms")
    for name, work in PARTS.items():
        found = best(work, 2)
        total += found
        print(f"{name}: {found / plain:.1f} times")
    print(f"full analysis: {total / plain:.1f} times one plain assess() (target 60, aim 30)")


if __name__ == "__main__":
    main()
