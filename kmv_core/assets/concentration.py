"""How concentrated a pool is, and what that adds to its volatility."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.vocabulary.checks import Floats, checked, common_shape
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """Shares are decimals of the total."""

    count: int
    """Names with an exposure above 0."""
    total: float
    """In money."""
    top_1: float
    top_10: float
    """Share of the ten largest; 1 where there are no more than ten."""
    herfindahl: float
    """Sum of squared shares: 1 / count for equal names, 1 for a single one."""

    @property
    def effective_number(self) -> float:
        """1 / herfindahl: that many equal names are as concentrated."""
        return 1.0 / self.herfindahl


def concentration(*, exposures: ArrayLike) -> Concentration:
    """Shares of the largest names, Herfindahl-Hirschman index and effective number.

        w_i = exposure_i / total,  HHI = sum_i w_i^2,  n_eff = 1 / HHI

    `exposures` (n,) in money, one a name and at least 0: add up the contracts of one name first.

    Raises KmvError: E226 an exposure below 0, with its row; E217 not one row, or nothing in it above 0.
    Herfindahl 1950; Hirschman 1945.

    >>> found = concentration(exposures=[50, 30, 20])
    >>> found.top_1, found.top_10, round(found.herfindahl, 6), round(found.effective_number, 6)
    (0.5, 1.0, 0.38, 2.631579)
    """
    values = np.atleast_1d(checked(exposures=exposures)["exposures"])
    largest = float(values.max(initial=0.0))
    if values.ndim != 1 or not largest:
        found = f"{values.shape}" if values.ndim != 1 else "nothing above 0"
        raise KmvError(problem("E217", name="exposures", name_zh=TERMS["exposures"].zh, found=found))
    # Against the largest, so that no amount is too large or too small to be squared.
    scaled = np.sort(values / largest)[::-1]
    whole = float(scaled.sum())
    shares = scaled / whole
    return Concentration(
        count=int((values > 0.0).sum()),
        total=float(values.sum()),
        top_1=float(shares[0]),
        top_10=min(float(shares[:10].sum()), 1.0) if values.size > 10 else 1.0,
        herfindahl=float(shares @ shares),
    )


def granular_volatility(
    *, common_volatility: ArrayLike, single_volatility: ArrayLike, effective_number: ArrayLike
) -> Floats:
    """Volatility of a pool of n_eff names: the common part stays, the names' own part thins out.

        s^2 = s_common^2 + s_single^2 / n_eff

    Both volatilities are log standard deviations of the same unit; shapes broadcast. Exact for the variance of a
    weighted mean of names alike, to first order for its logarithm.

    Raises KmvError: E222, E223 a volatility outside its domain; E226 an effective number below 1; E217 shapes.

    >>> round(float(granular_volatility(common_volatility=.15, single_volatility=.6, effective_number=16)), 6)
    0.212132
    """
    inputs = checked(
        common_volatility=common_volatility, single_volatility=single_volatility, effective_number=effective_number
    )
    common_shape(**inputs)
    common, single, number = inputs.values()
    s: Floats = np.hypot(common, single / np.sqrt(number))
    return s
