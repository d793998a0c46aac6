"""The bivariate normal probability N2(a, b; rho) = P(X <= a, Y <= b), with its digits kept in the tails.

    N2 = max(0, N(a) + N(b) - 1) + 1/pi integral over u from 0 to U of exp(-p^2 / (2 sin^2 u) - q^2 / (2 cos^2 u)) du
    p = (a + b) / 2,  q = (a - b) / 2,  tan U = sqrt((1 + rho) / (1 - rho))

This is Plackett's identity dN2/drho = phi2(a, b; rho) (Biometrika 41, 1954), summed up from rho = -1 instead of from
0 and with rho = -cos 2u. Every term is positive, so nothing cancels however small the result: the usual routines
start at 0 or 1 and subtract (Drezner and Wesolowsky 1990, Genz 2004: 1e-15 absolute, no digit left at 1e-20), and so
does Owen's T. scipy's multivariate_normal.cdf is one point at a time and absolute, too; no Python package that is
kept up does better.

With v = ln tan u the integrand is log-concave: f(v) = exp(-(p^2 (1 + e^-2v) + q^2 (1 + e^2v)) / 2) / (2 cosh v). It is
integrated on either side of its highest point within the range, as far as it keeps e^-39 of its height, by
Gauss-Legendre nodes that crowd towards that point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.structural.blocks import in_blocks
from kmv_core.structural.normal import upper_tail
from kmv_core.vocabulary.checks import Floats, as_floats, checked, common_shape
from kmv_core.vocabulary.errors import KmvError, problem

_DROP = 39.0
_NEWTON = 4
_FARTHEST = 40.0
"""N(-40) is no double any more."""
_BLOCK = 2048
_ROOTS, _SHARES = np.polynomial.legendre.leggauss(48)
_PLACE = (0.5 * (_ROOTS + 1.0)) ** 2
_WEIGHT = _SHARES * 0.5 * (_ROOTS + 1.0)


def bivariate_normal(*, a: ArrayLike, b: ArrayLike, correlation: ArrayLike) -> Floats:
    """N2(a, b; rho), the probability that X <= a and Y <= b for standard normals of that correlation.

    Shapes broadcast; a and b are real or infinite, without unit; the correlation is a decimal from -1 to 1, both
    included: min(N(a), N(b)) at 1 and max(0, N(a) + N(b) - 1) at -1. Relative error about
    1e-14 + 1e-15 x, where e^-x is the order of the result: the rounding of a and b alone costs as much.
    Raises KmvError E226 for a correlation outside, nan too; E212 for what is no number, a nan a or b too; E217 where
    shapes do not fit.
    Source: Plackett 1954, see the module.

    >>> float(bivariate_normal(a=0, b=0, correlation=.5)).__round__(12)  # 1/4 + asin(rho) / (2 pi)
    0.333333333333
    """
    given = {**as_floats(a=a, b=b), **checked(correlation=correlation)}
    for name in ("a", "b"):
        if np.isnan(given[name]).any():
            raise KmvError(problem("E212", name=name, name_zh=name, found="nan"))
    shape = common_shape(**given)
    first, second, rho = (np.broadcast_to(each, shape).reshape(-1) for each in given.values())
    found = np.empty(first.size)

    def work(part: slice) -> None:
        found[part] = _probability(first[part], second[part], rho[part])

    in_blocks(work, found.size, block=_BLOCK)
    shaped: Floats = found.reshape(shape)[()]
    return shaped


def _probability(a: Floats, b: Floats, rho: Floats) -> Floats:
    a, b = np.clip(a, -_FARTHEST, _FARTHEST), np.clip(b, -_FARTHEST, _FARTHEST)
    low, high = np.minimum(a, b), np.maximum(a, b)
    result: Floats = np.where(a + b > 0.0, upper_tail(-low) - upper_tail(high), 0.0)
    inner = np.abs(rho) < 1.0
    rows = np.flatnonzero(inner)
    if rows.size:
        result[rows] += _from_minus_one(a[rows], b[rows], rho[rows])
    # Past the smaller margin there is only rounding, and at rho = 1 the margin itself.
    margin = upper_tail(-low)
    limited: Floats = np.where(rho == 1.0, margin, np.minimum(result, margin))
    return limited


def _from_minus_one(a: Floats, b: Floats, rho: Floats) -> Floats:
    """N2(a, b; rho) - N2(a, b; -1) for |rho| < 1, by v = ln tan u; y stands for e^2v."""
    p2, q2 = (0.5 * (a + b)) ** 2, (0.5 * (a - b)) ** 2
    end = (1.0 + rho) / (1.0 - rho)
    with np.errstate(divide="ignore", over="ignore"):
        # The highest point, with tanh v as +-1: near enough to measure from, and inside the range.
        root = np.sqrt(1.0 + 4.0 * p2 * q2)
        peak = np.where(p2 >= q2, np.maximum(2.0 * p2 / (1.0 + root), 1.0), np.minimum((1.0 + root) / (2.0 * q2), 1.0))
    top = np.minimum(peak, end)
    total = _falling_side(p2, q2, top, np.full_like(top, np.inf))
    rows = np.flatnonzero(end > peak)
    if rows.size:
        beyond = 0.5 * np.log(end[rows] / peak[rows])
        total[rows] += _falling_side(q2[rows], p2[rows], 1.0 / peak[rows], beyond)
    rising: Floats = total / np.pi
    return rising


def _falling_side(p2: Floats, q2: Floats, top: Floats, limit: Floats) -> Floats:
    """Integral of f over v from the top down, at most `limit` far; the other side is the same with p and q exchanged."""
    v_top = 0.5 * np.log(top)
    floor = -0.5 * (p2 / top + q2 * top) - np.logaddexp(v_top, -v_top) - _DROP
    with np.errstate(divide="ignore"):
        # Both bounds lie below the place sought, and Newton on a concave function does not pass it.
        v = np.maximum(0.5 * np.log(p2 / (-2.0 * floor)), floor)
    for _ in range(_NEWTON):
        y = np.exp(2.0 * v)
        height = -0.5 * (p2 / y + q2 * y) - np.logaddexp(v, -v)
        v = v + (floor - height) / (p2 / y - q2 * y - np.tanh(v))
    width = np.minimum(v_top - v, limit)
    y = top[:, None] * np.exp(-2.0 * width[:, None] * _PLACE)
    with np.errstate(under="ignore"):
        f = np.exp(-0.5 * (p2[:, None] * (1.0 + 1.0 / y) + q2[:, None] * (1.0 + y))) * np.sqrt(y) / (1.0 + y)
        side: Floats = width * (f @ _WEIGHT)
    return side
