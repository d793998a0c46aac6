"""A distance to default that bends: DD = (l/u + a u) / c for u in (0, end], its range and its roots.

Volatility (u = s sqrt T, l = ln(A/D) + m T, a = -1/2, c = 1) and horizon (u = sqrt T, l = ln(A/D), a = m - s^2/2,
c = s) are both of this kind. Where l and a have one sign, DD has its only turning point 2 sqrt(l a) / c
(with that sign) at u = sqrt(l/a) and most distances have two roots; else DD is monotone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.vocabulary.checks import Floats

_NEAR_END = 1e-6
"""A root that ill-conditioned rounding puts this little past the end, relatively, is the end."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve a row: DD = (level/u + slope u) / scale, 0 < u <= end; scale > 0."""

    level: Floats
    slope: Floats
    scale: Floats
    end: Floats

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Where DD is 0 whatever u."""
        flat: NDArray[np.bool_] = (self.level == 0.0) & (self.slope == 0.0)
        return flat

    @property
    def turning(self) -> Floats:
        """2 sqrt(l a), nan where the curve does not turn."""
        root: Floats = 2.0 * np.sqrt(np.abs(self.level)) * np.sqrt(np.abs(self.slope))
        turns = np.sign(self.level) * np.sign(self.slope) > 0.0
        return np.where(turns, root, np.nan)

    def reach(self) -> tuple[Floats, Floats]:
        """The least and the largest DD; the limit at u -> 0 is not attained, and infinite where level is not 0."""
        sign = np.sign(self.level)
        start = np.where(sign == 0.0, 0.0, sign * np.inf)
        at_end = self.level / self.end + self.slope * self.end
        where = np.sqrt(np.abs(self.level)) / np.sqrt(np.abs(self.slope))
        turn = np.where(where < self.end, sign * self.turning, np.nan)
        least: Floats = np.fmin(np.minimum(start, at_end), turn) / self.scale
        largest: Floats = np.fmax(np.maximum(start, at_end), turn) / self.scale
        return least, largest

    def roots(self, distance: Floats) -> tuple[Floats, Floats]:
        """The u in (0, end] with that DD, the lower first; nan where there is none. `distance` is within reach.

        a u^2 - c DD u + l = 0 by q = (c DD + sign(c DD) sqrt((c DD)^2 - 4 l a)) / 2 as l/q and q/a: nothing cancels.
        """
        b = self.scale * distance
        turning, size = self.turning, np.abs(b)
        split = np.hypot(b, 2.0 * np.sqrt(np.abs(self.level)) * np.sqrt(np.abs(self.slope)))
        product = np.sqrt(np.maximum(size - turning, 0.0)) * np.sqrt(size + turning)
        q = 0.5 * (b + np.copysign(np.where(np.isnan(turning), split, product), b))
        one, two = (self._inside(each) for each in (self.level / q, q / self.slope))
        lower = np.fmin(one, two)
        lower = np.where(np.isnan(lower), self._nearly_inside(self.level / q, q / self.slope), lower)
        return lower, np.where(np.isnan(one) | np.isnan(two), np.nan, np.fmax(one, two))

    def _inside(self, u: Floats) -> Floats:
        return np.where((u > 0.0) & (u <= self.end), u, np.nan)

    def _nearly_inside(self, one: Floats, two: Floats) -> Floats:
        past = np.fmin(np.where(one > 0.0, one, np.inf), np.where(two > 0.0, two, np.inf))
        end: Floats = np.where(past <= self.end * (1.0 + _NEAR_END), self.end, np.nan)
        return end
