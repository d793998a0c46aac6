"""Volatility from past deals: what was collected against what was forecast, and how far two forecasts differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.assets.volatility import LEAST, VolatilityEstimate, positive_row, require, scaled
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS

PRIOR_OBSERVATIONS = 10.0
"""A prior of 10 degrees of freedom says that the volatilities of the types differ by about a quarter
(sd of ln s = sqrt(trigamma(5)) / 2 = .235). A judgement: the agency gaps of the types differ by a tenth."""

MISPRINT_FACTOR = 3.0
"""The widest of 174 sound pairs of the public record is a factor of 1.33; a slipped decimal is one of 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutturnVolatility(VolatilityEstimate):
    """Spread of ln(actual / forecast) about its mean; the mean stands apart and is not in `value`."""

    forecast_bias: float
    """Mean of ln(actual / forecast): above 0 where more came in than was forecast. No unit."""
    forecast_bias_standard_error: float
    own: float
    """The spread of the type alone, before shrinking."""
    pooled: float
    """The spread within all types together."""
    own_weight: float
    """Share of the type's own variance in value^2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyGap(VolatilityEstimate):
    """How far two agencies' forecasts of the same pool differ."""

    excluded: tuple[int, ...]
    """Rows (from 1) left out as misprints."""

    @property
    def floor(self) -> float:
        """value / sqrt 2: the least error each agency must have of its own."""
        return self.value / float(np.sqrt(2.0))


def outturn_volatility(
    *,
    actual: ArrayLike,
    forecast: ArrayLike,
    asset_types: Sequence[str] | None = None,
    asset_type: str | None = None,
    prior_observations: float = PRIOR_OBSERVATIONS,
) -> OutturnVolatility:
    """Spread of ln(actual / forecast) over past deals of one asset type, shrunk to the pooled value.

        y = ln(actual / forecast),  s_t^2 = sum_t (y - mean_t)^2 / n_t',  n_t' = n_t - 1
        pooled^2 = sum_t n_t' s_t^2 / sum_t n_t'
        value^2 = (n_t' s_t^2 + k pooled^2) / (n_t' + k),  k = prior_observations

    `actual` and `forecast` (deals,) are cumulative recoveries by the same date, in money; `asset_types` names the type
    of every row (all the same if left out). `asset_type` None gives the pooled value: every type about its own mean.
    The shrinkage is the posterior mean of the variance under a scaled inverse chi-square prior of k degrees of freedom
    (Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3(1), eq. 3, with k chosen and not fitted: there are too few types).

    Standard error: by the delta method, deals independent and y normal with the same spread in every type; what the
    shrinkage itself may be wrong by is not in it.

    Raises KmvError: E226 an amount not above 0, with its row; E217 lengths that differ; E280 fewer than three deals
    of the type, or fewer than three in all.

    >>> found = outturn_volatility(actual=[110, 90, 130, 100], forecast=[100, 100, 100, 100])
    >>> round(found.value, 4), round(found.forecast_bias, 4)
    (0.1561, 0.0631)
    """
    done, expected = positive_row(LEAST, actual=actual, forecast=forecast)
    logs = np.log(done / expected)
    labels = _labels(asset_types, logs.size, "actual")
    prior = scaled("prior_observations", prior_observations)
    chosen = np.ones(logs.size, dtype=bool) if asset_type is None else labels == asset_type
    require(int(chosen.sum()), LEAST, "actual", of=asset_type or "")

    kinds, squares, degrees = _within(logs, labels)
    require(int(degrees.sum()) + 1, LEAST, "actual")
    pooled_square = float(squares.sum() / degrees.sum())
    shares = degrees / degrees.sum()
    own_square, weight = pooled_square, 1.0
    if asset_type is not None:
        here = kinds == asset_type
        own_square = float((squares[here] / degrees[here])[0])
        weight = float((degrees[here] / (degrees[here] + prior))[0])
        shares = weight * here + (1.0 - weight) * shares
    value = float(np.sqrt(weight * own_square + (1.0 - weight) * pooled_square))
    used = degrees > 0
    relative = float(np.sqrt(np.sum(shares[used] ** 2 / (2.0 * degrees[used]))))
    mean, own = float(logs[chosen].mean()), float(np.sqrt(own_square))
    return OutturnVolatility(
        name="outturn",
        value=value,
        standard_error=value * relative,
        observations=int(chosen.sum()),
        forecast_bias=mean,
        forecast_bias_standard_error=own / float(np.sqrt(chosen.sum())),
        own=own,
        pooled=float(np.sqrt(pooled_square)),
        own_weight=weight,
    )


def agency_gap_volatility(
    *,
    forecast_a: ArrayLike,
    forecast_b: ArrayLike,
    asset_types: Sequence[str] | None = None,
    asset_type: str | None = None,
    misprint_factor: float = MISPRINT_FACTOR,
) -> AgencyGap:
    """Root mean square of ln(forecast A / forecast B) over past deals, of one asset type or (None) of all.

        gap = sqrt(mean(ln(A / B)^2));  standard error gap / sqrt(2 n), deals independent and normal about 0

    `forecast_a`, `forecast_b` (deals,) in money. A row is left out as a misprint where one forecast is more than
    `misprint_factor` times the other; `excluded` names those rows. If each agency's log error has standard deviation s
    and a share r of its variance is common to both, gap = s sqrt(2 (1 - r)): so gap / sqrt 2 is a floor for s.

    Raises KmvError: E226 an amount not above 0, with its row; E217 lengths that differ; E280 fewer than three pairs.

    >>> found = agency_gap_volatility(forecast_a=[100, 95, 120, 10], forecast_b=[110, 100, 100, 100])
    >>> round(found.value, 4), found.excluded
    (0.1224, (4,))
    """
    first, second = positive_row(LEAST, forecast_a=forecast_a, forecast_b=forecast_b)
    logs = np.log(first / second)
    labels = _labels(asset_types, logs.size, "forecast_a")
    chosen = np.ones(logs.size, dtype=bool) if asset_type is None else labels == asset_type
    misprint = np.abs(logs) > np.log(scaled("misprint_factor", misprint_factor))
    kept = logs[chosen & ~misprint]
    require(kept.size, LEAST, "forecast_a", of=asset_type or "")
    gap = float(np.sqrt(np.mean(kept**2)))
    return AgencyGap(
        name="agency_gap",
        value=gap,
        standard_error=gap / float(np.sqrt(2.0 * kept.size)),
        observations=kept.size,
        excluded=tuple(int(row) + 1 for row in np.flatnonzero(chosen & misprint)),
    )


def _labels(asset_types: Sequence[str] | None, size: int, name: str) -> NDArray[np.str_]:
    labels = np.asarray([""] * size if asset_types is None else list(asset_types), dtype=np.str_)
    if labels.size != size:
        found = f"{name} {size}, asset_types {labels.size}"
        raise KmvError(problem("E217", name=name, name_zh=TERMS[name].zh, found=found))
    return labels


def _within(logs: Floats, labels: NDArray[np.str_]) -> tuple[NDArray[np.str_], Floats, Floats]:
    """The types, their sums of squares about their own means, and their degrees of freedom."""
    kinds, index = np.unique(labels, return_inverse=True)
    count = np.bincount(index).astype(np.float64)
    # Measured from each type's first row: equal rows then give exactly 0.
    start = logs[np.unique(index, return_index=True)[1]]
    away = logs - start[index]
    away -= (np.bincount(index, away) / count)[index]
    return kinds, np.bincount(index, away**2).astype(np.float64), count - 1.0
