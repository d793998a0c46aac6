"""Volatility of total collections: what an estimate says, and the words of every estimator.

    s_total = standard deviation of ln(total collections)

It stands for s sqrt(T) in the closed forms and has no unit. Every estimator returns its figure with a standard error
and the number of observations, so that all of them can stand side by side (volatility_choice); the estimators are in
volatility_series (one series of cash or values), volatility_record (past deals) and chain_ladder (vintages).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS

LEAST = 3
"""Fewer observations give no standard deviation worth the name."""


@dataclass(frozen=True, slots=True)
class EstimatorText:
    """What an estimator does and how far to trust it, in both languages."""

    method_en: str
    method_zh: str
    verdict_en: str
    verdict_zh: str


# fmt: off
ESTIMATORS: Mapping[str, EstimatorText] = MappingProxyType({
    "thesis_periodic": EstimatorText(
        "standard deviation of log changes of periodic cash x sqrt(periods)",
        "各期回收额对数变动的标准差 × √期数",
        "far too high: the noise of each month is counted as if it stayed for ever (204 % where the truth is 6.6 %)",
        "严重偏高：把每月噪声当作永久变动（真值 6.6% 时得 204%）",
    ),
    "thesis_cumulative": EstimatorText(
        "standard deviation of log changes of cumulative cash x sqrt(periods)",
        "累计回收额对数变动的标准差 × √期数",
        "measures how fast a rising curve flattens, not uncertainty: the answer depends on the window",
        "反映累计曲线变缓的速度而非不确定性：结果取决于所选区间",
    ),
    "outturn": EstimatorText(
        "standard deviation of ln(actual / forecast) of past deals about their mean, shrunk to the pooled value",
        "历史项目 ln(实际/预测) 围绕均值的标准差，向合并值收缩",
        "the right quantity; the public record is thin, covers part of each life and flatters",
        "口径正确；但公开记录少、仅覆盖部分存续期且偏乐观",
    ),
    "agency_gap": EstimatorText(
        "root mean square of ln(forecast of agency A / forecast of agency B)",
        "ln(机构甲预测/机构乙预测) 的均方根",
        "divided by sqrt 2 a floor on each agency's own error: both read the same file",
        "除以 √2 为单家机构误差的下限：两家依据同一资料",
    ),
    "triangle": EstimatorText(
        "Mack's standard error of the chain ladder, as a log standard deviation of the vintage's total",
        "链梯法 Mack 标准误，换算为批次总回收的对数标准差",
        "sound where vintages of one kind exist; a break common to all vintages is not in it",
        "有同类批次数据时可靠；不含所有批次共同的突变",
    ),
    "ewma": EstimatorText(
        "exponentially weighted root mean square of log changes x sqrt(periods)",
        "对数变动的指数加权均方根 × √期数",
        "for a series of values (licence income); not for collections of a pool that runs off",
        "适用于价值序列（许可收入）；不适用于逐步回收完毕的资产池",
    ),
    "mle": EstimatorText(
        "maximum likelihood of a lognormal walk: standard deviation of log changes (divisor n) x sqrt(periods)",
        "对数正态游走的极大似然：对数变动标准差（除以 n）× √期数",
        "for a series of values (licence income); not for collections of a pool that runs off",
        "适用于价值序列（许可收入）；不适用于逐步回收完毕的资产池",
    ),
    "licence_total": EstimatorText(
        "standard deviation of the exact total of the licences, as that of a lognormal",
        "许可费精确总额的标准差，换算为对数正态的波动率",
        "the right mean and spread, but a dozen licensees are no lognormal: the lower tail is too thin",
        "均值与离散度正确，但十余户的总额并非对数正态：下尾过薄",
    ),
    "user": EstimatorText(
        "given by the user", "用户给定",
        "an assumption: it has no standard error", "属假设，无标准误",
    ),
})
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityEstimate:
    """One estimate of s_total."""

    name: str
    """A key of ESTIMATORS."""
    value: float
    """Log standard deviation of the total; no unit."""
    standard_error: float | None
    """Of `value`; None where nothing was estimated."""
    observations: int

    @property
    def text(self) -> EstimatorText:
        """Method and verdict in both languages."""
        return ESTIMATORS[self.name]


def positive_row(minimum: int, **values: ArrayLike) -> tuple[Floats, ...]:
    """Arguments as one-dimensional arrays of equal length, positive throughout.

    Raises KmvError: E226 for an amount that is not above 0 (naming its row), E217 where lengths differ, E280 for
    fewer than `minimum` rows.
    """
    arrays = [np.atleast_1d(each) for each in checked(**values).values()]
    sizes = {name: each.shape for name, each in zip(values, arrays, strict=True)}
    first = next(iter(values))
    if any(each.ndim != 1 for each in arrays) or len({each.size for each in arrays}) > 1:
        found = ", ".join(f"{name} {shape}" for name, shape in sizes.items())
        raise KmvError(problem("E217", name=first, name_zh=TERMS[first].zh, found=found))
    require(arrays[0].size, minimum, first)
    return tuple(arrays)


def require(found: int, least: int, name: str, *, of: str = "") -> None:
    """Refuse (E280) fewer than `least` observations of the term `name`, of one kind if said."""
    if found < least:
        suffix = f" [{of}]" if of else ""
        raise KmvError(problem("E280", name=name + suffix, name_zh=TERMS[name].zh + suffix, found=found, least=least))


def spread(values: Floats) -> float:
    """Standard deviation about the mean, divisor n - 1; exactly 0 where all values are equal."""
    if not np.ptp(values):
        return 0.0
    return float(np.std(values, ddof=1))


def scaled(name: str, value: float) -> float:
    """A number argument inside the domain of its term (KmvError otherwise)."""
    return float(checked(**{name: value})[name])
