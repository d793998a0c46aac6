"""The simulation beside the cost of its random numbers alone: 100,000 paths, 60 payment dates, two tranches.

Run at the top of a checkout: `python -m tests.benchmarks.simulation`. The peer draws as many standard normals and
takes as many exponentials, in blocks of the same shape and in the same run; what is above 1 is the waterfall, its
fees, interest, reserve, principal and tests. One thread each.
"""

from __future__ import annotations

import datetime as dt
import sys
import tracemalloc
from dataclasses import replace

import numpy as np

from addin.deals import example_deal
from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.simulate import BLOCK, simulate
from tests.benchmarks.engine import best

PATHS, PERIODS = 100_000, 60


def monthly_deal() -> Deal:
    """The shipped deal paid monthly over five years, collections spread over all of them; every fee and coupon above 0.

    Nothing is over early: half of the paths still owe the senior after two years, the subordinated after four.
    """
    deal = example_deal("21jianxin08").deal
    first = dt.date(deal.closing_date.year + 1, 1, 26)
    senior, subordinated = deal.tranches
    return replace(
        deal,
        payments_per_year=12,
        first_payment_date=first,
        legal_maturity=dt.date(first.year + PERIODS // 12 - 1, 12, 26),
        recovery=replace(deal.recovery, recovery_horizon=5.2, decay_rate=0.3, decay_shape=1.0, recovery_rate=0.36),
        tranches=(senior, replace(subordinated, coupon=0.05)),
        fees=tuple(replace(each, rate=rate) for each, rate in zip(deal.fees, (20.0, 0.002, 0.03), strict=True)),
        reserve=replace(deal.reserve, reserve_initial=100.0),
    )


def random_numbers() -> None:
    """A factor a pair and a noise a path and period, as the simulation draws them, and their exponentials."""
    pairs = PATHS // 2
    for start in range(0, pairs, BLOCK):
        count = min(BLOCK, pairs - start)
        rng = np.random.default_rng(start)
        factor = np.exp(rng.standard_normal(count))
        noise = np.empty((PERIODS, 2 * count))
        for row in noise:
            rng.standard_normal(out=row)
            np.exp(row, out=row)
        del factor


def main() -> None:
    deal = monthly_deal()
    periods = len(schedule_of(deal).dates)
    if (periods, len(deal.tranches)) != (PERIODS, 2) or not deal.fees or not deal.reserve.reserve_multiple:
        raise SystemExit(f"not the deal that was meant: {periods} dates, {len(deal.tranches)} tranches")
    print(f"{PATHS:,} paths, {periods} payment dates, 2 tranches, {len(deal.fees)} fees, reserve, period noise .3")
    ratios = []
    for _ in range(3):
        ours = best(lambda: simulate(deal, paths=PATHS, seed=1, period_noise=0.3))
        theirs = best(random_numbers)
        ratios.append(ours / theirs)
        print(f"simulate {ours:.4f} s   random numbers and exponentials {theirs:.4f} s   ratio {ratios[-1]:.2f}")
    tracemalloc.start()
    simulate(deal, paths=PATHS, seed=1, period_noise=0.3)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"ratio {sorted(ratios)[1]:.2f} (at most 2), peak memory {peak:.0f} MB (below 300)")


if __name__ == "__main__":
    main()
    sys.exit(0)
