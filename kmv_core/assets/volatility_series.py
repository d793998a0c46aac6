"""Volatility from one series: the two estimators of the theses, and two for a series of values.

The theses' estimators take periodic cash. Both are kept because the theses used them; their verdicts say what they
measure. EWMA and maximum likelihood belong to a value that wanders, such as licence income.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.assets.volatility import LEAST, VolatilityEstimate, positive_row, require, scaled, spread
from kmv_core.vocabulary.checks import Floats

MONTHLY_DECAY = 0.97
"""RiskMetrics Technical Document (1996): .94 for daily, .97 for monthly changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesVolatility(VolatilityEstimate):
    """An estimate per period, scaled to the horizon: value = per_period x sqrt(horizon_periods)."""

    per_period: float
    horizon_periods: float

    def yearly(self, periods_per_year: float) -> float:
        """The volatility a year (decimal): per_period x sqrt(periods_per_year)."""
        return self.per_period * float(np.sqrt(periods_per_year))


def thesis_periodic_volatility(*, collections: ArrayLike, horizon_periods: float | None = None) -> SeriesVolatility:
    """Standard deviation of log changes of PERIODIC cash, as in the first thesis.

        d_i = ln(c_i / c_{i-1}),  per_period = sd(d) (divisor n - 1),  value = per_period sqrt(horizon_periods)

    `collections` (periods,) is the cash of each period in money, oldest first; `horizon_periods` is the number of
    changes if left out. Independent noise of single periods enters every change twice and is then scaled up as if it
    accumulated: 24 months with 30 % noise give about 148 % a year and 204 % over the horizon, where ln(total) has a
    standard deviation of 6.6 %.

    Standard error: per_period sqrt((1 + 2 r^2) / (2 (n - 1))), r the first autocorrelation of d (near -1/2 when the
    noise is of single periods), scaled likewise.

    Raises KmvError: E226 an amount not above 0, with its row; E280 fewer than three changes; E217 not one row.

    >>> round(thesis_periodic_volatility(collections=[100, 80, 95, 60, 70]).per_period, 4)
    0.3068
    """
    (cash,) = positive_row(LEAST + 1, collections=collections)
    changes = np.diff(np.log(cash))
    per_period = spread(changes)
    error = 0.0
    if per_period:
        overlap = 1.0 + 2.0 * _autocorrelation(changes) ** 2
        error = per_period * float(np.sqrt(overlap / (2.0 * (changes.size - 1))))
    return _over_horizon("thesis_periodic", per_period, error, changes.size, horizon_periods)


def thesis_cumulative_volatility(
    *, collections: ArrayLike, last: int | None = None, horizon_periods: float | None = None
) -> SeriesVolatility:
    """Standard deviation of log changes of CUMULATIVE cash, as in the second thesis.

        C_i = c_1 + ... + c_i,  d_i = ln(C_i / C_{i-1}),  per_period = sd(d),  value = per_period sqrt(horizon_periods)

    `collections` (periods,) is the cash of each period in money, oldest first; `last` keeps the latest changes only;
    `horizon_periods` is the number of changes used if left out. A cumulative curve rises fast, then flattens: its
    changes fall from ln 2 towards 0 even without any noise, and their spread measures that trend. 24 months of the
    series above give 15.6 % a month, their last 12 changes 1.5 %.

    Standard error: by the delta method, every period's cash with independent log noise of sd(ln c_i / c_{i-1}) / sqrt 2.

    Raises KmvError: E226 an amount not above 0, with its row; E280 fewer than three changes, or fewer than `last`.

    >>> series = [100, 80, 95, 60, 70]
    >>> round(thesis_cumulative_volatility(collections=series).per_period, 4)
    0.1923
    >>> round(thesis_cumulative_volatility(collections=series, last=3).per_period, 4)
    0.133
    """
    (cash,) = positive_row(LEAST + 1, collections=collections)
    if last is not None:
        require(cash.size - 1, int(scaled("last", last)), "collections")
    cumulative = np.cumsum(cash)
    changes = np.diff(np.log(cumulative))[-(last or 0) :]
    per_period = spread(changes)
    error = 0.0
    if per_period:
        # d ln C_j / d ln c_k = c_k / C_j for k <= j
        effect = np.diff(np.tril(cash[None, :] / cumulative[:, None]), axis=0)[-changes.size :]
        slope = (changes - changes.mean()) @ effect / ((changes.size - 1) * per_period)
        noise = spread(np.diff(np.log(cash))) / np.sqrt(2.0)
        error = float(noise * np.linalg.norm(slope))
    return _over_horizon("thesis_cumulative", per_period, error, changes.size, horizon_periods)


def ewma_volatility(
    *, value_series: ArrayLike, ewma_decay: float = MONTHLY_DECAY, horizon_periods: float | None = None
) -> SeriesVolatility:
    """Exponentially weighted volatility of a value series.

        per_period^2 = sum_i w_i d_i^2,  w_i proportional to ewma_decay^(n - i), sum w = 1,  d_i = ln(V_i / V_{i-1})

    About zero, as in RiskMetrics (1996). `value_series` (values,) at equal intervals in money, oldest first.
    Standard error: per_period sqrt(sum w_i^2 / 2); the effective number of observations is 1 / sum w_i^2.

    Raises KmvError: E226 a value not above 0, with its row, or a decay outside (0, 1); E280 fewer than three changes.

    >>> round(ewma_volatility(value_series=[100, 104, 99, 103, 101], ewma_decay=0.9).per_period, 6)
    0.037686
    """
    (values,) = positive_row(LEAST + 1, value_series=value_series)
    decay = scaled("ewma_decay", ewma_decay)
    changes = np.diff(np.log(values))
    weights = decay ** np.arange(changes.size - 1, -1, -1, dtype=np.float64)
    weights /= weights.sum()
    per_period = float(np.sqrt(weights @ changes**2))
    error = per_period * float(np.sqrt(weights @ weights / 2.0))
    return _over_horizon("ewma", per_period, error, changes.size, horizon_periods)


def mle_volatility(*, value_series: ArrayLike, horizon_periods: float | None = None) -> SeriesVolatility:
    """Maximum-likelihood volatility of a lognormal walk.

        d_i = ln(V_i / V_{i-1}) independent N(g, v):  g = mean(d),  v = sum (d_i - g)^2 / n,  per_period = sqrt(v)

    `value_series` (values,) at equal intervals in money, oldest first. Standard error sqrt(v / (2 n)), from the
    information matrix.

    Raises KmvError: E226 a value not above 0, with its row; E280 fewer than three changes.

    >>> round(mle_volatility(value_series=[100, 104, 99, 103, 101]).per_period, 6)
    0.038388
    """
    (values,) = positive_row(LEAST + 1, value_series=value_series)
    changes = np.diff(np.log(values))
    per_period = spread(changes) * float(np.sqrt((changes.size - 1) / changes.size))
    return _over_horizon(
        "mle", per_period, per_period / float(np.sqrt(2.0 * changes.size)), changes.size, horizon_periods
    )


def _autocorrelation(changes: Floats) -> float:
    about = changes - changes.mean()
    return float(about[1:] @ about[:-1] / (about @ about))


def _over_horizon(
    name: str, per_period: float, error: float, observations: int, horizon_periods: float | None
) -> SeriesVolatility:
    periods = float(observations) if horizon_periods is None else scaled("horizon_periods", horizon_periods)
    root = float(np.sqrt(periods))
    return SeriesVolatility(
        name=name,
        value=per_period * root,
        standard_error=error * root,
        observations=observations,
        per_period=per_period,
        horizon_periods=periods,
    )
