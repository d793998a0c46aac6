"""ASRF: the loss of a large pool of small, equal loans in the one-factor model of Vasicek.

    x_i = sqrt(rho) M + sqrt(1 - rho) e_i,  default where x_i < c,  c = N^-1(PD)
    rate(M) = N((c - sqrt(rho) M) / sqrt(1 - rho))

In a pool of infinitely many names only M is left: the default rate is a function of M. Every closed form of this
module follows. Vasicek, Loan Portfolio Value, Risk 2002; Gordy, Journal of Financial Intermediation 2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.assets.common_factor import conditional_default
from kmv_core.structural.bivariate import bivariate_normal
from kmv_core.structural.normal import distance_at, upper_tail
from kmv_core.vocabulary.checks import Floats, checked, common_shape

_ROOTS, _SHARES = np.polynomial.legendre.leggauss(64)


def conditional_default_rate(
    *, probability_of_default: ArrayLike, asset_correlation: ArrayLike, common_factor: ArrayLike
) -> Floats:
    """rate(M) = N((N^-1(PD) - sqrt(rho) M) / sqrt(1 - rho)): the default rate when the economy is at M.

    Shapes broadcast; PD and rho decimals from 0 to 1, M standard normal, low is bad; the result is a decimal.
    Raises KmvError E226 for a value outside, E217 where shapes do not fit. Vasicek 2002.

    >>> float(conditional_default_rate(probability_of_default=.01, asset_correlation=.2, common_factor=0)).__round__(8)
    0.00464849
    """
    given = checked(
        probability_of_default=probability_of_default, asset_correlation=asset_correlation, common_factor=common_factor
    )
    common_shape(**given)
    pd, rho, factor = np.broadcast_arrays(*given.values())
    return _rate(pd, rho, factor)


def worst_case_default_rate(
    *, probability_of_default: ArrayLike, asset_correlation: ArrayLike, quantiles: ArrayLike = 0.999
) -> Floats:
    """WCDR = N((N^-1(PD) + sqrt(rho) N^-1(q)) / sqrt(1 - rho)): the default rate not exceeded with probability q.

    Shapes broadcast; PD and rho decimals from 0 to 1, q above 0 and below 1; the result is a decimal.
    Raises KmvError E226 or E220 for a value outside, E217 where shapes do not fit. Vasicek 2002.

    >>> float(worst_case_default_rate(probability_of_default=.02, asset_correlation=.1)).__round__(8)
    0.12823711
    """
    given = checked(
        probability_of_default=probability_of_default, asset_correlation=asset_correlation, quantiles=quantiles
    )
    common_shape(**given)
    pd, rho, q = np.broadcast_arrays(*given.values())
    return _rate(pd, rho, distance_at(q))


def default_rate_probability(
    *, default_rate: ArrayLike, probability_of_default: ArrayLike, asset_correlation: ArrayLike
) -> Floats:
    """F(x) = P(rate <= x) = N((sqrt(1 - rho) N^-1(x) - N^-1(PD)) / sqrt(rho)): the loss distribution of the pool.

    Shapes broadcast; x a decimal: at least 1 gives 1, x of 0 counts what defaults not at all. At rho 0 the rate is PD
    for certain; at rho 1 it is 0 or 1. Raises KmvError E226 for a value outside, E217 where shapes do not fit.
    Vasicek 2002.

    >>> x = worst_case_default_rate(probability_of_default=.02, asset_correlation=.1, quantiles=.999)
    >>> float(default_rate_probability(default_rate=x, probability_of_default=.02, asset_correlation=.1)).__round__(12)
    0.999
    """
    given = checked(
        default_rate=default_rate, probability_of_default=probability_of_default, asset_correlation=asset_correlation
    )
    common_shape(**given)
    rate, pd, rho = np.broadcast_arrays(*given.values())
    found = upper_tail(-_borne(rate, pd, rho))
    shaped: Floats = np.where(rate >= 1.0, 1.0, found)[()]
    return shaped


def default_rate_deviation(*, probability_of_default: ArrayLike, asset_correlation: ArrayLike) -> Floats:
    """The standard deviation of the default rate: sqrt(N2(c, c; rho) - PD^2).

    Written as the integral of Plackett's identity, rho = sin t, because the difference leaves no digit at small rho:

        N2(c, c; rho) - PD^2 = 1 / (2 pi) integral over t from 0 to asin(rho) of exp(-c^2 / (1 + sin t)) dt

    Shapes broadcast; decimals. Raises KmvError E226 for a value outside, E217 where shapes do not fit.
    Vasicek 2002; Gordy 2000 takes it as the deviation of a CreditRisk+ sector.

    >>> float(default_rate_deviation(probability_of_default=.01, asset_correlation=.2)).__round__(8)
    0.01545695
    """
    given = checked(probability_of_default=probability_of_default, asset_correlation=asset_correlation)
    common_shape(**given)
    pd, rho = np.broadcast_arrays(*given.values())
    c = np.asarray(distance_at(pd))[..., None]
    half = 0.5 * np.arcsin(rho)[..., None]
    with np.errstate(under="ignore"):
        height = np.exp(-np.minimum(c * c, 1e6) / (1.0 + np.sin(half * (1.0 + _ROOTS))))
    found: Floats = np.sqrt((half * height) @ _SHARES / (2.0 * np.pi))[()]
    return found


def expected_limited_loss(
    *,
    probability_of_default: ArrayLike,
    asset_correlation: ArrayLike,
    loss_limit: ArrayLike,
    lgd: ArrayLike = 1.0,
) -> Floats:
    """E[min(L, K)], L = LGD rate(M): the expected loss of the first K of the pool, as a share of the pool.

        E[min(L, K)] = LGD N2(c, -a; -sqrt(rho)) + K N(a),  a = (c - sqrt(1 - rho) N^-1(K / LGD)) / sqrt(rho)

    L exceeds K exactly where M < a; the first term is the loss where it does not. The expected loss of a tranche from
    K1 to K2 is the difference, over K2 - K1. Shapes broadcast; decimals; from K = LGD on the result is LGD PD.
    Raises KmvError E226 for a value outside, E217 where shapes do not fit. O'Kane, Modelling Single-name and
    Multi-name Credit Derivatives 2008, chapter 16.

    >>> float(expected_limited_loss(probability_of_default=.05, asset_correlation=.2, loss_limit=.03)).__round__(7)
    0.0227127
    """
    given = checked(
        probability_of_default=probability_of_default,
        asset_correlation=asset_correlation,
        loss_limit=loss_limit,
        lgd=lgd,
    )
    common_shape(**given)
    pd, rho, limit, share = np.broadcast_arrays(*given.values())
    whole = limit >= share
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(whole, 1.0, limit / share)
    a = -_borne(rate, pd, rho)
    inside = bivariate_normal(a=-np.asarray(distance_at(pd)), b=-a, correlation=-np.sqrt(rho))
    found: Floats = np.where(whole, share * pd, np.minimum(share * inside + limit * upper_tail(-a), share * pd))[()]
    return found


def _rate(pd: Floats, rho: Floats, factor: Floats) -> Floats:
    threshold = -np.asarray(distance_at(pd))
    found = conditional_default(threshold=threshold, loading=np.sqrt(rho), factor=np.asarray(factor))
    # At rho 1 and M = c exactly the rate jumps from 1 to 0: at the jump the name pays.
    shaped: Floats = np.where(np.isnan(found), 0.0, found)[()]
    return shaped


def _borne(rate: Floats, pd: Floats, rho: Floats) -> Floats:
    """(sqrt(1 - rho) N^-1(x) - c) / sqrt(rho), its limits at rho 0 and 1 included."""
    c = -np.asarray(distance_at(pd))
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = (np.sqrt(1.0 - rho) * -np.asarray(distance_at(np.minimum(rate, 1.0))) - c) / np.sqrt(rho)
    certain = np.where(rate >= pd, np.inf, -np.inf)
    found: Floats = np.where(rho == 0.0, certain, np.where(rho == 1.0, np.where(rate < 1.0, -c, np.inf), usual))
    # No default at all, or nothing but defaults, whatever the factor.
    return np.where((pd == 0.0) | (pd == 1.0), certain, found)
