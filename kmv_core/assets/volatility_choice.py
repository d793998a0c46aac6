"""Which volatility a deal gets, with every step named; and all estimates side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from numpy.typing import ArrayLike

from kmv_core.assets.volatility import VolatilityEstimate, scaled
from kmv_core.assets.volatility_record import PRIOR_OBSERVATIONS, agency_gap_volatility, outturn_volatility
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS

if TYPE_CHECKING:
    import pandas as pd

Source = Literal["type", "pooled", "agency_gap", "user"]

GAP_FACTOR = math.sqrt(2.0)
"""1 / sqrt(2 (1 - r)) with r = 3/4: three quarters of an agency's error variance is taken to be common to both, who
read the same file. A judgement, not an estimate."""

STEPS: dict[Source, tuple[str, str]] = {
    "type": ("outturn of the asset type, shrunk to the pooled value", "同类资产的历史偏差，向合并值收缩"),
    "pooled": ("outturn of all asset types", "全部资产类型的历史偏差"),
    "agency_gap": ("gap between two agencies' forecasts x factor", "两机构预测差异 × 倍数"),
    "user": ("given by the user", "用户给定"),
}


_LACK = ("E280", "E216")
"""Too few observations, nothing given: reasons to pass a step over. Anything else is bad data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the fallback: taken, or why not."""

    source: Source
    refusal: Problem | None

    @property
    def en(self) -> str:
        return f"{STEPS[self.source][0]}: {self.refusal.en if self.refusal else 'taken'}"

    @property
    def zh(self) -> str:
        return f"{STEPS[self.source][1]}：{self.refusal.zh if self.refusal else '采用'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenVolatility:
    """The estimate a deal uses, where it came from, and the steps that were tried before."""

    estimate: VolatilityEstimate
    source: Source
    steps: tuple[Step, ...]

    @property
    def value(self) -> float:
        return self.estimate.value


def choose_volatility(
    *,
    asset_type: str,
    actual: ArrayLike = (),
    forecast: ArrayLike = (),
    outturn_types: Sequence[str] = (),
    forecast_a: ArrayLike = (),
    forecast_b: ArrayLike = (),
    gap_types: Sequence[str] = (),
    total_volatility: float | None = None,
    prior_observations: float = PRIOR_OBSERVATIONS,
    gap_factor: float = GAP_FACTOR,
) -> ChosenVolatility:
    """The first of these that the data allow: outturn of the type, pooled outturn, agency gap x factor, the user's.

    `actual`, `forecast` and `outturn_types` (deals,) are past outturns; `forecast_a`, `forecast_b` and `gap_types`
    (deals,) the pairs of agency forecasts (the gap of the type, or of all types where the type has fewer than three
    pairs); `total_volatility` is the user's own figure. A step is passed over only for want of observations; bad data
    are refused. value = gap x gap_factor at the third step, its standard error likewise.

    Raises KmvError: E282 where no step is possible, with the reasons; those of outturn_volatility and
    agency_gap_volatility for bad data.

    >>> found = choose_volatility(asset_type="mortgage", forecast_a=[100, 95, 120], forecast_b=[110, 100, 100],
    ...                           gap_types=["corporate_loan"] * 3)
    >>> found.source, round(found.value, 4), [step.source for step in found.steps]
    ('agency_gap', 0.1731, ['type', 'pooled', 'agency_gap'])
    """

    def outturn(kind: str | None) -> VolatilityEstimate:
        return outturn_volatility(
            actual=actual,
            forecast=forecast,
            asset_types=outturn_types,
            asset_type=kind,
            prior_observations=prior_observations,
        )

    def gap() -> VolatilityEstimate:
        factor = scaled("gap_factor", gap_factor)
        found = _first_enough(
            lambda kind: agency_gap_volatility(
                forecast_a=forecast_a, forecast_b=forecast_b, asset_types=gap_types, asset_type=kind
            ),
            asset_type,
        )
        return replace(found, value=factor * found.value, standard_error=factor * (found.standard_error or 0.0))

    ways: dict[Source, Callable[[], VolatilityEstimate]] = {
        "type": lambda: outturn(asset_type),
        "pooled": lambda: outturn(None),
        "agency_gap": gap,
        "user": lambda: user_volatility(total_volatility=total_volatility),
    }
    steps: list[Step] = []
    for source, way in ways.items():
        try:
            estimate = way()
        except KmvError as error:
            if error.code not in _LACK:
                raise
            steps.append(Step(source=source, refusal=error.problems[0]))
            continue
        steps.append(Step(source=source, refusal=None))
        return ChosenVolatility(estimate=estimate, source=source, steps=tuple(steps))
    reasons = "; ".join(step.en for step in steps), "；".join(step.zh for step in steps)
    raise KmvError(problem("E282", found=reasons[0], found_zh=reasons[1]))


def user_volatility(*, total_volatility: float | None) -> VolatilityEstimate:
    """The user's own figure as an estimate; it has no standard error.

    Raises KmvError: E216 none given; E222 or E223 outside (0, 5].

    >>> user_volatility(total_volatility=0.15).value
    0.15
    """
    if total_volatility is None:
        words = TERMS["total_volatility"]
        raise KmvError(problem("E216", name=words.name, name_zh=words.zh))
    value = scaled("total_volatility", total_volatility)
    return VolatilityEstimate(name="user", value=value, standard_error=None, observations=0)


def volatility_table(*, estimates: Iterable[VolatilityEstimate], language: Literal["en", "zh"] = "en") -> pd.DataFrame:
    """Estimates side by side, one row each in the order given.

    Columns: name, value, standard_error (nan where nothing was estimated), observations, method, verdict (the last two
    in `language`). No unit: every value is a log standard deviation of the total.

    >>> volatility_table(estimates=[user_volatility(total_volatility=0.15)]).loc[0, "verdict"]
    'an assumption: it has no standard error'
    """
    import pandas as pd

    rows = [
        (
            each.name,
            each.value,
            math.nan if each.standard_error is None else each.standard_error,
            each.observations,
            each.text.method_zh if language == "zh" else each.text.method_en,
            each.text.verdict_zh if language == "zh" else each.text.verdict_en,
        )
        for each in estimates
    ]
    return pd.DataFrame(rows, columns=["name", "value", "standard_error", "observations", "method", "verdict"])


def _first_enough(estimate: Callable[[str | None], VolatilityEstimate], asset_type: str) -> VolatilityEstimate:
    """The estimate of the type or, where it has too few observations, of all types."""
    try:
        return estimate(asset_type)
    except KmvError as error:
        if error.code not in _LACK:
            raise
        return estimate(None)
