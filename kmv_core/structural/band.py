"""How far a default probability can be off because its volatility is only estimated.

The volatility is taken as lognormal: its median is the estimate s and its standard deviation the standard error,

    ln S ~ N(ln s, tau^2),   tau^2 = ln((1 + sqrt(1 + 4 (se/s)^2)) / 2).

Lognormal and not a truncated normal, because an estimated standard deviation is skewed to the right, is never
negative, and because the point estimate then stays the median: where PD rises with volatility the median PD is the
point PD. With W = S sqrt T, k = ln(A/D) + m T, DD = k/W - W/2 (Merton 1974, the lognormal form):

    k >= 0   PD rises with W: the p-quantile of PD is PD at the p-quantile of W
    k < 0    PD is smallest at W* = sqrt(2|k|), and PD <= N(W* cosh h) exactly while |ln(W/W*)| <= h; so the p-quantile
             of PD is N(W* cosh h) with P(|ln(W/W*)| <= h) = p, a folded normal distribution

The mean PD is the integral over ln S by the trapezoidal rule in sinh^-1, which converges exponentially.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.structural.blocks import in_blocks
from kmv_core.structural.merton import log_ratio, probability_of_default
from kmv_core.structural.normal import density, distance_at, hazard, upper_tail
from kmv_core.vocabulary.checks import Floats, checked, common_shape

QUANTILES = (0.05, 0.5, 0.95)
_HALF_WIDTH = 9.0
_NODES = np.linspace(-1.0, 1.0, 129)
_BISECTIONS = 14
"""Of the peak, which need not be exact."""
_BLOCK = 2_048
"""Rows at once: times the nodes, that is what the processor's cache holds."""
_FARTHEST_PEAK = 40.0
"""Beyond, exp(-x^2 / 2) leaves the doubles, and the mean with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityBand:
    """Default probabilities as decimals; arrays of one shape, `band` with the quantiles as its last axis."""

    probability_of_default: Floats
    """At the estimated volatility."""
    mean: Floats
    """Expectation over the volatility."""
    quantiles: Floats
    """The levels of `band`."""
    band: Floats


def probability_band(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    volatility_se: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    quantiles: ArrayLike = QUANTILES,
) -> ProbabilityBand:
    """Quantiles and mean of the lognormal form's PD when the volatility has the standard error volatility_se.

    Shapes of all but `quantiles` broadcast; the quantiles (levels above 0 and below 1, one-dimensional) are a last
    axis of their own. Volatility and its error share the unit (decimal a year). Only the volatility is uncertain
    here, not the forecast. Raises KmvError (E220 to E226) outside a domain, E217 where shapes do not fit.

    >>> found = probability_band(asset_value=100, default_point=80, asset_volatility=.2, volatility_se=.05, drift=.05)
    >>> [round(float(each), 6) for each in found.band], round(float(found.mean), 6)
    ([0.025143, 0.102807, 0.219815], 0.110037)
    """
    inputs = checked(
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        volatility_se=volatility_se,
        drift=drift,
        horizon=horizon,
    )
    levels = checked(quantiles=quantiles)["quantiles"].reshape(-1)
    shape = common_shape(**inputs)
    owned, owed, s, error, m, t = (np.broadcast_to(each, shape).reshape(-1) for each in inputs.values())
    k, spread, tau = log_ratio(owned, owed) + m * t, s * np.sqrt(t), _log_error(error / s)
    band, mean = np.empty((k.size, levels.size)), np.empty(k.size)

    def work(part: slice) -> None:
        band[part] = _quantiles(k[part, None], spread[part, None], tau[part, None], levels)
        mean[part] = _mean(k[part], spread[part], tau[part])

    in_blocks(work, k.size, block=_BLOCK)
    point = probability_of_default(asset_value=owned, default_point=owed, asset_volatility=s, drift=m, horizon=t)
    return ProbabilityBand(
        probability_of_default=np.reshape(point, shape)[()],
        mean=mean.reshape(shape)[()],
        quantiles=levels,
        band=band.reshape((*shape, levels.size)),
    )


def _log_error(relative: Floats) -> Floats:
    """tau of a lognormal with median 1 and standard deviation `relative`: e^{tau^2} (e^{tau^2} - 1) = relative^2."""
    square = relative * relative
    # (sqrt(1 + 4 c^2) - 1) / 2 without the cancellation.
    tau: Floats = np.sqrt(np.log1p(2.0 * square / (1.0 + np.sqrt(1.0 + 4.0 * square))))
    return tau


def _quantiles(k: Floats, spread: Floats, tau: Floats, levels: Floats) -> Floats:
    turning = np.sqrt(2.0 * np.abs(k))
    with np.errstate(all="ignore"):
        w = spread * np.exp(-tau * distance_at(levels))
        rising = upper_tail(k / w - 0.5 * w)
        gap = np.abs(np.log(turning / spread))
        reach = gap + tau * _folded(np.where(gap > 0.0, gap / tau, 0.0), levels)
        bent = upper_tail(-turning * np.cosh(reach))
    found: Floats = np.where(k < 0.0, bent, rising)
    return found


def _folded(centre: Floats, levels: Floats) -> Floats:
    """H - g, H the quantile of |Z - g| for a standard normal Z and g = `centre` >= 0 (inf allowed).

    The root x of N(2g + x) - N(-x) = p lies in [N^{-1}(p), N^{-1}((1 + p)/2)] and above -g: Newton, kept inside
    by bisection.
    """
    low = np.maximum(-distance_at(levels) + 0.0 * np.minimum(centre, 1.0), -centre)
    high = -distance_at(0.5 * (1.0 + levels)) + np.zeros_like(low)
    x = 0.5 * (low + high)
    for _ in range(100):
        # P(|Z - g| <= g + x) = N(x) - N(-2g - x), from the side where nothing cancels.
        excess = upper_tail(-x) - upper_tail(2.0 * centre + x) - levels
        low, high = np.where(excess < 0.0, x, low), np.where(excess < 0.0, high, x)
        step = x - excess / (density(x) + density(2.0 * centre + x))
        moved = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
        settled = bool((np.abs(moved - x) <= 1e-15 * (1.0 + np.abs(x))).all())
        x = moved
        if settled:
            break
    return x


def _mean(k: Floats, spread: Floats, tau: Floats) -> Floats:
    """E[N(-DD)], the nodes laid around the peak of the integrand, which far out in the tail is narrow and far from 0.

    x = peak + width sinh(y): as fine as the peak needs, as wide as the normal weight.
    """
    peak, width = _peak(k, spread, tau)
    last = np.arcsinh(_HALF_WIDTH / width)
    y = last[:, None] * _NODES
    x = peak[:, None] + width[:, None] * np.sinh(y)
    with np.errstate(all="ignore"):
        w = spread[:, None] * np.exp(tau[:, None] * x)
        height = upper_tail(k[:, None] / w - 0.5 * w) * np.exp(-0.5 * x * x) * np.cosh(y)
        total: Floats = height.sum(axis=1) * (last * width * (_NODES[1] - _NODES[0]) / np.sqrt(2.0 * np.pi))
    return np.minimum(total, 1.0)


def _peak(k: Floats, spread: Floats, tau: Floats) -> tuple[Floats, Floats]:
    """Where ln N(-DD(x)) - x^2/2 is largest, by bisection of its slope, and the width 1/sqrt(-curvature) there.

    0 and 1 where PD does not rise with volatility throughout.
    """
    low, high = np.zeros(k.shape), np.full(k.shape, _FARTHEST_PEAK)
    with np.errstate(all="ignore"):
        for _ in range(_BISECTIONS):
            x = 0.5 * (low + high)
            w = spread * np.exp(tau * x)
            climbing = hazard(k / w - 0.5 * w) * tau * (k / w + 0.5 * w) > x
            low, high = np.where(climbing, x, low), np.where(climbing, high, x)
        w = spread * np.exp(tau * low)
        far = np.maximum(k / w - 0.5 * w, 0.0) * tau
    return np.where(k > 0.0, low, 0.0), np.where(k > 0.0, 1.0 / np.sqrt(1.0 + 2.0 * far * far), 1.0)
