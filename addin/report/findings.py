"""Positives and negatives of a deal, judged by the deal's own appetite; each with the number it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from addin.report.verdict_sizes import HeadlineSize
from addin.workbook.native.kmv_sheet import KmvSheet
from kmv_core.risk.assess import Assessment
from kmv_core.risk.grades import OUTSIDE_APPETITE

WORDS = {
    "outside": ("违约概率超出全部风险等级", "default probability is outside the appetite"),
    "lowest": ("违约概率属最低风险等级", "default probability keeps the lowest grade"),
    "above": ("违约概率高于最低风险等级上限", "default probability is above the limit of the lowest grade"),
    "cushion": ("预期回收可下降的比例", "share of expected collections that can fail"),
    "uncovered": ("预期回收不足以足额兑付", "expected collections do not repay it"),
    "late": ("预期到期日未兑付完的概率高于最宽上限", "chance of not being repaid in time passes the widest limit"),
    "timing": ("逐期付息与偿付顺序使违约概率上升", "paying in time and in order adds to the default probability"),
    "support": ("补足与担保使违约概率下降", "payers of support lower the default probability by"),
    "lognormal": ("论文对数正态近似低估违约概率", "the lognormal of the thesis understates the default probability by"),
    "any size": ("任何规模均不突破目标违约概率", "any size keeps the target PD of"),
    "no size": ("任何规模均达不到目标违约概率", "no size reaches the target PD of"),
    "room": ("规模低于目标违约概率的安全规模", "size is below the safe size at the target PD, by"),
    "too large": ("规模高于目标违约概率的安全规模", "size is above the safe size at the target PD, by"),
}
POSITIVE = ("lowest", "cushion", "support", "room", "any size")
LEAST = 5e-7
"""A difference of probabilities that four decimals of a percentage show."""
_BY_WATERFALL = "（waterfall 口径 reading）"
"""Said where the headline is another reading, which does not have the figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page itself shows and the findings rest on: values and cells, by rank."""

    kmv: KmvSheet
    sizes: Sequence[HeadlineSize]
    size_cells: Sequence[str]
    balance_cells: Sequence[str]
    alone_cells: Sequence[str]
    """PD of the headline without payers of support; empty without any."""
    target_cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One point about a tranche, and the live number behind it."""

    tranche: str
    point: str
    formula: str
    value: float
    kind: str = "percent"
    reading: str = ""
    """Words for a reading that is not the headline."""

    @property
    def positive(self) -> bool:
        return self.point in POSITIVE

    @property
    def words(self) -> str:
        zh, en = WORDS[self.point]
        return f"{self.tranche}：{zh}；{en}{self.reading}"


def findings(assessment: Assessment, shown: Shown) -> list[Finding]:
    """Positives first; each rule speaks only where it has something to say, and of the headline reading."""
    rules = (_grades, _cushions, _support, _extension, _timing, _lognormal, _sizes)
    found = [each for rule in rules for each in rule(assessment, shown)]
    return sorted(found, key=lambda each: not each.positive)


def _grades(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    appetite = sorted(assessment.deal.appetite, key=lambda row: row.pd_limit)
    for k, each in enumerate(assessment.tranches if appetite else ()):
        point = "lowest" if each.grade == appetite[0].grade else "above"
        yield Finding(
            tranche=each.name,
            point="outside" if each.grade == OUTSIDE_APPETITE else point,
            formula=f"={shown.kmv.headline(k, 'probability_of_default')}",
            value=each.headline.probability_of_default,
            kind="percent4",
        )


def _cushions(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        cushion = each.waterfall.cushion
        if math.isfinite(cushion) and each.waterfall.break_even_multiple > 0:
            yield Finding(
                tranche=each.name,
                point="cushion" if cushion > 0 else "uncovered",
                formula=f"={shown.kmv.by_waterfall(k, 'cushion')}",
                value=cushion,
                reading=_BY_WATERFALL if each.exact is not None else "",
            )


def _extension(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    limits = [row.pd_limit for row in assessment.deal.appetite]
    for k, each in enumerate(assessment.tranches):
        late = each.headline.extension_probability
        if limits and late > max(limits):
            formula = f"={shown.kmv.headline(k, 'extension_probability')}"
            yield Finding(tranche=each.name, point="late", formula=formula, value=late)


def _timing(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    """Waterfall over due: both are of the lognormal, so the exact headline has nothing to say here."""
    for k, each in enumerate(assessment.tranches if assessment.exact is None else ()):
        gap = each.waterfall.probability_of_default - each.due.probability_of_default
        if gap >= LEAST:
            pd = "probability_of_default"
            formula = f"={shown.kmv.by_waterfall(k, pd)}-{shown.kmv.due(k, pd)}"
            yield Finding(tranche=each.name, point="timing", formula=formula, value=gap, kind="percent4")


def _support(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    for k, (each, alone) in enumerate(zip(assessment.tranches, shown.alone_cells, strict=False)):
        worth = each.headline.unsupported_pd - each.headline.probability_of_default
        if worth >= LEAST:
            formula = f"={alone}-{shown.kmv.headline(k, 'probability_of_default')}"
            yield Finding(tranche=each.name, point="support", formula=formula, value=worth, kind="percent4")


def _lognormal(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    pd = "probability_of_default"
    for k, each in enumerate(assessment.tranches):
        gap = 0.0 if each.exact is None else each.exact.probability_of_default - each.waterfall.probability_of_default
        if gap >= LEAST:
            formula = f"={shown.kmv.exactly(k, pd)}-{shown.kmv.by_waterfall(k, pd)}"
            yield Finding(tranche=each.name, point="lognormal", formula=formula, value=gap, kind="percent4")


def _sizes(assessment: Assessment, shown: Shown) -> Iterator[Finding]:
    target = assessment.deal.model.target_pd
    for each, cell, balance in zip(shown.sizes, shown.size_cells, shown.balance_cells, strict=True):
        if each.found is not None and each.found.is_bound:
            room = each.found.safe_balance - each.found.balance
            point = "room" if room >= 0 else "too large"
            formula = f"=ABS({cell}-{balance})"
            yield Finding(tranche=each.tranche, point=point, formula=formula, value=abs(room), kind="money")
        elif each.found is not None or each.is_out_of_reach:
            point = "no size" if each.found is None else "any size"
            formula = f"={shown.target_cell}"
            yield Finding(tranche=each.tranche, point=point, formula=formula, value=target, kind="percent4")
