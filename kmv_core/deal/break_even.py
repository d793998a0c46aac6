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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.loss_curve import LossCurve, adaptive_losses
from kmv_core.deal.payment_run import Tests
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import Schedule
from kmv_core.deal.waterfall import Waterfall
from kmv_core.vocabulary.checks import Floats

_DENSE, _DENSER, _SPARSE = 224, 896, 16
_SECTIONS, _MOST_SECTIONS, _POINTS = 32, 255, 1024
"""Points inside a bracket: a run costs the same for a few as for a thousand."""
_REGIME = 1e-10
"""Of a multiple: a regime that is narrower has no probability to speak of."""
_MOST = 1e200
_AFFINE = 1e-13
"""Of the issue size: a bend in a loss below it is the arithmetic's own rounding."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The set of multiples at which one test fails, as ascending intervals [from, to)."""

    unpaid: tuple[tuple[float, float], ...]

    @property
    def multiple(self) -> float:
        """q* = sup B: 0 where the test always holds, inf where it never does."""
        return self.unpaid[-1][1] if self.unpaid else 0.0

    @property
    def is_interval(self) -> bool:
        """Whether B is [0, q*) or empty; if not, more cash can hurt, and N(-DD) is the conservative figure."""
        return not self.unpaid or (len(self.unpaid) == 1 and self.unpaid[0][0] == 0.0)


class MultipleScan:
    """A deal's waterfall as a function of the collections multiple q."""

    def __init__(self, deal: Deal, schedule: Schedule, *, payers_alive: Sequence[bool] | None = None) -> None:
        self.deal, self.schedule, self.payers_alive = deal, schedule, payers_alive
        self.payments = Payments(deal, schedule)
        self.expected = expected_collections(deal, schedule)
        self.sizes = self.payments.sizes
        owed = float(self.sizes.sum())
        collected = float(self.expected.sum())
        # A pool that brings next to nothing has no multiple that matters; the line must stay finite.
        scale = min(owed / collected, _MOST) if collected > 0.0 else 1.0
        dense = np.geomspace(scale / 30.0, scale * 30.0, _DENSER if self.payments.turns else _DENSE)
        low = np.geomspace(scale * 1e-6, scale / 30.0, _SPARSE, endpoint=False)
        high = np.geomspace(scale * 1e6, scale * 30.0, _SPARSE, endpoint=False)[::-1]
        # Collections that move together pass a recovery trigger at its limit: a region may begin or end just there.
        limits = [each.limit for each in deal.triggers if each.test == "cumulative_recovery" and each.limit]
        edges = [q * (1.0 + shift) for q in limits for shift in (-1e-12, 0.0, 1e-12)]
        grid = np.unique(np.concatenate([[0.0], low, dense, high, edges]))
        self.grid: Floats = self._with_regimes(grid) if self.payments.turns else grid

    def _with_regimes(self, grid: Floats) -> Floats:
        """The grid with both sides of every change of regime that its neighbours show."""
        found = [grid]
        regime = self.tests(grid).regime
        low, high, left, right = grid[:-1], grid[1:], regime[:-1], regime[1:]
        parts = np.linspace(0.0, 1.0, _SECTIONS + 2)[1:-1]
        while True:
            split = (left != right) & (high - low > _REGIME * high)
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
        return self.payments.run(multiples[:, None] * self.expected, payers_alive=self.payers_alive)

    def tests(self, multiples: Floats, *, by_date: bool = False) -> Tests:
        """The tests and losses at each multiple, one path each."""
        cash = self.expected[:, None] * multiples
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
        found = self._regions(self.unpaid)
        return found[: len(self.sizes)], found[len(self.sizes) :]

    def break_evens_by_date(self) -> list[list[BreakEven]]:
        """By tranche by rank and payment date: what fails it by then, its expected maturity included."""
        found = self._regions(self.unpaid_by_date)
        periods = len(self.schedule.dates)
        return [found[start : start + periods] for start in range(0, len(found), periods)]

    def _regions(self, unpaid: Callable[[Floats], NDArray[np.bool_]]) -> list[BreakEven]:
        """The multiples at which each test of `unpaid` ([test, multiple]) fails."""
        states = unpaid(self.grid)
        tests, at = np.nonzero(states[:, 1:] != states[:, :-1])
        low, high = self.grid[at].copy(), self.grid[at + 1].copy()
        below = states[tests, at]
        self._close_in(unpaid, tests, below, low, high)
        found = []
        for test in range(len(states)):
            # A state belongs to its bracket's paid end: q* itself is paid.
            edges = [float(high[i] if below[i] else low[i]) for i in np.flatnonzero(tests == test)]
            if states[test, 0]:
                edges.insert(0, 0.0)
            if states[test, -1]:
                edges.append(float("inf"))
            found.append(BreakEven(tuple(zip(edges[::2], edges[1::2], strict=True))))
        return found

    @staticmethod
    def _close_in(
        unpaid: Callable[[Floats], NDArray[np.bool_]],
        tests: NDArray[np.int_],
        below: NDArray[np.bool_],
        low: Floats,
        high: Floats,
    ) -> None:
        """Narrow every bracket to neighbouring numbers, all brackets in one batch; in place."""
        while len(tests) and bool((high - low > 4e-16 * high).any()):
            # Tests that change in the same bracket share its points.
            brackets, mine = np.unique(np.stack([low, high]), axis=1, return_inverse=True)
            sections = min(max(_POINTS // brackets.shape[1], _SECTIONS), _MOST_SECTIONS)
            parts = np.linspace(0.0, 1.0, sections + 2)[1:-1]
            inner = brackets[0][:, None] + (brackets[1] - brackets[0])[:, None] * parts
            states = unpaid(inner.reshape(-1)).reshape(-1, *inner.shape)[tests, mine]
            same = states == below[:, None]
            # The first inner point in the upper state closes the bracket; those before it keep the lower one.
            first = np.where(same.all(axis=1), sections, np.argmin(same, axis=1))
            ladder = np.concatenate([low[:, None], inner[mine], high[:, None]], axis=1)
            rows = np.arange(len(tests))
            new_low, new_high = ladder[rows, first], ladder[rows, first + 1]
            if np.array_equal(new_low, low) and np.array_equal(new_high, high):
                return
            low[:], high[:] = new_low, new_high

    def loss_curve(self, ceiling: float, chance: Callable[[Floats], Floats]) -> LossCurve:
        """The loss of every tranche for multiples up to `ceiling`; `chance` is P(q < multiple)."""
        knots = np.append(self.grid[self.grid < ceiling], ceiling) if np.isfinite(ceiling) else self.grid
        rounding = _AFFINE * self.sizes.sum() / self.sizes
        return adaptive_losses(self._loss, knots, rounding=rounding, chance=chance)

    def _loss(self, multiples: Floats) -> Floats:
        return self.tests(multiples).lost
