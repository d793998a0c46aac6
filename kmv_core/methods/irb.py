"""Basel's internal-ratings risk weights: Vasicek's worst case at 99.9 %, with correlations set by the regulator.

Basel Committee, International Convergence of Capital Measurement and Capital Standards, June 2006, paragraphs 272 to
273 and 328 to 330; a PD below .03 % counts as .03 % (paragraphs 285 and 331). The scaling factor of 1.06 belongs to
the sum of risk-weighted assets (paragraph 14) and is not in a weight, as in the illustrative weights of Annex 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.methods.vasicek import worst_case_default_rate
from kmv_core.vocabulary.checks import Floats, checked, choice_problem, common_shape
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import EXPOSURE_CLASSES

PD_FLOOR = 0.0003
QUANTILE = 0.999


def irb_correlation(
    *, probability_of_default: ArrayLike, exposure_class: str = "corporate", turnover: ArrayLike = 50.0
) -> Floats:
    """The regulator's asset correlation rho, a decimal; shapes broadcast.

        corporate     .12 w + .24 (1 - w) - .04 (1 - (S - 5) / 45),  w = (1 - e^-50PD) / (1 - e^-50)
        mortgage      .15
        revolving     .04
        other_retail  .03 w + .16 (1 - w),  w = (1 - e^-35PD) / (1 - e^-35)

    S is annual sales in million euro, between 5 and 50 (less counts as 5, more as 50: no adjustment); it matters to
    corporates only. Raises KmvError E205 for another class, E226 for a value outside, E217 where shapes do not fit.

    >>> [float(irb_correlation(probability_of_default=.01, turnover=s)).__round__(6) for s in (50, 5)]
    [0.192784, 0.152784]
    """
    given = checked(probability_of_default=probability_of_default, turnover=turnover)
    _check_class(exposure_class)
    common_shape(**given)
    pd, sales = np.broadcast_arrays(*given.values())
    pd = np.maximum(pd, PD_FLOOR)
    if exposure_class == "corporate":
        size = 0.04 * (1.0 - (np.clip(sales, 5.0, 50.0) - 5.0) / 45.0)
        adjusted: Floats = _between(0.12, 0.24, 50.0, pd) - size
        return adjusted
    if exposure_class == "other_retail":
        return _between(0.03, 0.16, 35.0, pd)
    flat: Floats = np.full(pd.shape, {"mortgage": 0.15, "revolving": 0.04}[exposure_class])[()]
    return flat


def maturity_adjustment(*, probability_of_default: ArrayLike, effective_maturity: ArrayLike = 2.5) -> Floats:
    """(1 + (M - 2.5) b) / (1 - 1.5 b),  b = (.11852 - .05478 ln PD)^2: 1 at a maturity of one year; corporates only.

    Shapes broadcast; M in years from 1 to 5. Raises KmvError E225 or E226 for a value outside, E217 for shapes.

    >>> [float(maturity_adjustment(probability_of_default=.01, effective_maturity=m)).__round__(6) for m in (1, 2.5)]
    [1.0, 1.25981]
    """
    given = checked(probability_of_default=probability_of_default, effective_maturity=effective_maturity)
    common_shape(**given)
    b = (0.11852 - 0.05478 * np.log(np.maximum(given["probability_of_default"], PD_FLOOR))) ** 2
    found: Floats = (1.0 + (given["effective_maturity"] - 2.5) * b) / (1.0 - 1.5 * b)
    return found


def irb_risk_weight(
    *,
    probability_of_default: ArrayLike,
    lgd: ArrayLike,
    exposure_class: str = "corporate",
    effective_maturity: ArrayLike = 2.5,
    turnover: ArrayLike = 50.0,
) -> Floats:
    """The risk weight of an exposure that is not in default, a decimal of the exposure: .9232 is 92.32 %.

        K = LGD (WCDR(PD, rho, .999) - PD) x maturity adjustment (corporates only),  risk weight = 12.5 K

    Shapes broadcast; decimals, years, million euro. Raises KmvError E205, E225 or E226 for a value outside, E217 where
    shapes do not fit.

    >>> [round(100 * float(irb_risk_weight(probability_of_default=.01, lgd=.45, exposure_class=each)), 2)
    ...     for each in ("corporate", "mortgage", "other_retail", "revolving")]
    [92.32, 56.4, 45.77, 17.22]
    """
    given = checked(
        probability_of_default=probability_of_default,
        lgd=lgd,
        effective_maturity=effective_maturity,
        turnover=turnover,
    )
    common_shape(**given)
    pd = np.maximum(given["probability_of_default"], PD_FLOOR)
    rho = irb_correlation(probability_of_default=pd, exposure_class=exposure_class, turnover=given["turnover"])
    worst = worst_case_default_rate(probability_of_default=pd, asset_correlation=rho, quantiles=QUANTILE)
    capital = given["lgd"] * (worst - pd)
    if exposure_class == "corporate":
        capital = capital * maturity_adjustment(
            probability_of_default=pd, effective_maturity=given["effective_maturity"]
        )
    weight: Floats = 12.5 * capital
    return weight


def _between(low: float, high: float, speed: float, pd: Floats) -> Floats:
    share = np.expm1(-speed * pd) / np.expm1(-speed)
    found: Floats = low * share + high * (1.0 - share)
    return found


def _check_class(exposure_class: str) -> None:
    bad = choice_problem("exposure_class", exposure_class, EXPOSURE_CLASSES)
    if bad is not None:
        raise KmvError(bad)
