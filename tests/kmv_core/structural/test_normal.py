"""The normal tail against mpmath over the whole range of doubles."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from kmv_core import log_probability_of_default, probability_of_default
from kmv_core.structural.normal import log_upper_tail, upper_tail

SUBNORMAL = 37.5
"""N(-d) is below the smallest normal double from 37.52 on: what is left of it has fewer digits."""


@pytest.fixture(scope="module")
def points():
    g = np.random.default_rng()
    d = np.concatenate([g.uniform(-40, 38, 8000), g.uniform(-1.5, 1.5, 2000), [8.0, np.nextafter(8, 9), 0.0, 1.0]])
    with mpmath.workdps(60):
        tails = [mpmath.ncdf(-mpmath.mpf(x)) for x in d.tolist()]
        logs = [
            mpmath.log1p(-mpmath.ncdf(x)) if x < 0 else mpmath.log(t) for x, t in zip(d.tolist(), tails, strict=True)
        ]
    return d, tails, logs


def gaps(found, exact):
    with mpmath.workdps(60):
        return np.array([float(abs(mpmath.mpf(a) / b - 1)) for a, b in zip(found.tolist(), exact, strict=True)])


def test_the_tail_is_right_to_thirteen_digits(points):
    d, tails, _ = points
    gap = gaps(upper_tail(d), tails)
    assert gap[d < SUBNORMAL].max() < 1e-13
    assert np.abs(upper_tail(d) - np.array([float(t) for t in tails]))[d >= SUBNORMAL].max() <= 1e-323


def test_its_logarithm_too(points):
    d, _, logs = points
    gap = gaps(log_upper_tail(d), logs)
    # Below -37.5 the logarithm is itself a vanishing number.
    assert gap[d > -SUBNORMAL].max() < 1e-13


def test_the_default_probability_keeps_them():
    """A chosen so that the distance is ln A: s = 1, m = 1/2, T = 1, D = 1."""
    owned = np.exp(np.linspace(-SUBNORMAL, SUBNORMAL, 3001))
    given = {"asset_value": owned, "default_point": 1.0, "asset_volatility": 1.0, "drift": 0.5}
    with mpmath.workdps(60):
        d = [mpmath.log(mpmath.mpf(each)) for each in owned.tolist()]
        tails = [mpmath.ncdf(-each) for each in d]
        logs = [mpmath.log1p(-mpmath.ncdf(x)) if x < 0 else mpmath.log(t) for x, t in zip(d, tails, strict=True)]
    # The distance is itself rounded: half a unit of d in d is d^2 units in the tail.
    allowed = 1e-13 + 2.3e-16 * np.array([float(each) for each in d]) ** 2
    assert (gaps(probability_of_default(**given), tails) <= allowed).all()
    assert (gaps(log_probability_of_default(**given), logs) <= allowed).all()


def test_ends_and_single_numbers():
    assert upper_tail(np.array([np.inf, -np.inf, 50.0])).tolist() == [0.0, 1.0, 0.0]
    assert np.isnan(upper_tail(np.nan))
    assert np.ndim(upper_tail(9.0)) == np.ndim(log_upper_tail(9.0)) == 0
    assert log_upper_tail(np.array([np.inf, 1e5])).tolist() == pytest.approx([-np.inf, -5.00000001e9], rel=1e-8)
