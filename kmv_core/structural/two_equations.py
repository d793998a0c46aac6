"""Merton's two equations in reduced, logarithmic form: (e, u) -> (x, w).

    e = E / K,  u = sigma_E sqrt T,  x = ln(A / K),  w = s sqrt T,  K = D e^{-rT}
    d2 = x / w - w / 2,  d1 = d2 + w,  G = e^x N(d1)
    E = A N(d1) - K N(d2)      ->   ln(G - N(d2)) = ln e
    sigma_E E = N(d1) s A      ->   ln(w G) = ln(u e)

The second gives N(d2) = e (u / w - 1), so w lies in [u e / (1 + e), u]: a bracket for every row. Most rows start
from a table and need two Newton steps; the others are closed in on by bisection of w.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kmv_core.structural.normal import log_upper_tail
from kmv_core.vocabulary.checks import Floats

_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_ROOT_HALF = math.sqrt(0.5)
_MILLS = math.sqrt(0.5 * math.pi)
_NARROW = 1e-2
_LEAST_W = 1e-9
"""A spread below it is none: the asset value would be known for certain."""
_SETTLED = 2e-7
"""A Newton step below it leaves its square: the next one would change the 13th digit."""
_LOG_E = (math.log(1e-7), math.log(60.0), 256)
_LOG_U = (math.log(0.01), math.log(9.0), 224)
"""The table's range and points: pools and companies live well inside."""
_BISECTIONS = 70


class Reduced(NamedTuple):
    """ln(A/K), s sqrt T, and where they solve both equations."""

    x: Floats
    w: Floats
    solved: NDArray[np.bool_]


def solve(e: Floats, u: Floats) -> Reduced:
    """Solve every row of one-dimensional e > 0, u > 0 (finite)."""
    x, w = _from_table(e, u)
    owed = e * u
    with np.errstate(all="ignore"):
        x, w, _ = _newton(x, w, e, owed)
        x, w, settled = _newton(x, w, e, owed)
        left = np.flatnonzero(~settled)
        for _ in range(3):
            if not left.size:
                break
            x[left], w[left], settled = _newton(x[left], w[left], e[left], owed[left])
            left = left[~settled]
    solved = np.ones(len(e), dtype=bool)
    if left.size:
        x[left], w[left], solved[left] = _bracketed(e[left], u[left])
    return Reduced(x, w, solved)


def _newton(x: Floats, w: Floats, e: Floats, owed: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """One step on both logarithmic residuals with their exact derivatives; where it was too small to matter."""
    d2 = x / w - 0.5 * w
    call_part = np.exp(x) * special.ndtr(d2 + w)
    call = call_part - special.ndtr(d2)
    density = _DENSITY * np.exp(-0.5 * d2 * d2)
    residual = np.log(call / e)
    residual_w = np.log(w * call_part / owed)
    elasticity, vega = call_part / call, density / call
    curve = density / (w * call_part)
    slope_x, slope_w = 1.0 + curve, 1.0 / w - curve * d2
    determinant = elasticity * slope_w - vega * slope_x
    step_x = (residual * slope_w - residual_w * vega) / determinant
    step_w = (elasticity * residual_w - slope_x * residual) / determinant
    settled = (np.abs(step_w) < _SETTLED * w) & (np.abs(step_x) < _SETTLED)
    return x - step_x, w - step_w, settled


def log_call(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """ln(e^x N(d1) - N(d2)) and its slope in x.

    Where both terms are small or nearly equal they are scaled by the density: call = phi(d2) [M(d1) - M(d2)],
    M(d) = N(d)/phi(d), so nothing underflows. Where w is small too, M(d1) - M(d2) is the integral of
    M' = 1 + d M by Simpson's rule, so nothing cancels.
    """
    d2 = x / w - 0.5 * w
    d1 = d2 + w
    scaled = d1 < 0.5
    with np.errstate(all="ignore"):
        part = np.exp(x) * special.ndtr(d1)
        plain = part - special.ndtr(d2)
        ends = [np.where(scaled, each, 0.0) for each in (d1, d2, d2 + 0.5 * w)]
        first, second, middle = (_MILLS * special.erfcx(-each * _ROOT_HALF) for each in ends)
        slopes = [1.0 + d * m for d, m in zip(ends, (first, second, middle), strict=True)]
        simpson = w * (slopes[0] + 4.0 * slopes[2] + slopes[1]) / 6.0
        gap = np.where(w < _NARROW, simpson, first - second)
        log = np.where(scaled, np.log(_DENSITY * gap) - 0.5 * d2 * d2, np.log(plain))
        slope = np.where(scaled, first / gap, part / plain)
    return log, slope


def implied_log_asset(log_e: Floats, w: Floats, start: Floats, *, steps: int = 40) -> Floats:
    """x with ln call(x, w) = ln e. Newton on a concave, rising function: from its left it climbs to the root."""
    x = start
    for _ in range(steps):
        log, slope = log_call(x, w)
        with np.errstate(all="ignore"):
            step = (log - log_e) / slope
        step = np.where(np.isfinite(step), step, 0.0)
        x = x - step
        if bool((np.abs(step) <= 1e-15 * (1.0 + np.abs(x))).all()):
            break
    return x


def _bracketed(e: Floats, u: Floats) -> Reduced:
    """Bisection of ln w in its bracket, x implied at each w; solved where the second equation closes."""
    log_e, log_owed = np.log(e), np.log(e) + np.log(u)
    low, high = np.maximum(u * (e / (1.0 + e)) * (1.0 - 1e-14), np.minimum(_LEAST_W, u)), u.copy()
    x = start = np.log1p(e)
    w = high
    for _ in range(_BISECTIONS):
        w = np.sqrt(low) * np.sqrt(high)
        x = implied_log_asset(log_e, w, start)
        below = _log_second(x, w) < log_owed
        low, high = np.where(below, w, low), np.where(below, high, w)
    gap = np.abs(_log_second(x, w) - log_owed)
    log, _ = log_call(x, w)
    return Reduced(x, w, (gap < 1e-10) & (np.abs(log - log_e) < 1e-10))


def _log_second(x: Floats, w: Floats) -> Floats:
    second: Floats = np.log(w) + x + log_upper_tail(-(x / w + 0.5 * w))
    return second


def _from_table(e: Floats, u: Floats) -> tuple[Floats, Floats]:
    """A start by bilinear interpolation over (ln e, ln u); both unknowns travel as one complex number."""
    (low_e, high_e, rows), (low_u, high_u, columns) = _LOG_E, _LOG_U
    down = np.clip((np.log(e) - low_e) * ((rows - 1) / (high_e - low_e)), 0.0, rows - 1.000001)
    across = np.clip((np.log(u) - low_u) * ((columns - 1) / (high_u - low_u)), 0.0, columns - 1.000001)
    row, column = down.astype(np.int64), across.astype(np.int64)
    down -= row
    across -= column
    table = _table()
    at = row * columns + column
    above = table.take(at)
    above += (table.take(at + 1) - above) * across
    at += columns
    below = table.take(at)
    below += (table.take(at + 1) - below) * across
    above += (below - above) * down
    return np.log1p(e) + above.real * u, above.imag * u


@cache
def _table() -> NDArray[np.complex128]:
    """(x - ln(1 + e)) / u + i w / u on the grid, marched from small u, where x = ln(1 + e) and w = u e / (1 + e)."""
    log_e, log_u = np.linspace(*_LOG_E), np.linspace(*_LOG_U)
    e = np.exp(log_e)
    table = np.empty((len(log_e), len(log_u)), dtype=np.complex128)
    for j, u in enumerate(np.exp(log_u)):
        guess = 2.0 * table[:, j - 1] - table[:, j - 2] if j > 1 else 1j * e / (1.0 + e)
        x, w = np.log1p(e) + guess.real * u, guess.imag * u
        settled = np.zeros(len(e), dtype=bool)
        with np.errstate(all="ignore"):
            for _ in range(8):
                x, w, settled = _newton(x, w, e, e * u)
                if settled.all():
                    break
        left = np.flatnonzero(~settled)
        if left.size:
            x[left], w[left], _ = _bracketed(e[left], np.full(len(left), u))
        table[:, j] = (x - np.log1p(e)) / u + 1j * w / u
    return np.ascontiguousarray(table.reshape(-1))
