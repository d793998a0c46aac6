"""A distribution of losses on finitely many values: what every method of this room answers with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.vocabulary.checks import Floats, checked

SAME = 1e-10
"""A loss no further above an amount than this share of the largest loss equals it: 0.1 + 0.2 does not exceed 0.3."""
_ROUNDING = 1e-12
"""What a sum of probabilities may miss by rounding alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossDistribution:
    """Losses and their probabilities; arrays (m,)."""

    losses: Floats
    """In money, ascending."""
    probability: Floats
    """Of each loss; a decimal."""
    paths: int | None = None
    """Paths, where the distribution was simulated."""

    @property
    def expected_loss(self) -> float:
        """In money."""
        return float(self.probability @ self.losses)

    @property
    def standard_deviation(self) -> float:
        """In money."""
        return float(np.sqrt(self.probability @ (self.losses - self.expected_loss) ** 2))

    def quantile(self, quantiles: ArrayLike) -> Floats:
        """The smallest loss that is not exceeded with at least this probability; the shape of `quantiles`, in money.

        Raises KmvError E220 for a level outside 0 to 1, both excluded.
        """
        levels = checked(quantiles=quantiles)["quantiles"]
        places = np.searchsorted(np.cumsum(self.probability) + _ROUNDING, levels, side="left")
        found: Floats = self.losses[np.minimum(places, self.losses.size - 1)]
        return found

    def exceedance(self, cushions: ArrayLike) -> Floats:
        """P(loss > cushion), strictly: a loss that equals the cushion is borne. The shape of `cushions`, decimals.

        Summed from the far end, so that small probabilities keep their digits. Raises KmvError E226 below 0.
        """
        borne = checked(cushions=cushions)["cushions"]
        above = np.concatenate([np.cumsum(self.probability[::-1])[::-1], [0.0]])
        largest = float(self.losses[-1]) if self.losses.size else 0.0
        found: Floats = np.minimum(above[np.searchsorted(self.losses, borne + SAME * largest, side="right")], 1.0)
        return found


def simulated(losses: Floats) -> LossDistribution:
    """The distribution of simulated losses (paths,), every path alike."""
    values, counts = np.unique(losses, return_counts=True)
    return LossDistribution(losses=values, probability=counts / losses.size, paths=int(losses.size))
