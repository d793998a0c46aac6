"""Where a tranche is just paid: the level of one factor of the deal, everything else held.

    collections_multiple  smallest multiple of expected collections: q*, the break-even of the waterfall
    recovery_rate         q* x recovery rate: the rate that comes in, the plan of the triggers held
    delay                 largest delay of all collections, years, the plan of the triggers held
    coupon                largest coupon (a floater's margin) of the tranche itself

Paid is what the `waterfall` reading means by it: interest at every date and principal by legal maturity, of the tranche
and of all ranking before it. For delay and coupon the line from 0 is scanned and the first change from paid to unpaid
closed in on to neighbouring numbers; the answer is the paid one of the two. A factor that changes nothing, or never
enough, has no break-even: E310 with the range that was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.vocabulary.checks import Floats, nearest
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors
from kmv_core.vocabulary.terms import BREAK_EVEN_FACTORS, TERMS

_POINTS = 97
"""Of the scan: unpaid stretches narrower than a ninety-sixth of the range may be passed over."""
_CLOSE = 1e-16
"""Of the range: a break-even at 0 itself would else be closed in on forever."""

Failing = Callable[[float], bool]


def break_even_factor(
    deal: Deal,
    tranche: str,
    factor: str = "collections_multiple",
    *,
    payers_alive: Sequence[bool] | None = None,
) -> float:
    """The level of `factor` at which `tranche` is just paid, in the factor's own unit (table above).

    `payers_alive` says of each line of support whether it pays; none does where it is left out. Raises KmvError with
    every problem of the deal; E204 for an unknown tranche or factor, E291 for a factor that a pool of licences has not,
    E310 where no level within the factor's range is a break-even.
    """
    raise_errors(deal_problems(deal))
    names = [each.tranche for each in deal.by_rank]
    for what, what_zh, word, known in (
        ("tranche", "档次", tranche, names),
        ("factor", "因素", factor, BREAK_EVEN_FACTORS),
    ):
        if word not in known:
            raise KmvError(problem("E204", what=what, what_zh=what_zh, name=word, nearest=nearest(word, known)))
    if factor in ("recovery_rate", "delay") and deal.recovery is None:
        raise KmvError(problem("E291", name=factor, section="recovery"))
    k = names.index(tranche)
    schedule = schedule_of(deal)
    if factor in ("collections_multiple", "recovery_rate"):
        return _multiple(deal, schedule, k, factor, payers_alive)
    if factor == "delay":
        # Later than the last window nothing comes any more.
        most = min(float(schedule.window_ends[-1]), TERMS["delay"].domain.high)
        return _first_failure(_late(deal, schedule, k, payers_alive), most, tranche, factor)
    return _first_failure(_dear(deal, schedule, k, payers_alive), TERMS["coupon"].domain.high, tranche, factor)


def _multiple(deal: Deal, schedule: Schedule, k: int, factor: str, payers_alive: Sequence[bool] | None) -> float:
    scan = MultipleScan(deal, schedule, payers_alive=payers_alive)
    multiple = scan.break_evens()[0][k].multiple
    name = deal.by_rank[k].tranche
    if factor == "collections_multiple":
        if not np.isfinite(multiple):
            raise _out_of_reach(name, factor, float(scan.grid[-1]), paid=False)
        return multiple
    needed = multiple * deal.loans.recovery_rate
    most = TERMS["recovery_rate"].domain.high
    if not needed <= most:
        raise _out_of_reach(name, factor, most, paid=False)
    return needed


def _late(deal: Deal, schedule: Schedule, k: int, payers_alive: Sequence[bool] | None) -> Failing:
    payments = Payments(deal, schedule)

    def failing(delay: float) -> bool:
        cash: Floats = replace(deal.loans, delay=delay).net_collections(
            pool_balance=deal.pool.pool_balance, window_ends=schedule.window_ends
        )
        return bool(payments.tests(cash[:, None], payers_alive=payers_alive).failed[k, 0])

    return failing


def _dear(deal: Deal, schedule: Schedule, k: int, payers_alive: Sequence[bool] | None) -> Failing:
    mine = deal.by_rank[k].tranche
    expected = MultipleScan(deal, schedule).expected[:, None]

    def at(coupon: float) -> Deal:
        lines = tuple(replace(each, coupon=coupon) if each.tranche == mine else each for each in deal.tranches)
        return replace(deal, tranches=lines)

    # A coupon may need a line of the order of payment that the deal's own order has not.
    raise_errors(deal_problems(at(TERMS["coupon"].domain.high)))

    def failing(coupon: float) -> bool:
        return bool(Payments(at(coupon), schedule).tests(expected, payers_alive=payers_alive).failed[k, 0])

    return failing


def _first_failure(failing: Failing, most: float, tranche: str, factor: str) -> float:
    """The last paid number before the first failure from 0 to `most`."""
    points = np.linspace(0.0, most, _POINTS).tolist()
    at = next((i for i, each in enumerate(points) if failing(each)), None)
    if at is None or at == 0:
        raise _out_of_reach(tranche, factor, most, paid=at is None)
    paid, unpaid = points[at - 1], points[at]
    # Bisection: the test is a yes or no, which Brent's method cannot use.
    while unpaid - paid > _CLOSE * most and paid < (middle := 0.5 * (paid + unpaid)) < unpaid:
        if failing(middle):
            unpaid = middle
        else:
            paid = middle
    return float(paid)


def _out_of_reach(tranche: str, factor: str, most: float, *, paid: bool) -> KmvError:
    term = TERMS[factor]
    return KmvError(
        problem(
            "E310",
            found=f"'{tranche}' just paid by {factor}",
            found_zh=f"“{tranche}”刚好足额兑付的{term.zh}（{factor}）",
            reachable=f"{factor} 0 to {most:g}: " + ("paid throughout" if paid else "unpaid from 0 on"),
            reachable_zh=f"{factor} 自 0 至 {most:g}：" + ("始终足额" if paid else "自 0 起即不足"),
        )
    )
