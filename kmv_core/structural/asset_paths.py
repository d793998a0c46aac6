"""Asset paths implied by equity paths at a volatility, for many firms at once, with their derivatives.

Reduced as in two_equations: e = E/K, x = ln(A/K), w = s sqrt T, K = D e^{-rT}; a row is a firm, a column an
observation. With theta = ln s, m = n(d1)/N(d1) (the inverse Mills ratio), q = m + d2 and p = m + d1 the path
moves with the volatility as

    x' = -w m,   x'' = -w m (1 + p q),   m' = m p q,   p' = q (m p - 1),   q' = p (m q - 1)

(implicit differentiation of e^x N(d1) - N(d2) = e), so that one evaluation carries a path to the next volatility
with a third-order start, and gives every derivative that a fixed point or a likelihood needs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kmv_core.structural.two_equations import log_call
from kmv_core.vocabulary.checks import Floats

_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_ROOT_HALF = math.sqrt(0.5)
SETTLED = 1e-5
"""A third-order step this small, in standard deviations, leaves its cube."""
_DEEP = -30.0
"""Below this d2 the tails near the end of the doubles: the scaled form takes over."""
_STEPS = 60


class Market(NamedTuple):
    """What is observed of some firms."""

    e: Floats
    """E / K, (firms, observations)."""
    root: Floats
    """sqrt T, (firms, 1) or (firms, observations)."""
    debt_growth: Floats
    """ln(K / K before), (firms, 1) or (firms, observations - 1)."""

    def rows(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Market:
        return Market(*(each[index] for each in self))


class Paths(NamedTuple):
    """Paths at one volatility per firm, (firms, observations) but where said."""

    x: Floats
    w: Floats
    """As the market's root: (firms, 1) where the horizon stays."""
    d2: Floats
    mills: Floats
    """m, the inverse Mills ratio of d1."""
    log_part: Floats
    """ln(e^x N(d1)) = ln(A/K) + ln N(d1)."""
    settled: NDArray[np.bool_]
    """(firms,): x solves its equation to the last digits."""

    def rows(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Paths:
        return Paths(
            self.x[index],
            self.w[index],
            self.d2[index],
            self.mills[index],
            self.log_part[index],
            self.settled[index],
        )


def paths_at(
    market: Market, log_volatility: Floats, start: Floats | None = None, *, tolerance: float = SETTLED
) -> Paths:
    """The paths at exp(log_volatility), one a firm; from x = ln(1 + e), its upper bound, where no start is given."""
    x = np.log1p(market.e) if start is None else start
    paths = _step(market, log_volatility, x, tolerance)
    left = np.flatnonzero(~paths.settled)
    for _ in range(_STEPS):
        if not left.size:
            break
        if left.size == len(x):
            paths = _step(market, log_volatility, paths.x, tolerance)
            left = np.flatnonzero(~paths.settled)
            continue
        again = _step(market.rows(left), log_volatility[left], paths.x[left], tolerance)
        for whole, part in zip(paths, again, strict=True):
            whole[left] = part
        left = left[~again.settled]
    return paths


def slopes(paths: Paths) -> tuple[Floats, Floats]:
    """x' and x'' in ln s."""
    q = paths.mills + paths.d2
    first = -paths.w * paths.mills
    second = q + paths.w
    second *= q
    second += 1.0
    second *= first
    return first, second


def moved(paths: Paths, first: Floats, second: Floats, by: Floats) -> Floats:
    """x after ln s has moved by so much (firms,), to second order."""
    h = by[:, None]
    step = second * (0.5 * h)
    step += first
    step *= h
    step += paths.x
    return step


class Changes(NamedTuple):
    """Of ln A along the path, per firm (firms,): S = sum of squares about the mean, the mean, their slopes in ln s."""

    squares: Floats
    squares_1: Floats
    squares_2: Floats
    mean: Floats
    mean_1: Floats


def changes(market: Market, paths: Paths, first: Floats, second: Floats) -> Changes:
    """S, S', S'', and the mean with its slope, from x and its slopes."""
    change = np.diff(paths.x, axis=1)
    change += market.debt_growth
    mean = change.mean(axis=1)
    change -= mean[:, None]
    change_1, change_2 = np.diff(first, axis=1), np.diff(second, axis=1)
    mean_1 = change_1.mean(axis=1)
    squares_2 = np.einsum("ij,ij->i", change_1, change_1) - change.shape[1] * mean_1 * mean_1
    squares_2 += np.einsum("ij,ij->i", change, change_2)
    return Changes(
        squares=np.einsum("ij,ij->i", change, change),
        squares_1=2.0 * np.einsum("ij,ij->i", change, change_1),
        squares_2=2.0 * squares_2,
        mean=mean,
        mean_1=mean_1,
    )


def _step(market: Market, log_volatility: Floats, x: Floats, tolerance: float) -> Paths:
    """One step of Halley on ln call = ln e, and everything that depends on x carried along with it."""
    e = market.e
    w = np.exp(log_volatility)[:, None] * market.root
    with np.errstate(all="ignore"):
        d2 = x / w
        d2 -= 0.5 * w
        part = np.exp(x)
        part *= special.ndtr(d2 + w)
        call = part - special.ndtr(d2)
        mills = d2 * d2
        mills *= -0.5
        np.exp(mills, out=mills)
        mills *= _DENSITY
        mills /= part
        slope = part / call
        call /= e
        residual = np.log(call, out=call)
        log_part = np.log(part, out=part)
        if not d2.min() > _DEEP:
            _deep(e, x, w, d2, mills, slope, residual, log_part)
        bend = mills / w
        bend += 1.0
        tilt = bend.copy()
        bend -= slope
        step = np.divide(residual, slope, out=residual)
        bend *= step
        bend *= -0.5
        bend += 1.0
        np.maximum(bend, 0.5, out=bend)
        step /= bend
    bad = ~np.isfinite(step)
    if bad.any():
        # Below any doubt of the doubles: the root lies between ln e and ln(1 + e).
        step[bad] = (x - 0.5 * (np.log(e) + np.log1p(e)))[bad]
    shift = step / w
    settled: NDArray[np.bool_] = np.all(np.abs(shift) < tolerance, axis=1)
    # d1 moves by -shift: Taylor, exact to the cube where it matters.
    q1 = mills * (d2 + w + mills)
    log_part -= tilt * step
    log_part -= 0.5 * q1 * shift * shift
    mills += q1 * shift
    d2 -= shift
    return Paths(x - step, w, d2, mills, log_part, settled)


def _deep(
    e: Floats, x: Floats, w: Floats, d2: Floats, mills: Floats, slope: Floats, residual: Floats, log_part: Floats
) -> None:
    """Replace, in place, what the plain form has lost far below default."""
    at = np.nonzero(~(d2 > _DEEP))
    far, wide = x[at], np.broadcast_to(w, x.shape)[at]
    log, slope[at] = log_call(far, wide)
    residual[at] = log - np.log(e[at])
    d1 = np.minimum(far / wide + 0.5 * wide, 0.0)
    scaled = special.erfcx(-d1 * _ROOT_HALF)
    mills[at] = 2.0 * _DENSITY / scaled
    log_part[at] = far + np.log(0.5 * scaled) - 0.5 * d1 * d1
