"""CreditRisk+: defaults as Poisson counts whose intensities share gamma-distributed sectors.

    intensity of obligor i = p_i (w_i0 + sum_k w_ik S_k),  S_k gamma with mean 1 and standard deviation sigma_k
    ln G(z) = sum_i w_i0 p_i (z^v_i - 1) - sum_k 1 / sigma_k^2 ln(1 - sigma_k^2 sum_i w_ik p_i (z^v_i - 1))

G is the generating function of the loss in units, v_i the loss of obligor i in units. Panjer's recursion of the
original document subtracts and can lose every digit; here ln G and then G are expanded as power series whose terms
are all positive, so that nothing cancels (Giese, Risk 2003; Haaf, Reiss and Schoenmakers, Journal of Risk 2004).
Credit Suisse First Boston, CreditRisk+ 1997, appendix A.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.methods.loss_distribution import LossDistribution
from kmv_core.vocabulary.checks import Floats, checked, common_shape
from kmv_core.vocabulary.errors import KmvError, problem

MOST_BANDS = 32768
BANDS = 2048
"""Bands of the sum of all losses, where the losses have no common unit."""

_LEFT_OUT = 1e-11
"""Probability beyond the last band, at most; a sum of probabilities is not sure of more."""
_UNITS = 16
_EVEN = 1e-9
_HUGE = 1e250


def credit_risk_plus(
    *,
    exposures: ArrayLike,
    default_intensity: ArrayLike,
    sector_volatility: ArrayLike,
    sector_weights: ArrayLike | None = None,
    lgd: ArrayLike = 1.0,
    loss_unit: float | None = None,
) -> LossDistribution:
    """The loss distribution of CreditRisk+.

    Exposures (n,) in money, intensities (n,) expected defaults over the horizon, LGD one or (n,), volatilities one or
    (k,) standard deviation over mean, weights (n, k) decimals that add to at most 1 a row: the rest is the obligor's
    own risk. Without weights there is one sector and every obligor is wholly in it.

    A loss is put into the nearest band of `loss_unit`, at least one, and the intensity is changed so that the expected
    loss stays (CSFB, appendix A). Without a unit: the largest common one, if there is one, else 1/2048 of all losses: a loss is
    then off by up to half a band. The
    list ends where less than 1e-11 of probability is left. A default may occur twice: that is the method's own
    approximation, and the loss can pass the exposure.

        E[L] = sum_i p_i l_i,   Var[L] = sum_i p_i l_i^2 + sum_k sigma_k^2 (sum_i w_ik p_i l_i)^2

    Raises KmvError E217 where shapes do not fit, E226 for a value outside, E228 for weights above 1 in all, E346 for a
    unit that is too small for the losses.

    >>> found = credit_risk_plus(exposures=[1], default_intensity=[5], sector_volatility=.6)
    >>> found.probability[0].round(8).item(), found.probability[:11].sum().round(8).item(), found.quantile(.99).item()
    (0.05726567, 0.91432613, 17.0)
    """
    given = checked(exposures=np.atleast_1d(exposures), default_intensity=default_intensity, lgd=lgd)
    loss, intensity = _losses(given)
    weights, sigma = _sectors(loss.size, sector_weights, sector_volatility)
    kept = (loss > 0.0) & (intensity > 0.0)
    loss, intensity, weights = loss[kept], intensity[kept], weights[kept]
    if not loss.size:
        return LossDistribution(losses=np.zeros(1), probability=np.ones(1))
    unit = _common_unit(loss) if loss_unit is None else float(checked(loss_unit=loss_unit)["loss_unit"])
    bands = np.maximum(np.rint(loss / unit), 1.0)
    intensity = intensity * loss / (bands * unit)
    if bands.max() > MOST_BANDS:
        raise KmvError(problem("E346", most=MOST_BANDS))
    probability = _probabilities(bands.astype(np.intp), intensity, weights, sigma)
    return LossDistribution(losses=unit * np.arange(probability.size, dtype=np.float64), probability=probability)


def _losses(given: dict[str, Floats]) -> tuple[Floats, Floats]:
    shape = common_shape(**given)
    if len(shape) != 1:
        raise KmvError(problem("E217", name="exposures", name_zh="各户金额", found="x".join(map(str, shape))))
    exposures, intensity, lgd = (np.broadcast_to(each, shape) for each in given.values())
    return exposures * lgd, np.asarray(intensity)


def _sectors(obligors: int, sector_weights: ArrayLike | None, sector_volatility: ArrayLike) -> tuple[Floats, Floats]:
    sigma = np.atleast_1d(checked(sector_volatility=sector_volatility)["sector_volatility"])
    weights = np.ones((obligors, 1))
    if sector_weights is not None:
        weights = checked(sector_weights=sector_weights)["sector_weights"]
        if weights.ndim == 1:
            weights = weights[:, None]
    if weights.shape != (obligors, sigma.size):
        found = f"{'x'.join(map(str, weights.shape))}, {obligors} x {sigma.size}"
        raise KmvError(problem("E217", name="sector_weights", name_zh="部门权重", found=found))
    sums = weights.sum(axis=1)
    if (sums > 1.0 + _EVEN).any():
        row = int(np.flatnonzero(sums > 1.0 + _EVEN)[0])
        words = {"what": "sector weights", "what_zh": "部门权重", "found": f"{sums[row]:g}"}
        raise KmvError(problem("E228", where=f"row {row + 1}", field=(), **words))
    return weights, sigma


def _common_unit(loss: Floats) -> float:
    """The smallest loss, or the largest part of it, of which every loss is a multiple; else a share of the total."""
    for parts in range(1, _UNITS + 1):
        unit = float(loss.min()) / parts
        units = loss / unit
        if units.sum() <= BANDS and np.abs(units - np.rint(units)).max() <= _EVEN * units.max():
            return unit
    return float(loss.sum()) / BANDS


def _probabilities(bands: NDArray[np.intp], intensity: Floats, weights: Floats, sigma: Floats) -> Floats:
    """P(loss = n units), as far as 1e-11 of the whole."""
    own = np.clip(1.0 - weights.sum(axis=1), 0.0, 1.0) * intensity
    shared = weights.T * intensity
    mean = float(bands @ intensity)
    spread = np.sqrt(
        float((bands.astype(np.float64) ** 2) @ intensity) + float(((sigma * (shared @ bands)) ** 2).sum())
    )
    size = max(int(bands.max()), int(mean + 10.0 * spread)) + 2
    while True:
        size = min(size, MOST_BANDS)
        constant, series = _log_generating(bands, own, shared, sigma, size)
        found = _exponential(constant, series)
        if 1.0 - found.sum() <= _LEFT_OUT:
            last = int(np.searchsorted(np.cumsum(found), 1.0 - _LEFT_OUT))
            return found[: last + 1]
        if size == MOST_BANDS:
            raise KmvError(problem("E346", most=MOST_BANDS))
        size *= 2


def _log_generating(
    bands: NDArray[np.intp], own: Floats, shared: Floats, sigma: Floats, size: int
) -> tuple[float, Floats]:
    """ln G as a power series: its constant and the coefficients of z^0 (0) to z^(size - 1), all of them positive."""
    series: Floats = np.bincount(bands, weights=own, minlength=size).astype(np.float64)
    constant = -float(own.sum())
    for rates, deviation in zip(shared, sigma, strict=True):
        mean = float(rates.sum())
        polynomial: Floats = np.bincount(bands, weights=rates, minlength=size).astype(np.float64)
        variance = float(deviation) ** 2
        if not mean or variance * mean < 1e-12:
            # Nothing in the sector, or a gamma's share below rounding: a Poisson count.
            constant -= mean
            series += polynomial
        else:
            constant -= np.log1p(variance * mean) / variance
            series += _minus_logarithm(variance * polynomial / (1.0 + variance * mean)) / variance
    return constant, series


def _minus_logarithm(q: Floats) -> Floats:
    """Coefficients of -ln(1 - Q(z)), Q of positive coefficients q: n b_n = n q_n + sum_{0<m<n} m b_m q_{n-m}."""
    last = int(np.flatnonzero(q)[-1])
    scaled = np.zeros(q.size)
    for n in range(1, q.size):
        first = max(1, n - last)
        scaled[n] = n * q[n] + scaled[first:n] @ q[n - first : 0 : -1]
    scaled[1:] /= np.arange(1, q.size)
    return scaled


def _exponential(constant: float, series: Floats) -> Floats:
    """Coefficients of exp(constant + series): n g_n = sum_{0<m<=n} m l_m g_{n-m}, scaled so that none overflows.

    exp(constant) alone is no double any more from 745 expected defaults on.
    """
    steps = series * np.arange(series.size)
    last = int(np.flatnonzero(steps)[-1])
    found = np.zeros(series.size)
    found[0] = 1.0
    log_scale = constant
    with np.errstate(under="ignore"):
        for n in range(1, series.size):
            first = max(0, n - last)
            found[n] = found[first:n] @ steps[n - first : 0 : -1] / n
            if found[n] > _HUGE:
                found[: n + 1] /= _HUGE
                log_scale += float(np.log(_HUGE))
        probabilities: Floats = found * np.exp(log_scale)
    return probabilities
