"""The `waterfall` reading: the smallest multiple of expected collections with which a tranche is just paid.

Collections are q x expected. B = {q: the tranche is not paid}; q* = sup B. Paid means interest at every
payment date and principal by the tested date, of the tranche and of all ranking before it, the shortfall at
most 1e-12 of the tranche's size. The whole line of q is scanned in one batch for every tranche and both
tests, then every change of state is closed in on. Where a trigger, a call or a released reserve can turn the cash, a
narrow region may be unpaid between two paid ones: the line is scanned more densely, and first wherever the regime
(orders in force, call, arrears, release, by date) changes between two neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.loss_curve import LossCurve, adaptive_losses
from kmv_core.deal.payment_run import Tests
from kmv_core.deal.payments import Payments
from kmv_core.deal.regions import BreakEven, find_regions
from kmv_core.deal.schedule import Schedule
from kmv_core.deal.waterfall import Waterfall
from kmv_core.vocabulary.checks import Floats

_DENSE, _DENSER, _SPARSE = 224, 896, 16
_SECTIONS = 32
_REGIME = 1e-10
"""Of a multiple: a regime that is narrower has no probability to speak of."""
_MOST = 1e200
_AFFINE = 1e-13
"""Of the issue size: a bend in a loss below it is the arithmetic's own rounding."""


def scale_of(owed: float, collected: float) -> float:
    """The multiple about which a scan looks closest."""
    # A pool that brings next to nothing has no multiple that matters; the line must stay finite.
    return min(owed / collected, _MOST) if collected > 0.0 else 1.0


def line_of_multiples(scale: float, *, denser: bool = False) -> Floats:
    """0, then six decades to either side of `scale`, closest together about it."""
    line: Floats = scale * _unit_line(_DENSER if denser else _DENSE)
    return line


@lru_cache(maxsize=2)
def _unit_line(dense: int) -> Floats:
    low = np.geomspace(1e-6, 1.0 / 30.0, _SPARSE, endpoint=False)
    high = np.geomspace(1e6, 30.0, _SPARSE, endpoint=False)[::-1]
    return np.concatenate([[0.0], low, np.geomspace(1.0 / 30.0, 30.0, dense), high])


class MultipleScan:
    """A deal's waterfall as a function of the collections multiple q.

    `received` is money collected at the first payment dates: q is then the multiple of what is still to come.
    """

    def __init__(
        self,
        deal: Deal,
        schedule: Schedule,
        *,
        payers_alive: Sequence[bool] | None = None,
        received: Floats | None = None,
    ) -> None:
        self.deal, self.schedule, self.payers_alive = deal, schedule, payers_alive
        self.payments = Payments(deal, schedule)
        planned = expected_collections(deal, schedule)
        seen = 0 if received is None else len(received)
        self.received: Floats = np.concatenate([[] if received is None else received, np.zeros(len(planned) - seen)])
        """Collected already, whatever q."""
        self.expected: Floats = np.concatenate([np.zeros(seen), planned[seen:]])
        self.sizes = self.payments.sizes
        scale = scale_of(float(self.sizes.sum()), float(self.expected.sum()))
        # Both sides of where a recovery trigger changes its mind: a region may begin or end just there.
        edges = [q * (1.0 + shift) for q in self._limits(planned, is_new=seen == 0) for shift in (-1e-12, 0.0, 1e-12)]
        grid = np.unique(np.concatenate([line_of_multiples(scale, denser=self.payments.turns), edges]))
        self.grid: Floats = self._with_regimes(grid) if self.payments.turns else grid

    def _limits(self, planned: Floats, *, is_new: bool) -> list[float]:
        """Every q at which collections to some date are a recovery trigger's limit of those planned."""
        got, come = np.cumsum(self.received), np.cumsum(self.expected)
        at = np.flatnonzero(come > 0.0)
        limits = [each.limit for each in self.deal.triggers if each.test == "cumulative_recovery" and each.limit]
        if is_new:
            # Collections that move together are at the limit at every date at once.
            return limits
        found = [(limit * np.cumsum(planned)[at] - got[at]) / come[at] for limit in limits]
        return [q for each in found for q in each.tolist() if q > 0.0]

    def _with_regimes(self, grid: Floats) -> Floats:
        """The grid with both sides of every change of regime that its neighbours show."""
        found = [grid]
        regime = self.tests(grid).regime
        low, high, left, right = grid[:-1], grid[1:], regime[:-1], regime[1:]
        parts = np.linspace(0.0, 1.0, _SECTIONS + 2)[1:-1]
        while True:
            # Below the first multiple there is nothing to tell apart.
            split = (left != right) & (low > 0.0) & (high - low > _REGIME * high)
            if not split.any():
                return np.unique(np.concatenate(found))
            low, high, left, right = low[split], high[split], left[split], right[split]
            inner = low[:, None] + (high - low)[:, None] * parts
            seen = self.tests(inner.reshape(-1)).regime.reshape(inner.shape)
            ladder = np.concatenate([low[:, None], inner, high[:, None]], axis=1)
            rungs = np.concatenate([left[:, None], seen, right[:, None]], axis=1)
            change = rungs[:, :-1] != rungs[:, 1:]
            low, high = ladder[:, :-1][change], ladder[:, 1:][change]
            left, right = rungs[:, :-1][change], rungs[:, 1:][change]
            found += [low, high]

    def run(self, multiples: Floats) -> Waterfall:
        """The waterfall at each multiple, one path each."""
        return self.payments.run(self.received + multiples[:, None] * self.expected, payers_alive=self.payers_alive)

    def tests(self, multiples: Floats, *, by_date: bool = False) -> Tests:
        """The tests and losses at each multiple, one path each."""
        cash = self.expected[:, None] * multiples
        if self.received.any():
            cash += self.received[:, None]
        return self.payments.tests(cash, payers_alive=self.payers_alive, by_date=by_date)

    def unpaid(self, multiples: Floats) -> NDArray[np.bool_]:
        """[test, multiple]: every tranche by legal, then every tranche by its expected maturity."""
        return self.tests(multiples).failed

    def unpaid_by_date(self, multiples: Floats) -> NDArray[np.bool_]:
        """[tranche x payment date, multiple]: failed by then, the expected maturity included."""
        by_date = self.tests(multiples, by_date=True).by_date
        return by_date.reshape(-1, by_date.shape[-1])

    def break_evens(self) -> tuple[list[BreakEven], list[BreakEven]]:
        """By legal and by expected maturity, one each per tranche by rank."""
        (found,) = find_regions(self.grid[None, :], lambda _, multiples: self.unpaid(multiples))
        return found[: len(self.sizes)], found[len(self.sizes) :]

    def break_evens_by_date(self) -> list[list[BreakEven]]:
        """By tranche by rank and payment date: what fails it by then, its expected maturity included."""
        (found,) = find_regions(self.grid[None, :], lambda _, multiples: self.unpaid_by_date(multiples))
        periods = len(self.schedule.dates)
        return [found[start : start + periods] for start in range(0, len(found), periods)]

    def loss_curve(self, ceiling: float, chance: Callable[[Floats], Floats]) -> LossCurve:
        """The loss of every tranche for multiples up to `ceiling`; `chance` is P(q < multiple)."""
        knots = np.append(self.grid[self.grid < ceiling], ceiling) if np.isfinite(ceiling) else self.grid
        rounding = _AFFINE * self.sizes.sum() / self.sizes
        return adaptive_losses(self._loss, knots, rounding=rounding, chance=chance)

    def _loss(self, multiples: Floats) -> Floats:
        return self.tests(multiples).lost
