"""Expected collections of a non-performing pool: balance x recovery rate x timing curve, less disposal cost.

    gross(t) = balance x recovery_rate x F(t)
    F(t)     = (1 - exp(-(lambda t)^k)) / (1 - exp(-(lambda H)^k)),  t in years from the cut-off date, F = 1 beyond H
    net(t)   = gross(t) x (1 - disposal_cost)

lambda is `decay_rate`, k is `decay_shape` (1 is exponential decay, else Weibull), H is `recovery_horizon`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.vocabulary.checks import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How much of the pool comes back, when, and what collecting it costs."""

    recovery_rate: float
    disposal_cost: float
    recovery_horizon: float
    decay_rate: float
    decay_shape: float

    def share_by(self, years: ArrayLike) -> Floats:
        """F: the share of all collections received by `years` after the cut-off date; shape of `years`."""
        t = np.clip(np.asarray(years, dtype=np.float64), 0.0, self.recovery_horizon)
        grown = -np.expm1(-((self.decay_rate * t) ** self.decay_shape))
        whole = -np.expm1(-((self.decay_rate * self.recovery_horizon) ** self.decay_shape))
        share: Floats = grown / whole
        return share

    def net_collections(self, *, pool_balance: float, window_ends: ArrayLike) -> Floats:
        """Expected net collections of each window, in money; the first window opens at the cut-off date.

        `window_ends` are years from the cut-off date, ascending; the result has the same shape.
        """
        shares = self.share_by(window_ends)
        total = pool_balance * self.recovery_rate * (1.0 - self.disposal_cost)
        collected: Floats = total * np.diff(shares, prepend=0.0)
        return collected
