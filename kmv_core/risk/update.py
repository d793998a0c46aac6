"""What collections to date say of those still to come.

    collections(k) = w_k x e^{X_c} x noise_k,   X_c ~ N(mu_c, s_c^2),  noise_k of mean one, coefficient of variation phi
    s^2 = s_c^2 + tau^2,  tau^2 = ln(1 + phi^2 sum w^2)            the deal's volatility of the total, split
    mu_c = mu + tau^2 / 2,  mu = -s^2/2 (lognormal) or 0 (log_drift)

    Y = ln(collected / forecast to date) | X_c ~ N(X_c - v_o/2, v_o),    v_o = ln(1 + phi^2 sum_obs w^2 / F^2)
    1/v = 1/s_c^2 + 1/v_o,   m = v (mu_c/s_c^2 + (Y + v_o/2)/v_o)
    ln(remaining / its forecast) ~ N(m - v_r/2, v + v_r),                v_r = ln(1 + phi^2 sum_rem w^2 / (1-F)^2)

w are the forecast's shares by period and F those due so far. A sum of noisy periods is taken as lognormal with its own
mean and variance (Fenton-Wilkinson). With no noise the first report settles X_c; with noise it takes many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.vocabulary.checks import Floats, as_floats, checked
from kmv_core.vocabulary.errors import KmvError, problem

LOGNORMAL, LOG_DRIFT = "lognormal", "log_drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The log of remaining collections over their forecast, normal; volatilities without unit (of totals)."""

    share_due: float
    """F: the share of the forecast that was due to date."""
    log_deviation: float
    """Y = ln(collected / forecast to date); nan before the first report."""
    common_mean: float
    common_sd: float
    """Of X_c given Y: the factor that moves all periods."""
    mean: float
    sd: float
    """Of ln(remaining / forecast remaining)."""

    @property
    def multiple(self) -> float:
        """E[remaining] / forecast remaining."""
        return float(np.exp(self.mean + 0.5 * self.sd * self.sd))

    def probability_below(self, multiple: ArrayLike) -> Floats:
        """P(remaining < multiple x its forecast); any shape."""
        at = np.asarray(multiple, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(at)
            score = (logs - self.mean) / self.sd if self.sd > 0.0 else np.where(logs > self.mean, np.inf, -np.inf)
        found: Floats = np.where(at > 0.0, special.ndtr(score), 0.0)
        return found


def noise_share(*, forecast: ArrayLike, period_noise: float) -> float:
    """tau = sqrt(ln(1 + phi^2 sum w^2)): the part of the total's volatility that is noise of single periods.

    `forecast` are expected collections by period (money, one at least above 0); `period_noise` is phi, decimal.
    Raises KmvError E224 for a forecast of nothing, E226 outside the domain.

    >>> round(noise_share(forecast=[1.0] * 20, period_noise=0.35), 8)
    0.07814294
    """
    weights = _weights(forecast)
    phi = float(checked(period_noise=period_noise)["period_noise"])
    return float(np.sqrt(np.log1p(phi * phi * float((weights * weights).sum()))))


def outlook(
    *,
    forecast: ArrayLike,
    actual: ArrayLike,
    total_volatility: float,
    period_noise: float,
    form: str = LOGNORMAL,
) -> Outlook:
    """The remaining collections given those of the first periods (formula above).

    `forecast` [period] and `actual` [reported period] in money, not negative; `total_volatility` s is the log standard
    deviation of the whole life's total. With nothing reported the remaining is the total: N(-s^2/2, s^2). With nothing
    left, or nothing collected where something was due, there is nothing left to be uncertain about: sd 0.

    Raises KmvError E350 where the noise alone is more than the volatility, E351 for more periods than the forecast has,
    E352 for a form that no normal update knows, and for numbers outside their domains.

    >>> found = outlook(forecast=[5.0] * 20, actual=[5.0 * 0.81873075] * 14, total_volatility=.15, period_noise=.35)
    >>> round(float(found.probability_below(.5896282428)), 4)
    0.008
    """
    if form not in (LOGNORMAL, LOG_DRIFT):
        raise KmvError(problem("E352", found=form))
    total = float(checked(total_volatility=total_volatility)["total_volatility"])
    weights = _weights(forecast)
    observed = _amounts(actual, len(weights))
    tau = noise_share(forecast=forecast, period_noise=period_noise)
    if tau >= total:
        raise KmvError(problem("E350", found=f"{tau:.6g}", limit=f"{total:.6g}", noise=f"{period_noise:g}"))
    common = total * total - tau * tau
    prior = (0.5 * tau * tau) - (0.5 * total * total if form == LOGNORMAL else 0.0)
    due, left = weights[: len(observed)], weights[len(observed) :]
    share = float(due.sum())
    squared = period_noise * period_noise
    mean, variance, deviation = prior, common, np.nan
    if share > 0.0:
        collected = float(observed.sum()) / float(np.asarray(forecast, dtype=np.float64).sum())
        deviation = float(np.log(collected / share)) if collected > 0.0 else -np.inf
        noise = float(np.log1p(squared * float((due * due).sum()) / (share * share)))
        if np.isinf(deviation):
            # A pool that brought nothing is taken to bring nothing: no lognormal can say otherwise.
            mean, variance = -np.inf, 0.0
        elif noise == 0.0:
            mean, variance = deviation, 0.0
        else:
            variance = 1.0 / (1.0 / common + 1.0 / noise)
            mean = variance * (prior / common + (deviation + 0.5 * noise) / noise)
    remaining = float(left.sum())
    rest = float(np.log1p(squared * float((left * left).sum()) / (remaining * remaining))) if remaining > 0.0 else 0.0
    if not np.isfinite(mean):
        rest = 0.0
    return Outlook(
        share_due=share,
        log_deviation=deviation,
        common_mean=mean,
        common_sd=float(np.sqrt(variance)),
        mean=mean - 0.5 * rest,
        sd=float(np.sqrt(variance + rest)) if remaining > 0.0 else 0.0,
    )


def _weights(forecast: ArrayLike) -> Floats:
    amounts = np.atleast_1d(as_floats(forecast=forecast)["forecast"])
    _refuse_outside("forecast", amounts)
    if amounts.size == 0 or amounts.sum() <= 0.0:
        raise KmvError(
            problem(
                "E224", name="forecast", name_zh="预测回收", domain="above 0 in total", domain_zh="合计大于 0", found=0,
                remedy="", remedy_zh="",
            )
        )  # fmt: skip
    shares: Floats = amounts / amounts.sum()
    return shares


def _amounts(actual: ArrayLike, periods: int) -> Floats:
    amounts = np.atleast_1d(as_floats(actual=actual)["actual"])
    _refuse_outside("actual", amounts)
    if amounts.size > periods:
        raise KmvError(problem("E351", found=amounts.size, most=periods))
    return amounts


def _refuse_outside(name: str, amounts: Floats) -> None:
    wrong = np.flatnonzero(~np.isfinite(amounts) | (amounts < 0.0))
    if wrong.size:
        at = int(wrong[0])
        raise KmvError(
            problem(
                "E226",
                where=f"row {at + 1}",
                name=name,
                name_zh={"forecast": "预测回收", "actual": "实际回收"}[name],
                domain="a number, not negative",
                domain_zh="为非负数",
                found=f"{float(amounts[at]):g}",
                remedy="",
            )
        )
