"""The simulation beside the cost of its random numbers alone: 100,000 paths, 60 payment dates, two tranches.

Run at the top of a checkout: `python -m tests.benchmarks.simulation`. The peer draws a standard normal a path and
payment date and one a pair, and takes their exponentials, in blocks of the same shape and in the same run. What the
simulation costs above it is its waterfall (fees, interest, reserve, principal, tests) and the closed form it is held
against; what it saves is the noise of paths on which everything is repaid already, about a fifth. Processor time of
one thread each: what else the machine does does not count.
"""

from __future__ import annotations

import datetime as dt
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from time import process_time

import numpy as np

from addin.deals import example_deal
from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.simulate import BLOCK, simulate

PATHS, PERIODS = 100_000, 60


def monthly_deal() -> Deal:
    """The shipped deal paid monthly over five years, collections spread over all of them; every fee and coupon above 0.

    In the base case the senior is repaid after twenty months, the subordinated after three years.
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


def cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = process_time()
    work()
    return process_time() - start


def main() -> None:
    deal = monthly_deal()
    periods = len(schedule_of(deal).dates)
    if (periods, len(deal.tranches)) != (PERIODS, 2) or not deal.fees or not deal.reserve.reserve_multiple:
        raise SystemExit(f"not the deal that was meant: {periods} dates, {len(deal.tranches)} tranches")
    print(f"{PATHS:,} paths, {periods} payment dates, 2 tranches, {len(deal.fees)} fees, reserve, period noise .3")
    ours, theirs, closed = [], [], []
    for _ in range(15):
        # In turns, so that a slow spell meets all three.
        ours.append(cpu(lambda: simulate(deal, paths=PATHS, seed=1, period_noise=0.3)))
        theirs.append(cpu(random_numbers))
        closed.append(cpu(lambda: simulate(deal, paths=2, seed=1)))
    print(f"simulate {min(ours):.4f} s, of which {min(closed):.4f} s for the closed form of the same deal")
    print(f"random numbers and exponentials alone {min(theirs):.4f} s")
    tracemalloc.start()
    simulate(deal, paths=PATHS, seed=1, period_noise=0.3)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"ratio {min(ours) / min(theirs):.2f} (at most 2), peak memory {peak:.0f} MB (below 300)")


if __name__ == "__main__":
    main()
    sys.exit(0)
