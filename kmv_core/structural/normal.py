"""The normal tail to the last digit: N(-d) and ln N(-d) for any real d.

    N(-d) = 1/2 erfc(d / sqrt 2)
    deep  = 1/2 erfcx(d / sqrt 2) exp(-h^2 / 2) exp(-(d - h)(d + h) / 2),   h = d rounded to sixteenths

The plain form multiplies the rounding of d / sqrt 2 by d^2 in its exponent: 2e-13 at d = 37, and the usual
library gives 0 from 37.5 on. In the deep form (Cody 1969) h^2 is exact and erfcx takes the rounding without harm:
5e-16 up to 37.5, and beyond, where doubles thin out, the nearest of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kmv_core.vocabulary.checks import Floats

DEEP = 8.0
"""From here on the deep form; below it the plain one is good to 2e-14 and twice as fast."""
_ROOT_HALF = math.sqrt(0.5)
_LOG_HALF = math.log(0.5)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_ROOT_TWO_OVER_PI = math.sqrt(2.0 / math.pi)


def upper_tail(distance: Floats) -> Floats:
    """N(-d); same shape. nan stays nan."""
    d = np.asarray(distance, dtype=np.float64)
    tail = np.atleast_1d(special.ndtr(-d))
    rows = np.nonzero(np.atleast_1d(d) > DEEP)
    if rows[0].size:
        tail[rows] = _deep_tail(np.atleast_1d(d)[rows])
    shaped: Floats = tail.reshape(d.shape)[()]
    return shaped


def log_upper_tail(distance: Floats) -> Floats:
    """ln N(-d); same shape. Far below default it is -N(d), which leaves the doubles at d = -38.5."""
    d = np.asarray(distance, dtype=np.float64)
    far = d > 1.0
    with np.errstate(under="ignore", divide="ignore"):
        safe = np.where(far, d, 1.0)
        deep = _LOG_HALF + np.log(special.erfcx(safe * _ROOT_HALF)) - 0.5 * safe * safe
        near = np.log1p(-upper_tail(np.where(far, 0.0, -d)))
    log: Floats = np.where(far, deep, near)[()]
    return log


def hazard(distance: Floats) -> Floats:
    """phi(d) / N(-d), which is -d/dd ln N(-d); same shape, full relative accuracy in both tails."""
    d = np.asarray(distance, dtype=np.float64)
    near = np.maximum(d, 0.0)
    with np.errstate(under="ignore"):
        plain = _ROOT_TWO_OVER_PI / special.erfcx(near * _ROOT_HALF)
        ratio: Floats = np.where(d >= 0.0, plain, density(d) / upper_tail(np.minimum(d, 0.0)))[()]
    return ratio


def density(distance: Floats) -> Floats:
    """phi(d); same shape. The exponent in two parts, as in the deep tail: 4e-16 up to d = 38."""
    d = np.minimum(np.abs(np.asarray(distance, dtype=np.float64)), 40.0)
    h = np.rint(16.0 * d) / 16.0
    with np.errstate(under="ignore"):
        phi: Floats = (_DENSITY * np.exp(-0.5 * (d - h) * (d + h)) * np.exp(-0.5 * h * h))[()]
    return phi


def distance_at(probability: Floats) -> Floats:
    """d with N(-d) = probability; inf at 0, -inf at 1."""
    d: Floats = -special.ndtri(probability)
    return d


def _deep_tail(d: NDArray[np.float64]) -> Floats:
    # Beyond 40 nothing is left of the doubles; the clip keeps erfcx x exp from inf x 0.
    d = np.minimum(d, 40.0)
    h = np.rint(16.0 * d) / 16.0
    with np.errstate(under="ignore"):
        tail: Floats = 0.5 * special.erfcx(d * _ROOT_HALF) * np.exp(-0.5 * (d - h) * (d + h)) * np.exp(-0.5 * h * h)
    return tail
