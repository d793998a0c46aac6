"""The iterative volatility of Vassalou and Xing (2004), many firms at once.

    s^2 = S(s) / (c dt)

S is the sum of squares about their mean of the changes of ln A along the path implied at s, c is n or n - 1 for n
changes dt years apart. The textbook repeats the right side; here Halley's method on ln g(theta) - theta, theta =
ln s, with exact derivatives, inside a bracket, ends on the same stable fixed point after about three paths.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kmv_core.structural import two_equations
from kmv_core.structural.asset_paths import Market, changes, moved, paths_at, slopes
from kmv_core.vocabulary.checks import Floats

CLOSE = 1e-7
"""A step of ln s this small leaves its square."""
STEPS = 80
_LONGEST = 0.7
"""The longest step of ln s: a factor of two."""
_FLAT = -1e-3
"""A fixed point whose slope is nearer to zero is approached by repetition, as in the textbook."""


class Fit(NamedTuple):
    """Where the search of each firm ended: ln s and evaluations (firms,), x (firms, observations)."""

    log_volatility: Floats
    x: Floats
    iterations: NDArray[np.int64]
    solved: NDArray[np.bool_]


def first_guess(market: Market, dt: float) -> tuple[Floats, Floats]:
    """ln s of the two equations at the mean of ln e, and the ln of the equity volatility; equity has to move."""
    log_e = np.log(market.e)
    growth = np.diff(log_e, axis=1)
    growth += market.debt_growth
    spread = growth.std(axis=1) / math.sqrt(dt)
    root = market.root.mean(axis=1)
    guess = two_equations.solve(np.exp(log_e.mean(axis=1)), spread * root)
    log_spread = np.log(spread)
    return np.where(guess.solved, np.log(guess.w / root), log_spread), log_spread


def iterate(market: Market, log_volatility: Floats, *, dt: float, divisor: int) -> Fit:
    """The fixed point that the start leads to; unsolved where none was met."""
    firms = len(log_volatility)
    theta = log_volatility.copy()
    low, high = np.full(firms, -np.inf), np.full(firms, np.inf)
    last = np.full_like(market.e, np.nan)
    iterations = np.zeros(firms, dtype=np.int64)
    solved = np.zeros(firms, dtype=bool)
    live, here, start = np.arange(firms), market, None
    for _ in range(STEPS):
        at = theta[live]
        paths = paths_at(here, at, start)
        first, second = slopes(paths)
        s0, s1, s2, _, _ = changes(here, paths, first, second)
        iterations[live] += 1
        with np.errstate(all="ignore"):
            gap = 0.5 * np.log(s0 / (divisor * dt)) - at
            slope = 0.5 * s1 / s0 - 1.0
            curve = 0.5 * (s2 / s0 - (s1 / s0) ** 2)
            newton = -gap / slope
            step = newton / np.maximum(1.0 + 0.5 * newton * curve / slope, 0.5)
        step = np.where((slope < _FLAT) & np.isfinite(step), step, gap)
        step, low[live], high[live] = inside(at, step, gap, low[live], high[live])
        theta[live] = at + step
        start = moved(paths, first, second, step)
        done = (np.abs(step) < CLOSE) & paths.settled & (slope < 0.0)
        out = done | ~np.isfinite(step)
        if out.any():
            ended, stay = live[out], ~out
            last[ended], solved[ended] = start[out], done[out]
            live, here, start = live[stay], here.rows(stay), start[stay]
            if not live.size:
                break
    return Fit(theta, last, iterations, solved)


def inside(at: Floats, step: Floats, gap: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """The step kept in the bracket, and the bracket, narrowed by the sign of the gap: the root lies where it points."""
    low, high = np.where(gap > 0.0, at, low), np.where(gap < 0.0, at, high)
    step = np.clip(step, -_LONGEST, _LONGEST)
    to = at + step
    off = ((to <= low) & (step < 0.0)) | ((to >= high) & (step > 0.0)) | (step * gap < 0.0)
    if off.any():
        middle = 0.5 * (low + high) - at
        step = np.where(off, np.where(np.isfinite(middle), middle, np.sign(gap) * _LONGEST), step)
    return step, low, high
