"""First passage (Black-Cox): the chance that the asset value touches the default point at ANY time up to T.

    PD = N(-(b + n T) / w) + e^{-2 n b / s^2} N(-(b - n T) / w),   b = ln(A/D), n = m - s^2/2, w = s sqrt(T)
       = phi(d1) [M(d1) + M(d2)],   d1 = (b + n T)/w, d2 = (b - n T)/w, M(x) = N(-x)/phi(x)

The second line holds because d1^2 - d2^2 = 4 n b / s^2; there nothing overflows, and the tail keeps its digits.
Black and Cox 1976, with a flat barrier and without payouts.

For a pool this is an UPPER BOUND of the default probability (about twice the closed form), not a referee of it:
accumulated cash only rises and is no geometric Brownian motion, and what is owed at maturity is not owed from the
first day. A path that is below the final default point early on has not failed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.structural.blocks import elementwise
from kmv_core.structural.merton import log_ratio
from kmv_core.structural.normal import density, log_upper_tail, upper_tail
from kmv_core.vocabulary.checks import Floats, checked

_ROOT_HALF = math.sqrt(0.5)
_MILLS = math.sqrt(0.5 * math.pi)
_LOG_DENSITY = -0.5 * math.log(2.0 * math.pi)
_LEAST_SPREAD = 1e-300


def first_passage_probability(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
) -> Floats:
    """Probability (decimal) of touching the default point within the horizon; 1 where the asset value is at or below it.

    An UPPER BOUND for a pool (see the module). Shapes broadcast; amounts in one unit, rates decimal a year, years.
    Raises KmvError (E220 to E225) naming the argument and row outside its domain, E217 where shapes do not fit.

    >>> round(float(first_passage_probability(asset_value=100, default_point=80, asset_volatility=.2, drift=.05)), 8)
    0.22236889
    """
    return elementwise(_probability, **_inputs(asset_value, default_point, asset_volatility, drift, horizon))


def log_first_passage_probability(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
) -> Floats:
    """Natural logarithm of first_passage_probability, exact where the probability underflows; same arguments.

    >>> round(float(log_first_passage_probability(asset_value=1000, default_point=1, asset_volatility=.1)), 4)
    -2386.8628
    """
    return elementwise(_log_probability, **_inputs(asset_value, default_point, asset_volatility, drift, horizon))


def _inputs(*given: ArrayLike) -> dict[str, Floats]:
    names = ("asset_value", "default_point", "asset_volatility", "drift", "horizon")
    return checked(**dict(zip(names, given, strict=True)))


def _distances(
    asset_value: Floats, default_point: Floats, asset_volatility: Floats, drift: Floats, horizon: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """b, d1, d2, and the exponent -2 n b / s^2; b is nothing where the barrier is already touched."""
    b = np.maximum(log_ratio(asset_value, default_point), 0.0)
    w = np.maximum(asset_volatility * np.sqrt(horizon), _LEAST_SPREAD)
    travel = drift * horizon - 0.5 * w * w
    with np.errstate(over="ignore", invalid="ignore"):
        exponent = np.where(b > 0.0, -2.0 * (travel / w) * (b / w), 0.0)
        return b, (b + travel) / w, (b - travel) / w, exponent


def _mills(d: Floats) -> Floats:
    """N(-d) / phi(d) for d >= 0."""
    ratio: Floats = _MILLS * special.erfcx(d * _ROOT_HALF)
    return ratio


def _probability(**inputs: Floats) -> Floats:
    b, d1, d2, exponent = _distances(**inputs)
    safe = np.maximum(d2, 0.0)
    with np.errstate(under="ignore", over="ignore"):
        # d2 < 0 only where the drift leads away from the barrier: then the exponent is negative and cannot overflow.
        reflected = np.where(d2 >= 0.0, density(d1) * _mills(safe), np.exp(np.minimum(exponent, 0.0)) * upper_tail(d2))
    touched: Floats = np.where(b > 0.0, np.minimum(upper_tail(d1) + reflected, 1.0), 1.0)
    return touched


def _log_probability(**inputs: Floats) -> Floats:
    b, d1, d2, exponent = _distances(**inputs)
    safe = np.maximum(d2, 0.0)
    with np.errstate(under="ignore", over="ignore"):
        reflected = np.where(
            d2 >= 0.0,
            _LOG_DENSITY - 0.5 * d1 * d1 + np.log(_mills(safe)),
            np.minimum(exponent, 0.0) + log_upper_tail(d2),
        )
    touched: Floats = np.where(b > 0.0, np.minimum(np.logaddexp(log_upper_tail(d1), reflected), 0.0), 0.0)
    return touched
