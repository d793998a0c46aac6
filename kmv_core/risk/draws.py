"""What a path of the simulation is: collections by payment date, and which payers of support are alive.

    loans      collections(t) = q x expected(t - delay) x G(t),  q the quantile of the deal's form at N(z)
    licences   collections(t) = sum of fees(t - delay) (1 - LGD [x_i < N^-1(PD_i)]) x G(t),
               x_i = sqrt(rho_i) z + sqrt(1 - rho_i) e_i
    payers     in default where rho_i z + sqrt(1 - rho_i^2) e_i < N^-1(PD_i)
    G(t)       exp(phi Z - phi^2 / 2), phi^2 = ln(1 + period_noise^2): mean one, standard deviation `period_noise`
    delay      exponential with mean `mean_delay` years, one a path, for all collections of the path

Lognormal noise, not gamma: it is one exponential of a normal, and the tails of the two hardly differ at the noise a
pool has. z is the one common factor: low z is a poor pool, defaulting licensees and defaulting payers alike.

Paths come in antithetic pairs that mirror z, every e and the delay's uniform; the noise of periods is drawn for each
path. They are ordered by z, which the waterfall likes: paths that are done early lie together. Path i is the mirror
image of the i-th from the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kmv_core.deal.cash_in import expected_collections, fee_dates, licensee_pd
from kmv_core.deal.deal import Deal, Licence, Support
from kmv_core.deal.schedule import DAYS_A_YEAR, Schedule
from kmv_core.risk.tails import multiple_of_normal
from kmv_core.vocabulary.checks import Floats

Booleans = NDArray[np.bool_]


class Collections:
    """Collections of a block, date by date: cash x factor x noise.

    A row is drawn when the waterfall asks for it, in the cache, and only for the paths that still owe something: noise
    that comes after a path's last payment changes nothing.
    """

    def __init__(self, cash: Floats, factor: Floats, rng: np.random.Generator, spread: float) -> None:
        paths = max(cash.shape[1], len(factor))
        self.cash, self.rng, self.spread = cash, rng, spread
        self.shape = (len(cash), paths)
        self._factor = np.broadcast_to(factor * np.exp(-0.5 * spread * spread), paths)
        self._row = np.empty(paths)

    def row(self, t: int, paths: int) -> Floats:
        """[path] of one date; valid until the next is asked for."""
        row = self._row[:paths]
        if self.spread > 0.0:
            self.rng.standard_normal(out=row)
            np.multiply(row, self.spread, out=row)
            np.exp(row, out=row)
            np.multiply(row, self._factor[:paths], out=row)
        else:
            row[:] = self._factor[:paths]
        row *= self.cash[t] if self.cash.shape[1] == 1 else self.cash[t, :paths]
        return row

    def every(self) -> Floats:
        """[payment date, path], all of them."""
        return np.stack([self.row(t, self.shape[1]).copy() for t in range(self.shape[0])])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block of paths."""

    multiple: Floats
    """[path]: q, or for licences the total received over the one expected, before noise and delay."""
    cash: Floats | Collections
    """[payment date, path], money."""
    alive: Booleans
    """[line of support, path]."""


@dataclass(frozen=True, slots=True)
class _Licensee:
    """What default of one licensee does, and how likely it is."""

    threshold: float
    loading: float
    fees: Floats
    """[fee date]: what its default loses, money."""
    days: NDArray[np.int64]


class Draws:
    """A deal compiled for drawing."""

    def __init__(self, deal: Deal, schedule: Schedule, *, period_noise: float, mean_delay: float) -> None:
        self.deal, self.schedule, self.delay = deal, schedule, mean_delay
        self.expected = expected_collections(deal, schedule)
        self.spread = float(np.sqrt(np.log1p(period_noise * period_noise)))
        self.licensees = _licensees(deal)
        # Days, as the fees themselves are counted: a fee of the very last day of a window is received.
        ends = [each.toordinal() - deal.collection_lag for each in schedule.dates]
        self.window_days = np.array(ends, dtype=np.float64)
        days = [date.toordinal() for each in deal.licences for date in fee_dates(each)]
        amounts = [each.fee_amount for each in deal.licences for _ in fee_dates(each)]
        self.fees = _ordered(days, amounts)

    def block(self, child: np.random.SeedSequence, pairs: int) -> Drawn:
        """`pairs` antithetic pairs of paths from one child of the seed."""
        rng = np.random.default_rng(child)
        factor = _mirrored(np.sort(-np.abs(rng.standard_normal(pairs))))
        shift = self._shift(rng, pairs)
        alive = self._alive(rng, factor)
        if self.licensees:
            cash, multiple = self._licence_cash(rng, factor, shift)
            collections = Collections(cash, np.ones(1), rng, self.spread)
        else:
            multiple = multiple_of_normal(self.deal.model, factor)
            collections = Collections(self._expected(shift), multiple, rng, self.spread)
        # A call looks ahead: it needs all dates at once.
        ahead = self.deal.structure.call_share > 0.0
        return Drawn(multiple, collections.every() if ahead else collections, alive)

    def _shift(self, rng: np.random.Generator, pairs: int) -> Floats | None:
        """[path]: years by which all comes later."""
        if self.delay <= 0.0:
            return None
        uniform = rng.random(pairs)
        # ln of the open interval: random() never gives 1, and 0 once in 2^53.
        with np.errstate(divide="ignore"):
            late, early = -np.log(uniform), -np.log1p(-uniform)
        return self.delay * np.concatenate([early, np.minimum(late, 745.0)[::-1]])

    def _alive(self, rng: np.random.Generator, factor: Floats) -> Booleans:
        alive = np.ones((len(self.deal.support), factor.size), dtype=bool)
        for line, row in zip(self.deal.support, alive, strict=True):
            row[:] = ~_fails(rng, factor, _threshold(line), line.correlation)
        return alive

    def _expected(self, shift: Floats | None) -> Floats:
        """[payment date, path or 1]: expected collections of loans."""
        if shift is None:
            return self.expected[:, None]
        ends = self.schedule.window_ends[None, :] - shift[:, None]
        collected: Floats = self.deal.loans.net_collections(pool_balance=self.deal.pool.pool_balance, window_ends=ends)
        return np.ascontiguousarray(collected.T)

    def _licence_cash(self, rng: np.random.Generator, factor: Floats, shift: Floats | None) -> tuple[Floats, Floats]:
        """[payment date, path] cash, and [path] the total without delay over the expected one."""
        cash = np.zeros((len(self.window_days), factor.size))
        cash += self._received(*self.fees, shift)
        total = np.full(factor.size, self._received(*self.fees, None).sum())
        for each in self.licensees:
            fails = _fails(rng, factor, each.threshold, each.loading)
            cash -= self._received(each.days, each.fees, shift) * fails
            total -= self._received(each.days, each.fees, None).sum() * fails
        # A licensee that loses everything leaves the rounding of a sum behind.
        np.maximum(cash, 0.0, out=cash)
        expected = float(self.expected.sum())
        return cash, total / expected if expected > 0.0 else total

    def _received(self, days: NDArray[np.int64], fees: Floats, shift: Floats | None) -> Floats:
        """[payment date, path or 1]: fees of each window; those after the last are not received."""
        later = np.zeros(1) if shift is None else shift * DAYS_A_YEAR
        places = np.searchsorted(days, self.window_days[:, None] - later, side="right")
        return np.diff(np.concatenate([[0.0], np.cumsum(fees)])[places], axis=0, prepend=0.0)


def _licensees(deal: Deal) -> list[_Licensee]:
    """One entry a licensee, whatever the number of its contracts."""
    contracts: dict[str, list[Licence]] = {}
    for each in deal.licences:
        contracts.setdefault(each.licensee, []).append(each)
    found = []
    for group in contracts.values():
        days = [date.toordinal() for each in group for date in fee_dates(each)]
        lost = [each.fee_amount * each.lgd for each in group for _ in fee_dates(each)]
        ordered, fees = _ordered(days, lost)
        chance = float(special.ndtri(licensee_pd(deal, group[0])))
        found.append(_Licensee(chance, float(np.sqrt(group[0].asset_correlation)), fees, ordered))
    return found


def _ordered(days: list[int], amounts: list[float]) -> tuple[NDArray[np.int64], Floats]:
    order = np.argsort(np.array(days, dtype=np.int64), kind="stable")
    return np.array(days, dtype=np.int64)[order], np.array(amounts, dtype=np.float64)[order]


def _threshold(line: Support) -> float:
    return float(special.ndtri(line.payer_pd))


def _fails(rng: np.random.Generator, factor: Floats, threshold: float, loading: float) -> Booleans:
    """[path]: whether a name of this threshold and loading defaults; its own normal mirrors with the pair."""
    own = _mirrored(rng.standard_normal(factor.size // 2))
    failed: Booleans = loading * factor + np.sqrt((1.0 - loading) * (1.0 + loading)) * own < threshold
    return failed


def _mirrored(values: Floats) -> Floats:
    return np.concatenate([values, -values[::-1]])
