"""Many deals that differ in numbers only, searched in one: a table of shocks costs little more than a few deals.

Deals of one stack share dates, costs, reserve, payers and the order of payment; balances, coupons and collections may
differ. One whose cash can turn on the way (triggers, calls) is searched alone: its scan follows its own regimes.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.break_even import MultipleScan, line_of_multiples, scale_of
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.order import has_interest
from kmv_core.deal.payment_run import Tests
from kmv_core.deal.payments import REPAID_TOLERANCE, Payments, Rates, can_turn
from kmv_core.deal.regions import BreakEven, Owners, find_regions
from kmv_core.deal.schedule import Schedule, coupon_rates
from kmv_core.deal.waterfall import PAID_TOLERANCE
from kmv_core.vocabulary.checks import Floats

_AT_ONCE = 8_192
"""Paths of one run: what it keeps of them fits the cache."""


def stack_key(deal: Deal) -> Hashable:
    """What deals of one stack have in common."""
    ranked = deal.by_rank
    dates = (deal.closing_date, deal.first_payment_date, deal.payments_per_year, deal.legal_maturity)
    notes = tuple(
        (each.tranche, each.rank, each.expected_maturity, each.repayment, each.fixed_return, has_interest(deal, each))
        for each in ranked
    )
    paid = (
        deal.fees,
        deal.fee_schedule,
        deal.principal_schedule,
        deal.reserve,
        deal.support,
        deal.order,
        deal.triggers,
    )
    return (dates, deal.collection_lag, deal.pool.cutoff_date, deal.structure, notes, paid)


def stacked_break_evens(
    deals: Sequence[Deal], schedule: Schedule, *, payers_alive: Sequence[bool] | None = None
) -> list[tuple[list[BreakEven], list[BreakEven]]]:
    """By deal of a stack: by legal and by expected maturity, one break-even each per tranche by rank."""
    # What decides it is the same for the whole stack.
    if can_turn(deals[0]):
        return [MultipleScan(each, schedule, payers_alive=payers_alive).break_evens() for each in deals]
    return StackedScan(deals, schedule, payers_alive=payers_alive).break_evens()


class _StillDue:
    """[tranche, payment date]: what may still be outstanding, by path; worked out when it is asked for."""

    def __init__(self, shares: Floats, sizes: Floats) -> None:
        self.shares, self.sizes = shares, sizes

    def __getitem__(self, place: tuple[int, int]) -> Floats | float:
        share = float(self.shares[place])
        return share if share == 0.0 else share * self.sizes[place[0]]


class StackedScan:
    """The waterfalls of a stack as functions of the collections multiple q."""

    def __init__(
        self, deals: Sequence[Deal], schedule: Schedule, *, payers_alive: Sequence[bool] | None = None
    ) -> None:
        self.payers_alive = payers_alive
        self.payments = Payments(deals[0], schedule)
        if self.payments.turns:
            raise ValueError("a deal whose cash can turn is searched alone")
        self.expected: Floats = np.array([expected_collections(each, schedule) for each in deals])
        """[deal, payment date]."""
        self.by_date: Floats = np.ascontiguousarray(self.expected.T)
        self.sizes: Floats = np.array([[line.balance for line in each.by_rank] for each in deals]).T
        self.interest: Floats = np.moveaxis(
            np.array([coupon_rates(each, schedule) for each in deals]) * schedule.fractions, 0, -1
        )
        """[tranche, payment date, deal]."""
        self.issue: Floats = np.array([each.issue_size for each in deals])
        # Shares of the balance, the same for every deal of the stack.
        self.still_due: Floats = self.payments.fall_due / self.payments.sizes[:, None]
        scales = [
            scale_of(owed, got) for owed, got in zip(self.sizes.sum(axis=0), self.expected.sum(axis=1), strict=True)
        ]
        self.grids: Floats = np.array([line_of_multiples(float(each)) for each in scales])

    def break_evens(self) -> list[tuple[list[BreakEven], list[BreakEven]]]:
        """By deal: by legal and by expected maturity, one each per tranche by rank."""
        found = find_regions(self.grids, self.unpaid)
        count = len(self.sizes)
        return [(each[:count], each[count:]) for each in found]

    def unpaid(self, owners: Owners, multiples: Floats) -> NDArray[np.bool_]:
        """[test, path]: every tranche by legal, then every tranche by its expected maturity."""
        parts = [slice(start, start + _AT_ONCE) for start in range(0, len(owners), _AT_ONCE)]
        return np.concatenate([self._tests(owners[each], multiples[each]).failed for each in parts], axis=1)

    def _tests(self, owners: Owners, multiples: Floats) -> Tests:
        cash = self.by_date[:, owners] * multiples
        return self._of_paths(owners).tests(cash, payers_alive=self.payers_alive)

    def _of_paths(self, owners: Owners) -> Payments:
        """The deals compiled, path by path."""
        paths = copy.copy(self.payments)
        paths.is_stack = True
        paths.sizes = self.sizes[:, owners]
        paths.tolerances = PAID_TOLERANCE * paths.sizes
        paths.fall_due = _StillDue(self.still_due, paths.sizes)  # type: ignore[assignment]  # asked for row by row
        paths.least_interest = REPAID_TOLERANCE * self.issue[owners]  # type: ignore[assignment]  # by path in a stack
        paths.interest_at = self._rates(owners)
        return paths

    def _rates(self, owners: Owners) -> Rates:
        """A number where all deals bear the same, [path] where not."""
        rates: Rates = []
        for by_tranche in np.moveaxis(self.interest, 1, 0):
            row = []
            for k, each in enumerate(by_tranche):
                if each.any():
                    row.append((k, float(each[0]) if (each == each[0]).all() else each[owners]))
            rates.append(row)
        return rates
