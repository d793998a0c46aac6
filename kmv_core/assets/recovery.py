"""Expected collections of a non-performing pool: balance x recovery rate x timing curve, less disposal cost.

    gross(t) = balance x recovery_rate x (1 - haircut) x F(t - delay)
    F(t)     = (1 - exp(-(lambda t)^k)) / (1 - exp(-(lambda H)^k)),  t in years from the cut-off date, F = 1 beyond H
    net(t)   = gross(t) x (1 - disposal_cost)

lambda is `decay_rate`, k is `decay_shape` (1 is exponential decay, else Weibull), H is `recovery_horizon`. A vector
of one's own, `curve`, takes the place of all three: F is then linear between its points, from (0, 0) to its last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How much of the pool comes back, when, and what collecting it costs."""

    recovery_rate: float
    disposal_cost: float
    recovery_horizon: float
    decay_rate: float | None = None
    """Needed, with `decay_shape`, unless there is a `curve`."""
    decay_shape: float | None = None
    delay: float = 0.0
    """Years by which everything comes later; what falls beyond legal maturity is not received."""
    haircut: float = 0.0
    """Share taken off the recovery rate."""
    curve: tuple[tuple[float, float], ...] = ()
    """(years from the cut-off date, cumulative share of all collections), ascending; the last share is 1."""

    def curve_time(self, years: ArrayLike) -> Floats:
        """Where on the curve `years` after the cut-off date stands: less the delay, within the curve's span."""
        end = self.curve[-1][0] if self.curve else self.recovery_horizon
        time: Floats = np.clip(np.asarray(years, dtype=np.float64) - self.delay, 0.0, end)
        return time

    def share_by(self, years: ArrayLike) -> Floats:
        """F: the share of all collections received by `years` after the cut-off date; shape of `years`.

        Raises KmvError E202 when there is neither a vector nor a decay rate and shape.

        >>> Recovery(recovery_rate=.3, disposal_cost=.1, recovery_horizon=2, curve=((1, .6), (2, 1))).share_by([.5, 3])
        array([0.3, 1. ])
        """
        t = self.curve_time(years)
        if self.curve:
            points, shares = zip((0.0, 0.0), *self.curve, strict=True)
            vector: Floats = np.asarray(np.interp(t, points, shares))
            return vector
        share: Floats = self._grown(t) / self._grown(self.recovery_horizon)
        return share

    def total(self, *, pool_balance: float) -> float:
        """Net collections of the whole curve, in money, whenever they come."""
        return pool_balance * self.recovery_rate * (1.0 - self.haircut) * (1.0 - self.disposal_cost)

    def net_collections(self, *, pool_balance: float, window_ends: ArrayLike) -> Floats:
        """Expected net collections of each window, in money; the first window opens at the cut-off date.

        `window_ends` are years from the cut-off date, ascending along the last axis; the result has the same shape.
        """
        shares = self.share_by(window_ends)
        collected: Floats = self.total(pool_balance=pool_balance) * np.diff(shares, prepend=0.0)
        return collected

    def _grown(self, t: Floats | float) -> Floats:
        rate, shape = self.decay_rate, self.decay_shape
        if rate is None or shape is None:
            raise KmvError(missing_decay("decay_rate" if rate is None else "decay_shape"))
        grown: Floats = np.asarray(-np.expm1(-((rate * t) ** shape)))
        return grown


def missing_decay(name: str) -> Problem:
    """A decay rate or shape that is wanted: there is no vector in its place."""
    term = TERMS[name]
    words = {"name": name, "title_en": term.en, "title_zh": term.zh, "section": "recovery"}
    return problem("E202", field=("recovery", name), **words)
