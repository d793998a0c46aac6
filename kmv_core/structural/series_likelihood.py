"""The volatility of greatest likelihood (Duan 1994, 2000), many firms at once, guarded against searches that stop too early.

    ln L(s) = -n/2 ln(2 pi s^2 dt) - S / (2 s^2 dt) - sum over i = 1..n of ln[A_i N(d1_i)],   drift at its best
    slope   = -c + (S - S'/2) / (s^2 dt) + sum m p                                            in theta = ln s
    curve   = (-2 S + 2 S' - S''/2) / (s^2 dt) + sum m q (p^2 + m p - 1)

S, S', S'' and m, p, q as in asset_paths. c is n; c = n - 1 integrates the drift out under a flat prior. As s falls
to 0 the slope is positive, as it grows it is negative. No proof says that it changes sign but once, though ten
thousand simulated firms showed no other; so a grid around the iterative volatility brackets every maximum that its
slopes show, each is estimated by a cubic, and those that may be the highest are climbed by Newton on the slope.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kmv_core.structural.asset_paths import SETTLED, Changes, Market, Paths, changes, moved, paths_at, slopes
from kmv_core.structural.series_iterative import CLOSE, STEPS, Fit, inside
from kmv_core.vocabulary.checks import Floats

_GRID = 6
"""Points on either side of the iterative volatility."""
_BELOW, _ABOVE = 0.5, 0.35
"""How far, in ln s, the grid passes the volatility of E + K and that of E, between which s is expected."""
_BEYOND, _BEYOND_STEP = 12, 0.5
"""More points for the firms whose slope still points outward."""
_ROUGH = 1e-2
"""Paths on the grid are this close, in standard deviations, before their last third-order step."""
_RIVAL = 2.0
"""A maximum whose estimated log-likelihood is this close to the best is climbed as well."""


class Likelihood(NamedTuple):
    """Per firm: the log-likelihood, drift at its best, and its derivatives in ln s, with what they were made of.

    Amounts are in units of K: the log-likelihood of the amounts themselves is less by the sum of ln K.
    """

    value: Floats
    slope: Floats
    curve: Floats
    paths: Paths
    first: Floats
    second: Floats
    changes: Changes


def likelihood(
    market: Market, theta: Floats, start: Floats | None, *, dt: float, divisor: int, tolerance: float = SETTLED
) -> Likelihood:
    """At exp(theta), one volatility a firm; `start` as in paths_at."""
    n = market.e.shape[1] - 1
    paths = paths_at(market, theta, start, tolerance=tolerance)
    first, second = slopes(paths)
    found = changes(market, paths, first, second)
    m = paths.mills[:, 1:]
    q = m + paths.d2[:, 1:]
    p = q + paths.w[:, -n:]
    mp = m * p
    q *= m
    p *= p
    p += mp
    p -= 1.0
    variance = np.exp(2.0 * theta) * dt
    s0, s1, s2 = (each / variance for each in found[:3])
    value = -0.5 * (n * math.log(2.0 * math.pi * dt) + s0) - divisor * theta - paths.log_part[:, 1:].sum(axis=1)
    slope = -divisor + s0 - 0.5 * s1 + mp.sum(axis=1)
    curve = -2.0 * s0 + 2.0 * s1 - 0.5 * s2 + np.einsum("ij,ij->i", q, p)
    return Likelihood(value, slope, curve, paths, first, second, found)


def maximise(market: Market, begin: Fit, log_spread: Floats, *, dt: float, divisor: int) -> Fit:
    """The highest maximum of each firm; `begin` is its iterative fit (or where that was left)."""
    centre = likelihood(market, begin.log_volatility, None, dt=dt, divisor=divisor)
    grid = _grid(market, begin.log_volatility, centre, log_spread, dt, divisor)
    firm, low, high, guess = _candidates(*grid)
    near = centre.paths.rows(firm)
    start = moved(near, centre.first[firm], centre.second[firm], guess - begin.log_volatility[firm])
    climbed, value = _climb(market, firm, start, low, high, guess, dt, divisor)
    order = np.lexsort((value, firm))
    best = order[np.searchsorted(firm[order], np.arange(len(market.e)), side="right") - 1]
    iterations = begin.iterations + grid[0].shape[1] + climbed.iterations[best]
    return Fit(climbed.log_volatility[best], climbed.x[best], iterations, climbed.solved[best])


def _grid(
    market: Market, centre: Floats, middle: Likelihood, log_spread: Floats, dt: float, divisor: int
) -> tuple[Floats, Floats, Floats]:
    """ln s, rising, log-likelihood and slope on a grid (firms, points); nan where a firm needed no point."""
    still = np.diff(np.log1p(market.e), axis=1)
    still += market.debt_growth
    with np.errstate(divide="ignore"):
        floor = np.log(still.std(axis=1) / math.sqrt(dt))
    bottom = np.clip(floor, centre - 3.0, centre) - _BELOW
    top = np.clip(log_spread, centre, centre + 3.0) + _ABOVE
    above = _side(market, centre, middle, (top - centre) / _GRID, dt, divisor)
    below = _side(market, centre, middle, (bottom - centre) / _GRID, dt, divisor)
    columns = [*below[::-1], np.stack((centre, middle.value, middle.slope)), *above]
    theta, value, slope = np.stack(columns, axis=2)
    return theta, value, slope


def _side(market: Market, centre: Floats, middle: Likelihood, spacing: Floats, dt: float, divisor: int) -> list[Floats]:
    """Columns of (ln s, log-likelihood, slope) away from the centre, until the slope points back."""
    columns: list[Floats] = []
    sign = float(np.sign(spacing[0]))
    here, at, theta, found = market, np.arange(len(centre)), centre, middle
    paths, first, second = found.paths, found.first, found.second
    for k in range(_GRID + _BEYOND):
        h = spacing[at] if k < _GRID else np.full(len(at), sign * _BEYOND_STEP)
        x = moved(paths, first, second, h)
        theta = theta + h
        found = likelihood(here, theta, x, dt=dt, divisor=divisor, tolerance=_ROUGH)
        column = np.full((3, len(centre)), np.nan)
        column[:, at] = theta, found.value, found.slope
        columns.append(column)
        paths, first, second = found.paths, found.first, found.second
        if k >= _GRID - 1:
            outward = sign * found.slope > 0.0
            if not outward.any():
                break
            at, theta, here = at[outward], theta[outward], here.rows(outward)
            paths = paths.rows(outward)
            first, second = first[outward], second[outward]
    return columns


def _candidates(theta: Floats, value: Floats, slope: Floats) -> tuple[NDArray[np.intp], Floats, Floats, Floats]:
    """Firm, bracket and cubic estimate of each maximum that may be the highest; a firm without one gets a nan."""
    firm, k = np.nonzero((slope[:, :-1] > 0.0) & (slope[:, 1:] <= 0.0))
    low, high = theta[firm, k], theta[firm, k + 1]
    h = high - low
    a, b, da, db = value[firm, k], value[firm, k + 1], slope[firm, k] * h, slope[firm, k + 1] * h
    z = 3.0 * (b - a) - da - db
    root = np.sqrt(z * z - da * db)
    t = np.clip(1.0 - (root - db - z) / (da - db + 2.0 * root), 0.0, 1.0)
    u = 1.0 - t
    peak = u * u * ((1.0 + 2.0 * t) * a + t * da) + t * t * ((1.0 + 2.0 * u) * b - u * db)
    best = np.full(len(theta), -np.inf)
    np.maximum.at(best, firm, peak)
    keep = peak >= best[firm] - _RIVAL
    missing = np.setdiff1d(np.arange(len(theta)), firm[keep])
    none = np.full(len(missing), np.nan)
    return (
        np.concatenate((firm[keep], missing)),
        np.concatenate((low[keep], none)),
        np.concatenate((high[keep], none)),
        np.concatenate(((low + t * h)[keep], none)),
    )


def _climb(
    market: Market,
    firm: NDArray[np.intp],
    start: Floats,
    low: Floats,
    high: Floats,
    guess: Floats,
    dt: float,
    divisor: int,
) -> tuple[Fit, Floats]:
    """Newton on the slope inside each bracket, a candidate a row; and the log-likelihood there, -inf if unsolved."""
    theta = guess.copy()
    last = np.full_like(start, np.nan)
    iterations = np.zeros(len(firm), dtype=np.int64)
    solved = np.zeros(len(firm), dtype=bool)
    value = np.full(len(firm), -np.inf)
    live = np.flatnonzero(np.isfinite(guess))
    here, x = market.rows(firm[live]), start[live]
    for _ in range(STEPS):
        if not live.size:
            break
        at = theta[live]
        found = likelihood(here, at, x, dt=dt, divisor=divisor)
        iterations[live] += 1
        up = np.sign(found.slope)
        step = np.where(found.curve < 0.0, -found.slope / np.where(found.curve < 0.0, found.curve, 1.0), up)
        step, low[live], high[live] = inside(at, step, found.slope, low[live], high[live])
        theta[live] = at + step
        x = moved(found.paths, found.first, found.second, step)
        done = (np.abs(step) < CLOSE) & found.paths.settled
        out = done | ~np.isfinite(step)
        if out.any():
            ended, stay = live[out], ~out
            last[ended], solved[ended] = x[out], done[out]
            # The step left is so short that the value does not feel it.
            value[ended] = np.where(done, found.value, -np.inf)[out]
            live, here, x = live[stay], here.rows(stay), x[stay]
    return Fit(theta, last, iterations, solved), value
