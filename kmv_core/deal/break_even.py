"""The `waterfall` reading: the smallest multiple of expected collections with which a tranche is just paid.

Collections are q x expected. B = {q: the tranche is not paid}; q* = sup B. Paid means interest at every
payment date and principal by the tested date, of the tranche and of all ranking before it, the shortfall at
most 1e-12 of the tranche's size. The whole line of q is scanned in one batch for every tranche and both
tests, then every change of state is closed in on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import Schedule, expected_collections
from kmv_core.deal.waterfall import PAID_TOLERANCE, Waterfall, run_waterfall
from kmv_core.vocabulary.checks import Floats

_DENSE, _SPARSE = 224, 16
_SECTIONS = 32
_MOST = 1e200
_KNOT_WIDTH = 1e-9
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


@dataclass(frozen=True, slots=True)
class LossCurve:
    """Principal not returned by legal maturity as a share of the tranche, affine between the knots q."""

    knots: Floats
    loss: Floats
    """[tranche, knot]."""


def failed_tests(run: Waterfall, sizes: Floats, last: Sequence[int]) -> NDArray[np.bool_]:
    """[test, path]: every tranche by rank by legal maturity, then every tranche by its expected maturity.

    `last` is the payment date of each expected maturity, -1 for none. A tranche fails with every tranche ranking
    before it: interest missed at a date, or principal outstanding at the date of the test.
    """
    tolerance = PAID_TOLERANCE * sizes[:, None, None]
    late_interest = np.stack([run.shortfall("interest", each.tranche) for each in run.tranches]) > tolerance
    owing = run.outstanding > tolerance
    missed = np.logical_or.accumulate(np.logical_or.accumulate(late_interest, axis=2), axis=0)
    behind = np.logical_or.accumulate(owing, axis=0)
    legal = missed[:, :, -1] | behind[:, :, -1]
    expected = np.stack(
        [
            (missed[k, :, at] | behind[k, :, at]) if at >= 0 else np.ones(legal.shape[1], bool)
            for k, at in enumerate(last)
        ]
    )
    return np.concatenate([legal, expected | legal])


class MultipleScan:
    """A deal's waterfall as a function of the collections multiple q."""

    def __init__(self, deal: Deal, schedule: Schedule) -> None:
        self.deal, self.schedule = deal, schedule
        self.expected = expected_collections(deal, schedule)
        self.sizes = np.array([each.balance for each in deal.by_rank], dtype=np.float64)
        self.last = [schedule.index_of(each.expected_maturity) for each in deal.by_rank]
        owed = float(self.sizes.sum())
        collected = float(self.expected.sum())
        # A pool that brings next to nothing has no multiple that matters; the line must stay finite.
        scale = min(owed / collected, _MOST) if collected > 0.0 else 1.0
        dense = np.geomspace(scale / 30.0, scale * 30.0, _DENSE)
        low = np.geomspace(scale * 1e-6, scale / 30.0, _SPARSE, endpoint=False)
        high = np.geomspace(scale * 1e6, scale * 30.0, _SPARSE, endpoint=False)[::-1]
        self.grid: Floats = np.concatenate([[0.0], low, dense, high])

    def run(self, multiples: Floats) -> Waterfall:
        """The waterfall at each multiple, one path each."""
        return run_waterfall(self.deal, self.schedule, multiples[:, None] * self.expected)

    def unpaid(self, multiples: Floats) -> NDArray[np.bool_]:
        """[test, multiple]: every tranche by legal, then every tranche by its expected maturity."""
        return failed_tests(self.run(multiples), self.sizes, self.last)

    def break_evens(self) -> tuple[list[BreakEven], list[BreakEven]]:
        """By legal and by expected maturity, one each per tranche by rank."""
        states = self.unpaid(self.grid)
        tests, at = np.nonzero(states[:, 1:] != states[:, :-1])
        low, high = self.grid[at].copy(), self.grid[at + 1].copy()
        below = states[tests, at]
        self._close_in(tests, below, low, high)
        found = []
        for test in range(len(states)):
            # A state belongs to its bracket's paid end: q* itself is paid.
            edges = [float(high[i] if below[i] else low[i]) for i in np.flatnonzero(tests == test)]
            if states[test, 0]:
                edges.insert(0, 0.0)
            if states[test, -1]:
                edges.append(float("inf"))
            found.append(BreakEven(tuple(zip(edges[::2], edges[1::2], strict=True))))
        return found[: len(self.sizes)], found[len(self.sizes) :]

    def _close_in(self, tests: NDArray[np.int_], below: NDArray[np.bool_], low: Floats, high: Floats) -> None:
        """Narrow every bracket to neighbouring numbers, all brackets in one batch; in place."""
        parts = np.linspace(0.0, 1.0, _SECTIONS + 2)[1:-1]
        rows = np.arange(len(tests))
        while len(tests) and bool((high - low > 4e-16 * high).any()):
            inner = low[:, None] + (high - low)[:, None] * parts
            states = self.unpaid(inner.reshape(-1)).reshape(-1, *inner.shape)[tests, rows]
            same = states == below[:, None]
            # The first inner point in the upper state closes the bracket; those before it keep the lower one.
            first = np.where(same.all(axis=1), _SECTIONS, np.argmin(same, axis=1))
            ladder = np.concatenate([low[:, None], inner, high[:, None]], axis=1)
            new_low, new_high = ladder[rows, first], ladder[rows, first + 1]
            if np.array_equal(new_low, low) and np.array_equal(new_high, high):
                return
            low[:], high[:] = new_low, new_high

    def loss_curve(self, ceiling: float) -> LossCurve:
        """The loss of every tranche for multiples up to `ceiling`, with knots wherever its slope changes."""
        knots = np.append(self.grid[(self.grid < ceiling)], ceiling) if np.isfinite(ceiling) else self.grid
        loss = self._loss(knots)
        rounding = _AFFINE * self.sizes.sum() / self.sizes
        open_pieces = np.ones(len(knots) - 1, dtype=bool)
        while open_pieces.any():
            left = np.flatnonzero(open_pieces)
            parts = np.linspace(0.0, 1.0, 9)[1:-1]
            inner = knots[left][:, None] + np.diff(knots)[left][:, None] * parts
            values = self._loss(inner.reshape(-1)).reshape(len(loss), *inner.shape)
            chord = loss[:, left][..., None] * (1 - parts) + loss[:, left + 1][..., None] * parts
            bent = (np.abs(values - chord) > rounding[:, None, None]).any(axis=(0, 2))
            wide = np.diff(knots)[left] > _KNOT_WIDTH * knots[left + 1]
            split = left[bent & wide]
            if not len(split):
                break
            added = inner[bent & wide]
            where = np.repeat(split + 1, len(parts))
            flags = open_pieces & False
            flags[split] = True
            knots_new = np.insert(knots, where, added.reshape(-1))
            loss = np.insert(loss, where, values[:, bent & wide].reshape(len(loss), -1), axis=1)
            # Every piece born of a split stays open; the others are affine.
            open_pieces = np.zeros(len(knots_new) - 1, dtype=bool)
            starts = split + len(parts) * np.arange(len(split))
            for offset in range(len(parts) + 1):
                open_pieces[starts + offset] = True
            knots = knots_new
        return LossCurve(knots, loss)

    def _loss(self, multiples: Floats) -> Floats:
        share: Floats = self.run(multiples).outstanding[:, :, -1] / self.sizes[:, None]
        return share
