"""Positives and negatives of a deal, judged by the deal's own appetite; each with the number it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from addin.workbook.native.kmv_sheet import KmvSheet
from kmv_core.risk.assess import Assessment
from kmv_core.risk.grades import OUTSIDE_APPETITE
from kmv_core.risk.sizing import safe_sizes

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
    "room": ("规模低于目标违约概率的安全规模", "size is below the safe size at the target PD, by"),
    "too large": ("规模高于目标违约概率的安全规模", "size is above the safe size at the target PD, by"),
}
POSITIVE = ("lowest", "cushion", "support", "room")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One point about a tranche, and the live number behind it."""

    tranche: str
    point: str
    formula: str
    value: float
    kind: str = "percent"

    @property
    def positive(self) -> bool:
        return self.point in POSITIVE

    @property
    def words(self) -> str:
        zh, en = WORDS[self.point]
        return f"{self.tranche}：{zh}；{en}"


def findings(assessment: Assessment, kmv: KmvSheet) -> list[Finding]:
    """Positives first; each rule speaks only where it has something to say."""
    rules = (_grades, _cushions, _support, _extension, _timing, _lognormal, _sizes)
    found = [each for rule in rules for each in rule(assessment, kmv)]
    return sorted(found, key=lambda each: not each.positive)


def _grades(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    appetite = sorted(assessment.deal.appetite, key=lambda row: row.pd_limit)
    for k, each in enumerate(assessment.tranches if appetite else ()):
        point = "lowest" if each.grade == appetite[0].grade else "above"
        yield Finding(
            tranche=each.name,
            point="outside" if each.grade == OUTSIDE_APPETITE else point,
            formula=f"={kmv.headline(k, 'probability_of_default')}",
            value=each.headline.probability_of_default,
            kind="percent4",
        )


def _cushions(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        cushion = each.waterfall.cushion
        if math.isfinite(cushion) and each.waterfall.break_even_multiple > 0:
            point = "cushion" if cushion > 0 else "uncovered"
            yield Finding(tranche=each.name, point=point, formula=f"={kmv.by_waterfall(k, 'cushion')}", value=cushion)


def _extension(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    limits = [row.pd_limit for row in assessment.deal.appetite]
    for k, each in enumerate(assessment.tranches):
        late = each.headline.extension_probability
        if limits and late > max(limits):
            formula = f"={kmv.headline(k, 'extension_probability')}"
            yield Finding(tranche=each.name, point="late", formula=formula, value=late)


def _timing(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        gap = each.waterfall.probability_of_default - each.due.probability_of_default
        if gap > 0:
            formula = f"={kmv.by_waterfall(k, 'probability_of_default')}-{kmv.due(k, 'probability_of_default')}"
            yield Finding(tranche=each.name, point="timing", formula=formula, value=gap, kind="percent4")


def _support(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        worth = each.waterfall.unsupported_pd - each.waterfall.probability_of_default
        if worth > 0:
            formula = f"={kmv.by_waterfall(k, 'unsupported_pd')}-{kmv.by_waterfall(k, 'probability_of_default')}"
            yield Finding(tranche=each.name, point="support", formula=formula, value=worth, kind="percent4")


def _lognormal(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        gap = 0.0 if each.exact is None else each.exact.probability_of_default - each.waterfall.probability_of_default
        if gap > 0:
            formula = f"={kmv.exactly(k, 'probability_of_default')}-{kmv.by_waterfall(k, 'probability_of_default')}"
            yield Finding(tranche=each.name, point="lognormal", formula=formula, value=gap, kind="percent4")


def _sizes(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(safe_sizes(assessment)):
        room = each.safe_balance - each.balance
        formula = f"=ABS({kmv.due(k, 'safe_balance')}-{kmv.due(k, 'balance')})"
        point = "room" if room >= 0 else "too large"
        yield Finding(tranche=each.tranche, point=point, formula=formula, value=abs(room), kind="money")
