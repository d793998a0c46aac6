"""Where a recovery vector comes from: a vintage triangle, or a constant decay from month to month.

A vector says WHEN what is collected comes, as cumulative shares that end at 1; how much that is stays the recovery
rate's matter. (A curve from published weighted lives is kmv_core.risk.timing, as the waterfall decides the lives.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.assets.chain_ladder import chain_ladder
from kmv_core.vocabulary.checks import Floats, checked, choice_problem, whole_problem
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import CURVE_METHODS

CurveMethod = Literal["chain_ladder", "decay"]
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryVector:
    """Cumulative share of all collections by age; arrays (ages,), not to be written to."""

    ages: Floats
    """1, 2, ... in the triangle's own periods."""
    cumulative: Floats
    low: Floats | None
    """One Mack standard error slower; None where no standard error can be given."""
    high: Floats | None
    """One Mack standard error faster."""

    @property
    def incremental(self) -> Floats:
        """Share that each age brings."""
        return np.diff(self.cumulative, prepend=0.0)

    def points(self, *, periods_per_year: float, which: Literal["cumulative", "low", "high"] = "cumulative") -> Points:
        """The (years, share) of a Recovery's `curve`; ages are counted from the cut-off date."""
        shares = getattr(self, which)
        if shares is None:
            raise KmvError(problem("E205", name="which", choices="cumulative", found=which))
        years = self.ages / float(checked(periods_per_year=periods_per_year)["periods_per_year"])
        return tuple(zip(years.tolist(), shares.tolist(), strict=True))


def vector_from_triangle(
    *, triangle: ArrayLike, method: CurveMethod = "chain_ladder", ages: int | None = None
) -> RecoveryVector:
    """The recovery vector of a new vintage, from the development of past ones.

        chain_ladder   F_k = C_k / C_J,  C the youngest vintage as the chain ladder completes it
                       band F_k exp(-+ se_k),  se_k^2 = ln(1 + sum_{j >= k} sigma_j^2 / f_j^2 (1 / C_j + 1 / S_j))
        decay          F_k = (1 - b^k) / (1 - b^J),  b the ratio of the least squares to the chain ladder's F_k;
                       it runs on beyond the triangle, an assumption that the data cannot test: no band

    `triangle` as in chain_ladder: (vintages, ages) cumulative recovery, money. `ages` J is how many ages everything is
    collected in, the triangle's own if left out; fewer cut the curve there, and the last share is 1.
    se_k is Mack's standard error of the log of what age J shows over what age k shows; `high` is capped at 1 and never
    falls.

    Raises KmvError as chain_ladder; E205 for a method that is not one, E226 for `ages` below 1, E275 where development
    falls, E276 for a chain ladder asked for more ages than it has. Mack 1993, ASTIN Bulletin 23(2).

    >>> seen = [[60, 90, 100], [66, 99, float("nan")], [50, float("nan"), float("nan")]]
    >>> vector_from_triangle(triangle=seen).cumulative.round(4).tolist()
    [0.6, 0.9, 1.0]
    """
    wrong = choice_problem("curve_method", method, CURVE_METHODS)
    if wrong is not None:
        raise KmvError(wrong)
    found = chain_ladder(triangle=triangle)
    given = found.completed.shape[1]
    last = given if ages is None else _whole("horizon_ages", ages)
    fallen = np.flatnonzero(found.factors < 1.0)
    if len(fallen):
        raise KmvError(problem("E275", found=int(fallen[0]) + 2))
    youngest = found.completed[-1]
    if method == "decay":
        ratio = _ratio(youngest / youngest[-1])
        steps = np.arange(1, last + 1, dtype=np.float64)
        return RecoveryVector(ages=steps, cumulative=_geometric(ratio, steps), low=None, high=None)
    if last > given:
        raise KmvError(problem("E276", ages=given, found=last))
    youngest = youngest[:last]
    cash = np.asarray(triangle, dtype=np.float64)
    sums = np.where(~np.isnan(cash[:, 1:]), cash[:, :-1], 0.0).sum(axis=0)
    steps_variance = (found.variances / found.factors**2 * (1.0 / found.completed[-1, :-1] + 1.0 / sums))[: last - 1]
    to_come = np.append(np.cumsum(steps_variance[::-1])[::-1], 0.0)
    error = np.sqrt(np.log1p(to_come))
    share = youngest / youngest[-1]
    return RecoveryVector(
        ages=np.arange(1, last + 1, dtype=np.float64),
        cumulative=share,
        low=share * np.exp(-error),
        high=np.maximum.accumulate(np.minimum(share * np.exp(error), 1.0)),
    )


def monthly_decay_vector(*, monthly_decay: float, months: int) -> RecoveryVector:
    """The vector of collections that shrink by a constant share every month.

        F_m = (1 - (1 - d)^m) / (1 - (1 - d)^M),  d = monthly_decay, M = months;  d = 0 is an even flow, m / M

    `monthly_decay` at least 0 and below 1; E226 otherwise, as for `months` below 1. Ages are months: `points` wants
    periods_per_year 12.

    >>> monthly_decay_vector(monthly_decay=0.5, months=2).cumulative.round(4).tolist()
    [0.6667, 1.0]
    """
    decay = float(checked(monthly_decay=monthly_decay)["monthly_decay"])
    steps = np.arange(1, _whole("months", months) + 1, dtype=np.float64)
    return RecoveryVector(ages=steps, cumulative=_geometric(1.0 - decay, steps), low=None, high=None)


def _geometric(ratio: float, steps: Floats) -> Floats:
    """Cumulative shares of a flow each of whose ages is `ratio` of the one before."""
    if abs(ratio - 1.0) < 1e-12:
        even: Floats = steps / steps[-1]
        return even
    # expm1 and log1p keep the digits of a slow decay; a ratio of 0 brings everything at once.
    grown: Floats = np.expm1(steps * np.log(ratio)) if ratio > 0.0 else -np.ones_like(steps)
    share: Floats = grown / grown[-1]
    return share


def _ratio(shares: Floats) -> float:
    """The ratio of one age's collections to the one before that comes nearest to these cumulative shares."""
    from scipy.optimize import minimize_scalar

    steps = np.arange(1, len(shares) + 1, dtype=np.float64)
    found = minimize_scalar(
        lambda ratio: float(((_geometric(ratio, steps) - shares) ** 2).sum()), bounds=(1e-9, 2.0), method="bounded"
    )
    return float(found.x)


def _whole(name: str, value: float) -> int:
    number = float(checked(**{name: value})[name])
    wrong = whole_problem(name, number)
    if wrong is not None:
        raise KmvError(wrong)
    return int(number)
