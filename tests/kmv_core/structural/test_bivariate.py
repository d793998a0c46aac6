"""The bivariate normal probability against mpmath, its limits and its laws."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy.special import log_ndtr

from kmv_core import KmvError, bivariate_normal
from kmv_core.structural.normal import upper_tail

INF = math.inf


def by_quadrature(a: float, b: float, rho: float):
    """Integral over x below a of phi(x) N((b - rho x) / sqrt(1 - rho^2)), cut wherever the integrand bends.

    mpmath stops at an absolute error, so that the integrand is scaled to its own height first.
    """
    width = math.sqrt((1 - rho) * (1 + rho))

    def log_height(x: float) -> float:
        return -0.5 * x * x + float(log_ndtr((b - rho * x) / width))

    low, high = -60.0, a
    for _ in range(150):
        one, two = low + (high - low) / 3, high - (high - low) / 3
        low, high = (one, high) if log_height(one) < log_height(two) else (low, two)
    mode = min(high, a)
    top = log_height(mode)

    def reach(drop: float) -> float:
        far = 1e-14
        while far < 80 and log_height(mode - far) > top - drop:
            far *= 1.4
        return far

    left = mode - reach(80)
    cuts = {mode} | {mode + sign * reach(drop) for drop in (0.1, 1, 3, 8, 16, 30, 50) for sign in (-1, 1)}
    if rho:
        cuts |= {(b + k * width) / rho for k in (-12, -7, -4, -2, -1, 0, 1, 2, 4, 7, 12)}
    with mpmath.workdps(28):
        big_a, big_b, r, scale = mpmath.mpf(a), mpmath.mpf(b), mpmath.mpf(rho), mpmath.exp(-mpmath.mpf(top))
        s = mpmath.sqrt((1 - r) * (1 + r))
        points = [mpmath.mpf(x) for x in [left, *sorted(x for x in cuts if left < x < a)]]
        area = mpmath.quad(lambda x: scale * mpmath.npdf(x) * mpmath.ncdf((big_b - r * x) / s), [*points, big_a])
        return area / scale


def gap(found: float, exact) -> float:
    return float(abs(mpmath.mpf(found) / exact - 1))


def allowed(a: float, b: float, rho: float) -> float:
    """1e-14, and 1e-15 for every unit of the exponent of the density at the corner: what a rounding of a costs."""
    exponent = (a + b) ** 2 / (4 * (1 + rho)) + (a - b) ** 2 / (4 * (1 - rho))
    tail = max(min(a, b), -40.0)
    reached = exponent if a + b < 0 else min(exponent, 0.5 * tail * tail)
    return 2e-14 + 1e-15 * reached


@pytest.mark.parametrize("kind", ["body", "tails", "equal", "opposite", "nearly one", "nearly minus one"])
def test_random_points_against_quadrature(kind):
    g = np.random.default_rng()
    for _ in range(4):
        a, b = g.uniform(-3, 3, 2) if kind == "body" else g.uniform(-12, 3, 2)
        rho = g.uniform(-0.98, 0.98)
        if kind == "equal":
            b = a
        elif kind == "opposite":
            a, b = min(a, 2.0), max(-a, -2.0)
        elif kind == "nearly one":
            rho = 1 - 10 ** g.uniform(-9, -1)
        elif kind == "nearly minus one":
            a, b, rho = a / 4, b / 4, -1 + 10 ** g.uniform(-2, -1)
        exact = by_quadrature(float(a), float(b), float(rho))
        if exact > 1e-290:
            found = float(bivariate_normal(a=a, b=b, correlation=rho))
            assert gap(found, exact) <= allowed(a, b, rho), (a, b, rho)


@pytest.mark.parametrize(
    ("a", "b", "rho"),
    [
        (-10, -10, 0.3),
        (-25, -3, 0.0),
        (-5, -5, -0.9),
        (-20, -19, 0.999),
        (-8, 8, -0.5),
        (-37, 2, 0.4),
        (-3, -0.1, -0.6),
    ],
)
def test_named_tails(a, b, rho):
    exact = by_quadrature(float(a), float(b), rho)
    assert gap(float(bivariate_normal(a=a, b=b, correlation=rho)), exact) <= allowed(a, b, rho)


def test_at_nought_it_is_the_arcsine():
    rho = np.concatenate([np.linspace(-0.999, 0.999, 333), [-1, 1, -1 + 1e-9, 1 - 1e-9]])
    with mpmath.workdps(30):
        exact = [0.25 + mpmath.asin(r) / (2 * mpmath.pi) for r in rho.tolist()]
    found = bivariate_normal(a=0, b=0, correlation=rho)
    assert max(gap(x, e) for x, e in zip(found.tolist(), exact, strict=True) if e) < 2e-14
    assert found[-4] == 0.0


def test_the_limits_are_exact():
    g = np.random.default_rng()
    a, b = g.uniform(-9, 9, (2, 500))
    low = np.minimum(a, b)
    assert (bivariate_normal(a=a, b=b, correlation=1) == upper_tail(-low)).all()
    opposite = bivariate_normal(a=a, b=b, correlation=-1)
    assert (opposite[a + b <= 0] == 0).all()
    np.testing.assert_allclose(opposite, np.maximum(upper_tail(-a) - upper_tail(b), 0), atol=3e-16)
    # The product of two tails, each good to 2e-14.
    np.testing.assert_allclose(bivariate_normal(a=a, b=b, correlation=0), upper_tail(-a) * upper_tail(-b), rtol=1e-13)
    for rho in (-1, -0.4, 0, 0.7, 1):
        np.testing.assert_allclose(bivariate_normal(a=a, b=INF, correlation=rho), upper_tail(-a), rtol=1e-13)
        assert (bivariate_normal(a=a, b=-INF, correlation=rho) == 0).all()
        assert bivariate_normal(a=INF, b=INF, correlation=rho) == 1
        assert bivariate_normal(a=INF, b=-INF, correlation=rho) == 0


def test_its_laws():
    g = np.random.default_rng()
    a, b = g.uniform(-9, 4, (2, 3000))
    rho = g.uniform(-1, 1, 3000)
    found = bivariate_normal(a=a, b=b, correlation=rho)
    # a + b rounds alike whichever comes first.
    np.testing.assert_array_equal(found, bivariate_normal(a=b, b=a, correlation=rho))
    assert ((found >= 0) & (found <= upper_tail(-np.minimum(a, b)))).all()
    both = found + bivariate_normal(a=a, b=-b, correlation=-rho)
    # P(X <= a) split by Y.
    np.testing.assert_allclose(both, upper_tail(-a), rtol=1e-13)
    rising = np.diff(bivariate_normal(a=a[:200, None], b=b[:200, None], correlation=np.linspace(-1, 1, 41)), axis=1)
    assert (rising >= -2e-14 * upper_tail(-np.minimum(a, b)[:200, None])).all()


def test_shapes_and_blocks():
    assert np.ndim(bivariate_normal(a=0.1, b=0.2, correlation=0.3)) == 0
    assert bivariate_normal(a=np.zeros((3, 1)), b=np.zeros(4), correlation=0.3).shape == (3, 4)
    assert bivariate_normal(a=[], b=0.0, correlation=0.3).shape == (0,)
    a = np.linspace(-5, 3, 70_001)
    many = bivariate_normal(a=a, b=-1.0, correlation=0.3)
    picked = [float(bivariate_normal(a=x, b=-1.0, correlation=0.3)) for x in a[::10_000].tolist()]
    # A sum of 48 products may be taken in another order.
    np.testing.assert_allclose(many[::10_000], picked, rtol=2e-15)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"correlation": 1.01}, "E226"),
        ({"correlation": [0, -2]}, "E226"),
        ({"correlation": float("nan")}, "E226"),
        ({"a": float("nan")}, "E212"),
        ({"b": "x"}, "E212"),
        ({"a": [1, 2], "b": [1, 2, 3]}, "E217"),
    ],
)
def test_refusals(given, code):
    with pytest.raises(KmvError) as caught:
        bivariate_normal(**{"a": 0.0, "b": 0.0, "correlation": 0.5, **given})
    assert caught.value.problems[0].code == code
