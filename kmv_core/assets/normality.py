"""Is a log series normal? The lognormal model says so; the tests are printed beside the volatility."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from kmv_core.assets.volatility import LEAST, require
from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS

MOST = 5000
"""Royston's approximation of the Shapiro-Wilk p-value is made for samples up to this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normality:
    """Two tests of normality and the points of the Q-Q plot."""

    observations: int
    shapiro_wilk: float
    shapiro_wilk_p: float
    jarque_bera: float
    jarque_bera_p: float
    """From chi-square with 2 degrees of freedom, its limit: for small samples it rejects too seldom."""
    theoretical: Floats
    """(n,) standard normal quantiles at (i - 3/8) / (n + 1/4)."""
    ordered: Floats
    """(n,) the series, ascending: on a straight line against `theoretical` if normal."""


def normality(*, log_series: ArrayLike) -> Normality:
    """Shapiro-Wilk and Jarque-Bera tests of a log series, and its Q-Q points (Blom's positions).

        JB = n/6 (skewness^2 + (kurtosis - 3)^2 / 4)

    `log_series` (n,) holds log changes or log ratios, 3 to 5000 of them. A small p speaks against normality; with a
    few observations a large p says little. Shapiro and Wilk 1965 (Royston 1995); Jarque and Bera 1980; Blom 1958.

    Raises KmvError: E226 a value that is not finite, with its row; E280 fewer than three values; E281 all equal; E217
    not one row, or more than 5000.

    >>> found = normality(log_series=[0.1, -0.2, 0.05, 0.3, -0.1, 0.0, 0.15])
    >>> found.observations, round(found.shapiro_wilk, 4), round(found.jarque_bera, 4)
    (7, 0.9938, 0.1708)
    """
    from scipy import stats

    values = np.atleast_1d(checked(log_series=log_series)["log_series"])
    name, name_zh = "log_series", TERMS["log_series"].zh
    if values.ndim != 1 or values.size > MOST:
        raise KmvError(problem("E217", name=name, name_zh=name_zh, found=f"{values.shape}, at most ({MOST},)"))
    require(values.size, LEAST, name)
    scale = float(np.ptp(values))
    if scale <= 1e-12 * float(np.abs(values).max()):
        raise KmvError(problem("E281", name=name, name_zh=name_zh))
    standard = (values - values.mean()) / scale
    shapiro = stats.shapiro(standard)
    jarque = stats.jarque_bera(standard)
    return Normality(
        observations=values.size,
        shapiro_wilk=float(shapiro.statistic),
        shapiro_wilk_p=float(shapiro.pvalue),
        jarque_bera=float(jarque.statistic),
        jarque_bera_p=float(jarque.pvalue),
        theoretical=ndtri((np.arange(1, values.size + 1) - 0.375) / (values.size + 0.25)),
        ordered=np.sort(values),
    )
